//! The queue that all connections take messages from, with what they need to make and to judge messages.

use crate::dkim::{self, DkimSigner};
use crate::mime::MimeMessage;
use crate::queued_message::QueuedMessage;
use crate::reply::RefusalReason;
use crate::send_queue::SendQueue;
use crate::settings::EmailConfig;
use crate::smtp::SessionError;
use crate::verp::Verp;
use rundruf_plugin::Outcome;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;

/// A connection without work is closed after this time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// A message that met an unreachable relay is not tried again before this time.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// What [`SharedQueue::push`] asks the pool to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NewWork {
    /// Connections to open.
    pub(crate) open: u32,
    /// Idle connections to wake.
    pub(crate) wake: usize,
}

/// A [`SendQueue`] behind a lock, with settings, keys and the draining flag.
pub(crate) struct SharedQueue {
    pub(crate) config: EmailConfig,
    pub(crate) verp: Option<Verp>,
    signers: Vec<DkimSigner>,
    queue: Mutex<SendQueue>,
    work: Notify,
    draining: AtomicBool,
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(0)
}

impl SharedQueue {
    pub(crate) fn new(config: EmailConfig, verp: Option<Verp>, signers: Vec<DkimSigner>) -> Self {
        let draining = AtomicBool::new(false);
        Self { config, verp, signers, queue: Mutex::default(), work: Notify::new(), draining }
    }

    fn lock(&self) -> MutexGuard<'_, SendQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether messages are signed, so that making them is worth several threads.
    pub(crate) const fn signs(&self) -> bool {
        !self.signers.is_empty()
    }

    /// Makes and signs the message. `None` if it cannot be sent; then the outcome was reported.
    pub(crate) fn prepare(&self, mut queued: QueuedMessage) -> Option<QueuedMessage> {
        if queued.message.is_some() {
            return Some(queued);
        }
        let now = now_s();
        let message = queued.template.message(&queued.pending.recipient(), now);
        let (size, most) = (message.len(), self.config.max_message());
        if size > most {
            let text = format!("the message has {} KiB, `max_message` allows {}", size / 1024, most / 1024);
            queued.pending.finish(Outcome::bad_content(text));
            return None;
        }
        queued.message = dkim::signed(&self.signers, message, now);
        if queued.message.is_none() {
            queued.pending.finish(Outcome::retry(None, "the message could not be signed"));
            return None;
        }
        Some(queued)
    }

    /// Queues messages. Counts the connections that the caller must open for them.
    pub(crate) fn push(&self, messages: Vec<QueuedMessage>, priority: bool) -> NewWork {
        const NOTHING: NewWork = NewWork { open: 0, wake: 0 };
        let count = messages.len();
        let mut queue = self.lock();
        if self.is_draining() {
            drop(queue);
            drop(messages);
            return NOTHING;
        }
        if let Some(outcome) = queue.pause_outcome() {
            drop(queue);
            messages.into_iter().for_each(|queued| queued.pending.finish(outcome.clone()));
            return NOTHING;
        }
        queue.push(messages, priority);
        let missing = queue.waiting().saturating_sub(queue.idle as usize);
        let free = self.config.sessions.saturating_sub(queue.sessions);
        let open = u32::try_from(missing).unwrap_or(u32::MAX).min(free);
        queue.sessions += open;
        NewWork { open, wake: count.min(queue.idle as usize) }
    }

    pub(crate) fn wake(&self, count: usize) {
        for _ in 0..count {
            self.work.notify_one();
        }
    }

    /// The next message that may be sent, ready to leave. `None` if there is none, or sending is paused.
    pub(crate) fn next(&self) -> Option<(QueuedMessage, MimeMessage)> {
        loop {
            if self.return_if_paused() {
                return None;
            }
            let queued = self.lock().pop()?;
            if self.is_draining() || queued.pending.is_recalled() {
                // Dropped before it was begun, so the host gets it back as not sent.
                continue;
            }
            if queued.pending.is_expired() {
                queued.pending.finish(Outcome::expired());
                continue;
            }
            if let Some(mut queued) = self.prepare(queued)
                && let Some(message) = queued.message.take()
            {
                return Some((queued, message));
            }
        }
    }

    /// As [`SharedQueue::next`], but waits up to [`IDLE_TIMEOUT`] for a message.
    pub(crate) async fn wait(&self) -> Option<(QueuedMessage, MimeMessage)> {
        loop {
            if let Some(found) = self.next() {
                return Some(found);
            }
            if !self.wait_for_work().await {
                return None;
            }
        }
    }

