//! Why the server did not start.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebError {
    /// The public address cannot be used.
    #[error("cannot listen on `{address}`: {cause}")]
    Listen {
        /// The address from the settings.
        address: SocketAddr,
        /// Error of the operating system.
        cause: std::io::Error,
    },
    /// The local socket cannot be created.
    #[error("cannot listen on `{path}`: {cause}")]
    Socket {
        /// The path from the settings.
        path: PathBuf,
        /// Error of the operating system.
        cause: std::io::Error,
    },
    /// Another daemon listens on the local socket.
    #[error("another daemon listens on `{0}`")]
    InUse(PathBuf),
    /// The socket's path exists and is not a socket. It is never removed.
    #[error("`{0}` is there already and is not a socket: name another path, or move it away")]
    NotASocket(PathBuf),
}
