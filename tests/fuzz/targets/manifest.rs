//! The text of a manifest.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rundruf_host::fuzz::manifest_text(bytes));
