//! What an earlier life left: rows that were claimed and never settled. The orphan journal says what became of them; what it does not
//! name never reached the plugin; without a journal they are in doubt.

use crate::config::Retry;
use crate::error::EngineError;
use crate::retry::{self, Doubt, Tries};
use rundruf_consent::Time;
use rundruf_host::journal::Journal;
use rundruf_host::{MessageId, MessageOutcome};
use rundruf_store::{DeliveryOutcome, InDoubt, Settlement, Store, TransportId};
use std::collections::HashMap;
use std::sync::Arc;

/// Whose rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left<'a> {
    pub(crate) transport: TransportId,
    pub(crate) name: &'a str,
    pub(crate) doubt: Doubt,
    pub(crate) rules: &'a Retry,
}

/// Settles everything that is in doubt, in one transaction, before the plugin starts again.
pub(crate) async fn settle(
    store: &Arc<dyn Store>,
    left: Left<'_>,
    journal: Option<Journal>,
    now: Time,
) -> Result<(), EngineError> {
    let doubts = store.in_doubt(left.transport).await?;
    let mut told: HashMap<MessageId, &MessageOutcome> = HashMap::new();
    if let Some(journal) = &journal {
        told.extend(journal.outcomes.iter().map(|o| (o.message_id, o)));
    }
    let (mut known, mut untouched, mut unknown) = (0, 0, 0);
    let decide = |d: &InDoubt| {
        let tries = Tries { attempt: d.attempts + 1, first: now, is_service: d.broadcast.is_none() };
        // A journal speaks of what was claimed for the process that wrote it, and of nothing else: an old one must not decide about a
        // message that was claimed again later.
        let speaks = journal.as_ref().is_some_and(|j| j.session == d.session);
        let to = match told.get(&d.message_id).filter(|_| speaks) {
            Some(outcome) => {
                known += 1;
                retry::settled((*outcome).clone(), left.rules, left.doubt, tries, now)
            }
            None if speaks => {
                untouched += 1;
                DeliveryOutcome::Untouched
            }
            None => {
                unknown += 1;
                let why = "the plugin's process died with the daemon while it held this message";
                retry::in_doubt(left.doubt, tries, why, now)
            }
        };
        Settlement { delivery: d.delivery, evidence: d.evidence, broadcast: d.broadcast, lease: d.lease, to, at: now }
    };
    let settlements: Vec<_> = doubts.iter().map(decide).collect();
    if !settlements.is_empty() {
        store.dispatch_step(left.transport, [0; 16], settlements, None).await?;
        tracing::warn!(
            transport = %left.name, known, untouched, unknown,
            "an earlier life ended in the middle: outcomes from the plugin's journal, never begun, in doubt"
        );
    }
    // Only now: until here the next start would read it again.
    if let Some(journal) = journal {
        journal.settled()?;
    }
    Ok(())
}
