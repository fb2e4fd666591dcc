//! The instance behind the pointer that the host holds, and the unwind guard around every call.

use crate::host::HostHandle;
use crate::outcome_collector::OutcomeCollector;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;
use tokio::runtime::Runtime;

/// An open transport, and what it runs on.
pub(crate) struct Instance<T> {
    pub(crate) transport: Arc<T>,
    pub(crate) collector: Arc<OutcomeCollector>,
    pub(crate) handle: Arc<HostHandle>,
    pub(crate) runtime: Runtime,
    pub(crate) dispatch: tracing::Dispatch,
    /// When a drain must be over; `None` before the drain.
    pub(crate) deadline: std::sync::Mutex<Option<Instant>>,
}

impl<T> Instance<T> {
    /// Whether the host has called `drain` or `close`.
    pub(crate) fn is_draining(&self) -> bool {
        self.collector.draining.load(Ordering::Acquire)
    }
}

/// The unwind guard: runs `call`, and returns the fallback if it panics.
pub(crate) fn catch_panic<R>(fallback: R, call: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(fallback)
}

/// Borrows the instance for one call.
pub(crate) unsafe fn borrow<'a, T>(instance: *mut c_void) -> Option<&'a Instance<T>> {
    // SAFETY: clause *self*: null, or what `open` returned, and `close` has not been called.
    unsafe { instance.cast::<Instance<T>>().as_ref() }
}
