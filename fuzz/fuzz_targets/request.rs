//! libFuzzer's way into `request`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::request::run(input));
