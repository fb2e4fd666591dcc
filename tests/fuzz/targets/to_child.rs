//! What a child reads from its pipe.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    std::hint::black_box(rundruf_host::fuzz::to_child(bytes));
});
