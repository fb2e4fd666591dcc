//! An instance in this process whose functions are linked in, without a library: either those of a real transport, or those of a plugin that makes the
//! calls of the fuzzer.

use crate::claims::PluginClaims;
use crate::event::{DeliveryReceipt, InboundMessage, MessageOutcome};
use crate::extension_call::ExtensionAnswer;
use crate::host_calls::OpenParams;
use crate::library::LoadedLibrary;
use crate::loaded_instance::{LoadedInstance, PluginCallbacks};
use crate::lookup::LookupAnswer;
use crate::message::{MessageBatch, MessageContent};
use crate::views::{BatchViews, ContentViews};
use crate::wire::batch::BatchHeader;
use crate::wire::outcome_batch::OutcomeBatch;
use rundruf_abi::{
    HostTable, InboundKind, LOOKUP, LogLevel, LookupHost, OpenArgs, OutcomeCode, RawBatch, RawInbound, RawInboundFile,
    RawLookupAnswer, RawOutcome, RawReceipt, Reach, ReceiptKind, SenderTrust, Sink, Status, TransportTable, View,
};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// The outcomes of an instance. Asserts the limits of everything else.
#[derive(Default)]
struct Outcomes {
    all: Mutex<Vec<(u64, u32, MessageOutcome)>>,
    changed: Condvar,
}

impl PluginCallbacks for Outcomes {
    fn outcomes(&self, told: OutcomeBatch) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).extend(told.each());
        self.changed.notify_all();
    }

    fn begun(&self, _: u64, _: Vec<(u32, u32)>) {}

    fn inbound(&self, messages: Vec<InboundMessage>) -> (Status, usize) {
        for message in &messages {
            assert!(message.text.len() <= 3 * 64 * 1024 && message.remote_id.len() <= 3 * 256, "longer than allowed");
            assert!(message.aliases.len() <= 8 && message.attachments.len() <= 32, "more than allowed");
        }
        (Status::OK, messages.len())
    }

    fn receipt(&self, receipts: Vec<DeliveryReceipt>) -> (Status, usize) {
        assert!(receipts.iter().all(|receipt| receipt.detail.len() <= 3 * 512), "longer than allowed");
        (Status::OK, receipts.len())
    }

    fn answered(&self, _: u64, answer: ExtensionAnswer) {
        assert_eq!(answer.clone().bounded(), answer, "more than allowed");
    }

    fn reached(&self, _: u64, _: u32, reached: LookupAnswer) {
        assert!(reached.detail.len() <= 3 * 512, "longer than allowed");
    }

    fn ready(&self) {}

    fn log(&self, _: u32, target: &str, message: &str) {
        assert!(target.len() <= 3 * 64 && message.len() <= 3 * 512, "longer than allowed");
    }
}

/// An outcome for [`ScriptedPlugin::complete`].
pub struct ScriptedOutcome<'a> {
    /// Id of the batch.
    pub batch: u64,
    /// Index in the batch.
    pub index: u32,
    /// Outcome code.
    pub code: u16,
    /// Milliseconds before the next attempt.
    pub retry_after_ms: u32,
    /// The provider's id.
    pub remote_id: &'a [u8],
    /// Detail for the admin.
    pub detail: &'a [u8],
}

/// An open instance.
pub struct ScriptedPlugin {
    local: Arc<LoadedInstance>,
    outcomes: Arc<Outcomes>,
    host: *const HostTable,
    next: u64,
}

/// The host table of the last instance that was opened, and what `submit` answers.
static HOST: AtomicPtr<HostTable> = AtomicPtr::new(std::ptr::null_mut());
static SUBMIT_STATUS: AtomicI32 = AtomicI32::new(0);

static TABLE: TransportTable = TransportTable {
    size: size_of::<TransportTable>() as u32,
    flags: 0,
    open: Some(open),
    submit: Some(submit),
    drain: Some(drain),
    close: Some(close),
    extension: None,
};

unsafe extern "C" fn open(
    host: *const HostTable,
    _: *const OpenArgs<'_>,
    instance: *mut *mut c_void,
    _: *mut Sink,
) -> Status {
    HOST.store(host.cast_mut(), Ordering::SeqCst);
    // SAFETY: clause *borrow*: writable for this call. Any pointer but null will do.
    unsafe { *instance = host.cast_mut().cast() };
    Status::OK
}

unsafe extern "C" fn submit(_: *mut c_void, _: *const RawBatch<'_>) -> Status {
    Status(SUBMIT_STATUS.load(Ordering::SeqCst))
}

unsafe extern "C" fn drain(_: *mut c_void, _: u64) -> Status {
    Status::OK
}

unsafe extern "C" fn close(_: *mut c_void) {}

