//! Waiting messages, and pauses. When the relay refuses all messages, sending pauses and waiting messages go back as not sent, instead of each
//! using up its retries. A pause is twice as long as the one before, until a message is accepted.

use crate::queued_message::QueuedMessage;
use rundruf_plugin::Outcome;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Sending pauses after this many policy refusals in a row.
const MAX_POLICY_REFUSALS: u32 = 5;
/// Sending pauses after this many broken connections in a row.
const MAX_BROKEN_CONNECTIONS: u32 = 8;

/// How long a message is answered by the refusal of the one before, without being tried.
const ACCOUNT_PAUSE: Duration = Duration::from_millis(500);

/// Sending pauses after this many final refusals in a row without any success: then the fault is hardly the recipients'.
const MAX_FINAL_REFUSALS: u32 = 25;

/// Why sending is paused, with a text for the admin.
enum PauseReason {
    /// Unreachable, or a policy refusal: it passes.
    Relay(String),
    /// Credentials or TLS: the admin must act.
    Account(String),
}

/// Waiting messages, connection counts and the pause.
#[derive(Default)]
pub(crate) struct SendQueue {
    priority: VecDeque<QueuedMessage>,
    bulk: VecDeque<QueuedMessage>,
    /// Connections that are open or being opened.
    pub(crate) sessions: u32,
    /// Open connections that wait for work.
    pub(crate) idle: u32,
    /// End of the pause and its reason.
    paused: Option<(Instant, PauseReason)>,
    /// Pauses since the last accepted message.
    pauses: u32,
    policy_refusals: u32,
    broken_connections: u32,
    final_refusals: u32,
}

impl SendQueue {
    /// Appends messages, in front of bulk messages if they have priority.
    pub(crate) fn push(&mut self, messages: Vec<QueuedMessage>, priority: bool) {
        if priority { self.priority.extend(messages) } else { self.bulk.extend(messages) }
    }

    /// Puts a message back that was taken out already.
    pub(crate) fn push_first(&mut self, queued: QueuedMessage) {
        self.priority.push_front(queued);
    }

    pub(crate) fn pop(&mut self) -> Option<QueuedMessage> {
        self.priority.pop_front().or_else(|| self.bulk.pop_front())
    }

    pub(crate) fn take_all(&mut self) -> Vec<QueuedMessage> {
        self.priority.drain(..).chain(self.bulk.drain(..)).collect()
    }

    /// Takes the messages that the host wants back.
    pub(crate) fn take_recalled(&mut self) -> Vec<QueuedMessage> {
        let mut recalled = Vec::new();
        for queue in [&mut self.priority, &mut self.bulk] {
            let (back, stay) = std::mem::take(queue).into_iter().partition::<Vec<_>, _>(|q| q.pending.is_recalled());
            recalled.extend(back);
            *queue = stay.into();
        }
        recalled
    }

    pub(crate) fn waiting(&self) -> usize {
        self.priority.len() + self.bulk.len()
    }

