//! A child's life and what follows it: it is heard until it has gone, buried, and started again with growing pauses, or not at all.

use super::ProcessShared;
use super::connect::{ChildConnection, connect, ending};
use super::reader::hear;
use super::watch::excess;
use crate::event::{HostEvent, MessageOutcome};
use crate::instance::InstanceState;
use crate::{HostError, SessionId};
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_abi::OutcomeCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// First pause before a restart; doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A process that lived this long begins with the first pause again.
const STEADY_AFTER: Duration = Duration::from_secs(300);
/// This many deaths within [`GIVE_UP_WITHIN`], and it is not started again.
const GIVE_UP_AFTER: usize = 5;
const GIVE_UP_WITHIN: Duration = Duration::from_secs(600);

/// Runs as long as the transport.
pub(super) fn keep(shared: &Arc<ProcessShared>, mut connection: ChildConnection) {
    loop {
        let started = connection.started;
        if let Some(nonsense) = hear(shared, &mut connection.reading) {
            let why = format!("spoke nonsense and was killed: {nonsense}");
            shared.state().kill(&why);
        }
        let reason = ending(shared, connection.child);
        let session = bury(shared, &reason);
        let pause = {
            let mut state = shared.state();
            if state.stopping {
                state.status = InstanceState::Down { reason: "stopped".to_owned() };
                state.closed = true;
                shared.changed.notify_all();
                return;
            }
            if started.elapsed() > STEADY_AFTER {
                state.deaths.clear();
            }
            if std::mem::take(&mut state.excused) {
                Some(jitter(FIRST_PAUSE))
            } else {
                died(&mut state.deaths, Instant::now())
            }
        };
        let Some(pause) = pause else { return give_up(shared, &reason) };
        (shared.events)(HostEvent::Down { session, reason, restarts_in: Some(pause) });
        match restart(shared, pause) {
            Some(next) => connection = next,
            None => return,
        }
        let session = shared.state().session;
        (shared.events)(HostEvent::Up { session });
    }
}

/// Notes a death. How long to wait before the next start; `None` when there have been too many.
fn died(deaths: &mut Vec<Instant>, now: Instant) -> Option<Duration> {
    deaths.push(now);
    deaths.retain(|d| now.duration_since(*d) < GIVE_UP_WITHIN);
    let doubled = FIRST_PAUSE.saturating_mul(1 << deaths.len().saturating_sub(1).min(16));
    (deaths.len() < GIVE_UP_AFTER).then(|| jitter(doubled.min(LONGEST_PAUSE)))
}

/// Between half of a pause and the whole: what died together does not come back together.
fn jitter(pause: Duration) -> Duration {
    let mut bytes = [0; 4];
    let chance = SystemRandom::new()
        .fill(&mut bytes)
        .map_or(1.0, |()| f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX));
    pause.mul_f64(0.5 + chance / 2.0)
}

/// It is not started again, until a person has looked.
fn give_up(shared: &ProcessShared, reason: &str) {
    let reason =
        format!("{GIVE_UP_AFTER} deaths within {} minutes, the last one: {reason}", GIVE_UP_WITHIN.as_secs() / 60);
    let session = {
        let mut state = shared.state();
        state.status = InstanceState::Down { reason: format!("given up after {reason}") };
        state.closed = true;
        state.session
    };
    shared.changed.notify_all();
    (shared.events)(HostEvent::Down { session, reason, restarts_in: None });
}

/// Waits, then starts a child; again and again while it does not come up. `None` when the transport is stopped, or given up.
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
        // Started in a full folder it would only be killed again, and whoever it held would be blamed.
        let full = excess(shared).map(|why| HostError::Full { path: shared.spec.state_dir.clone(), why });
        let error = match full.map_or_else(|| connect(shared), Err) {
            Ok(connection) => return Some(connection),
            Err(error) => error,
        };
        let reason = error.to_string();
        pause = jitter((pause * 2).min(LONGEST_PAUSE));
        // A plugin that says why it cannot begin is asked again for ever: its provider may be away. One that dies is not.
        if !matches!(error, HostError::Open { .. } | HostError::Full { .. })
            && died(&mut shared.state().deaths, Instant::now()).is_none()
        {
            give_up(shared, &reason);
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

/// The child has gone: everything it held gets its outcome. What never left this process is untouched.
fn bury(shared: &ProcessShared, reason: &str) -> SessionId {
    let (outcomes, session, last) = {
        let mut state = shared.state();
        // Before anybody hears of it: what is done about this death must not count for it.
        state.status = InstanceState::Down { reason: reason.to_owned() };
        let unsent = state.out.take().map(|out| out.end()).unwrap_or_default();
        state.tokens.clear();
        if state.strays > 0 {
            tracing::warn!(transport = %shared.spec.name, strays = state.strays, "the plugin's process told outcomes of letters that were not out");
        }
        let mut outcomes = Vec::new();
        for batch in state.ledger.batches() {
            let Some((ids, ())) = state.ledger.take(batch) else { continue };
            let (code, why) = if unsent.contains(&batch) {
                (OutcomeCode::UNTOUCHED, "")
            } else {
                (OutcomeCode::MAYBE_SENT, "the plugin's process died while it held this message")
            };
            outcomes.extend(ids.into_iter().map(|(_, id)| MessageOutcome::of(id, code, why)));
        }
        (outcomes, state.session, state.last)
    };
    shared.desk.close();
    if !outcomes.is_empty() {
        (shared.events)(HostEvent::Lost { last, outcomes });
    }
    session
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let mut deaths = Vec::new();
        let start = Instant::now();
        for most in [100, 200, 400, 800].map(Duration::from_millis) {
            let pause = died(&mut deaths, start).unwrap();
            assert!(pause >= most / 2 && pause <= most, "{pause:?} of {most:?}");
        }
        assert_eq!(died(&mut deaths, start), None, "the fifth in ten minutes");
        assert!(died(&mut deaths, start + GIVE_UP_WITHIN).is_some(), "old ones are forgotten");
    }
}
