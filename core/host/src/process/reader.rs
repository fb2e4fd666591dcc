//! What a child says. It shares its process with a plugin that may write to the pipe itself: nothing is trusted, and nothing piles up.

use super::ProcessShared;
use crate::event::{DeliveryReceipt, HostEvent, InboundMessage, MessageOutcome, cut};
use crate::instance::InstanceState;
use crate::loaded_instance::{MAX_ID, MAX_LINE, MAX_TEXT};
use crate::log_sanitizer::slow_down;
use crate::lookup::{LookupAnswer, LookupRefusal, reach_of};
use crate::wire::framing;
use crate::wire::{FromChild, OutcomeRun};
use rundruf_abi::OutcomeCode;
use std::io::{BufRead, ErrorKind};
use std::time::{Duration, Instant};

/// Messages from outside that may wait for their answer; the plugin is told to keep what comes beyond.
const MOST_WAITING: usize = 1_024;
/// Bytes a second of frames that settle no letter. Whoever says more is heard later.
const NOISE: usize = 4 << 20;
/// What any frame costs us, whatever its length.
const FRAME_COST: usize = 64;
/// What a message from outside costs the database, beside its texts.
const MAIL_COST: usize = 512;
/// So often it is looked whether it hears what it is told.
const LOOK_EVERY: u64 = 256;
/// `Ready` is passed on at most once in this time.
const READY_EVERY: Duration = Duration::from_millis(5);

/// Hears until the child has gone, or says what no child of ours says; then the text tells what.
pub(super) fn hear(shared: &ProcessShared, reading: &mut impl BufRead) -> Option<&'static str> {
    let mut frame = Vec::new();
    let (mut second, mut noise) = (Instant::now(), 0);
    let mut ready = Instant::now().checked_sub(READY_EVERY);
    for turn in 1_u64.. {
        if turn % LOOK_EVERY == 0 && shared.state().out.as_ref().is_some_and(|out| out.is_full()) {
            return Some("it asks, and does not listen to the answers");
        }
        match framing::read(reading, &mut frame, framing::MAX_UP) {
            Ok(true) => {}
            Err(e) if e.kind() == ErrorKind::InvalidData => return Some("a frame claims more bytes than are allowed"),
            Ok(false) | Err(_) => return None,
        }
        let Ok(up) = postcard::from_bytes::<FromChild<'_>>(&frame) else { return Some("a frame cannot be read") };
        let cost = frame.len() + FRAME_COST;
        match up {
            FromChild::Outcomes { last, runs } => {
                let none = runs.is_empty();
                match settle(shared, last, &runs) {
                    None => return Some("outcomes are numbered wrongly"),
                    Some(strays) => noise += if none { cost } else { strays * FRAME_COST },
                }
            }
            FromChild::Inbound { token, kind, trust, channel, address, text, remote_id, at_ms } => {
                noise += cost;
                let weight = MAIL_COST + address.len() + text.len() + remote_id.len();
                let message = InboundMessage {
                    kind,
                    trust,
                    channel: cut(channel, 64),
                    address: cut(address, 512),
                    text: cut(text, MAX_TEXT),
                    remote_id: cut(remote_id, MAX_ID),
                    at_ms,
                };
                if shared.may_mail(weight) {
                    from_outside(shared, token, |token| HostEvent::Inbound { token, message });
                } else {
                    shared.refuse(token);
                }
            }
            FromChild::Receipt { token, message_id, kind, at_ms, detail } => {
                noise += cost;
                let receipt = DeliveryReceipt { message_id, kind, at_ms, detail: cut(detail, MAX_LINE) };
                from_outside(shared, token, |token| HostEvent::Receipt { token, receipt });
            }
            FromChild::Ready => {
                noise += cost;
                if ready.is_none_or(|at| at.elapsed() >= READY_EVERY) {
                    ready = Some(Instant::now());
                    (shared.events)(HostEvent::Ready);
                }
            }
            FromChild::Log { level, target, message } => {
                noise += cost;
                shared.lines.say(level, target, message);
            }
            FromChild::Draining => {
                noise += cost;
                shared.state().status = InstanceState::Draining;
            }
            FromChild::Pong => {
                noise += cost;
                shared.state().unanswered = 0;
            }
            FromChild::LookupAnswer { lookup, index, reach, detail } => {
                noise += cost;
                let detail = cut(detail, MAX_LINE);
                shared.desk.answer(lookup, index, LookupAnswer { reach: reach_of(reach), detail });
            }
            FromChild::NoLookup { lookup, offered } => {
                noise += cost;
                let why = if offered { LookupRefusal::Closed } else { LookupRefusal::NotOffered };
                shared.desk.refuse(lookup, why);
            }
            FromChild::Closed | FromChild::Opened | FromChild::Failed(_) => noise += cost,
        }
        if frame.capacity() > 1 << 20 {
            frame = Vec::new();
        }
        slow_down(&mut second, &mut noise, NOISE);
    }
    None
}

/// Hands outcomes on. Answers how many were about nothing that is out; `None` if their numbers cannot be.
fn settle(shared: &ProcessShared, last: u64, runs: &[OutcomeRun<'_>]) -> Option<usize> {
    // A run of a few bytes claims letters: no more than a frame may tell of.
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
            let retry_after = (run.retry_after_ms > 0).then(|| Duration::from_millis(run.retry_after_ms.into()));
            let letters = (run.first..run.first + run.count).map(|index| (index, ()));
            state.ledger.close(run.batch, letters, |_, message_id, ()| {
                done.push(MessageOutcome {
                    message_id,
                    code: OutcomeCode(run.code),
                    retry_after,
                    remote_code: run.remote_code,
                    remote_id: remote_id.as_str().into(),
                    detail: detail.as_str().into(),
                });
            });
        }
        state.last += count as u64;
        state.strays += (count - done.len()) as u64;
        if done.is_empty() {
            // Nothing that would have to be stored first.
            state.acknowledge();
        } else {
            state.heard = Instant::now();
            state.told = state.last;
        }
        // Nobody but who stops it waits for letters to end.
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

/// Hands a message on under a number of ours, or tells the child to keep it.
fn from_outside(shared: &ProcessShared, theirs: u64, event: impl FnOnce(u64) -> HostEvent) {
    let token = {
        let mut state = shared.state();
        if state.tokens.len() >= MOST_WAITING {
            drop(state);
            return shared.refuse(theirs);
        }
        let token = state.next_token;
        state.next_token += 1;
        state.tokens.insert(token, theirs);
        token
    };
    (shared.events)(event(token));
}
