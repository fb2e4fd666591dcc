//! The handle of a running transport, whichever way its plugin runs.

use crate::error::HostError;
use crate::event::{EventHandler, Verdict};
use crate::id::{MessageId, SessionId};
use crate::in_process::InProcessPlugin;
use crate::lookup::{LookupAnswer, LookupRefusal};
use crate::manifest::Manifest;
use crate::message::{MessageBatch, MessageContent, Priority, RejectionReason, SendRejection};
use crate::prepared::PreparedPlugin;
use crate::process::PluginProcess;
use crate::runner::PluginRunner;
use crate::spec::{InstanceSpec, InstanceState, Isolation, StopResult};
use crate::state_dir;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// A running transport. Clones share it.
#[derive(Clone)]
pub struct TransportInstance {
    prepared: PreparedPlugin,
    runner: Arc<dyn PluginRunner>,
}

impl TransportInstance {
    /// Starts a transport and waits until the plugin has opened (30 seconds at most).
    ///
    /// # Errors
    /// [`HostError::Open`] with the plugin's own text if it refuses its settings; otherwise why the library or process could not be started.
    pub fn start(spec: InstanceSpec, events: EventHandler) -> Result<Self, HostError> {
        Self::of(PreparedPlugin::read(spec)?, events)
    }

    pub(crate) fn of(prepared: PreparedPlugin, events: EventHandler) -> Result<Self, HostError> {
        let PreparedPlugin { spec, manifest, library } = prepared.clone();
        state_dir::make(&spec.state_dir).map_err(|cause| HostError::State { path: spec.state_dir.clone(), cause })?;
        let runner: Arc<dyn PluginRunner> = match spec.isolation {
            Isolation::Process => Arc::new(PluginProcess::start(spec, manifest, library, events)?),
            Isolation::None => Arc::new(InProcessPlugin::start(&spec, &manifest, &library, events)?),
        };
        Ok(Self { prepared, runner })
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

    /// The id of the current start; changes with each restart.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.runner.session()
    }

    /// Whether it accepts messages.
    #[must_use]
    pub fn state(&self) -> InstanceState {
        self.runner.state()
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
        self.runner.lookup(addresses, within)
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
        self.runner.answer(token, verdict == Verdict::Stored);
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
        TransportInstance::of(self, events)
    }
}
