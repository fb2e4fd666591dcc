//! Restarts a plugin process that dies, with growing pauses; gives up after too many crashes.

use super::connect::{ChildConnection, connect};
use super::reader::read_frames;
use super::reap::{reap, wait_for_exit};
use super::state::ProcessShared;
use super::watch::state_dir_excess;
use crate::error::HostError;
use crate::event::HostEvent;
use crate::spec::InstanceState;
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_lang::{Message, msg};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pause before the first restart; it doubles with each crash.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A process that ran this long has its earlier crashes forgotten.
const STABLE_AFTER: Duration = Duration::from_secs(300);
/// After this many crashes within [`CRASH_WINDOW`] the transport is given up.
const MAX_CRASHES: usize = 5;
const CRASH_WINDOW: Duration = Duration::from_secs(600);

/// Runs in a thread until the transport is stopped or given up.
pub(super) fn supervise(shared: &Arc<ProcessShared>, mut connection: ChildConnection) {
    loop {
        let started = connection.started;
        if let Some(violation) = read_frames(shared, &mut connection.reading) {
            shared.state().kill(msg!("host-killed-protocol", violation = violation));
        }
        let reason = wait_for_exit(shared, connection.child);
        let session = reap(shared, &reason);
        let pause = {
            let mut state = shared.state();
            if state.stopping {
                state.status = InstanceState::Down { reason: msg!("host-stopped") };
                state.closed = true;
                shared.changed.notify_all();
                return;
            }
            if started.elapsed() > STABLE_AFTER {
                state.crashes.clear();
            }
            if std::mem::take(&mut state.ignore_next_crash) {
                Some(jittered(FIRST_PAUSE))
            } else {
                note_crash(&mut state.crashes, Instant::now())
            }
        };
        let Some(pause) = pause else { return give_up(shared, reason) };
        (shared.events)(HostEvent::Down { session, reason, restarts_in: Some(pause) });
        match restart(shared, pause) {
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

/// Starts a process after the pause, and tries again until one opens. `None` when the transport is stopped or given up.
fn restart(shared: &Arc<ProcessShared>, mut pause: Duration) -> Option<ChildConnection> {
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
        // In a full folder the process would only be killed again, and its messages would count as lost.
        let full = state_dir_excess(shared).map(|why| HostError::Full { path: shared.spec.state_dir.clone(), why });
        let error = match full.map_or_else(|| connect(shared), Err) {
            Ok(connection) => return Some(connection),
            Err(error) => error,
        };
        let reason = error.message();
        pause = jittered((pause * 2).min(LONGEST_PAUSE));
        // A plugin that refuses to open is tried for ever, as its provider may be down. A crash counts.
        if !matches!(error, HostError::Open { .. } | HostError::Full { .. })
            && note_crash(&mut shared.state().crashes, Instant::now()).is_none()
        {
            give_up(shared, reason);
            return None;
        }
        let session = {
            let mut state = shared.state();
            state.status = InstanceState::Down { reason: reason.clone() };
            state.session
        };
        (shared.events)(HostEvent::Down { session, reason, restarts_in: Some(pause) });
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
