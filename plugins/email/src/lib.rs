//! E-mail through an SMTP relay: one envelope for each recipient, pipelined sessions, TLS, DKIM.
//! Read `settings`, `answer`, `mime`, `dkim`, then `talk` and `pool`.
#![forbid(unsafe_code)]

mod answer; // the other side's reply → outcome
mod dkim; // signatures
mod lane; // what waits, and whether the relay wants it
mod mime; // content and recipient → message
mod pool; // letters → sessions
mod settings; // the admin's keys
mod smtp; // one connection
mod talk; // letters over one connection
mod thread; // one thread for all connections
mod verp; // an envelope sender for each message

#[cfg(test)]
mod chance; // numbers that look random, for tests

use pool::Pool;
use rundruf_plugin::{Batch, Content, Host, OpenError, Outcome, Recipient, Transport, async_trait, export_transport};
use std::sync::Arc;
use std::time::Duration;

pub use dkim::bare_signing;
pub use settings::Config;

/// The transport.
pub struct Email {
    pool: Arc<Pool>,
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email")
    }
}

#[async_trait]
impl Transport for Email {
    type Config = Config;

    async fn open(config: Config, host: Host) -> Result<Self, OpenError> {
        Ok(Self { pool: Pool::open(config, &host)? })
    }

    async fn send(&self, _: &Content<'_>, _: &Recipient<'_>) -> Outcome {
        // Sessions are shared by all batches, so letters never come here: `send_batch` takes them.
        Outcome::internal("not used")
    }

    async fn send_batch(&self, batch: Batch) {
        self.pool.take(batch).await;
    }

    async fn drain(&self) {
        self.pool.drain();
    }

    async fn close(&self) {
        self.pool.close(Duration::from_secs(1)).await;
    }
}

export_transport!(Email);
