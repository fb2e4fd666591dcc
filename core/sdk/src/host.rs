//! The host of an instance. After `close` no function of the host is called.

use crate::inbound::{Inbound, RawInbounds, Receipt};
use rundruf_abi::{Growing, HostTable, LogLevel, RawBegun, RawInbound, RawOutcome, RawReceipt, Status, View};
use std::ffi::c_void;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// The host's function table, until `close`.
pub(crate) struct HostHandle {
    table: RwLock<Option<HostTable>>,
}

/// Why the host has not stored an inbound message or a receipt.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HostRefusal {
    /// Not now: keep it, do not acknowledge it to the provider, and try again after a while.
    #[error("the host cannot take it now")]
    Busy,
    /// It can never be stored: no valid sender, or a channel that the manifest does not name. The log says why.
    #[error("the host can never take it: its sender or channel is not valid")]
    Invalid,
    /// The manifest does not claim the capability (`inbound`, `receipts`): a fault of the plugin, which the log names.
    #[error("the manifest does not claim it")]
    NotClaimed,
}

/// How much of several messages or receipts the host has stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stored {
    /// This many of the first ones are stored durably: acknowledge exactly these to the provider.
    pub count: usize,
    /// Why the next one is not; `None` if all are stored.
    pub refusal: Option<HostRefusal>,
}

impl Stored {
    fn of(status: Option<Status>, stored: usize, all: usize) -> Self {
        let refusal = match status {
            Some(Status::OK) => return Self { count: all, refusal: None },
            Some(Status::BAD_ARGUMENT) => HostRefusal::Invalid,
            Some(Status::UNSUPPORTED) => HostRefusal::NotClaimed,
            _ => HostRefusal::Busy,
        };
        Self { count: stored.min(all), refusal: Some(refusal) }
    }
}

impl HostHandle {
    /// Copies the table of the host; `None` if it breaks the contract.
    ///
    /// # Safety
    /// `table` is null or valid under clause *host* until [`HostHandle::end`] has returned.
    pub(crate) unsafe fn new(table: *const HostTable) -> Option<Arc<Self>> {
        // SAFETY: the caller assures it; what an older host does not have is null.
        let table = unsafe { HostTable::read_sized(table) }?;
        Some(Arc::new(Self { table: RwLock::new(Some(table)) }))
    }

    /// Calls with the table; `None` after [`end`](HostHandle::end).
    pub(crate) fn with<T>(&self, call: impl FnOnce(&HostTable) -> T) -> Option<T> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        // The read lock keeps `end` (and so `close`) waiting while we are inside.
        table.as_ref().map(call)
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

    pub(crate) fn begun(&self, begun: &[RawBegun]) {
        self.with(|t| {
            if let Some(tell) = t.begun {
                // SAFETY: the array is borrowed for the call, side by side.
                unsafe { tell(t.ctx, begun.as_ptr(), begun.len(), size_of::<RawBegun>()) };
            }
        });
    }

    fn inbound(&self, messages: &[Inbound]) -> Stored {
        let (raw, mut stored) = (RawInbounds::new(messages), 0);
        let (first, count, stride) = (raw.all().as_ptr(), raw.all().len(), size_of::<RawInbound<'_>>());
        // SAFETY: the messages and the counter are borrowed for the call.
        let call = |t: &HostTable| t.inbound.map(|f| unsafe { f(t.ctx, first, count, stride, &raw mut stored) });
        let status = self.with(call).flatten();
        Stored::of(status, stored, count)
    }

    fn receipt(&self, receipts: &[Receipt]) -> Stored {
        let raw: Vec<RawReceipt<'_>> = receipts.iter().map(Receipt::raw).collect();
        let (count, stride, mut stored) = (raw.len(), size_of::<RawReceipt<'_>>(), 0);
        // SAFETY: the receipts and the counter are borrowed for the call.
        let call = |t: &HostTable| t.receipt.map(|f| unsafe { f(t.ctx, raw.as_ptr(), count, stride, &raw mut stored) });
        let status = self.with(call).flatten();
        Stored::of(status, stored, count)
    }
}

impl HostHandle {
    /// Calls with the host's table of an extension, if the host has it.
    pub(crate) fn with_extension<H: Growing>(&self, id: &str, call: impl FnOnce(*mut c_void, H)) {
        self.with(|t| {
            let Some(extension) = t.extension else { return };
            // SAFETY: [any thread] [opened..closed], which `with` assures; clause *host*: null, or a table that lives as long as the host's.
            if let Some(host) = unsafe { H::read_sized(extension(t.ctx, View::text(id)).cast::<H>()) } {
                call(t.ctx, host);
            }
        });
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
    pub(crate) is_setup: bool,
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

    /// Whether the transport is opened for its set-up alone ([`Setup`](crate::Setup)): it gets no message, and a file that a setting names may be
    /// missing. Leave out what needs an account.
    #[must_use]
    pub fn is_setup(&self) -> bool {
        self.info.is_setup
    }

    /// Number of worker threads of the runtime.
    #[must_use]
    pub fn threads(&self) -> u32 {
        self.info.threads
    }

    /// Hands a message over. `Ok` means that it is stored durably: only now acknowledge it to the provider. Also while the transport opens.
    ///
    /// # Errors
    /// [`HostRefusal`]: what to do with it.
    pub async fn inbound(&self, message: Inbound) -> Result<(), HostRefusal> {
        self.inbound_all(vec![message]).await.refusal.map_or(Ok(()), Err)
    }

    /// Hands several messages over, in order.
    pub async fn inbound_all(&self, messages: Vec<Inbound>) -> Stored {
        let handle = Arc::clone(&self.handle);
        // The host answers after a write to disk, which must not block a worker.
        blocking(move || handle.inbound(&messages)).await
    }

    /// Hands a receipt over. `Ok` means that it is stored durably.
    ///
    /// # Errors
    /// [`HostRefusal`]: what to do with it.
    pub async fn receipt(&self, receipt: Receipt) -> Result<(), HostRefusal> {
        self.receipt_all(vec![receipt]).await.refusal.map_or(Ok(()), Err)
    }

    /// Hands several receipts over, in order.
    pub async fn receipt_all(&self, receipts: Vec<Receipt>) -> Stored {
        let handle = Arc::clone(&self.handle);
        blocking(move || handle.receipt(&receipts)).await
    }
}

async fn blocking(call: impl FnOnce() -> Stored + Send + 'static) -> Stored {
    let busy = Stored { count: 0, refusal: Some(HostRefusal::Busy) };
    tokio::task::spawn_blocking(call).await.unwrap_or(busy)
}

pub(crate) fn unix_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
