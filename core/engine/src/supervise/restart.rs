//! A transport whose task in the daemon died: its plugin ends, what it had in flight is settled as after a crash of the daemon, and the transport is
//! begun again after a pause. All others go on.

use super::supervisor::EngineSupervisor;
use super::transport::{self, retire};
use crate::alerts::{self, AlertKind};
use crate::guarded::guarded;
use crate::transports::TransportHandle;
use rundruf_lang::{Language, msg};
use std::sync::Arc;
use std::time::Duration;

/// Which task of the transport died, in the list of faults.
fn name_of(transport: &TransportHandle) -> String {
    format!("transport {}", transport.config.name)
}

impl EngineSupervisor {
    /// Runs a task of a transport. If it dies, the transport is begun again.
    pub(super) fn guard(
        self: &Arc<Self>,
        transport: &Arc<TransportHandle>,
        task: &'static str,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        // The set of tasks must not keep itself alive.
        let (supervisor, transport) = (Arc::downgrade(self), Arc::clone(transport));
        async move {
            if guarded(work).await.is_err()
                && let Some(supervisor) = supervisor.upgrade()
            {
                tracing::error!(transport = %transport.config.name, task, "a task of the transport died: its plugin ends, and it is begun again; all others go on");
                supervisor.spawn_restart(transport);
            }
        }
    }

    /// Ends the transport and begins it again, until it runs or somebody else has replaced it.
    pub(super) async fn restart(self: Arc<Self>, died: Arc<TransportHandle>) {
        let pause = self.faults.record(&name_of(&died));
        let mut why = msg!("engine-transport-task-died", seconds = pause.as_secs());
        loop {
            let context = self.context();
            died.set_fault(why.clone(), context.clock.now());
            let told = why.text(Language::from_tag(context.config.admin.language));
            alerts::transport_failed(context, Arc::clone(&died), AlertKind::Down, told).await;
            {
                let _alone = self.changing.lock().await;
                let context = self.context();
                if !context.runs(&died) {
                    return;
                }
                retire(&died, context.config.drain_for).await;
            }
            if !self.pause(pause).await {
                return;
            }
            let _alone = self.changing.lock().await;
            let old = self.context();
            if *old.stopping.borrow() || !old.runs(&died) {
                return;
            }
            let (config, prepared) = (died.config.clone(), died.instance.prepared());
            match transport::launch(died.id, config, prepared, &old.config, &old.store, &old.clock) {
                Ok(mut one) => {
                    self.spawn_receiver(&old, &mut one);
                    let replaced =
                        |t: &Arc<TransportHandle>| Arc::clone(if t.id == died.id { &one.transport } else { t });
                    let transports = old.transports.iter().map(replaced).collect();
                    self.take_over(&old, Arc::clone(&old.config), old.lists.clone(), transports, vec![one]).await;
                    tracing::warn!(transport = %died.config.name, "the transport was begun again");
                    return;
                }
                Err(error) => why = error.message(),
            }
        }
    }

    /// Waits. False if the engine stops meanwhile.
    async fn pause(&self, pause: Duration) -> bool {
        let until = tokio::time::Instant::now() + pause;
        let mut context = self.context();
        loop {
            while let Some(next) = context.successor.get() {
                context = Arc::clone(next);
            }
            let mut stopping = context.stopping.subscribe();
            tokio::select! {
                () = tokio::time::sleep_until(until) => return true,
                _ = stopping.wait_for(|stopping| *stopping) => {}
            }
            if context.successor.get().is_none() {
                return false;
            }
        }
    }
}
