//! The trait of a transport.

use crate::batch::{Batch, PendingMessage};
use crate::{Content, Forget, Health, Host, Lookup, Outcome, Recipient, Setup, Webhook};
use async_trait::async_trait;
use futures_util::{FutureExt, StreamExt, future, stream};
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};

/// Why an instance could not be opened. The text reaches the admin: name the key and what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct OpenError(pub String);

impl OpenError {
    /// An error with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// A transport: one instance for each `[transports.NAME]` in the admin's settings.
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

    /// Whether the host is told of each message that [begins](PendingMessage::begin), before its first byte. Say so if messages wait here for long,
    /// as with a provider that wants pauses: the limit for an outcome then counts from the beginning of each message, and what was not begun goes
    /// back to the queue if the plugin dies. It costs a call for each message.
    const TELLS_BEGUN: bool = false;

    /// Opens an instance. May take seconds.
    async fn open(config: Self::Config, host: Host) -> Result<Self, OpenError>;

    /// Sends one message. If it panics, the message counts as "may have been sent", because bytes may be sent from its first instruction on.
    async fn send(&self, content: &Content<'_>, to: &Recipient<'_>) -> Outcome;

    /// Sends a batch. The default sends every message by [`send`](Transport::send), [`CONCURRENCY`](Transport::CONCURRENCY) at once, each behind an
    /// unwind guard of its own: a panic costs one message. Override it where the provider accepts many at once, or where you keep connections: what the host
    /// wants back and what has expired is left out by [`Batch::into_messages`], and after a panic begun messages count as "may have been sent".
    async fn send_batch(&self, batch: Batch) {
        let marks = batch.recalled();
        let waiting: Mutex<Box<dyn Iterator<Item = PendingMessage> + Send>> =
            Mutex::new(Box::new(batch.into_messages()));
        let lock = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let messages = stream::iter(std::iter::from_fn(|| lock().next()));
        let sending = messages.for_each_concurrent(Self::CONCURRENCY, |message| send_one(self, message));
        // The host wants messages back: what waits does not wait for its turn. A message that is dropped here is completed as untouched.
        let recalling = async {
            loop {
                marks.arrived().await;
                let mut waiting = lock();
                let before = std::mem::replace(&mut *waiting, Box::new(std::iter::empty()));
                *waiting = Box::new(before.filter(|message| !message.is_recalled()).collect::<Vec<_>>().into_iter());
            }
        };
        future::select(pin!(sending), pin!(recalling)).await;
    }

    /// The extension `rundruf.lookup/1`: return `Some(self)` if the transport implements [`Lookup`]. Always return the same.
    fn lookup(&self) -> Option<&dyn Lookup> {
        None
    }

    /// The extension `rundruf.webhook/1`: return `Some(self)` if the transport implements [`Webhook`]. Always return the same.
    fn webhook(&self) -> Option<&dyn Webhook> {
        None
    }

    /// The extension `rundruf.forget/1`: return `Some(self)` if the transport implements [`Forget`]. Always return the same.
    fn forget(&self) -> Option<&dyn Forget> {
        None
    }

    /// The extension `rundruf.health/1`: return `Some(self)` if the transport implements [`Health`]. Always return the same.
    fn health(&self) -> Option<&dyn Health> {
        None
    }

    /// The extension `rundruf.setup/1`: return `Some(self)` if the transport implements [`Setup`]. Always return the same.
    fn setup(&self) -> Option<&dyn Setup> {
        None
    }

    /// The host wants messages back: drop those that wait in a queue of your own and say [`is_recalled`](PendingMessage::is_recalled). The default
    /// [`send_batch`](Transport::send_batch) needs nothing here.
    async fn recall(&self) {}

    /// The host drains the instance: begin no further message. Messages that are dropped before they are begun go back to the queue.
    async fn drain(&self) {}

    /// The host closes the instance; no other call follows.
    async fn close(&self) {}
}

/// Sends one message behind an unwind guard.
async fn send_one<T: Transport>(transport: &T, mut message: PendingMessage) {
    if message.is_recalled() {
        return;
    }
    if message.is_expired() {
        message.finish(Outcome::expired());
        return;
    }
    message.begin();
    let outcome = {
        let (content, recipient) = (message.content(), message.recipient());
        guarded(transport.send(&content, &recipient)).await
    };
    message.finish(outcome.unwrap_or_else(Outcome::panicked));
}

/// Runs a future behind an unwind guard; `None` if it panics.
pub(crate) async fn guarded<T>(future: impl Future<Output = T> + Send) -> Option<T> {
    AssertUnwindSafe(future).catch_unwind().await.ok()
}
