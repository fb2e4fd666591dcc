//! Serves the pipe: hands batches to the plugin, drains it, and ends the process.

use super::daemon_pipe::DaemonPipe;
use crate::event::MessageOutcome;
use crate::extension_call::{ExtensionRefusal, ExtensionRequest};
use crate::id::SessionId;
use crate::journal;
use crate::loaded_instance::{LoadedInstance, PluginCallbacks, refused_batch};
use crate::lookup::LookupRefusal;
use crate::shutdown_gate::ShutdownGate;
use crate::sync::lock;
use crate::views::{BatchViews, ContentViews};
use crate::wire::batch::BATCH;
use crate::wire::outcome_batch::OutcomeBatch;
use crate::wire::{FromChild, ToChild, framing};
use rundruf_abi::{OutcomeCode, Status};
use std::collections::{HashMap, VecDeque};
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a plugin process may go on sending after it was told to end.
const GRACE: Duration = Duration::from_secs(10);
/// The same after the daemon died: with the time to close, shorter than the next daemon waits.
const ORPHAN_GRACE: Duration = Duration::from_secs(8);
/// What the plugin gets to close.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);
/// What the process itself needs to end, of the time that the daemon gives it.
const EXIT_WITHIN: Duration = Duration::from_millis(500);

/// The open instance, and the batches that it was too busy to accept.
pub(super) struct PluginServer {
    pub(super) instance: Arc<LoadedInstance>,
    pub(super) pipe: Arc<DaemonPipe>,
    /// Batches that the plugin refused as busy, oldest first.
    pub(super) waiting: Mutex<VecDeque<BatchViews>>,
    pub(super) wake: Condvar,
    /// Recalls so far; changed while `waiting` is locked.
    pub(super) recalls: AtomicU64,
    /// Closed while draining. A batch is inside until it is in the ledger, in `waiting`, or answered.
    pub(super) gate: ShutdownGate,
    pub(super) session: SessionId,
    pub(super) state_dir: PathBuf,
}

