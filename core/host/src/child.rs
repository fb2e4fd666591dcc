//! The child's main: opens the library, serves the pipe, and outlives the daemon just long enough to say what became of what it held.

use crate::confinement::{self, Grant};
use crate::event::{DeliveryReceipt, InboundMessage, MessageOutcome};
use crate::library::{self, SealedLibrary};
use crate::loaded_instance::{LoadedInstance, OpenParams, PluginCallbacks};
use crate::lookup::{LookupAnswer, LookupRefusal, Reachability};
use crate::shutdown_gate::ShutdownGate;
use crate::views::{BatchViews, ContentViews};
use crate::wire::batch::BATCH;
use crate::wire::framing;
use crate::wire::outcome_batch::OutcomeBatch;
use crate::wire::{FromChild, ToChild};
use crate::{SessionId, journal};
use rundruf_abi::{LogLevel, OutcomeCode, Status};
use rustix::event::{PollFd, PollFlags, poll};
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a child without a daemon finishes what it holds.
const GRACE: Duration = Duration::from_secs(10);
/// When it has not ended so long after the daemon, a call into the plugin hangs: it ends all the same, before the next daemon gives up waiting.
const LAST: Duration = Duration::from_secs(12);
/// How long it waits for the lock of its state folder.
const LOCK_WAIT: Duration = Duration::from_secs(15);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `rundruf plugin-host` runs. Returns an exit code.
#[must_use]
pub fn main() -> i32 {
    let signals = BlockedSignals::block();
    let Ok((stream, library)) = arrive() else { return 2 };
    let Ok(reading) = stream.try_clone() else { return 2 };
    match serve(BufReader::with_capacity(64 * 1024, reading), stream, library, &signals) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

/// The daemon gives its end of the pipe as our input and the library as our output. Both move, and nothing else of the daemon's stays open.
fn arrive() -> std::io::Result<(UnixStream, OwnedFd)> {
    // A group of its own: a Ctrl-C for the daemon is not one for the plugin. Fails only for whoever has one already.
    let _ = rustix::process::setsid();
    // SAFETY: nothing in this process has opened anything yet: what is open beyond the first three was left open by somebody else.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
    let stream = std::io::stdin().as_fd().try_clone_to_owned()?;
    let library = std::io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    // What the plugin prints goes where its errors go.
    rustix::stdio::dup2_stdout(std::io::stderr().as_fd())?;
    Ok((stream.into(), library))
}

/// SIGTERM as something to wait for: blocked before any other thread exists.
struct BlockedSignals(libc::sigset_t);

impl BlockedSignals {
    fn block() -> Self {
        // SAFETY: plain C calls on a set of our own; called while there is one thread.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigaddset(&raw mut set, libc::SIGTERM);
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
            Self(set)
        }
    }

    fn wait(set: libc::sigset_t) {
        let mut signal = 0;
        // SAFETY: the set is valid, the signal is blocked in all threads.
        unsafe { libc::sigwait(&raw const set, &raw mut signal) };
    }
}

/// What the plugin says, on its way up.
struct DaemonPipe {
    writing: Mutex<(UnixStream, Vec<u8>)>,
    /// Whether the daemon has gone.
    dead: AtomicBool,
    next: AtomicU64,
    /// Outcomes that are not acknowledged, in order: as they were told, each array with its last number.
    unacknowledged: Mutex<VecDeque<(u64, Vec<MessageOutcome>)>>,
    /// Verdicts on messages from outside.
    answers: Mutex<HashMap<u64, bool>>,
    answered: Condvar,
    token: AtomicU64,
    /// The plugin has room again.
    ready: AtomicBool,
    ready_to: Mutex<Option<Arc<PluginServer>>>,
}

impl DaemonPipe {
    fn say(&self, frame: &FromChild<'_>) {
        let mut guard = lock(&self.writing);
        self.say_locked(&mut guard, frame);
    }

    fn say_locked(&self, (stream, buffer): &mut (UnixStream, Vec<u8>), frame: &FromChild<'_>) {
        if self.dead.load(Ordering::Acquire) {
            return;
        }
        let written = framing::encode_into(frame, buffer).and_then(|()| stream.write_all(buffer));
        if written.is_err() {
            self.dead.store(true, Ordering::Release);
        }
        if buffer.capacity() > 1 << 20 {
            *buffer = Vec::new();
        }
    }

