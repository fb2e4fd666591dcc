//! The other side, on loopback: takes messages by HTTP or SMTP, and misbehaves as it is told. It runs in the keeper's process, with one thread
//! for all connections: a check in the fence may not listen.

mod talk; // what is answered to what

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use talk::{Reply, Talk};

/// What it speaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Speaks {
    /// HTTP/1.1: each complete request is a message.
    Http,
    /// SMTP: each message is a message.
    Smtp,
}

/// How it behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub(crate) enum Mode {
    /// Takes everything.
    Take,
    /// Neither accepts nor reads nor answers, until told otherwise.
    Hang,
    /// Cuts a connection as soon as it is there.
    CutAtOnce,
    /// Takes a whole message and cuts the connection instead of answering.
    CutAfterAll,
    /// Cuts the connection in the middle of a message.
    CutInside,
    /// Answers a whole message with noise.
    Garbage,
    /// Answers byte by byte.
    Drip,
    /// Refuses for now.
    Later,
    /// Refuses for good.
    Never,
}

const MODES: [Mode; 9] = [
    Mode::Take,
    Mode::Hang,
    Mode::CutAtOnce,
    Mode::CutAfterAll,
    Mode::CutInside,
    Mode::Garbage,
    Mode::Drip,
    Mode::Later,
    Mode::Never,
];

struct Shared {
    mode: AtomicU8,
    end: AtomicBool,
    /// Messages that were there whole.
    whole: AtomicU64,
    /// Connections so far.
    connections: AtomicU64,
    /// Their bytes, as long as somebody wants them.
    kept: Mutex<Vec<Vec<u8>>>,
    keeps: AtomicBool,
}

/// A running remote.
pub(crate) struct Remote {
    shared: Arc<Shared>,
}

impl Remote {
    /// Starts one behind this listener.
    pub(crate) fn start(listener: TcpListener, speaks: Speaks, mode: Mode) -> std::io::Result<Self> {
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            mode: AtomicU8::new(mode as u8),
            end: AtomicBool::new(false),
            whole: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            kept: Mutex::default(),
            keeps: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        std::thread::Builder::new().name("remote".into()).spawn(move || serve(&listener, speaks, &serving))?;
        Ok(Self { shared })
    }

    /// From now on it behaves like this.
    pub(crate) fn be(&self, mode: Mode) {
        self.shared.mode.store(mode as u8, Ordering::SeqCst);
    }

    /// Keeps what comes from now on.
    pub(crate) fn keep(&self) {
        self.shared.keeps.store(true, Ordering::SeqCst);
    }

