//! libFuzzer's way into `string_to_key`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::string_to_key::run(input));
