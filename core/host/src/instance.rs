//! The handle of a transport: the same whether the plugin runs in a process of its own or in this one.

use crate::event::{DeliveryReceipt, HostEvent, InboundMessage, Verdict};
use crate::library::SealedLibrary;
use crate::loaded_instance::{LoadedInstance, OpenParams, PluginCallbacks};
use crate::log_sanitizer::{MAX_WHY, PluginLog, harmless};
use crate::lookup::{LookupAnswer, LookupRefusal, PendingLookups};
use crate::message::{MessageBatch, MessageContent, Priority, RejectionReason, SendRejection};
use crate::process::PluginProcess;
use crate::views::{BatchViews, ContentViews};
use crate::wire::batch::BatchHeader;
use crate::wire::outcome_batch::OutcomeBatch;
use crate::{HostError, Manifest, PreparedPlugin, SessionId, library, state_dir};
use rundruf_abi::Status;
use std::collections::{HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Where a plugin runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Isolation {
    /// In a process of its own.
    Process,
    /// In the daemon's process.
    None,
}

impl Isolation {
    /// Its word in the settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::None => "none",
        }
    }
}

/// What an instance is started with.
#[derive(Clone)]
pub struct InstanceSpec {
    /// Name in the settings.
    pub name: String,
    /// The library.
    pub library: PathBuf,
    /// Pinned digest.
    pub sha256: Option<[u8; 32]>,
    /// Where it runs.
    pub isolation: Isolation,
    /// The plugin's own section as JSON, secrets filled in.
    pub config: String,
    /// A folder of its own.
    pub state_dir: PathBuf,
    /// Most letters outstanding.
    pub window: u32,
    /// Worker threads it may use.
    pub threads: u32,
    /// The program that runs `plugin-host`.
    pub child_program: PathBuf,
    /// After this time without an outcome a letter counts as "may have been sent".
    pub overdue_after: Duration,
    /// Bytes that it may keep in its state folder.
    pub state_limit: u64,
}

impl InstanceSpec {
    /// What is usual: a GiB.
    pub const STATE_LIMIT: u64 = 1 << 30;
}

impl std::fmt::Debug for InstanceSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InstanceSpec").field("name", &self.name).field("library", &self.library).finish_non_exhaustive()
    }
}

/// ProcessState of an instance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InstanceState {
    /// Takes letters.
    Up,
    /// Finishes what it holds.
    Draining,
    /// Is not there.
    Down {
        /// Why.
        reason: String,
    },
}

/// How an instance ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StopResult {
    /// In order.
    Clean,
    /// By force, at the deadline.
    Killed,
}

/// Takes events. Called from threads of the host, one after the other; it must not block for long and must not call `stop`.
pub type EventHandler = Arc<dyn Fn(HostEvent) + Send + Sync>;

/// A running transport. Cheap to clone.
#[derive(Clone)]
pub struct TransportInstance {
    prepared: PreparedPlugin,
    runner: Arc<Runner>,
}

enum Runner {
    Process(PluginProcess),
    InProcess(InProcessPlugin),
}

impl TransportInstance {
    /// Starts a transport and waits until the plugin has opened (30 seconds at most).
    ///
    /// # Errors
    /// With the plugin's own words if it refuses its settings.
    pub fn start(spec: InstanceSpec, events: EventHandler) -> Result<Self, HostError> {
        Self::of(PreparedPlugin::read(spec)?, events)
    }

    pub(crate) fn of(prepared: PreparedPlugin, events: EventHandler) -> Result<Self, HostError> {
        let PreparedPlugin { spec, manifest, library } = prepared.clone();
        state_dir::make(&spec.state_dir).map_err(|cause| HostError::State { path: spec.state_dir.clone(), cause })?;
        let runner = match spec.isolation {
            Isolation::Process => Runner::Process(PluginProcess::start(spec, manifest, library, events)?),
            Isolation::None => Runner::InProcess(InProcessPlugin::start(&spec, &manifest, &library, events)?),
        };
        Ok(Self { prepared, runner: Arc::new(runner) })
    }

