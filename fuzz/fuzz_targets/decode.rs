//! libFuzzer's way into `decode`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::decode::run(input));
