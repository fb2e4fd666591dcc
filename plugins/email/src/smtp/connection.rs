//! A connection with or without TLS: counted writes, and replies in order.

use super::SessionError;
use crate::reply::SmtpReply;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time;

/// Largest reply in bytes; a longer one is a protocol error.
const MAX_REPLY: usize = 64 * 1024;
/// Of a reply's text this many bytes are kept; the code of its last line counts.
const MAX_TEXT: usize = 4 * 1024;
/// Timeout for opening the TCP connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

trait ByteStream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> ByteStream for T {}

/// A stream and the received bytes that were not consumed yet.
pub(super) struct SmtpConnection {
    stream: Box<dyn ByteStream>,
    received: Vec<u8>,
    /// Start of the next reply in `received`.
    next: usize,
    /// Start of the reply that was read last.
    last: usize,
    /// Timeout for each read and write.
    timeout: Duration,
}

impl SmtpConnection {
    pub(super) async fn connect(host: &str, port: u16, timeout: Duration) -> Result<Self, SessionError> {
        let tcp = time::timeout(timeout.min(CONNECT_TIMEOUT), TcpStream::connect((host, port)))
            .await
            .map_err(|_| SessionError::Io("the relay does not answer".to_owned()))?
            .map_err(|e| SessionError::Io(format!("the relay cannot be reached: {e}")))?;
        // Otherwise the second write of a message waits 40 ms for the acknowledgement of the first.
        tcp.set_nodelay(true)?;
        Ok(Self { stream: Box::new(tcp), received: Vec::with_capacity(1_024), next: 0, last: 0, timeout })
    }

    pub(super) async fn secured(
        self,
        tls: &Arc<rustls::ClientConfig>,
        name: rustls::pki_types::ServerName<'static>,
    ) -> Result<Self, SessionError> {
        // Bytes received before TLS may be injected by an attacker.
        if self.next < self.received.len() {
            return Err(SessionError::Account("the relay spoke before TLS had begun".to_owned()));
        }
        let connecting = tokio_rustls::TlsConnector::from(Arc::clone(tls)).connect(name, self.stream);
        let stream = time::timeout(self.timeout, connecting)
            .await
            .map_err(|_| SessionError::Io("the relay does not finish TLS".to_owned()))?
            .map_err(|e| match e.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
                // An invalid certificate stays invalid: the admin must act.
                Some(error) => SessionError::Account(format!("TLS with the relay fails: {error}")),
                None => SessionError::Io(format!("TLS with the relay fails: {e}")),
            })?;
        Ok(Self {
            stream: Box::new(stream),
            received: Vec::with_capacity(1_024),
            next: 0,
            last: 0,
            timeout: self.timeout,
        })
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        let mut written = 0;
        self.write_counted(bytes, &mut written).await
    }

    /// Writes bytes. `written` grows by the number that may have been sent; bytes beyond it were certainly not sent.
    pub(super) async fn write_counted(&mut self, bytes: &[u8], written: &mut usize) -> Result<(), SessionError> {
        let timed_out = |_| SessionError::Io("the relay does not take anything".to_owned());
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = time::timeout(self.timeout, self.stream.write(rest)).await.map_err(timed_out)??;
            if n == 0 {
                return Err(SessionError::Io("the relay closed the connection".to_owned()));
            }
            *written += n;
            rest = rest.get(n..).unwrap_or_default();
        }
        Ok(time::timeout(self.timeout, self.stream.flush()).await.map_err(timed_out)??)
    }

    pub(super) async fn reply(&mut self) -> Result<SmtpReply, SessionError> {
        self.reply_within(self.timeout).await
    }

    /// Reads the next reply; fails if it does not come in time.
    pub(super) async fn reply_within(&mut self, timeout: Duration) -> Result<SmtpReply, SessionError> {
        loop {
            let bytes = self.received.get(self.next..).unwrap_or_default();
            if let Some((reply, length)) = parse(bytes)? {
                self.last = self.next;
                self.next += length;
                return Ok(reply);
            }
            self.receive(timeout).await?;
        }
    }

    /// Bytes of the reply that was read last.
    pub(super) fn last_reply(&self) -> &[u8] {
        self.received.get(self.last..self.next).unwrap_or_default()
    }

    /// Takes the code of the next reply, if it was received already, is positive and has a single line.
    pub(super) fn positive_code(&mut self) -> Option<u16> {
        let bytes = self.received.get(self.next..)?;
        let &[hundreds @ (b'2' | b'3'), tens @ b'0'..=b'9', ones @ b'0'..=b'9', b' ', ref rest @ ..] = bytes else {
            return None;
        };
        let end = rest.iter().position(|b| *b == b'\n')?;
        self.last = self.next;
        self.next += 4 + end + 1;
        Some(u16::from(hundreds - b'0') * 100 + u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
    }

    async fn receive(&mut self, timeout: Duration) -> Result<(), SessionError> {
        self.received.drain(..self.next);
        (self.next, self.last) = (0, 0);
        if self.received.len() > MAX_REPLY {
            return Err(SessionError::Io("the relay talks without end".to_owned()));
        }
        let got = time::timeout(timeout, self.stream.read_buf(&mut self.received))
            .await
            .map_err(|_| SessionError::Io("the relay does not answer in time".to_owned()))??;
        if got == 0 { Err(SessionError::Io("the relay closed the connection".to_owned())) } else { Ok(()) }
    }
}