fn view(bytes: &[u8]) -> View<'_> {
    View { ptr: bytes.as_ptr(), len: bytes.len(), life: PhantomData }
}

/// An array of another version: `padding` words between its elements, and no byte behind the last one. Returns the memory and the stride.
fn strided<T: Copy>(elements: &[T], padding: usize) -> (Vec<u64>, usize) {
    let stride = size_of::<T>() + padding * 8;
    let Some(last) = elements.len().checked_sub(1) else { return (Vec::new(), stride) };
    let mut memory = vec![0xA5A5_A5A5_A5A5_A5A5_u64; (last * stride + size_of::<T>()).div_ceil(8)];
    for (n, element) in elements.iter().enumerate() {
        // SAFETY: within the memory that was just reserved, whose alignment is at least that of all elements.
        unsafe { memory.as_mut_ptr().byte_add(n * stride).cast::<T>().write(*element) };
    }
    (memory, stride)
}

impl ScriptedPlugin {
    /// A plugin that makes the calls of the fuzzer.
    #[must_use]
    pub fn new() -> Self {
        Self::linked(&TABLE, "{}", 1_024).unwrap_or_else(|e| panic!("{e}"))
    }

    /// An instance of a real transport.
    ///
    /// # Errors
    /// The text of the transport if it refuses its settings.
    pub fn linked(table: &'static TransportTable, config: &str, window: u32) -> Result<Self, String> {
        let outcomes = Arc::new(Outcomes::default());
        let state_dir = Path::new("/nonexistent");
        let params = OpenParams { name: "linked", config: config.as_bytes(), state_dir, window, threads: 1, flags: 0 };
        let callbacks: Arc<dyn PluginCallbacks> = Arc::clone(&outcomes) as _;
        let claims = PluginClaims {
            inbound: true,
            receipts: true,
            lookup: true,
            extensions: ["webhook", "forget", "health", "setup"].map(str::to_owned).to_vec(),
            channels: vec!["email".to_owned()],
        };
        let local = LoadedInstance::open(LoadedLibrary { table, flags: 0 }, &params, claims, callbacks)
            .map_err(|why| why.to_string())?;
        Ok(Self { local: Arc::new(local), outcomes, host: HOST.load(Ordering::SeqCst), next: 1 })
    }

    /// Submits a batch; its id if it was accepted. `status` is what a scripted plugin answers.
    pub fn submit(
        &mut self,
        content: &Arc<MessageContent>,
        messages: MessageBatch,
        status: i32,
    ) -> Result<u64, MessageBatch> {
        SUBMIT_STATUS.store(status, Ordering::SeqCst);
        let batch = self.next;
        self.next += 1;
        let header = BatchHeader { id: batch, content: content.id, deadline_ms: 0, priority: 0 };
        let views = BatchViews::owned(header, Arc::new(ContentViews::owned(content)), messages)?;
        match self.local.submit(views) {
            Ok(()) => Ok(batch),
            Err((_, views)) => Err(views.into_messages()),
        }
    }

    fn host(&self) -> &HostTable {
        // SAFETY: clause *host*: it lives as long as the instance.
        unsafe { &*self.host }
    }

