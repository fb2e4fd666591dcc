//! For an author's tests: runs a transport through its function table, without a library and without a daemon, and panics unless every message is
//! completed exactly once.

mod answer; // the outcome of one message
#[doc(hidden)]
pub mod batch_memory; // a batch in memory
mod extensions; // where a transport's answers go
mod kit_host; // what the transport has called
mod lookup; // an extension
mod manifest; // the file beside `Cargo.toml`
mod messages; // translations in the manifest
mod recall; // an extension
mod requests; // the extensions that a host asks
mod sample; // what is sent
mod webhook; // another one

pub use answer::Answer;
pub use manifest::manifest_is_current;
pub use messages::messages_are_said;
pub use sample::{Sample, SampleRecipient};

use crate::Transport;
use batch_memory::{BatchMemory, BatchParts};
use kit_host::{KitCalls, KitHost, kit_host, owned};
use rundruf_abi::{
    HostTable, LogLevel, OpenArgs, RawBatch, RawBegun, RawInbound, RawOutcome, RawReceipt, Sink, Status, StridedView,
    TransportTable, View,
};
use std::ffi::c_void;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A transport that runs, and its host.
pub struct Kit {
    table: &'static TransportTable,
    instance: *mut c_void,
    kit_host: Arc<KitHost>,
    /// Lives until `close`: clause *host*.
    _host: Box<HostTable>,
    next: u64,
}

/// A submitted batch. Keep it until its answers have come: it owns the memory of the batch.
pub struct SubmittedBatch {
    id: u64,
    count: u32,
    _memory: BatchMemory,
}

impl Kit {
    /// Opens a transport with these settings.
    ///
    /// # Errors
    /// The text of the transport.
    pub fn open<T: Transport>(config: &serde_json::Value, state_dir: &Path, window: u32) -> Result<Self, String> {
        Self::open_in::<T>(config, state_dir, window, KitCalls::default())
    }

    /// Opens it in an older host, which has no extension.
    ///
    /// # Errors
    /// The text of the transport.
    pub fn open_without_extensions<T: Transport>(
        config: &serde_json::Value,
        state_dir: &Path,
        window: u32,
    ) -> Result<Self, String> {
        Self::open_in::<T>(config, state_dir, window, KitCalls { without_extensions: true, ..KitCalls::default() })
    }

    fn open_in<T: Transport>(
        config: &serde_json::Value,
        state_dir: &Path,
        window: u32,
        calls: KitCalls,
    ) -> Result<Self, String> {
        let table: &'static TransportTable = Box::leak(Box::new(crate::table::<T>()));
        let open_flags = calls.open_flags;
        let kit_host = Arc::new(KitHost { calls: Mutex::new(calls), changed: Condvar::new() });
        let host = Box::new(HostTable {
            size: size_of::<HostTable>() as u32,
            minor: u32::from(rundruf_abi::ABI.minor),
            ctx: Arc::as_ptr(&kit_host).cast_mut().cast(),
            complete: Some(complete),
            begun: Some(begun),
            inbound: Some(inbound),
            receipt: Some(receipt),
            ready: Some(ready),
            log: Some(log),
            extension: Some(extensions::extension),
        });
        let (config, state) = (config.to_string(), state_dir.display().to_string());
        let args = OpenArgs {
            size: size_of::<OpenArgs<'_>>() as u32,
            threads: 2,
            config: View::text(&config),
            name: View::text("kit"),
            state_dir: View::text(&state),
            window,
            flags: open_flags,
        };
        let mut instance = std::ptr::null_mut();
        let mut text: Vec<u8> = Vec::new();
        let mut sink = Sink { ctx: (&raw mut text).cast(), write: Some(write) };
        let Some(open) = table.open else { return Err("no open".into()) };
        // SAFETY: all arguments are valid for the call; the host table lives in the kit.
        let status = unsafe { open(&raw const *host, &raw const args, &raw mut instance, &raw mut sink) };
        if status != Status::OK {
            return Err(String::from_utf8_lossy(&text).into_owned());
        }
        Ok(Self { table, instance, kit_host, _host: host, next: 1 })
    }

    /// Submits a batch; returns the status, and what to [`wait`](Kit::wait) for if it is OK.
    pub fn submit(&mut self, sample: &Sample, recipients: &[SampleRecipient]) -> (Status, SubmittedBatch) {
        self.submit_changed(sample, recipients, |_| {})
    }

