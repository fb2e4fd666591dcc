//! HTTP/1.1 to one server: connections that are kept, and an exact answer to the question whether a request that failed can have been read whole.
//! No error names an address: the secret is in it.

use crate::base_url::BaseUrl;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request, Response, header};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use zeroize::Zeroizing;

/// Time-out for opening a connection, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// A connection that was not used for this time is not used again: the server may be closing it.
const MAX_IDLE: Duration = Duration::from_secs(20);
/// Most connections that are kept.
const MAX_KEPT: usize = 16;
/// Longest pause that a server may ask for.
const MAX_RETRY_AFTER: u64 = 24 * 3_600;
const AGENT: &str = concat!("rundruf/", env!("CARGO_PKG_VERSION"));

/// A request. `Debug` is not derived: the target has the secret.
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    /// Path below the base address, and the query.
    pub(crate) target: Zeroizing<String>,
    /// Media type of the body; empty without one.
    pub(crate) media_type: String,
    pub(crate) body: Bytes,
    /// Longest answer, in bytes.
    pub(crate) max_answer: usize,
}

/// An answer.
pub(crate) struct HttpAnswer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// The server cannot have read the whole request.
    #[error("{0}")]
    NotSent(String),
    /// The server may have read the whole request.
    #[error("{0}")]
    Unanswered(String),
    /// The server is not the one that it should be.
    #[error("{0}")]
    Certificate(String),
}

/// The client of one server.
pub(crate) struct HttpClient {
    base: BaseUrl,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    kept: Mutex<Vec<(HttpConnection, Instant)>>,
    timeout: Duration,
}

impl HttpClient {
    /// A client without a connection.
    ///
    /// # Errors
    /// The host cannot have a certificate.
    pub(crate) fn new(
        base: BaseUrl,
        tls: Option<Arc<rustls::ClientConfig>>,
        timeout: Duration,
    ) -> Result<Self, String> {
        let tls = if base.tls {
            let tls = tls.ok_or_else(|| "TLS is not set up".to_owned())?;
            let name = ServerName::try_from(base.host.clone())
                .map_err(|_| "`base_url`: its host is not a name that a certificate can have".to_owned())?;
            Some((TlsConnector::from(tls), name))
        } else {
            None
        };
        Ok(Self { base, tls, kept: Mutex::default(), timeout })
    }