    /// What was kept.
    pub(crate) fn kept(&self) -> Vec<Vec<u8>> {
        self.shared.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Messages that were there whole.
    pub(crate) fn whole(&self) -> u64 {
        self.shared.whole.load(Ordering::SeqCst)
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        self.shared.end.store(true, Ordering::SeqCst);
    }
}

struct Connection {
    stream: TcpStream,
    talk: Talk,
    out: Vec<u8>,
    /// Ends when everything is out.
    last: bool,
}

fn serve(listener: &TcpListener, speaks: Speaks, shared: &Shared) {
    let mut connections: Vec<Connection> = Vec::new();
    while !shared.end.load(Ordering::SeqCst) {
        let mode = MODES.get(shared.mode.load(Ordering::SeqCst) as usize).copied().unwrap_or(Mode::Take);
        if mode == Mode::Hang {
            std::thread::sleep(Duration::from_millis(2));
            continue;
        }
        wait(listener, &connections);
        while let Ok((stream, _)) = listener.accept() {
            shared.connections.fetch_add(1, Ordering::SeqCst);
            if mode == Mode::CutAtOnce {
                reset(stream);
                continue;
            }
            let _ = stream.set_nodelay(true);
            if stream.set_nonblocking(true).is_ok() {
                let (talk, out) = Talk::begin(speaks);
                connections.push(Connection { stream, talk, out, last: false });
            }
        }
        connections = connections.into_iter().filter_map(|c| step(c, mode, shared)).collect();
        if mode == Mode::Drip {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn wait(listener: &TcpListener, connections: &[Connection]) {
    let mut all = vec![PollFd::new(listener, PollFlags::IN)];
    all.extend(connections.iter().map(|c| {
        let wants = if c.out.is_empty() { PollFlags::IN } else { PollFlags::IN | PollFlags::OUT };
        PollFd::new(&c.stream, wants)
    }));
    let tick = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };
    let _ = poll(&mut all, Some(&tick));
}

/// Cuts without an orderly end: the other side sees a reset.
fn reset(stream: TcpStream) {
    let _ = rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO));
    drop(stream);
}

/// One look at a connection; `None` when it is over.
fn step(mut c: Connection, mode: Mode, shared: &Shared) -> Option<Connection> {
    let mut bytes = [0_u8; 64 * 1024];
    loop {
        match c.stream.read(&mut bytes) {
            Ok(0) => return None,
            Ok(n) => c.talk.hears(bytes.get(..n).unwrap_or_default()),
            Err(e) if e.kind() == ErrorKind::WouldBlock => break,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    loop {
        if mode == Mode::CutInside && c.talk.is_inside() {
            reset(c.stream);
            return None;
        }
        let Some(reply) = c.talk.next(mode) else { break };
        match reply {
            Reply::Say(text) => c.out.extend_from_slice(&text),
            Reply::Message(message, answer) => {
                shared.whole.fetch_add(1, Ordering::SeqCst);
                if shared.keeps.load(Ordering::SeqCst) {
                    shared.kept.lock().unwrap_or_else(PoisonError::into_inner).push(message);
                }
                match mode {
                    Mode::CutAfterAll => {
                        reset(c.stream);
                        return None;
                    }
                    Mode::Garbage => {
                        c.out.extend((0..600_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 23) as u8 | 0x80));
                        c.last = true;
                    }
                    _ => c.out.extend_from_slice(&answer),
                }
            }
            Reply::Bye(text) => {
                c.out.extend_from_slice(&text);
                c.last = true;
            }
        }
    }
    while !c.out.is_empty() {
        let some = if mode == Mode::Drip { c.out.get(..1) } else { Some(c.out.as_slice()) };
        match c.stream.write(some.unwrap_or_default()) {
            Ok(n) => drop(c.out.drain(..n)),
            Err(e) if e.kind() == ErrorKind::WouldBlock => break,
            Err(_) => return None,
        }
        if mode == Mode::Drip {
            break;
        }
    }
    (!c.last || !c.out.is_empty()).then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speak(speaks: Speaks, mode: Mode, say: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let remote = Remote::start(listener, speaks, mode).unwrap();
        remote.keep();
        let mut stream = TcpStream::connect(at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        // One that hangs up at once may do so before everything is said.
        let _ = stream.write_all(say.as_bytes());
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard);
        assert_eq!(remote.whole(), remote.kept().len() as u64);
        format!("{}: {}", remote.whole(), String::from_utf8_lossy(&heard))
    }

    const MAIL: &str = "EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nHi\r\n..\r\n.\r\nQUIT\r\n";
    const POST: &str = "POST /send HTTP/1.1\r\nContent-Length: 2\r\n\r\nHiGET / HTTP/1.1\r\nConnection: close\r\n\r\n";

    #[test]
    fn both_languages_and_every_mode() {
        let taken = speak(Speaks::Smtp, Mode::Take, MAIL);
        assert!(
            taken.starts_with("1: 220 ") && taken.contains("\r\n354 ") && taken.ends_with("221 bye\r\n"),
            "{taken}"
        );
        assert!(speak(Speaks::Smtp, Mode::Drip, MAIL).ends_with("221 bye\r\n"));
        assert!(speak(Speaks::Smtp, Mode::Never, MAIL).contains("\r\n550 "));
        assert!(speak(Speaks::Smtp, Mode::Later, MAIL).starts_with("0: "));
        assert!(!speak(Speaks::Smtp, Mode::CutAfterAll, MAIL).contains("221"));
        let taken = speak(Speaks::Http, Mode::Take, POST);
        assert_eq!((taken.matches("HTTP/1.1 200").count(), &taken[..2]), (2, "2:"), "{taken}");
        assert!(speak(Speaks::Http, Mode::Later, POST).contains("HTTP/1.1 503"));
        assert!(speak(Speaks::Http, Mode::Never, POST).contains("HTTP/1.1 400"));
        assert_eq!(speak(Speaks::Http, Mode::CutAtOnce, POST), "0: ");
        assert_eq!(speak(Speaks::Http, Mode::CutInside, POST), "0: ");
        assert!(speak(Speaks::Smtp, Mode::CutInside, MAIL).starts_with("0: "));
        // Nothing may lie unread when it hangs up: that would take the garbage back.
        let one = POST.split_once("GET").unwrap().0;
        assert!(speak(Speaks::Http, Mode::Garbage, one).starts_with("1: \u{fffd}"));
    }
}
