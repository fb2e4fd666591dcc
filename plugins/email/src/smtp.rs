//! One connection to the relay: greeting, EHLO, STARTTLS and AUTH step by step (never ahead of an answer), then envelopes and bodies.

mod wire; // bytes and replies

use crate::answer::Reply;
use crate::settings::{Config, Tls};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use smtp_proto::{
    AUTH_LOGIN, AUTH_PLAIN, EXT_DSN, EXT_PIPELINING, EXT_SIZE, EXT_SMTP_UTF8, EXT_START_TLS, EhloResponse,
};
use std::sync::Arc;
use std::time::Duration;
use wire::Wire;

/// Why a connection is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// Not reached, cut, or silent for too long.
    #[error("{0}")]
    Io(String),
    /// The relay said no to us.
    #[error("the relay refuses: {}", .0.line(""))]
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

/// Where to, and how: made once.
pub(crate) struct Relay {
    config: Config,
    tls: Option<(Arc<rustls::ClientConfig>, ServerName<'static>)>,
}

impl Relay {
    /// Reads the authorities that TLS trusts: the system's and those of `tls_ca`.
    ///
    /// # Errors
    /// The key and what to do.
    pub(crate) fn new(config: &Config) -> Result<Self, String> {
        if config.tls == Tls::None {
            return Ok(Self { config: config.clone(), tls: None });
        }
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = &config.tls_ca {
            for certificate in CertificateDer::pem_file_iter(path).map_err(|e| format!("`tls_ca`: {e}"))? {
                let certificate = certificate.map_err(|e| format!("`tls_ca`: {e}"))?;
                roots.add(certificate).map_err(|e| format!("`tls_ca`: {e}"))?;
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
            .map_err(|_| format!("`{key}` is no name that a certificate can carry"))?;
        Ok(Self { config: config.clone(), tls: Some((tls, name)) })
    }
}

/// An open connection that may send.
pub(crate) struct Session {
    wire: Wire,
    patience: Duration,
    pub(crate) pipelining: bool,
    pub(crate) dsn: bool,
    pub(crate) utf8: bool,
    /// The relay knows SIZE; its limit in bytes, 0 for none.
    pub(crate) size: Option<usize>,
}

impl Session {
    /// Connects and gets ready to send.
    pub(crate) async fn open(relay: &Relay) -> Result<Self, SessionError> {
        let config = &relay.config;
        let patience = Duration::from_secs(u64::from(config.timeout_s));
        let mut wire = Wire::connect(&config.host, config.port, patience).await?;
        if let (Tls::Implicit, Some((tls, name))) = (config.tls, &relay.tls) {
            wire = wire.secured(tls, name.clone()).await?;
        }
        let greeting = wire.reply().await?;
        if greeting.code != 220 {
            return Err(SessionError::Refused(greeting));
        }
        let mut ehlo = hello(&mut wire, config.own_name()).await?;
        if let (Tls::Starttls, Some((tls, name))) = (config.tls, &relay.tls) {
            if !ehlo.has_capability(EXT_START_TLS) {
                let text = "the relay does not offer STARTTLS, and nothing is sent without: see `tls`";
                return Err(SessionError::Account(text.to_owned()));
            }
            let answer = ask(&mut wire, "STARTTLS\r\n").await?;
            if answer.code != 220 {
                return Err(SessionError::Refused(answer));
            }
            wire = wire.secured(tls, name.clone()).await?;
            // What was offered before TLS counts for nothing.
            ehlo = hello(&mut wire, config.own_name()).await?;
        }
        if let (Some(user), Some(password)) = (&config.username, &config.password) {
            authenticate(&mut wire, &ehlo, user, password.reveal()).await?;
        }
        Ok(Self {
            wire,
            patience,
            pipelining: config.pipelining && ehlo.has_capability(EXT_PIPELINING),
            dsn: ehlo.has_capability(EXT_DSN),
            utf8: ehlo.has_capability(EXT_SMTP_UTF8),
            size: ehlo.has_capability(EXT_SIZE).then_some(ehlo.size),
        })
    }

    /// Sends bytes in one write.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        self.wire.write(bytes).await
    }

    /// Sends bytes; `taken` grows by how many may have left. What it does not count has certainly not.
    pub(crate) async fn write_counted(&mut self, bytes: &[u8], taken: &mut usize) -> Result<(), SessionError> {
        self.wire.write_counted(bytes, taken).await
    }

    /// The next reply, in order.
    pub(crate) async fn reply(&mut self) -> Result<Reply, SessionError> {
        self.wire.reply().await
    }

    /// The next reply; where it is positive and short its text is left out, for nobody reads it.
    pub(crate) async fn brief_reply(&mut self) -> Result<Reply, SessionError> {
        match self.wire.brief_positive() {
            Some(code) => Ok(Reply { code, status: [0; 3], text: String::new() }),
            None => self.wire.reply().await,
        }
    }

    /// The reply after a message: relays check content there, and giving up early means not knowing (RFC 5321 §4.5.3.2.6).
    pub(crate) async fn reply_after_message(&mut self) -> Result<Reply, SessionError> {
        self.wire.reply_within(self.patience * 5).await
    }

    /// What a relay said while it broke off, if anything.
    pub(crate) async fn last_words(&mut self) -> Option<Reply> {
        let reply = self.wire.reply_within(Duration::from_secs(1)).await.ok()?;
        (!reply.is_positive()).then_some(reply)
    }

    /// Says goodbye; nobody waits for the answer for long.
    pub(crate) async fn quit(mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), ask(&mut self.wire, "QUIT\r\n")).await;
    }
}

async fn ask(wire: &mut Wire, command: &str) -> Result<Reply, SessionError> {
    wire.write(command.as_bytes()).await?;
    wire.reply().await
}

/// EHLO; HELO, and no extensions, where the relay does not know it.
async fn hello(wire: &mut Wire, name: &str) -> Result<EhloResponse<String>, SessionError> {
    wire.write(format!("EHLO {name}\r\n").as_bytes()).await?;
    let answer = wire.reply().await?;
    match answer.code {
        250 => Ok(EhloResponse::parse(&mut wire.last_reply().iter()).unwrap_or_default()),
        500..=504 => {
            let answer = ask(wire, &format!("HELO {name}\r\n")).await?;
            if answer.code == 250 { Ok(EhloResponse::default()) } else { Err(SessionError::Refused(answer)) }
        }
        _ => Err(SessionError::Refused(answer)),
    }
}

async fn authenticate(
    wire: &mut Wire,
    ehlo: &EhloResponse<String>,
    user: &str,
    password: &str,
) -> Result<(), SessionError> {
    let answer = if ehlo.auth() & AUTH_PLAIN != 0 {
        ask(wire, &format!("AUTH PLAIN {}\r\n", STANDARD.encode(format!("\0{user}\0{password}")))).await?
    } else if ehlo.auth() & AUTH_LOGIN != 0 {
        let mut answer = ask(wire, "AUTH LOGIN\r\n").await?;
        for word in [user, password] {
            if answer.code == 334 {
                answer = ask(wire, &format!("{}\r\n", STANDARD.encode(word))).await?;
            }
        }
        answer
    } else {
        return Err(SessionError::Account(
            "the relay offers neither AUTH PLAIN nor LOGIN: see `username` and `tls`".to_owned(),
        ));
    };
    match answer.code {
        235 => Ok(()),
        400..=499 => Err(SessionError::Refused(answer)),
        // The relay may repeat the user name, which is often an address.
        _ => Err(SessionError::Account(format!("the relay refuses user name or password: {}", answer.line(user)))),
    }
}