    /// Tells outcomes in one frame.
    fn tell(&self, told: OutcomeBatch) {
        let runs = told.runs();
        // The writing lock first: frames leave in the order of their numbers.
        let mut guard = lock(&self.writing);
        let count = told.len() as u64;
        let last = self.next.fetch_add(count, Ordering::AcqRel) + count;
        let encoded = framing::encode_into(&FromChild::Outcomes { last, runs }, &mut guard.1);
        // Kept before it is said: an acknowledgement can only come for what is here.
        lock(&self.unacknowledged).push_back((last, told.outcomes));
        if self.dead.load(Ordering::Acquire) {
            return;
        }
        let (stream, buffer) = &mut *guard;
        if encoded.and_then(|()| stream.write_all(buffer)).is_err() {
            self.dead.store(true, Ordering::Release);
        }
    }

    fn ask(&self, frame: impl FnOnce(u64) -> Vec<u8>) -> Status {
        let token = self.token.fetch_add(1, Ordering::Relaxed) + 1;
        let bytes = frame(token);
        {
            let mut guard = lock(&self.writing);
            if self.dead.load(Ordering::Acquire) || guard.0.write_all(&bytes).is_err() {
                return Status::BUSY;
            }
        }
        let mut answers = lock(&self.answers);
        loop {
            if let Some(stored) = answers.remove(&token) {
                return if stored { Status::OK } else { Status::BUSY };
            }
            if self.dead.load(Ordering::Acquire) {
                return Status::BUSY;
            }
            let waited = self.answered.wait_timeout(answers, Duration::from_millis(200));
            answers = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl PluginCallbacks for DaemonPipe {
    fn outcomes(&self, mut told: OutcomeBatch) {
        while told.len() > framing::OUTCOMES_AT_ONCE {
            let rest = told.split_off(framing::OUTCOMES_AT_ONCE);
            self.tell(std::mem::replace(&mut told, rest));
        }
        self.tell(told);
    }

    fn inbound(&self, m: InboundMessage) -> Status {
        self.ask(|token| {
            let InboundMessage { kind, trust, channel, address, text, remote_id, at_ms } = &m;
            let frame = FromChild::Inbound {
                token,
                kind: *kind,
                trust: *trust,
                channel,
                address,
                text,
                remote_id,
                at_ms: *at_ms,
            };
            framing::encode(&frame, text.len() + 256).unwrap_or_default()
        })
    }

    fn receipt(&self, r: DeliveryReceipt) -> Status {
        self.ask(|token| {
            let frame =
                FromChild::Receipt { token, message_id: r.message_id, kind: r.kind, at_ms: r.at_ms, detail: &r.detail };
            framing::encode(&frame, 256).unwrap_or_default()
        })
    }

    fn reached(&self, lookup: u64, index: u32, reached: LookupAnswer) {
        let reach = match reached.reach {
            Reachability::Yes => rundruf_abi::Reach::YES,
            Reachability::No => rundruf_abi::Reach::NO,
            Reachability::Unknown => rundruf_abi::Reach::UNKNOWN,
        };
        self.say(&FromChild::LookupAnswer { lookup, index, reach: reach.0, detail: &reached.detail });
    }

    fn ready(&self) {
        self.ready.store(true, Ordering::Release);
        let server = lock(&self.ready_to).clone();
        if let Some(server) = server {
            server.wake.notify_all();
        }
    }

    fn log(&self, level: u32, target: &str, message: &str) {
        self.say(&FromChild::Log { level, target, message });
    }
}

/// The open instance and what waits in front of it.
struct PluginServer {
    local: LoadedInstance,
    pipe: Arc<DaemonPipe>,
    /// Batches for which the plugin was busy.
    waiting: Mutex<VecDeque<BatchViews>>,
    wake: Condvar,
    /// Closed when it is to begin nothing new. A batch is inside until it is in the ledger, in `waiting` or answered.
    gate: ShutdownGate,
    session: SessionId,
    state_dir: PathBuf,
}

fn serve(
    mut reading: BufReader<UnixStream>,
    stream: UnixStream,
    memory: OwnedFd,
    signals: &BlockedSignals,
) -> std::io::Result<()> {
    let mut frame = Vec::new();
    if !framing::read(&mut reading, &mut frame, framing::MAX_DOWN)? {
        return Ok(());
    }
    let Ok(ToChild::Open { name, library, id, grant, config, state_dir, window, threads, session }) =
        postcard::from_bytes(&frame)
    else {
        return Err(std::io::Error::other("the first frame is not `Open`"));
    };
    let pipe = Arc::new(DaemonPipe {
        writing: Mutex::new((stream, Vec::new())),
        dead: AtomicBool::new(false),
        next: AtomicU64::new(0),
        unacknowledged: Mutex::default(),
        answers: Mutex::default(),
        answered: Condvar::new(),
        token: AtomicU64::new(0),
        ready: AtomicBool::new(false),
        ready_to: Mutex::new(None),
    });
    let spec = OpenParams { name, config, state_dir: Path::new(state_dir), window, threads };
    let opened = begin(&spec, SealedLibrary::inherited(memory, Path::new(library)), id, &grant, &pipe);
    let (_lock, local) = match opened {
        Ok(opened) => opened,
        Err(why) => {
            pipe.say(&FromChild::Failed(&why));
            return Ok(());
        }
    };
    let server = Arc::new(PluginServer {
        local,
        pipe: Arc::clone(&pipe),
        waiting: Mutex::default(),
        wake: Condvar::new(),
        gate: ShutdownGate::new(),
        session,
        state_dir: PathBuf::from(state_dir),
    });
    *lock(&pipe.ready_to) = Some(Arc::clone(&server));
    let (set, on_term) = (signals.0, Arc::clone(&server));
    std::thread::Builder::new().name("signals".into()).stack_size(64 * 1024).spawn(move || {
        BlockedSignals::wait(set);
        on_term.terminate();
    })?;
    let feeding = Arc::clone(&server);
    std::thread::Builder::new().name("waiting".into()).stack_size(128 * 1024).spawn(move || feeding.feed())?;
    // The secrets in the first frame are not kept.
    frame = Vec::new();
    pipe.say(&FromChild::Opened);
    server.run(&mut reading, frame)
}

/// Locks the state folder, builds the fence, and only then opens the library.
fn begin(
    spec: &OpenParams<'_>,
    library: SealedLibrary,
    id: &str,
    grant: &Grant,
    pipe: &Arc<DaemonPipe>,
) -> Result<(File, LoadedInstance), String> {
    let held = journal::hold(spec.state_dir, LOCK_WAIT).map_err(|e| format!("the state folder cannot be used: {e}"))?;
    let held = held.ok_or("an earlier process of this transport does not end")?;
    let enforced = confinement::enter(grant).map_err(|e| match std::error::Error::source(&e) {
        Some(cause) => format!("its process cannot be shut in: {e}: {cause}"),
        None => format!("its process cannot be shut in: {e}"),
    })?;
    for lack in enforced.lacks {
        pipe.log(LogLevel::WARN.0, "rundruf_host", &lack.to_string());
    }
    last_resort(pipe).map_err(|e| format!("its process cannot be watched: {e}"))?;
    let loaded = library::load(library, id).map_err(|e| e.to_string())?;
    let outlet: Arc<dyn PluginCallbacks> = Arc::clone(pipe) as _;
    Ok((held, LoadedInstance::open(loaded, spec, outlet)?))
}

/// Ends this process when the daemon has gone, wherever the plugin hangs: whoever starts next waits for the lock of the state folder.
fn last_resort(pipe: &Arc<DaemonPipe>) -> std::io::Result<()> {
    let (stream, pipe) = (lock(&pipe.writing).0.try_clone()?, Arc::clone(pipe));
    let watch = move || {
        // Asks for nothing but the end of both directions.
        let mut ends = [PollFd::new(&stream, PollFlags::empty())];
        while !matches!(poll(&mut ends, None), Ok(n) if n > 0) {}
        std::thread::sleep(LAST);
        let server = lock(&pipe.ready_to).clone();
        match server {
            Some(server) => server.leave(),
            None => exit(1),
        }
    };
    std::thread::Builder::new().name("last".into()).stack_size(128 * 1024).spawn(watch).map(drop)
}

impl PluginServer {
    fn run(&self, reading: &mut impl BufRead, mut frame: Vec<u8>) -> std::io::Result<()> {
        let mut contents: HashMap<u64, Arc<ContentViews>> = HashMap::new();
        loop {
            // A batch keeps its frame, so each frame gets a buffer of its own; the others give theirs back.
            if !matches!(framing::read(reading, &mut frame, framing::MAX_DOWN), Ok(true)) {
                self.orphaned();
            }
            match frame.first() {
                // A content and a batch keep the bytes: see the order of `ToChild`.
                Some(1) => {
                    if let Some(content) = ContentViews::frame(std::mem::take(&mut frame)) {
                        contents.insert(content.id(), Arc::new(content));
                    }
                    continue;
                }
                Some(&BATCH) => {
                    if let Some(batch) = BatchViews::frame(std::mem::take(&mut frame), |id| contents.get(&id).cloned())
                    {
                        self.take(batch);
                    }
                    continue;
                }
                _ => {}
            }
            match postcard::from_bytes::<ToChild<'_>>(&frame) {
                Ok(ToChild::DropContent(id)) => {
                    contents.remove(&id);
                }
                Ok(ToChild::Ack(up_to)) => {
                    let mut kept = lock(&self.pipe.unacknowledged);
                    // An array of which a part is stored is kept as a whole: what is stored twice is settled once.
                    while kept.front().is_some_and(|(n, _)| *n <= up_to) {
                        kept.pop_front();
                    }
                }
                Ok(ToChild::Answer { token, stored }) => {
                    lock(&self.pipe.answers).insert(token, stored);
                    self.pipe.answered.notify_all();
                }
                Ok(ToChild::Drain { ms }) => self.drain(Duration::from_millis(ms)),
                Ok(ToChild::Lookup { id, addresses }) => self.lookup(id, &addresses),
                Ok(ToChild::Close) => return self.close(reading),
                // From the thread that calls the plugin: one that does not come back does not answer.
                Ok(ToChild::Ping) => self.pipe.say(&FromChild::Pong),
                // A frame that cannot be read means that the daemon is not what it was: end as if it had gone.
                Ok(_) | Err(_) => self.orphaned(),
            }
        }
    }

    fn take(&self, batch: BatchViews) {
        let Some(_inside) = self.gate.enter() else { return self.untouched(&batch) };
        let in_line = !lock(&self.waiting).is_empty();
        let busy = if in_line { Some(batch) } else { self.submit(batch) };
        if let Some(batch) = busy {
            self.line_up(|line| line.push_back(batch));
            self.wake.notify_all();
        }
    }

    /// Puts a batch in line. Whoever closes the gate in this moment may have looked at the line already: then it goes back at once.
    fn line_up(&self, put: impl FnOnce(&mut VecDeque<BatchViews>)) {
        put(&mut lock(&self.waiting));
        if self.gate.is_closed() {
            self.give_back();
        }
    }

    /// Hands a batch to the plugin; gives it back if the plugin is busy.
    fn submit(&self, batch: BatchViews) -> Option<BatchViews> {
        // The daemon watches the time; a century is never.
        let never = Instant::now() + Duration::from_secs(3_000_000_000);
        match self.local.submit(batch, never) {
            Ok(()) => None,
            Err((Status::BUSY, batch)) => Some(batch),
            Err((Status::CLOSED, batch)) => {
                self.untouched(&batch);
                None
            }
            Err((status, batch)) => {
                let why = format!("the plugin refused the batch (status {})", status.0);
                self.answer(&batch, OutcomeCode::RETRY, &why);
                None
            }
        }
    }

    fn lookup(&self, id: u64, addresses: &[(&str, &str)]) {
        if let Err(why) = self.local.lookup(id, addresses) {
            self.pipe.say(&FromChild::NoLookup { lookup: id, offered: why != LookupRefusal::NotOffered });
        }
    }

    fn untouched(&self, batch: &BatchViews) {
        self.answer(batch, OutcomeCode::UNTOUCHED, "");
    }

    fn answer(&self, batch: &BatchViews, code: OutcomeCode, why: &str) {
        let mut told = OutcomeBatch::default();
        for (index, id) in (0..).zip(batch.ids()) {
            told.push(batch.id(), index, MessageOutcome::of(id, code, why));
        }
        self.pipe.outcomes(told);
    }

    /// Offers what waits again, whenever the plugin says that there is room.
    fn feed(&self) {
        loop {
            let mut waiting = lock(&self.waiting);
            while waiting.is_empty() || !self.pipe.ready.swap(false, Ordering::AcqRel) {
                // A plugin that forgets to say so is asked again after a while.
                let (guard, timed_out) =
                    self.wake.wait_timeout(waiting, Duration::from_millis(50)).unwrap_or_else(PoisonError::into_inner);
                waiting = guard;
                if timed_out.timed_out() && !waiting.is_empty() {
                    break;
                }
            }
            // Behind a closed gate nothing is fed: what waits goes back untouched.
            let Some(_inside) = self.gate.enter() else { return };
            let Some(batch) = waiting.pop_front() else { continue };
            drop(waiting);
            if let Some(batch) = self.submit(batch) {
                self.line_up(|line| line.push_front(batch));
            }
        }
    }

    /// Begins nothing new: what waits in front of the plugin goes back untouched.
    fn drain(&self, within: Duration) {
        if !self.gate.close() {
            return;
        }
        self.local.drain(within);
        self.give_back();
    }

    fn give_back(&self) {
        let waiting: Vec<_> = lock(&self.waiting).drain(..).collect();
        for batch in &waiting {
            self.untouched(batch);
        }
    }

    /// Behind a closed gate: waits until everything that was taken is answered.
    fn wait_idle(&self, until: Instant) {
        while !self.gate.is_empty() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        while self.local.untold() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// SIGTERM: the same as a lost daemon, but the daemon may still be there to hear it.
    fn terminate(&self) {
        self.pipe.say(&FromChild::Draining);
        self.drain(GRACE);
        let until = Instant::now() + GRACE;
        self.wait_idle(until);
        while !lock(&self.pipe.unacknowledged).is_empty()
            && Instant::now() < until
            && !self.pipe.dead.load(Ordering::Acquire)
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.leave();
    }

    /// The daemon has gone: finish what is held, write the journal, end.
    fn orphaned(&self) -> ! {
        self.pipe.dead.store(true, Ordering::Release);
        self.pipe.answered.notify_all();
        self.drain(GRACE);
        self.wait_idle(Instant::now() + GRACE);
        self.leave()
    }

    fn leave(&self) -> ! {
        static LEAVING: AtomicBool = AtomicBool::new(false);
        while LEAVING.swap(true, Ordering::AcqRel) {
            // Another thread is about to end all of them.
            std::thread::sleep(GRACE);
        }
        self.local.give_up_all("the plugin did not finish within the grace period");
        // What was finished in this very moment is on its way to the list below.
        self.wait_idle(Instant::now() + Duration::from_secs(1));
        let kept: Vec<MessageOutcome> =
            lock(&self.pipe.unacknowledged).iter().flat_map(|(_, told)| told).cloned().collect();
        let code = i32::from(journal::write(&self.state_dir, self.session, &kept).is_err());
        exit(code)
    }

    /// The daemon's orderly end: it has stored everything it was told; what comes now must be stored too.
    fn close(&self, reading: &mut impl BufRead) -> std::io::Result<()> {
        self.drain(GRACE);
        self.wait_idle(Instant::now() + GRACE);
        self.local.give_up_all("the plugin did not finish within the grace period");
        let strays = self.local.strays();
        if strays > 0 {
            self.pipe.log(2, "rundruf_host", &format!("{strays} outcomes came for letters that were not open"));
        }
        self.pipe.say(&FromChild::Closed);
        let mut frame = Vec::new();
        while !lock(&self.pipe.unacknowledged).is_empty()
            && matches!(framing::read(reading, &mut frame, framing::MAX_DOWN), Ok(true))
        {
            if let Ok(ToChild::Ack(up_to)) = postcard::from_bytes::<ToChild<'_>>(&frame) {
                lock(&self.pipe.unacknowledged).retain(|(n, _)| *n > up_to);
            }
        }
        if lock(&self.pipe.unacknowledged).is_empty() {
            exit(0);
        }
        self.leave()
    }
}

/// Ends the process without running destructors of a library that must never be unloaded.
fn exit(code: i32) -> ! {
    // SAFETY: `_exit` only ends the process; everything worth keeping is on disk.
    unsafe { libc::_exit(code) }
}
