//! Fan-out: writes the deliveries of running broadcasts in pages, so that dispatch gets the store's writer in between.

use super::audience::choose;
use crate::context::{EngineContext, Wake};
use crate::error::Result;
use rundruf_store::BroadcastState;
use std::sync::Arc;
use std::time::Duration;

/// Contacts of one page.
const PAGE: u32 = 10_000;
/// Broadcasts that are read together.
const BROADCASTS: u32 = 1_000;
/// Pause after a failure.
const PAUSE: Duration = Duration::from_millis(500);

/// Writes pages of running broadcasts until the context ends.
pub(crate) async fn run(context: Arc<EngineContext>) {
    let mut stopping = context.stopping.subscribe();
    loop {
        if *stopping.borrow() {
            return;
        }
        match round(&context).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "deliveries cannot be written");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        }
        tokio::select! {
            () = context.wakers.fan_out.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

/// Writes one page of each broadcast that needs one. True if there is more.
async fn round(context: &Arc<EngineContext>) -> Result<bool> {
    // The timers wake this task when the clock is believed again.
    if context.clock.is_held() {
        return Ok(false);
    }
    let mut waiting = context.store.broadcast_list(true, BROADCASTS).await?;
    waiting.retain(|row| row.state == BroadcastState::Running && !row.fanned_out);
    waiting.sort_by_key(|row| row.id);
    let mut more = false;
    for row in waiting {
        let Some(list) = context.list(row.list) else {
            tracing::error!(broadcast = %row.id, "its list is not in the settings any more: it waits");
            continue;
        };
        if let Some(unknown) = context.unknown_transport_of(list) {
            let transport = &unknown.config.name;
            tracing::error!(broadcast = %row.id, transport, "the library of a transport of its list cannot be read: it waits");
            continue;
        }
        let done = context.store.fan_out(row.id, PAGE, choose(context, list), context.clock.now()).await?;
        more |= !done.finished;
        context.wake(Wake::Deliveries);
    }
    Ok(more)
}
