//! Starts a plugin process and waits until the plugin has opened.

use super::reader::FrameReader;
use super::reap::{ChildGuard, pid};
use super::state::ProcessShared;
use super::writer::FrameWriter;
use crate::error::HostError;
use crate::id::SessionId;
use crate::log_sanitizer::sanitize_reason;
use crate::orphan;
use crate::spec::{InstanceSpec, InstanceState};
use crate::wire::{FromChild, ToChild, framing};
use rundruf_lang::{Message, msg};
use std::fs::File;
use std::io::{BufReader, ErrorKind, PipeWriter, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a plugin may take to open.
const OPEN_WITHIN: Duration = Duration::from_secs(30);

/// A plugin process whose plugin has opened.
pub(super) struct ChildConnection {
    pub(super) child: Child,
    pub(super) reading: BufReader<DeadlineReader>,
    pub(super) started: Instant,
}

/// The daemon's end of the pipe. While `until` is set, reading fails at that moment even if bytes keep trickling in.
pub(super) struct DeadlineReader {
    stream: UnixStream,
    until: Option<Instant>,
}

impl DeadlineReader {
    fn wait_without_limit(&mut self) -> std::io::Result<()> {
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

/// Starts a process, sends the settings and waits until the plugin has opened, [`OPEN_WITHIN`] at most.
pub(super) fn connect(shared: &ProcessShared) -> Result<ChildConnection, HostError> {
    let spec = &shared.spec;
    let failed = |what: Message| HostError::Process { name: spec.name.clone(), what };
    if shared.state().stopping {
        return Err(failed(msg!("host-process-too-late")));
    }
    let library = shared.library.get(spec)?.memory().try_clone_to_owned();
    let (ours, theirs) = UnixStream::pair().map_err(|e| failed(msg!("host-process-no-pipe", why = &e)))?;
    let _ = rustix::net::sockopt::set_socket_send_buffer_size(&ours, 1 << 20);
    let (output, theirs_to_write) = std::io::pipe().map_err(|e| failed(msg!("host-process-no-pipe", why = &e)))?;
    let child = library
        .and_then(|library| spawn(spec, theirs.into(), library, theirs_to_write))
        .map_err(|e| failed(msg!("host-process-not-started", why = &e)))?;
    // Opened before the process confines itself: afterwards `/proc` may hide it.
    let proc = File::open(format!("/proc/{}/status", child.id())).ok().map(Arc::new);
    let session = SessionId::random();
    let open = ToChild::Open {
        name: &spec.name,
        library: &spec.library.display().to_string(),
        id: &shared.manifest.id,
        claims: shared.manifest.claims(),
        grant: shared.grant.clone(),
        config: &spec.config,
        state_dir: &spec.state_dir.display().to_string(),
        window: spec.window,
        threads: spec.threads,
        flags: shared.open_flags,
        session,
    };
    let child_pid = child.id();
    let mut guard = ChildGuard(Some(child));
    let lines = Arc::clone(&shared.log);
    let follow = move || lines.follow(output, "output");
    std::thread::Builder::new()
        .name(format!("output {}", spec.name))
        .stack_size(128 * 1024)
        .spawn(follow)
        .map_err(|e| failed(msg!("host-process-not-read", why = &e)))?;
    // Noted before the plugin opens: a process that nobody knows of ends by itself when it is told nothing.
    orphan::note(&spec.state_dir, child_pid, &spec.child_program)
        .map_err(|cause| HostError::State { path: spec.state_dir.clone(), cause })?;
    let mut writing = ours.try_clone().map_err(|e| failed(msg!("host-process-no-pipe", why = &e)))?;
    framing::write(&mut writing, &open).map_err(|e| failed(msg!("host-process-deaf", why = &e)))?;
    let until = Instant::now() + OPEN_WITHIN;
    let mut reading = BufReader::with_capacity(64 * 1024, DeadlineReader { stream: ours, until: Some(until) });
    let out = FrameWriter::start(writing).map_err(|e| failed(msg!("host-process-no-thread", why = &e)))?;
    {
        // From here on the process is answered and can be killed; messages are handed to it after it has opened.
        let mut state = shared.state();
        (state.session, state.pid, state.proc) = (session, guard.0.as_ref().and_then(pid), proc);
        (state.missed_pongs, state.strays, state.kill_reason) = (0, 0, None);
        state.last_outcome_at = Instant::now();
        state.out = Some(out);
        state.contents.clear();
        (state.base, state.acknowledged) = (state.last, 0);
    }
    let opened = await_opened(shared, &mut reading, &mut guard, until).and_then(|offers| {
        reading.get_mut().wait_without_limit().map_err(|e| failed(e.into()))?;
        Ok(offers)
    });
    let (recalls, tells_begun) = match opened {
        Ok(offers) => offers,
        Err(error) => {
            let mut state = shared.state();
            // The number is another's as soon as the process was waited for.
            state.pid = None;
            state.tokens.clear();
            let out = state.out.take();
            let killed = state.kill_reason.take();
            drop(state);
            out.map(|out| out.end());
            drop(guard);
            orphan::forget(&spec.state_dir);
            return Err(killed.map_or(error, failed));
        }
    };
    let Some(child) = guard.0.take() else { return Err(failed(msg!("host-process-too-late"))) };
    let mut state = shared.state();
    if !state.stopping {
        state.status = InstanceState::Up;
    }
    state.last_outcome_at = Instant::now();
    (state.recalls, state.tells_begun, state.holds_back) = (recalls, tells_begun, false);
    drop(state);
    Ok(ChildConnection { child, reading, started: Instant::now() })
}

/// Waits until the plugin has opened; returns whether it gives messages back, and tells what it begins. What it reports meanwhile is taken in and answered: a message from outside may come at any moment.
fn await_opened(
    shared: &ProcessShared,
    reading: &mut BufReader<DeadlineReader>,
    guard: &mut ChildGuard,
    until: Instant,
) -> Result<(bool, bool), HostError> {
    let name = || shared.spec.name.clone();
    let failed = |what: Message| HostError::Process { name: name(), what };
    // Not a crash: its provider may be slow today.
    let late = || HostError::Open { name: name(), why: msg!("host-process-opens-late") };
    let mut taken = FrameReader::new(shared);
    let mut frame = Vec::new();
    loop {
        match framing::read(reading, &mut frame, framing::MAX_UP) {
            Ok(true) => {}
            Ok(false) => {
                shared.state().pid = None;
                return Err(failed(msg!("host-process-ended-early", how = guard.wait())));
            }
            Err(_) => return Err(late()),
        }
        match postcard::from_bytes::<FromChild<'_>>(&frame) {
            Ok(FromChild::Opened { recalls, tells_begun }) => return Ok((recalls, tells_begun)),
            Ok(FromChild::Failed(why)) => return Err(HostError::Open { name: name(), why: sanitize_reason(why) }),
            Ok(_) if Instant::now() >= until => return Err(late()),
            Ok(up) => taken
                .take(up, frame.len())
                .map_err(|violation| failed(msg!("host-killed-protocol", violation = violation)))?,
            Err(_) => return Err(failed(msg!("host-process-breaks-protocol"))),
        }
    }
}

/// Starts the process with the pipe as its stdin and the library as its stdout, so that no code runs between fork and exec and the daemon's
/// memory is not copied. Every other descriptor is closed by exec.
fn spawn(spec: &InstanceSpec, theirs: OwnedFd, library: OwnedFd, output: PipeWriter) -> std::io::Result<Child> {
    let mut command = Command::new(&spec.child_program);
    command.arg("plugin-host").env_clear().stdin(theirs).stdout(library).stderr(output);
    command.spawn()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn trickling_bytes_do_not_extend_the_deadline() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let speaking = std::thread::spawn(move || {
            // Sends a frame of 1,000 bytes slowly, byte by byte, until the reader has gone.
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
