//! Starts a child and waits until it has opened; says how one ended.

use super::Shared;
use super::outgoing::Outgoing;
use crate::event::HostEvent;
use crate::instance::{InstanceState, Spec};
use crate::wire::{Down, Up};
use crate::{HostError, Session, child, pipe};
use ring::rand::{SecureRandom, SystemRandom};
use std::io::BufReader;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a plugin may take to open.
const OPEN_WITHIN: Duration = Duration::from_secs(30);

/// A random session; zeros only if the system has no randomness, in which case nothing else works either.
pub(crate) fn new_session() -> Session {
    let mut session = [0; 16];
    let filled = SystemRandom::new().fill(&mut session);
    debug_assert!(filled.is_ok(), "the system has no randomness");
    session
}

/// A child that has opened.
pub(super) struct Connection {
    pub(super) child: Child,
    pub(super) reading: BufReader<UnixStream>,
    pub(super) started: Instant,
}

/// Starts a child, sends it its settings and waits until it has opened.
pub(super) fn connect(shared: &Shared) -> Result<Connection, HostError> {
    let spec = &shared.spec;
    let failed = |what: String| HostError::Process { name: spec.name.clone(), what };
    let (ours, theirs) = UnixStream::pair().map_err(|e| failed(format!("gets no pipe: {e}")))?;
    let _ = rustix::net::sockopt::set_socket_send_buffer_size(&ours, 1 << 20);
    let child = spawn(spec, theirs.into()).map_err(|e| failed(format!("cannot be started: {e}")))?;
    let session = new_session();
    let open = Down::Open {
        name: &spec.name,
        library: &spec.library.display().to_string(),
        sha256: shared.manifest.sha256,
        id: &shared.manifest.id,
        config: &spec.config,
        state_dir: &spec.state_dir.display().to_string(),
        window: spec.window,
        threads: spec.threads,
        session,
    };
    let mut guard = Reaper(Some(child));
    let mut writing = ours.try_clone().map_err(|e| failed(format!("gets no pipe: {e}")))?;
    pipe::write(&mut writing, &open).map_err(|e| failed(format!("does not listen: {e}")))?;
    ours.set_read_timeout(Some(OPEN_WITHIN)).map_err(|e| failed(e.to_string()))?;
    let mut reading = BufReader::with_capacity(64 * 1024, ours);
    let mut frame = Vec::new();
    let until = Instant::now() + OPEN_WITHIN;
    loop {
        match pipe::read(&mut reading, &mut frame) {
            Ok(true) => {}
            Ok(false) => return Err(failed(format!("ended before it had opened ({})", guard.wait()))),
            Err(_) => return Err(failed("does not open within 30 seconds".to_owned())),
        }
        match postcard::from_bytes::<Up<'_>>(&frame) {
            Ok(Up::Opened) => break,
            Ok(Up::Failed(why)) => return Err(HostError::Open { name: spec.name.clone(), why: why.to_owned() }),
            Ok(Up::Log { level, target, message }) => {
                (shared.events)(HostEvent::Log { level, target: target.to_owned(), message: message.to_owned() });
            }
            // A message may come before the opening is told; the child asks again.
            Ok(_) if Instant::now() < until => {}
            _ => return Err(failed("speaks nonsense".to_owned())),
        }
    }
    reading.get_ref().set_read_timeout(None).map_err(|e| failed(e.to_string()))?;
    let Some(child) = guard.0.take() else { return Err(failed("has gone".to_owned())) };
    let out = Outgoing::start(writing).map_err(|e| failed(format!("gets no thread: {e}")))?;
    let mut state = shared.state();
    state.status = InstanceState::Up;
    state.session = session;
    state.pid = Some(child.id());
    state.out = Some(out);
    state.contents.clear();
    state.base = state.last;
    drop(state);
    Ok(Connection { child, reading, started: Instant::now() })
}

/// Kills and waits for a child that did not come up.
struct Reaper(Option<Child>);

impl Reaper {
    fn wait(&mut self) -> String {
        self.0.take().map_or_else(String::new, |child| ending(child, Duration::from_secs(1)))
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn spawn(spec: &Spec, theirs: OwnedFd) -> std::io::Result<Child> {
    let mut command = Command::new(&spec.child_program);
    command.arg("plugin-host").env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
    let fd = theirs.as_raw_fd();
    // SAFETY: between fork and exec only async-signal-safe calls: setsid, dup2, close_range.
    unsafe {
        command.pre_exec(move || {
            // A group of its own: a Ctrl-C for the daemon is not one for the plugin.
            if libc::setsid() < 0 || libc::dup2(fd, child::PIPE_FD) < 0 {
                return Err(std::io::Error::last_os_error());
            }
            // dup2 onto itself keeps the close-on-exec flag.
            if fd == child::PIPE_FD && libc::fcntl(fd, libc::F_SETFD, 0) < 0 {
                return Err(std::io::Error::last_os_error());
            }
            // Everything else of the daemon's is closed by exec.
            libc::syscall(libc::SYS_close_range, child::PIPE_FD + 1, libc::c_uint::MAX, 4_u32);
            Ok(())
        });
    }
    let child = command.spawn();
    drop(theirs);
    child
}

/// Waits for the end of a child and says how it ended; kills it if it lingers after its pipe has closed.
pub(super) fn ending(mut child: Child, patience: Duration) -> String {
    let until = Instant::now() + patience;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                return match (status.code(), status.signal()) {
                    (Some(code), _) => format!("ended with status {code}"),
                    (None, Some(signal)) => format!("ended by signal {signal}"),
                    (None, None) => "ended".to_owned(),
                };
            }
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(1)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return "was killed after its pipe had closed".to_owned();
            }
        }
    }
}
