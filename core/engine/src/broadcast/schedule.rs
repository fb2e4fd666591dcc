//! Scheduled broadcasts start, and broadcasts whose time is over expire.

use crate::context::{EngineContext, Wake};
use crate::error::Result;
use rundruf_consent::Time;
use rundruf_store::{BroadcastAction, BroadcastState, StoreError};

/// Broadcasts that are read together.
const PAGE: u32 = 1_000;

/// Starts and expires broadcasts that are due. Answers when the next one is.
pub(crate) async fn start_and_expire(context: &EngineContext, now: Time) -> Result<Option<Time>> {
    let mut next: Option<Time> = None;
    let mut changed = false;
    for row in context.store.broadcast_list(true, PAGE).await? {
        let starts = row.start_at.filter(|_| row.state == BroadcastState::Scheduled);
        let to = match (row.expires_at, starts) {
            (Some(at), _) if at <= now => BroadcastAction::Expire,
            (_, Some(at)) if at <= now => BroadcastAction::Start,
            (ends, starts) => {
                next = [next, ends, starts].into_iter().flatten().min();
                continue;
            }
        };
        match context.store.broadcast_change(row.id, to, now).await {
            Ok(_) => changed = true,
            // It was cancelled a moment ago.
            Err(StoreError::State(_)) => {}
            Err(error) => return Err(error.into()),
        }
        next = [next, row.expires_at.filter(|at| *at > now)].into_iter().flatten().min();
    }
    if changed {
        context.wakers.fan_out.notify_one();
        context.wake(Wake::Deliveries);
    }
    Ok(next)
}