    /// Calls `complete`; returns the status.
    pub fn complete(&self, outcomes: &[ScriptedOutcome<'_>], padding: usize) -> i32 {
        let raw: Vec<RawOutcome<'_>> = outcomes
            .iter()
            .map(|s| RawOutcome {
                batch: s.batch,
                index: s.index,
                code: OutcomeCode(s.code),
                flags: 0xFFFF,
                retry_after_ms: s.retry_after_ms,
                remote_code: -1,
                remote_id: view(s.remote_id),
                detail: view(s.detail),
                remote_ids: std::ptr::null(),
                remote_id_count: 0,
                cost_micro: u64::from(s.retry_after_ms),
                currency: [b'E', b'U', b'R', 0],
                parts: s.index,
            })
            .collect();
        let (memory, stride) = strided(&raw, padding);
        let host = self.host();
        let Some(complete) = host.complete else { return -1 };
        // SAFETY: the array is borrowed for the call.
        unsafe { complete(host.ctx, memory.as_ptr().cast(), raw.len(), stride).0 }
    }

    /// Calls `complete` against the contract: null, a short stride, or an impossible count.
    pub fn complete_wrongly(&self, how: u8) -> i32 {
        let host = self.host();
        let Some(complete) = host.complete else { return -1 };
        let one = [0_u64; size_of::<RawOutcome<'_>>() / 8];
        let size = size_of::<RawOutcome<'_>>();
        // SAFETY: each of these must be refused before the array is looked at.
        unsafe {
            match how % 4 {
                0 => complete(host.ctx, std::ptr::null(), 3, size).0,
                1 => complete(host.ctx, one.as_ptr().cast(), 1, 8).0,
                2 => complete(host.ctx, one.as_ptr().cast(), usize::MAX, size).0,
                _ => complete(std::ptr::null_mut(), one.as_ptr().cast(), 1, size).0,
            }
        }
    }

    /// Calls `inbound` with one message that has aliases and files. `stride` is what the plugin claims.
    pub fn inbound(&self, stride: usize, kind: u32, texts: [&[u8]; 5]) -> i32 {
        let [channel, from, text, remote_id, quoted] = texts.map(view);
        let aliases = [from, text];
        let file = RawInboundFile {
            name: text,
            media_type: channel,
            bytes: quoted,
            file: remote_id,
            size: 0,
            flags: 0,
            reserved: 0,
        };
        let raw = RawInbound {
            kind: InboundKind(kind),
            sender_trust: SenderTrust(kind),
            flags: kind,
            reserved: 0,
            channel,
            from,
            aliases: aliases.as_ptr(),
            alias_count: 2,
            display_name: text,
            conversation: remote_id,
            text,
            payload: quoted,
            remote_id,
            quoted_remote_id: remote_id,
            quoted_message_id: quoted,
            attachments: &raw const file,
            attachment_count: 1,
            attachment_stride: size_of::<RawInboundFile<'_>>(),
            at_ms: i64::MIN,
        };
        let (host, mut stored) = (self.host(), 0);
        let Some(inbound) = host.inbound else { return -1 };
        // SAFETY: the message is borrowed for the call.
        unsafe { inbound(host.ctx, &raw const raw, 1, stride, &raw mut stored).0 }
    }

    /// Calls `receipt` with one receipt.
    pub fn receipt(&self, stride: usize, kind: u32, detail: &[u8]) -> i32 {
        let raw = RawReceipt {
            kind: ReceiptKind(kind),
            code: OutcomeCode(0),
            flags: 0,
            message_id: [7; 16],
            remote_id: view(detail),
            at_ms: 0,
            remote_code: -1,
            reserved: 0,
            detail: view(detail),
        };
        let host = self.host();
        let Some(receipt) = host.receipt else { return -1 };
        // SAFETY: the receipt is borrowed for the call.
        unsafe { receipt(host.ctx, &raw const raw, 1, stride, std::ptr::null_mut()).0 }
    }

    /// Calls `log` and `ready`.
    pub fn log(&self, level: u32, target: &[u8], message: &[u8]) {
        let host = self.host();
        // SAFETY: both texts are borrowed for the call.
        unsafe {
            if let Some(log) = host.log {
                log(host.ctx, LogLevel(level), view(target), view(message));
            }
            if let Some(ready) = host.ready {
                ready(host.ctx);
            }
        }
    }

    /// Answers lookups that were never asked, through the extension of this name, if there is one.
    pub fn reached(&self, extension: &[u8], answers: &[(u64, u32, u32, &[u8])], padding: usize) -> i32 {
        let host = self.host();
        let Some(find) = host.extension else { return -1 };
        // SAFETY: the id is borrowed for the call.
        let table = unsafe { find(host.ctx, view(extension)) };
        assert_eq!(table.is_null(), extension != LOOKUP.as_bytes(), "only the extension with this whole name exists");
        // SAFETY: clause *host*: null or the table of that name.
        let Some(answer) = (unsafe { table.cast::<LookupHost>().as_ref() }).and_then(|table| table.answer) else {
            return 0;
        };
        let raw: Vec<RawLookupAnswer<'_>> = answers
            .iter()
            .map(|(lookup, index, reach, detail)| RawLookupAnswer {
                lookup: *lookup,
                index: *index,
                reach: Reach(*reach),
                detail: view(detail),
            })
            .collect();
        let (memory, stride) = strided(&raw, padding);
        // SAFETY: the array is borrowed for the call.
        unsafe { answer(host.ctx, memory.as_ptr().cast(), raw.len(), stride).0 }
    }

    /// Ends every open message.
    pub fn give_up(&self) {
        self.local.give_up_all("the fuzzer");
    }

    /// The outcomes since the last call; waits for `at_least` of them, a minute at most.
    #[must_use]
    pub fn outcomes(&self, at_least: usize) -> Vec<(u64, u32, MessageOutcome)> {
        let all = self.outcomes.all.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.outcomes.changed.wait_timeout_while(all, Duration::from_secs(60), |all| all.len() < at_least);
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Number of messages whose outcome was not reported.
    #[must_use]
    pub fn untold(&self) -> usize {
        self.local.undelivered()
    }

    /// Closes the instance.
    pub fn close(self) {
        let _ = self.local.close(Duration::from_secs(60));
    }
}

impl Default for ScriptedPlugin {
    fn default() -> Self {
        Self::new()
    }
}
