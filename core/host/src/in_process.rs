//! A plugin in the daemon's own process (`isolation = "none"`).

mod event_forwarder; // what the plugin reports, as events

use crate::error::HostError;
use crate::event::{EventHandler, HostEvent};
use crate::event::{MessageOutcome, Verdict};
use crate::extension_call::{ExtensionAnswer, ExtensionRefusal, ExtensionRequest};
use crate::host_calls::OpenParams;
use crate::id::{MessageId, SessionId};
use crate::library;
use crate::loaded_instance::{LoadedInstance, PluginCallbacks, refused_batch};
use crate::log_sanitizer::sanitize_reason;
use crate::lookup::{LookupAnswer, LookupRefusal};
use crate::manifest::Manifest;
use crate::message::{MessageBatch, MessageContent, Priority, RejectionReason, SendRejection};
use crate::prepared::{PluginLibrary, PreparedPlugin};
use crate::runner::{BeforeStart, FirstAttempt, KEPT_CONTENTS, Launch, PluginRunner, ensure_room};
use crate::spec::{InstanceSpec, InstanceState, StopResult};
use crate::state_dir;
use crate::sync::lock;
use crate::views::{BatchViews, ContentViews};
use crate::wire::batch::BatchHeader;
use crate::wire::outcome_batch::OutcomeBatch;
use event_forwarder::EventForwarder;
use rundruf_abi::Status;
use rundruf_lang::{Message, msg};
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

/// How long a plugin may take to open before it counts as down. Its thread cannot be ended, and may still come up.
const OPEN_WITHIN: Duration = Duration::from_secs(30);
/// Pause after the first failure to open; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// What a plugin gets at least to close, after a drain that used all its time.
const CLOSE_AT_LEAST: Duration = Duration::from_secs(3);

/// A plugin in the daemon's process.
pub(crate) struct InProcessPlugin {
    shared: Arc<InProcessShared>,
}

/// What the plugin's thread and the daemon share.
struct InProcessShared {
    spec: InstanceSpec,
    manifest: Arc<Manifest>,
    library: Arc<PluginLibrary>,
    /// Flags of `OpenArgs`.
    open_flags: u32,
    loaded: Mutex<Option<Arc<LoadedInstance>>>,
    events: Arc<EventForwarder>,
    handler: EventHandler,
    contents: Mutex<VecDeque<Arc<ContentViews>>>,
    session: SessionId,
    next: AtomicU64,
    draining: AtomicBool,
    /// Why it is down; `None` when it runs.
    down: Mutex<Option<Message>>,
    first_attempt: FirstAttempt,
}

impl InProcessPlugin {
    pub(crate) fn launch(prepared: PreparedPlugin, events: EventHandler, launch: Launch) -> Result<Self, HostError> {
        let open_flags = prepared.open_flags();
        let PreparedPlugin { spec, manifest, library, .. } = prepared;
        let forwarder = EventForwarder::new(Arc::clone(&events), matches!(launch, Launch::Awaited));
        let shared = Arc::new(InProcessShared {
            spec,
            manifest,
            library,
            open_flags,
            loaded: Mutex::default(),
            events: Arc::new(forwarder),
            handler: events,
            contents: Mutex::default(),
            session: SessionId::random(),
            next: AtomicU64::new(1),
            draining: AtomicBool::new(false),
            down: Mutex::new(Some(msg!("host-not-started"))),
            first_attempt: FirstAttempt::default(),
        });
        let not_watched = |e: &std::io::Error| HostError::Process {
            name: shared.spec.name.clone(),
            what: msg!("host-process-not-watched", why = e),
        };
        let opening = Arc::clone(&shared);
        std::thread::Builder::new()
            .name(format!("plugin {}", shared.spec.name))
            .spawn(move || opening.open_until_it_works(launch))
            .map_err(|e| not_watched(&e))?;
        let watched = Arc::downgrade(&shared);
        std::thread::Builder::new()
            .name("overdue".into())
            .stack_size(128 * 1024)
            .spawn(move || watch(&watched))
            .map_err(|e| not_watched(&e))?;
        Ok(Self { shared })
    }
}

