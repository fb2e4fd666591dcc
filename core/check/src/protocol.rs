//! What a check and its supervisor send each other: JSON lines over a socket. Each line of the check begins with a token that the plugin does not
//! know, so that nothing the plugin writes counts as a line of the check.

use crate::fake_server::Behaviour;
use crate::outcome::CheckOutcome;
use rundruf_lang::Message;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// How far a check has come with the plugin.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum CheckStage {
    /// The file is read; no code of the plugin has run.
    File,
    Confine,
    Load,
    Open,
    Send,
    Close,
}

/// What the smoke check learns about the plugin.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct PluginFacts {
    /// Flags of its entry.
    pub(crate) flags: Option<u32>,
    /// Outcome code of an ordinary message.
    pub(crate) code: Option<u16>,
}

/// One line from a check to its supervisor.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum CheckEvent {
    /// What the check does next: reported if the process dies during it.
    Step(Message),
    Reached(CheckStage),
    Facts(PluginFacts),
    /// The last line of a check.
    Outcome(CheckOutcome),
    /// Something that a confined check cannot do itself. The supervisor answers with a [`CommandReply`].
    Command(ServerCommand),
}

/// What the supervisor does for a check, with the endpoint of this number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum ServerCommand {
    Start(usize, Behaviour),
    SetBehaviour(usize, Behaviour),
    /// Records the messages that arrive from now on.
    Record(usize),
    /// Returns the recorded messages, and the files in the endpoint's folder.
    Texts(usize),
    /// Returns the number of complete messages and of connections.
    Counts(usize),
    /// Moves the endpoint's folder away and puts a file in its place.
    RemoveFolder(usize),
}

/// The supervisor's reply to a [`ServerCommand`].
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct CommandReply {
    /// Complete messages and connections.
    pub(crate) counts: (u64, u64),
    pub(crate) texts: Vec<String>,
    /// Why the command failed.
    pub(crate) fault: Option<Message>,
}

/// What a supervisor tells the runner when its check is over.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct SupervisorReport {
    pub(crate) outcome: CheckOutcome,
    /// The last stage that the check reached.
    pub(crate) stage: CheckStage,
    pub(crate) facts: PluginFacts,
}

impl SupervisorReport {
    /// A report of a check that never started.
    pub(crate) fn not_started(outcome: CheckOutcome) -> Self {
        Self { outcome, stage: CheckStage::File, facts: PluginFacts::default() }
    }
}

/// The check's side of the socket to its supervisor.
pub(crate) struct CheckConnection {
    socket: Mutex<BufReader<UnixStream>>,
    descriptor: RawFd,
    token: String,
    lost: AtomicBool,
}

impl CheckConnection {
    pub(crate) fn new(socket: UnixStream, token: String) -> Self {
        let descriptor = socket.as_raw_fd();
        Self { socket: Mutex::new(BufReader::new(socket)), descriptor, token, lost: AtomicBool::new(false) }
    }

    /// The descriptor and the token, for a signal handler that writes whole lines itself.
    pub(crate) fn raw_parts(&self) -> (RawFd, &str) {
        (self.descriptor, &self.token)
    }

    /// Whether a write has failed: the plugin has closed the descriptor.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::SeqCst)
    }

    pub(crate) fn send(&self, event: &CheckEvent) {
        let mut socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(socket.get_mut(), event);
    }

    fn write(&self, socket: &mut UnixStream, event: &CheckEvent) {
        if socket.write_all(encode(&self.token, event).as_bytes()).is_err() {
            self.lost.store(true, Ordering::SeqCst);
        }
    }

    /// Sends a command and waits for the reply.
    pub(crate) fn request(&self, command: ServerCommand) -> CommandReply {
        let mut socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(socket.get_mut(), &CheckEvent::Command(command));
        let mut text = String::new();
        let read = socket.read_line(&mut text).map_err(Message::from);
        let reply = read.and_then(|_| serde_json::from_str(&text).map_err(|e| Message::verbatim(e.to_string())));
        reply.unwrap_or_else(|why| CommandReply { fault: Some(why), ..CommandReply::default() })
    }
}

/// One line as it goes over the socket.
pub(crate) fn encode(token: &str, event: &CheckEvent) -> String {
    format!("{token} {}\n", serde_json::to_string(event).unwrap_or_default())
}

/// The event in a line; `None` if the check did not write the line.
pub(crate) fn decode(token: &str, line: &str) -> Option<CheckEvent> {
    serde_json::from_str(line.strip_prefix(token)?.strip_prefix(' ')?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_the_token_is_refused() {
        let event = CheckEvent::Outcome(CheckOutcome::passed("x".into()));
        let line = encode("t0", &event);
        assert_eq!(decode("t0", line.trim_end()), Some(event));
        assert_eq!(decode("t1", line.trim_end()), None);
        assert_eq!(decode("t0", line.trim_end().trim_start_matches("t0 ")), None);
    }
}
