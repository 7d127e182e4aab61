//! libFuzzer's way into `fast`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::fast::run(input));
