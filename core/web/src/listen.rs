//! Creates the local socket: other users can connect at no moment, and a second daemon cannot replace it.

use crate::error::WebError;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use std::ffi::OsString;
use std::fs::{File, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{UnixListener, UnixStream};

/// Mode of the socket: the daemon's user and group may connect.
const MODE: u32 = 0o660;
/// Connections that the kernel queues before they are accepted.
const BACKLOG: i32 = 128;

/// A listener that outlives the task which accepts: the task may die and be begun again. Nobody can connect any more once it is closed.
pub(crate) struct KeptListener<L>(Mutex<Option<Arc<L>>>);

impl<L> KeptListener<L> {
    pub(crate) fn new(listener: L) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(Arc::new(listener)))))
    }

    /// The listener; `None` once it is closed.
    pub(crate) fn get(&self) -> Option<Arc<L>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes it, as soon as the caller has dropped what it got.
    pub(crate) fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// Owns the socket's path. The lock beside it decides which daemon does: the path alone outlives a killed daemon.
#[derive(Debug)]
pub(crate) struct SocketGuard {
    path: PathBuf,
    _lock: File,
}

impl Drop for SocketGuard {
    fn drop(&mut self) {
        // A path without a listener would make the next start, and every command, guess. The lock file stays: if it were removed, two
        // daemons could hold two locks.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Listens on the local socket.
///
/// # Errors
/// Another daemon has it, the path is not a socket, or the system refuses.
pub(crate) async fn local(path: &Path) -> Result<(UnixListener, SocketGuard), WebError> {
    let failed = |cause| WebError::Socket { path: path.to_owned(), cause };
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let lock = match lock(path) {
        Ok(lock) => lock,
        Err(TryLockError::WouldBlock) => return Err(WebError::InUse(path.to_owned())),
        Err(TryLockError::Error(cause)) => return Err(failed(cause)),
    };
    remove_stale(path).await?;
    let listener = bind(path).map_err(failed)?;
    let name = SocketGuard { path: path.to_owned(), _lock: lock };
    std::fs::set_permissions(path, Permissions::from_mode(MODE)).map_err(failed)?;
    // No client could connect before this call, whatever mode the umask had left.
    rustix::net::listen(&listener, BACKLOG).map_err(|e| failed(e.into()))?;
    Ok((UnixListener::from_std(listener).map_err(failed)?, name))
}

/// Takes the lock of a socket. The kernel releases it when the daemon ends, for whatever reason.
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

/// Removes the socket of a killed daemon, and nothing else.
async fn remove_stale(path: &Path) -> Result<(), WebError> {
    let failed = |cause| WebError::Socket { path: path.to_owned(), cause };
    let metadata = match std::fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(failed(cause)),
    };
    if !metadata.file_type().is_socket() {
        return Err(WebError::NotASocket(path.to_owned()));
    }
    match UnixStream::connect(path).await {
        // Only `ConnectionRefused` means that no process listens: a daemon with a full queue does not answer either.
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
