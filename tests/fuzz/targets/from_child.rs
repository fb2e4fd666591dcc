//! What the daemon reads from a child's pipe.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    std::hint::black_box(rundruf_host::fuzz::from_child(bytes));
});
