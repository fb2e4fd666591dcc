//! The handle of a running transport, whichever way its plugin runs.

use crate::confinement::Grant;
use crate::error::HostError;
use crate::event::{EventHandler, MessageOutcome, Verdict};
use crate::extension_call::{ExtensionAnswer, ExtensionRefusal, ExtensionRequest, Forgotten};
use crate::health_report::HealthReport;
use crate::id::{MessageId, SessionId};
use crate::in_process::InProcessPlugin;
use crate::lookup::{LookupAnswer, LookupRefusal};
use crate::manifest::Manifest;
use crate::message::{MessageBatch, MessageContent, Priority, RejectionReason, SendRejection};
use crate::plugin_words::PluginWords;
use crate::prepared::PreparedPlugin;
use crate::process::PluginProcess;
use crate::runner::{BeforeStart, Launch, PluginRunner};
use crate::setup_prompt::SetupPrompt;
use crate::spec::{InstanceSpec, InstanceState, Isolation, StopResult};
use crate::webhook_request::{WebhookRequest, WebhookResponse};
use rundruf_lang::{Message, msg};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// How long [`PreparedPlugin::start`] waits: longer than a plugin may take to open.
const START_WITHIN: Duration = Duration::from_secs(60);

/// A running transport. Clones share it.
#[derive(Clone)]
pub struct TransportInstance {
    prepared: PreparedPlugin,
    runner: Arc<dyn PluginRunner>,
    words: PluginWords,
}

impl TransportInstance {
    /// Starts a transport and waits until the plugin has opened (30 seconds at most).
    ///
    /// # Errors
    /// [`HostError::Open`] with the plugin's own text if it refuses its settings; otherwise why the library or process could not be started.
    pub fn start(spec: InstanceSpec, events: EventHandler) -> Result<Self, HostError> {
        PreparedPlugin::read(spec)?.start(events)
    }

    fn of(prepared: PreparedPlugin, events: EventHandler, launch: Launch) -> Result<Self, HostError> {
        let words = PluginWords::new(Arc::clone(&prepared.manifest), &prepared.spec.config);
        let events = words.before(events);
        let runner: Arc<dyn PluginRunner> = match prepared.spec.isolation {
            Isolation::Process => {
                let launched = PluginProcess::launch(prepared.clone(), events, launch);
                Arc::new(launched.map_err(|error| words.error(error))?)
            }
            Isolation::None => {
                let launched = InProcessPlugin::launch(prepared.clone(), events, launch);
                Arc::new(launched.map_err(|error| words.error(error))?)
            }
        };
        Ok(Self { prepared, runner, words })
    }

    /// Waits until the first attempt to open the plugin is over. `None`: it is still under way. After a failure the plugin is tried again by itself
    /// if it was [launched](PreparedPlugin::launch); its error is given once.
    #[must_use]
    pub fn first_attempt(&self, within: Duration) -> Option<Result<(), HostError>> {
        self.runner.first_attempt().wait(within).map(|ended| ended.map_err(|error| self.words.error(error)))
    }

    /// The library and settings that this transport was started from, for another start; the file is not read again.
    #[must_use]
    pub fn prepared(&self) -> PreparedPlugin {
        self.prepared.clone()
    }

