//! A plugin in a process of its own, seen from the daemon. The process is started again when it dies.

mod connect; // starts a process and waits until the plugin has opened
mod kill; // kills a process with all that it started
mod reader; // frames from the process, none of them trusted
mod reap; // waits for the exit, and gives every open message an outcome
#[cfg(any(test, fuzzing))]
#[path = "../fuzz/scripted_child.rs"]
pub(crate) mod scripted_child; // frames from a fuzzer instead of a process
mod state; // what the daemon knows of the process
mod supervise; // restarts with growing pauses, or gives up
mod watch; // health checks every second
mod writer; // frames to the process, without blocking the sender

use crate::error::HostError;
use crate::event::{EventHandler, Verdict};
use crate::extension_call::{ExtensionAnswer, ExtensionRefusal, ExtensionRequest};
use crate::id::{MessageId, SessionId};
use crate::lookup::{LookupAnswer, LookupRefusal};
use crate::message::{MessageBatch, MessageContent, Priority, RejectionReason, SendRejection};
use crate::prepared::PreparedPlugin;
use crate::runner::{FirstAttempt, KEPT_CONTENTS, Launch, PluginRunner, ensure_room};
use crate::spec::{InstanceState, StopResult};
use crate::wire;
use crate::wire::batch::{self, BatchHeader};
use crate::wire::{ToChild, framing};
pub use reap::signal_name;
use rundruf_lang::msg;
use state::{ProcessShared, send};
use std::collections::HashSet;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};
use supervise::supervise;

/// What a plugin gets at least to close, after a drain that used all its time.
const CLOSE_AT_LEAST: Duration = Duration::from_secs(3);

/// A plugin in a process of its own.
pub(crate) struct PluginProcess {
    shared: Arc<ProcessShared>,
}

impl PluginProcess {
    pub(crate) fn launch(prepared: PreparedPlugin, events: EventHandler, launch: Launch) -> Result<Self, HostError> {
        let open_flags = prepared.open_flags();
        let PreparedPlugin { spec, manifest, library, grant, .. } = prepared;
        let shared =
            Arc::new(ProcessShared { open_flags, ..ProcessShared::new(spec, manifest, library, grant, events) });
        shared.state().holds_back = matches!(launch, Launch::Awaited);
        let kept = Arc::clone(&shared);
        let name = shared.spec.name.clone();
        let spawn = |what: &str, run: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(format!("{what} {name}"))
                .stack_size(256 * 1024)
                .spawn(run)
                .map(|_| ())
                .map_err(|e| HostError::Process {
                    name: name.clone(),
                    what: msg!("host-process-not-watched", why = &e),
                })
        };
        spawn("plugin", Box::new(move || supervise(&kept, launch)))?;
        let watched = Arc::downgrade(&shared);
        spawn("watch", Box::new(move || watch::watch(&watched)))?;
        Ok(Self { shared })
    }
}

impl PluginRunner for PluginProcess {
    fn first_attempt(&self) -> &FirstAttempt {
        &self.shared.first_attempt
    }

    fn session(&self) -> SessionId {
        self.shared.state().session
    }

    fn state(&self) -> InstanceState {
        self.shared.state().status.clone()
    }

