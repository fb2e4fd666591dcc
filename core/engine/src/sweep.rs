//! What happens by time: broadcasts start and expire, requests expire, holds end, unused consents become stale, the log is signed, old rows are
//! removed. Sleeps until the next of these. While the clock is not believed nothing of it happens.

mod clock_watch; // whether the clock is believed

use crate::broadcast;
use crate::context::EngineContext;
use crate::conversation::evidence::{Provenance, change, draft};
use crate::conversation::timers;
use crate::error::Result;
use crate::person;
use clock_watch::ClockWatch;
use rundruf_consent::{Event, Time};
use rundruf_store::{ConsentChange, ConsentResult};
use std::sync::Arc;
use std::time::Duration;

/// How often requests that were not answered in time are looked for.
const EXPIRE_EVERY: Duration = Duration::from_secs(30);
/// How often addresses that did not answer are looked for: it reads the whole database. Each is gone within 24 hours (R12).
const FORGET_EVERY: Duration = Duration::from_secs(3_600);
/// How often a checkpoint is signed if the log grew (R31: at most ten minutes).
const SIGN_EVERY: Duration = Duration::from_secs(60);
/// How often old rows are removed, and when for the first time after a start.
const SWEEP_EVERY: Duration = Duration::from_secs(86_400);
const FIRST_SWEEP: Duration = Duration::from_secs(600);
/// Shortest pause, also after a failure.
const SHORTEST: Duration = Duration::from_millis(5);
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// While the clock is not believed it is looked at again after this time.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Requests that expire together.
const REQUESTS: u32 = 1_000;

/// When each job is due next.
#[derive(Clone, Copy, Debug)]
struct Due {
    expire: Time,
    forget: Time,
    sign: Time,
    sweep: Time,
}

impl Due {
    /// An earlier clock may have been accepted: no job waits longer than its interval.
    fn not_after(&mut self, now: Time) {
        self.expire = self.expire.min(now.plus(EXPIRE_EVERY));
        self.forget = self.forget.min(now.plus(FORGET_EVERY));
        self.sign = self.sign.min(now.plus(SIGN_EVERY));
        self.sweep = self.sweep.min(now.plus(SWEEP_EVERY));
    }
}

/// Does the jobs when they are due, until the context ends.
pub(crate) async fn run(context: Arc<EngineContext>) {
    let mut stopping = context.stopping.subscribe();
    let now = context.clock.now();
    let mut watch = ClockWatch::default();
    let mut due = Due { expire: now, forget: now, sign: now.plus(SIGN_EVERY), sweep: now.plus(FIRST_SWEEP) };
    loop {
        if *stopping.borrow() {
            return;
        }
        let pause = match round(&context, &mut watch, &mut due).await {
            Ok(next) => context.clock.until(next).max(SHORTEST),
            Err(error) => {
                tracing::error!(%error, "a timer failed");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = context.wakers.timers.notified() => {}
            () = context.clock.until_changed() => {}
            _ = stopping.changed() => return,
        }
    }
}

/// Does the jobs that are due. Answers when the next one is.
async fn round(context: &EngineContext, watch: &mut ClockWatch, due: &mut Due) -> Result<Time> {
    if watch.is_held(context).await? {
        return Ok(context.clock.now().plus(LOOK_AGAIN));
    }
    let now = context.clock.now();
    due.not_after(now);
    let next = broadcast::start_and_expire(context, now).await?;
    if due.expire <= now {
        // A full page: there may be more.
        person::resume(context).await?;
        let more = expire_requests(context, now).await? | expire_holds(context, now).await?;
        due.expire = if more { now } else { now.plus(EXPIRE_EVERY) };
    }
    if due.forget <= now {
        let more = person::end_legal_holds(context, now).await? | person::forget_unanswered(context, now).await?;
        due.forget = if more { now } else { now.plus(FORGET_EVERY) };
    }
    if due.sign <= now {
        due.sign = now.plus(SIGN_EVERY);
        context.sign_log().await?;
    }
    if due.sweep <= now {
        due.sweep = now.plus(SWEEP_EVERY);
        timers::go_stale(context, now).await?;
        let removed = context.store.sweep(now).await?;
        let before =
            Time(now.0.saturating_sub(i64::try_from(context.config.retention.inbound.as_millis()).unwrap_or(i64::MAX)));
        let inbound = context.store.inbound_sweep(before).await?;
        tracing::info!(removed, inbound, "old rows were removed");
    }
    let next = [next, Some(due.expire), Some(due.forget), Some(due.sign), Some(due.sweep)];
    Ok(next.into_iter().flatten().min().unwrap_or(now))
}

/// Ends consents whose hold was not answered in time (SPEC §2.2): as withdrawn, the safe direction. True if there may be more.
async fn expire_holds(context: &EngineContext, now: Time) -> Result<bool> {
    let held = context.store.held_list(REQUESTS).await?;
    let is_over = |since: Time| now.since(since) >= context.config.hold_for;
    let end = |address, list| {
        let draft = draft(context, list, "de", Provenance::new("system", "timer", "timer"));
        change(address, list, Event::HoldExpired, Arc::new(draft))
    };
    let changes: Vec<ConsentChange> =
        held.iter().filter(|h| is_over(h.since)).map(|h| end(h.address, h.list)).collect();
    if changes.is_empty() {
        return Ok(false);
    }
    let more = changes.len() >= REQUESTS as usize;
    let changed = context.store.consent_apply(changes, now).await?;
    let changed = changed.iter().any(|c| matches!(c, ConsentResult::Done { changed: true, .. }));
    // A hold that cannot end must not be tried in a loop.
    Ok(more && changed)
}

/// Expires requests that were not answered in time. True if there may be more.
async fn expire_requests(context: &EngineContext, now: Time) -> Result<bool> {
    let overdue = context.store.request_overdue(now, REQUESTS).await?;
    let more = overdue.len() >= REQUESTS as usize;
    let expire = |(address, list)| {
        let draft = draft(context, list, "de", Provenance::new("system", "timer", "timer"));
        change(address, list, Event::RequestExpired, Arc::new(draft))
    };
    let moves: Vec<ConsentChange> = overdue.iter().map(|r| expire((r.consent.address, r.consent.list))).collect();
    if moves.is_empty() {
        return Ok(false);
    }
    let moved = context.store.consent_apply(moves, now).await?;
    let changed = moved.iter().any(|m| matches!(m, ConsentResult::Done { changed: true, .. }));
    // Requests that cannot expire must not be tried in a loop.
    Ok(more && changed)
}
