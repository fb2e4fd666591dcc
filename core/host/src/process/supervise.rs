//! Restarts a plugin process that dies, with growing pauses; gives up after too many crashes.

use super::connect::{ChildConnection, connect};
use super::reader::read_frames;
use super::reap::{reap, wait_for_exit};
use super::state::ProcessShared;
use super::watch::state_dir_excess;
use crate::error::HostError;
use crate::event::HostEvent;
use crate::orphan;
use crate::runner::{BeforeStart, Launch};
use crate::spec::InstanceState;
use crate::state_dir;
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_lang::{Message, msg};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What must be free beside the reserve of the disk for a start, in bytes.
const ROOM_TO_START: u64 = 64 << 20;
/// Pause before the first restart; it doubles with each crash.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A process that ran this long has its earlier crashes forgotten.
const STABLE_AFTER: Duration = Duration::from_secs(300);
/// After this many crashes within [`CRASH_WINDOW`] the transport is given up.
const MAX_CRASHES: usize = 5;
const CRASH_WINDOW: Duration = Duration::from_secs(600);

/// Runs in a thread until the transport is stopped or given up.
pub(super) fn supervise(shared: &Arc<ProcessShared>, launch: Launch) {
    let (mut before, is_retried) = launch.split();
    let mut connection = match attempt(shared, &mut before) {
        Ok(connection) => {
            shared.first_attempt.note(Ok(()));
            connection
        }
        Err(error) if !is_retried => {
            end(shared, msg!("host-stopped"));
            return shared.first_attempt.note(Err(error));
        }
        Err(error) => {
            let failed = note_failure(shared, &error, FIRST_PAUSE);
            shared.first_attempt.note(Err(error));
            let next = failed.and_then(|pause| restart(shared, pause, &mut before));
            let Some(next) = next else { return };
            next
        }
    };
    if is_retried {
        (shared.events)(HostEvent::Up { session: shared.state().session });
    }
    loop {
        let started = connection.started;
        if let Some(violation) = read_frames(shared, &mut connection.reading) {
            shared.state().kill(msg!("host-killed-protocol", violation = violation));
        }
        let reason = wait_for_exit(shared, connection.child);
        orphan::forget(&shared.spec.state_dir);
        let session = reap(shared, &reason);
        let pause = {
            let mut state = shared.state();
            if state.stopping {
                drop(state);
                return end(shared, msg!("host-stopped"));
            }
            if started.elapsed() > STABLE_AFTER {
                state.crashes.clear();
            }
            if std::mem::take(&mut state.ignore_next_crash) {
                // The watch counts a process that filled the disk by itself.
                let is_blamed =
                    state.crashes.len() >= MAX_CRASHES && state.crashes.iter().all(|c| c.elapsed() < CRASH_WINDOW);
                (!is_blamed).then(|| jittered(FIRST_PAUSE))
            } else {
                note_crash(&mut state.crashes, Instant::now())
            }
        };
        let Some(pause) = pause else { return give_up(shared, reason) };
        (shared.events)(HostEvent::Down { session, reason, restarts_in: Some(pause) });
        match restart(shared, pause, &mut None) {
            Some(next) => connection = next,
            None => return,
        }
        let session = shared.state().session;
        (shared.events)(HostEvent::Up { session });
    }
}

/// Records a crash; returns the pause before the next start, or `None` after too many.
fn note_crash(crashes: &mut Vec<Instant>, now: Instant) -> Option<Duration> {
    crashes.push(now);
    crashes.retain(|d| now.duration_since(*d) < CRASH_WINDOW);
    let doubled = FIRST_PAUSE.saturating_mul(1 << crashes.len().saturating_sub(1).min(16));
    (crashes.len() < MAX_CRASHES).then(|| jittered(doubled.min(LONGEST_PAUSE)))
}

