//! One SMTP session (RFC 5321): greeting, EHLO, STARTTLS (RFC 3207) and AUTH (RFC 4954), each after the reply to the one before; then it can
//! send envelopes and bodies.

mod connection; // bytes and replies, with or without TLS

use crate::reply::SmtpReply;
use crate::settings::{EmailConfig, TlsMode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connection::SmtpConnection;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use smtp_proto::{
    AUTH_LOGIN, AUTH_PLAIN, EXT_DSN, EXT_PIPELINING, EXT_SIZE, EXT_SMTP_UTF8, EXT_START_TLS, EhloResponse,
};
use std::sync::Arc;
use std::time::Duration;

/// Why a session cannot be opened or used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// Unreachable, disconnected or timed out.
    #[error("{0}")]
    Io(String),
    /// The relay refuses the session.
    #[error("the relay refuses: {}", .0.summary(""))]
    Refused(SmtpReply),
    /// Credentials or TLS: it will fail again until the admin acts.
    #[error("{0}")]
    Account(String),
}

impl From<std::io::Error> for SessionError {
    fn from(e: std::io::Error) -> Self {
        Self::Io(format!("the connection to the relay broke: {e}"))
    }
}

/// The relay's address and TLS settings, prepared once.
pub(crate) struct RelayEndpoint {
    config: EmailConfig,
    tls: Option<(Arc<rustls::ClientConfig>, ServerName<'static>)>,
}

impl RelayEndpoint {
    /// Reads the trusted certificate authorities: the system's and those of `tls_ca`.
    ///
    /// # Errors
    /// Names the settings key at fault and what to do.
    pub(crate) fn new(config: &EmailConfig) -> Result<Self, String> {
        if config.tls == TlsMode::None {
            return Ok(Self { config: config.clone(), tls: None });
        }
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = &config.tls_ca {
            let before = roots.len();
            for certificate in CertificateDer::pem_file_iter(path).map_err(|e| format!("`tls_ca`: {e}"))? {
                let certificate = certificate.map_err(|e| format!("`tls_ca`: {e}"))?;
                roots.add(certificate).map_err(|e| format!("`tls_ca`: {e}"))?;
            }
            if roots.len() == before {
                return Err("`tls_ca` holds no certificate: name a file with certificates as PEM".to_owned());
            }
        }
        if roots.is_empty() {
            return Err("no certificate authorities are known: install `ca-certificates`, or name a file by `tls_ca`"
                .to_owned());
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?;
        let tls = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
        let (key, name) = config.tls_name.as_ref().map_or(("host", &config.host), |name| ("tls_name", name));
        let name = ServerName::try_from(name.clone())
            .map_err(|_| format!("`{key}` is not a name that a certificate can have"))?;
        Ok(Self { config: config.clone(), tls: Some((tls, name)) })
    }
}

/// An open session, ready to send.
pub(crate) struct SmtpSession {
    connection: SmtpConnection,
    timeout: Duration,
    /// PIPELINING (RFC 2920) is offered and allowed by the settings.
    pub(crate) pipelining: bool,
    /// DSN is offered (RFC 3461).
    pub(crate) dsn: bool,
    /// SMTPUTF8 is offered (RFC 6531).
    pub(crate) utf8: bool,
    /// SIZE is offered (RFC 1870): the relay's limit in bytes, 0 for none.
    pub(crate) size: Option<usize>,
}

impl SmtpSession {
    /// Connects, secures the connection and logs in, as the settings say.
    pub(crate) async fn open(relay: &RelayEndpoint) -> Result<Self, SessionError> {
        let config = &relay.config;
        let timeout = config.timeout();
        let mut connection = SmtpConnection::connect(&config.host, config.port, timeout).await?;
        if let (TlsMode::Implicit, Some((tls, name))) = (config.tls, &relay.tls) {
            connection = connection.secured(tls, name.clone()).await?;
        }
        let greeting = connection.reply().await?;
        if greeting.code != 220 {
            return Err(SessionError::Refused(greeting));
        }
        let mut ehlo = hello(&mut connection, config.own_name()).await?;
        if let (TlsMode::Starttls, Some((tls, name))) = (config.tls, &relay.tls) {
            if !ehlo.has_capability(EXT_START_TLS) {
                let text = "the relay does not offer STARTTLS, and nothing is sent without: see `tls`";
                return Err(SessionError::Account(text.to_owned()));
            }
            let reply = command(&mut connection, "STARTTLS\r\n").await?;
            if reply.code != 220 {
                return Err(SessionError::Refused(reply));
            }
            connection = connection.secured(tls, name.clone()).await?;
            // Offers from before TLS are discarded (RFC 3207 §4.2).
            ehlo = hello(&mut connection, config.own_name()).await?;
        }
        if let (Some(user), Some(password)) = (&config.username, &config.password) {
            authenticate(&mut connection, &ehlo, user, password.reveal()).await?;
        }
        Ok(Self {
            connection,
            timeout,
            pipelining: config.pipelining && ehlo.has_capability(EXT_PIPELINING),
            dsn: ehlo.has_capability(EXT_DSN),
            utf8: ehlo.has_capability(EXT_SMTP_UTF8),
            size: ehlo.has_capability(EXT_SIZE).then_some(ehlo.size),
        })
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        self.connection.write(bytes).await
    }

