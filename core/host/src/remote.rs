//! The daemon's side of a plugin in a process of its own: starts it, feeds it, and starts it again when it dies.

mod outgoing; // frames on their way, never blocking the sender

use crate::event::{HostEvent, Inbound, Outcome, Receipt};
use crate::instance::{Events, InstanceState, Spec, Stopped};
use crate::ledger::Ledger;
use crate::letter::{Content, Letter, Priority, Rejected, WhyRejected};
use crate::wire::{Down, Up, WireBatch, WireContent, WireLetter};
use crate::{HostError, Manifest, Session, child, pipe};
use outgoing::Outgoing;
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_abi::{NO_VAR, OutcomeCode};
use std::collections::VecDeque;
use std::io::BufReader;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a plugin may take to open.
const OPEN_WITHIN: Duration = Duration::from_secs(30);
/// Contents that the child is trusted to know.
const KEPT_CONTENTS: usize = 8;
/// First pause before a restart; doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A process that lived this long begins with the first pause again.
const STEADY_AFTER: Duration = Duration::from_secs(300);
/// This many deaths within [`GIVE_UP_WITHIN`], and it is not started again.
const GIVE_UP_AFTER: usize = 5;
const GIVE_UP_WITHIN: Duration = Duration::from_secs(600);

/// A random session; zeros only if the system has no randomness, in which case nothing else works either.
pub(crate) fn new_session() -> Session {
    let mut session = [0; 16];
    let filled = SystemRandom::new().fill(&mut session);
    debug_assert!(filled.is_ok(), "the system has no randomness");
    session
}

/// A plugin in a process of its own.
pub(crate) struct Remote {
    shared: Arc<Shared>,
}

struct Shared {
    spec: Spec,
    manifest: Arc<Manifest>,
    events: Events,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    status: InstanceState,
    stopping: bool,
    session: Session,
    pid: Option<u32>,
    out: Option<Arc<Outgoing>>,
    ledger: Ledger<()>,
    contents: VecDeque<u64>,
    next_batch: u64,
    /// Added to the child's numbers, so that an acknowledgement for a dead child means nothing to the next.
    base: u64,
    last: u64,
    deaths: Vec<Instant>,
    closed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remote {
    pub(crate) fn start(spec: Spec, manifest: Arc<Manifest>, events: Events) -> Result<Self, HostError> {
        let shared = Arc::new(Shared {
            spec,
            manifest,
            events,
            state: Mutex::new(State {
                status: InstanceState::Down { reason: "not started".to_owned() },
                stopping: false,
                session: [0; 16],
                pid: None,
                out: None,
                ledger: Ledger::default(),
                contents: VecDeque::new(),
                next_batch: 1,
                base: 0,
                last: 0,
                deaths: Vec::new(),
                closed: false,
            }),
            changed: Condvar::new(),
        });
        let connection = connect(&shared)?;
        let kept = Arc::clone(&shared);
        let name = shared.spec.name.clone();
        let spawn = |what: &str, run: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(format!("{what} {name}"))
                .stack_size(256 * 1024)
                .spawn(run)
                .map(|_| ())
                .map_err(|e| HostError::Process { name: name.clone(), what: format!("cannot be watched: {e}") })
        };
        spawn("plugin", Box::new(move || keep(&kept, connection)))?;
        let watched = Arc::downgrade(&shared);
        spawn(
            "overdue",
            Box::new(move || {
                while let Some(shared) = watched.upgrade() {
                    give_up_overdue(&shared);
                    let stopped = shared.state().closed;
                    drop(shared);
                    if stopped {
                        return;
                    }
                    std::thread::sleep(Duration::from_secs(1));
                }
            }),
        )?;
        Ok(Self { shared })
    }

    pub(crate) fn session(&self) -> Session {
        self.shared.state().session
    }

    pub(crate) fn state(&self) -> InstanceState {
        self.shared.state().status.clone()
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.shared.state().pid
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.shared.state().ledger.letters()
    }

