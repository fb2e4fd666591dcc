//! E-mail through an SMTP relay: one envelope for each recipient, pipelined sessions, TLS, DKIM.
//!
//! Read `settings`, `reply`, `mime`, `dkim`, then `transaction`, `shared_queue` and `pool`.
#![forbid(unsafe_code)]

mod dkim; // DKIM signatures
mod mime; // content and recipient → MIME message
mod pool; // batches → connections
mod public_id; // the ids of a message as others see them
mod queued_message; // one message on its way
mod reply; // the relay's reply → outcome
mod runtime; // the thread of all connections
mod send_queue; // waiting messages, and pauses after refusals
mod settings; // the admin's settings
mod shared_queue; // the queue that all connections take messages from
mod smtp; // one SMTP session
mod transaction; // mail transactions over one session
mod verp; // envelope senders

use pool::ConnectionPool;
use rundruf_plugin::{Batch, Content, Host, OpenError, Outcome, Recipient, Transport, async_trait, export_transport};
use std::sync::Arc;
use std::time::Duration;

pub use dkim::bare_signing;
pub use settings::EmailConfig;

/// The e-mail transport.
pub struct Email {
    pool: Arc<ConnectionPool>,
}

#[async_trait]
impl Transport for Email {
    type Config = EmailConfig;

    async fn open(config: EmailConfig, host: Host) -> Result<Self, OpenError> {
        Ok(Self { pool: ConnectionPool::open(config, &host)? })
    }

    async fn send(&self, _: &Content<'_>, _: &Recipient<'_>) -> Outcome {
        // Never called: `send_batch` takes all messages, because all batches share the connections.
        Outcome::internal("not used")
    }

    async fn send_batch(&self, batch: Batch) {
        self.pool.send(batch).await;
    }

    async fn recall(&self) {
        self.pool.recall();
    }

    async fn drain(&self) {
        self.pool.drain();
    }

    async fn close(&self) {
        self.pool.close(Duration::from_secs(1)).await;
    }
}

export_transport!(Email);
