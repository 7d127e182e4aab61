//! OpenSSL, found by the loader at run time.
#![expect(unsafe_code, reason = "calls into a C library")]

use std::ffi::{c_int, c_uchar, c_void};

use libloading::{Library, Symbol};

/// The hash of PBKDF2.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Digest {
    Sha1,
    Sha256,
    Sha384,
}

type Pbkdf2 = unsafe extern "C" fn(
    *const u8,
    c_int,
    *const c_uchar,
    c_int,
    c_int,
    *const c_void,
    c_int,
    *mut c_uchar,
) -> c_int;

/// The loaded library.
pub(crate) struct OpenSsl {
    library: Library,
    pbkdf2: Pbkdf2,
}

impl OpenSsl {
    pub(crate) fn load() -> Result<Self, libloading::Error> {
        // SAFETY: libcrypto's initialisers are safe to run; the signature is that of its header.
        unsafe {
            let library = Library::new("libcrypto.so.3")?;
            let pbkdf2 = *library.get::<Pbkdf2>(b"PKCS5_PBKDF2_HMAC\0")?;
            Ok(Self { library, pbkdf2 })
        }
    }

    pub(crate) fn pbkdf2(
        &self,
        digest: Digest,
        password: &[u8],
        salt: &[u8],
        iterations: c_int,
        out: &mut [u8],
    ) {
        let name: &[u8] = match digest {
            Digest::Sha1 => b"EVP_sha1\0",
            Digest::Sha256 => b"EVP_sha256\0",
            Digest::Sha384 => b"EVP_sha384\0",
        };
        // SAFETY: lengths go with their pointers; the digest object is static in libcrypto.
        unsafe {
            let digest: Result<Symbol<'_, unsafe extern "C" fn() -> *const c_void>, _> =
                self.library.get(name);
            let Ok(digest) = digest else { return };
            (self.pbkdf2)(
                password.as_ptr(),
                password.len() as c_int,
                salt.as_ptr(),
                salt.len() as c_int,
                iterations,
                digest(),
                out.len() as c_int,
                out.as_mut_ptr(),
            );
        }
    }
}
