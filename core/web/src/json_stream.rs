//! Responses that stream JSON lines (NDJSON) while work runs. An answer ends in one of three ways: whole, with a line `{"error":…}` that says why
//! it is not, or with a broken connection. Work that failed never looks like work that is done.

use crate::line_stream::{self, LineSender};
use crate::problem::Problem;
use crate::response::HttpResponse;
use http_body_util::Either;
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use rundruf_lang::Language;
use serde_json::Value;

/// Starts the work and answers with what it sends. The work continues if the client is gone. Its last line is what it answers: a value, nothing, or
/// the problem. Work that panics is a problem, too.
pub(crate) fn respond<W>(language: Language, work: impl FnOnce(LineSender) -> W) -> HttpResponse
where
    W: Future<Output = Result<Option<Value>, Problem>> + Send + 'static,
{
    let (sender, body) = line_stream::channel();
    let work = work(sender.clone());
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
            let _ = sender.send(line(&last)).await;
        }
        sender.end().await;
    });
    let mut response = Response::new(Either::Right(body));
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

    /// The last line is sent, and the stream ended, while another thread looks whether there is something: nothing may be lost. A body that
    /// asks for lines and end one after the other loses the line that comes in between.
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
