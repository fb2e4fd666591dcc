//! Checks every second that a plugin process answers, makes progress and keeps its limits.

use super::kill::{has_exited, kill};
use super::state::{ProcessShared, ProcessState, send};
use crate::event::{HostEvent, MessageOutcome};
use crate::state_dir::{self, FolderUsage};
use crate::wire::ToChild;
use rundruf_abi::OutcomeCode;
use rundruf_lang::{Message, msg};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Weak;
use std::time::{Duration, Instant};

/// Time between two checks.
const INTERVAL: Duration = Duration::from_secs(1);
/// A ping is sent at every fifth check.
const PING_EVERY: u32 = 5;
/// Unanswered pings after which the process is killed. Counted in checks, not in seconds, so that a daemon that was suspended kills nothing.
const MAX_MISSED_PONGS: u32 = 3;

/// The state folder is measured again after this many times the last duration, which bounds the cost of a large folder.
const MEASURE_PAUSE: u32 = 20;

/// Runs in a thread until the transport is stopped or given up.
pub(super) fn watch(watched: &Weak<ProcessShared>) {
    let mut look = 0;
    let mut measure_at = Instant::now();
    while let Some(shared) = watched.upgrade() {
        look += 1;
        if shared.state().closed {
            return;
        }
        give_up_overdue(&shared);
        enforce_limits(&shared, &mut measure_at);
        let mut state = shared.state();
        if look % PING_EVERY == 0 {
            ping(&mut state);
        }
        // Processes that it started may hold the pipe open after it died.
        if let Some(pid) = state.pid.filter(|pid| has_exited(*pid).is_some()) {
            kill(pid);
            if let Some(out) = &state.out {
                out.cut();
            }
        }
        drop(state);
        drop(shared);
        std::thread::sleep(INTERVAL);
    }
}

/// Kills a process that exceeds a limit that the kernel does not enforce: threads, size of the state folder.
fn enforce_limits(shared: &ProcessShared, measure_at: &mut Instant) {
    let (pid, status) = {
        let state = shared.state();
        (state.pid, state.proc.clone())
    };
    if pid.is_none() {
        return;
    }
    let most = shared.grant.threads;
    let threads =
        status.and_then(|s| threads(&s)).filter(|n| *n > most).map(|_| msg!("host-killed-threads", most = most));
    let folder = || {
        let begin = Instant::now();
        if begin < *measure_at {
            return None;
        }
        let why = state_dir_excess(shared);
        let end = Instant::now();
        *measure_at = end + end.duration_since(begin) * MEASURE_PAUSE;
        why.map(|why| msg!("host-killed-folder", path = %shared.spec.state_dir.display(), why = why))
    };
    let Some(why) = threads.or_else(folder) else { return };
    let mut state = shared.state();
    // Another process may have been started meanwhile.
    if state.pid == pid {
        state.kill(why);
    }
}

/// Which limit the state folder exceeds, if any.
pub(super) fn state_dir_excess(shared: &ProcessShared) -> Option<Message> {
    let (bytes, files) = shared.grant.folder;
    state_dir::excess(&shared.spec.state_dir, FolderUsage { bytes, files })
}

/// Number of threads, read from the open `/proc/PID/status`.
fn threads(status: &File) -> Option<u64> {
    let mut text = [0; 4_096];
    let read = status.read_at(&mut text, 0).ok()?;
    // The file contains the process name, which the plugin chooses and which need not be UTF-8.
    let status = String::from_utf8_lossy(text.get(..read)?);
    status.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()
}

fn ping(state: &mut ProcessState) {
    // `stop` has a deadline of its own.
    if state.stopping || state.pid.is_none() {
        return;
    }
    if state.missed_pongs >= MAX_MISSED_PONGS {
        state.kill(msg!("host-killed-silent"));
        return;
    }
    state.missed_pongs += 1;
    if let Some(out) = &state.out {
        send(out, &ToChild::Ping);
    }
}

/// Reports messages without an outcome in time as "may have been sent". Kills a process that reported no outcome at all in that time.
fn give_up_overdue(shared: &ProcessShared) {
    let (outcomes, last) =
        {
            let mut state = shared.state();
            let now = Instant::now();
            let overdue = state.ledger.overdue(now);
            let limit = shared.spec.overdue_after;
            if !overdue.is_empty() && state.pid.is_some() && now.duration_since(state.last_outcome_at) >= limit {
                state.kill(msg!("host-killed-no-outcome", seconds = limit.as_secs()));
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
