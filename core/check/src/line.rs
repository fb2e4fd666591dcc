//! What a check and its keeper say to each other: lines over a socket. Each begins with a token that the plugin is not told, so that nothing
//! it writes passes for a word of the check.

use crate::probe::End;
use crate::remote::Mode;
use serde::{Deserialize, Serialize};
use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// How far a check has come with the plugin.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// Nothing of it was run: its file is read.
    File,
    /// The fence is put up.
    Fence,
    /// Its library is opened.
    Load,
    /// An instance is opened.
    Open,
    /// Something is sent.
    Send,
    /// The instance is closed.
    Close,
}

/// What is learnt by the way.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Flags of its entry.
    pub(crate) flags: Option<u32>,
    /// The outcome of an ordinary message.
    pub(crate) code: Option<u16>,
}

/// One line from a check.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Said {
    /// What it is about to do.
    Step(String),
    /// How far it has come.
    Stage(Stage),
    Note(Note),
    /// How it ended.
    End(End),
    /// Something that it cannot do itself: it may sit in the fence.
    Ask(Ask),
}

/// What the keeper does for a check, with the place of this number.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Ask {
    /// The other side begins, and behaves like this.
    Start(usize, Mode),
    /// It behaves like this from now on.
    Be(usize, Mode),
    /// It keeps what comes.
    Keep(usize),
    /// What came: kept messages, and files in the folder.
    Texts(usize),
    /// Messages that were whole, and connections.
    Counts(usize),
    /// The folder goes away, and a file is in its place.
    Lose(usize),
}

/// The keeper's answer.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) counts: (u64, u64),
    pub(crate) texts: Vec<String>,
    /// Why it could not be done.
    pub(crate) fault: Option<String>,
}

/// The check's end.
pub(crate) struct Line {
    socket: Mutex<BufReader<UnixStream>>,
    descriptor: RawFd,
    token: String,
    lost: AtomicBool,
}

impl Line {
    pub(crate) fn new(socket: UnixStream, token: String) -> Self {
        let descriptor = socket.as_raw_fd();
        Self { socket: Mutex::new(BufReader::new(socket)), descriptor, token, lost: AtomicBool::new(false) }
    }

    /// For the handler of signals: where it writes, and what its line begins with.
    pub(crate) fn raw(&self) -> (RawFd, &str) {
        (self.descriptor, &self.token)
    }

    /// Whether the keeper could not be reached any more: somebody closed the descriptor.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::SeqCst)
    }

    /// Says something.
    pub(crate) fn say(&self, said: &Said) {
        let mut socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(socket.get_mut(), said);
    }

    fn write(&self, socket: &mut UnixStream, said: &Said) {
        if socket.write_all(written(&self.token, said).as_bytes()).is_err() {
            self.lost.store(true, Ordering::SeqCst);
        }
    }

    /// Asks, and waits for the answer.
    pub(crate) fn ask(&self, ask: Ask) -> Answer {
        let mut socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        self.write(socket.get_mut(), &Said::Ask(ask));
        let mut text = String::new();
        let read = socket.read_line(&mut text);
        let answer =
            read.map_err(|e| e.to_string()).and_then(|_| serde_json::from_str(&text).map_err(|e| e.to_string()));
        answer.unwrap_or_else(|why| Answer { fault: Some(why), ..Answer::default() })
    }
}

/// A line as it goes over the socket.
pub(crate) fn written(token: &str, said: &Said) -> String {
    format!("{token} {}\n", serde_json::to_string(said).unwrap_or_default())
}

/// The other way round; `None` for what the check did not write.
pub(crate) fn read(token: &str, line: &str) -> Option<Said> {
    serde_json::from_str(line.strip_prefix(token)?.strip_prefix(' ')?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_token_was_not_said() {
        let said = Said::End(End::passed("x"));
        let line = written("t0", &said);
        assert_eq!(read("t0", line.trim_end()), Some(said));
        assert_eq!(read("t1", line.trim_end()), None);
        assert_eq!(read("t0", line.trim_end().trim_start_matches("t0 ")), None);
    }
}
