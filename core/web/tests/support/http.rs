//! Requests and responses as bytes, so that a test can send what no HTTP library would.

use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// No step of a test takes this long.
pub(crate) const TEST_TIMEOUT: Duration = Duration::from_secs(20);

/// A parsed response.
#[derive(Clone, Debug)]
pub(crate) struct RawResponse {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl RawResponse {
    /// Parses a response; `None` if there was none.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1)?.parse().unwrap();
        Some(Self { status, head, body: bytes[end..].to_vec() })
    }

    /// The header of this name; `None` if it is missing. Fails the test if it is there twice.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let of = |line: &str| line.split_once(':').is_some_and(|(n, _)| n.eq_ignore_ascii_case(name));
        let mut lines = self.head.lines().filter(|l| of(l));
        let line = lines.next()?;
        assert!(lines.next().is_none(), "twice: {name}");
        line.split_once(':').map(|(_, value)| value.trim())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Head and body without the Date header, to compare responses.
    pub(crate) fn without_date(&self) -> String {
        let head: Vec<_> = self.head.lines().filter(|l| !l.to_ascii_lowercase().starts_with("date:")).collect();
        format!("{}\n{}", head.join("\n"), String::from_utf8_lossy(&self.body))
    }
}

/// Sends bytes and reads until the server closes. A server that stops reading early is not an error.
pub(crate) async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> Option<RawResponse> {
    let mut back = Vec::new();
    let conversation = async {
        let _ = stream.write_all(request).await;
        let mut buffer = [0; 16 * 1024];
        while let Ok(n @ 1..) = stream.read(&mut buffer).await {
            back.extend_from_slice(&buffer[..n]);
        }
    };
    tokio::time::timeout(TEST_TIMEOUT, conversation).await.expect("the server neither answers nor closes");
    RawResponse::parse(&back)
}

/// A valid request with `Connection: close`.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut out = format!("{method} {path} HTTP/1.1\r\nHost: news.krume.example\r\nConnection: close\r\n");
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || method == "POST" {
        out.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    out.push_str("\r\n");
    let mut out = out.into_bytes();
    out.extend_from_slice(body);
    out
}
