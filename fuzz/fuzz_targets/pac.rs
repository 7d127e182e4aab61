//! libFuzzer's way into `pac`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::pac::run(input));
