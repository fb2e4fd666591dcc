//! The client of the local API, over the daemon's Unix socket.

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rundruf_lang::{Language, Message, msg};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::Read;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Why a request failed: the daemon's own error, or the reason why it could not be asked.
#[derive(Clone, Debug)]
pub(crate) struct CommandFailure {
    pub(crate) code: String,
    pub(crate) message: Message,
    /// Advice what to do; empty if there is none.
    pub(crate) help: Message,
}

impl CommandFailure {
    pub(crate) fn new(code: &str, message: impl Into<Message>, help: impl Into<Message>) -> Self {
        Self { code: code.to_owned(), message: message.into(), help: help.into() }
    }

    /// The message in the reader's language.
    pub(crate) fn text(&self, language: Language) -> String {
        self.message.text(language)
    }

    /// The advice in the reader's language.
    pub(crate) fn help_text(&self, language: Language) -> String {
        self.help.text(language)
    }

    /// As JSON: `{"code","message","help"}`.
    pub(crate) fn json(&self, language: Language) -> Value {
        json!({"code": self.code, "message": self.text(language), "help": self.help_text(language)})
    }

    /// Reads the API's `{"error":{…}}`.
    pub(crate) fn of(value: &Value) -> Self {
        let field =
            |name: &str| value.pointer(&format!("/error/{name}")).and_then(Value::as_str).unwrap_or("").to_owned();
        let message = field("message");
        Self {
            code: field("code"),
            message: if message.is_empty() { value.to_string() } else { message }.into(),
            help: field("help").into(),
        }
    }
}

/// The body of a request: pieces in memory, then optionally a file.
pub(crate) struct RequestBody {
    pub(crate) pieces: VecDeque<Bytes>,
    pub(crate) file: Option<std::fs::File>,
}

impl RequestBody {
    pub(crate) fn of(bytes: impl Into<Bytes>) -> Self {
        Self { pieces: VecDeque::from([bytes.into()]), file: None }
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        let this = self.get_mut();
        if let Some(piece) = this.pieces.pop_front() {
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        let Some(file) = &mut this.file else { return Poll::Ready(None) };
        let mut buffer = vec![0; 256 * 1024];
        match file.read(&mut buffer) {
            Ok(0) => Poll::Ready(None),
            Ok(n) => {
                buffer.truncate(n);
                Poll::Ready(Some(Ok(Frame::data(buffer.into()))))
            }
            Err(e) => Poll::Ready(Some(Err(e))),
        }
    }
}

/// The client for one daemon's socket.
#[derive(Clone, Debug)]
pub(crate) struct ApiClient {
    pub(crate) socket: PathBuf,
    pub(crate) language: Language,
}

impl ApiClient {
    /// Sends a request and returns the response with any status.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: RequestBody,
    ) -> Result<Response<Incoming>, CommandFailure> {
        let stream = tokio::net::UnixStream::connect(&self.socket).await.map_err(|e| {
            let socket = self.socket.display();
            let message = msg!("daemon-no-daemon", socket = %socket, error = &e);
            let help = msg!("daemon-does-it-run");
            CommandFailure::new("no_daemon", message, help)
        })?;
        let broken = |e: hyper::Error| {
            CommandFailure::new("connection", msg!("daemon-connection-broke").caused_by(e.to_string()), "")
        };
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "local")
            .header("accept-language", self.language.tag())
            .body(body);
        let request = request.map_err(|e| CommandFailure::new("request", e.to_string(), ""))?;
        sender.send_request(request).await.map_err(broken)
    }

    /// Sends a request and returns the body; a status other than success is a failure.
    pub(crate) async fn bytes(
        &self,
        method: Method,
        path: &str,
        body: RequestBody,
    ) -> Result<(hyper::HeaderMap, Bytes), CommandFailure> {
        let response = self.send(method, path, body).await?;
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.map_err(|e| CommandFailure::new("connection", e.to_string(), ""))?.to_bytes();
        if head.status.is_success() {
            return Ok((head.headers, bytes));
        }
        let value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Err(CommandFailure::of(&value))
    }

    /// Sends a request and calls `each` for every JSON line of the answer.
    pub(crate) async fn lines(
        &self,
        method: Method,
        path: &str,
        body: RequestBody,
        mut each: impl FnMut(Value),
    ) -> Result<(), CommandFailure> {
        let response = self.send(method, path, body).await?;
        let ok = response.status().is_success();
        let mut body = response.into_body();
        let mut kept: Vec<u8> = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|e| {
                CommandFailure::new("connection", msg!("daemon-answer-ended-early").caused_by(e.to_string()), "")
            })?;
            let Ok(data) = frame.into_data() else { continue };
            kept.extend_from_slice(&data);
            // Drained once per piece, so that a long page is not moved again for each line.
            let Some(end) = kept.iter().rposition(|b| *b == b'\n') else { continue };
            let rest = kept.split_off(end + 1);
            for line in kept.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
                let value: Value = serde_json::from_slice(line).unwrap_or(Value::Null);
                if value.get("error").is_some() {
                    return Err(CommandFailure::of(&value));
                }
                each(value);
            }
            kept = rest;
        }
        if !kept.is_empty() {
            let value: Value = serde_json::from_slice(&kept).unwrap_or(Value::Null);
            if !ok || value.get("error").is_some() {
                return Err(CommandFailure::of(&value));
            }
            each(value);
        }
        Ok(())
    }
}

/// Percent-encodes a value for a path or a query.
pub(crate) fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
