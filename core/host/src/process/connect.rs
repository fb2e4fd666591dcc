//! Starts a child and waits until it has opened; says how one ended.

use super::writer::FrameWriter;
use super::{ProcessShared, watch};
use crate::instance::{InstanceSpec, InstanceState};
use crate::log_sanitizer::{MAX_WHY, harmless};
use crate::wire::framing;
use crate::wire::{FromChild, ToChild};
use crate::{HostError, SessionId};
use ring::rand::{SecureRandom, SystemRandom};
use rustix::process::Pid;
use std::fs::File;
use std::io::{BufReader, ErrorKind, PipeWriter, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a plugin may take to open.
const OPEN_WITHIN: Duration = Duration::from_secs(30);
/// How long a process may go on after its pipe has closed.
const END_WITHIN: Duration = Duration::from_secs(5);

/// A random session; zeros only if the system has no randomness, in which case nothing else works either.
pub(crate) fn new_session() -> SessionId {
    let mut session = [0; 16];
    let filled = SystemRandom::new().fill(&mut session);
    debug_assert!(filled.is_ok(), "the system has no randomness");
    session
}

/// A child that has opened.
pub(super) struct ChildConnection {
    pub(super) child: Child,
    pub(super) reading: BufReader<DeadlineReader>,
    pub(super) started: Instant,
}

/// Our end of the pipe. Until the child has opened there is a last moment, however slowly it speaks.
pub(super) struct DeadlineReader {
    stream: UnixStream,
    until: Option<Instant>,
}

impl DeadlineReader {
    /// From now on it may be silent as long as it likes.
    fn patiently(&mut self) -> std::io::Result<()> {
        self.until = None;
        self.stream.set_read_timeout(None)
    }
}

impl Read for DeadlineReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if let Some(until) = self.until {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ErrorKind::TimedOut.into());
            }
            self.stream.set_read_timeout(Some(left))?;
        }
        self.stream.read(buffer)
    }
}

/// Starts a child, sends it its settings and waits until it has opened.
pub(super) fn connect(shared: &ProcessShared) -> Result<ChildConnection, HostError> {
    let spec = &shared.spec;
    let failed = |what: String| HostError::Process { name: spec.name.clone(), what };
    let (ours, theirs) = UnixStream::pair().map_err(|e| failed(format!("gets no pipe: {e}")))?;
    let _ = rustix::net::sockopt::set_socket_send_buffer_size(&ours, 1 << 20);
    let (output, theirs_to_write) = std::io::pipe().map_err(|e| failed(format!("gets no pipe: {e}")))?;
    let library = shared.library.memory().try_clone_to_owned();
    let child = library
        .and_then(|library| spawn(spec, theirs.into(), library, theirs_to_write))
        .map_err(|e| failed(format!("cannot be started: {e}")))?;
    // Before it is told to shut itself in.
    let proc = File::open(format!("/proc/{}/status", child.id())).ok().map(Arc::new);
    let session = new_session();
    let open = ToChild::Open {
        name: &spec.name,
        library: &spec.library.display().to_string(),
        id: &shared.manifest.id,
        grant: shared.grant.clone(),
        config: &spec.config,
        state_dir: &spec.state_dir.display().to_string(),
        window: spec.window,
        threads: spec.threads,
        session,
    };
    let mut guard = Reaper(Some(child));
    let lines = Arc::clone(&shared.lines);
    let follow = move || lines.follow(output, "output");
    std::thread::Builder::new()
        .name(format!("output {}", spec.name))
        .stack_size(128 * 1024)
        .spawn(follow)
        .map_err(|e| failed(format!("cannot be read: {e}")))?;
    let mut writing = ours.try_clone().map_err(|e| failed(format!("gets no pipe: {e}")))?;
    framing::write(&mut writing, &open).map_err(|e| failed(format!("does not listen: {e}")))?;
    let until = Instant::now() + OPEN_WITHIN;
    let mut reading = BufReader::with_capacity(64 * 1024, DeadlineReader { stream: ours, until: Some(until) });
    let mut frame = Vec::new();
    loop {
        match framing::read(&mut reading, &mut frame, framing::MAX_UP) {
            Ok(true) => {}
            Ok(false) => return Err(failed(format!("ended before it had opened ({})", guard.wait()))),
            Err(_) => return Err(failed("does not open within 30 seconds".to_owned())),
        }
        match postcard::from_bytes::<FromChild<'_>>(&frame) {
            Ok(FromChild::Opened) => break,
            Ok(FromChild::Failed(why)) => {
                return Err(HostError::Open { name: spec.name.clone(), why: harmless(why, MAX_WHY) });
            }
            Ok(FromChild::Log { level, target, message }) if Instant::now() < until => {
                shared.lines.say(level, target, message)
            }
            // A message may come before the opening is told; the child asks again.
            Ok(_) if Instant::now() < until => {}
            _ => return Err(failed("speaks nonsense".to_owned())),
        }
    }
    reading.get_mut().patiently().map_err(|e| failed(e.to_string()))?;
    let out = FrameWriter::start(writing).map_err(|e| failed(format!("gets no thread: {e}")))?;
    let mut state = shared.state();
    let Some(child) = guard.0.take_if(|_| !state.stopping) else {
        out.end();
        return Err(failed("comes too late".to_owned()));
    };
    state.status = InstanceState::Up;
    state.session = session;
    state.pid = pid(&child);
    state.proc = proc;
    (state.unanswered, state.strays, state.doom) = (0, 0, None);
    state.heard = Instant::now();
    state.out = Some(out);
    state.contents.clear();
    (state.base, state.acknowledged) = (state.last, 0);
    drop(state);
    Ok(ChildConnection { child, reading, started: Instant::now() })
}

