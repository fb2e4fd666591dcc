//! Accepts every message at once and does nothing with it. For benchmarks only: no message is ever delivered.
#![forbid(unsafe_code)]

use rundruf_plugin::{Batch, Content, Host, OpenError, Outcome, Recipient, Transport, async_trait, export_transport};

/// Settings of the null transport.
#[derive(Clone, Debug, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(extend("x-check" = {"remote": "none"}))]
pub struct NullConfig {
    /// Sends one by one through `send`, instead of whole batches at once: measures what that costs.
    pub one_by_one: bool,
    /// Waits this many microseconds for each message that is sent one by one.
    pub delay_us: u64,
}

/// The null transport.
#[derive(Debug)]
pub struct Null(NullConfig);

#[async_trait]
impl Transport for Null {
    type Config = NullConfig;

    async fn open(config: NullConfig, _: Host) -> Result<Self, OpenError> {
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
        for mut message in batch.into_messages() {
            message.begin();
            let outcome = {
                let (content, recipient) = (message.content(), message.recipient());
                self.send(&content, &recipient).await
            };
            message.finish(outcome);
        }
    }
}

export_transport!(Null);