    fn pid(&self) -> Option<u32> {
        self.shared.state().pid.and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok())
    }

    fn in_flight(&self) -> usize {
        self.shared.state().ledger.open_messages()
    }

    fn send(
        &self,
        content: &Arc<MessageContent>,
        messages: MessageBatch,
        priority: Priority,
        deadline_ms: i64,
    ) -> Result<(), SendRejection> {
        let mut state = self.shared.state();
        let out = match (&state.status, &state.out) {
            (InstanceState::Up, Some(out)) if !state.stopping => Arc::clone(out),
            _ => return Err(SendRejection { messages, why: RejectionReason::Closed }),
        };
        let messages = ensure_room(state.ledger.open_messages(), self.shared.spec.window, messages)?;
        if !state.contents.contains(&content.id) {
            let Ok(frame) = wire::content::content(content) else {
                return Err(SendRejection { messages, why: RejectionReason::TooLarge });
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
        let header = BatchHeader::new(id, content.id, deadline_ms, priority);
        let mut frame = Vec::new();
        if batch::write(header, &messages, &mut frame).is_err() {
            return Err(SendRejection { messages, why: RejectionReason::TooLarge });
        }
        state.next_batch += 1;
        state.ledger.open(id, messages.ids(), Instant::now(), ());
        // Still under the lock: frames are written in the order of their ids, and `reap` cannot run in between.
        out.push(frame, Some(id));
        Ok(())
    }

    fn lookup(&self, addresses: &[(&str, &str)], within: Duration) -> Result<Vec<LookupAnswer>, LookupRefusal> {
        self.shared.lookups.wait_for_answers(addresses.len(), within, |id| {
            let state = self.shared.state();
            let out = state.out.as_ref().filter(|_| state.status == InstanceState::Up && !state.stopping);
            let frame = framing::encode(&ToChild::Lookup { id, addresses: addresses.to_vec() }, addresses.len() * 64);
            let (Some(out), Ok(frame)) = (out, frame) else { return Err(LookupRefusal::Closed) };
            out.push(frame, None);
            Ok(())
        })
    }

    fn request(&self, request: ExtensionRequest, within: Duration) -> Result<ExtensionAnswer, ExtensionRefusal> {
        self.shared.requests.wait_for_answer(&request, within, |id| {
            let state = self.shared.state();
            let out = state.out.as_ref().filter(|_| state.status == InstanceState::Up && !state.stopping);
            let frame = framing::encode(&ToChild::Request { id, request: request.clone() }, request.size_hint());
            let (Some(out), Ok(frame)) = (out, frame) else { return Err(ExtensionRefusal::Closed) };
            out.push(frame, None);
            Ok(())
        })
    }

    fn can_recall(&self) -> bool {
        self.shared.state().recalls
    }

    fn recall(&self, wanted: Option<&HashSet<MessageId>>) {
        let state = self.shared.state();
        let batches = state.ledger.find(wanted);
        if let Some(out) = state.out.as_ref().filter(|_| !batches.is_empty()) {
            send(out, &ToChild::Recall { batches });
        }
    }

    fn acknowledge(&self, last: u64) {
        let mut state = self.shared.state();
        state.stored = state.stored.max(last);
        state.acknowledge();
    }

    fn answer(&self, token: u64, verdict: Verdict) {
        let mut state = self.shared.state();
        if let (Some(token), Some(out)) = (state.tokens.remove(&token), &state.out) {
            send(out, &ToChild::Answer { token, verdict });
        }
    }

    fn ignore_next_crash(&self, next: bool) {
        self.shared.state().ignore_next_crash = next;
    }

    fn reset_crash_count(&self) {
        self.shared.state().crashes.clear();
    }

    fn drain(&self, within: Duration) {
        let mut state = self.shared.state();
        if state.status == InstanceState::Up {
            state.status = InstanceState::Draining;
        }
        if let Some(out) = &state.out {
            send(out, &ToChild::Drain { ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX) });
        }
    }

    fn stop(&self, deadline: Duration) -> StopResult {
        let until = Instant::now() + deadline;
        self.shared.state().stopping = true;
        self.drain(deadline);
        let mut state = self.shared.state();
        while state.ledger.open_messages() > 0 && state.pid.is_some() && Instant::now() < until {
            let waited = self.shared.changed.wait_timeout(state, Duration::from_millis(5));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        // What the drain has left over, and never nothing: a messenger with end-to-end encryption saves its keys when it is closed.
        let until = until.max(Instant::now() + CLOSE_AT_LEAST.min(deadline));
        // A plugin that has not opened has nothing to save.
        let is_opening = matches!(state.status, InstanceState::Down { .. });
        let until = if is_opening { until.min(Instant::now() + CLOSE_AT_LEAST) } else { until };
        if let Some(out) = &state.out {
            let ms = until.saturating_duration_since(Instant::now()).as_millis();
            send(out, &ToChild::Close { ms: u64::try_from(ms).unwrap_or(u64::MAX) });
            out.finish();
        }
        while !state.closed && Instant::now() < until {
            let waited = self.shared.changed.wait_timeout(state, Duration::from_millis(20));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.closed {
            return StopResult::Clean;
        }
        state.kill(msg!("host-killed-at-stop"));
        StopResult::Killed
    }
}