    /// Sends a request and reads the answer, whatever its status.
    pub(crate) async fn send(&self, request: &HttpRequest) -> Result<HttpAnswer, HttpError> {
        loop {
            let kept = self.take_kept();
            let was_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            let before = connection.written.load(Ordering::Acquire);
            let got = timeout(self.timeout, self.exchange(&mut connection, request)).await;
            let error = match got {
                Ok(Ok(answer)) => {
                    self.keep(connection);
                    return Ok(answer);
                }
                Ok(Err(error)) => error,
                Err(_) => format!("the gateway does not answer within {} s", self.timeout.as_secs()),
            };
            let written = connection.end().await - before;
            match written {
                // The server had closed a connection that was kept: nothing has happened yet.
                0 if was_kept => {}
                n if n == 0 || n < request.body.len() as u64 => return Err(HttpError::NotSent(error)),
                _ => return Err(HttpError::Unanswered(error)),
            }
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<(HttpConnection, Instant)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_kept(&self) -> Option<HttpConnection> {
        let mut kept = self.kept();
        kept.retain(|(connection, since)| since.elapsed() < MAX_IDLE && !connection.sender.is_closed());
        kept.pop().map(|(connection, _)| connection)
    }

    fn keep(&self, connection: HttpConnection) {
        let mut kept = self.kept();
        if !connection.sender.is_closed() && kept.len() < MAX_KEPT {
            kept.push((connection, Instant::now()));
        }
    }

    async fn connect(&self) -> Result<HttpConnection, HttpError> {
        match timeout(CONNECT_TIMEOUT.min(self.timeout), self.open()).await {
            Ok(opened) => opened,
            Err(_) => Err(HttpError::NotSent("the gateway cannot be reached: no connection in time".to_owned())),
        }
    }

    async fn open(&self) -> Result<HttpConnection, HttpError> {
        let unreachable = |e: io::Error| HttpError::NotSent(format!("the gateway cannot be reached: {e}"));
        let tcp = TcpStream::connect((self.base.host.as_str(), self.base.port)).await.map_err(unreachable)?;
        tcp.set_nodelay(true).map_err(unreachable)?;
        let Some((connector, name)) = &self.tls else { return HttpConnection::start(tcp).await };
        let stream = connector.connect(name.clone(), tcp).await.map_err(|e| {
            match e.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
                // An invalid certificate stays invalid: the admin must act.
                Some(error @ rustls::Error::InvalidCertificate(_)) => {
                    HttpError::Certificate(format!("the gateway's certificate is not accepted: {error}"))
                }
                _ => HttpError::NotSent(format!("TLS with the gateway fails: {}", e.kind())),
            }
        })?;
        HttpConnection::start(stream).await
    }

    async fn exchange(&self, connection: &mut HttpConnection, request: &HttpRequest) -> Result<HttpAnswer, String> {
        let target = Zeroizing::new(format!("{}{}", self.base.path, *request.target));
        let mut builder = Request::builder()
            .method(&request.method)
            .uri(target.as_str())
            .header(header::HOST, self.base.authority())
            .header(header::USER_AGENT, AGENT)
            .header("x-threema-gateway-sdk", AGENT)
            .header(header::ACCEPT, "*/*");
        if !request.media_type.is_empty() {
            builder = builder.header(header::CONTENT_TYPE, &request.media_type);
        }
        let request_of = |body| builder.body(body).map_err(|_| "the request cannot be written".to_owned());
        let whole = request_of(Full::new(request.body.clone()))?;
        connection.sender.ready().await.map_err(|e| words(&e))?;
        let response = connection.sender.send_request(whole).await.map_err(|e| words(&e))?;
        read(response, request.max_answer).await
    }
}

async fn read(response: Response<Incoming>, most: usize) -> Result<HttpAnswer, String> {
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(|seconds: u64| Duration::from_secs(seconds.min(MAX_RETRY_AFTER)));
    let limited = Limited::new(response.into_body(), most).collect().await;
    let body = limited.map_err(|_| "the gateway's answer is cut or too long".to_owned())?.to_bytes();
    Ok(HttpAnswer { status, retry_after, body })
}

/// What went wrong, in words of our own: no text of the library or the server.
fn words(error: &hyper::Error) -> String {
    let text = if error.is_parse() {
        "the gateway does not speak HTTP"
    } else if error.is_timeout() {
        "the gateway does not answer in time"
    } else {
        "the gateway closed the connection without an answer"
    };
    text.to_owned()
}

/// A connection, its task, and how many bytes of requests it has taken.
struct HttpConnection {
    sender: SendRequest<Full<Bytes>>,
    task: JoinHandle<()>,
    written: Arc<AtomicU64>,
}

impl HttpConnection {
    async fn start(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Self, HttpError> {
        let written = Arc::new(AtomicU64::new(0));
        let counted = CountedStream { stream, written: Arc::clone(&written) };
        let (sender, connection) =
            http1::handshake(TokioIo::new(counted)).await.map_err(|e| HttpError::NotSent(words(&e)))?;
        let task = tokio::spawn(async move {
            let _ = connection.await;
        });
        Ok(Self { sender, task, written })
    }

    /// Ends the connection. Returns how many bytes it has taken in its life: no more can follow.
    async fn end(mut self) -> u64 {
        self.task.abort();
        let _ = (&mut self.task).await;
        self.written.load(Ordering::Acquire)
    }
}

impl Drop for HttpConnection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A stream that counts the bytes it takes. What is beyond the count was certainly not sent.
struct CountedStream<T> {
    stream: T,
    written: Arc<AtomicU64>,
}

impl<T> CountedStream<T> {
    fn count(&self, result: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(n)) = &result {
            self.written.fetch_add(*n as u64, Ordering::AcqRel);
        }
        result
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for CountedStream<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for CountedStream<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.count(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.count(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// How a server treats one connection: how many bytes it reads, what it answers, then it closes.
    type Step = (usize, &'static str);

    /// A client of a server that treats its connections so, one after the other.
    async fn client(steps: Vec<Step>) -> HttpClient {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            for (read, answer) in steps {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut got = vec![0; read];
                let _ = stream.read_exact(&mut got).await;
                stream.write_all(answer.as_bytes()).await.unwrap();
                // Closed with unread bytes, it answers with a reset.
            }
        });
        let base = BaseUrl::parse(&format!("http://127.0.0.1:{port}/msgapi")).unwrap();
        HttpClient::new(base, None, Duration::from_millis(800)).unwrap()
    }

    fn request(body: Vec<u8>) -> HttpRequest {
        HttpRequest {
            method: Method::POST,
            target: Zeroizing::new("/send_e2e_bulk?secret=s3cret".to_owned()),
            media_type: "application/json".to_owned(),
            body: body.into(),
            max_answer: 100,
        }
    }

    /// Runs one request against a server.
    fn run(steps: Vec<Step>, body: usize) -> Result<(u16, Option<u64>, Vec<u8>), HttpError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = client(steps).await;
            let answer = client.send(&request(vec![b'x'; body])).await?;
            Ok((answer.status, answer.retry_after.map(|d| d.as_secs()), answer.body.to_vec()))
        })
    }

    #[test]
    fn answers() {
        let ok = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        assert_eq!(run(vec![(100, ok)], 10), Ok((200, None, b"ok".to_vec())));
        let later = "HTTP/1.1 429 Slow\r\nretry-after: 17\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(run(vec![(100, later)], 10), Ok((429, Some(17), vec![])));
        let absurd = "HTTP/1.1 429 Slow\r\nretry-after: 99999999\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(run(vec![(100, absurd)], 10), Ok((429, Some(MAX_RETRY_AFTER), vec![])));
    }

    #[test]
    fn a_cut_in_each_phase() {
        let unanswered = |got| matches!(got, Err(HttpError::Unanswered(_)));
        assert!(unanswered(run(vec![(100, "")], 10)), "closed after the request");
        assert!(
            unanswered(run(vec![(100, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok")], 10)),
            "cut in the answer"
        );
        assert!(unanswered(run(vec![(100, "220 mail.example ESMTP\r\n")], 10)), "another protocol");
        assert!(unanswered(run(vec![(100, "HTTP/1.1 200 OK\r\ncontent-length: 200\r\n\r\n")], 10)), "too long");
        // More than the kernel's buffers take: the end of the body cannot have been read.
        assert!(matches!(run(vec![(100, "")], 64 << 20), Err(HttpError::NotSent(_))), "cut in the request");
    }

    #[tokio::test]
    async fn silence_and_nobody() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let base = BaseUrl::parse(&format!("http://127.0.0.1:{port}")).unwrap();
        let client = HttpClient::new(base, None, Duration::from_millis(200)).unwrap();
        assert!(matches!(client.send(&request(vec![1])).await, Err(HttpError::Unanswered(_))), "it never answers");
        drop(listener);
        let Err(error) = client.send(&request(vec![1])).await else { panic!("nobody is there") };
        assert!(matches!(error, HttpError::NotSent(_)), "{error}");
        assert!(!error.to_string().contains("s3cret"));
    }
}
