//! Reads the frames of a plugin process. The plugin may write to the pipe itself, so every frame is checked and every queue is bounded.

use super::state::ProcessShared;
use crate::event::{HostEvent, MAX_ID, MAX_LINE, MessageOutcome, cut};
use crate::extension_call::ExtensionRefusal;
use crate::lookup::{LookupAnswer, LookupRefusal, reachability};
use crate::rate_limiter::throttle;
use crate::spec::InstanceState;
use crate::wire::{FromChild, OutcomeRun, framing};
use rundruf_abi::OutcomeCode;
use rundruf_lang::{Message, msg};
use std::io::{BufRead, ErrorKind};
use std::time::{Duration, Instant};

/// Inbound messages and receipts that may wait for a verdict; further ones are answered with "not stored".
const MAX_PENDING: usize = 1_024;
/// Bytes per second of frames that settle no message. A process that sends more is read more slowly.
const MAX_UNSOLICITED_PER_S: usize = 4 << 20;
/// Bytes that count for a frame beside its length.
const FRAME_COST: usize = 64;
/// Bytes that an inbound message takes in the database beside its texts.
const INBOUND_OVERHEAD: usize = 512;
/// After this many frames the backlog of frames to the process is checked.
const CHECK_BACKLOG_EVERY: u64 = 256;
/// `HostEvent::Ready` is forwarded once in this time at most.
const READY_EVERY: Duration = Duration::from_millis(5);

/// Reads frames until the process closes the pipe; returns the protocol violation, if any.
pub(super) fn read_frames(shared: &ProcessShared, reading: &mut impl BufRead) -> Option<Message> {
    let mut frame = Vec::new();
    let mut taken = FrameReader::new(shared);
    loop {
        match framing::read(reading, &mut frame, framing::MAX_UP) {
            Ok(true) => {}
            Err(e) if e.kind() == ErrorKind::InvalidData => return Some(msg!("host-violation-frame-size")),
            Ok(false) | Err(_) => return None,
        }
        let Ok(up) = postcard::from_bytes::<FromChild<'_>>(&frame) else { return Some(msg!("host-violation-frame")) };
        if let Err(violation) = taken.take(up, frame.len()) {
            return Some(violation);
        }
        if frame.capacity() > 1 << 20 {
            frame = Vec::new();
        }
    }
}

/// Takes in the frames of one process, from its start on.
pub(super) struct FrameReader<'a> {
    shared: &'a ProcessShared,
    frames: u64,
    second: Instant,
    unsolicited: usize,
    ready: Option<Instant>,
}

impl<'a> FrameReader<'a> {
    pub(super) fn new(shared: &'a ProcessShared) -> Self {
        let ready = Instant::now().checked_sub(READY_EVERY);
        Self { shared, frames: 0, second: Instant::now(), unsolicited: 0, ready }
    }

