//! One conversation over HTTP or SMTP: turns bytes into messages and replies.

use super::{Behaviour, CannedAnswer, MessageIds, ServerProtocol};
use std::sync::Arc;

pub(super) enum ServerReply {
    /// A reply before the message is complete.
    Partial(Vec<u8>),
    /// A complete message, and the reply to it.
    Message(Vec<u8>, Vec<u8>),
    /// A reply, after which the connection ends.
    Last(Vec<u8>),
}

pub(super) struct Conversation {
    protocol: ServerProtocol,
    answers: Arc<[CannedAnswer]>,
    received: Vec<u8>,
    /// SMTP: whether `DATA` has begun, and whether a recipient was accepted.
    data: bool,
    recipient: bool,
    /// HTTP: the last request asked to close the connection.
    closing: bool,
    /// SMTP: sender and recipients of the mail so far; they are recorded before it.
    envelope: Vec<u8>,
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|w| w == what)
}

impl Conversation {
    /// Starts a conversation; also returns the greeting.
    pub(super) fn begin(protocol: ServerProtocol, answers: Arc<[CannedAnswer]>) -> (Self, Vec<u8>) {
        let first = if protocol == ServerProtocol::Smtp { b"220 kit.example ready\r\n".to_vec() } else { Vec::new() };
        let envelope = Vec::new();
        let (data, recipient, closing) = (false, false, false);
        (Self { protocol, answers, received: Vec::new(), data, recipient, closing, envelope }, first)
    }

    /// Whether a part of a message has arrived.
    pub(super) fn is_in_message(&self) -> bool {
        match self.protocol {
            ServerProtocol::Smtp => self.data && !self.received.is_empty(),
            // Each byte is part of a message that has arrived.
            ServerProtocol::Raw => false,
            ServerProtocol::Http if self.answers.is_empty() => !self.received.is_empty(),
            // Its first line says whether the request is a message.
            ServerProtocol::Http => {
                find(&self.received, b"\r\n").is_some()
                    && CannedAnswer::find(&self.answers, &self.received).is_none_or(|answer| answer.message)
            }
        }
    }

    pub(super) fn receive(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// The next reply, if enough bytes have arrived.
    pub(super) fn next(&mut self, behaviour: Behaviour, ids: &MessageIds) -> Option<ServerReply> {
        match self.protocol {
            ServerProtocol::Http => self.http(behaviour, ids),
            ServerProtocol::Smtp => self.smtp(behaviour, ids),
            ServerProtocol::Raw => self.raw(),
        }
    }

    /// Whatever has arrived is a message; nothing is answered.
    fn raw(&mut self) -> Option<ServerReply> {
        let message = std::mem::take(&mut self.received);
        (!message.is_empty()).then_some(ServerReply::Message(message, Vec::new()))
    }

    fn http(&mut self, behaviour: Behaviour, ids: &MessageIds) -> Option<ServerReply> {
        if self.closing {
            return Some(ServerReply::Last(Vec::new())).filter(|_| std::mem::take(&mut self.closing));
        }
        let head = find(&self.received, b"\r\n\r\n")? + 4;
        let text = String::from_utf8_lossy(self.received.get(..head)?).to_ascii_lowercase();
        let value = |key: &str| text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':')).map(str::trim);
        let end = if value("transfer-encoding").is_some_and(|v| v.contains("chunked")) {
            head + find(self.received.get(head..)?, b"0\r\n\r\n")? + 5
        } else {
            head + value("content-length").and_then(|v| v.parse::<usize>().ok()).unwrap_or(0)
        };
        if self.received.len() < end {
            return None;
        }
        self.closing = value("connection").is_some_and(|v| v == "close");
        let message: Vec<u8> = self.received.drain(..end).collect();
        let path = text.split(' ').nth(1).unwrap_or_default();
        if let Some(body) = ids.receipts_at(path) {
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            return Some(ServerReply::Partial(answer.into_bytes()));
        }
        let canned = CannedAnswer::find(&self.answers, &message);
        let is_message = canned.is_none_or(|answer| answer.message);
        let text = |status: &str, body: &str| (status.to_owned(), body.to_owned());
        let (status, body) = match (behaviour, canned) {
            (Behaviour::RefuseForNow, _) if is_message => {
                text("503 Service Unavailable\r\nRetry-After: 1", "{\"error\":\"later\"}")
            }
            (Behaviour::RefuseForGood, _) if is_message => text("400 Bad Request", "{\"error\":\"never\"}"),
            (_, Some(answer)) => answer.reply(message.get(head..).unwrap_or_default()),
            _ => text("200 OK", &format!("{{\"ok\":true,\"id\":\"{}\"}}", ids.next())),
        };
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = answer.into_bytes();
        Some(if is_message { ServerReply::Message(message, answer) } else { ServerReply::Partial(answer) })
    }

    fn smtp(&mut self, behaviour: Behaviour, ids: &MessageIds) -> Option<ServerReply> {
        if self.data {
            let end = if self.received.starts_with(b".\r\n") { 3 } else { find(&self.received, b"\r\n.\r\n")? + 5 };
            self.data = false;
            let mut message = std::mem::take(&mut self.envelope);
            message.extend(self.received.drain(..end));
            return Some(ServerReply::Message(message, format!("250 2.0.0 taken as {}\r\n", ids.next()).into_bytes()));
        }
        let end = find(&self.received, b"\r\n")? + 2;
        let line: Vec<u8> = self.received.drain(..end).collect();
        let said = String::from_utf8_lossy(&line).into_owned();
        let line = said.to_ascii_uppercase();
        let reply = |text: &str| Some(ServerReply::Partial(text.as_bytes().to_vec()));
        match line.split([' ', '\r']).next().unwrap_or("") {
            "EHLO" => reply(
                "250-kit.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n",
            ),
            "QUIT" => Some(ServerReply::Last(b"221 bye\r\n".to_vec())),
            "MAIL" | "RSET" => {
                self.recipient = false;
                self.envelope = said.into_bytes();
                reply("250 2.1.0 ok\r\n")
            }
            "RCPT" => match behaviour {
                Behaviour::RefuseForNow => reply("451 4.3.0 later\r\n"),
                Behaviour::RefuseForGood => reply("550 5.1.1 no such address\r\n"),
                _ => {
                    self.recipient = true;
                    self.envelope.extend_from_slice(said.as_bytes());
                    reply("250 2.1.5 ok\r\n")
                }
            },
            "DATA" if self.recipient => {
                self.data = true;
                reply("354 go on\r\n")
            }
            "DATA" => reply("554 5.5.1 no recipient\r\n"),
            "HELO" | "NOOP" => reply("250 ok\r\n"),
            _ => reply("502 5.5.2 not known here\r\n"),
        }
    }
}
