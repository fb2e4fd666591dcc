//! Takes everything at once and does nothing: for benchmarks only. Nobody ever gets a message through it.
#![forbid(unsafe_code)]

use rundruf_plugin::{Batch, Content, Host, OpenError, Outcome, Recipient, Transport, async_trait, export_transport};

/// Settings.
#[derive(Clone, Debug, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Sends one by one through `send`, instead of whole batches at once: measures what that costs.
    pub one_by_one: bool,
    /// Waits this many microseconds for each message that is sent one by one.
    pub delay_us: u64,
}

/// The transport.
#[derive(Debug)]
pub struct Null(Config);

#[async_trait]
impl Transport for Null {
    type Config = Config;

    async fn open(config: Config, _: Host) -> Result<Self, OpenError> {
        Ok(Self(config))
    }

    async fn send(&self, _: &Content<'_>, _: &Recipient<'_>) -> Outcome {
        if self.0.delay_us > 0 {
            tokio::time::sleep(std::time::Duration::from_micros(self.0.delay_us)).await;
        }
        Outcome::sent("")
    }

    async fn send_batch(&self, batch: Batch) {
        if !self.0.one_by_one {
            batch.finish_all(|_| Outcome::sent(""));
            return;
        }
        for mut letter in batch.into_letters() {
            letter.begin();
            let outcome = {
                let (content, recipient) = (letter.content(), letter.recipient());
                self.send(&content, &recipient).await
            };
            letter.finish(outcome);
        }
    }
}

export_transport!(Null);
