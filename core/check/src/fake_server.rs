//! A provider on loopback: accepts messages by HTTP or SMTP, and misbehaves on demand. It runs in the supervisor's process, because a confined
//! check may not listen; one thread serves all connections.

mod canned_answer; // answers that a plugin needs before it can send
mod conversation; // which reply follows which bytes

pub(crate) use canned_answer::CannedAnswer;
use conversation::{Conversation, ServerReply};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The protocol of a fake server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ServerProtocol {
    /// HTTP/1.1: each complete request is a message.
    Http,
    /// SMTP: each mail after `DATA` is a message.
    Smtp,
    /// Bytes: whatever arrives is a message, and nothing is answered.
    Raw,
}

/// The ids that a fake server gives to messages, and its receipts.
#[derive(Debug, Default)]
pub(crate) struct MessageIds {
    last: AtomicU64,
    /// A path that answers with receipts, and the answer with `{ids}`.
    receipts: Option<(String, String)>,
}

impl MessageIds {
    /// An id of its own for the next message.
    pub(crate) fn next(&self) -> String {
        format!("kit-{}", self.last.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// What is answered at this path, if receipts are asked for there.
    pub(crate) fn receipts_at(&self, path: &str) -> Option<String> {
        let (_, body) = self.receipts.as_ref().filter(|(at, _)| path.starts_with(&at.to_ascii_lowercase()))?;
        let ids: Vec<String> = (1..=self.last.load(Ordering::SeqCst)).map(|n| format!("\"kit-{n}\"")).collect();
        Some(body.replace("{ids}", &ids.join(",")))
    }
}

/// How a fake server behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize, Default)]
pub(crate) enum Behaviour {
    #[default]
    Accept,
    /// Neither accepts connections nor reads nor answers.
    Hang,
    /// Resets each connection as soon as it is accepted.
    ResetOnConnect,
    /// Reads a whole message, and resets the connection instead of answering.
    ResetAfterMessage,
    /// Resets the connection in the middle of a message.
    ResetMidMessage,
    /// Answers a whole message with bytes that mean nothing.
    Garbage,
    /// Answers one byte at a time.
    Drip,
    RefuseForNow,
    RefuseForGood,
}

#[derive(Default)]
struct FakeServerState {
    behaviour: Mutex<Behaviour>,
    answers: Arc<[CannedAnswer]>,
    end: AtomicBool,
    /// Messages that arrived complete.
    complete_messages: AtomicU64,
    connections: AtomicU64,
    /// Bytes of the complete messages, while `records` is set.
    recorded: Mutex<Vec<Vec<u8>>>,
    records: AtomicBool,
    ids: MessageIds,
}

/// A running server. It ends when it is dropped.
pub(crate) struct FakeServer {
    shared: Arc<FakeServerState>,
}

impl FakeServer {
    /// Starts a server behind this listener.
    pub(crate) fn start(
        listener: TcpListener,
        protocol: ServerProtocol,
        behaviour: Behaviour,
        answers: &[CannedAnswer],
        receipts: Option<(String, String)>,
    ) -> std::io::Result<Self> {
        listener.set_nonblocking(true)?;
        let behaviour = Mutex::new(behaviour);
        let ids = MessageIds { receipts, ..MessageIds::default() };
        let shared =
            Arc::new(FakeServerState { behaviour, answers: answers.into(), ids, ..FakeServerState::default() });
        let serving = Arc::clone(&shared);
        std::thread::Builder::new().name("fake-server".into()).spawn(move || serve(&listener, protocol, &serving))?;
        Ok(Self { shared })
    }

    /// Changes the behaviour, for open connections as well.
    pub(crate) fn set_behaviour(&self, behaviour: Behaviour) {
        *self.shared.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    /// Records the messages that arrive from now on.
    pub(crate) fn record(&self) {
        self.shared.records.store(true, Ordering::SeqCst);
    }

    pub(crate) fn recorded(&self) -> Vec<Vec<u8>> {
        self.shared.recorded.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Number of messages that arrived complete.
    pub(crate) fn complete_messages(&self) -> u64 {
        self.shared.complete_messages.load(Ordering::SeqCst)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.shared.end.store(true, Ordering::SeqCst);
    }
}

struct ClientConnection {
    stream: TcpStream,
    conversation: Conversation,
    out: Vec<u8>,
    /// Whether the connection ends once `out` is written.
    closing: bool,
}

fn serve(listener: &TcpListener, protocol: ServerProtocol, shared: &FakeServerState) {
    let mut connections: Vec<ClientConnection> = Vec::new();
    while !shared.end.load(Ordering::SeqCst) {
        let behaviour = *shared.behaviour.lock().unwrap_or_else(PoisonError::into_inner);
        if behaviour == Behaviour::Hang {
            std::thread::sleep(Duration::from_millis(2));
            continue;
        }
        wait(listener, &connections);
        while let Ok((stream, _)) = listener.accept() {
            shared.connections.fetch_add(1, Ordering::SeqCst);
            if behaviour == Behaviour::ResetOnConnect {
                reset(stream);
                continue;
            }
            let _ = stream.set_nodelay(true);
            if stream.set_nonblocking(true).is_ok() {
                let (conversation, out) = Conversation::begin(protocol, Arc::clone(&shared.answers));
                connections.push(ClientConnection { stream, conversation, out, closing: false });
            }
        }
        connections = connections.into_iter().filter_map(|c| step(c, behaviour, shared)).collect();
        if behaviour == Behaviour::Drip {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn wait(listener: &TcpListener, connections: &[ClientConnection]) {
    let mut all = vec![PollFd::new(listener, PollFlags::IN)];
    all.extend(connections.iter().map(|c| {
        let wants = if c.out.is_empty() { PollFlags::IN } else { PollFlags::IN | PollFlags::OUT };
        PollFd::new(&c.stream, wants)
    }));
    let tick = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };
    let _ = poll(&mut all, Some(&tick));
}

/// Closes a connection so that the client sees a reset.
fn reset(stream: TcpStream) {
    let _ = rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO));
    drop(stream);
}

/// Reads and writes what a connection has ready; `None` when it is over.
fn step(mut c: ClientConnection, behaviour: Behaviour, shared: &FakeServerState) -> Option<ClientConnection> {
    let mut bytes = [0_u8; 64 * 1024];
    loop {
        match c.stream.read(&mut bytes) {
            Ok(0) => return None,
            Ok(n) => c.conversation.receive(bytes.get(..n).unwrap_or_default()),
            Err(e) if e.kind() == ErrorKind::WouldBlock => break,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    loop {
        if behaviour == Behaviour::ResetMidMessage && c.conversation.is_in_message() {
            reset(c.stream);
            return None;
        }
        let Some(reply) = c.conversation.next(behaviour, &shared.ids) else { break };
        match reply {
            ServerReply::Partial(text) => c.out.extend_from_slice(&text),
            ServerReply::Message(message, answer) => {
                shared.complete_messages.fetch_add(1, Ordering::SeqCst);
                if shared.records.load(Ordering::SeqCst) {
                    shared.recorded.lock().unwrap_or_else(PoisonError::into_inner).push(message);
                }
                match behaviour {
                    Behaviour::ResetAfterMessage => {
                        reset(c.stream);
                        return None;
                    }
                    Behaviour::Garbage => {
                        c.out.extend((0..600_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 23) as u8 | 0x80));
                        c.closing = true;
                    }
                    _ => c.out.extend_from_slice(&answer),
                }
            }
            ServerReply::Last(text) => {
                c.out.extend_from_slice(&text);
                c.closing = true;
            }
        }
    }
    while !c.out.is_empty() {
        let some = if behaviour == Behaviour::Drip { c.out.get(..1) } else { Some(c.out.as_slice()) };
        match c.stream.write(some.unwrap_or_default()) {
            Ok(n) => drop(c.out.drain(..n)),
            Err(e) if e.kind() == ErrorKind::WouldBlock => break,
            Err(_) => return None,
        }
        if behaviour == Behaviour::Drip {
            break;
        }
    }
    (!c.closing || !c.out.is_empty()).then_some(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speak(protocol: ServerProtocol, behaviour: Behaviour, say: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let server = FakeServer::start(listener, protocol, behaviour, &[], None).unwrap();
        server.record();
        let mut stream = TcpStream::connect(at).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        // A server that resets at once may do so before everything is written.
        let _ = stream.write_all(say.as_bytes());
        let mut received = Vec::new();
        let _ = stream.read_to_end(&mut received);
        assert_eq!(server.complete_messages(), server.recorded().len() as u64);
        format!("{}: {}", server.complete_messages(), String::from_utf8_lossy(&received))
    }

    const MAIL: &str = "EHLO x\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@x>\r\nDATA\r\nHi\r\n..\r\n.\r\nQUIT\r\n";
    const POST: &str = "POST /send HTTP/1.1\r\nContent-Length: 2\r\n\r\nHiGET / HTTP/1.1\r\nConnection: close\r\n\r\n";

    #[test]
    fn both_protocols_and_every_behaviour() {
        let taken = speak(ServerProtocol::Smtp, Behaviour::Accept, MAIL);
        assert!(
            taken.starts_with("1: 220 ") && taken.contains("\r\n354 ") && taken.ends_with("221 bye\r\n"),
            "{taken}"
        );
        assert!(speak(ServerProtocol::Smtp, Behaviour::Drip, MAIL).ends_with("221 bye\r\n"));
        assert!(speak(ServerProtocol::Smtp, Behaviour::RefuseForGood, MAIL).contains("\r\n550 "));
        assert!(speak(ServerProtocol::Smtp, Behaviour::RefuseForNow, MAIL).starts_with("0: "));
        assert!(!speak(ServerProtocol::Smtp, Behaviour::ResetAfterMessage, MAIL).contains("221"));
        let taken = speak(ServerProtocol::Http, Behaviour::Accept, POST);
        assert_eq!((taken.matches("HTTP/1.1 200").count(), &taken[..2]), (2, "2:"), "{taken}");
        assert!(speak(ServerProtocol::Http, Behaviour::RefuseForNow, POST).contains("HTTP/1.1 503"));
        assert!(speak(ServerProtocol::Http, Behaviour::RefuseForGood, POST).contains("HTTP/1.1 400"));
        assert_eq!(speak(ServerProtocol::Http, Behaviour::ResetOnConnect, POST), "0: ");
        assert_eq!(speak(ServerProtocol::Http, Behaviour::ResetMidMessage, POST), "0: ");
        assert!(speak(ServerProtocol::Smtp, Behaviour::ResetMidMessage, MAIL).starts_with("0: "));
        // Nothing may be unread when the server closes: the reset would discard the noise.
        let one = POST.split_once("GET").unwrap().0;
        assert!(speak(ServerProtocol::Http, Behaviour::Garbage, one).starts_with("1: \u{fffd}"));
    }
}
