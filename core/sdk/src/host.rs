//! The host of an instance. After `close` no function of the host is called.

use crate::inbound::{Inbound, Receipt};
use rundruf_abi::{HostTable, LogLevel, RawInbound, RawOutcome, RawReceipt, Status, View};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The host's function table, until `close`.
pub(crate) struct HostHandle {
    table: RwLock<Option<TablePtr>>,
}

#[derive(Clone, Copy)]
struct TablePtr(*const HostTable);

// SAFETY: clause *host*: the table lives until `close` has returned and may be used from any thread.
unsafe impl Send for TablePtr {}
// SAFETY: as above.
unsafe impl Sync for TablePtr {}

/// The host cannot store it now: keep it and try again after a while.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the host cannot take it now")]
pub struct HostBusy;

impl HostHandle {
    /// # Safety
    /// `table` must be valid under clause *host* until [`HostHandle::end`] has returned.
    pub(crate) unsafe fn new(table: *const HostTable) -> Arc<Self> {
        Arc::new(Self { table: RwLock::new(Some(TablePtr(table))) })
    }

    /// Calls with the table; `None` after [`end`](HostHandle::end).
    pub(crate) fn with<T>(&self, call: impl FnOnce(&HostTable) -> T) -> Option<T> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: clause *host*; the read lock keeps `end` (and so `close`) waiting while we are inside.
        table.as_ref().map(|t| call(unsafe { &*t.0 }))
    }

    /// Waits for running calls; afterwards no function of the host is called.
    pub(crate) fn end(&self) {
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(crate) fn complete(&self, outcomes: &[RawOutcome<'_>]) {
        self.with(|t| {
            if let Some(complete) = t.complete {
                // SAFETY: the outcomes are borrowed for the call, side by side.
                unsafe { complete(t.ctx, outcomes.as_ptr(), outcomes.len(), size_of::<RawOutcome<'_>>()) };
            }
        });
    }

    pub(crate) fn ready(&self) {
        self.with(|t| {
            if let Some(ready) = t.ready {
                // SAFETY: [any thread] [opened..closed], which `with` assures.
                unsafe { ready(t.ctx) };
            }
        });
    }

    pub(crate) fn log(&self, level: LogLevel, target: &str, message: &str) {
        self.with(|t| {
            if let Some(log) = t.log {
                // SAFETY: both texts are borrowed for the call.
                unsafe { log(t.ctx, level, View::text(target), View::text(message)) };
            }
        });
    }

    fn inbound(&self, message: &Inbound) -> Option<Status> {
        let raw = RawInbound {
            size: size_of::<RawInbound<'_>>() as u32,
            kind: rundruf_abi::InboundKind(message.kind as u32),
            sender_trust: message.trust as u32,
            channel: View::text(&message.channel),
            address: View::text(&message.address),
            text: View::text(&message.text),
            remote_id: View::text(&message.remote_id),
            flags: 0,
            quoted_message_id: View::EMPTY,
            at_ms: message.at_ms,
        };
        // SAFETY: the message is borrowed for the call.
        self.with(|t| t.inbound.map(|inbound| unsafe { inbound(t.ctx, &raw) })).flatten()
    }

    fn receipt(&self, receipt: &Receipt) -> Option<Status> {
        let raw = RawReceipt {
            size: size_of::<RawReceipt<'_>>() as u32,
            message_id: receipt.message_id,
            kind: rundruf_abi::ReceiptKind(receipt.kind as u32),
            at_ms: receipt.at_ms,
            detail: View::text(&receipt.detail),
        };
        // SAFETY: the receipt is borrowed for the call.
        self.with(|t| t.receipt.map(|f| unsafe { f(t.ctx, &raw) })).flatten()
    }
}

/// The host of an instance, and what the instance was opened with. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    pub(crate) handle: Arc<HostHandle>,
    pub(crate) info: Arc<InstanceInfo>,
}

pub(crate) struct InstanceInfo {
    pub(crate) name: String,
    pub(crate) state_dir: PathBuf,
    pub(crate) window: u32,
    pub(crate) threads: u32,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("name", &self.info.name).finish_non_exhaustive()
    }
}

impl Host {
    /// Name of the transport in the admin's file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.info.name
    }

    /// The state folder of this instance; no other instance uses it.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        &self.info.state_dir
    }

    /// Most messages that are outstanding at once.
    #[must_use]
    pub fn window(&self) -> u32 {
        self.info.window
    }

    /// Number of worker threads of the runtime.
    #[must_use]
    pub fn threads(&self) -> u32 {
        self.info.threads
    }

    /// Hands a message over. `Ok` means that it is stored durably: only now acknowledge it to the provider.
    ///
    /// # Errors
    /// [`HostBusy`]: keep it and try again.
    pub async fn inbound(&self, message: Inbound) -> Result<(), HostBusy> {
        let handle = Arc::clone(&self.handle);
        // The host answers after a write to disk, which must not block a worker.
        let status = tokio::task::spawn_blocking(move || handle.inbound(&message)).await.ok().flatten();
        if status == Some(Status::OK) { Ok(()) } else { Err(HostBusy) }
    }

    /// Hands a receipt over. `Ok` means that it is stored durably.
    ///
    /// # Errors
    /// [`HostBusy`]: keep it and try again.
    pub async fn receipt(&self, receipt: Receipt) -> Result<(), HostBusy> {
        let handle = Arc::clone(&self.handle);
        let status = tokio::task::spawn_blocking(move || handle.receipt(&receipt)).await.ok().flatten();
        if status == Some(Status::OK) { Ok(()) } else { Err(HostBusy) }
    }
}

pub(crate) fn unix_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
