//! An ELF file that may be anything: its manifest is read or it is refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rundruf_host::fuzz::library(bytes));
