//! Responses: complete ones, and what both kinds of bodies share. Streamed ones are made in [`crate::json_stream`].

use crate::line_stream::LineStream;
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use hyper::{Response, StatusCode, header};

/// A response of this server.
pub(crate) type HttpResponse = Response<ResponseBody>;

/// Body of a response: complete, or sent line by line.
pub(crate) type ResponseBody = Either<Full<Bytes>, LineStream>;

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
