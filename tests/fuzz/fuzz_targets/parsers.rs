//! Looks for input that violates the property `parsers` of `tests/properties`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::check("parsers", input));
