//! The daemon's side of a plugin in a process of its own: the handle, and what is known of the child.

mod connect; // start, and how it ended
mod reader; // what a child says, none of it trusted
#[cfg(any(test, fuzzing))]
#[path = "../fuzz/scripted_child.rs"]
pub(crate) mod scripted_child; // for the fuzz targets
mod supervise; // bury, start again, or give up
mod watch;
mod writer; // frames on their way, never blocking the sender // is it still there?

use crate::confinement::Grant;
use crate::instance::{EventHandler, InstanceSpec, InstanceState, StopResult};
use crate::ledger::Ledger;
use crate::library::SealedLibrary;
use crate::log_sanitizer::{PluginLog, RateLimiter};
use crate::lookup::{LookupAnswer, LookupRefusal, PendingLookups};
use crate::message::{MessageBatch, MessageContent, Priority, RejectionReason, SendRejection};
use crate::wire::ToChild;
use crate::wire::batch::{self, BatchHeader};
use crate::wire::framing;
use crate::{HostError, Manifest, SessionId, wire};
use connect::connect;
pub(crate) use connect::new_session;
use rustix::process::Pid;
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use supervise::keep;
use writer::FrameWriter;

/// Outcomes that the child keeps at most before it hears that they are stored, while more are to come.
const ACKNOWLEDGE_EVERY: u64 = 1_024;
/// Contents that the child is trusted to know.
const KEPT_CONTENTS: usize = 8;

/// Bytes of messages from outside: so many at once, and so many a second from then on. All customers of a large house may answer on one day;
/// a disk lasts for a year of that.
const MAIL: (f64, f64) = ((64 << 20) as f64, (32 << 10) as f64);

/// A plugin in a process of its own.
pub(crate) struct PluginProcess {
    shared: Arc<ProcessShared>,
}

struct ProcessShared {
    spec: InstanceSpec,
    manifest: Arc<Manifest>,
    library: Arc<SealedLibrary>,
    grant: Grant,
    events: EventHandler,
    lines: Arc<PluginLog>,
    /// Bytes of messages from outside that the database may grow by.
    mail: Mutex<RateLimiter>,
    state: Mutex<ProcessState>,
    changed: Condvar,
    desk: PendingLookups,
}

struct ProcessState {
    status: InstanceState,
    stopping: bool,
    session: SessionId,
    /// While it is here the process is not waited for: the number is its own.
    pid: Option<Pid>,
    /// Its `status` in `/proc`, which was opened before it shut itself in: afterwards `/proc` may hide it.
    proc: Option<Arc<File>>,
    out: Option<Arc<FrameWriter>>,
    ledger: Ledger<()>,
    contents: VecDeque<u64>,
    next_batch: u64,
    /// Added to the child's numbers, so that an acknowledgement for a dead child means nothing to the next.
    base: u64,
    /// Number of the last outcome that came, of the last that was handed on, and of the last that is stored.
    last: u64,
    told: u64,
    stored: u64,
    /// What this child was told last, in its own numbers.
    acknowledged: u64,
    /// Our number of each message from outside that waits for its answer → the child's. An answer for a dead child finds nothing.
    tokens: HashMap<u64, u64>,
    next_token: u64,
    /// Questions whether it is there that were not answered.
    unanswered: u32,
    /// When the last outcome came.
    heard: Instant,
    /// Outcomes for letters that are not out, of this child.
    strays: u64,
    /// Why we killed it.
    doom: Option<String>,
    deaths: Vec<Instant>,
    /// The next death counts for nothing.
    excused: bool,
    closed: bool,
}

impl ProcessState {
    fn new() -> Self {
        Self {
            status: InstanceState::Down { reason: "not started".to_owned() },
            stopping: false,
            session: [0; 16],
            pid: None,
            proc: None,
            out: None,
            ledger: Ledger::default(),
            contents: VecDeque::new(),
            next_batch: 1,
            base: 0,
            last: 0,
            told: 0,
            stored: 0,
            acknowledged: 0,
            tokens: HashMap::new(),
            next_token: 1,
            unanswered: 0,
            heard: Instant::now(),
            strays: 0,
            doom: None,
            deaths: Vec::new(),
            excused: false,
            closed: false,
        }
    }

