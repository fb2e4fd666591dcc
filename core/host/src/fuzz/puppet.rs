//! An instance in this process without a library: its functions are linked in. Either those of a real transport, or those of a puppet, whose every
//! word comes from the fuzzer.

use crate::event::{DeliveryReceipt, InboundMessage, MessageOutcome};
use crate::library::LoadedLibrary;
use crate::loaded_instance::{LoadedInstance, OpenParams, PluginCallbacks};
use crate::lookup::LookupAnswer;
use crate::message::{MessageBatch, MessageContent};
use crate::views::{BatchViews, ContentViews};
use crate::wire::batch::BatchHeader;
use crate::wire::outcome_batch::OutcomeBatch;
use rundruf_abi::{
    HostTable, InboundKind, LOOKUP, LogLevel, LookupHost, OpenArgs, OutcomeCode, RawBatch, RawInbound, RawLookupAnswer,
    RawOutcome, RawReceipt, Reach, ReceiptKind, Sink, Status, TransportTable, View,
};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::atomic::{AtomicI32, AtomicPtr, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What an instance has said.
#[derive(Default)]
pub struct Heard {
    outcomes: Mutex<Vec<(u64, u32, MessageOutcome)>>,
    came: Condvar,
}

impl PluginCallbacks for Heard {
    fn outcomes(&self, told: OutcomeBatch) {
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).extend(told.each());
        self.came.notify_all();
    }

    fn inbound(&self, message: InboundMessage) -> Status {
        assert!(message.text.len() <= 3 * 64 * 1024 && message.remote_id.len() <= 3 * 256, "longer than allowed");
        Status::OK
    }

    fn receipt(&self, receipt: DeliveryReceipt) -> Status {
        assert!(receipt.detail.len() <= 3 * 512, "longer than allowed");
        Status::OK
    }

    fn reached(&self, _: u64, _: u32, reached: LookupAnswer) {
        assert!(reached.detail.len() <= 3 * 512, "longer than allowed");
    }

    fn ready(&self) {}

    fn log(&self, _: u32, target: &str, message: &str) {
        assert!(target.len() <= 3 * 64 && message.len() <= 3 * 512, "longer than allowed");
    }
}

/// An outcome as a plugin says it.
pub struct Said<'a> {
    /// Batch.
    pub batch: u64,
    /// Index.
    pub index: u32,
    /// Code.
    pub code: u16,
    /// Not before.
    pub retry_after_ms: u32,
    /// Id of the other side.
    pub remote_id: &'a [u8],
    /// Detail.
    pub detail: &'a [u8],
}

/// An open instance.
pub struct Puppet {
    local: LoadedInstance,
    heard: Arc<Heard>,
    host: *const HostTable,
    next: u64,
}

/// What the puppet was lent last, and what it answers to a batch.
static LENT: AtomicPtr<HostTable> = AtomicPtr::new(std::ptr::null_mut());
static ANSWER: AtomicI32 = AtomicI32::new(0);

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
    LENT.store(host.cast_mut(), Ordering::SeqCst);
    // SAFETY: clause *borrow*: writable for this call. Any pointer but null will do.
    unsafe { *instance = host.cast_mut().cast() };
    Status::OK
}

unsafe extern "C" fn submit(_: *mut c_void, _: *const RawBatch<'_>) -> Status {
    Status(ANSWER.load(Ordering::SeqCst))
}

unsafe extern "C" fn drain(_: *mut c_void, _: u64) -> Status {
    Status::OK
}

unsafe extern "C" fn close(_: *mut c_void) {}

fn view(bytes: &[u8]) -> View<'_> {
    View { ptr: bytes.as_ptr(), len: bytes.len(), life: PhantomData }
}

/// The elements as another version may lay them out: `more` words between them, and not one byte behind the last.
fn apart<T: Copy>(elements: &[T], more: usize) -> (Vec<u64>, usize) {
    let stride = size_of::<T>() + more * 8;
    let Some(last) = elements.len().checked_sub(1) else { return (Vec::new(), stride) };
    let mut memory = vec![0xA5A5_A5A5_A5A5_A5A5_u64; (last * stride + size_of::<T>()).div_ceil(8)];
    for (n, element) in elements.iter().enumerate() {
        // SAFETY: it lies within the memory that was just reserved, whose alignment is at least that of all elements.
        unsafe { memory.as_mut_ptr().byte_add(n * stride).cast::<T>().write(*element) };
    }
    (memory, stride)
}

impl Puppet {
    /// Says what it is told.
    #[must_use]
    pub fn new() -> Self {
        Self::linked(&TABLE, "{}", 1_024).unwrap_or_else(|e| panic!("{e}"))
    }

    /// A real transport.
    ///
    /// # Errors
    /// Its own words if it refuses its settings.
    pub fn linked(table: &'static TransportTable, config: &str, window: u32) -> Result<Self, String> {
        let heard = Arc::new(Heard::default());
        let state_dir = Path::new("/nonexistent");
        let spec = OpenParams { name: "linked", config, state_dir, window, threads: 1 };
        let outlet: Arc<dyn PluginCallbacks> = Arc::clone(&heard) as _;
        let local = LoadedInstance::open(LoadedLibrary { table, flags: 0 }, &spec, outlet)?;
        Ok(Self { local, heard, host: LENT.load(Ordering::SeqCst), next: 1 })
    }

