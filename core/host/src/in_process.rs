//! A plugin in the daemon's own process (`isolation = "none"`).

mod event_forwarder; // what the plugin reports, as events

use crate::error::HostError;
use crate::event::EventHandler;
use crate::host_calls::OpenParams;
use crate::id::{MessageId, SessionId};
use crate::library;
use crate::library::SealedLibrary;
use crate::loaded_instance::{LoadedInstance, PluginCallbacks};
use crate::log_sanitizer::sanitize_reason;
use crate::lookup::{LookupAnswer, LookupRefusal};
use crate::manifest::Manifest;
use crate::message::{MessageBatch, MessageContent, Priority, RejectionReason, SendRejection};
use crate::runner::{KEPT_CONTENTS, PluginRunner, ensure_room};
use crate::spec::{InstanceSpec, InstanceState, StopResult};
use crate::sync::lock;
use crate::views::{BatchViews, ContentViews};
use crate::wire::batch::BatchHeader;
use event_forwarder::EventForwarder;
use rundruf_abi::Status;
use rundruf_lang::msg;
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A plugin in the daemon's process.
pub(crate) struct InProcessPlugin {
    loaded: Arc<Mutex<Option<Arc<LoadedInstance>>>>,
    events: Arc<EventForwarder>,
    contents: Mutex<VecDeque<Arc<ContentViews>>>,
    session: SessionId,
    next: AtomicU64,
    window: u32,
    overdue_after: Duration,
    draining: AtomicBool,
}

impl InProcessPlugin {
    pub(crate) fn start(
        spec: &InstanceSpec,
        manifest: &Manifest,
        sealed: &SealedLibrary,
        events: EventHandler,
    ) -> Result<Self, HostError> {
        library::check_willing(&spec.library, manifest)?;
        let loaded = library::load_here(sealed, manifest)?;
        library::check_in_process(&spec.library, loaded)?;
        let events = Arc::new(EventForwarder::new(events));
        let open = OpenParams {
            name: &spec.name,
            config: spec.config.as_bytes(),
            state_dir: &spec.state_dir,
            window: spec.window,
            threads: spec.threads,
        };
        let callbacks: Arc<dyn PluginCallbacks> = Arc::clone(&events) as _;
        let loaded = LoadedInstance::open(loaded, &open, callbacks)
            .map_err(|why| HostError::Open { name: spec.name.clone(), why: sanitize_reason(why) })?;
        let loaded = Arc::new(Mutex::new(Some(Arc::new(loaded))));
        let watched = Arc::downgrade(&loaded);
        let watching = std::thread::Builder::new().name("overdue".into()).stack_size(128 * 1024).spawn(move || {
            while let Some(loaded) = watched.upgrade() {
                let open = lock(&loaded).clone();
                let Some(open) = open else { return };
                open.give_up_overdue(Instant::now());
                drop((open, loaded));
                std::thread::sleep(Duration::from_secs(1));
            }
        });
        watching.map_err(|e| HostError::Process {
            name: spec.name.clone(),
            what: msg!("host-process-not-watched", why = &e),
        })?;
        Ok(Self {
            loaded,
            events,
            contents: Mutex::default(),
            session: SessionId::random(),
            next: AtomicU64::new(1),
            window: spec.window,
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
}

impl PluginRunner for InProcessPlugin {
    fn send(
        &self,
        content: &Arc<MessageContent>,
        messages: MessageBatch,
        priority: Priority,
        deadline_ms: i64,
    ) -> Result<(), SendRejection> {
        let loaded = lock(&self.loaded).clone();
        let Some(loaded) = loaded.filter(|_| !self.draining.load(Ordering::Acquire)) else {
            return Err(SendRejection { messages, why: RejectionReason::Closed });
        };
        let messages = ensure_room(loaded.open_messages(), self.window, messages)?;
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let header = BatchHeader::new(id, content.id, deadline_ms, priority);
        let memory = BatchViews::owned(header, self.content(content), messages)
            .map_err(|messages| SendRejection { messages, why: RejectionReason::TooLarge })?;
        loaded.submit(memory, Instant::now() + self.overdue_after).map_err(|(status, memory)| SendRejection {
            messages: memory.into_messages(),
            why: if status == Status::CLOSED { RejectionReason::Closed } else { RejectionReason::Busy },
        })
    }

    fn lookup(&self, addresses: &[(&str, &str)], within: Duration) -> Result<Vec<LookupAnswer>, LookupRefusal> {
        self.events.lookups.wait_for_answers(addresses.len(), within, |id| {
            let loaded = lock(&self.loaded).clone().filter(|_| !self.draining.load(Ordering::Acquire));
            loaded.ok_or(LookupRefusal::Closed)?.lookup(id, addresses)
        })
    }

    fn can_recall(&self) -> bool {
        lock(&self.loaded).as_ref().is_some_and(|loaded| loaded.can_recall())
    }

    fn recall(&self, wanted: Option<&HashSet<MessageId>>) {
        let loaded = lock(&self.loaded).clone();
        if let Some(loaded) = loaded {
            loaded.recall_messages(wanted);
        }
    }

    fn stop(&self, deadline: Duration) -> StopResult {
        self.draining.store(true, Ordering::Release);
        let Some(loaded) = lock(&self.loaded).take() else { return StopResult::Clean };
        loaded.drain(deadline);
        let until = Instant::now() + deadline;
        while loaded.open_messages() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        let clean = loaded.open_messages() == 0;
        loaded.give_up_all("the plugin did not finish in time");
        self.events.close();
        // The thread that watches deadlines may hold it for a moment; the last owner closes it.
        let mut loaded = loaded;
        loop {
            match Arc::try_unwrap(loaded) {
                Ok(last) => {
                    last.close();
                    return if clean { StopResult::Clean } else { StopResult::Killed };
                }
                Err(shared) if Instant::now() < until + Duration::from_secs(2) => {
                    loaded = shared;
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(_) => return StopResult::Killed,
            }
        }
    }

    fn session(&self) -> SessionId {
        self.session
    }

    fn state(&self) -> InstanceState {
        if self.draining.load(Ordering::Acquire) { InstanceState::Draining } else { InstanceState::Up }
    }

    fn answer(&self, token: u64, stored: bool) {
        self.events.verdicts.answer(token, stored);
    }

    fn drain(&self, within: Duration) {
        self.draining.store(true, Ordering::Release);
        if let Some(loaded) = &*lock(&self.loaded) {
            loaded.drain(within);
        }
    }

    fn in_flight(&self) -> usize {
        lock(&self.loaded).as_ref().map_or(0, |loaded| loaded.open_messages())
    }
}