    /// The plugin's manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        self.prepared.manifest()
    }

    /// The detail of an outcome for a reader of either language: the host's own sentence by its key, the plugin's by its manifest.
    #[must_use]
    pub fn said(&self, detail: &str) -> Message {
        let own = MessageOutcome::lost_detail();
        if detail == own.to_string() { own } else { self.manifest().message(detail) }
    }

    /// What the plugin may use.
    #[must_use]
    pub const fn grant(&self) -> &Grant {
        self.prepared.grant()
    }

    /// The id of the current start; changes with each restart.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.runner.session()
    }

    /// Whether it accepts messages.
    #[must_use]
    pub fn state(&self) -> InstanceState {
        match self.runner.state() {
            InstanceState::Down { reason } => InstanceState::Down { reason: self.words.reason(reason) },
            other => other,
        }
    }

    /// Process id of the plugin, if it runs in a process of its own.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.runner.pid()
    }

    /// Hands messages to the plugin. Each accepted message gets exactly one outcome. `deadline_ms` is Unix time in milliseconds; 0 for none.
    ///
    /// # Errors
    /// [`SendRejection`] returns all messages untouched.
    pub fn send(
        &self,
        content: &Arc<MessageContent>,
        messages: MessageBatch,
        priority: Priority,
        deadline_ms: i64,
    ) -> Result<(), SendRejection> {
        if messages.is_empty() {
            return Ok(());
        }
        if content.size() as u64 > self.manifest().max_content {
            return Err(SendRejection { messages, why: RejectionReason::TooLarge });
        }
        self.runner.send(content, messages, priority, deadline_ms)
    }

    /// Asks the plugin whether these addresses (channel, value) can be reached, without sending to them. Blocks until all are answered or the time
    /// is over; an address without an answer is [`Reachability::Unknown`](crate::Reachability). The label's `lookup_leaks` says what this discloses.
    ///
    /// # Errors
    /// If the plugin does not offer lookups, is down, or more addresses are given than one lookup may hold.
    pub fn lookup(&self, addresses: &[(&str, &str)], within: Duration) -> Result<Vec<LookupAnswer>, LookupRefusal> {
        self.runner.lookup(addresses, within).map(|answers| self.words.answers(answers))
    }

    /// Hands a request of a provider to the plugin. Blocks until it is answered or the time is over.
    ///
    /// # Errors
    /// If the plugin takes no requests, is down, does not answer in time, or the request is too large.
    pub fn webhook(&self, request: WebhookRequest, within: Duration) -> Result<WebhookResponse, ExtensionRefusal> {
        match self.runner.request(ExtensionRequest::Webhook(request), within)? {
            ExtensionAnswer::Webhook(response) => Ok(response),
            _ => Err(ExtensionRefusal::NoAnswer),
        }
    }

    /// Has the plugin forget addresses (channel, value), 256 at most. Blocks until it has said that nothing names them any more, or the time is over.
    ///
    /// # Errors
    /// If the plugin does not have the extension, is down, or does not answer in time.
    pub fn forget(&self, addresses: Vec<(String, String)>, within: Duration) -> Result<Forgotten, ExtensionRefusal> {
        match self.runner.request(ExtensionRequest::Forget(addresses), within)? {
            ExtensionAnswer::Forget(forgotten) => Ok(self.words.forgotten(forgotten)),
            _ => Err(ExtensionRefusal::NoAnswer),
        }
    }

    /// Asks the plugin for the state of its account. Blocks until it is answered or the time is over.
    ///
    /// # Errors
    /// If the plugin does not have the extension, is down, or does not answer in time.
    pub fn health(&self, within: Duration) -> Result<HealthReport, ExtensionRefusal> {
        match self.runner.request(ExtensionRequest::Health, within)? {
            ExtensionAnswer::Health(report) => Ok(self.words.health(report)),
            _ => Err(ExtensionRefusal::NoAnswer),
        }
    }

    /// Asks the plugin for the next step of its set-up: after the step of this name, which got this answer. Blocks until it is answered or the time
    /// is over. For a plugin that was [opened for it](PreparedPlugin::for_setup).
    ///
    /// # Errors
    /// If the plugin does not have the extension, is down, or does not answer in time.
    pub fn setup(&self, step: &str, answer: &str, within: Duration) -> Result<SetupPrompt, ExtensionRefusal> {
        let request = ExtensionRequest::Setup { step: step.to_owned(), answer: answer.to_owned() };
        match self.runner.request(request, within)? {
            ExtensionAnswer::Setup(step) => Ok(step),
            _ => Err(ExtensionRefusal::NoAnswer),
        }
    }

    /// Whether the plugin gives messages back that it has not begun. One that does not is to be given little at once.
    #[must_use]
    pub fn can_recall(&self) -> bool {
        self.runner.can_recall()
    }

    /// Asks these messages back, or all that it holds. What was not begun gets the outcome *untouched*; the rest goes on and gets its own.
    pub fn recall(&self, wanted: Option<&HashSet<MessageId>>) {
        self.runner.recall(wanted);
    }

    /// Reports that all outcomes up to this number are stored durably; the plugin process may forget them.
    pub fn acknowledge(&self, last: u64) {
        self.runner.acknowledge(last);
    }

    /// Answers an inbound message or a receipt by its token.
    pub fn answer(&self, token: u64, verdict: Verdict) {
        self.runner.answer(token, verdict);
    }

    /// Sets whether the next crash is left out when deciding about a restart. The search for the message that crashes a plugin uses it, for one
    /// crash each time.
    pub fn ignore_next_crash(&self, next: bool) {
        self.runner.ignore_next_crash(next);
    }

    /// Forgets the crashes so far, after the message that caused them was found.
    pub fn reset_crash_count(&self) {
        self.runner.reset_crash_count();
    }

    /// Stops accepting messages; outcomes of open ones still arrive.
    pub fn drain(&self, within: Duration) {
        self.runner.drain(within);
    }

    /// Number of messages without an outcome.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.runner.in_flight()
    }

    /// Stops the transport: drains it, closes it, and kills its process at the deadline.
    #[must_use]
    pub fn stop(&self, deadline: Duration) -> StopResult {
        self.runner.stop(deadline)
    }
}

impl PreparedPlugin {
    /// Starts the transport: see [`TransportInstance::start`].
    ///
    /// # Errors
    /// [`HostError::Open`] with the plugin's own text if it refuses its settings; otherwise why the library or process could not be started.
    pub fn start(self, events: EventHandler) -> Result<TransportInstance, HostError> {
        let instance = TransportInstance::of(self, events, Launch::Awaited)?;
        match instance.first_attempt(START_WITHIN) {
            Some(Ok(())) => Ok(instance),
            Some(Err(error)) => Err(error),
            None => {
                let _ = instance.stop(Duration::ZERO);
                let name = instance.prepared.spec.name.clone();
                Err(HostError::Open { name, why: msg!("host-process-opens-late") })
            }
        }
    }

    /// Begins to start the transport and returns at once: it is down until the plugin has opened, and is tried again with growing pauses. `before`
    /// is done before the plugin opens for the first time. [`HostEvent::Up`](crate::HostEvent) tells when it runs.
    ///
    /// # Errors
    /// If the system has no thread for it.
    pub fn launch(self, events: EventHandler, before: BeforeStart) -> Result<TransportInstance, HostError> {
        TransportInstance::of(self, events, Launch::Announced(before))
    }
}