    /// Writes bytes. `written` grows by the number that may have been sent; bytes beyond it were certainly not sent.
    pub(crate) async fn write_counted(&mut self, bytes: &[u8], written: &mut usize) -> Result<(), SessionError> {
        self.connection.write_counted(bytes, written).await
    }

    pub(crate) async fn reply(&mut self) -> Result<SmtpReply, SessionError> {
        self.connection.reply().await
    }

    /// Reads the next reply; a positive single-line reply comes without its text, which saves parsing it.
    pub(crate) async fn code_only_reply(&mut self) -> Result<SmtpReply, SessionError> {
        match self.connection.positive_code() {
            Some(code) => Ok(SmtpReply { code, status: [0; 3], text: String::new() }),
            None => self.connection.reply().await,
        }
    }

    /// Reads the reply to a message, with five times the timeout: relays check content then, and giving up leaves the outcome unknown
    /// (RFC 5321 §4.5.3.2.6).
    pub(crate) async fn reply_after_message(&mut self) -> Result<SmtpReply, SessionError> {
        self.connection.reply_within(self.timeout * 5).await
    }

    /// The refusal that a relay may have sent before it disconnected.
    pub(crate) async fn final_refusal(&mut self) -> Option<SmtpReply> {
        let reply = self.connection.reply_within(Duration::from_secs(1)).await.ok()?;
        (!reply.is_positive()).then_some(reply)
    }

    /// Sends QUIT; waits at most one second for the reply.
    pub(crate) async fn quit(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), command(&mut self.connection, "QUIT\r\n")).await;
    }
}

async fn command(connection: &mut SmtpConnection, line: &str) -> Result<SmtpReply, SessionError> {
    connection.write(line.as_bytes()).await?;
    connection.reply().await
}

/// Sends EHLO; falls back to HELO, without extensions, if the relay does not know it.
async fn hello(connection: &mut SmtpConnection, name: &str) -> Result<EhloResponse<String>, SessionError> {
    connection.write(format!("EHLO {name}\r\n").as_bytes()).await?;
    let reply = connection.reply().await?;
    match reply.code {
        250 => Ok(EhloResponse::parse(&mut connection.last_reply().iter()).unwrap_or_default()),
        500..=504 => {
            let reply = command(connection, &format!("HELO {name}\r\n")).await?;
            if reply.code == 250 { Ok(EhloResponse::default()) } else { Err(SessionError::Refused(reply)) }
        }
        _ => Err(SessionError::Refused(reply)),
    }
}

async fn authenticate(
    connection: &mut SmtpConnection,
    ehlo: &EhloResponse<String>,
    user: &str,
    password: &str,
) -> Result<(), SessionError> {
    let reply = if ehlo.auth() & AUTH_PLAIN != 0 {
        command(connection, &format!("AUTH PLAIN {}\r\n", STANDARD.encode(format!("\0{user}\0{password}")))).await?
    } else if ehlo.auth() & AUTH_LOGIN != 0 {
        let mut reply = command(connection, "AUTH LOGIN\r\n").await?;
        for word in [user, password] {
            if reply.code == 334 {
                reply = command(connection, &format!("{}\r\n", STANDARD.encode(word))).await?;
            }
        }
        reply
    } else {
        return Err(SessionError::Account(
            "the relay offers neither AUTH PLAIN nor LOGIN: see `username` and `tls`".to_owned(),
        ));
    };
    match reply.code {
        235 => Ok(()),
        400..=499 => Err(SessionError::Refused(reply)),
        // The relay may repeat the user name, which is often an address: it is redacted.
        _ => Err(SessionError::Account(format!("the relay refuses user name or password: {}", reply.summary(user)))),
    }
}