/// Runs in a thread until the plugin is stopped: gives up overdue messages, and tells when the plugin does not open.
fn watch(watched: &Weak<InProcessShared>) {
    let begin = Instant::now();
    let mut is_late = false;
    while let Some(shared) = watched.upgrade() {
        if shared.draining.load(Ordering::Acquire) && lock(&shared.loaded).is_none() {
            return;
        }
        let open = lock(&shared.loaded).clone();
        if let Some(open) = open {
            open.give_up_overdue(Instant::now(), shared.spec.overdue_after);
        } else if !is_late && begin.elapsed() > OPEN_WITHIN && shared.first_attempt.is_under_way() {
            is_late = true;
            shared.failed(&shared.late(), Some(LONGEST_PAUSE));
            shared.first_attempt.note(Err(shared.late()));
        }
        drop(shared);
        std::thread::sleep(Duration::from_millis(500));
    }
}

impl InProcessShared {
    /// Runs in the plugin's thread: opens the plugin, again and again until it opens, unless somebody waits for the first attempt.
    fn open_until_it_works(self: &Arc<Self>, launch: Launch) {
        let (mut before, is_retried) = launch.split();
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.attempt(&mut before) {
                Ok(loaded) => {
                    let loaded = Arc::new(loaded);
                    *lock(&self.loaded) = Some(Arc::clone(&loaded));
                    *lock(&self.down) = None;
                    self.events.opened();
                    self.first_attempt.note(Ok(()));
                    if self.draining.load(Ordering::Acquire) {
                        // Stopped meanwhile.
                        lock(&self.loaded).take();
                        let _ = loaded.close(CLOSE_AT_LEAST);
                    } else if is_retried {
                        (self.handler)(HostEvent::Up { session: self.session });
                    }
                    return;
                }
                Err(error) => error,
            };
            if is_retried {
                self.failed(&error, Some(pause));
            }
            self.first_attempt.note(Err(error));
            if !is_retried {
                return;
            }
            let until = Instant::now() + pause;
            while Instant::now() < until {
                if self.draining.load(Ordering::Acquire) {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn attempt(&self, before: &mut Option<BeforeStart>) -> Result<LoadedInstance, HostError> {
        if let Some(first) = before {
            first()?;
            *before = None;
        }
        let spec = &self.spec;
        state_dir::make(&spec.state_dir).map_err(|cause| HostError::State { path: spec.state_dir.clone(), cause })?;
        let sealed = self.library.get(spec)?;
        library::check_willing(&spec.library, &self.manifest)?;
        let loaded = library::load_here(sealed, &self.manifest)?;
        library::check_in_process(&spec.library, loaded)?;
        let open = OpenParams {
            name: &spec.name,
            config: spec.config.as_bytes(),
            state_dir: &spec.state_dir,
            window: spec.window,
            threads: spec.threads,
            flags: self.open_flags,
        };
        let callbacks: Arc<dyn PluginCallbacks> = Arc::clone(&self.events) as _;
        LoadedInstance::open(loaded, &open, self.manifest.claims(), callbacks)
            .map_err(|why| HostError::Open { name: spec.name.clone(), why: sanitize_reason(why) })
    }

    fn late(&self) -> HostError {
        HostError::Open { name: self.spec.name.clone(), why: msg!("host-in-process-opens-late") }
    }

    /// Notes why it is down, and tells.
    fn failed(&self, error: &HostError, restarts_in: Option<Duration>) {
        let reason = error.message();
        *lock(&self.down) = Some(reason.clone());
        (self.handler)(HostEvent::Down { session: self.session, reason, restarts_in });
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
}

impl PluginRunner for InProcessPlugin {
    fn send(
        &self,
        content: &Arc<MessageContent>,
        messages: MessageBatch,
        priority: Priority,
        deadline_ms: i64,
    ) -> Result<(), SendRejection> {
        let loaded = lock(&self.shared.loaded).clone();
        let Some(loaded) = loaded.filter(|_| !self.shared.draining.load(Ordering::Acquire)) else {
            return Err(SendRejection { messages, why: RejectionReason::Closed });
        };
        let messages = ensure_room(loaded.open_messages(), self.shared.spec.window, messages)?;
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let header = BatchHeader::new(id, content.id, deadline_ms, priority);
        let memory = BatchViews::owned(header, self.shared.content(content), messages)
            .map_err(|messages| SendRejection { messages, why: RejectionReason::TooLarge })?;
        let (status, memory) = match loaded.submit(memory) {
            Ok(()) => return Ok(()),
            Err(refused) => refused,
        };
        let rejected = |why, memory: BatchViews| Err(SendRejection { messages: memory.into_messages(), why });
        match status {
            Status::CLOSED => rejected(RejectionReason::Closed, memory),
            Status::BUSY => rejected(RejectionReason::Busy, memory),
            fault => {
                let (code, why) = refused_batch(fault);
                let mut outcomes = OutcomeBatch::default();
                for (index, message_id) in (0..).zip(memory.ids()) {
                    outcomes.push(id, index, MessageOutcome::of(message_id, code, &why));
                }
                self.shared.events.outcomes(outcomes);
                Ok(())
            }
        }
    }

    fn lookup(&self, addresses: &[(&str, &str)], within: Duration) -> Result<Vec<LookupAnswer>, LookupRefusal> {
        self.shared.events.lookups.wait_for_answers(addresses.len(), within, |id| {
            let loaded = lock(&self.shared.loaded).clone().filter(|_| !self.shared.draining.load(Ordering::Acquire));
            loaded.ok_or(LookupRefusal::Closed)?.lookup(id, addresses)
        })
    }

    fn request(&self, request: ExtensionRequest, within: Duration) -> Result<ExtensionAnswer, ExtensionRefusal> {
        self.shared.events.requests.wait_for_answer(&request, within, |id| {
            let loaded = lock(&self.shared.loaded).clone().filter(|_| !self.shared.draining.load(Ordering::Acquire));
            loaded.ok_or(ExtensionRefusal::Closed)?.request(id, &request)
        })
    }

    fn can_recall(&self) -> bool {
        lock(&self.shared.loaded).as_ref().is_some_and(|loaded| loaded.can_recall())
    }

    fn recall(&self, wanted: Option<&HashSet<MessageId>>) {
        let loaded = lock(&self.shared.loaded).clone();
        if let Some(loaded) = loaded {
            loaded.recall_messages(wanted);
        }
    }

    fn stop(&self, deadline: Duration) -> StopResult {
        self.shared.draining.store(true, Ordering::Release);
        let Some(loaded) = lock(&self.shared.loaded).take() else { return StopResult::Clean };
        loaded.drain(deadline);
        let until = Instant::now() + deadline;
        while loaded.open_messages() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        let clean = loaded.open_messages() == 0;
        loaded.give_up_all("the plugin did not finish in time");
        self.shared.events.close();
        // A plugin that hangs in a call cannot be closed: it and what was lent to it stay until the daemon ends.
        let within = until.saturating_duration_since(Instant::now()).max(CLOSE_AT_LEAST.min(deadline));
        if loaded.close(within) && clean { StopResult::Clean } else { StopResult::Killed }
    }

    fn first_attempt(&self) -> &FirstAttempt {
        &self.shared.first_attempt
    }

    fn session(&self) -> SessionId {
        self.shared.session
    }

    fn state(&self) -> InstanceState {
        match &*lock(&self.shared.down) {
            Some(reason) => InstanceState::Down { reason: reason.clone() },
            None if self.shared.draining.load(Ordering::Acquire) => InstanceState::Draining,
            None => InstanceState::Up,
        }
    }

    fn answer(&self, token: u64, verdict: Verdict) {
        self.shared.events.verdicts.answer(token, verdict);
    }

    fn drain(&self, within: Duration) {
        self.shared.draining.store(true, Ordering::Release);
        if let Some(loaded) = &*lock(&self.shared.loaded) {
            loaded.drain(within);
        }
    }

    fn in_flight(&self) -> usize {
        lock(&self.shared.loaded).as_ref().map_or(0, |loaded| loaded.open_messages())
    }
}
