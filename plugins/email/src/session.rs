//! One connection: greeting, EHLO, STARTTLS, AUTH step by step; then replies in order.

use crate::answer::Reply;
use crate::settings::{Config, Tls};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use smtp_proto::response::parser::ResponseReceiver;
use smtp_proto::{AUTH_LOGIN, AUTH_PLAIN, EXT_DSN, EXT_PIPELINING, EXT_SMTP_UTF8, EXT_START_TLS, EhloResponse};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// Replies that may wait unread, in bytes: more is no SMTP.
const MAX_UNREAD: usize = 256 * 1024;

/// Why a connection is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// Not reached, cut, or silent for too long.
    #[error("{0}")]
    Io(String),
    /// The relay said no to us.
    #[error("the relay refuses: {}", .0.text)]
    Refused(Reply),
    /// Credentials or TLS: waiting does not help.
    #[error("{0}")]
    Account(String),
}

impl From<std::io::Error> for SessionError {
    fn from(e: std::io::Error) -> Self {
        Self::Io(format!("the connection to the relay broke: {e}"))
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// An open connection that may send.
pub(crate) struct Session {
    stream: Box<dyn Stream>,
    unread: Vec<u8>,
    at: usize,
    timeout: Duration,
    pub(crate) pipelining: bool,
    pub(crate) dsn: bool,
    pub(crate) utf8: bool,
}

/// What TLS trusts: the system's authorities and those of `tls_ca`.
pub(crate) fn tls_config(config: &Config) -> Result<Option<Arc<rustls::ClientConfig>>, String> {
    if config.tls == Tls::None {
        return Ok(None);
    }
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = &config.tls_ca {
        let certificates = rustls::pki_types::CertificateDer::pem_file_iter(path).map_err(|e| format!("`tls_ca`: {e}"))?;
        for certificate in certificates {
            let certificate = certificate.map_err(|e| format!("`tls_ca`: {e}"))?;
            roots.add(certificate).map_err(|e| format!("`tls_ca`: {e}"))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().map_err(|e| e.to_string())?;
    Ok(Some(Arc::new(builder.with_root_certificates(roots).with_no_client_auth())))
}

impl Session {
    /// Connects and gets ready to send.
    pub(crate) async fn open(config: &Config, tls: Option<&Arc<rustls::ClientConfig>>) -> Result<Self, SessionError> {
        let timeout = Duration::from_secs(u64::from(config.timeout_s));
        let connecting = TcpStream::connect((config.host.as_str(), config.port));
        let tcp = tokio::time::timeout(timeout.min(Duration::from_secs(30)), connecting)
            .await
            .map_err(|_| SessionError::Io("the relay does not answer".to_owned()))?
            .map_err(|e| SessionError::Io(format!("cannot reach the relay: {e}")))?;
        // Without this the second write of a message waits 40 ms for an acknowledgement of the first.
        tcp.set_nodelay(true)?;
        let mut session = Self {
            stream: Box::new(tcp),
            unread: Vec::new(),
            at: 0,
            timeout,
            pipelining: false,
            dsn: false,
            utf8: false,
        };
        if let (Tls::Implicit, Some(tls)) = (config.tls, tls) {
            session = session.secured(config, tls).await?;
        }
        let greeting = session.reply().await?;
        if greeting.code != 220 {
            return Err(SessionError::Refused(greeting));
        }
        let mut ehlo = session.ehlo(config).await?;
        if let (Tls::Starttls, Some(tls)) = (config.tls, tls) {
            if !ehlo.has_capability(EXT_START_TLS) {
                return Err(SessionError::Account("the relay does not offer STARTTLS, and nothing is sent without: see `tls`".to_owned()));
            }
            let answer = session.ask("STARTTLS\r\n").await?;
            if answer.code != 220 {
                return Err(SessionError::Refused(answer));
            }
            // Bytes that came before TLS began could have been put there by anybody.
            if session.at < session.unread.len() {
                return Err(SessionError::Account("the relay spoke before TLS had begun".to_owned()));
            }
            session = session.secured(config, tls).await?;
            ehlo = session.ehlo(config).await?;
        }
        session.pipelining = config.pipelining && ehlo.has_capability(EXT_PIPELINING);
        session.dsn = ehlo.has_capability(EXT_DSN);
        session.utf8 = ehlo.has_capability(EXT_SMTP_UTF8);
        if let (Some(user), Some(password)) = (&config.username, &config.password) {
            session.authenticate(&ehlo, user, password.reveal()).await?;
        }
        Ok(session)
    }

    async fn secured(self, config: &Config, tls: &Arc<rustls::ClientConfig>) -> Result<Self, SessionError> {
        let name = ServerName::try_from(config.host.clone()).map_err(|_| SessionError::Account("`host` is no name for TLS".to_owned()))?;
        let connecting = tokio_rustls::TlsConnector::from(Arc::clone(tls)).connect(name, self.stream);
        let stream = tokio::time::timeout(self.timeout, connecting)
            .await
            .map_err(|_| SessionError::Io("the relay does not finish TLS".to_owned()))?
            .map_err(|e| SessionError::Account(format!("TLS with the relay fails: {e}")))?;
        Ok(Self { stream: Box::new(stream), unread: Vec::new(), at: 0, ..Self::bare(self.timeout) })
    }

    fn bare(timeout: Duration) -> Self {
        Self { stream: Box::new(tokio::io::empty()), unread: Vec::new(), at: 0, timeout, pipelining: false, dsn: false, utf8: false }
    }

    async fn ehlo(&mut self, config: &Config) -> Result<EhloResponse<String>, SessionError> {
        let name = config.helo.as_deref().unwrap_or_else(|| crate::settings::domain(&config.from));
        self.write(format!("EHLO {name}\r\n").as_bytes()).await?;
        // EHLO has a parser of its own; its lines end with one whose fourth character is a space.
        loop {
            let bytes = self.unread.get(self.at..).unwrap_or_default();
            let lines = bytes.split_inclusive(|b| *b == b'\n');
            let mut length = 0;
            let mut complete = false;
            for line in lines {
                length += line.len();
                if line.ends_with(b"\n") && line.get(3) != Some(&b'-') {
                    complete = true;
                    break;
                }
            }
            if complete {
                let text = bytes.get(..length).unwrap_or_default().to_vec();
                self.at += length;
                return match EhloResponse::parse(&mut text.iter()) {
                    Ok(ehlo) => Ok(ehlo),
                    // An old server: HELO does without extensions.
                    Err(_) => self.helo(name).await,
                };
            }
            self.fill().await?;
        }
    }

    async fn helo(&mut self, name: &str) -> Result<EhloResponse<String>, SessionError> {
        let answer = self.ask(&format!("HELO {name}\r\n")).await?;
        if answer.is_positive() { Ok(EhloResponse::new(name.to_owned())) } else { Err(SessionError::Refused(answer)) }
    }

    async fn authenticate(&mut self, ehlo: &EhloResponse<String>, user: &str, password: &str) -> Result<(), SessionError> {
        let answer = if ehlo.auth() & AUTH_PLAIN != 0 {
            self.ask(&format!("AUTH PLAIN {}\r\n", STANDARD.encode(format!("\0{user}\0{password}")))).await?
        } else if ehlo.auth() & AUTH_LOGIN != 0 {
            for step in ["AUTH LOGIN\r\n".to_owned(), format!("{}\r\n", STANDARD.encode(user))] {
                let answer = self.ask(&step).await?;
                if answer.code != 334 {
                    return Err(SessionError::Account(format!("the relay refuses to authenticate: {}", answer.text.trim())));
                }
            }
            self.ask(&format!("{}\r\n", STANDARD.encode(password))).await?
        } else {
            return Err(SessionError::Account("the relay offers neither AUTH PLAIN nor LOGIN".to_owned()));
        };
        match answer.code {
            235 => Ok(()),
            400..=499 => Err(SessionError::Refused(answer)),
            _ => Err(SessionError::Account(format!("the relay refuses user name or password: {} {}", answer.code, answer.text.trim()))),
        }
    }

    async fn ask(&mut self, command: &str) -> Result<Reply, SessionError> {
        self.write(command.as_bytes()).await?;
        self.reply().await
    }

    /// Sends bytes in one write.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        let writing = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        tokio::time::timeout(self.timeout, writing).await.map_err(|_| SessionError::Io("the relay does not take anything".to_owned()))??;
        Ok(())
    }

    async fn fill(&mut self) -> Result<(), SessionError> {
        if self.at > 0 {
            self.unread.drain(..self.at);
            self.at = 0;
        }
        if self.unread.len() > MAX_UNREAD {
            return Err(SessionError::Io("the relay talks without end".to_owned()));
        }
        let reading = self.stream.read_buf(&mut self.unread);
        let got = tokio::time::timeout(self.timeout, reading).await.map_err(|_| SessionError::Io("the relay does not answer in time".to_owned()))??;
        if got == 0 { Err(SessionError::Io("the relay closed the connection".to_owned())) } else { Ok(()) }
    }

    /// The next reply, in order.
    pub(crate) async fn reply(&mut self) -> Result<Reply, SessionError> {
        let mut receiver = ResponseReceiver::default();
        loop {
            let bytes = self.unread.get(self.at..).unwrap_or_default();
            let before = bytes.len();
            let mut iter = bytes.iter();
            let parsed = receiver.parse(&mut iter);
            let used = before - iter.len();
            match parsed {
                Ok(response) => {
                    self.at += used;
                    return Ok(Reply { code: response.code, status: response.esc, text: response.message });
                }
                Err(smtp_proto::Error::NeedsMoreData { .. }) => {
                    self.at += used;
                    self.fill().await?;
                }
                Err(_) => return Err(SessionError::Io("the relay speaks no SMTP".to_owned())),
            }
        }
    }

    /// Says goodbye; nobody waits for the answer for long.
    pub(crate) async fn quit(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), self.ask("QUIT\r\n")).await;
    }
}
