//! Looks for input that violates the property `pop3` of `tests/properties`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::check("pop3", input));
