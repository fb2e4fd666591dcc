//! Response bodies: complete, or streamed line by line.

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::{Response, StatusCode, header};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// A response of this server.
pub(crate) type HttpResponse = Response<ResponseBody>;

/// Body of a response.
pub(crate) enum ResponseBody {
    /// Complete; `None` once it was sent.
    Full(Option<Bytes>),
    /// Sent chunk by chunk; ends when the sender is dropped.
    Stream(mpsc::Receiver<Bytes>),
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Full(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Self::Stream(chunks) => chunks.poll_recv(cx).map(|chunk| chunk.map(|b| Ok(Frame::data(b)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Full(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Stream(_) => SizeHint::default(),
        }
    }
}

/// A response with a complete body of this media type.
pub(crate) fn full(status: StatusCode, media_type: &'static str, bytes: impl Into<Bytes>) -> HttpResponse {
    let mut response = Response::new(ResponseBody::Full(Some(bytes.into())));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    response
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> HttpResponse {
    let mut response = Response::new(ResponseBody::Full(None));
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
pub(crate) fn json_stream() -> (mpsc::Sender<Bytes>, HttpResponse) {
    let (sender, receiver) = mpsc::channel(32);
    let mut response = Response::new(ResponseBody::Stream(receiver));
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/x-ndjson"));
    (sender, response)
}

/// A JSON value and a line feed.
pub(crate) fn json_line(value: &serde_json::Value) -> Bytes {
    let mut text = value.to_string();
    text.push('\n');
    Bytes::from(text)
}