    /// The same library again, whatever has become of its file.
    #[must_use]
    pub fn prepared(&self) -> PreparedPlugin {
        self.prepared.clone()
    }

    /// What the plugin says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.prepared.manifest()
    }

    /// Which start of its process this is.
    #[must_use]
    pub fn session(&self) -> SessionId {
        match &*self.runner {
            Runner::Process(p) => p.session(),
            Runner::InProcess(p) => p.session,
        }
    }

    /// ProcessState.
    #[must_use]
    pub fn state(&self) -> InstanceState {
        match &*self.runner {
            Runner::Process(p) => p.state(),
            Runner::InProcess(p) if p.draining.load(Ordering::Acquire) => InstanceState::Draining,
            Runner::InProcess(_) => InstanceState::Up,
        }
    }

    /// Process id of the plugin's process, if it has one of its own.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        match &*self.runner {
            Runner::Process(p) => p.pid(),
            Runner::InProcess(_) => None,
        }
    }

    /// Hands letters over. Each letter that is taken gets exactly one outcome. `deadline_ms` is Unix time; 0 for none.
    ///
    /// # Errors
    /// [`SendRejection`] gives all letters back.
    pub fn send(
        &self,
        content: &Arc<MessageContent>,
        letters: MessageBatch,
        priority: Priority,
        deadline_ms: i64,
    ) -> Result<(), SendRejection> {
        if letters.is_empty() {
            return Ok(());
        }
        if content.size() as u64 > self.manifest().max_content {
            return Err(SendRejection { letters, why: RejectionReason::TooLarge });
        }
        match &*self.runner {
            Runner::Process(p) => p.send(content, letters, priority, deadline_ms),
            Runner::InProcess(p) => p.send(content, letters, priority, deadline_ms),
        }
    }

    /// Asks the plugin whether these addresses (channel, value) can be reached; nothing is sent to them. Waits for the answers: whose does
    /// not come within the time is unknown. Whom the plugin asks, its label says under `lookup_leaks`.
    ///
    /// # Errors
    /// If the plugin does not offer that, is not there, or the question is too long.
    pub fn lookup(&self, addresses: &[(&str, &str)], within: Duration) -> Result<Vec<LookupAnswer>, LookupRefusal> {
        match &*self.runner {
            Runner::Process(p) => p.lookup(addresses, within),
            Runner::InProcess(p) => p.lookup(addresses, within),
        }
    }

    /// All outcomes up to this number are stored durably.
    pub fn acknowledge(&self, last: u64) {
        if let Runner::Process(p) = &*self.runner {
            p.acknowledge(last);
        }
    }

    /// Answers a message or receipt.
    pub fn answer(&self, token: u64, verdict: Verdict) {
        match &*self.runner {
            Runner::Process(p) => p.answer(token, verdict == Verdict::Stored),
            Runner::InProcess(p) => p.outlet.answer(token, verdict == Verdict::Stored),
        }
    }

    /// Whether the next death of its process counts when it is decided whether to start it again. Somebody who looks for the letter that kills
    /// it says that it does not, for one death each time.
    pub fn excuse(&self, next: bool) {
        if let Runner::Process(p) = &*self.runner {
            p.excuse(next);
        }
    }

    /// Forgets the deaths so far: it was not the plugin's fault alone.
    pub fn acquit(&self) {
        if let Runner::Process(p) = &*self.runner {
            p.acquit();
        }
    }

    /// Begins nothing new; outcomes still come.
    pub fn drain(&self, within: Duration) {
        match &*self.runner {
            Runner::Process(p) => p.drain(within),
            Runner::InProcess(p) => {
                p.draining.store(true, Ordering::Release);
                if let Some(local) = &*lock(&p.local) {
                    local.drain(within);
                }
            }
        }
    }

    /// MessageBatch without an outcome.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        match &*self.runner {
            Runner::Process(p) => p.in_flight(),
            Runner::InProcess(p) => lock(&p.local).as_ref().map_or(0, |local| local.letters()),
        }
    }

    /// Ends it: drains, closes, and kills at the deadline.
    #[must_use]
    pub fn stop(&self, deadline: Duration) -> StopResult {
        match &*self.runner {
            Runner::Process(p) => p.stop(deadline),
            Runner::InProcess(p) => p.stop(deadline),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A plugin in this process.
struct InProcessPlugin {
    local: Arc<Mutex<Option<Arc<LoadedInstance>>>>,
    outlet: Arc<EventForwarder>,
    contents: Mutex<VecDeque<Arc<ContentViews>>>,
    session: SessionId,
    next: AtomicU64,
    window: u32,
    overdue_after: Duration,
    draining: AtomicBool,
}

/// Contents whose views are kept for the next batch.
const KEPT_CONTENTS: usize = 8;

struct EventForwarder {
    lines: PluginLog,
    events: EventHandler,
    answers: Mutex<HashMap<u64, bool>>,
    answered: Condvar,
    desk: PendingLookups,
    token: AtomicU64,
    closing: AtomicBool,
    number: AtomicU64,
}

impl EventForwarder {
    fn answer(&self, token: u64, stored: bool) {
        lock(&self.answers).insert(token, stored);
        self.answered.notify_all();
    }

    fn ask(&self, event: impl FnOnce(u64) -> HostEvent) -> Status {
        let token = self.token.fetch_add(1, Ordering::Relaxed) + 1;
        (self.events)(event(token));
        let mut answers = lock(&self.answers);
        loop {
            if let Some(stored) = answers.remove(&token) {
                return if stored { Status::OK } else { Status::BUSY };
            }
            if self.closing.load(Ordering::Acquire) {
                return Status::BUSY;
            }
            let waited = self.answered.wait_timeout(answers, Duration::from_millis(200));
            answers = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl PluginCallbacks for EventForwarder {
    fn outcomes(&self, told: OutcomeBatch) {
        let count = told.len() as u64;
        let last = self.number.fetch_add(count, Ordering::AcqRel) + count;
        (self.events)(HostEvent::Outcomes { last, outcomes: told.outcomes });
    }

    fn inbound(&self, message: InboundMessage) -> Status {
        self.ask(|token| HostEvent::Inbound { token, message })
    }

    fn receipt(&self, receipt: DeliveryReceipt) -> Status {
        self.ask(|token| HostEvent::Receipt { token, receipt })
    }

    fn reached(&self, lookup: u64, index: u32, reached: LookupAnswer) {
        self.desk.answer(lookup, index, reached);
    }

    fn ready(&self) {
        (self.events)(HostEvent::Ready);
    }

    fn log(&self, level: u32, target: &str, message: &str) {
        self.lines.say(level, target, message);
    }
}

impl InProcessPlugin {
    fn start(
        spec: &InstanceSpec,
        manifest: &Manifest,
        sealed: &SealedLibrary,
        events: EventHandler,
    ) -> Result<Self, HostError> {
        library::check_willing(&spec.library, manifest)?;
        let loaded = library::load_here(sealed, manifest)?;
        library::check_in_process(&spec.library, loaded)?;
        let outlet = Arc::new(EventForwarder {
            lines: PluginLog::new(Arc::clone(&events)),
            events,
            answers: Mutex::default(),
            answered: Condvar::new(),
            desk: PendingLookups::default(),
            token: AtomicU64::new(0),
            closing: AtomicBool::new(false),
            number: AtomicU64::new(0),
        });
        let open = OpenParams {
            name: &spec.name,
            config: &spec.config,
            state_dir: &spec.state_dir,
            window: spec.window,
            threads: spec.threads,
        };
        let to: Arc<dyn PluginCallbacks> = Arc::clone(&outlet) as _;
        let local = LoadedInstance::open(loaded, &open, to)
            .map_err(|why| HostError::Open { name: spec.name.clone(), why: harmless(&why, MAX_WHY) })?;
        let local = Arc::new(Mutex::new(Some(Arc::new(local))));
        let watched = Arc::downgrade(&local);
        let watching = std::thread::Builder::new().name("overdue".into()).stack_size(128 * 1024).spawn(move || {
            while let Some(local) = watched.upgrade() {
                let open = lock(&local).clone();
                let Some(open) = open else { return };
                open.give_up_overdue(Instant::now());
                drop((open, local));
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        watching
            .map_err(|e| HostError::Process { name: spec.name.clone(), what: format!("cannot be watched: {e}") })?;
        Ok(Self {
            local,
            outlet,
            contents: Mutex::default(),
            session: crate::process::new_session(),
            next: AtomicU64::new(1),
            window: spec.window.max(1),
            overdue_after: spec.overdue_after,
            draining: AtomicBool::new(false),
        })
    }

    fn content(&self, content: &Arc<MessageContent>) -> Arc<ContentViews> {
        let mut contents = lock(&self.contents);
        if let Some(known) = contents.iter().find(|c| c.id() == content.id) {
            return Arc::clone(known);
        }
        let made = Arc::new(ContentViews::owned(content));
        if contents.len() >= KEPT_CONTENTS {
            contents.pop_front();
        }
        contents.push_back(Arc::clone(&made));
        made
    }

    fn send(
        &self,
        content: &Arc<MessageContent>,
        letters: MessageBatch,
        priority: Priority,
        deadline_ms: i64,
    ) -> Result<(), SendRejection> {
        let local = lock(&self.local).clone();
        let Some(local) = local.filter(|_| !self.draining.load(Ordering::Acquire)) else {
            return Err(SendRejection { letters, why: RejectionReason::Closed });
        };
        let held = local.letters();
        if held > 0 && held + letters.len() > self.window as usize {
            return Err(SendRejection { letters, why: RejectionReason::Busy });
        }
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let once =
            BatchHeader { id, content: content.id, deadline_ms, priority: u32::from(priority == Priority::Ahead) };
        let memory = BatchViews::owned(once, self.content(content), letters)
            .map_err(|letters| SendRejection { letters, why: RejectionReason::TooLarge })?;
        local.submit(memory, Instant::now() + self.overdue_after).map_err(|(status, memory)| SendRejection {
            letters: memory.into_letters(),
            why: if status == Status::CLOSED { RejectionReason::Closed } else { RejectionReason::Busy },
        })
    }

    fn lookup(&self, addresses: &[(&str, &str)], within: Duration) -> Result<Vec<LookupAnswer>, LookupRefusal> {
        self.outlet.desk.ask(addresses.len(), within, |id| {
            let local = lock(&self.local).clone().filter(|_| !self.draining.load(Ordering::Acquire));
            local.ok_or(LookupRefusal::Closed)?.lookup(id, addresses)
        })
    }

    fn stop(&self, deadline: Duration) -> StopResult {
        self.draining.store(true, Ordering::Release);
        let Some(local) = lock(&self.local).take() else { return StopResult::Clean };
        local.drain(deadline);
        let until = Instant::now() + deadline;
        while local.letters() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        let clean = local.letters() == 0;
        local.give_up_all("the plugin did not finish in time");
        self.outlet.closing.store(true, Ordering::Release);
        self.outlet.answered.notify_all();
        self.outlet.desk.close();
        // The watching thread may hold it for a moment; whoever is last closes.
        let mut local = local;
        loop {
            match Arc::try_unwrap(local) {
                Ok(last) => {
                    last.close();
                    return if clean { StopResult::Clean } else { StopResult::Killed };
                }
                Err(shared) if Instant::now() < until + Duration::from_secs(2) => {
                    local = shared;
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(_) => return StopResult::Killed,
            }
        }
    }
}
