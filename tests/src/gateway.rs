//! A provider's gateway on loopback: takes `POST` with JSON as the example plugins send it, remembers everything, and answers as it is told.

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// One request.
#[derive(Clone, Debug)]
pub struct Post {
    /// Path.
    pub path: String,
    /// Headers, their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Body; null if it is no JSON.
    pub body: Value,
    /// How many requests with this `id` there were before.
    pub before: usize,
}

impl Post {
    /// Address that it is for.
    #[must_use]
    pub fn to(&self) -> &str {
        self.body["to"].as_str().unwrap_or("")
    }
}

/// What the gateway does with a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    /// This status.
    Status(u16),
    /// This status, and `Retry-After` with these seconds.
    Later(u16, u32),
    /// This status, and the announced end of the connection.
    Close(u16),
    /// This status, and the end of the connection without a word.
    Leave(u16),
    /// The connection is cut without an answer.
    Cut,
    /// Something that is no HTTP.
    Garbage,
    /// Half a status line, and nothing more until the other side goes.
    Stall,
}

/// A gateway that runs. It ends when it is dropped.
#[derive(Debug)]
pub struct Gateway {
    /// Where it listens.
    pub port: u16,
    posts: Arc<Mutex<Vec<Post>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn start(script: impl Fn(&Post) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let posts = Arc::new(Mutex::new(Vec::new()));
        let (ended, script) = (Arc::new(AtomicBool::new(false)), Arc::new(script));
        let (kept, stop) = (Arc::clone(&posts), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Acquire) {
                    return;
                }
                let (posts, stop, script) = (Arc::clone(&kept), Arc::clone(&stop), Arc::clone(&script));
                let Ok(stream) = stream else { continue };
                std::thread::spawn(move || talk(&stream, &posts, &stop, &*script));
            }
        });
        Self { port, posts, ended, thread: Some(thread) }
    }

    /// Everything that came, in order.
    ///
    /// # Panics
    /// If a connection's thread has panicked.
    #[must_use]
    pub fn posts(&self) -> Vec<Post> {
        self.posts.lock().expect("the posts").clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One connection, until it ends.
fn talk(stream: &TcpStream, posts: &Mutex<Vec<Post>>, ended: &AtomicBool, script: &dyn Fn(&Post) -> Reply) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    let _ = stream.set_nodelay(true);
    let mut reader = BufReader::new(stream);
    while let Some(mut post) = read(&mut reader) {
        let id = post.body["id"].clone();
        {
            let mut posts = posts.lock().expect("the posts");
            post.before = posts.iter().filter(|p| p.body["id"] == id).count();
            posts.push(post.clone());
        }
        let reply = if ended.load(Ordering::Acquire) { Reply::Cut } else { script(&post) };
        let mut out = stream;
        let head = |status: u16, more: &str| {
            let body = format!("{{\"id\": \"remote-{}\"}}", id.as_str().unwrap_or(""));
            format!("HTTP/1.1 {status} Word\r\nContent-Length: {}\r\n{more}\r\n{body}", body.len())
        };
        let written = match reply {
            Reply::Status(status) | Reply::Leave(status) => out.write_all(head(status, "").as_bytes()),
            Reply::Close(status) => out.write_all(head(status, "Connection: close\r\n").as_bytes()),
            Reply::Later(status, s) => out.write_all(head(status, &format!("Retry-After: {s}\r\n")).as_bytes()),
            Reply::Garbage => out.write_all(b"220 mail.example ESMTP\r\n\r\n"),
            Reply::Stall => out.write_all(b"HTTP/1.1 20").and_then(|()| reader.read(&mut [0]).map(drop)),
            Reply::Cut => Ok(()),
        };
        if written.is_err() || !matches!(reply, Reply::Status(_) | Reply::Later(..)) {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Post> {
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
    Some(Post { path, headers, body: serde_json::from_slice(&body).unwrap_or_default(), before: 0 })
}