/// The first reply in these bytes and its length (RFC 5321 §4.2); `None` if it is not complete.
///
/// # Errors
/// The bytes are not a reply.
fn parse(bytes: &[u8]) -> Result<Option<(SmtpReply, usize)>, SessionError> {
    let mut reply = SmtpReply { code: 0, status: [0; 3], text: String::new() };
    let mut length = 0;
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let Some(content) = line.strip_suffix(b"\n") else { return Ok(None) };
        length += line.len();
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let (digits, rest) = content.split_at_checked(3).unwrap_or((content, &[]));
        let code = std::str::from_utf8(digits).ok().and_then(|d| d.parse().ok()).filter(|c| (200..600).contains(c));
        let (Some(code), b' ' | b'-' | b'\t') = (code, rest.first().copied().unwrap_or(b' ')) else {
            return Err(SessionError::Io("the relay speaks no SMTP".to_owned()));
        };
        let text = String::from_utf8_lossy(rest.get(1..).unwrap_or_default());
        let (status, text) = split_status(&text);
        if reply.code == 0 {
            reply.status = status.unwrap_or_default();
        }
        reply.code = code;
        if reply.text.len() < MAX_TEXT {
            if !reply.text.is_empty() {
                reply.text.push(' ');
            }
            reply.text.push_str(text.trim_end());
        }
        if rest.first() != Some(&b'-') {
            return Ok(Some((reply, length)));
        }
    }
    Ok(None)
}

/// The enhanced status code at the start of a line (RFC 2034), and the rest. Microsoft uses numbers up to 899.
fn split_status(line: &str) -> (Option<[u16; 3]>, &str) {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let mut numbers = word.split('.').map(|n| n.parse::<u16>().ok().filter(|_| n.len() <= 3));
    match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
        (Some(Some(class @ (2 | 4 | 5))), Some(Some(subject)), Some(Some(detail)), None) => {
            (Some([class, subject, detail]), rest)
        }
        _ => (None, line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(bytes: &str) -> Option<(u16, [u16; 3], String, usize)> {
        parse(bytes.as_bytes()).unwrap().map(|(r, length)| (r.code, r.status, r.text, length))
    }

    #[test]
    fn replies_of_one_and_of_more_lines() {
        let text = |t: &str| t.to_owned();
        assert_eq!(one("550 5.7.515 Access denied\r\n"), Some((550, [5, 7, 515], text("Access denied"), 27)));
        let two = "550-5.1.1 The account\r\n550 5.1.1 does not exist\r\n";
        assert_eq!(one(two), Some((550, [5, 1, 1], text("The account does not exist"), two.len())));
        assert_eq!(one("250 ok\r\n354 go\r\n"), Some((250, [0; 3], text("ok"), 8)), "the second stays");
        assert_eq!(one("550 5.7 x\r\n"), Some((550, [0; 3], text("5.7 x"), 11)));
        assert_eq!(one("550 1.2.3.4 x\r\n").unwrap().1, [0; 3]);
        assert_eq!(one("250\r\n"), Some((250, [0; 3], String::new(), 5)));
        assert_eq!(one("250 ok\n").unwrap().0, 250, "a bare line feed");
        for part in ["", "2", "250", "250 o", "250-ok\r\n", "550-a\r\n550 b"] {
            assert_eq!(one(part), None, "{part:?}");
        }
        for bad in ["hello there\r\n", "25\r\n", "100 x\r\n", "250x\r\n", "\r\n"] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_long_reply_keeps_its_code_and_the_start_of_its_text() {
        let long = "550-policy\r\n".repeat(3_000) + "550 end\r\n";
        let (code, _, text, length) = one(&long).unwrap();
        assert_eq!((code, length), (550, long.len()));
        assert!(text.len() <= MAX_TEXT + 16, "{}", text.len());
    }
}