    /// Tells the child what it need not keep: what is stored, and what was worth no storing. While letters are out there will be more to tell:
    /// each word wakes the child, so one is for many.
    fn acknowledge(&mut self) {
        let up_to = if self.stored >= self.told { self.last } else { self.stored };
        let number = up_to.saturating_sub(self.base);
        let enough = if self.ledger.letters() > 0 { ACKNOWLEDGE_EVERY } else { 1 };
        if number < self.acknowledged + enough {
            return;
        }
        if let Some(out) = &self.out {
            say(out, &ToChild::Ack(number));
            self.acknowledged = number;
        }
    }

    /// Kills the child and everything that it may have started.
    fn kill(&mut self, why: &str) {
        self.doom.get_or_insert_with(|| why.to_owned());
        if let Some(pid) = self.pid {
            watch::kill(pid);
        }
        if let Some(out) = &self.out {
            out.cut();
        }
    }
}

impl ProcessShared {
    fn new(spec: InstanceSpec, manifest: Arc<Manifest>, library: Arc<SealedLibrary>, events: EventHandler) -> Self {
        Self {
            grant: Grant::of(&manifest, &spec.config, &spec.state_dir).keeping(spec.state_limit),
            spec,
            manifest,
            lines: Arc::new(PluginLog::new(Arc::clone(&events))),
            mail: Mutex::new(RateLimiter::new(MAIL.0, MAIL.1, Instant::now())),
            library,
            events,
            state: Mutex::new(ProcessState::new()),
            changed: Condvar::new(),
            desk: PendingLookups::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, ProcessState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a message from outside of this size may be stored now.
    fn may_mail(&self, bytes: usize) -> bool {
        let passed = {
            let mut mail = self.mail.lock().unwrap_or_else(PoisonError::into_inner);
            mail.pass_for(u32::try_from(bytes).unwrap_or(u32::MAX).into(), Instant::now())
        };
        if passed.is_none() {
            self.lines.say(2, "rundruf_host", "more comes from outside than can be kept: the plugin is told to wait");
        }
        passed.is_some()
    }

    /// Tells the child to keep a message, or a receipt.
    fn refuse(&self, theirs: u64) {
        if let Some(out) = &self.state().out {
            say(out, &ToChild::Answer { token: theirs, stored: false });
        }
    }
}

impl PluginProcess {
    pub(crate) fn start(
        spec: InstanceSpec,
        manifest: Arc<Manifest>,
        library: Arc<SealedLibrary>,
        events: EventHandler,
    ) -> Result<Self, HostError> {
        let shared = Arc::new(ProcessShared::new(spec, manifest, library, events));
        let connection = connect(&shared)?;
        let kept = Arc::clone(&shared);
        let name = shared.spec.name.clone();
        let spawn = |what: &str, run: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(format!("{what} {name}"))
                .stack_size(256 * 1024)
                .spawn(run)
                .map(|_| ())
                .map_err(|e| HostError::Process { name: name.clone(), what: format!("cannot be watched: {e}") })
        };
        spawn("plugin", Box::new(move || keep(&kept, connection)))?;
        let watched = Arc::downgrade(&shared);
        spawn("watch", Box::new(move || watch::watch(&watched)))?;
        Ok(Self { shared })
    }

    pub(crate) fn session(&self) -> SessionId {
        self.shared.state().session
    }

    pub(crate) fn state(&self) -> InstanceState {
        self.shared.state().status.clone()
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.shared.state().pid.and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok())
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.shared.state().ledger.letters()
    }

