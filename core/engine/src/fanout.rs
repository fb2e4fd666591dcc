//! Pages of deliveries, and what the clock does: begin, end, requests that nobody answered, checkpoints.

use crate::config::ListConfig;
use crate::start::Inner;
use rundruf_consent::evidence::Act;
use rundruf_consent::{Event, Flags, Refusal, State};
use rundruf_store::{BroadcastMove, BroadcastState, Candidate, Choice, Choose, Move, Target, TransportId};
use std::sync::Arc;
use std::time::Duration;

/// Contacts of one page.
const PAGE: u32 = 10_000;
/// How often the clock is looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often a checkpoint is signed if the log grew (R31: at most ten minutes).
const SIGN_EVERY: u32 = 60;
/// How often old rows are removed.
const SWEEP_EVERY: u32 = 86_400;

/// Chooses for one contact: the best consented address by the list's own order of transports, else the most telling refusal.
pub(crate) fn choose(engine: &Inner, list: &ListConfig) -> Choose {
    let order: Vec<(TransportId, Vec<rundruf_consent::Channel>)> = list
        .transports
        .iter()
        .filter_map(|name| engine.transports.iter().find(|t| t.config.name == *name))
        .map(|t| (t.id, rundruf_consent::Channel::ALL.into_iter().filter(|c| t.serves(*c)).collect()))
        .collect();
    Arc::new(move |candidates| {
        let may = |c: &Candidate| matches!(c.state, State::Confirmed | State::Customer) && c.flags.is_clear();
        for (transport, channels) in &order {
            if let Some(at) = candidates.iter().position(|c| may(c) && channels.contains(&c.channel)) {
                return Choice::Send(at, *transport);
            }
        }
        let told = candidates.iter().enumerate().map(|(at, c)| (telling(c), at)).max_by_key(|((rank, _), _)| *rank);
        told.map_or(Choice::Skip(0, Refusal::NoAddress), |((_, refusal), at)| Choice::Skip(at, refusal))
    })
}

/// Why not, and how telling that is.
fn telling(c: &Candidate) -> (u8, Refusal) {
    if c.flags.has(Flags::UNDELIVERABLE) {
        return (9, Refusal::Undeliverable);
    }
    if c.flags.has(Flags::SUPPRESSED) {
        return (8, Refusal::Suppressed);
    }
    if c.flags.has(Flags::REASSIGNED) {
        return (7, Refusal::Reassigned);
    }
    match c.state {
        // It may be written to, but by no transport that this list has.
        State::Confirmed | State::Customer => (10, Refusal::NoAddress),
        State::Withdrawn | State::Objected => (6, Refusal::from_state(c.state)),
        State::Held => (5, Refusal::Held),
        State::Requested => (4, Refusal::Unconfirmed),
        state => (3, Refusal::from_state(state)),
    }
}

/// Writes pages of running broadcasts, one after the other, so that dispatch and fan-out share the writer.
pub(crate) async fn run(engine: Arc<Inner>) {
    let mut stopping = engine.stopping.subscribe();
    loop {
        if *stopping.borrow() {
            return;
        }
        match page(&engine).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "deliveries cannot be written");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
        tokio::select! {
            () = engine.wake_fanout.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

/// One page of each broadcast that needs one. True if there is more.
async fn page(engine: &Arc<Inner>) -> Result<bool, crate::EngineError> {
    let mut more = false;
    for row in engine.store.broadcast_list(true, 1_000).await? {
        if row.state != BroadcastState::Running || row.fanned_out {
            continue;
        }
        let Some(list) = engine.list(row.list) else {
            tracing::error!(broadcast = %row.id, "its list is not in the settings any more: it waits");
            continue;
        };
        let done = engine.store.fan_out(row.id, PAGE, choose(engine, list), engine.clock.now()).await?;
        more |= !done.finished;
        engine.wake_transports();
    }
    Ok(more)
}

/// What the clock does.
pub(crate) async fn timers(engine: Arc<Inner>) {
    let mut stopping = engine.stopping.subscribe();
    let mut ticks = 0_u32;
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            _ = stopping.changed() => return,
        }
        ticks = ticks.wrapping_add(1);
        if let Err(error) = tick(&engine, ticks).await {
            tracing::error!(%error, "a timer failed");
        }
    }
}

async fn tick(engine: &Arc<Inner>, ticks: u32) -> Result<(), crate::EngineError> {
    let now = engine.clock.now();
    for row in engine.store.broadcast_list(true, 1_000).await? {
        if row.expires_at.is_some_and(|t| t <= now) {
            engine.store.broadcast_move(row.id, BroadcastMove::Expire, now).await?;
        } else if row.state == BroadcastState::Scheduled && row.start_at.is_some_and(|t| t <= now) {
            engine.store.broadcast_move(row.id, BroadcastMove::Start, now).await?;
            engine.wake_all();
        }
    }
    if ticks.is_multiple_of(10) {
        expire_requests(engine).await?;
    }
    if ticks.is_multiple_of(SIGN_EVERY) {
        engine.store.log_sign(engine.signer.clone(), now).await?;
    }
    if ticks.is_multiple_of(SWEEP_EVERY) {
        engine.store.sweep(now).await?;
    }
    Ok(())
}

/// Requests that nobody answered in time.
async fn expire_requests(engine: &Arc<Inner>) -> Result<(), crate::EngineError> {
    let now = engine.clock.now();
    let overdue = engine.store.request_overdue(now, 1_000).await?;
    let mut moves = Vec::with_capacity(overdue.len());
    for request in overdue {
        let act = Act { kind: "timer".to_owned(), ..Act::default() };
        let draft = crate::people::draft(engine, request.consent.list, "system", "timer", act);
        let target = Target::Ids(request.consent.address, request.consent.list);
        moves.push(Move { target, event: Event::RequestExpired, draft, request: None, services: Vec::new() });
    }
    if !moves.is_empty() {
        engine.store.consent_apply(moves, now).await?;
    }
    Ok(())
}
