//! The daemon's side of a plugin in a process of its own: the handle, and what is known of the child.

mod connect; // start, and how it ended
mod frame; // letters → bytes
mod outgoing; // frames on their way, never blocking the sender
mod supervise; // hear, bury, start again

use crate::instance::{Events, InstanceState, Spec, Stopped};
use crate::ledger::Ledger;
use crate::letter::{Content, Letter, Priority, Rejected, WhyRejected};
use crate::lookup::{Desk, LookupRefused, Reached};
use crate::wire::Down;
use crate::{HostError, Manifest, Session, pipe};
use connect::connect;
pub(crate) use connect::new_session;
use outgoing::Outgoing;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use supervise::{give_up_overdue, keep};

/// Contents that the child is trusted to know.
const KEPT_CONTENTS: usize = 8;

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
    desk: Desk,
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
            desk: Desk::default(),
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
            let Ok(frame) = frame::content(content) else {
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
        let Ok(frame) = frame::batch(id, content.id, &letters, priority, deadline_ms) else {
            return Err(Rejected { letters, why: WhyRejected::TooLarge });
        };
        state.next_batch += 1;
        let ids = letters.iter().map(|l| l.message_id).collect();
        state.ledger.open(id, ids, Instant::now() + self.shared.spec.overdue_after, ());
        // Still under the lock: frames leave in the order of their ids, and a death cannot come in between.
        out.push(frame, Some(id));
        Ok(())
    }

    pub(crate) fn lookup(&self, addresses: &[(&str, &str)], within: Duration) -> Result<Vec<Reached>, LookupRefused> {
        self.shared.desk.ask(addresses.len(), within, |id| {
            let state = self.shared.state();
            let out = state.out.as_ref().filter(|_| state.status == InstanceState::Up && !state.stopping);
            let frame = pipe::encode(&Down::Lookup { id, addresses: addresses.to_vec() }, addresses.len() * 64);
            let (Some(out), Ok(frame)) = (out, frame) else { return Err(LookupRefused::Closed) };
            out.push(frame, None);
            Ok(())
        })
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
