//! libFuzzer's way into `round_trip`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::round_trip::run(input));
