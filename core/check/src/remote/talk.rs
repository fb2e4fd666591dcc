//! Bytes → messages and answers, of both languages.

use super::{Mode, Speaks};

/// What is to be said.
pub(super) enum Reply {
    /// An answer on the way to a message.
    Say(Vec<u8>),
    /// A whole message, and the answer to it.
    Message(Vec<u8>, Vec<u8>),
    /// An answer, and the end.
    Bye(Vec<u8>),
}

/// One conversation.
pub(super) struct Talk {
    speaks: Speaks,
    heard: Vec<u8>,
    /// SMTP: whether a message is being written, and whether a recipient was taken.
    data: bool,
    recipient: bool,
    /// HTTP: the last request wanted no other after it.
    over: bool,
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

impl Talk {
    /// A new one, and what is said first.
    pub(super) fn begin(speaks: Speaks) -> (Self, Vec<u8>) {
        let first = if speaks == Speaks::Smtp { b"220 kit.example ready\r\n".to_vec() } else { Vec::new() };
        (Self { speaks, heard: Vec::new(), data: false, recipient: false, over: false }, first)
    }

    /// Whether a message has begun.
    pub(super) fn is_inside(&self) -> bool {
        !self.heard.is_empty() && (self.speaks == Speaks::Http || self.data)
    }

    /// More bytes.
    pub(super) fn hears(&mut self, bytes: &[u8]) {
        self.heard.extend_from_slice(bytes);
    }

    /// What is to be said next.
    pub(super) fn next(&mut self, mode: Mode) -> Option<Reply> {
        match self.speaks {
            Speaks::Http => self.http(mode),
            Speaks::Smtp => self.smtp(mode),
        }
    }

    fn http(&mut self, mode: Mode) -> Option<Reply> {
        if self.over {
            return Some(Reply::Bye(Vec::new())).filter(|_| std::mem::take(&mut self.over));
        }
        let head = find(&self.heard, b"\r\n\r\n")? + 4;
        let text = String::from_utf8_lossy(self.heard.get(..head)?).to_ascii_lowercase();
        let value = |key: &str| text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':')).map(str::trim);
        let end = if value("transfer-encoding").is_some_and(|v| v.contains("chunked")) {
            head + find(self.heard.get(head..)?, b"0\r\n\r\n")? + 5
        } else {
            head + value("content-length").and_then(|v| v.parse::<usize>().ok()).unwrap_or(0)
        };
        if self.heard.len() < end {
            return None;
        }
        self.over = value("connection").is_some_and(|v| v == "close");
        let message: Vec<u8> = self.heard.drain(..end).collect();
        let (status, body) = match mode {
            Mode::Later => ("503 Service Unavailable\r\nRetry-After: 1", "{\"error\":\"later\"}"),
            Mode::Never => ("400 Bad Request", "{\"error\":\"never\"}"),
            _ => ("200 OK", "{\"ok\":true,\"id\":\"kit-1\"}"),
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        Some(Reply::Message(message, answer.into_bytes()))
    }

    fn smtp(&mut self, mode: Mode) -> Option<Reply> {
        if self.data {
            let end = if self.heard.starts_with(b".\r\n") { 3 } else { find(&self.heard, b"\r\n.\r\n")? + 5 };
            self.data = false;
            let message = self.heard.drain(..end).collect();
            return Some(Reply::Message(message, b"250 2.0.0 taken as kit-1\r\n".to_vec()));
        }
        let end = find(&self.heard, b"\r\n")? + 2;
        let line: Vec<u8> = self.heard.drain(..end).collect();
        let line = String::from_utf8_lossy(&line).to_ascii_uppercase();
        let say = |text: &str| Some(Reply::Say(text.as_bytes().to_vec()));
        match line.split([' ', '\r']).next().unwrap_or("") {
            "EHLO" => {
                say("250-kit.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n")
            }
            "QUIT" => Some(Reply::Bye(b"221 bye\r\n".to_vec())),
            "MAIL" | "RSET" => {
                self.recipient = false;
                say("250 2.1.0 ok\r\n")
            }
            "RCPT" => match mode {
                Mode::Later => say("451 4.3.0 later\r\n"),
                Mode::Never => say("550 5.1.1 nobody of that name\r\n"),
                _ => {
                    self.recipient = true;
                    say("250 2.1.5 ok\r\n")
                }
            },
            "DATA" if self.recipient => {
                self.data = true;
                say("354 go on\r\n")
            }
            "DATA" => say("554 5.5.1 no recipient\r\n"),
            "HELO" | "NOOP" => say("250 ok\r\n"),
            _ => say("502 5.5.2 not known here\r\n"),
        }
    }
}
