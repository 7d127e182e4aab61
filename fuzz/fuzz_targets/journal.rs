//! libFuzzer's way into `journal`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::journal::run(input));