/// A random time between half of the pause and the whole, so that transports that crashed together do not restart together.
fn jittered(pause: Duration) -> Duration {
    let mut bytes = [0; 4];
    let chance = SystemRandom::new()
        .fill(&mut bytes)
        .map_or(1.0, |()| f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX));
    pause.mul_f64(0.5 + chance / 2.0)
}

/// Marks the transport as down for good; only a reload or restart of the daemon starts it again.
fn give_up(shared: &ProcessShared, reason: Message) {
    let reason = msg!("host-crashes", count = MAX_CRASHES, minutes = CRASH_WINDOW.as_secs() / 60, last = reason);
    let session = {
        let mut state = shared.state();
        state.status = InstanceState::Down { reason: msg!("host-given-up", why = &reason) };
        state.closed = true;
        state.session
    };
    shared.changed.notify_all();
    (shared.events)(HostEvent::Down { session, reason, restarts_in: None });
}

/// Marks the transport as stopped.
fn end(shared: &ProcessShared, reason: Message) {
    let mut state = shared.state();
    state.status = InstanceState::Down { reason };
    state.closed = true;
    drop(state);
    shared.changed.notify_all();
}

/// Starts one process, after everything that must come before.
fn attempt(shared: &ProcessShared, before: &mut Option<BeforeStart>) -> Result<ChildConnection, HostError> {
    if let Some(first) = before {
        first()?;
        *before = None;
    }
    let folder = &shared.spec.state_dir;
    state_dir::make(folder).map_err(|cause| HostError::State { path: folder.clone(), cause })?;
    // In a full folder the process would only be killed again, and its messages would count as lost.
    if let Some(why) = state_dir_excess(shared) {
        return Err(HostError::Full { path: folder.clone(), why });
    }
    // More than the reserve: what has just been freed must not be filled at once again.
    if let Some((free, reserve)) = state_dir::shortage(folder, shared.spec.disk_reserve, ROOM_TO_START) {
        return Err(HostError::NoRoom { path: folder.clone(), free, reserve });
    }
    connect(shared)
}

/// Notes that an attempt has failed; returns the pause before the next, or `None` if there is none.
fn note_failure(shared: &ProcessShared, error: &HostError, pause: Duration) -> Option<Duration> {
    let reason = error.message();
    if shared.state().stopping {
        end(shared, msg!("host-stopped"));
        return None;
    }
    let pause = jittered((pause * 2).min(LONGEST_PAUSE));
    // A plugin that refuses to open is tried for ever, as its provider may be down. A crash counts.
    if matches!(error, HostError::Process { .. }) && note_crash(&mut shared.state().crashes, Instant::now()).is_none() {
        give_up(shared, reason);
        return None;
    }
    let session = {
        let mut state = shared.state();
        state.status = InstanceState::Down { reason: reason.clone() };
        state.session
    };
    (shared.events)(HostEvent::Down { session, reason, restarts_in: Some(pause) });
    Some(pause)
}

/// Starts a process after the pause, and tries again until one opens. `None` when the transport is stopped or given up.
fn restart(
    shared: &Arc<ProcessShared>,
    mut pause: Duration,
    before: &mut Option<BeforeStart>,
) -> Option<ChildConnection> {
    loop {
        let until = Instant::now() + pause;
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20).min(pause));
            if shared.state().stopping {
                end(shared, msg!("host-stopped"));
                return None;
            }
        }
        match attempt(shared, before) {
            Ok(connection) => return Some(connection),
            Err(error) => pause = note_failure(shared, &error, pause)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_the_transport_is_given_up() {
        let mut crashes = Vec::new();
        let start = Instant::now();
        for most in [100, 200, 400, 800].map(Duration::from_millis) {
            let pause = note_crash(&mut crashes, start).unwrap();
            assert!(pause >= most / 2 && pause <= most, "{pause:?} of {most:?}");
        }
        assert_eq!(note_crash(&mut crashes, start), None, "the fifth in ten minutes");
        assert!(note_crash(&mut crashes, start + CRASH_WINDOW).is_some(), "old ones are forgotten");
    }
}
