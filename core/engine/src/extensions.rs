//! What the engine asks plugins beside messages: to forget people who were erased, and how their account is. Each transport alone and with a
//! deadline: a plugin that does not answer keeps nobody else waiting.

pub(crate) mod forget; // who was erased leaves what plugins keep
mod health; // the state of accounts, and whether plugins hear

pub(crate) use health::amount;

use crate::context::EngineContext;
use crate::transports::TransportHandle;
use rundruf_host::InstanceState;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How often it is looked whether a plugin is to be told something.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Works until the context ends.
pub(crate) async fn run(context: Arc<EngineContext>) {
    let mut all = JoinSet::new();
    for transport in &context.transports {
        all.spawn(look_after(Arc::clone(&context), Arc::clone(transport)));
    }
    let mut stopping = context.stopping.subscribe();
    // The set ends its tasks when it is dropped.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Asks the plugin of one transport what is due.
async fn look_after(context: Arc<EngineContext>, transport: Arc<TransportHandle>) {
    let mut next_health = Instant::now();
    let mut session = None;
    loop {
        if transport.instance.state() == InstanceState::Up {
            if let Err(error) = forget::tell(&context, &transport).await {
                tracing::error!(transport = %transport.config.name, %error, "what a plugin is to forget cannot be read now");
            }
            // A plugin that was started again is asked at once.
            let current = Some(transport.instance.session());
            if transport.instance.manifest().can("health") && (Instant::now() >= next_health || session != current) {
                session = current;
                next_health = Instant::now() + context.config.admin.health_every;
                health::ask(&context, &transport).await;
            }
        }
        tokio::time::sleep(LOOK_EVERY.min(context.config.admin.health_every)).await;
    }
}
