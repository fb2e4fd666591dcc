//! A provider with an HTTP interface, on loopback: takes `POST` with JSON as the example plugins send it, keeps every request, and answers by a
//! script.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// One request that arrived.
#[derive(Clone, Debug)]
pub struct ProviderRequest {
    /// Path of the request line.
    pub path: String,
    /// Headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body; null if it is not JSON.
    pub body: Value,
    /// How many requests with this `id` there were before.
    pub before: usize,
}

impl ProviderRequest {
    /// Address of the recipient.
    #[must_use]
    pub fn to(&self) -> &str {
        self.body["to"].as_str().unwrap_or("")
    }
}

/// What the provider does with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProviderReply {
    /// Answers with this status.
    Status(u16),
    /// Answers with this status and `Retry-After` with these seconds.
    RetryAfter(u16, u32),
    /// Answers with this status and `Connection: close`.
    AnnounceClose(u16),
    /// Answers with this status and closes the connection unannounced.
    CloseSilently(u16),
    /// Closes the connection without an answer.
    CloseUnanswered,
    /// Answers something that is not HTTP.
    Garbage,
    /// Sends half a status line, then nothing until the client goes.
    Stall,
}

/// A provider that runs. It ends when it is dropped.
#[derive(Debug)]
pub struct HttpProvider {
    /// Port on 127.0.0.1.
    pub port: u16,
    requests: Arc<Mutex<Vec<ProviderRequest>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl HttpProvider {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn start(script: impl Fn(&ProviderRequest) -> ProviderReply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (ended, script) = (Arc::new(AtomicBool::new(false)), Arc::new(script));
        let (kept, stop) = (Arc::clone(&requests), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Acquire) {
                    return;
                }
                let (requests, stop, script) = (Arc::clone(&kept), Arc::clone(&stop), Arc::clone(&script));
                let Ok(stream) = stream else { continue };
                std::thread::spawn(move || serve(&stream, &requests, &stop, &*script));
            }
        });
        Self { port, requests, ended, thread: Some(thread) }
    }

    /// All requests, in order of arrival.
    ///
    /// # Panics
    /// If a connection's thread has panicked.
    #[must_use]
    pub fn requests(&self) -> Vec<ProviderRequest> {
        self.requests.lock().expect("the requests").clone()
    }
}

impl Drop for HttpProvider {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Serves one connection until it ends.
fn serve(
    stream: &TcpStream,
    requests: &Mutex<Vec<ProviderRequest>>,
    ended: &AtomicBool,
    script: &dyn Fn(&ProviderRequest) -> ProviderReply,
) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Some(mut post) = read(&mut reader) {
        let id = post.body["id"].clone();
        {
            let mut requests = requests.lock().expect("the requests");
            post.before = requests.iter().filter(|p| p.body["id"] == id).count();
            requests.push(post.clone());
        }
        let reply = if ended.load(Ordering::Acquire) { ProviderReply::CloseUnanswered } else { script(&post) };
        let mut out = stream;
        let head = |status: u16, more: &str| {
            let body = format!("{{\"id\": \"remote-{}\"}}", id.as_str().unwrap_or(""));
            format!("HTTP/1.1 {status} Word\r\nContent-Length: {}\r\n{more}\r\n{body}", body.len())
        };
        let written = match reply {
            ProviderReply::Status(status) | ProviderReply::CloseSilently(status) => {
                out.write_all(head(status, "").as_bytes())
            }
            ProviderReply::AnnounceClose(status) => out.write_all(head(status, "Connection: close\r\n").as_bytes()),
            ProviderReply::RetryAfter(status, s) => {
                out.write_all(head(status, &format!("Retry-After: {s}\r\n")).as_bytes())
            }
            ProviderReply::Garbage => out.write_all(b"220 mail.example ESMTP\r\n\r\n"),
            ProviderReply::Stall => out.write_all(b"HTTP/1.1 20").and_then(|()| reader.read(&mut [0]).map(drop)),
            ProviderReply::CloseUnanswered => Ok(()),
        };
        if written.is_err() || !matches!(reply, ProviderReply::Status(_) | ProviderReply::RetryAfter(..)) {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<ProviderRequest> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|l| l.parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(ProviderRequest { path, headers, body: serde_json::from_slice(&body).unwrap_or_default(), before: 0 })
}
