//! Extension `rundruf.recall/1`: the host asks messages back that were not begun, so that a stop, a pause or a cancel arrives in time.
//!
//! The host asks an instance for it by `TransportTable::extension` and gets a `RecallTable`. A plugin without it answers null; the host
//! then gives it little at once.

use crate::Status;
use core::ffi::c_void;
use core::mem::offset_of;

/// Id of the extension, asked for at the plugin.
pub const RECALL: &str = "rundruf.recall/1";

/// What a plugin offers under [`RECALL`]. Lives for ever (clause *static*).
#[repr(C)]
pub struct RecallTable {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Begins none of these messages any more: those that were not begun are completed as `UNTOUCHED`, soon and through `complete`; the others
    /// are finished and keep their own outcome. `indices` are indices of the batch; null with a `count` of 0 means all of it. Indices and
    /// batches that are not open are ignored. Returns at once; other batches and later ones are not concerned.
    /// `[any thread] [opened]` borrows until return
    pub recall:
        Option<unsafe extern "C" fn(instance: *mut c_void, batch: u64, indices: *const u32, count: usize) -> Status>,
}

impl RecallTable {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, recall) + size_of::<usize>();
}