    /// Takes in one frame of this length; an error is a violation of the protocol.
    pub(super) fn take(&mut self, up: FromChild<'_>, length: usize) -> Result<(), Message> {
        let shared = self.shared;
        self.frames += 1;
        if self.frames.is_multiple_of(CHECK_BACKLOG_EVERY)
            && shared.state().out.as_ref().is_some_and(|out| out.is_full())
        {
            return Err(msg!("host-violation-backlog"));
        }
        let cost = length + FRAME_COST;
        let unsolicited = &mut self.unsolicited;
        match up {
            FromChild::Outcomes { last, runs } => {
                let none = runs.is_empty();
                match record_outcomes(shared, last, &runs) {
                    None => return Err(msg!("host-violation-numbers")),
                    Some(strays) => *unsolicited += if none { cost } else { strays * FRAME_COST },
                }
            }
            FromChild::Inbound { token, message } => {
                *unsolicited += cost;
                let message = message.bounded();
                if shared.admit_inbound(INBOUND_OVERHEAD + message.weight()) {
                    forward(shared, token, |token| HostEvent::Inbound { token, message });
                } else {
                    shared.refuse(token);
                }
            }
            FromChild::Receipt { token, receipt } => {
                *unsolicited += cost;
                let receipt = receipt.bounded();
                forward(shared, token, |token| HostEvent::Receipt { token, receipt });
            }
            FromChild::Ready => {
                *unsolicited += cost;
                if self.ready.is_none_or(|at| at.elapsed() >= READY_EVERY) {
                    self.ready = Some(Instant::now());
                    (shared.events)(HostEvent::Ready);
                }
            }
            FromChild::Log { level, target, message } => {
                *unsolicited += cost;
                shared.log.record(level, target, message);
            }
            FromChild::Draining => {
                *unsolicited += cost;
                shared.state().status = InstanceState::Draining;
            }
            FromChild::Pong => {
                *unsolicited += cost;
                shared.state().missed_pongs = 0;
            }
            FromChild::Begun { batch, runs } => {
                *unsolicited += cost;
                let mut state = shared.state();
                let now = Instant::now();
                // A few bytes can claim any count.
                let runs = runs.into_iter().filter(|(_, count)| *count as usize <= framing::OUTCOMES_AT_ONCE);
                state.ledger.begun(batch, runs.flat_map(|(first, count)| (first..).take(count as usize)), now);
                state.last_outcome_at = now;
            }
            FromChild::LookupAnswer { lookup, index, reach, detail } => {
                *unsolicited += cost;
                let detail = cut(detail, MAX_LINE);
                shared.lookups.answer(lookup, index, LookupAnswer { reach: reachability(reach), detail });
            }
            FromChild::NoLookup { lookup, offered } => {
                *unsolicited += cost;
                let why = if offered { LookupRefusal::Closed } else { LookupRefusal::NotOffered };
                shared.lookups.refuse(lookup, why);
            }
            FromChild::Response { id, answer } => {
                *unsolicited += cost;
                shared.requests.answer(id, Ok(answer));
            }
            FromChild::NoResponse { id, offered } => {
                *unsolicited += cost;
                let why = if offered { ExtensionRefusal::Closed } else { ExtensionRefusal::NotOffered };
                shared.requests.answer(id, Err(why));
            }
            FromChild::Closed | FromChild::Opened { .. } | FromChild::Failed(_) => *unsolicited += cost,
        }
        throttle(&mut self.second, &mut self.unsolicited, MAX_UNSOLICITED_PER_S);
        Ok(())
    }
}

/// Forwards outcomes to the daemon. Returns how many concerned no open message; `None` if the numbering is impossible.
fn record_outcomes(shared: &ProcessShared, last: u64, runs: &[OutcomeRun<'_>]) -> Option<usize> {
    // A few bytes can claim any count, so the sum is limited to what a frame may hold.
    let count = runs.iter().try_fold(0_usize, |sum, run| {
        run.first.checked_add(run.count)?;
        sum.checked_add(run.count as usize).filter(|sum| run.count > 0 && *sum <= framing::OUTCOMES_AT_ONCE)
    })?;
    let mut done = Vec::with_capacity(count);
    let last = {
        let mut state = shared.state();
        if state.base.checked_add(last) != state.last.checked_add(count as u64) {
            return None;
        }
        for run in runs {
            let (remote_id, detail) = (cut(run.remote_id, MAX_ID), cut(run.detail, MAX_LINE));
            let parts = run.parts.clone().map(|parts| Box::new(parts.bounded()));
            let retry_after = (run.retry_after_ms > 0).then(|| Duration::from_millis(run.retry_after_ms.into()));
            let messages = (run.first..run.first + run.count).map(|index| (index, ()));
            state.ledger.close(run.batch, messages, |_, message_id, ()| {
                done.push(MessageOutcome {
                    message_id,
                    code: OutcomeCode(run.code),
                    retry_after,
                    remote_code: run.remote_code,
                    remote_id: remote_id.as_str().into(),
                    detail: detail.as_str().into(),
                    parts: parts.clone(),
                });
            });
        }
        state.last += count as u64;
        state.strays += (count - done.len()) as u64;
        if done.is_empty() {
            // Nothing has to be stored first.
            state.acknowledge();
        } else {
            state.last_outcome_at = Instant::now();
            state.delivered = state.last;
        }
        // Only `stop` waits for messages to end.
        if state.stopping {
            shared.changed.notify_all();
        }
        state.last
    };
    let strays = count - done.len();
    if !done.is_empty() {
        (shared.events)(HostEvent::Outcomes { last, outcomes: done });
    }
    Some(strays)
}

/// Forwards an inbound message or a receipt under a token of the daemon's. Answers "not stored" if too many wait, or if nobody can store it yet.
fn forward(shared: &ProcessShared, child_token: u64, event: impl FnOnce(u64) -> HostEvent) {
    let token = {
        let mut state = shared.state();
        if state.holds_back || state.tokens.len() >= MAX_PENDING {
            drop(state);
            return shared.refuse(child_token);
        }
        let token = state.next_token;
        state.next_token += 1;
        state.tokens.insert(token, child_token);
        token
    };
    (shared.events)(event(token));
}