    /// Waits until a message is queued; false after [`IDLE_TIMEOUT`], or when draining.
    pub(crate) async fn wait_for_work(&self) -> bool {
        let until = tokio::time::Instant::now() + IDLE_TIMEOUT;
        loop {
            self.return_if_paused();
            {
                let mut queue = self.lock();
                if self.is_draining() {
                    return false;
                }
                if queue.waiting() > 0 {
                    return true;
                }
                queue.idle += 1;
            }
            let woken = {
                let _idle = IdleGuard(self);
                tokio::time::timeout_at(until, self.work.notified()).await.is_ok()
            };
            if !woken {
                return false;
            }
        }
    }

    /// While sending is paused, reports the reason for all waiting messages. Returns whether it is paused.
    fn return_if_paused(&self) -> bool {
        let mut queue = self.lock();
        let Some(outcome) = queue.pause_outcome() else { return false };
        let waiting = queue.take_all();
        drop(queue);
        waiting.into_iter().for_each(|queued| queued.pending.finish(outcome.clone()));
        true
    }

    /// Queues a message again whose connection ended before it was begun; the second time it gets the outcome instead.
    pub(crate) fn retry_once(&self, mut queued: QueuedMessage, message: MimeMessage, outcome: Outcome) {
        if queued.retried {
            return queued.pending.finish(outcome);
        }
        queued.retried = true;
        self.requeue(queued, message);
    }

    /// Queues a message again whose connection ended because of another message.
    pub(crate) fn requeue(&self, mut queued: QueuedMessage, message: MimeMessage) {
        queued.message = Some(message);
        let mut queue = self.lock();
        // Checked under the lock: either `drain` finds the message in the queue, or this sees that it is draining and drops the
        // message, which the host then gets back as not sent.
        if !self.is_draining() {
            queue.push_first(queued);
            drop(queue);
            self.work.notify_one();
        }
    }

    pub(crate) fn record_success(&self) {
        self.lock().record_success();
    }

    /// A connection broke before the relay accepted a message on it.
    pub(crate) fn record_broken_connection(&self, why: &str) {
        self.lock().record_broken_connection(why);
    }

    /// A refusal that may concern all messages, not only this one.
    pub(crate) fn record_refusal(&self, reason: RefusalReason, line: &str) {
        match reason {
            RefusalReason::Connection => self.lock().record_unreachable(line),
            RefusalReason::Policy => self.lock().record_policy_refusal(line),
            RefusalReason::Account => self.lock().record_login_refusal(line),
            RefusalReason::Recipient | RefusalReason::Refused => self.lock().record_final_refusal(line),
            RefusalReason::Temporary(_) | RefusalReason::Content => {}
        }
    }

    /// No connection could be opened: one message reports the error, the others go back as not sent.
    pub(crate) fn record_connect_error(&self, error: &SessionError) {
        let text = error.to_string();
        let (queued, outcome) = {
            let mut queue = self.lock();
            let outcome = match error {
                SessionError::Account(_) => Outcome::account_auth(text.clone()),
                // A relay that is away is nobody's attempt, but the first message tells of it.
                _ if queue.is_unreachable() => Outcome::account_rate(Some(RETRY_AFTER), text.clone()),
                SessionError::Refused(_) | SessionError::Io(_) => Outcome::retry(Some(RETRY_AFTER), text.clone()),
            };
            match error {
                SessionError::Account(_) => queue.record_login_refusal(&text),
                SessionError::Refused(_) | SessionError::Io(_) => queue.record_unreachable(&text),
            }
            (queue.pop(), outcome)
        };
        if let Some(queued) = queued {
            queued.pending.finish(outcome);
        }
        self.return_if_paused();
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Gives waiting messages back that the host wants back: dropped before they are begun, they are not sent.
    pub(crate) fn recall(&self) {
        let recalled = self.lock().take_recalled();
        drop(recalled);
    }

    /// Starts no more messages: waiting ones are dropped before they are begun, so the host gets them back as not sent.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        let waiting = self.lock().take_all();
        drop(waiting);
        self.work.notify_waiters();
    }

    /// Connections that are open or being opened.
    pub(crate) fn sessions(&self) -> u32 {
        self.lock().sessions
    }

    /// Uncounts a connection that has ended.
    pub(crate) fn session_ended(&self) {
        self.lock().sessions -= 1;
    }

    /// Uncounts a connection that found no work. False if a message has been queued meanwhile: then it must go on.
    pub(crate) fn session_may_end(&self) -> bool {
        let mut queue = self.lock();
        // Under the lock: a later push sees that this connection has ended, and opens another.
        if queue.waiting() == 0 || self.is_draining() {
            queue.sessions -= 1;
            return true;
        }
        false
    }
}

/// Counts a connection as idle while it lives.
struct IdleGuard<'a>(&'a SharedQueue);

impl Drop for IdleGuard<'_> {
    fn drop(&mut self) {
        self.0.lock().idle -= 1;
    }
}
