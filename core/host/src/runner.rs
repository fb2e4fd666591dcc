//! What a transport does, whichever way its plugin runs: in a process of its own or in the daemon's.

use crate::error::HostError;
use crate::event::Verdict;
use crate::extension_call::{ExtensionAnswer, ExtensionRefusal, ExtensionRequest};
use crate::id::{MessageId, SessionId};
use crate::lookup::{LookupAnswer, LookupRefusal};
use crate::message::{MessageBatch, MessageContent, Priority, RejectionReason, SendRejection};
use crate::spec::{InstanceState, StopResult};
use crate::sync::lock;
use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Contents that are kept for later batches; the oldest is dropped first.
pub(crate) const KEPT_CONTENTS: usize = 8;

/// A running plugin. The methods are those of [`TransportInstance`](crate::TransportInstance).
pub(crate) trait PluginRunner: Send + Sync {
    fn session(&self) -> SessionId;
    fn state(&self) -> InstanceState;
    fn pid(&self) -> Option<u32> {
        None
    }
    fn in_flight(&self) -> usize;
    fn send(
        &self,
        content: &Arc<MessageContent>,
        messages: MessageBatch,
        priority: Priority,
        deadline_ms: i64,
    ) -> Result<(), SendRejection>;
    fn lookup(&self, addresses: &[(&str, &str)], within: Duration) -> Result<Vec<LookupAnswer>, LookupRefusal>;
    fn request(&self, request: ExtensionRequest, within: Duration) -> Result<ExtensionAnswer, ExtensionRefusal>;
    fn can_recall(&self) -> bool;
    fn recall(&self, wanted: Option<&HashSet<MessageId>>);
    fn acknowledge(&self, _last: u64) {}
    fn answer(&self, token: u64, verdict: Verdict);
    fn ignore_next_crash(&self, _next: bool) {}
    fn reset_crash_count(&self) {}
    fn drain(&self, within: Duration);
    fn stop(&self, deadline: Duration) -> StopResult;
    fn first_attempt(&self) -> &FirstAttempt;
}

/// Refuses messages that exceed the window. A plugin that holds nothing is given a batch of any size.
pub(crate) fn ensure_room(open: usize, window: u32, messages: MessageBatch) -> Result<MessageBatch, SendRejection> {
    if open > 0 && open + messages.len() > window.max(1) as usize {
        return Err(SendRejection { messages, why: RejectionReason::Busy });
    }
    Ok(messages)
}

/// What is done before the plugin opens for the first time, on a thread that may block. It is done again until it succeeds.
pub type BeforeStart = Box<dyn FnMut() -> Result<(), HostError> + Send>;

/// Who waits for the first attempt to open the plugin.
pub(crate) enum Launch {
    /// The caller: a failure ends everything.
    Awaited,
    /// Nobody: it is tried again, and events tell. First of all this is done.
    Announced(BeforeStart),
}

impl Launch {
    /// What is to be done before the plugin opens; whether a failure is tried again.
    pub(crate) fn split(self) -> (Option<BeforeStart>, bool) {
        match self {
            Self::Awaited => (None, false),
            Self::Announced(before) => (Some(before), true),
        }
    }
}

/// How the first attempt to open the plugin ended.
#[derive(Default)]
pub(crate) struct FirstAttempt {
    ended: Mutex<Option<Result<(), HostError>>>,
    changed: Condvar,
}

impl FirstAttempt {
    /// Notes the end of an attempt; only the first counts.
    pub(crate) fn note(&self, result: Result<(), HostError>) {
        lock(&self.ended).get_or_insert(result);
        self.changed.notify_all();
    }

    pub(crate) fn is_under_way(&self) -> bool {
        lock(&self.ended).is_none()
    }

    /// Waits for the end of the first attempt; `None` if it is still under way. The error is given once.
    pub(crate) fn wait(&self, within: Duration) -> Option<Result<(), HostError>> {
        let until = Instant::now() + within;
        let mut ended = lock(&self.ended);
        loop {
            if let Some(result) = &mut *ended {
                return Some(std::mem::replace(result, Ok(())));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            ended = self.changed.wait_timeout(ended, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
