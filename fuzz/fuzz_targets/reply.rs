//! libFuzzer's way into `reply`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::reply::run(input));
