//! What a transport does, whichever way its plugin runs: in a process of its own or in the daemon's.

use crate::id::{MessageId, SessionId};
use crate::lookup::{LookupAnswer, LookupRefusal};
use crate::message::{MessageBatch, MessageContent, Priority, RejectionReason, SendRejection};
use crate::spec::{InstanceState, StopResult};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

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
    fn can_recall(&self) -> bool;
    fn recall(&self, wanted: Option<&HashSet<MessageId>>);
    fn acknowledge(&self, _last: u64) {}
    fn answer(&self, token: u64, stored: bool);
    fn ignore_next_crash(&self, _next: bool) {}
    fn reset_crash_count(&self) {}
    fn drain(&self, within: Duration);
    fn stop(&self, deadline: Duration) -> StopResult;
}

/// Refuses messages that exceed the window. A plugin that holds nothing is given a batch of any size.
pub(crate) fn ensure_room(open: usize, window: u32, messages: MessageBatch) -> Result<MessageBatch, SendRejection> {
    if open > 0 && open + messages.len() > window.max(1) as usize {
        return Err(SendRejection { messages, why: RejectionReason::Busy });
    }
    Ok(messages)
}
