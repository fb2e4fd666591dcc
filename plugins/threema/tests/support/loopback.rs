//! The transport in the kit of the SDK, at a gateway on this machine.
#![allow(dead_code, reason = "each test binary uses some of it")]

use super::gateway::SECRETS;
use rundruf_plugin::kit::{Answer, Kit, Sample, SampleRecipient};
use rundruf_plugin::{WebhookRequest, WebhookResponse};
use rundruf_threema::Threema;
use serde_json::Value;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The transport in its kit.
pub(crate) struct Opened {
    pub(crate) kit: Kit,
    pub(crate) state: TempDir,
}

pub(crate) fn open(config: &Value) -> Opened {
    let state = tempfile::tempdir().unwrap();
    let kit = Kit::open::<Threema>(config, state.path(), 4_000).unwrap();
    Opened { kit, state }
}

impl Opened {
    pub(crate) fn send(&mut self, text: &str, to: &[&str]) -> Vec<Answer> {
        self.kit.send(&sample(text), &recipients(to))
    }

    /// Outcome codes of a message to these people.
    pub(crate) fn codes(&mut self, text: &str, to: &[&str]) -> Vec<u16> {
        self.send(text, to).iter().map(|answer| answer.code.0).collect()
    }

    pub(crate) fn webhook(&mut self, body: &str) -> WebhookResponse {
        let request =
            WebhookRequest { method: "POST".into(), body: body.as_bytes().to_vec(), ..WebhookRequest::default() };
        self.kit.webhook(&request).unwrap()
    }

    /// Waits until the host has got `count` messages, and returns their texts.
    pub(crate) fn inbound(&self, count: usize) -> Vec<String> {
        let until = Instant::now() + Duration::from_secs(20);
        while self.kit.inbound().len() < count && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kit.inbound().into_iter().map(|(_, from, text)| format!("{from}: {text}")).collect()
    }

    /// Closes it. No secret may be in the log.
    pub(crate) fn close(self) {
        let log = self.kit.log().join("\n");
        self.kit.close();
        for secret in SECRETS {
            assert!(!log.contains(secret), "a secret is in the log: {log}");
        }
    }
}

pub(crate) fn sample(text: &str) -> Sample {
    Sample { channel: "threema".into(), text: text.into(), html: String::new(), ..Sample::default() }
}

pub(crate) fn recipients(ids: &[&str]) -> Vec<SampleRecipient> {
    ids.iter().map(|id| SampleRecipient::new(id, &format!("N{}", &id[..4.min(id.len())]))).collect()
}
