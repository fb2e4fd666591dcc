//! What the concurrent tables are made of. `tests/models.rs` takes their files with loom's pieces in place of these, and tries every order.

pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
