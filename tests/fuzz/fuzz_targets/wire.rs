//! Looks for input that violates the property `wire` of `tests/properties`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::check("wire", input));
