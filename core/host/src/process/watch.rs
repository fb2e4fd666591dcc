//! Looks every second whether a child is still there and still gets somewhere.

use super::{ProcessShared, ProcessState, say};
use crate::event::{HostEvent, MessageOutcome};
use crate::state_dir::{self, FolderUsage};
use crate::wire::ToChild;
use rundruf_abi::OutcomeCode;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, WaitIdStatus, kill_process, kill_process_group, waitid};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Weak;
use std::time::{Duration, Instant};

/// How often somebody looks.
const LOOK: Duration = Duration::from_secs(1);
/// The child is asked whether it is there at every so many looks, …
const ASK_EVERY: u32 = 5;
/// … and killed when it has not answered so often. Looks are counted, not seconds: a daemon that was stopped itself blames nobody.
const MISSED: u32 = 3;

/// The state folder is looked at again after so many times the time that it took, so that a full one does not cost more than an empty one.
const REST: u32 = 20;

/// Runs as long as the transport.
pub(super) fn watch(watched: &Weak<ProcessShared>) {
    let mut look = 0;
    let mut measure_at = Instant::now();
    while let Some(shared) = watched.upgrade() {
        look += 1;
        if shared.state().closed {
            return;
        }
        give_up_overdue(&shared);
        greed(&shared, &mut measure_at);
        let mut state = shared.state();
        if look % ASK_EVERY == 0 {
            ask(&mut state);
        }
        // Its own children may hold the pipe open when it has died.
        if let Some(pid) = state.pid.filter(|pid| ended(*pid).is_some()) {
            kill(pid);
            if let Some(out) = &state.out {
                out.cut();
            }
        }
        drop(state);
        drop(shared);
        std::thread::sleep(LOOK);
    }
}

/// Kills a child that is not waited for yet (so the number is still its own) and everything that it may have started.
pub(super) fn kill(pid: Pid) {
    // It makes a group of its own when it begins: whoever is killed before that is in none.
    let _ = kill_process_group(pid, Signal::KILL);
    let _ = kill_process(pid, Signal::KILL);
}

/// Whether a child of ours has ended; it is not waited for.
pub(super) fn ended(pid: Pid) -> Option<WaitIdStatus> {
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG).ok().flatten()
}

/// Kills a child that takes more of what no limit of its own process counts.
fn greed(shared: &ProcessShared, measure_at: &mut Instant) {
    let (pid, status) = {
        let state = shared.state();
        (state.pid, state.proc.clone())
    };
    if pid.is_none() {
        return;
    }
    let most = shared.grant.threads;
    let threads = status
        .and_then(|s| threads(&s))
        .filter(|n| *n > most)
        .map(|_| format!("ran more than {most} threads and was killed"));
    let folder = || {
        let begin = Instant::now();
        if begin < *measure_at {
            return None;
        }
        let why = excess(shared);
        let end = Instant::now();
        *measure_at = end + end.duration_since(begin) * REST;
        why.map(|why| format!("filled its state folder `{}` and was killed: {why}", shared.spec.state_dir.display()))
    };
    let Some(why) = threads.or_else(folder) else { return };
    let mut state = shared.state();
    // Another one may have taken its place.
    if state.pid == pid {
        state.kill(&why);
    }
}

/// Of what there is too much in the state folder.
pub(super) fn excess(shared: &ProcessShared) -> Option<String> {
    let (bytes, files) = shared.grant.folder;
    state_dir::excess(&shared.spec.state_dir, FolderUsage { bytes, files })
}

/// Threads of a process, by its open `/proc/PID/status`.
fn threads(status: &File) -> Option<u64> {
    let mut text = [0; 4_096];
    let read = status.read_at(&mut text, 0).ok()?;
    // The name in it is the plugin's own choice, and need be no text.
    let status = String::from_utf8_lossy(text.get(..read)?);
    status.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()
}

fn ask(state: &mut ProcessState) {
    // Whoever ends has a deadline of its own.
    if state.stopping || state.pid.is_none() {
        return;
    }
    if state.unanswered >= MISSED {
        state.kill("did not answer for 15 seconds and was killed");
        return;
    }
    state.unanswered += 1;
    if let Some(out) = &state.out {
        say(out, &ToChild::Ping);
    }
}

/// MessageBatch whose time is over may have been sent. A child that has told no outcome at all in that time hangs.
fn give_up_overdue(shared: &ProcessShared) {
    let (outcomes, last) =
        {
            let mut state = shared.state();
            let now = Instant::now();
            let overdue = state.ledger.overdue(now);
            let patience = shared.spec.overdue_after;
            if !overdue.is_empty() && state.pid.is_some() && now.duration_since(state.heard) >= patience {
                let why = format!("told no outcome for {} seconds and was killed", patience.as_secs());
                state.kill(&why);
                return;
            }
            let mut outcomes = Vec::new();
            for batch in overdue {
                let Some((ids, ())) = state.ledger.take(batch) else { continue };
                outcomes.extend(ids.into_iter().map(|(_, id)| {
                    MessageOutcome::of(id, OutcomeCode::MAYBE_SENT, "no answer from the plugin in time")
                }));
            }
            (outcomes, state.last)
        };
    if !outcomes.is_empty() {
        (shared.events)(HostEvent::Outcomes { last, outcomes });
    }
}