/// Kills and waits for a child that did not come up.
struct Reaper(Option<Child>);

impl Reaper {
    /// How it ended, after a second at most.
    fn wait(&mut self) -> String {
        let until = Instant::now() + Duration::from_secs(1);
        let pid = self.0.as_ref().and_then(pid);
        while pid.is_some_and(|pid| watch::ended(pid).is_none()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.bury().map_or_else(String::new, words)
    }

    fn bury(&mut self) -> Option<ExitStatus> {
        let mut child = self.0.take()?;
        // Before it has made its group it is alone.
        let _ = child.kill();
        if let Some(pid) = pid(&child) {
            watch::kill(pid);
        }
        child.wait().ok()
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        self.bury();
    }
}

/// Its number, which is also that of its group.
fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// The child gets the pipe as its input and the library as its output, and moves both: so nothing has to run between fork and exec, and the
/// daemon's memory is not copied. Everything else of the daemon's is closed by exec.
fn spawn(spec: &InstanceSpec, theirs: OwnedFd, library: OwnedFd, output: PipeWriter) -> std::io::Result<Child> {
    let mut command = Command::new(&spec.child_program);
    command.arg("plugin-host").env_clear().stdin(theirs).stdout(library).stderr(output);
    command.spawn()
}

/// Waits for the end of a child that says nothing more, buries everything that it may have started, and says how it ended.
pub(super) fn ending(shared: &ProcessShared, mut child: Child) -> String {
    let pid = shared.state().pid;
    let until = Instant::now() + END_WITHIN;
    let ended = loop {
        if pid.is_none_or(|pid| watch::ended(pid).is_some()) {
            break true;
        }
        if shared.state().doom.is_some() || Instant::now() >= until {
            break false;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let doom = {
        let mut state = shared.state();
        if !ended {
            state.doom.get_or_insert_with(|| "was killed after its pipe had closed".to_owned());
        }
        // Not waited for until here: the number is still its own, and so is that of its group.
        if let Some(pid) = state.pid.take() {
            watch::kill(pid);
        }
        state.doom.take()
    };
    let status = child.wait();
    doom.unwrap_or_else(|| status.map_or_else(|_| "ended".to_owned(), words))
}

fn words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with status {code}"),
        (None, Some(signal)) => match name(signal) {
            Some(name) => format!("ended by signal {signal} ({name})"),
            None => format!("ended by signal {signal}"),
        },
        (None, None) => "ended".to_owned(),
    }
}

/// What authors know a signal by.
fn name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGILL => "SIGILL",
        libc::SIGKILL => "SIGKILL",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGSYS => "SIGSYS",
        libc::SIGTERM => "SIGTERM",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_drop_now_and_then_does_not_stop_the_clock() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let speaking = std::thread::spawn(move || {
            // A frame of a thousand bytes, one after the other, until nobody listens.
            let mut written = theirs.write_all(&[0xe8, 3, 0, 0]);
            while written.is_ok() {
                std::thread::sleep(Duration::from_millis(10));
                written = theirs.write_all(b"x");
            }
        });
        let until = Instant::now() + Duration::from_millis(200);
        let mut hearing = BufReader::new(DeadlineReader { stream: ours, until: Some(until) });
        let error = framing::read(&mut hearing, &mut Vec::new(), framing::MAX_UP).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock), "{error}");
        assert!(Instant::now() >= until);
        drop(hearing);
        speaking.join().unwrap();
    }
}
