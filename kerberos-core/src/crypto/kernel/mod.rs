//! The inner loops: hashes with their state in the open, many of them in the lanes of vectors,
//! and one in step with a cipher.
//!
//! RustCrypto's compression functions and ciphers do the work wherever they are fast enough, and
//! are what every loop here is compared with in tests. The vectors are those of `fearless_simd`,
//! which proves at run time what the machine can do, so that nothing here is unsafe.

mod engine;
mod hash;
mod hmac;
mod lanes;
mod one_pass;
mod pbkdf2;
mod sha1_lanes;
mod sha2_lanes;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod sha_instructions;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod vector_pair;

pub(super) use hash::BlockHash;
pub(super) use hmac::HmacKey;
pub(super) use one_pass::{Covered, encrypt};
pub(super) use pbkdf2::{Pbkdf2Hash, pbkdf2};
