//! Asks messages back.

use super::{Kit, SubmittedBatch};
use rundruf_abi::{Growing, RECALL, RecallTable, Status, View};

impl Kit {
    /// Asks messages of a batch back: those of these indices, or all. Returns the transport's status; `UNSUPPORTED` without the extension.
    pub fn recall(&self, sent: &SubmittedBatch, indices: Option<&[u32]>) -> Status {
        let Some(extension) = self.table.extension else { return Status::UNSUPPORTED };
        // SAFETY: clause *self*; clause *static*: null, or a table that lives for ever.
        let table =
            unsafe { RecallTable::read_sized(extension(self.instance, View::text(RECALL)).cast::<RecallTable>()) };
        let Some(recall) = table.and_then(|table| table.recall) else { return Status::UNSUPPORTED };
        let (first, count) = indices.map_or((std::ptr::null(), 0), |i| (i.as_ptr(), i.len()));
        // SAFETY: clause *self*; the indices are borrowed for the call.
        unsafe { recall(self.instance, sent.id, first, count) }
    }
}
