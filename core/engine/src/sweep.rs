//! What the clock does: broadcasts begin and end, requests expire, the log is signed, old rows go. It sleeps until the next of these.

use crate::error::EngineError;
use crate::evidence::{By, draft};
use crate::start::Inner;
use crate::wake::Wake;
use rundruf_consent::{Event, Time};
use rundruf_store::{BroadcastAction, BroadcastState, ConsentChange, ConsentTarget, StoreError};
use std::sync::Arc;
use std::time::Duration;

/// How often requests that nobody answered are looked for.
const EXPIRE_EVERY: Duration = Duration::from_secs(30);
/// How often a checkpoint is signed if the log grew (R31: at most ten minutes).
const SIGN_EVERY: Duration = Duration::from_secs(60);
/// How often old rows are removed, and when for the first time after a start.
const SWEEP_EVERY: Duration = Duration::from_secs(86_400);
const FIRST_SWEEP: Duration = Duration::from_secs(600);
/// Shortest pause, also after a failure.
const SHORTEST: Duration = Duration::from_millis(5);
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Rows looked at together.
const AT_ONCE: u32 = 1_000;

/// When each thing is done next.
#[derive(Clone, Copy, Debug)]
struct Due {
    expire: Time,
    sign: Time,
    sweep: Time,
}

pub(crate) async fn run(engine: Arc<Inner>) {
    let mut stopping = engine.stopping.subscribe();
    let now = engine.clock.now();
    let mut due = Due { expire: now, sign: now.plus(SIGN_EVERY), sweep: now.plus(FIRST_SWEEP) };
    loop {
        if *stopping.borrow() {
            return;
        }
        let pause = match round(&engine, &mut due).await {
            Ok(next) => engine.clock.until(next).max(SHORTEST),
            Err(error) => {
                tracing::error!(%error, "a timer failed");
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = engine.sleepers.timers.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

/// Does what is due and says when the next thing is.
async fn round(engine: &Inner, due: &mut Due) -> Result<Time, EngineError> {
    let now = engine.clock.now();
    let next = broadcasts(engine, now).await?;
    if due.expire <= now {
        // A full page: there may be more.
        due.expire = if expire_requests(engine, now).await? { now } else { now.plus(EXPIRE_EVERY) };
    }
    if due.sign <= now {
        due.sign = now.plus(SIGN_EVERY);
        engine.store.log_sign(engine.signer.clone(), now).await?;
    }
    if due.sweep <= now {
        due.sweep = now.plus(SWEEP_EVERY);
        let removed = engine.store.sweep(now).await?;
        tracing::info!(removed, "old rows were removed");
    }
    let next = [next, Some(due.expire), Some(due.sign), Some(due.sweep)];
    Ok(next.into_iter().flatten().min().unwrap_or(now))
}

/// Begins and ends broadcasts. Says when the next one begins or ends.
async fn broadcasts(engine: &Inner, now: Time) -> Result<Option<Time>, EngineError> {
    let mut next: Option<Time> = None;
    let mut begun = false;
    for row in engine.store.broadcast_list(true, AT_ONCE).await? {
        let starts = row.start_at.filter(|_| row.state == BroadcastState::Scheduled);
        let to = match (row.expires_at, starts) {
            (Some(at), _) if at <= now => BroadcastAction::Expire,
            (_, Some(at)) if at <= now => BroadcastAction::Start,
            (ends, starts) => {
                next = [next, ends, starts].into_iter().flatten().min();
                continue;
            }
        };
        match engine.store.broadcast_change(row.id, to, now).await {
            Ok(_) => begun = true,
            // Somebody cancelled it a moment ago.
            Err(StoreError::State(_)) => {}
            Err(error) => return Err(error.into()),
        }
        next = [next, row.expires_at.filter(|at| *at > now)].into_iter().flatten().min();
    }
    if begun {
        engine.sleepers.fanout.notify_one();
        engine.wake(Wake::Deliveries);
    }
    Ok(next)
}

/// Requests that nobody answered in time. True if there may be more.
async fn expire_requests(engine: &Inner, now: Time) -> Result<bool, EngineError> {
    let overdue = engine.store.request_overdue(now, AT_ONCE).await?;
    let more = overdue.len() >= AT_ONCE as usize;
    let moves: Vec<ConsentChange> = overdue
        .iter()
        .map(|request| ConsentChange {
            target: ConsentTarget::Ids(request.consent.address, request.consent.list),
            event: Event::RequestExpired,
            draft: Arc::new(draft(engine, request.consent.list, "de", By::new("system", "timer", "timer"))),
            request: None,
            services: Vec::new(),
        })
        .collect();
    if moves.is_empty() {
        return Ok(false);
    }
    let moved = engine.store.consent_apply(moves, now).await?;
    let changed = moved.iter().any(|m| matches!(m, rundruf_store::ConsentResult::Done { changed: true, .. }));
    // What cannot move must not be tried in a circle.
    Ok(more && changed)
}
