//! Responses that stream JSON lines (NDJSON) while work runs. An answer ends in one of three ways: whole, with a line `{"error":…}` that says why
//! it is not, or with a broken connection. Work that failed never looks like work that is done.

use crate::problem::Problem;
use crate::response::HttpResponse;
use http_body_util::Either;
use hyper::Response;
use hyper::body::{Body, Bytes, Frame};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use rundruf_lang::Language;
use serde_json::Value;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// Chunks that wait for a slow client.
const WAITING: usize = 32;

/// What travels to the body. Data and end take the same way, so that the end cannot overtake a line.
enum Piece {
    Data(Bytes),
    End,
}

/// The lines of a streamed response.
#[derive(Clone)]
pub(crate) struct LineSender(mpsc::Sender<Piece>);

impl LineSender {
    /// Sends lines; waits while the client is slow. Answers whether there still is a client.
    pub(crate) async fn send(&self, lines: Bytes) -> bool {
        self.0.send(Piece::Data(lines)).await.is_ok()
    }
}

/// The body of a streamed response: ends only where its work said so, and is an error if all senders are gone before.
pub(crate) struct LineStream {
    pieces: mpsc::Receiver<Piece>,
    is_ended: bool,
}

/// The work behind a streamed response is gone without an end.
#[derive(Debug)]
pub(crate) struct BrokenStream;

impl std::fmt::Display for BrokenStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the answer broke off")
    }
}

impl std::error::Error for BrokenStream {}

impl Body for LineStream {
    type Data = Bytes;
    type Error = BrokenStream;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenStream>>> {
        if self.is_ended {
            return Poll::Ready(None);
        }
        self.pieces.poll_recv(context).map(|piece| match piece {
            Some(Piece::Data(lines)) => Some(Ok(Frame::data(lines))),
            Some(Piece::End) => {
                self.is_ended = true;
                None
            }
            None => Some(Err(BrokenStream)),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.is_ended
    }
}

/// Starts the work and answers with what it sends. The work continues if the client is gone. Its last line is what it answers: a value, nothing, or
/// the problem. Work that panics is a problem, too.
pub(crate) fn respond<W>(language: Language, work: impl FnOnce(LineSender) -> W) -> HttpResponse
where
    W: Future<Output = Result<Option<Value>, Problem>> + Send + 'static,
{
    let (sender, pieces) = mpsc::channel(WAITING);
    let work = work(LineSender(sender.clone()));
    tokio::spawn(async move {
        let ended = match tokio::spawn(work).await {
            Ok(ended) => ended,
            Err(error) => Err(Problem::broke_off(&error)),
        };
        let last = ended.unwrap_or_else(|problem| {
            if problem.status.is_server_error() {
                tracing::error!(code = problem.code, error = %problem.message, "a local request failed");
            }
            Some(problem.value(language))
        });
        if let Some(last) = last {
            let _ = sender.send(Piece::Data(line(&last))).await;
        }
        let _ = sender.send(Piece::End).await;
    });
    let mut response = Response::new(Either::Right(LineStream { pieces, is_ended: false }));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response
}

/// A JSON value and a line feed.
pub(crate) fn line(value: &Value) -> Bytes {
    let mut text = value.to_string();
    text.push('\n');
    Bytes::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use serde_json::json;

    async fn read(response: HttpResponse) -> Result<String, String> {
        let bytes = response.into_body().collect().await.map_err(|e| e.to_string())?.to_bytes();
        Ok(String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn work_that_fails_or_panics_says_so_in_its_last_line() {
        let done = respond(Language::En, |lines| async move {
            assert!(lines.send(line(&json!({"n": 1}))).await);
            Ok(Some(json!({"done": {}})))
        });
        assert_eq!(read(done).await.unwrap(), "{\"n\":1}\n{\"done\":{}}\n");
        let silent = respond(Language::En, |_| async { Ok(None) });
        assert_eq!(read(silent).await.unwrap(), "");
        let failed = respond(Language::En, |lines| async move {
            lines.send(line(&json!({"n": 1}))).await;
            Err(Problem::bad("no"))
        });
        let said = read(failed).await.unwrap();
        assert!(said.starts_with("{\"n\":1}\n{\"error\":{\"code\":\"bad_request\""), "{said}");
        #[allow(clippy::panic)]
        let panicked = respond(Language::En, |lines| async move {
            lines.send(line(&json!({"n": 1}))).await;
            panic!("a bug")
        });
        let said = read(panicked).await.unwrap();
        assert!(
            said.starts_with("{\"n\":1}\n{\"error\":{\"code\":\"failed\"") && said.contains("see the log"),
            "{said}"
        );
    }

    #[tokio::test]
    async fn a_stream_whose_senders_are_gone_is_broken_and_not_whole() {
        let (sender, pieces) = mpsc::channel(WAITING);
        sender.send(Piece::Data(Bytes::from_static(b"{}\n"))).await.unwrap();
        drop(sender);
        let body = LineStream { pieces, is_ended: false };
        assert_eq!(body.collect().await.unwrap_err().to_string(), "the answer broke off");
    }

    /// The last line is sent, and the stream ended, while another thread looks whether there is something: nothing may be lost. The body
    /// that was here before lost the last line in about one of some thousand rounds.
    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn no_line_is_lost_however_sender_and_reader_meet() {
        for round in 0..20_000 {
            let response = respond(Language::En, |lines| async move {
                lines.send(line(&json!({"round": round}))).await;
                Ok(Some(json!({"done": round})))
            });
            let said = tokio::spawn(read(response)).await.unwrap().unwrap();
            assert!(said.ends_with(&format!("{{\"done\":{round}}}\n")), "round {round}: {said:?}");
        }
    }
}
