//! libFuzzer's way into `seal`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::seal::run(input));
