//! The calls of the gateway. The secret is in most addresses: no error and no log line has one.

use crate::base_url::BaseUrl;
use crate::http::{HttpClient, HttpError, HttpRequest};
use crate::id::{ThreemaId, ThreemaMessageId, hex, unhex_array};
use crate::seal::{NONCE, PublicKey};
use crate::secret::ApiSecret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use hyper::body::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// Most messages of one bulk request.
pub(crate) const MAX_BULK: usize = 1_000;
/// Most keys of one request.
const MAX_KEYS: usize = 1_000;
/// Longest answer that is not a file, in bytes.
const MAX_ANSWER: usize = 4 << 20;
/// Characters that need no encoding in a form or an address.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'*');
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Why a call failed. No text has an address or the secret.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum GatewayError {
    /// The gateway answers with another status than 200, perhaps with a pause.
    #[error("the gateway answers with status {0}")]
    Status(u16, Option<Duration>),
    /// The gateway cannot have read the request.
    #[error("{0}")]
    NotSent(String),
    /// The gateway may have read the request.
    #[error("{0}")]
    Unanswered(String),
    /// It is not the gateway.
    #[error("{0}")]
    Certificate(String),
    /// The status is 200, and the rest cannot be read.
    #[error("the gateway's answer cannot be read")]
    Unreadable,
}

impl From<HttpError> for GatewayError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::NotSent(text) => Self::NotSent(text),
            HttpError::Unanswered(text) => Self::Unanswered(text),
            HttpError::Certificate(text) => Self::Certificate(text),
        }
    }
}

/// A sealed message.
pub(crate) struct SealedMessage {
    pub(crate) to: ThreemaId,
    pub(crate) nonce: [u8; NONCE],
    pub(crate) sealed: Vec<u8>,
}

impl SealedMessage {
    /// Bytes that it takes in a bulk request.
    pub(crate) fn len_in_bulk(&self) -> usize {
        self.sealed.len().div_ceil(3) * 4 + 100
    }
}

/// What became of one message of a bulk request: its id, or a status.
pub(crate) type BulkResult = Result<ThreemaMessageId, u16>;

/// The gateway, as our ID sees it.
pub(crate) struct Gateway {
    http: HttpClient,
    id: ThreemaId,
    secret: ApiSecret,
}

impl Gateway {
    pub(crate) fn new(
        base: BaseUrl,
        tls: Option<Arc<rustls::ClientConfig>>,
        timeout: Duration,
        id: ThreemaId,
        secret: ApiSecret,
    ) -> Result<Self, String> {
        Ok(Self { http: HttpClient::new(base, tls, timeout)?, id, secret })
    }

    /// Sends one sealed message.
    pub(crate) async fn send_e2e(&self, message: &SealedMessage) -> Result<ThreemaMessageId, GatewayError> {
        let SealedMessage { to, nonce, sealed } = message;
        let (nonce, sealed) = (hex(nonce), hex(sealed));
        let body = self.form(&[("to", to.as_str()), ("nonce", &nonce), ("box", &sealed)]);
        let answer = self.post_form("/send_e2e", &body).await?;
        text(&answer).and_then(ThreemaMessageId::parse).ok_or(GatewayError::Unreadable)
    }

