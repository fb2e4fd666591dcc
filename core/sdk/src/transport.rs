//! The trait.

use crate::batch::{Batch, Letter};
use crate::{Content, Host, Lookup, Outcome, Recipient};
use async_trait::async_trait;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// Why an instance could not be opened. The text reaches the admin: name the key and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub String);

impl OpenError {
    /// Makes one.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// A transport: one instance for each `[transports.NAME]` of the admin's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a transport",
    label = "has no `impl Transport`",
    note = "write `#[async_trait] impl Transport for {Self}` with `type Config`, `open` and `send`: the first page of `rundruf_plugin` shows a whole one"
)]
#[async_trait]
pub trait Transport: Send + Sync + Sized + 'static {
    /// The admin's section. The daemon checks it against the schema in the manifest before the plugin sees it.
    type Config: serde::de::DeserializeOwned + schemars::JsonSchema + Send;

    /// How many [`send`](Transport::send) run at once in the default [`send_batch`](Transport::send_batch).
    const CONCURRENCY: usize = 64;

    /// Makes an instance. May take seconds.
    async fn open(config: Self::Config, host: Host) -> Result<Self, OpenError>;

    /// Sends one message. Bytes may leave from its first instruction: if it panics, the message counts as "may have been sent".
    async fn send(&self, content: &Content<'_>, to: &Recipient<'_>) -> Outcome;

    /// Sends a batch. The default sends every letter by [`send`](Transport::send), [`CONCURRENCY`](Transport::CONCURRENCY) at once, each behind a
    /// guard of its own: a panic costs one message. Override it where the other side takes many at once, or where you keep connections.
    async fn send_batch(&self, batch: Batch) {
        let mut waiting = batch.into_letters();
        let mut running: Vec<Pin<Box<dyn Future<Output = ()> + Send + '_>>> = Vec::new();
        poll_fn(|cx| {
            loop {
                running.retain_mut(|task| task.as_mut().poll(cx).is_pending());
                let mut started = false;
                while running.len() < Self::CONCURRENCY {
                    let Some(letter) = waiting.next() else { break };
                    let mut task: Pin<Box<dyn Future<Output = ()> + Send + '_>> = Box::pin(send_one(self, letter));
                    // Most tasks wait at once; those that do not are never kept.
                    if task.as_mut().poll(cx).is_pending() {
                        running.push(task);
                    }
                    started = true;
                }
                if running.is_empty() && !started {
                    return Poll::Ready(());
                }
                if !started || running.len() >= Self::CONCURRENCY {
                    return Poll::Pending;
                }
            }
        })
        .await;
    }

    /// The extension `rundruf.lookup/1`, for those who implement [`Lookup`]: `Some(self)`. The answer must always be the same.
    fn lookup(&self) -> Option<&dyn Lookup> {
        None
    }

    /// The host asked for an orderly end: begin nothing new. Letters that are dropped unbegun go back to the queue.
    async fn drain(&self) {}

    /// The last call.
    async fn close(&self) {}
}

/// One letter behind its guard.
async fn send_one<T: Transport>(transport: &T, mut letter: Letter) {
    if letter.is_draining() {
        return;
    }
    if letter.is_expired() {
        letter.finish(Outcome::expired());
        return;
    }
    letter.begin();
    let outcome = {
        let (content, recipient) = (letter.content(), letter.recipient());
        guarded(transport.send(&content, &recipient)).await
    };
    letter.finish(outcome.unwrap_or_else(Outcome::panicked));
}

/// Runs a future; `None` if it panics.
pub(crate) async fn guarded<T>(mut future: Pin<Box<dyn Future<Output = T> + Send + '_>>) -> Option<T> {
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(Poll::Ready(value)) => Poll::Ready(Some(value)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(None),
    })
    .await
}