impl PluginServer {
    /// `early` are frames that came while the plugin opened.
    pub(super) fn run(&self, reading: &mut impl BufRead, mut early: VecDeque<Vec<u8>>) -> std::io::Result<()> {
        let mut contents: HashMap<u64, Arc<ContentViews>> = HashMap::new();
        let mut frame = Vec::new();
        loop {
            // Batches and contents keep the buffer of their frame; other frames reuse it.
            if let Some(next) = early.pop_front() {
                frame = next;
            } else if !matches!(framing::read(reading, &mut frame, framing::MAX_DOWN), Ok(true)) {
                self.daemon_lost();
            }
            match frame.first() {
                // 1 is `ToChild::Content`: the views point into the frame, which is kept.
                Some(1) => {
                    if let Some(content) = ContentViews::frame(std::mem::take(&mut frame)) {
                        contents.insert(content.id(), Arc::new(content));
                    }
                    continue;
                }
                Some(&BATCH) => {
                    if let Some(batch) = BatchViews::frame(std::mem::take(&mut frame), |id| contents.get(&id).cloned())
                    {
                        self.accept(batch);
                    }
                    continue;
                }
                _ => {}
            }
            match postcard::from_bytes::<ToChild<'_>>(&frame) {
                Ok(ToChild::DropContent(id)) => {
                    contents.remove(&id);
                }
                Ok(ToChild::Ack(up_to)) => {
                    let mut kept = lock(&self.pipe.unacknowledged);
                    // A frame that is acknowledged in part is kept whole: the daemon ignores an outcome that it has stored already.
                    while kept.front().is_some_and(|(n, _)| *n <= up_to) {
                        kept.pop_front();
                    }
                }
                Ok(ToChild::Answer { token, verdict }) => {
                    self.pipe.verdicts.answer(token, verdict);
                }
                Ok(ToChild::Drain { ms }) => self.drain(Duration::from_millis(ms)),
                Ok(ToChild::Lookup { id, addresses }) => self.lookup(id, &addresses),
                Ok(ToChild::Request { id, request }) => self.request(id, &request),
                Ok(ToChild::Recall { batches }) => self.recall(&batches),
                Ok(ToChild::Close { ms }) => return self.close(reading, Duration::from_millis(ms)),
                // Answered by the thread that calls the plugin, so that a plugin that hangs in a call is noticed.
                Ok(ToChild::Ping) => self.pipe.send(&FromChild::Pong),
                // A frame that cannot be decoded: treated as the loss of the daemon.
                Ok(_) | Err(_) => self.daemon_lost(),
            }
        }
    }

    fn accept(&self, batch: BatchViews) {
        let Some(_inside) = self.gate.enter() else { return self.report_untouched(&batch) };
        let queued = !lock(&self.waiting).is_empty();
        let busy = if queued { Some(batch) } else { self.submit(batch) };
        if let Some(batch) = busy {
            lock(&self.waiting).push_back(batch);
            self.give_back_if_closed();
            self.wake.notify_all();
        }
    }

    /// `drain` may have emptied the queue just before a batch came into it: then the batch is given back at once.
    fn give_back_if_closed(&self) {
        if self.gate.is_closed() {
            self.give_back();
        }
    }

    /// Gives back what was not begun: a batch that waits here is given back whole, even if only some of it was asked for.
    fn recall(&self, batches: &[(u64, Option<Vec<u32>>)]) {
        let mut back = Vec::new();
        {
            let mut waiting = lock(&self.waiting);
            self.recalls.fetch_add(1, Ordering::AcqRel);
            for batch in std::mem::take(&mut *waiting) {
                let is_recalled = batches.iter().any(|(id, _)| *id == batch.id());
                if is_recalled { back.push(batch) } else { waiting.push_back(batch) }
            }
        }
        back.iter().for_each(|batch| self.report_untouched(batch));
        for (batch, indices) in batches {
            self.instance.recall(*batch, indices.as_deref());
        }
    }

    /// Submits a batch that waited. A recall that came meanwhile found it neither in the queue nor at the plugin: then it is given back.
    fn submit_waiting(&self, batch: BatchViews, recalls: u64) {
        let id = batch.id();
        let busy = self.submit(batch);
        let mut waiting = lock(&self.waiting);
        let is_recalled = self.recalls.load(Ordering::Acquire) != recalls;
        match busy {
            Some(batch) if is_recalled => {
                drop(waiting);
                self.report_untouched(&batch);
            }
            Some(batch) => {
                waiting.push_front(batch);
                drop(waiting);
                self.give_back_if_closed();
            }
            None if is_recalled => {
                drop(waiting);
                self.instance.recall(id, None);
            }
            None => {}
        }
    }

    /// Submits a batch to the plugin; returns it if the plugin is busy.
    fn submit(&self, batch: BatchViews) -> Option<BatchViews> {
        // The daemon watches how long a message takes.
        match self.instance.submit(batch) {
            Ok(()) => None,
            Err((Status::BUSY, batch)) => Some(batch),
            Err((Status::CLOSED, batch)) => {
                self.report_untouched(&batch);
                None
            }
            Err((status, batch)) => {
                let (code, why) = refused_batch(status);
                self.answer(&batch, code, &why);
                None
            }
        }
    }

    fn lookup(&self, id: u64, addresses: &[(&str, &str)]) {
        if let Err(why) = self.instance.lookup(id, addresses) {
            self.pipe.send(&FromChild::NoLookup { lookup: id, offered: why != LookupRefusal::NotOffered });
        }
    }

    fn request(&self, id: u64, request: &ExtensionRequest) {
        if let Err(why) = self.instance.request(id, request) {
            self.pipe.send(&FromChild::NoResponse { id, offered: why != ExtensionRefusal::NotOffered });
        }
    }

    fn report_untouched(&self, batch: &BatchViews) {
        self.answer(batch, OutcomeCode::UNTOUCHED, "");
    }

    fn answer(&self, batch: &BatchViews, code: OutcomeCode, why: &str) {
        let mut outcomes = OutcomeBatch::default();
        for (index, id) in (0..).zip(batch.ids()) {
            outcomes.push(batch.id(), index, MessageOutcome::of(id, code, why));
        }
        self.pipe.outcomes(outcomes);
    }

    /// Runs in a thread: submits waiting batches again when the plugin has room.
    pub(super) fn retry_waiting(&self) {
        loop {
            let mut waiting = lock(&self.waiting);
            while waiting.is_empty() || !self.pipe.ready.swap(false, Ordering::AcqRel) {
                // A plugin that does not call `ready` is tried again after 50 ms.
                let (guard, timed_out) =
                    self.wake.wait_timeout(waiting, Duration::from_millis(50)).unwrap_or_else(PoisonError::into_inner);
                waiting = guard;
                if timed_out.timed_out() && !waiting.is_empty() {
                    break;
                }
            }
            // While draining, waiting batches are given back instead.
            let Some(_inside) = self.gate.enter() else { return };
            let Some(batch) = waiting.pop_front() else { continue };
            let recalls = self.recalls.load(Ordering::Acquire);
            drop(waiting);
            self.submit_waiting(batch, recalls);
        }
    }

    /// Stops new work: closes the gate, tells the plugin, and reports waiting batches as untouched.
    fn drain(&self, within: Duration) {
        if !self.gate.close() {
            return;
        }
        self.instance.drain(within);
        self.give_back();
    }

    fn give_back(&self) {
        let waiting: Vec<_> = lock(&self.waiting).drain(..).collect();
        for batch in &waiting {
            self.report_untouched(batch);
        }
    }

    /// Waits until every accepted message has an outcome, or until the deadline. Call after the gate was closed.
    fn wait_idle(&self, until: Instant) {
        while !self.gate.is_empty() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        while self.instance.undelivered() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Handles SIGTERM: drains, waits for acknowledgements while the daemon is alive, and exits.
    pub(super) fn terminate(&self) {
        self.pipe.send(&FromChild::Draining);
        self.drain(GRACE);
        let until = Instant::now() + GRACE;
        self.wait_idle(until);
        while !lock(&self.pipe.unacknowledged).is_empty()
            && Instant::now() < until
            && !self.pipe.closed.load(Ordering::Acquire)
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.write_journal_and_exit(CLOSE_WITHIN);
    }

    /// Handles the loss of the daemon: drains, writes the journal, exits.
    fn daemon_lost(&self) -> ! {
        self.pipe.closed.store(true, Ordering::Release);
        self.pipe.verdicts.wake();
        self.drain(ORPHAN_GRACE);
        self.wait_idle(Instant::now() + ORPHAN_GRACE);
        self.write_journal_and_exit(CLOSE_WITHIN)
    }

    /// Closes the plugin within this time, unless it hangs in another call; what it reports then counts as well.
    fn close_plugin(&self, within: Duration) {
        if !self.instance.close(within) {
            self.pipe.log(2, "rundruf_host", "the plugin did not close in time: what it had not saved is lost");
        }
    }

    pub(super) fn write_journal_and_exit(&self, close_within: Duration) -> ! {
        static LEAVING: AtomicBool = AtomicBool::new(false);
        while LEAVING.swap(true, Ordering::AcqRel) {
            // Another thread is already writing the journal and will exit the process.
            std::thread::sleep(GRACE);
        }
        self.close_plugin(close_within);
        self.instance.give_up_all("the plugin did not finish within the grace period");
        // Outcomes that were reported at this moment still reach `unacknowledged`.
        self.wait_idle(Instant::now() + Duration::from_secs(1));
        let kept: Vec<MessageOutcome> =
            lock(&self.pipe.unacknowledged).iter().flat_map(|(_, batch)| batch).cloned().collect();
        let code = i32::from(journal::write(&self.state_dir, self.session, &kept).is_err());
        exit(code)
    }

    /// Handles `ToChild::Close`: drains, closes the plugin, then exits once the daemon has acknowledged every outcome, or writes the journal if it
    /// dies.
    fn close(&self, reading: &mut impl BufRead, within: Duration) -> std::io::Result<()> {
        let within = within.saturating_sub(EXIT_WITHIN).max(within / 2).min(GRACE + CLOSE_WITHIN);
        let until = Instant::now() + within;
        self.drain(within);
        self.wait_idle(until.checked_sub(CLOSE_WITHIN.min(within / 2)).unwrap_or(until));
        self.close_plugin(until.saturating_duration_since(Instant::now()));
        self.instance.give_up_all("the plugin did not finish within the grace period");
        let strays = self.instance.strays();
        if strays > 0 {
            self.pipe.log(2, "rundruf_host", &format!("{strays} outcomes came for messages that were not open"));
        }
        self.pipe.send(&FromChild::Closed);
        let mut frame = Vec::new();
        while !lock(&self.pipe.unacknowledged).is_empty()
            && matches!(framing::read(reading, &mut frame, framing::MAX_DOWN), Ok(true))
        {
            if let Ok(ToChild::Ack(up_to)) = postcard::from_bytes::<ToChild<'_>>(&frame) {
                lock(&self.pipe.unacknowledged).retain(|(n, _)| *n > up_to);
            }
        }
        if lock(&self.pipe.unacknowledged).is_empty() {
            exit(0);
        }
        self.write_journal_and_exit(Duration::ZERO)
    }
}

/// Exits without running destructors: the plugin's library must never be unloaded.
pub(super) fn exit(code: i32) -> ! {
    // SAFETY: `_exit` ends the process and touches no memory; the journal is on disk.
    unsafe { libc::_exit(code) }
}
