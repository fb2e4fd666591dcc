//! Requests to `/hook/NAME` → inbound messages, as a provider would report them: for trying out what depends on a callback.

use crate::{Sandbox, inbound};
use rundruf_plugin::{
    HostRefusal, Inbound, InboundKind, Secret, Trust, Webhook, WebhookRequest, WebhookResponse, async_trait,
};
use std::sync::atomic::Ordering;

/// The header in which the secret comes.
const SECRET_HEADER: &str = "x-sandbox-secret";

/// The body of a request.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    channel: String,
    from: String,
    text: String,
    /// The provider's id of the message: the same when it is reported again.
    id: String,
}

/// Whether the request brings the secret; without one in the settings none does. Takes as long for a wrong one as for the right one.
fn is_genuine(request: &WebhookRequest, secret: Option<&Secret>) -> bool {
    let (Some(secret), Some(given)) = (secret, request.header(SECRET_HEADER)) else { return false };
    let secret = secret.reveal();
    let differences = secret.bytes().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
    !secret.is_empty() && secret.len() == given.len() && differences == 0
}

#[async_trait]
impl Webhook for Sandbox {
    async fn request(&self, request: WebhookRequest) -> WebhookResponse {
        if !is_genuine(&request, self.secret.as_ref()) {
            return WebhookResponse::forbidden();
        }
        if request.method != "POST" {
            return WebhookResponse::status(405);
        }
        let Ok(report) = serde_json::from_slice::<Report>(&request.body) else { return WebhookResponse::status(400) };
        self.heard_at.store(inbound::unix_ms(), Ordering::Relaxed);
        let message = Inbound {
            text: report.text,
            remote_id: report.id,
            ..Inbound::new(InboundKind::Text, Trust::Vouched, report.channel, report.from)
        };
        match self.host.inbound(message).await {
            Ok(()) => WebhookResponse::stored(),
            Err(HostRefusal::Busy) => WebhookResponse::later(),
            // It would never be taken: the provider must not try for ever.
            Err(HostRefusal::Invalid | HostRefusal::NotClaimed) => WebhookResponse::status(422),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bringing(secret: &str) -> WebhookRequest {
        let headers = vec![(SECRET_HEADER.to_owned(), secret.as_bytes().to_vec())];
        WebhookRequest { headers, ..WebhookRequest::default() }
    }

    #[test]
    fn only_the_secret_of_the_settings_is_genuine() {
        let secret = Secret::new("geheim");
        assert!(is_genuine(&bringing("geheim"), Some(&secret)));
        for wrong in ["", "geheim2", "gehein", "Geheim"] {
            assert!(!is_genuine(&bringing(wrong), Some(&secret)), "{wrong}");
        }
        assert!(!is_genuine(&bringing("geheim"), None));
        assert!(!is_genuine(&bringing(""), Some(&Secret::new(""))));
        let mut twice = bringing("geheim");
        twice.headers.extend(bringing("geheim").headers);
        assert!(!is_genuine(&twice, Some(&secret)), "two headers are not one");
    }
}
