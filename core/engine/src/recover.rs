//! What an earlier life left: rows that were claimed and never settled. The orphan journal says what became of them; what it does not
//! name never reached the plugin; without a journal they are in doubt.

use crate::config::Retry;
use crate::dispatch::Transport;
use crate::error::EngineError;
use crate::retry::{self, Tries};
use rundruf_consent::Time;
use rundruf_host::MessageId;
use rundruf_host::orphan::{self, Journal};
use rundruf_store::{InDoubt, Settled, Settlement, Store};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Waits for an earlier process of the transport and reads what it left.
pub(crate) async fn collect(state_dir: &Path, wait: Duration) -> Result<Option<Journal>, EngineError> {
    let state_dir = state_dir.to_owned();
    let collected = tokio::task::spawn_blocking(move || orphan::collect(&state_dir, wait));
    Ok(collected.await.map_err(std::io::Error::other)??)
}

/// Settles everything that is in doubt, in one transaction, before the first claim.
pub(crate) async fn settle(
    store: &Arc<dyn Store>,
    transport: &Transport,
    journal: Option<Journal>,
    rules: &Retry,
    now: Time,
) -> Result<(), EngineError> {
    let doubts = store.in_doubt(transport.id).await?;
    let mut told: HashMap<MessageId, &rundruf_host::Outcome> = HashMap::new();
    if let Some(journal) = &journal {
        told.extend(journal.outcomes.iter().map(|o| (o.message_id, o)));
    }
    let (mut known, mut untouched, mut unknown) = (0, 0, 0);
    let decide = |d: &InDoubt| {
        let tries = Tries { attempt: d.attempts + 1, first: now, is_service: d.broadcast.is_none() };
        let to = match (told.get(&d.message_id), &journal) {
            (Some(outcome), _) => {
                known += 1;
                retry::settled(outcome, rules, transport.doubt(), tries, now)
            }
            (None, Some(journal)) if journal.session == d.session => {
                untouched += 1;
                Settled::Untouched
            }
            _ => {
                unknown += 1;
                let why = "the plugin's process died with the daemon while it held this message";
                retry::in_doubt(transport.doubt(), tries, why, now)
            }
        };
        Settlement { delivery: d.delivery, evidence: d.evidence, broadcast: d.broadcast, lease: d.lease, to, at: now }
    };
    let settlements: Vec<_> = doubts.iter().map(decide).collect();
    if !settlements.is_empty() {
        store.dispatch_step(transport.id, [0; 16], settlements, None).await?;
        tracing::warn!(
            transport = %transport.config.name, known, untouched, unknown,
            "an earlier life ended in the middle: outcomes from the plugin's journal, never begun, in doubt"
        );
    }
    if let Some(journal) = journal {
        journal.settled()?;
    }
    Ok(())
}