    /// Submits a batch after a change: another priority, a deadline, or a fault.
    pub fn submit_changed(
        &mut self,
        sample: &Sample,
        recipients: &[SampleRecipient],
        change: impl FnOnce(&mut RawBatch<'static>),
    ) -> (Status, SubmittedBatch) {
        self.submit_parts(sample.parts(recipients), change)
    }

    /// Submits a batch made from these parts, after a change.
    #[doc(hidden)]
    pub fn submit_parts(
        &mut self,
        parts: BatchParts,
        change: impl FnOnce(&mut RawBatch<'static>),
    ) -> (Status, SubmittedBatch) {
        let id = self.next;
        self.next += 1;
        let count = u32::try_from(parts.recipients.len()).unwrap_or(u32::MAX);
        let mut memory = BatchMemory::new(id, parts);
        change(&mut memory.batch);
        let raw = &raw const *memory.batch;
        let sent = SubmittedBatch { id, count, _memory: memory };
        // SAFETY: the batch lives in `sent`, which the caller keeps until it has waited.
        let status = self.table.submit.map_or(Status::UNSUPPORTED, |submit| unsafe { submit(self.instance, raw) });
        (status, sent)
    }

    /// Waits for all answers of a batch.
    ///
    /// # Panics
    /// If one is missing after the timeout, or one came twice.
    pub fn wait(&self, sent: &SubmittedBatch, timeout: Duration) -> Vec<Answer> {
        let until = Instant::now() + timeout;
        let mut calls = self.kit_host.lock();
        loop {
            let all: Option<Vec<Answer>> = (0..sent.count).map(|n| calls.answers.get(&(sent.id, n)).cloned()).collect();
            assert!(calls.duplicates.is_empty(), "answered twice: {:?}", calls.duplicates);
            if let Some(all) = all {
                return all;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} of {} answers came", calls.answers.len(), sent.count);
            calls = self.kit_host.changed.wait_timeout(calls, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Sends to these recipients and waits for their answers.
    ///
    /// # Panics
    /// As [`Kit::wait`], and if the batch is not accepted.
    pub fn send(&mut self, sample: &Sample, recipients: &[SampleRecipient]) -> Vec<Answer> {
        let (status, sent) = self.submit(sample, recipients);
        assert_eq!(status, Status::OK, "the batch was not accepted");
        self.wait(&sent, Duration::from_secs(60))
    }

    /// Drains the transport.
    pub fn drain(&self, timeout: Duration) -> Status {
        let ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        // SAFETY: clause *self*.
        self.table.drain.map_or(Status::UNSUPPORTED, |drain| unsafe { drain(self.instance, ms) })
    }

    /// Channel, address and text of the inbound messages so far.
    #[must_use]
    pub fn inbound(&self) -> Vec<(String, String, String)> {
        self.kit_host.lock().inbound.clone()
    }

    /// The receipts so far: message id in hexadecimal, or the provider's id, and the kind.
    #[must_use]
    pub fn receipts(&self) -> Vec<(String, u32)> {
        self.kit_host.lock().receipts.clone()
    }

    /// Indices of the batch that the transport has told as begun, in order.
    #[must_use]
    pub fn begun(&self, sent: &SubmittedBatch) -> Vec<u32> {
        self.kit_host.lock().begun.iter().filter(|(batch, _)| *batch == sent.id).map(|(_, index)| *index).collect()
    }

    /// The log lines so far.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.kit_host.lock().log.clone()
    }

    /// Number of calls of `ready` so far.
    #[must_use]
    pub fn ready(&self) -> u32 {
        self.kit_host.lock().ready
    }

    /// Waits until `ready` was called more often than `before`.
    ///
    /// # Panics
    /// If it was not called in time.
    pub fn wait_ready(&self, before: u32, timeout: Duration) {
        let calls = self.kit_host.lock();
        let waited = self.kit_host.changed.wait_timeout_while(calls, timeout, |calls| calls.ready <= before);
        let (calls, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(calls.ready > before, "it was busy and did not call `ready`");
    }

    /// Closes the transport; returns the answers to `sent`, which must all have come.
    ///
    /// # Panics
    /// If one is missing or came twice, or a function of the host was called afterwards.
    pub fn close_with(mut self, sent: &SubmittedBatch) -> Vec<Answer> {
        self.end();
        let answers = self.wait(sent, Duration::ZERO);
        self.close();
        answers
    }

    /// Closes the transport.
    ///
    /// # Panics
    /// If a function of the host was called afterwards.
    pub fn close(mut self) {
        self.end();
        std::thread::sleep(Duration::from_millis(5));
        assert_eq!(self.kit_host.lock().after_close, 0, "a host function was called after close");
    }

    fn end(&mut self) {
        if !self.instance.is_null()
            && let Some(close) = self.table.close
        {
            // SAFETY: clause *self*; this is the one call.
            unsafe { close(self.instance) };
            self.instance = std::ptr::null_mut();
            self.kit_host.lock().closed = true;
        }
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        self.end();
    }
}

unsafe extern "C" fn complete(
    ctx: *mut c_void,
    outcomes: *const RawOutcome<'_>,
    count: usize,
    stride: usize,
) -> Status {
    // SAFETY: see `kit_host`.
    let kit_host = unsafe { kit_host(ctx) };
    let mut calls = kit_host.lock();
    if calls.closed {
        calls.after_close += 1;
    }
    // SAFETY: clause *borrow*: `count` outcomes lie `stride` bytes apart.
    let Some(all) = (unsafe { StridedView::new(outcomes, count, stride, MAX_ARRAY) }) else {
        return Status::BAD_ARGUMENT;
    };
    for raw in all.iter() {
        // SAFETY: clause *borrow*: `remote_id_count` views lie side by side.
        let ids = (0..raw.remote_id_count).map(|n| owned(unsafe { &*raw.remote_ids.add(n) })).collect();
        let currency = String::from_utf8_lossy(&raw.currency).trim_end_matches('\0').to_owned();
        let answer = Answer {
            code: raw.code,
            remote_id: owned(&raw.remote_id),
            detail: owned(&raw.detail),
            retry_after_ms: raw.retry_after_ms,
            remote_ids: ids,
            parts: raw.parts,
            cost: (raw.cost_micro, currency),
        };
        if calls.answers.insert((raw.batch, raw.index), answer).is_some() {
            calls.duplicates.push((raw.batch, raw.index));
        }
    }
    drop(calls);
    kit_host.changed.notify_all();
    Status::OK
}

/// More elements than any call has.
const MAX_ARRAY: usize = 1 << 20;

unsafe extern "C" fn begun(ctx: *mut c_void, begun: *const RawBegun, count: usize, stride: usize) -> Status {
    // SAFETY: clause *borrow*.
    let Some(all) = (unsafe { StridedView::new(begun, count, stride, MAX_ARRAY) }) else { return Status::BAD_ARGUMENT };
    // SAFETY: see `kit_host`.
    unsafe { kit_host(ctx) }.lock().begun.extend(all.iter().map(|raw| (raw.batch, raw.index)));
    Status::OK
}

unsafe extern "C" fn inbound(
    ctx: *mut c_void,
    messages: *const RawInbound<'_>,
    count: usize,
    stride: usize,
    stored: *mut usize,
) -> Status {
    // SAFETY: clause *borrow*.
    let all = unsafe { StridedView::new(messages, count, stride, MAX_ARRAY) };
    let Some(all) = all else { return Status::BAD_ARGUMENT };
    let entry = |raw: RawInbound<'_>| (owned(&raw.channel), owned(&raw.from), owned(&raw.text));
    // SAFETY: see `kit_host`; the counter is null or writable for this call.
    unsafe {
        kit_host(ctx).lock().inbound.extend(all.iter().map(entry));
        if let Some(stored) = stored.as_mut() {
            *stored = count;
        }
    }
    Status::OK
}

unsafe extern "C" fn receipt(
    ctx: *mut c_void,
    receipts: *const RawReceipt<'_>,
    count: usize,
    stride: usize,
    stored: *mut usize,
) -> Status {
    // SAFETY: clause *borrow*.
    let all = unsafe { StridedView::new(receipts, count, stride, MAX_ARRAY) };
    let Some(all) = all else { return Status::BAD_ARGUMENT };
    let entry = |raw: RawReceipt<'_>| {
        let hex = || raw.message_id.iter().map(|b| format!("{b:02x}")).collect();
        (if raw.message_id == [0; 16] { owned(&raw.remote_id) } else { hex() }, raw.kind.0)
    };
    // SAFETY: see `kit_host`; the counter is null or writable for this call.
    unsafe {
        kit_host(ctx).lock().receipts.extend(all.iter().map(entry));
        if let Some(stored) = stored.as_mut() {
            *stored = count;
        }
    }
    Status::OK
}

unsafe extern "C" fn ready(ctx: *mut c_void) {
    // SAFETY: see `kit_host`.
    let kit_host = unsafe { kit_host(ctx) };
    let mut calls = kit_host.lock();
    calls.ready += 1;
    calls.after_close += u32::from(calls.closed);
    drop(calls);
    kit_host.changed.notify_all();
}

unsafe extern "C" fn log(ctx: *mut c_void, level: LogLevel, target: View<'_>, message: View<'_>) {
    let line = format!("{} {}: {}", level.0, owned(&target), owned(&message));
    // SAFETY: see `kit_host`.
    let mut calls = unsafe { kit_host(ctx) }.lock();
    if calls.closed {
        calls.after_close += 1;
    }
    calls.log.push(line);
}

unsafe extern "C" fn write(ctx: *mut c_void, ptr: *const u8, len: usize) -> Status {
    // SAFETY: the context is the vector in `open`, and the bytes are borrowed for the call.
    unsafe { (*ctx.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(ptr, len)) };
    Status::OK
}
