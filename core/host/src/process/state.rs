//! What the daemon knows of a plugin process; shared by the threads that read, write, watch and restart it.

use super::kill::kill;
use super::writer::FrameWriter;
use crate::confinement::Grant;
use crate::event::{EventHandler, Verdict};
use crate::extension_calls::PendingRequests;
use crate::id::SessionId;
use crate::ledger::Ledger;
use crate::log_sanitizer::PluginLog;
use crate::lookup::PendingLookups;
use crate::manifest::Manifest;
use crate::prepared::PluginLibrary;
use crate::rate_limiter::RateLimiter;
use crate::runner::FirstAttempt;
use crate::spec::{InstanceSpec, InstanceState};
use crate::sync::lock;
use crate::wire::{ToChild, framing};
use rundruf_lang::{Message, msg};
use rustix::process::Pid;
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;

/// While messages are open, an acknowledgement is sent after this many outcomes.
const ACKNOWLEDGE_EVERY: u64 = 1_024;
/// Inbound messages: burst in bytes, then bytes per second. All customers of a large sender may answer on one day; a year of that fits on a
/// disk.
const INBOUND_BUDGET: (f64, f64) = ((64 << 20) as f64, (32 << 10) as f64);

pub(super) struct ProcessShared {
    pub(super) spec: InstanceSpec,
    pub(super) manifest: Arc<Manifest>,
    pub(super) library: Arc<PluginLibrary>,
    pub(super) grant: Grant,
    pub(super) events: EventHandler,
    pub(super) log: Arc<PluginLog>,
    /// Limits how fast inbound messages fill the database.
    pub(super) inbound_budget: Mutex<RateLimiter>,
    pub(super) state: Mutex<ProcessState>,
    pub(super) changed: Condvar,
    pub(super) first_attempt: FirstAttempt,
    pub(super) lookups: PendingLookups,
    pub(super) requests: PendingRequests,
    /// Flags of `OpenArgs`.
    pub(super) open_flags: u32,
}

pub(super) struct ProcessState {
    pub(super) status: InstanceState,
    pub(super) stopping: bool,
    pub(super) session: SessionId,
    /// Set until the process is waited for; so long the number belongs to it.
    pub(super) pid: Option<Pid>,
    /// `/proc/PID/status`, opened before the process confined itself.
    pub(super) proc: Option<Arc<File>>,
    pub(super) out: Option<Arc<FrameWriter>>,
    pub(super) ledger: Ledger<()>,
    /// Whether the plugin gives messages back that it has not begun.
    pub(super) recalls: bool,
    /// Whether the plugin tells what it begins.
    pub(super) tells_begun: bool,
    /// Whether somebody waits for the plugin to open, and can store nothing meanwhile.
    pub(super) holds_back: bool,
    pub(super) contents: VecDeque<u64>,
    pub(super) next_batch: u64,
    /// Offset between the process's outcome numbers and the daemon's, which go on over restarts.
    pub(super) base: u64,
    /// Number of the last outcome that arrived, of the last that was forwarded, and of the last that is stored.
    pub(super) last: u64,
    pub(super) delivered: u64,
    pub(super) stored: u64,
    /// The last acknowledgement that was sent, in the process's numbers.
    pub(super) acknowledged: u64,
    /// The daemon's token → the process's token, for each inbound message or receipt that waits for a verdict. Cleared when the process dies.
    pub(super) tokens: HashMap<u64, u64>,
    pub(super) next_token: u64,
    /// Pings without an answer.
    pub(super) missed_pongs: u32,
    pub(super) last_outcome_at: Instant,
    /// Outcomes of this process for messages that were not open.
    pub(super) strays: u64,
    /// Why the daemon killed the process, if it did.
    pub(super) kill_reason: Option<Message>,
    pub(super) crashes: Vec<Instant>,
    /// The next crash does not count towards giving up.
    pub(super) ignore_next_crash: bool,
    pub(super) closed: bool,
}

impl ProcessState {
    pub(super) fn new() -> Self {
        Self {
            status: InstanceState::Down { reason: msg!("host-not-started") },
            stopping: false,
            session: SessionId::default(),
            pid: None,
            proc: None,
            out: None,
            ledger: Ledger::default(),
            recalls: false,
            tells_begun: false,
            holds_back: false,
            contents: VecDeque::new(),
            next_batch: 1,
            base: 0,
            last: 0,
            delivered: 0,
            stored: 0,
            acknowledged: 0,
            tokens: HashMap::new(),
            next_token: 1,
            missed_pongs: 0,
            last_outcome_at: Instant::now(),
            strays: 0,
            kill_reason: None,
            crashes: Vec::new(),
            ignore_next_crash: false,
            closed: false,
        }
    }

    /// Acknowledges stored outcomes, so that the process forgets them. While messages are open, one acknowledgement covers many outcomes, as each
    /// frame wakes the process.
    pub(super) fn acknowledge(&mut self) {
        let up_to = if self.stored >= self.delivered { self.last } else { self.stored };
        let number = up_to.saturating_sub(self.base);
        let enough = if self.ledger.open_messages() > 0 { ACKNOWLEDGE_EVERY } else { 1 };
        if number < self.acknowledged + enough {
            return;
        }
        if let Some(out) = &self.out {
            send(out, &ToChild::Ack(number));
            self.acknowledged = number;
        }
    }

    /// Kills the process and everything that it started.
    pub(super) fn kill(&mut self, why: Message) {
        self.kill_reason.get_or_insert(why);
        if let Some(pid) = self.pid {
            kill(pid);
        }
        if let Some(out) = &self.out {
            out.cut();
        }
    }
}

impl ProcessShared {
    pub(super) fn new(
        spec: InstanceSpec,
        manifest: Arc<Manifest>,
        library: Arc<PluginLibrary>,
        grant: Grant,
        events: EventHandler,
    ) -> Self {
        Self {
            grant,
            spec,
            manifest,
            log: Arc::new(PluginLog::new(Arc::clone(&events))),
            inbound_budget: Mutex::new(RateLimiter::new(INBOUND_BUDGET.0, INBOUND_BUDGET.1, Instant::now())),
            library,
            events,
            state: Mutex::new(ProcessState::new()),
            changed: Condvar::new(),
            first_attempt: FirstAttempt::default(),
            lookups: PendingLookups::default(),
            requests: PendingRequests::default(),
            open_flags: 0,
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, ProcessState> {
        lock(&self.state)
    }

    /// Whether an inbound message of this size may be stored now.
    pub(super) fn admit_inbound(&self, bytes: usize) -> bool {
        let passed = {
            let mut budget = lock(&self.inbound_budget);
            budget.admit(u32::try_from(bytes).unwrap_or(u32::MAX).into(), Instant::now())
        };
        if passed.is_none() {
            self.log.record(2, "rundruf_host", "more comes from outside than can be kept: the plugin is told to wait");
        }
        passed.is_some()
    }

    /// Tells the process that an inbound message or receipt was not stored.
    pub(super) fn refuse(&self, child_token: u64) {
        if let Some(out) = &self.state().out {
            send(out, &ToChild::Answer { token: child_token, verdict: Verdict::Busy });
        }
    }
}

pub(super) fn send(out: &FrameWriter, frame: &ToChild<'_>) {
    if let Ok(frame) = framing::encode(frame, 32) {
        out.push(frame, None);
    }
}
