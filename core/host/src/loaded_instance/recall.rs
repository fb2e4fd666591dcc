//! The extension `rundruf.recall/1`, on the plugin's side of the pipe: asks messages back that were not begun.

use rundruf_abi::{Growing, RECALL, RecallTable, TransportTable, View};
use std::ffi::c_void;

/// The plugin's table of the extension, if it offers one that this host understands.
pub(super) fn offered_extension(table: &TransportTable, instance: *mut c_void) -> Option<RecallTable> {
    let extension = table.extension?;
    // SAFETY: clause *self*; clause *static*: null, or a table that lives for ever.
    let recall_table = unsafe { RecallTable::read_sized(extension(instance, View::text(RECALL)).cast()) };
    recall_table.filter(|table| table.recall.is_some())
}

/// Asks messages of a batch back, all of it without indices.
///
/// # Safety
/// The instance is open and belongs to the table (clause *self*).
pub(super) unsafe fn ask_back(table: &RecallTable, instance: *mut c_void, batch: u64, indices: Option<&[u32]>) {
    let Some(recall) = table.recall else { return };
    let (first, count) = indices.map_or((std::ptr::null(), 0), |i| (i.as_ptr(), i.len()));
    // SAFETY: the caller assures it; clause *borrow*: the indices live until the call returns.
    unsafe { recall(instance, batch, first, count) };
}