    pub(crate) fn send(
        &self,
        content: &Arc<Content>,
        letters: Vec<Letter>,
        priority: Priority,
        deadline_ms: i64,
    ) -> Result<(), Rejected> {
        let mut state = self.shared.state();
        let out = match (&state.status, &state.out) {
            (InstanceState::Up, Some(out)) if !state.stopping => Arc::clone(out),
            _ => return Err(Rejected { letters, why: WhyRejected::Closed }),
        };
        let held = state.ledger.letters();
        if held > 0 && held + letters.len() > self.shared.spec.window.max(1) as usize {
            return Err(Rejected { letters, why: WhyRejected::Busy });
        }
        if !state.contents.contains(&content.id) {
            let Ok(frame) = content_frame(content) else {
                return Err(Rejected { letters, why: WhyRejected::TooLarge });
            };
            if state.contents.len() >= KEPT_CONTENTS
                && let Some(old) = state.contents.pop_front()
                && let Ok(frame) = pipe::encode(&Down::DropContent(old), 16)
            {
                out.push(frame, None);
            }
            state.contents.push_back(content.id);
            out.push(frame, None);
        }
        let id = state.next_batch;
        let Ok(frame) = batch_frame(id, content.id, &letters, priority, deadline_ms) else {
            return Err(Rejected { letters, why: WhyRejected::TooLarge });
        };
        state.next_batch += 1;
        let ids = letters.iter().map(|l| l.message_id).collect();
        state.ledger.open(id, ids, Instant::now() + self.shared.spec.overdue_after, ());
        // Still under the lock: frames leave in the order of their ids, and a death cannot come in between.
        out.push(frame, Some(id));
        Ok(())
    }

    pub(crate) fn acknowledge(&self, last: u64) {
        let state = self.shared.state();
        if let (Some(number), Some(out)) = (last.checked_sub(state.base).filter(|n| *n > 0), &state.out) {
            say(out, &Down::Ack(number));
        }
    }

    pub(crate) fn answer(&self, token: u64, stored: bool) {
        if let Some(out) = &self.shared.state().out {
            say(out, &Down::Answer { token, stored });
        }
    }

    pub(crate) fn drain(&self, within: Duration) {
        let mut state = self.shared.state();
        if state.status == InstanceState::Up {
            state.status = InstanceState::Draining;
        }
        if let Some(out) = &state.out {
            say(out, &Down::Drain { ms: u64::try_from(within.as_millis()).unwrap_or(u64::MAX) });
        }
    }

