//! What is sent in a test: a message and its recipients.

use super::batch_memory::{BatchParts, RecipientParts, ViewBytes};
use rundruf_abi::NO_VAR;

/// A message to send in a test.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Channel of the recipients.
    pub channel: String,
    /// Message class, see [`crate::Content::class`].
    pub class: u32,
    /// Subject, with `{0}`, `{1}` for values.
    pub subject: String,
    /// Text, with placeholders as in the subject.
    pub text: String,
    /// HTML, with placeholders as in the subject; may be empty.
    pub html: String,
    /// Names and values, see [`crate::Content::meta`].
    pub meta: Vec<(String, String)>,
    /// Files: name, media type, bytes.
    pub attachments: Vec<(String, String, Vec<u8>)>,
}

impl Default for Sample {
    fn default() -> Self {
        let meta = [
            ("sender-name", "Bäckerei Krume GmbH"),
            ("imprint-url", "https://krume.example/impressum"),
            ("privacy-url", "https://krume.example/datenschutz"),
            ("list-name", "angebote"),
            ("list-title", "Angebote der Woche"),
            ("list-id-domain", "krume.example"),
            ("date", "2026-11-25T10:00:00Z"),
        ];
        Self {
            channel: "email".into(),
            class: 0,
            subject: "Hallo {0}".into(),
            text: "Hallo {0},\nheute frisch.\n".into(),
            html: "<p>Hallo {0}, heute frisch.</p>".into(),
            meta: meta.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
            attachments: Vec::new(),
        }
    }
}

/// A recipient of a message in a test.
#[derive(Clone, Debug)]
pub struct SampleRecipient {
    /// The address; need not be valid.
    pub address: String,
    /// Values for the placeholders.
    pub vars: Vec<String>,
    /// URL where a POST ends the subscription; may be empty.
    pub unsubscribe_url: String,
}

impl SampleRecipient {
    /// A recipient with this address, and with the first name as the only value.
    #[must_use]
    pub fn new(address: &str, first_name: &str) -> Self {
        let unsubscribe_url = format!("https://news.krume.example/u/{first_name}");
        Self { address: address.into(), vars: vec![first_name.into()], unsubscribe_url }
    }
}

fn bytes(text: &str) -> ViewBytes {
    Some(text.as_bytes().to_vec())
}

/// Splits `Hallo {0}!` into segments.
fn segments(text: &str) -> Vec<(ViewBytes, u32)> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((literal, tail)) = rest.split_once('{') {
        let Some((number, after)) = tail.split_once('}') else { break };
        let Ok(var) = number.parse() else { break };
        out.push((bytes(literal), var));
        rest = after;
    }
    out.push((bytes(rest), NO_VAR));
    out
}

impl Sample {
    /// The parts of a batch with this message. Its arrays have padding, so that a transport that ignores the stride fails.
    pub(super) fn parts(&self, recipients: &[SampleRecipient]) -> BatchParts {
        let recipient = |r: &SampleRecipient| RecipientParts {
            address: bytes(&r.address),
            unsubscribe_url: bytes(&r.unsubscribe_url),
            vars: r.vars.iter().map(|v| bytes(v)).collect(),
        };
        BatchParts {
            padding: 3,
            class: self.class,
            channel: bytes(&self.channel),
            language: bytes("de"),
            texts: [&self.subject, &self.text, &self.html].map(|text| segments(text)),
            files: self
                .attachments
                .iter()
                .map(|(name, media_type, content)| [bytes(name), bytes(media_type), Some(content.clone()), bytes("")])
                .collect(),
            meta: self.meta.iter().map(|(key, value)| [bytes(key), bytes(value)]).collect(),
            recipients: recipients.iter().map(recipient).collect(),
            ..BatchParts::default()
        }
    }
}
