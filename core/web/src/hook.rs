//! `/hook/NAME`: a provider calls its transport back. The request goes to the plugin as it came, and the plugin's answer to the provider.

use crate::client_ip;
use crate::problem::Problem;
use crate::request_body;
use crate::response::{self, HttpResponse};
use crate::state::WebState;
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use rundruf_engine::{ExtensionRefusal, WebhookRequest, WebhookResponse};
use std::net::IpAddr;

/// What the path begins with.
pub(crate) const PREFIX: &str = "/hook/";
/// Largest body, in bytes, as the contract says.
const MAX_BODY: u64 = 1 << 20;
/// When a provider that could not be answered is to try again, in seconds.
const RETRY_AFTER: &str = "60";

/// The address that the admin gives to the provider.
pub(crate) fn address(public_url: &str, transport: &str) -> String {
    format!("{}{PREFIX}{transport}", public_url.trim_end_matches('/'))
}

/// Hands the request to the transport's plugin. `None` if no transport of this name takes requests: the page is that of any unknown link.
///
/// Nothing here says whether the provider sent it: the plugin checks that first.
pub(crate) async fn request(
    state: &WebState,
    (name, rest): (&str, &str),
    peer: IpAddr,
    head: &Parts,
    body: Incoming,
) -> Result<Option<HttpResponse>, Problem> {
    if !state.engine.takes_webhooks(name) {
        return Ok(None);
    }
    let body = tokio::time::timeout(state.limits.read_timeout, request_body::read_all(body, MAX_BODY))
        .await
        .map_err(|_| Problem::timed_out())??;
    // What waits for plugins counts with the attachments that are being sent.
    let body = state.attachment_memory.reserve(body.to_vec()).await?;
    let request = WebhookRequest {
        method: head.method.as_str().to_owned(),
        path: rest.to_owned(),
        query: head.uri.query().unwrap_or("").to_owned(),
        source: client_ip::address(peer, &head.headers),
        headers: head.headers.iter().map(|(n, v)| (n.as_str().to_owned(), v.as_bytes().to_vec())).collect(),
        body: body.to_vec(),
    };
    let answered = state.engine.webhook(name, request).await;
    drop(body);
    Ok(Some(match answered {
        Ok(answer) => answer_of(answer),
        Err(ExtensionRefusal::NotOffered) => return Ok(None),
        Err(ExtensionRefusal::TooLarge) => response::empty(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        Err(ExtensionRefusal::Closed | ExtensionRefusal::NoAnswer) => {
            let mut later = response::empty(StatusCode::SERVICE_UNAVAILABLE);
            later.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
            later
        }
    }))
}

/// The plugin's answer. A redirection is none: nobody is to be sent elsewhere by our address.
fn answer_of(answer: WebhookResponse) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status)
        .ok()
        .filter(|status| !status.is_redirection())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = response::full(status, "text/plain; charset=utf-8", answer.body);
    if !answer.media_type.is_empty()
        && let Ok(value) = HeaderValue::from_str(&answer.media_type)
    {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for base in ["https://shop.example/news", "https://shop.example/news/"] {
            assert_eq!(address(base, "threema"), "https://shop.example/news/hook/threema");
        }
    }

    #[test]
    fn no_answer_sends_anybody_elsewhere() {
        let answer = |status, media_type: &str| {
            answer_of(WebhookResponse { status, media_type: media_type.to_owned(), body: b"ok".to_vec() })
        };
        assert_eq!(answer(302, "").status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(answer(204, "").status(), StatusCode::NO_CONTENT);
        let kind = |r: HttpResponse| r.headers()[header::CONTENT_TYPE].to_str().unwrap_or("").to_owned();
        assert_eq!(kind(answer(200, "application/json")), "application/json");
        assert_eq!(kind(answer(200, "a\r\nset-cookie: x")), "text/plain; charset=utf-8");
    }
}