    /// Sends many sealed messages. The results are in the order of the messages.
    pub(crate) async fn send_bulk(&self, messages: &[SealedMessage]) -> Result<Vec<BulkResult>, GatewayError> {
        let mut body = String::with_capacity(messages.iter().map(SealedMessage::len_in_bulk).sum::<usize>() + 2);
        for (n, SealedMessage { to, nonce, sealed }) in messages.iter().enumerate() {
            body.push(if n == 0 { '[' } else { ',' });
            let _ = write!(body, r#"{{"to":"{}","nonce":""#, to.as_str());
            STANDARD.encode_string(nonce, &mut body);
            body.push_str(r#"","box":""#);
            STANDARD.encode_string(sealed, &mut body);
            body.push_str(r#""}"#);
        }
        body.push(']');
        let answer = self.post("/send_e2e_bulk", "", JSON.to_owned(), body.into_bytes()).await?;
        bulk_results(&answer, messages.len()).ok_or(GatewayError::Unreadable)
    }

    /// Sends a text that the gateway encrypts, and so reads.
    pub(crate) async fn send_simple(&self, to: ThreemaId, message: &str) -> Result<ThreemaMessageId, GatewayError> {
        let body = self.form(&[("to", to.as_str()), ("text", message)]);
        let answer = self.post_form("/send_simple", &body).await?;
        text(&answer).and_then(ThreemaMessageId::parse).ok_or(GatewayError::Unreadable)
    }

    /// Uploads a sealed file that many messages name; it costs one credit.
    pub(crate) async fn upload(&self, sealed: &[u8]) -> Result<[u8; 16], GatewayError> {
        let boundary = crate::seal::random::<16>()
            .map(|b| hex(&b))
            .map_err(|_| GatewayError::NotSent("the system gives no random numbers".to_owned()))?;
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"blob\"; filename=\"blob\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), sealed, format!("\r\n--{boundary}--\r\n").as_bytes()].concat();
        let media_type = format!("multipart/form-data; boundary={boundary}");
        let answer = self.post("/upload_blob", "&persist=1", media_type, body).await?;
        text(&answer).and_then(unhex_array).ok_or(GatewayError::Unreadable)
    }

    /// Downloads a sealed file.
    pub(crate) async fn download(&self, blob: &[u8; 16], most: usize) -> Result<Bytes, GatewayError> {
        self.get(&format!("/blobs/{}", hex(blob)), most).await
    }

    /// The public key of an ID; `None` if there is no such ID.
    pub(crate) async fn public_key(&self, id: ThreemaId) -> Result<Option<PublicKey>, GatewayError> {
        match self.get(&format!("/pubkeys/{}", id.as_str()), 1_024).await {
            Ok(answer) => text(&answer).and_then(PublicKey::parse).map(Some).ok_or(GatewayError::Unreadable),
            Err(GatewayError::Status(400 | 404, _)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The public keys of these IDs; one that does not exist, or has no valid key, is missing.
    pub(crate) async fn public_keys(&self, ids: &[ThreemaId]) -> Result<HashMap<ThreemaId, PublicKey>, GatewayError> {
        #[derive(serde::Deserialize)]
        struct KeyEntry {
            identity: String,
            #[serde(rename = "publicKey")]
            public_key: String,
        }
        let mut keys = HashMap::with_capacity(ids.len());
        for some in ids.chunks(MAX_KEYS) {
            let names: Vec<&str> = some.iter().map(ThreemaId::as_str).collect();
            let body = serde_json::json!({ "identities": names }).to_string().into_bytes();
            let answer = self.post("/pubkeys/bulk", "", JSON.to_owned(), body).await?;
            let entries: Vec<KeyEntry> = serde_json::from_slice(&answer).map_err(|_| GatewayError::Unreadable)?;
            let pair = |e: &KeyEntry| ThreemaId::parse(&e.identity).zip(PublicKey::parse(&e.public_key));
            keys.extend(entries.iter().filter_map(pair).filter(|(id, _)| some.contains(id)));
        }
        Ok(keys)
    }

    /// What the app of this ID can do, in the gateway's words; `None` if there is no such ID.
    pub(crate) async fn capabilities(&self, id: ThreemaId) -> Result<Option<Vec<String>>, GatewayError> {
        match self.get(&format!("/capabilities/{}", id.as_str()), 4_096).await {
            Ok(answer) => {
                let words = text(&answer).ok_or(GatewayError::Unreadable)?.split(',');
                Ok(Some(words.map(|word| word.trim().to_ascii_lowercase()).collect()))
            }
            Err(GatewayError::Status(404, _)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// How many credits the account has.
    pub(crate) async fn credits(&self) -> Result<i64, GatewayError> {
        let answer = self.get("/credits", 1_024).await?;
        text(&answer).and_then(|t| t.parse().ok()).ok_or(GatewayError::Unreadable)
    }

    /// Our ID, the secret, and these fields, as a form.
    fn form(&self, fields: &[(&str, &str)]) -> Zeroizing<String> {
        let mut form = Zeroizing::new(self.credentials());
        for (name, value) in fields {
            let _ = write!(form, "&{name}={}", utf8_percent_encode(value, ENCODED));
        }
        form
    }

    fn credentials(&self) -> String {
        format!("from={}&secret={}", self.id.as_str(), utf8_percent_encode(self.secret.reveal(), ENCODED))
    }

    async fn post_form(&self, path: &str, form: &Zeroizing<String>) -> Result<Bytes, GatewayError> {
        let target = Zeroizing::new(path.to_owned());
        let body = Bytes::copy_from_slice(form.as_bytes());
        let media_type = FORM.to_owned();
        self.call(HttpRequest { method: Method::POST, target, media_type, body, max_answer: MAX_ANSWER }).await
    }

    async fn post(&self, path: &str, more: &str, media_type: String, body: Vec<u8>) -> Result<Bytes, GatewayError> {
        let target = Zeroizing::new(format!("{path}?{}{more}", *Zeroizing::new(self.credentials())));
        let request =
            HttpRequest { method: Method::POST, target, media_type, body: body.into(), max_answer: MAX_ANSWER };
        self.call(request).await
    }

    async fn get(&self, path: &str, max_answer: usize) -> Result<Bytes, GatewayError> {
        let target = Zeroizing::new(format!("{path}?{}", *Zeroizing::new(self.credentials())));
        let (media_type, body) = (String::new(), Bytes::new());
        self.call(HttpRequest { method: Method::GET, target, media_type, body, max_answer }).await
    }

    async fn call(&self, request: HttpRequest) -> Result<Bytes, GatewayError> {
        let answer = self.http.send(&request).await?;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(GatewayError::Status(status, answer.retry_after)),
        }
    }
}

fn text(answer: &Bytes) -> Option<&str> {
    std::str::from_utf8(answer).ok().map(str::trim)
}

/// The results of a bulk request; `None` unless there is exactly one for each message.
fn bulk_results(answer: &[u8], count: usize) -> Option<Vec<BulkResult>> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct BulkEntry {
        message_id: Option<String>,
        error_code: Option<u16>,
    }
    let entries: Vec<BulkEntry> = serde_json::from_slice(answer).ok()?;
    let result = |entry: &BulkEntry| match entry {
        BulkEntry { error_code: Some(code), message_id: None } => Err(*code),
        // No id that can be read: the message is in doubt, like an unknown status.
        entry => entry.message_id.as_deref().and_then(ThreemaMessageId::parse).ok_or(200),
    };
    (entries.len() == count).then(|| entries.iter().map(result).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bulk_answers() {
        let id = ThreemaMessageId([1, 2, 3, 4, 5, 6, 7, 8]);
        let answer = br#"[{"messageId":"0102030405060708","new":1},{"errorCode":400},{"messageId":"x"},{}]"#;
        assert_eq!(bulk_results(answer, 4), Some(vec![Ok(id), Err(400), Err(200), Err(200)]));
        for count in [0, 3, 5] {
            assert_eq!(bulk_results(answer, count), None, "{count}");
        }
        for bad in ["", "{}", "[1]", "<html>", "null", r#"[{"messageId":1}]"#, r#"[{"errorCode":"x"}]"#] {
            assert_eq!(bulk_results(bad.as_bytes(), 1), None, "{bad}");
        }
    }

    #[test]
    fn values_cannot_become_parameters() {
        let gateway = Gateway::new(
            BaseUrl::parse("http://127.0.0.1").unwrap(),
            None,
            Duration::from_secs(1),
            ThreemaId::parse("*KRUME01").unwrap(),
            ApiSecret::new("a&b=c"),
        )
        .unwrap();
        let form = gateway.form(&[("text", "x&secret=y ä+")]);
        assert_eq!(*form, "from=*KRUME01&secret=a%26b%3Dc&text=x%26secret%3Dy%20%C3%A4%2B");
    }
}
