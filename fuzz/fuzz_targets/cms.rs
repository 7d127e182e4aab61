//! libFuzzer's way into `files`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::cms::run(input));
