//! libFuzzer's way into `sign_in`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::sign_in::run(input));
