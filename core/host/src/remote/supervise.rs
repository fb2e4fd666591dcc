//! Watches a child for its whole life: hears it, buries it, starts it again with growing pauses.

use super::Shared;
use super::connect::{Connection, connect, ending};
use crate::event::{HostEvent, Inbound, Outcome, Receipt};
use crate::instance::InstanceState;
use crate::lookup::{LookupRefused, Reached, reach_of};
use crate::wire::Up;
use crate::{Session, pipe};
use rundruf_abi::OutcomeCode;
use std::io::BufReader;
use std::os::unix::net::UnixStream;
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

/// Runs as long as the transport: reads what the child says, and starts it again when it dies.
pub(super) fn keep(shared: &Arc<Shared>, mut connection: Connection) {
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
            Up::Reached { lookup, index, reach, detail } => {
                shared.desk.answer(lookup, index, Reached { reach: reach_of(reach), detail: detail.to_owned() });
            }
            Up::NoLookup { lookup, offered } => {
                let why = if offered { LookupRefused::Closed } else { LookupRefused::NotOffered };
                shared.desk.refuse(lookup, why);
            }
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
    shared.desk.close();
    if !outcomes.is_empty() {
        (shared.events)(HostEvent::Outcomes { last, outcomes });
    }
    session
}

pub(super) fn give_up_overdue(shared: &Shared) {
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
