//! Structures of MIT's krb5.h that several benchmarks hand to its library.

use std::ffi::{c_char, c_int, c_uint};

/// `krb5_data`: octets that belong to whoever made them.
#[repr(C)]
#[derive(Debug)]
pub struct Data {
    /// What MIT's library tells structures apart by; 0 in what others make.
    pub magic: c_int,
    /// In octets.
    pub length: c_uint,
    /// The first octet.
    pub data: *mut c_char,
}

/// `krb5_keyblock`: a key.
#[repr(C)]
#[expect(missing_debug_implementations, reason = "a key is not shown")]
pub struct Keyblock {
    /// What MIT's library tells structures apart by; 0 in what others make.
    pub magic: c_int,
    /// The encryption type.
    pub enctype: c_int,
    /// In octets.
    pub length: c_uint,
    /// The first octet.
    pub contents: *mut u8,
}
