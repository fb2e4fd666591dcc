//! One open instance: opened with a host table of any shape, given batches, drained, closed.

use crate::batch::{TestBatch, TestMessage};
use crate::call_state::{PluginCall, during};
use crate::guard_pages::{ForbiddenAccess, GuardPages};
use crate::recorder::Recorder;
use rundruf_abi::{Growing, HostTable, RECALL, RecallTable, Status, TransportTable, View};
use rundruf_host::host_calls::{OpenParams, host_table, open};
use rundruf_lang::{Message, msg};
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The host table that the plugin gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum HostTableShape {
    /// The table of this host.
    Current,
    /// The table of the first version, directly before memory that cannot be read.
    Oldest,
    /// The table of a later host: longer, with a higher minor.
    Later,
    /// Only `complete`, which every host has.
    CompleteOnly,
}

#[derive(Debug)]
pub(crate) struct OpenRefused {
    status: Status,
    /// What the plugin wrote to the sink, trimmed; may be empty.
    pub(crate) text: String,
}

impl OpenRefused {
    /// The plugin's text, or that there is none.
    pub(crate) fn why(self) -> Message {
        if self.text.is_empty() { msg!("check-said-nothing", status = self.status.0) } else { self.text.into() }
    }
}

pub(crate) struct TestInstance {
    table: &'static TransportTable,
    instance: *mut c_void,
    /// What the plugin calls.
    pub(crate) recorder: &'static Recorder,
    host: GuardPages,
}

// SAFETY: the contract: everything but `open` and `close` may be called from several threads; `close` takes the value.
unsafe impl Send for TestInstance {}
// SAFETY: as above.
unsafe impl Sync for TestInstance {}

/// Batch ids are unique in the process, so that an outcome for a batch of another instance is noticed.
static NEXT_BATCH_ID: AtomicU64 = AtomicU64::new(1);

#[repr(C)]
struct LongerHostTable {
    table: HostTable,
    unknown_fields: [u8; 256],
}

fn shaped_table(recorder: &'static Recorder, shape: HostTableShape) -> (GuardPages, *const HostTable) {
    // SAFETY: clause *host*: the recorder is never freed.
    let table = unsafe { host_table(recorder) };
    let table = match shape {
        HostTableShape::Oldest => {
            let (pages, at) = GuardPages::before_guard_page(table);
            return (pages, at);
        }
        HostTableShape::Later => {
            let size = size_of::<LongerHostTable>() as u32;
            HostTable { size, minor: table.minor + 7, ..table }
        }
        HostTableShape::Current => table,
        HostTableShape::CompleteOnly => {
            HostTable { begun: None, inbound: None, receipt: None, ready: None, log: None, extension: None, ..table }
        }
    };
    let mut pages = GuardPages::new(size_of::<LongerHostTable>());
    let at = match shape {
        HostTableShape::Later => pages.put(LongerHostTable { table, unknown_fields: [0xA5; 256] }).cast(),
        _ => pages.put(table),
    };
    (pages, at)
}

impl TestInstance {
    /// Opens an instance with a host table of this shape; the plugin's text if it refuses.
    pub(crate) fn open(
        table: &'static TransportTable,
        params: &OpenParams<'_>,
        shape: HostTableShape,
    ) -> Result<Self, OpenRefused> {
        let recorder: &'static Recorder = Box::leak(Box::default());
        // The pages of the host table stay mapped, in case a plugin that refuses has kept a pointer.
        let (host, host_table) = shaped_table(recorder, shape);
        // SAFETY: clause *host*: table and recorder are never freed.
        match unsafe { open(table, host_table, params) } {
            Ok(instance) => Ok(Self { table, instance, recorder, host }),
            Err((status, text)) => {
                recorder.closed.store(true, Ordering::SeqCst);
                Err(OpenRefused { status, text })
            }
        }
    }

    /// Submits a message as one batch; returns its id and what the plugin answers.
    pub(crate) fn submit(&self, message: &TestMessage) -> (u64, Status) {
        let batch = Arc::new(message.to_batch(NEXT_BATCH_ID.fetch_add(1, Ordering::Relaxed)));
        (batch.id, self.submit_batch(&batch))
    }

    pub(crate) fn submit_batch(&self, batch: &Arc<TestBatch>) -> Status {
        self.recorder.add_batch(Arc::clone(batch));
        let status = match self.table.submit {
            // SAFETY: clause *self*; the batch stays mapped while the recorder has it.
            Some(submit) => during(PluginCall::Submit, || unsafe { submit(self.instance, batch.raw()) }),
            None => Status::UNSUPPORTED,
        };
        self.recorder.submitted(batch.id, status);
        status
    }

    /// Submits a message as the host does: while the plugin is busy, it tries again. `None`: it was busy until the timeout.
    pub(crate) fn send(&self, message: &TestMessage, timeout: Duration) -> (u64, Option<Status>) {
        let until = Instant::now() + timeout;
        loop {
            let ready = self.recorder.calls().ready;
            let (id, status) = self.submit(message);
            if status != Status::BUSY {
                return (id, Some(status));
            }
            if Instant::now() >= until {
                return (id, None);
            }
            // A plugin that does not call `ready` is asked again after a while.
            self.recorder.wait_until(Duration::from_millis(5), |calls| calls.ready > ready);
        }
    }

    pub(crate) fn drain(&self, deadline: Duration) -> Status {
        match self.table.drain {
            // SAFETY: clause *self*.
            Some(drain) => during(PluginCall::Drain, || unsafe {
                drain(self.instance, u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX))
            }),
            None => Status::UNSUPPORTED,
        }
    }

    /// Asks the plugin for an extension.
    pub(crate) fn extension(&self, id: &[u8]) -> *const c_void {
        match self.table.extension {
            // SAFETY: clause *self*; the id is borrowed for the call.
            Some(extension) => during(PluginCall::Extension, || unsafe { extension(self.instance, View::new(id)) }),
            None => std::ptr::null(),
        }
    }

    /// The table of the extension by which messages are asked back, if it has one.
    fn recall_table(&self) -> Option<RecallTable> {
        // SAFETY: clause *static*: null, or a table that lives for ever.
        unsafe { RecallTable::read_sized(self.extension(RECALL.as_bytes()).cast()) }
    }

    /// Whether it can be asked for messages back.
    pub(crate) fn offers_recall(&self) -> bool {
        self.recall_table().is_some_and(|table| table.recall.is_some())
    }

    /// Asks back what is not begun of a batch.
    pub(crate) fn recall(&self, batch: u64) {
        if let Some(recall) = self.recall_table().and_then(|table| table.recall) {
            // SAFETY: clause *self*; no indices: all of the batch.
            unsafe { recall(self.instance, batch, std::ptr::null(), 0) };
        }
    }

    /// Closes the instance; returns the record of its calls.
    pub(crate) fn close(self) -> &'static Recorder {
        if let Some(close) = self.table.close {
            // SAFETY: clause *self*; this method takes the value, so it is the one call.
            unsafe { close(self.instance) };
        }
        self.recorder.closed.store(true, Ordering::SeqCst);
        self.recorder
    }

    /// Closes the instance, and forbids access to the host table afterwards.
    pub(crate) fn close_and_forbid(self) -> &'static Recorder {
        let forbid = self.host.deferred_guard(ForbiddenAccess::HostAfterClose);
        let recorder = self.close();
        forbid();
        recorder
    }
}
