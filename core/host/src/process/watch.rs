//! Checks every second that a plugin process answers, makes progress and keeps its limits.

use super::kill::{has_exited, kill};
use super::state::{ProcessShared, ProcessState, send};
use crate::event::{HostEvent, MessageOutcome};
use crate::ledger::OverdueRules;
use crate::spec::InstanceState;
use crate::state_dir::{self, FolderUsage};
use crate::sync::lock;
use crate::wire::ToChild;
use rundruf_abi::OutcomeCode;
use rundruf_lang::{Message, msg};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{Mutex, Weak};
use std::time::{Duration, Instant};

/// Time between two checks.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often the free space of the disk is looked at in that time.
const DISK_LOOKS: u32 = 10;
/// How long a killed process may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(5);
/// A process whose end frees more than this filled the disk, in bytes.
const BLAMED: u64 = 16 << 20;
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
        // A disk is full in seconds.
        for _ in 0..DISK_LOOKS {
            std::thread::sleep(INTERVAL / DISK_LOOKS);
            if let Some(shared) = watched.upgrade() {
                keep_reserve(&shared);
            }
        }
    }
}

/// Stops a process while less is free on the disk than the database needs. One process after the other, as long as it is too little: files that were
/// deleted and are still open are seen by nobody, and are freed with the process that holds them.
fn keep_reserve(shared: &ProcessShared) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let (folder, reserve) = (&shared.spec.state_dir, shared.spec.disk_reserve);
    if state_dir::shortage(folder, reserve, 0).is_none() || shared.state().pid.is_none() {
        return;
    }
    let _alone = lock(&ONE_AT_A_TIME);
    let Some((before, reserve)) = state_dir::shortage(folder, reserve, 0) else { return };
    let pid = {
        let mut state = shared.state();
        state.ignore_next_crash = true;
        state.kill(msg!("host-killed-disk", free = before >> 20, reserve = reserve >> 20));
        state.pid
    };
    let until = Instant::now() + GONE_WITHIN;
    while pid.is_some() && shared.state().pid == pid && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    // Only the process that held what was missing is to blame.
    let after = state_dir::shortage(folder, Some(u64::MAX), 0).map_or(0, |(free, _)| free);
    if after.saturating_sub(before) > BLAMED {
        shared.state().crashes.push(Instant::now());
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
    // `stop` has a deadline of its own, and so has a plugin that opens.
    if state.stopping || state.pid.is_none() || matches!(state.status, InstanceState::Down { .. }) {
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

/// Most messages that are remembered after they were given up, so that a later outcome corrects it.
const MAX_GIVEN_UP: usize = 131_072;

/// Asks back what takes too long, and reports what does not come back as "may have been sent". Kills a process that reported nothing at all in that
/// time.
fn give_up_overdue(shared: &ProcessShared) {
    let (outcomes, last) = {
        let mut state = shared.state();
        let now = Instant::now();
        let limit = shared.spec.overdue_after;
        let rules = OverdueRules::new(limit, state.recalls, state.tells_begun);
        let overdue = state.ledger.overdue(now, rules);
        if !overdue.ask_back.is_empty()
            && let Some(out) = &state.out
        {
            let batches = overdue.ask_back.iter().map(|batch| (*batch, None)).collect();
            send(out, &ToChild::Recall { batches });
        }
        let is_silent = now.duration_since(state.last_outcome_at) >= limit;
        if !overdue.give_up.is_empty() && state.pid.is_some() && is_silent {
            state.kill(msg!("host-killed-no-outcome", seconds = limit.as_secs()));
            return;
        }
        let given_up = state.ledger.give_up(&overdue.give_up);
        state.ledger.forget_given_up(MAX_GIVEN_UP);
        let late = |id| MessageOutcome::of(id, OutcomeCode::MAYBE_SENT, "no answer from the plugin in time");
        (given_up.into_iter().map(|(_, _, id)| late(id)).collect::<Vec<_>>(), state.last)
    };
    if !outcomes.is_empty() {
        (shared.events)(HostEvent::Outcomes { last, outcomes });
    }
}
