//! A message of one or more parts on its way, and what each answer means for the whole.

use crate::answer::{self, AnswerScope};
use crate::gateway::GatewayError;
use crate::id::{ThreemaId, ThreemaMessageId, remote_id};
use crate::seal::PublicKey;
use rundruf_plugin::{Outcome, PendingMessage};
use std::time::Duration;

/// Attempts for a later part of a message whose first part has left, and the first pause between two.
const PART_ATTEMPTS: u32 = 5;
const PART_PAUSE: Duration = Duration::from_secs(2);
/// Longest pause that is waited for between two parts.
const LONGEST_PART_PAUSE: Duration = Duration::from_secs(60);

/// A message on its way.
pub(super) struct PartedMessage {
    pub(super) pending: PendingMessage,
    pub(super) to: ThreemaId,
    pub(super) key: PublicKey,
    /// What is left to send, the next one last.
    pub(super) parts: Vec<Vec<u8>>,
    /// How many parts there are.
    pub(super) count: u32,
    /// Ids of the parts that the gateway has taken.
    pub(super) taken: Vec<String>,
    pub(super) attempts: u32,
}

/// What becomes of a message after a request.
pub(super) enum NextStep {
    /// It has another part, or a part is tried again.
    Again(PartedMessage),
    Done,
}

/// All parts were taken.
pub(super) fn sent(taken: Vec<String>, count: u32) -> Outcome {
    let first = taken.first().cloned().unwrap_or_default();
    let outcome = Outcome::sent(first).with_parts(count);
    if taken.len() > 1 { outcome.with_remote_ids(taken) } else { outcome }
}

/// The outcome of a message of which not all parts were taken: once one has left, the whole is never repeated.
pub(super) fn partly(outcome: Outcome, taken: Vec<String>, count: u32) -> Outcome {
    if taken.is_empty() {
        return outcome;
    }
    let text = format!("{} of {count} parts were sent; then: {}", taken.len(), outcome.detail());
    Outcome::maybe_sent(text).with_remote_ids(taken).with_parts(count)
}

impl PartedMessage {
    /// Takes the result of the part that was sent.
    pub(super) fn after(mut self, result: Result<ThreemaMessageId, GatewayError>, scope: AnswerScope) -> NextStep {
        let error = match result {
            Ok(id) => {
                self.parts.pop();
                self.taken.push(remote_id(self.to, id));
                self.attempts = 0;
                if !self.parts.is_empty() {
                    return NextStep::Again(self);
                }
                self.pending.finish(sent(self.taken, self.count));
                return NextStep::Done;
            }
            Err(error) => error,
        };
        let outcome = answer::failed(&error, scope);
        let is_certainly_unsent = matches!(outcome.code().class(), 2 | 5);
        if is_certainly_unsent && !self.taken.is_empty() && self.attempts < PART_ATTEMPTS {
            self.attempts += 1;
            return NextStep::Again(self);
        }
        self.refuse(outcome);
        NextStep::Done
    }

    /// Finishes the message with this outcome of its next part.
    pub(super) fn refuse(mut self, outcome: Outcome) {
        if self.taken.is_empty() && outcome.code().class() != 4 {
            self.pending.unbegin();
        }
        self.pending.finish(partly(outcome, self.taken, self.count));
    }

    /// How long to wait before a part is tried again.
    pub(super) fn pause(&self) -> Duration {
        (PART_PAUSE * 2_u32.saturating_pow(self.attempts.saturating_sub(1))).min(LONGEST_PART_PAUSE)
    }
}
