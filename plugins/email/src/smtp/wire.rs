//! Bytes: one stream with TLS or without, writes that know how far they came, replies in order.

use super::SessionError;
use crate::answer::Reply;
use smtp_proto::response::parser::ResponseReceiver;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Replies that may wait unread, in bytes: more is no SMTP.
const MAX_UNREAD: usize = 64 * 1024;
/// Longest time for a connection to be made.
const CONNECT: Duration = Duration::from_secs(30);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A stream and what came over it.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    unread: Vec<u8>,
    at: usize,
    /// Where the reply begins that was read last.
    last: usize,
    patience: Duration,
}

impl Wire {
    /// Connects.
    pub(super) async fn connect(host: &str, port: u16, patience: Duration) -> Result<Self, SessionError> {
        let tcp = timeout(patience.min(CONNECT), TcpStream::connect((host, port)))
            .await
            .map_err(|_| SessionError::Io("the relay does not answer".to_owned()))?
            .map_err(|e| SessionError::Io(format!("the relay cannot be reached: {e}")))?;
        // Without this the second write of a message waits 40 ms for an acknowledgement of the first.
        tcp.set_nodelay(true)?;
        Ok(Self { stream: Box::new(tcp), unread: Vec::with_capacity(1_024), at: 0, last: 0, patience })
    }

    /// The same stream under TLS.
    pub(super) async fn secured(
        self,
        tls: &Arc<rustls::ClientConfig>,
        name: rustls::pki_types::ServerName<'static>,
    ) -> Result<Self, SessionError> {
        // Bytes that came before TLS began could have been put there by anybody.
        if self.at < self.unread.len() {
            return Err(SessionError::Account("the relay spoke before TLS had begun".to_owned()));
        }
        let connecting = tokio_rustls::TlsConnector::from(Arc::clone(tls)).connect(name, self.stream);
        let stream = timeout(self.patience, connecting)
            .await
            .map_err(|_| SessionError::Io("the relay does not finish TLS".to_owned()))?
            .map_err(|e| match e.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()) {
                // A certificate that does not fit stays so: a person must look.
                Some(error) => SessionError::Account(format!("TLS with the relay fails: {error}")),
                None => SessionError::Io(format!("TLS with the relay fails: {e}")),
            })?;
        Ok(Self {
            stream: Box::new(stream),
            unread: Vec::with_capacity(1_024),
            at: 0,
            last: 0,
            patience: self.patience,
        })
    }

    /// Sends bytes in one write.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        let mut taken = 0;
        self.write_counted(bytes, &mut taken).await
    }

    /// Sends bytes; `taken` grows by how many may have left. What it does not count has certainly not.
    pub(super) async fn write_counted(&mut self, bytes: &[u8], taken: &mut usize) -> Result<(), SessionError> {
        let silent = |_| SessionError::Io("the relay does not take anything".to_owned());
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = timeout(self.patience, self.stream.write(rest)).await.map_err(silent)??;
            if n == 0 {
                return Err(SessionError::Io("the relay closed the connection".to_owned()));
            }
            *taken += n;
            rest = rest.get(n..).unwrap_or_default();
        }
        Ok(timeout(self.patience, self.stream.flush()).await.map_err(silent)??)
    }

    /// The next reply.
    pub(super) async fn reply(&mut self) -> Result<Reply, SessionError> {
        self.reply_within(self.patience).await
    }

    /// The next reply, if it comes in time.
    pub(super) async fn reply_within(&mut self, patience: Duration) -> Result<Reply, SessionError> {
        loop {
            let bytes = self.unread.get(self.at..).unwrap_or_default();
            if !bytes.is_empty() {
                let mut iter = bytes.iter();
                match ResponseReceiver::default().parse(&mut iter) {
                    Ok(response) => {
                        self.last = self.at;
                        self.at = self.unread.len() - iter.len();
                        let mut status = response.esc.map(u16::from);
                        if response.esc.contains(&u8::MAX) {
                            status = wide_status(self.last_reply()).unwrap_or(status);
                        }
                        return Ok(Reply { code: response.code, status, text: response.message });
                    }
                    Err(smtp_proto::Error::NeedsMoreData { .. }) => {}
                    Err(_) => return Err(SessionError::Io("the relay speaks no SMTP".to_owned())),
                }
            }
            self.fill(patience).await?;
        }
    }

    /// The bytes of the reply that was read last.
    pub(super) fn last_reply(&self) -> &[u8] {
        self.unread.get(self.last..self.at).unwrap_or_default()
    }

    /// The code of the next reply, if it is there already, positive, and has one line.
    pub(super) fn brief_positive(&mut self) -> Option<u16> {
        let bytes = self.unread.get(self.at..)?;
        let &[hundreds @ (b'2' | b'3'), tens @ b'0'..=b'9', ones @ b'0'..=b'9', b' ', ref rest @ ..] = bytes else {
            return None;
        };
        let end = rest.iter().position(|b| *b == b'\n')?;
        self.last = self.at;
        self.at += 4 + end + 1;
        Some(u16::from(hundreds - b'0') * 100 + u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
    }

    async fn fill(&mut self, patience: Duration) -> Result<(), SessionError> {
        self.unread.drain(..self.at);
        (self.at, self.last) = (0, 0);
        if self.unread.len() > MAX_UNREAD {
            return Err(SessionError::Io("the relay talks without end".to_owned()));
        }
        let got = timeout(patience, self.stream.read_buf(&mut self.unread))
            .await
            .map_err(|_| SessionError::Io("the relay does not answer in time".to_owned()))??;
        if got == 0 { Err(SessionError::Io("the relay closed the connection".to_owned())) } else { Ok(()) }
    }
}

/// The parser keeps the parts of a status in bytes; Microsoft's go to 899.
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
    fn statuses_beyond_a_byte() {
        assert_eq!(wide_status(b"550 5.7.515 Access denied\r\n"), Some([5, 7, 515]));
        assert_eq!(wide_status(b"550-5.4.310 x\r\n550 5.4.310 y\r\n"), Some([5, 4, 310]));
        assert_eq!(wide_status(b"550 5.7 x\r\n"), None);
        assert_eq!(wide_status(b"550 1.2.3.4 x\r\n"), None);
        assert_eq!(wide_status(b"5"), None);
    }
}