    /// Hands letters over; the number of the batch if they were taken. `answer` is what a puppet says to it.
    pub fn submit(
        &mut self,
        content: &Arc<MessageContent>,
        letters: MessageBatch,
        answer: i32,
    ) -> Result<u64, MessageBatch> {
        ANSWER.store(answer, Ordering::SeqCst);
        let batch = self.next;
        self.next += 1;
        let once = BatchHeader { id: batch, content: content.id, deadline_ms: 0, priority: 0 };
        let memory = BatchViews::owned(once, Arc::new(ContentViews::owned(content)), letters)?;
        match self.local.submit(memory, Instant::now() + Duration::from_secs(3_600)) {
            Ok(()) => Ok(batch),
            Err((_, memory)) => Err(memory.into_letters()),
        }
    }

    fn host(&self) -> &HostTable {
        // SAFETY: clause *host*: it lives as long as the instance.
        unsafe { &*self.host }
    }

    /// Completes.
    pub fn complete(&self, said: &[Said<'_>], more: usize) -> i32 {
        let raw: Vec<RawOutcome<'_>> = said
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
            })
            .collect();
        let (memory, stride) = apart(&raw, more);
        let host = self.host();
        let Some(complete) = host.complete else { return -1 };
        // SAFETY: the array is borrowed for the call.
        unsafe { complete(host.ctx, memory.as_ptr().cast(), raw.len(), stride).0 }
    }

    /// Completes against the contract: null, a short stride, or more than there can be.
    pub fn complete_wrongly(&self, how: u8) -> i32 {
        let host = self.host();
        let Some(complete) = host.complete else { return -1 };
        let one = [0_u64; 7];
        // SAFETY: each of these must be refused before the array is looked at.
        unsafe {
            match how % 4 {
                0 => complete(host.ctx, std::ptr::null(), 3, 56).0,
                1 => complete(host.ctx, one.as_ptr().cast(), 1, 8).0,
                2 => complete(host.ctx, one.as_ptr().cast(), usize::MAX, 56).0,
                _ => complete(std::ptr::null_mut(), one.as_ptr().cast(), 1, 56).0,
            }
        }
    }

    /// Brings a message from outside. `size` is what the plugin claims.
    pub fn inbound(&self, size: u32, kind: u32, texts: [&[u8]; 5]) -> i32 {
        let [channel, address, text, remote_id, quoted] = texts.map(view);
        let raw = RawInbound {
            size,
            kind: InboundKind(kind),
            sender_trust: kind,
            flags: 0,
            channel,
            address,
            text,
            remote_id,
            quoted_message_id: quoted,
            at_ms: i64::MIN,
        };
        let host = self.host();
        // SAFETY: the message is borrowed for the call.
        host.inbound.map_or(-1, |inbound| unsafe { inbound(host.ctx, &raw const raw).0 })
    }

    /// Brings a receipt.
    pub fn receipt(&self, size: u32, kind: u32, detail: &[u8]) -> i32 {
        let raw = RawReceipt { size, kind: ReceiptKind(kind), message_id: [7; 16], at_ms: 0, detail: view(detail) };
        let host = self.host();
        // SAFETY: the receipt is borrowed for the call.
        host.receipt.map_or(-1, |receipt| unsafe { receipt(host.ctx, &raw const raw).0 })
    }

    /// Logs, and says that there is room.
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

    /// Answers what it was never asked, through the extension of that name, if there is one.
    pub fn reached(&self, extension: &[u8], answers: &[(u64, u32, u32, &[u8])], more: usize) -> i32 {
        let host = self.host();
        let Some(find) = host.extension else { return -1 };
        // SAFETY: the id is borrowed for the call.
        let half = unsafe { find(host.ctx, view(extension)) };
        assert_eq!(half.is_null(), extension != LOOKUP.as_bytes(), "one extension is known, by its whole name");
        // SAFETY: clause *host*: null or the table of that name.
        let Some(answer) = (unsafe { half.cast::<LookupHost>().as_ref() }).and_then(|half| half.answer) else {
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
        let (memory, stride) = apart(&raw, more);
        // SAFETY: the array is borrowed for the call.
        unsafe { answer(host.ctx, memory.as_ptr().cast(), raw.len(), stride).0 }
    }

    /// Gives up on everything that is open.
    pub fn give_up(&self) {
        self.local.give_up_all("the fuzzer");
    }

    /// What was heard since the last time; waits until there are as many, a minute at most.
    #[must_use]
    pub fn heard(&self, at_least: usize) -> Vec<(u64, u32, MessageOutcome)> {
        let all = self.heard.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.heard.came.wait_timeout_while(all, Duration::from_secs(60), |all| all.len() < at_least);
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// MessageBatch that nobody has heard of.
    #[must_use]
    pub fn untold(&self) -> usize {
        self.local.untold()
    }

    /// Ends it.
    pub fn close(self) {
        self.local.close();
    }
}

impl Default for Puppet {
    fn default() -> Self {
        Self::new()
    }
}
