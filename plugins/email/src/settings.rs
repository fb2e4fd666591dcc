//! The admin's keys.

use rundruf_plugin::{OpenError, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

/// How the connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// STARTTLS, required: a relay that does not offer it is refused.
    #[default]
    Starttls,
    /// TLS from the first byte (port 465).
    Implicit,
    /// None. For a relay on this machine.
    None,
}

/// A DKIM signature.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dkim {
    /// Domain that signs; aligned with `from`.
    pub domain: String,
    /// Selector: the key stands in DNS at `<selector>._domainkey.<domain>`.
    pub selector: String,
    /// Private key as PEM: RSA with 2048 bits or more, or Ed25519. Give it as { file = "dkim.pem" }.
    pub key: Secret,
}

/// Settings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Host name or address of the relay.
    #[schemars(length(min = 1))]
    pub host: String,
    /// Port: 587 for submission, 465 with `tls = "implicit"`, 25 for a relay on this machine.
    #[serde(default = "submission")]
    pub port: u16,
    /// How the connection is protected.
    #[serde(default)]
    pub tls: Tls,
    /// File with further certificate authorities (PEM), for a relay of your own.
    #[schemars(extend("x-path" = "file"))]
    pub tls_ca: Option<String>,
    /// Name in EHLO. Default: domain of `from`.
    pub helo: Option<String>,
    /// User name at the relay.
    pub username: Option<String>,
    /// Password at the relay. Give it as { file = "…" } or { credential = "…" }.
    pub password: Option<Secret>,
    /// Address that people see as the sender. The name before it is the sender's.
    #[schemars(regex(pattern = "^[^@\\s<>]+@[^@\\s<>]+\\.[^@\\s<>]+$"))]
    pub from: String,
    /// Where replies go.
    #[schemars(regex(pattern = "^[^@\\s<>]+@[^@\\s<>]+$"))]
    pub reply_to: Option<String>,
    /// Domain of the envelope senders `b+TOKEN@…`, where bounces come. Default: domain of `from`.
    pub bounce_domain: Option<String>,
    /// One fixed envelope sender instead of one for each message.
    #[schemars(regex(pattern = "^[^@\\s<>]+@[^@\\s<>]+$"))]
    pub return_path: Option<String>,
    /// Connections at once.
    #[serde(default = "sessions")]
    #[schemars(range(min = 1, max = 256))]
    pub sessions: u32,
    /// Messages on one connection; 0 for no limit.
    #[serde(default = "per_connection")]
    pub messages_per_connection: u32,
    /// Whether commands may be sent ahead of their answers, where the relay offers it.
    #[serde(default = "yes")]
    pub pipelining: bool,
    /// Seconds to wait for an answer of the relay.
    #[serde(default = "timeout")]
    #[schemars(range(min = 1, max = 3600))]
    pub timeout_s: u32,
    /// Signatures: one with RSA always, one with Ed25519 if you like.
    #[serde(default)]
    pub dkim: Vec<Dkim>,
    /// Last part of the Feedback-ID header (5 to 15 characters), for Google's Postmaster Tools.
    #[schemars(regex(pattern = "^[A-Za-z0-9-]{5,15}$"))]
    pub feedback_id: Option<String>,
    /// Address behind the `mailto:` of List-Unsubscribe.
    #[schemars(regex(pattern = "^[^@\\s<>]+@[^@\\s<>]+$"))]
    pub unsubscribe_mailto: Option<String>,
}

const fn submission() -> u16 {
    587
}
const fn sessions() -> u32 {
    4
}
const fn per_connection() -> u32 {
    100
}
const fn yes() -> bool {
    true
}
const fn timeout() -> u32 {
    120
}

/// The domain of an address.
pub(crate) fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, d)| d)
}

impl Config {
    /// What the schema cannot say.
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        let clean = |name: &str, text: &str| {
            let bad = text.chars().any(|c| c.is_control() || c.is_whitespace() || "<>\"".contains(c));
            if bad || text.is_empty() { Err(OpenError::new(format!("`{name}` is empty or contains a character that has no place there"))) } else { Ok(()) }
        };
        clean("host", &self.host)?;
        clean("from", &self.from)?;
        for (name, value) in [
            ("helo", &self.helo),
            ("reply_to", &self.reply_to),
            ("bounce_domain", &self.bounce_domain),
            ("return_path", &self.return_path),
            ("unsubscribe_mailto", &self.unsubscribe_mailto),
        ] {
            if let Some(value) = value {
                clean(name, value)?;
            }
        }
        for d in &self.dkim {
            clean("dkim.domain", &d.domain)?;
            clean("dkim.selector", &d.selector)?;
        }
        if self.username.is_some() != self.password.is_some() {
            return Err(OpenError::new("`username` and `password` belong together: give both or neither"));
        }
        Ok(())
    }
}
