//! The atomics of the window. `tests/models.rs` includes `window.rs` with loom's atomics instead.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