    /// The outcome for messages while sending is paused; `None` if it is not.
    pub(crate) fn pause_outcome(&mut self) -> Option<Outcome> {
        let (until, why) = self.paused.as_ref()?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            self.paused = None;
            return None;
        }
        Some(match why {
            PauseReason::Relay(text) => Outcome::account_rate(Some(left), text.clone()),
            PauseReason::Account(text) => Outcome::account_auth(text.clone()),
        })
    }

    /// Whether sending paused since the last accepted message.
    pub(crate) const fn is_unreachable(&self) -> bool {
        self.pauses > 0
    }

    pub(crate) const fn record_success(&mut self) {
        self.pauses = 0;
        self.policy_refusals = 0;
        self.broken_connections = 0;
        self.final_refusals = 0;
    }

    /// The relay is unreachable or closes connections (421). Pauses 1 s to 1 min.
    pub(crate) fn record_unreachable(&mut self, why: &str) {
        self.pause(Duration::from_secs(1), Duration::from_secs(60), PauseReason::Relay(why.to_owned()));
    }

    /// The relay refused a recipient for good. After [`MAX_FINAL_REFUSALS`] in a row sending pauses as for a refused account.
    pub(crate) fn record_final_refusal(&mut self, why: &str) {
        self.final_refusals += 1;
        if self.final_refusals >= MAX_FINAL_REFUSALS {
            self.final_refusals = 0;
            self.record_login_refusal(&format!("{MAX_FINAL_REFUSALS} refusals in a row, the last one: {why}"));
        }
    }

    /// The relay refused credentials, TLS, our sender or our settings. What waits goes back as not sent; from then on the host decides when a message
    /// is tried, at intervals that lock no account. A pause of our own must not outlast the fault.
    pub(crate) fn record_login_refusal(&mut self, why: &str) {
        self.pause(ACCOUNT_PAUSE, ACCOUNT_PAUSE, PauseReason::Account(why.to_owned()));
    }

    /// A connection broke before a message was accepted on it. Pauses 5 s to 5 min after [`MAX_BROKEN_CONNECTIONS`].
    pub(crate) fn record_broken_connection(&mut self, why: &str) {
        self.broken_connections += 1;
        if self.broken_connections >= MAX_BROKEN_CONNECTIONS {
            self.pause(Duration::from_secs(5), Duration::from_secs(300), PauseReason::Relay(why.to_owned()));
        }
    }

    /// The relay refused a message because of our reputation or a policy. Pauses 1 to 15 min after [`MAX_POLICY_REFUSALS`].
    pub(crate) fn record_policy_refusal(&mut self, why: &str) {
        self.policy_refusals += 1;
        if self.policy_refusals >= MAX_POLICY_REFUSALS {
            self.pause(Duration::from_secs(60), Duration::from_secs(900), PauseReason::Relay(why.to_owned()));
        }
    }

    /// Starts a pause. Does nothing during one: all connections report the same fault.
    fn pause(&mut self, first: Duration, longest: Duration, why: PauseReason) {
        let now = Instant::now();
        if self.paused.as_ref().is_some_and(|(until, _)| *until > now) {
            return;
        }
        let pause = first.saturating_mul(1 << self.pauses.min(16)).min(longest);
        self.pauses += 1;
        let (PauseReason::Relay(text) | PauseReason::Account(text)) = &why;
        tracing::warn!(pause_s = pause.as_secs(), why = %text, "nothing is sent for a while");
        self.paused = Some((now + pause, why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_plugin::abi::OutcomeCode;

    fn pause(queue: &mut SendQueue) -> Option<(OutcomeCode, u64)> {
        let outcome = queue.pause_outcome()?;
        Some((outcome.code(), outcome.retry_after().map_or(0, |d| d.as_secs_f32().ceil() as u64)))
    }

    #[test]
    fn pauses_double_until_a_message_is_accepted() {
        let mut queue = SendQueue::default();
        assert_eq!(pause(&mut queue), None);
        for want in [1, 2, 4, 8, 16, 32, 60, 60] {
            queue.record_unreachable("gone");
            // A second report during the pause changes nothing.
            queue.record_unreachable("gone");
            assert_eq!(pause(&mut queue), Some((OutcomeCode::ACCOUNT_RATE, want)));
            queue.paused = None;
        }
        queue.record_success();
        queue.record_unreachable("gone");
        assert_eq!(pause(&mut queue), Some((OutcomeCode::ACCOUNT_RATE, 1)));
    }

    #[test]
    fn a_single_refusal_does_not_pause() {
        let mut queue = SendQueue::default();
        for n in 1..=MAX_POLICY_REFUSALS {
            assert_eq!(pause(&mut queue), None, "after {n}");
            queue.record_policy_refusal("block list");
        }
        assert_eq!(pause(&mut queue), Some((OutcomeCode::ACCOUNT_RATE, 60)));
        let mut queue = SendQueue::default();
        queue.record_login_refusal("wrong password");
        assert_eq!(pause(&mut queue), Some((OutcomeCode::ACCOUNT_AUTH, 0)));
        let mut queue = SendQueue::default();
        for n in 1..MAX_FINAL_REFUSALS * 2 {
            if n == MAX_FINAL_REFUSALS / 2 {
                queue.record_success();
            }
            queue.record_final_refusal("550 no");
            let paused = n >= MAX_FINAL_REFUSALS / 2 + MAX_FINAL_REFUSALS - 1;
            assert_eq!(pause(&mut queue).is_some(), paused, "after {n}");
        }
    }
}
