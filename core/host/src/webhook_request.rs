//! A request of a provider, and what it is answered.

use serde::{Deserialize, Serialize};

/// Largest body of an answer, in bytes; what is beyond it is cut off.
pub(crate) const MAX_RESPONSE_BODY: usize = 64 << 10;
/// Longest media type of an answer, in bytes.
pub(crate) const MAX_MEDIA_TYPE: usize = 128;

/// A request of a provider, or of somebody who claims to be one.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct WebhookRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// What follows the transport's address, not decoded.
    pub path: String,
    /// What follows the question mark, not decoded.
    pub query: String,
    /// Address of the client.
    pub source: String,
    /// Names in lower case, and values as they came.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

/// What the plugin says that the provider is to be answered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WebhookResponse {
    /// HTTP status, 200 to 599.
    pub status: u16,
    /// Media type of the body; empty for plain text.
    pub media_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl WebhookResponse {
    /// Within the limits: a broken plugin may report anything.
    pub(crate) fn bounded(mut self) -> Self {
        if !(200..600).contains(&self.status) {
            self.status = 500;
        }
        if self.media_type.len() > MAX_MEDIA_TYPE {
            self.media_type.clear();
        }
        self.body.truncate(MAX_RESPONSE_BODY);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_held_to_the_limits() {
        let large = WebhookResponse { status: 99, media_type: "x".repeat(200), body: vec![0; 100_000] }.bounded();
        assert_eq!((large.status, large.media_type.as_str(), large.body.len()), (500, "", MAX_RESPONSE_BODY));
        let said = |status| WebhookResponse { status, media_type: String::new(), body: Vec::new() }.bounded().status;
        assert_eq!((said(200), said(599), said(600), said(199)), (200, 599, 500, 500));
    }
}
