//! The local socket: nobody else may reach it, not even for a moment, and a second daemon must not take it away.

use crate::server::WebError;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use std::ffi::OsString;
use std::fs::{File, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tokio::net::{UnixListener, UnixStream};

/// Who may speak: the daemon's user and group.
const MODE: u32 = 0o660;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 128;

/// The socket's name in the file system, held as long as this lives. The lock beside it is the truth about who has it: a name alone
/// outlives its daemon.
#[derive(Debug)]
pub(crate) struct Name {
    path: PathBuf,
    _lock: File,
}

impl Drop for Name {
    fn drop(&mut self) {
        // A name without a listener would make the next start, and every command, guess. The lock file stays: removing it would let
        // two daemons hold two locks.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Listens on a local socket.
pub(crate) async fn local(path: &Path) -> Result<(UnixListener, Name), WebError> {
    let failed = |cause| WebError::Socket { path: path.to_owned(), cause };
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let lock = match lock(path) {
        Ok(lock) => lock,
        Err(TryLockError::WouldBlock) => return Err(WebError::InUse(path.to_owned())),
        Err(TryLockError::Error(cause)) => return Err(failed(cause)),
    };
    clear(path).await?;
    let listener = bind(path).map_err(failed)?;
    let name = Name { path: path.to_owned(), _lock: lock };
    std::fs::set_permissions(path, Permissions::from_mode(MODE)).map_err(failed)?;
    // Until here nobody could connect, whatever the umask made of the mode.
    rustix::net::listen(&listener, BACKLOG).map_err(|e| failed(e.into()))?;
    Ok((UnixListener::from_std(listener).map_err(failed)?, name))
}

/// One daemon for one name. The kernel releases the lock when the daemon dies, however it dies.
fn lock(path: &Path) -> Result<File, TryLockError> {
    let mut name = OsString::from(path);
    name.push(".lock");
    let mut options = File::options();
    options.create(true).truncate(false).write(true).mode(0o600);
    options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    let lock = options.open(name).map_err(TryLockError::Error)?;
    lock.try_lock()?;
    Ok(lock)
}

/// Removes what a killed daemon left; nothing else.
async fn clear(path: &Path) -> Result<(), WebError> {
    let failed = |cause| WebError::Socket { path: path.to_owned(), cause };
    let there = match std::fs::symlink_metadata(path) {
        Ok(there) => there,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(failed(cause)),
    };
    if !there.file_type().is_socket() {
        return Err(WebError::NotASocket(path.to_owned()));
    }
    match UnixStream::connect(path).await {
        // Only a refusal says that nobody listens: a daemon whose queue is full does not answer either.
        Err(cause) if cause.kind() == ErrorKind::ConnectionRefused => std::fs::remove_file(path).map_err(failed),
        Err(cause) if cause.kind() == ErrorKind::PermissionDenied => Err(failed(cause)),
        _ => Err(WebError::InUse(path.to_owned())),
    }
}

fn bind(path: &Path) -> io::Result<std::os::unix::net::UnixListener> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    rustix::net::bind(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(socket.into())
}