    pub(crate) fn stop(&self, deadline: Duration) -> Stopped {
        let until = Instant::now() + deadline;
        self.shared.state().stopping = true;
        self.drain(deadline);
        let mut state = self.shared.state();
        while state.ledger.letters() > 0 && state.pid.is_some() && Instant::now() < until {
            let waited = self.shared.changed.wait_timeout(state, Duration::from_millis(5));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if let Some(out) = &state.out {
            say(out, &Down::Close);
            out.finish();
        }
        let pid = state.pid;
        while !state.closed && Instant::now() < until {
            let waited = self.shared.changed.wait_timeout(state, Duration::from_millis(20));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.closed {
            return Stopped::Clean;
        }
        drop(state);
        if let Some(pid) = pid.and_then(|p| i32::try_from(p).ok()).and_then(rustix::process::Pid::from_raw) {
            // Our own child, not yet waited for: the number is still its.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
        Stopped::Killed
    }
}

fn say(out: &Outgoing, frame: &Down<'_>) {
    if let Ok(frame) = pipe::encode(frame, 32) {
        out.push(frame, None);
    }
}

fn content_frame(content: &Content) -> std::io::Result<Vec<u8>> {
    fn pairs(template: &crate::Template) -> Vec<(&str, u32)> {
        template.segments.iter().map(|(s, v)| (s.as_str(), v.unwrap_or(NO_VAR))).collect()
    }
    let wire = WireContent {
        id: content.id,
        class: content.class,
        channel: &content.channel,
        language: &content.language,
        subject: pairs(&content.subject),
        text: pairs(&content.text),
        html: pairs(&content.html),
        attachments: content
            .attachments
            .iter()
            .map(|a| (a.name.as_str(), a.media_type.as_str(), a.url.as_str(), &*a.bytes))
            .collect(),
        meta: content.meta.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect(),
    };
    pipe::encode(&Down::Content(wire), content.size() + 1_024)
}

fn batch_frame(
    id: u64,
    content: u64,
    letters: &[Letter],
    priority: Priority,
    deadline_ms: i64,
) -> std::io::Result<Vec<u8>> {
    let wire = WireBatch {
        id,
        content,
        priority: u32::from(priority == Priority::Ahead),
        deadline_ms,
        letters: letters
            .iter()
            .map(|l| WireLetter {
                message_id: l.message_id,
                address: &l.address,
                unsubscribe_url: &l.unsubscribe_url,
                permit: l.permit().evidence().0.cast_unsigned(),
                attempt: l.attempt,
                vars: u32::try_from(l.vars.len()).unwrap_or(u32::MAX),
            })
            .collect(),
        vars: letters.iter().flat_map(|l| l.vars.iter().map(|v| &**v)).collect(),
    };
    pipe::encode(&Down::Batch(wire), letters.len() * 160)
}

/// A child that has opened.
struct Connection {
    child: Child,
    reading: BufReader<UnixStream>,
    started: Instant,
}

/// Starts a child, sends it its settings and waits until it has opened.
fn connect(shared: &Shared) -> Result<Connection, HostError> {
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

/// Runs as long as the transport: reads what the child says, and starts it again when it dies.
fn keep(shared: &Arc<Shared>, mut connection: Connection) {
    loop {
        let steady = connection.started;
        listen(shared, &mut connection.reading);
        let reason = ending(connection.child, Duration::from_secs(5));
        let session = bury(shared);
        let pause = {
            let mut state = shared.state();
            if state.stopping {
                state.status = InstanceState::Down { reason: "stopped".to_owned() };
                state.closed = true;
                shared.changed.notify_all();
                return;
            }
            let now = Instant::now();
            if now.duration_since(steady) > STEADY_AFTER {
                state.deaths.clear();
            }
            state.deaths.push(now);
            state.deaths.retain(|d| now.duration_since(*d) < GIVE_UP_WITHIN);
            let deaths = state.deaths.len();
            state.status = InstanceState::Down { reason: reason.clone() };
            let doubled = FIRST_PAUSE.saturating_mul(1 << deaths.saturating_sub(1).min(16));
            (deaths < GIVE_UP_AFTER).then(|| doubled.min(LONGEST_PAUSE))
        };
        (shared.events)(HostEvent::Down { session, reason: reason.clone(), restarts_in: pause });
        let Some(pause) = pause else {
            shared.state().closed = true;
            shared.changed.notify_all();
            return;
        };
        match restart(shared, pause) {
            Some(next) => connection = next,
            None => return,
        }
        let session = shared.state().session;
        (shared.events)(HostEvent::Up { session });
    }
}

/// Waits, then starts a child; again and again while it does not come up. `None` when the transport is stopped.
fn restart(shared: &Arc<Shared>, mut pause: Duration) -> Option<Connection> {
    loop {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20).min(pause));
            let mut state = shared.state();
            if state.stopping {
                state.closed = true;
                shared.changed.notify_all();
                return None;
            }
        }
        match connect(shared) {
            Ok(connection) => return Some(connection),
            Err(error) => {
                pause = (pause * 2).min(LONGEST_PAUSE);
                shared.state().status = InstanceState::Down { reason: error.to_string() };
                let session = shared.state().session;
                (shared.events)(HostEvent::Down { session, reason: error.to_string(), restarts_in: Some(pause) });
            }
        }
    }
}

/// Reads until the child has gone.
fn listen(shared: &Shared, reading: &mut BufReader<UnixStream>) {
    let mut frame = Vec::new();
    while matches!(pipe::read(reading, &mut frame), Ok(true)) {
        let Ok(up) = postcard::from_bytes::<Up<'_>>(&frame) else {
            tracing::error!(transport = %shared.spec.name, "the plugin's process speaks nonsense");
            return;
        };
        match up {
            Up::Outcomes { last, outcomes } => {
                let mut done = Vec::with_capacity(outcomes.len());
                let last = {
                    let mut state = shared.state();
                    for o in outcomes {
                        let Some((message_id, _)) = state.ledger.close(o.batch, o.index) else { continue };
                        done.push(Outcome {
                            message_id,
                            code: OutcomeCode(o.code),
                            retry_after: (o.retry_after_ms > 0)
                                .then(|| Duration::from_millis(u64::from(o.retry_after_ms))),
                            remote_code: o.remote_code,
                            remote_id: o.remote_id.into(),
                            detail: o.detail.into(),
                        });
                    }
                    state.last = state.base + last;
                    state.last
                };
                shared.changed.notify_all();
                // Also when all were strays: the child wants its acknowledgement.
                (shared.events)(HostEvent::Outcomes { last, outcomes: done });
            }
            Up::Inbound { token, kind, trust, channel, address, text, remote_id, at_ms } => {
                let message = Inbound {
                    kind,
                    trust,
                    channel: channel.to_owned(),
                    address: address.to_owned(),
                    text: text.to_owned(),
                    remote_id: remote_id.to_owned(),
                    at_ms,
                };
                (shared.events)(HostEvent::Inbound { token, message });
            }
            Up::Receipt { token, message_id, kind, at_ms, detail } => {
                let receipt = Receipt { message_id, kind, at_ms, detail: detail.to_owned() };
                (shared.events)(HostEvent::Receipt { token, receipt });
            }
            Up::Ready => (shared.events)(HostEvent::Ready),
            Up::Log { level, target, message } => {
                (shared.events)(HostEvent::Log { level, target: target.to_owned(), message: message.to_owned() });
            }
            Up::Draining => shared.state().status = InstanceState::Draining,
            Up::Closed | Up::Opened | Up::Failed(_) => {}
        }
        if frame.capacity() > 1 << 20 {
            frame = Vec::new();
        }
    }
}

