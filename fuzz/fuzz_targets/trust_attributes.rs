//! libFuzzer's way into `trust_attributes`.
#![no_main]
libfuzzer_sys::fuzz_target!(|input: &[u8]| kerberos_fuzz::trust_attributes::run(input));
