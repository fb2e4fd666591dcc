//! The extension `rundruf.webhook/1`: a transport whose provider calls back over HTTP.

use async_trait::async_trait;

/// A request of the provider, or of somebody who claims to be it: check the signature over the raw body, or a secret in the path, before anything else.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WebhookRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// What follows `/hook/NAME`, not decoded: empty, or it begins with a slash.
    pub path: String,
    /// What follows the question mark, not decoded.
    pub query: String,
    /// Address of the client.
    pub source: String,
    /// Names in lower case, and values as they came. A name may come more than once.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body as it came; 1 MiB at most.
    pub body: Vec<u8>,
}

impl WebhookRequest {
    /// The value of a header, if it comes exactly once and is text. `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(n, _)| n == name);
        let (_, value) = all.next().filter(|_| all.next().is_none())?;
        std::str::from_utf8(value).ok()
    }
}

/// What the provider is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WebhookResponse {
    /// HTTP status, 200 to 599.
    pub status: u16,
    /// Media type of the body; empty for plain text.
    pub media_type: String,
    /// The body; at most 64 KiB are sent.
    pub body: Vec<u8>,
}

impl WebhookResponse {
    /// A status without a body.
    #[must_use]
    pub const fn status(status: u16) -> Self {
        Self { status, media_type: String::new(), body: Vec::new() }
    }

    /// It is stored: the provider never sends it again. Only after [`Host::inbound`](crate::Host::inbound) or
    /// [`Host::receipt`](crate::Host::receipt) has succeeded.
    #[must_use]
    pub const fn stored() -> Self {
        Self::status(200)
    }

    /// It could not be stored now: the provider is to send it again.
    #[must_use]
    pub const fn later() -> Self {
        Self::status(503)
    }

    /// It is not from the provider.
    #[must_use]
    pub const fn forbidden() -> Self {
        Self::status(403)
    }
}

/// The extension `rundruf.webhook/1`: implement it beside [`Transport`](crate::Transport), and claim `webhook` in the manifest, where the provider calls
/// back. Its address is `/hook/NAME` below the daemon's public address; the admin gives it to the provider.
#[async_trait]
pub trait Webhook: Send + Sync {
    /// Takes in a request and says what to answer, within 20 s. Anybody may have sent it. A panic is answered with 503, and the provider tries again.
    async fn request(&self, request: WebhookRequest) -> WebhookResponse;
}
