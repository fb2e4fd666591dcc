//! Why the server did not start.

use rundruf_lang::{Message, msg};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the server did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum WebError {
    /// The public address cannot be used.
    Listen {
        /// The address from the settings.
        address: SocketAddr,
        /// Error of the operating system.
        cause: std::io::Error,
    },
    /// The local socket cannot be created.
    Socket {
        /// The path from the settings.
        path: PathBuf,
        /// Error of the operating system.
        cause: std::io::Error,
    },
    /// Another daemon listens on the local socket.
    InUse(PathBuf),
    /// The socket's path exists and is not a socket. It is never removed.
    NotASocket(PathBuf),
}

impl WebError {
    /// What went wrong, for the reader's language.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Listen { address, cause } => msg!("web-cannot-listen", place = %address, cause = cause),
            Self::Socket { path, cause } => msg!("web-cannot-listen", place = %path.display(), cause = cause),
            Self::InUse(path) => msg!("web-socket-in-use", path = %path.display()),
            Self::NotASocket(path) => msg!("web-not-a-socket", path = %path.display()),
        }
    }
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message())
    }
}

impl std::error::Error for WebError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { cause, .. } | Self::Socket { cause, .. } => Some(cause),
            Self::InUse(_) | Self::NotASocket(_) => None,
        }
    }
}
