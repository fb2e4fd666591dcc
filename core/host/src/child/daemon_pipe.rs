//! The child's end of the pipe: what the plugin reports goes to the daemon, and waits here until the daemon has acknowledged it.

use super::server::PluginServer;
use crate::event::{DeliveryReceipt, InboundMessage, MessageOutcome};
use crate::extension_call::ExtensionAnswer;
use crate::loaded_instance::PluginCallbacks;
use crate::lookup::{LookupAnswer, Reachability};
use crate::sync::lock;
use crate::verdicts::PendingVerdicts;
use crate::wire::outcome_batch::OutcomeBatch;
use crate::wire::{FromChild, framing};
use rundruf_abi::Status;
use std::collections::VecDeque;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Writes frames to the daemon and waits for its verdicts. Shared by all threads of the plugin.
pub(super) struct DaemonPipe {
    pub(super) writing: Mutex<(UnixStream, Vec<u8>)>,
    /// Whether the daemon has closed the pipe or died.
    pub(super) closed: AtomicBool,
    pub(super) last_outcome: AtomicU64,
    /// Outcomes that the daemon has not acknowledged, in the order of sending: each frame with the number of its last outcome.
    pub(super) unacknowledged: Mutex<VecDeque<(u64, Vec<MessageOutcome>)>>,
    pub(super) verdicts: PendingVerdicts,
    /// Set when the plugin reports that it accepts batches again.
    pub(super) ready: AtomicBool,
    pub(super) server: Mutex<Option<Arc<PluginServer>>>,
}

impl DaemonPipe {
    pub(super) fn new(stream: UnixStream) -> Self {
        Self {
            writing: Mutex::new((stream, Vec::new())),
            closed: AtomicBool::new(false),
            last_outcome: AtomicU64::new(0),
            unacknowledged: Mutex::default(),
            verdicts: PendingVerdicts::default(),
            ready: AtomicBool::new(false),
            server: Mutex::new(None),
        }
    }

    pub(super) fn send(&self, frame: &FromChild<'_>) {
        let mut guard = lock(&self.writing);
        self.send_locked(&mut guard, frame);
    }

    fn send_locked(&self, (stream, buffer): &mut (UnixStream, Vec<u8>), frame: &FromChild<'_>) {
        if self.closed.load(Ordering::Acquire) {
            return;
        }
        let written = framing::encode_into(frame, buffer).and_then(|()| stream.write_all(buffer));
        if written.is_err() {
            self.closed.store(true, Ordering::Release);
        }
        if buffer.capacity() > 1 << 20 {
            *buffer = Vec::new();
        }
    }

    /// Sends outcomes in one frame, and keeps them until they are acknowledged.
    fn send_outcomes(&self, batch: OutcomeBatch) {
        let runs = batch.runs();
        // Locked first, so that frames are written in the order of their numbers.
        let mut guard = lock(&self.writing);
        let count = batch.len() as u64;
        let last = self.last_outcome.fetch_add(count, Ordering::AcqRel) + count;
        let encoded = framing::encode_into(&FromChild::Outcomes { last, runs }, &mut guard.1);
        // Stored before it is written: an acknowledgement must find it.
        lock(&self.unacknowledged).push_back((last, batch.outcomes));
        if self.closed.load(Ordering::Acquire) {
            return;
        }
        let (stream, buffer) = &mut *guard;
        if encoded.and_then(|()| stream.write_all(buffer)).is_err() {
            self.closed.store(true, Ordering::Release);
        }
    }

    /// Sends a frame for each of these, and waits for the daemon's verdicts.
    fn wait_for_verdicts<T>(&self, all: Vec<T>, frame: impl Fn(u64, T) -> FromChild<'static>) -> (Status, usize) {
        let mut tokens = Vec::with_capacity(all.len());
        for one in all {
            let token = self.verdicts.token();
            tokens.push(token);
            self.send(&frame(token, one));
        }
        self.verdicts.wait(&tokens, &self.closed)
    }
}

impl PluginCallbacks for DaemonPipe {
    fn outcomes(&self, mut batch: OutcomeBatch) {
        while batch.len() > framing::OUTCOMES_AT_ONCE {
            let rest = batch.split_off(framing::OUTCOMES_AT_ONCE);
            self.send_outcomes(std::mem::replace(&mut batch, rest));
        }
        self.send_outcomes(batch);
    }

    fn begun(&self, batch: u64, runs: Vec<(u32, u32)>) {
        self.send(&FromChild::Begun { batch, runs });
    }

    fn inbound(&self, messages: Vec<InboundMessage>) -> (Status, usize) {
        self.wait_for_verdicts(messages, |token, message| FromChild::Inbound { token, message })
    }

    fn receipt(&self, receipts: Vec<DeliveryReceipt>) -> (Status, usize) {
        self.wait_for_verdicts(receipts, |token, receipt| FromChild::Receipt { token, receipt })
    }

    fn reached(&self, lookup: u64, index: u32, reached: LookupAnswer) {
        let reach = match reached.reach {
            Reachability::Yes => rundruf_abi::Reach::YES,
            Reachability::No => rundruf_abi::Reach::NO,
            Reachability::Unknown => rundruf_abi::Reach::UNKNOWN,
        };
        self.send(&FromChild::LookupAnswer { lookup, index, reach: reach.0, detail: &reached.detail });
    }

    fn answered(&self, id: u64, answer: ExtensionAnswer) {
        self.send(&FromChild::Response { id, answer });
    }

    fn ready(&self) {
        self.ready.store(true, Ordering::Release);
        let server = lock(&self.server).clone();
        if let Some(server) = server {
            server.wake.notify_all();
        }
    }

    fn log(&self, level: u32, target: &str, message: &str) {
        self.send(&FromChild::Log { level, target, message });
    }
}
