//! Pages of deliveries, one after the other, so that dispatch and fan-out share the writer.

use crate::audience::choose;
use crate::error::EngineError;
use crate::start::Inner;
use crate::wake::Wake;
use rundruf_store::BroadcastState;
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
    loop {
        if *stopping.borrow() {
            return;
        }
        match round(&engine).await {
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

/// One page of each broadcast that needs one. True if there is more.
async fn round(engine: &Arc<Inner>) -> Result<bool, EngineError> {
    let mut more = false;
    for row in engine.store.broadcast_list(true, AT_ONCE).await? {
        if row.state != BroadcastState::Running || row.fanned_out {
            continue;
        }
        let Some(list) = engine.list(row.list) else {
            tracing::error!(broadcast = %row.id, "its list is not in the settings any more: it waits");
            continue;
        };
        let done = engine.store.fan_out(row.id, PAGE, choose(engine, list), engine.clock.now()).await?;
        more |= !done.finished;
        engine.wake(Wake::Deliveries);
    }
    Ok(more)
}
