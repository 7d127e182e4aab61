//! libFuzzer's way into `token_request`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::token_request::run(input));
