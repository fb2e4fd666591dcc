//! Response bodies: complete, or streamed line by line.

use http_body_util::channel::{Channel, Sender};
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use hyper::{Response, StatusCode, header};

/// A response of this server.
pub(crate) type HttpResponse = Response<ResponseBody>;

/// Body of a response: complete, or sent chunk by chunk until its sender is dropped.
pub(crate) type ResponseBody = Either<Full<Bytes>, Channel<Bytes>>;

/// A response with a complete body of this media type.
pub(crate) fn full(status: StatusCode, media_type: &'static str, bytes: impl Into<Bytes>) -> HttpResponse {
    let mut response = Response::new(Either::Left(Full::new(bytes.into())));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    response
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> HttpResponse {
    let mut response = Response::new(Either::Left(Full::default()));
    *response.status_mut() = status;
    response
}

/// A response with one JSON value.
pub(crate) fn json(status: StatusCode, value: &serde_json::Value) -> HttpResponse {
    full(status, "application/json", value.to_string())
}

/// A response with one JSON value per line (NDJSON).
pub(crate) fn json_lines(values: impl IntoIterator<Item = serde_json::Value>) -> HttpResponse {
    let mut out = String::new();
    for value in values {
        out.push_str(&value.to_string());
        out.push('\n');
    }
    full(StatusCode::OK, "application/x-ndjson", out)
}

/// A response that streams JSON lines (NDJSON). The sender waits while the client is slow, and fails once the client is gone.
pub(crate) fn json_stream() -> (Sender<Bytes>, HttpResponse) {
    let (sender, body) = Channel::new(32);
    let mut response = Response::new(Either::Right(body));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/x-ndjson"));
    (sender, response)
}

/// A JSON value and a line feed.
pub(crate) fn json_line(value: &serde_json::Value) -> Bytes {
    let mut text = value.to_string();
    text.push('\n');
    Bytes::from(text)
}
