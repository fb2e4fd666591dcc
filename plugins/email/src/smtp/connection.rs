//! A connection with or without TLS: counted writes, and replies in order.

use super::SessionError;
use crate::reply::SmtpReply;
use smtp_proto::response::parser::ResponseReceiver;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time;

/// Largest reply in bytes; a longer one is a protocol error.
const MAX_REPLY: usize = 64 * 1024;
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
            if !bytes.is_empty() {
                let mut iter = bytes.iter();
                match ResponseReceiver::default().parse(&mut iter) {
                    Ok(response) => {
                        self.last = self.next;
                        self.next = self.received.len() - iter.len();
                        let mut status = response.esc.map(u16::from);
                        if response.esc.contains(&u8::MAX) {
                            status = wide_status(self.last_reply()).unwrap_or(status);
                        }
                        return Ok(SmtpReply { code: response.code, status, text: response.message });
                    }
                    Err(smtp_proto::Error::NeedsMoreData { .. }) => {}
                    Err(_) => return Err(SessionError::Io("the relay speaks no SMTP".to_owned())),
                }
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

/// The enhanced status code of a reply. The parser keeps its parts in bytes, but Microsoft uses numbers up to 899.
fn wide_status(raw: &[u8]) -> Option<[u16; 3]> {
    let line = std::str::from_utf8(raw.split(|b| *b == b'\r').next()?).ok()?;
    let mut numbers = line.get(4..)?.split_whitespace().next()?.split('.').map(str::parse::<u16>);
    let status = [numbers.next()?.ok()?, numbers.next()?.ok()?, numbers.next()?.ok()?];
    numbers.next().is_none().then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_above_255() {
        assert_eq!(wide_status(b"550 5.7.515 Access denied\r\n"), Some([5, 7, 515]));
        assert_eq!(wide_status(b"550-5.4.310 x\r\n550 5.4.310 y\r\n"), Some([5, 4, 310]));
        assert_eq!(wide_status(b"550 5.7 x\r\n"), None);
        assert_eq!(wide_status(b"550 1.2.3.4 x\r\n"), None);
        assert_eq!(wide_status(b"5"), None);
    }
}
