//! Response bodies: whole, or line by line while they are being made.

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::{Response, StatusCode, header};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// A response of this crate.
pub(crate) type Answer = Response<Content>;

/// What a response carries.
pub(crate) enum Content {
    /// Everything is there.
    Whole(Option<Bytes>),
    /// Comes in pieces; ends when the sender is dropped.
    Pieces(mpsc::Receiver<Bytes>),
}

impl Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Self::Pieces(pieces) => pieces.poll_recv(cx).map(|piece| piece.map(|b| Ok(Frame::data(b)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Pieces(_) => SizeHint::default(),
        }
    }
}

/// A whole body of this type.
pub(crate) fn whole(status: StatusCode, media_type: &'static str, bytes: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Content::Whole(Some(bytes.into())));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(media_type));
    answer
}

/// No body at all.
pub(crate) fn nothing(status: StatusCode) -> Answer {
    let mut answer = Response::new(Content::Whole(None));
    *answer.status_mut() = status;
    answer
}

/// One JSON object.
pub(crate) fn json(status: StatusCode, value: &serde_json::Value) -> Answer {
    whole(status, "application/json", value.to_string())
}

/// JSON lines that are there already.
pub(crate) fn lines(values: impl IntoIterator<Item = serde_json::Value>) -> Answer {
    let mut out = String::new();
    for value in values {
        out.push_str(&value.to_string());
        out.push('\n');
    }
    whole(StatusCode::OK, "application/x-ndjson", out)
}

/// JSON lines that are still being made. The sender blocks when the reader is slow, and fails when the reader has gone.
pub(crate) fn streamed() -> (mpsc::Sender<Bytes>, Answer) {
    let (sender, receiver) = mpsc::channel(32);
    let mut answer = Response::new(Content::Pieces(receiver));
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/x-ndjson"));
    (sender, answer)
}

/// One JSON line.
pub(crate) fn line(value: &serde_json::Value) -> Bytes {
    let mut text = value.to_string();
    text.push('\n');
    Bytes::from(text)
}
