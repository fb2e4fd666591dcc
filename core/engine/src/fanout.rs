//! Pages of deliveries, one after the other, so that dispatch and fan-out share the writer.

use crate::audience::choose;
use crate::cap::{Sated, sated};
use crate::error::EngineError;
use crate::start::Inner;
use crate::wake::Wake;
use rundruf_consent::BroadcastId;
use rundruf_store::BroadcastState;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// Contacts of one page.
const PAGE: u32 = 10_000;
/// Broadcasts looked at together.
const AT_ONCE: u32 = 1_000;
/// Pause after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// Writes pages of running broadcasts until the engine stops.
pub(crate) async fn run(engine: Arc<Inner>) {
    let mut stopping = engine.stopping.subscribe();
    let mut capped = HashMap::new();
    loop {
        if *stopping.borrow() {
            return;
        }
        match round(&engine, &mut capped).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "deliveries cannot be written");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        }
        tokio::select! {
            () = engine.sleepers.fanout.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

/// One page of each broadcast that needs one. True if there is more. `capped` keeps who has had enough, from a broadcast's first page to its last.
async fn round(engine: &Arc<Inner>, capped: &mut HashMap<BroadcastId, Sated>) -> Result<bool, EngineError> {
    let mut waiting = engine.store.broadcast_list(true, AT_ONCE).await?;
    waiting.retain(|row| row.state == BroadcastState::Running && !row.fanned_out);
    waiting.sort_by_key(|row| row.id);
    // One that was paused meanwhile counts anew: others may have gone out.
    capped.retain(|id, _| waiting.iter().any(|row| row.id == *id));
    let mut more = false;
    let mut served = HashSet::new();
    for row in waiting {
        let Some(list) = engine.list(row.list) else {
            tracing::error!(broadcast = %row.id, "its list is not in the settings any more: it waits");
            continue;
        };
        let enough = if list.frequency_cap.is_none() {
            Sated::default()
        } else if !served.insert(row.list) {
            // Its turn comes when the one before it can be counted.
            more = true;
            continue;
        } else if let Some(known) = capped.get(&row.id) {
            Arc::clone(known)
        } else {
            let enough = sated(engine, (row.list, list), Some(row.id)).await?;
            Arc::clone(capped.entry(row.id).or_insert(enough))
        };
        let done = engine.store.fan_out(row.id, PAGE, choose(engine, list, enough), engine.clock.now()).await?;
        more |= !done.finished;
        engine.wake(Wake::Deliveries);
    }
    Ok(more)
}