/// The child has gone: everything it held gets its outcome. What never left this process is untouched.
fn bury(shared: &Shared) -> Session {
    let (outcomes, session, last) = {
        let mut state = shared.state();
        let unsent = state.out.take().map(|out| out.end()).unwrap_or_default();
        state.pid = None;
        let mut outcomes = Vec::new();
        for batch in state.ledger.batches() {
            let Some((ids, ())) = state.ledger.take(batch) else { continue };
            let (code, why) = if unsent.contains(&batch) {
                (OutcomeCode::UNTOUCHED, "")
            } else {
                (OutcomeCode::MAYBE_SENT, "the plugin's process died while it held this message")
            };
            outcomes.extend(ids.into_iter().map(|id| Outcome::of(id, code, why)));
        }
        (outcomes, state.session, state.last)
    };
    if !outcomes.is_empty() {
        (shared.events)(HostEvent::Outcomes { last, outcomes });
    }
    session
}

fn give_up_overdue(shared: &Shared) {
    let (outcomes, last) = {
        let mut state = shared.state();
        let mut outcomes = Vec::new();
        for batch in state.ledger.overdue(Instant::now()) {
            let Some((ids, ())) = state.ledger.take(batch) else { continue };
            outcomes.extend(
                ids.into_iter().map(|id| Outcome::of(id, OutcomeCode::MAYBE_SENT, "no answer from the plugin in time")),
            );
        }
        (outcomes, state.last)
    };
    if !outcomes.is_empty() {
        (shared.events)(HostEvent::Outcomes { last, outcomes });
    }
}

/// Waits for the end of a child and says how it ended; kills it if it lingers after its pipe has closed.
fn ending(mut child: Child, patience: Duration) -> String {
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