    pub(crate) fn send(
        &self,
        content: &Arc<MessageContent>,
        letters: MessageBatch,
        priority: Priority,
        deadline_ms: i64,
    ) -> Result<(), SendRejection> {
        let mut state = self.shared.state();
        let out = match (&state.status, &state.out) {
            (InstanceState::Up, Some(out)) if !state.stopping => Arc::clone(out),
            _ => return Err(SendRejection { letters, why: RejectionReason::Closed }),
        };
        let held = state.ledger.letters();
        if held > 0 && held + letters.len() > self.shared.spec.window.max(1) as usize {
            return Err(SendRejection { letters, why: RejectionReason::Busy });
        }
        if !state.contents.contains(&content.id) {
            let Ok(frame) = wire::content::content(content) else {
                return Err(SendRejection { letters, why: RejectionReason::TooLarge });
            };
            if state.contents.len() >= KEPT_CONTENTS
                && let Some(old) = state.contents.pop_front()
                && let Ok(frame) = framing::encode(&ToChild::DropContent(old), 16)
            {
                out.push(frame, None);
            }
            state.contents.push_back(content.id);
            out.push(frame, None);
        }
        let id = state.next_batch;
        let once =
            BatchHeader { id, content: content.id, deadline_ms, priority: u32::from(priority == Priority::Ahead) };
        let mut frame = Vec::new();
        if batch::write(once, &letters, &mut frame).is_err() {
            return Err(SendRejection { letters, why: RejectionReason::TooLarge });
        }
        state.next_batch += 1;
        state.ledger.open(id, letters.ids(), Instant::now() + self.shared.spec.overdue_after, ());
        // Still under the lock: frames leave in the order of their ids, and a death cannot come in between.
        out.push(frame, Some(id));
        Ok(())
    }

    pub(crate) fn lookup(
        &self,
        addresses: &[(&str, &str)],
        within: Duration,
    ) -> Result<Vec<LookupAnswer>, LookupRefusal> {
        self.shared.desk.ask(addresses.len(), within, |id| {
            let state = self.shared.state();
            let out = state.out.as_ref().filter(|_| state.status == InstanceState::Up && !state.stopping);
            let frame = framing::encode(&ToChild::Lookup { id, addresses: addresses.to_vec() }, addresses.len() * 64);
            let (Some(out), Ok(frame)) = (out, frame) else { return Err(LookupRefusal::Closed) };
            out.push(frame, None);
            Ok(())
        })
    }

    pub(crate) fn acknowledge(&self, last: u64) {
        let mut state = self.shared.state();
        state.stored = state.stored.max(last);
        state.acknowledge();
    }

    pub(crate) fn answer(&self, token: u64, stored: bool) {
        let mut state = self.shared.state();
        if let (Some(token), Some(out)) = (state.tokens.remove(&token), &state.out) {
            say(out, &ToChild::Answer { token, stored });
        }
    }

    pub(crate) fn excuse(&self, next: bool) {
        self.shared.state().excused = next;
    }

    pub(crate) fn acquit(&self) {
        self.shared.state().deaths.clear();
    }

    pub(crate) fn drain(&self, within: Duration) {
        let mut state = self.shared.state();
        if state.status == InstanceState::Up {
            state.status = InstanceState::Draining;
        }
        if let Some(out) = &state.out {
            say(out, &ToChild::Drain { ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX) });
        }
    }

    pub(crate) fn stop(&self, deadline: Duration) -> StopResult {
        let until = Instant::now() + deadline;
        self.shared.state().stopping = true;
        self.drain(deadline);
        let mut state = self.shared.state();
        while state.ledger.letters() > 0 && state.pid.is_some() && Instant::now() < until {
            let waited = self.shared.changed.wait_timeout(state, Duration::from_millis(5));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if let Some(out) = &state.out {
            say(out, &ToChild::Close);
            out.finish();
        }
        while !state.closed && Instant::now() < until {
            let waited = self.shared.changed.wait_timeout(state, Duration::from_millis(20));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.closed {
            return StopResult::Clean;
        }
        state.kill("did not end in time");
        StopResult::Killed
    }
}

fn say(out: &FrameWriter, frame: &ToChild<'_>) {
    if let Ok(frame) = framing::encode(frame, 32) {
        out.push(frame, None);
    }
}
