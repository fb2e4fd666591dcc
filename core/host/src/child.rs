//! The main function of a plugin process (`rundruf plugin-host`): confines itself, opens the library and serves the pipe. If the daemon dies, it
//! finishes what it holds, writes the journal and exits.

mod daemon_pipe; // what the plugin reports, to the daemon
mod early_frames; // frames from the daemon while the plugin opens
mod server; // frames from the daemon, to the plugin
mod signals; // SIGTERM

use crate::claims::PluginClaims;
use crate::confinement::{self, Grant};
use crate::host_calls::OpenParams;
use crate::library::{self, SealedLibrary};
use crate::loaded_instance::{LoadedInstance, PluginCallbacks};
use crate::orphan;
use crate::shutdown_gate::ShutdownGate;
use crate::sync::lock;
use crate::wire::{FromChild, ToChild, framing};
use daemon_pipe::DaemonPipe;
use early_frames::{EarlyFrames, FramesSoFar};
use rundruf_abi::LogLevel;
use rundruf_lang::{Message, msg};
use rustix::event::{PollFd, PollFlags, poll};
use server::{PluginServer, exit};
use signals::BlockedSignals;
use std::fs::File;
use std::io::BufReader;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// The process exits this long after the daemon died, even if a call into the plugin hangs. Shorter than the next daemon's wait for the lock.
const EXIT_AFTER: Duration = Duration::from_secs(12);
/// What the plugin gets to close after that.
const LAST_CLOSE: Duration = Duration::from_millis(300);
/// How long the process waits for the lock of its state folder.
const LOCK_WAIT: Duration = Duration::from_secs(15);

/// Runs `rundruf plugin-host`. Returns the exit code: 0 after an orderly end, 1 on an I/O error, 2 if the pipe is missing.
#[must_use]
pub fn main() -> i32 {
    let signals = BlockedSignals::block();
    let Ok((stream, library)) = take_descriptors() else { return 2 };
    let Ok(reading) = stream.try_clone() else { return 2 };
    match serve(BufReader::with_capacity(64 * 1024, reading), stream, library, &signals) {
        Ok(()) => 0,
        Err(_) => 1,
    }
}

/// Moves the pipe (passed as stdin) and the library (passed as stdout) to new descriptors, and closes every other one.
fn take_descriptors() -> std::io::Result<(UnixStream, OwnedFd)> {
    // A session and process group of its own, so that Ctrl-C reaches the daemon only. Fails only in a process that leads a group already.
    let _ = rustix::process::setsid();
    // SAFETY: this process has opened no descriptor yet; all beyond the first three were inherited and nothing here uses them.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
    let stream = std::io::stdin().as_fd().try_clone_to_owned()?;
    let library = std::io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    // Standard output of the plugin goes to the same pipe as its standard error.
    rustix::stdio::dup2_stdout(std::io::stderr().as_fd())?;
    Ok((stream.into(), library))
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
    let Ok(ToChild::Open { name, library, id, claims, grant, config, state_dir, window, threads, flags, session }) =
        postcard::from_bytes(&frame)
    else {
        return Err(std::io::Error::other("the first frame is not `Open`"));
    };
    let pipe = Arc::new(DaemonPipe::new(stream));
    let spec = OpenParams { name, config: config.as_bytes(), state_dir: Path::new(state_dir), window, threads, flags };
    let library = SealedLibrary::inherited(memory, Path::new(library));
    let opened = open_confined(&spec, library, (id, claims), &grant, &pipe, reading);
    let (_lock, instance, (mut reading, early)) = match opened {
        Ok(opened) => opened,
        Err(why) => {
            pipe.send(&FromChild::Failed(why));
            return Ok(());
        }
    };
    let server = Arc::new(PluginServer {
        instance: Arc::new(instance),
        pipe: Arc::clone(&pipe),
        waiting: Mutex::default(),
        wake: Condvar::new(),
        recalls: AtomicU64::new(0),
        gate: ShutdownGate::new(),
        session,
        state_dir: PathBuf::from(state_dir),
    });
    *lock(&pipe.server) = Some(Arc::clone(&server));
    let (set, on_term) = (signals.0, Arc::clone(&server));
    std::thread::Builder::new().name("signals".into()).stack_size(64 * 1024).spawn(move || {
        BlockedSignals::wait(set);
        on_term.terminate();
    })?;
    let feeding = Arc::clone(&server);
    std::thread::Builder::new().name("waiting".into()).stack_size(128 * 1024).spawn(move || feeding.retry_waiting())?;
    // Frees the first frame, which contains the plugin's secrets.
    drop(frame);
    let (recalls, tells_begun) = (server.instance.can_recall(), server.instance.tells_begun());
    pipe.send(&FromChild::Opened { recalls, tells_begun });
    server.run(&mut reading, early)
}

/// Locks the state folder, confines this process, and only then opens the library. The error is a sentence for the admin.
fn open_confined(
    spec: &OpenParams<'_>,
    library: SealedLibrary,
    (id, claims): (&str, PluginClaims),
    grant: &Grant,
    pipe: &Arc<DaemonPipe>,
    reading: BufReader<UnixStream>,
) -> Result<(File, LoadedInstance, FramesSoFar), Message> {
    let held = orphan::lock_folder(spec.state_dir, LOCK_WAIT).map_err(|e| msg!("host-folder-unusable", why = &e))?;
    let held = held.ok_or_else(|| msg!("host-earlier-process"))?;
    let support = confinement::enter(grant).map_err(|e| msg!("host-not-confined", why = e.message()))?;
    for feature in support.missing {
        pipe.log(LogLevel::WARN.0, "rundruf_host", &feature.to_string());
    }
    exit_after_daemon(pipe).map_err(|e| msg!("host-not-watched", why = &e))?;
    let early = EarlyFrames::read(reading, pipe).map_err(|e| msg!("host-not-watched", why = &e))?;
    let loaded = library::load(library, id).map_err(|e| e.message())?;
    let callbacks: Arc<dyn PluginCallbacks> = Arc::clone(pipe) as _;
    let instance = LoadedInstance::open(loaded, spec, claims, callbacks)?;
    let frames = early.finish().map_err(|e| msg!("host-not-watched", why = &e))?;
    Ok((held, instance, frames))
}

/// Starts a thread that exits the process [`EXIT_AFTER`] the pipe closed, even if the plugin hangs: the next process waits for the folder's lock.
fn exit_after_daemon(pipe: &Arc<DaemonPipe>) -> std::io::Result<()> {
    let (stream, pipe) = (lock(&pipe.writing).0.try_clone()?, Arc::clone(pipe));
    let watch = move || {
        // Without requested events, `poll` reports a hang-up only.
        let mut ends = [PollFd::new(&stream, PollFlags::empty())];
        while !matches!(poll(&mut ends, None), Ok(n) if n > 0) {}
        std::thread::sleep(EXIT_AFTER);
        let server = lock(&pipe.server).clone();
        match server {
            Some(server) => server.write_journal_and_exit(LAST_CLOSE),
            None => exit(1),
        }
    };
    std::thread::Builder::new().name("last".into()).stack_size(128 * 1024).spawn(watch).map(drop)
}
