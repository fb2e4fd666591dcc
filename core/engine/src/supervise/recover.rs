//! Settles deliveries that an earlier process claimed and never settled. The orphan journal has their outcomes; a delivery that it does not
//! name never reached the plugin; without a journal the outcome is unknown.

use crate::config::RetryPolicy;
use crate::dispatch::retry::{self, AttemptInfo};
use crate::error::Result;
use crate::transports::ResendPolicy;
use rundruf_consent::Time;
use rundruf_host::journal::Journal;
use rundruf_host::{MessageId, MessageOutcome};
use rundruf_store::{DeliveryOutcome, InDoubt, Settlement, Store, TransportId};
use std::collections::HashMap;
use std::sync::Arc;

/// The transport whose deliveries are settled, and its rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct RecoveryScope<'a> {
    pub(super) transport: TransportId,
    pub(super) name: &'a str,
    pub(super) resend: ResendPolicy,
    pub(super) rules: &'a RetryPolicy,
}

/// Settles every open delivery of the transport in one transaction. Must end before the plugin starts again.
pub(super) async fn settle(
    store: &Arc<dyn Store>,
    scope: RecoveryScope<'_>,
    journal: Option<Journal>,
    now: Time,
) -> Result<()> {
    let open = store.in_doubt(scope.transport).await?;
    let mut by_message: HashMap<MessageId, &MessageOutcome> = HashMap::new();
    if let Some(journal) = &journal {
        by_message.extend(journal.outcomes.iter().map(|o| (o.message_id, o)));
    }
    let (mut known, mut untouched, mut unknown) = (0, 0, 0);
    let decide = |d: &InDoubt| {
        let attempt = AttemptInfo { attempt: d.attempts + 1, first: now, is_service: d.broadcast.is_none() };
        // A journal covers only what was claimed for the process that wrote it: an old one must not decide about a message that was
        // claimed again later.
        let covers = journal.as_ref().is_some_and(|j| j.session.0 == d.session);
        let to = match by_message.get(&MessageId(d.message_id)).filter(|_| covers) {
            Some(outcome) => {
                known += 1;
                retry::settled((*outcome).clone(), scope.rules, scope.resend, attempt, now)
            }
            None if covers => {
                untouched += 1;
                DeliveryOutcome::Untouched
            }
            None => {
                unknown += 1;
                let why = "the plugin's process died with the daemon while it held this message";
                retry::in_doubt(scope.resend, attempt, why, now)
            }
        };
        Settlement { delivery: d.delivery, evidence: d.evidence, broadcast: d.broadcast, lease: d.lease, to, at: now }
    };
    let settlements: Vec<_> = open.iter().map(decide).collect();
    if !settlements.is_empty() {
        store.dispatch_step(scope.transport, [0; 16], settlements, None).await?;
        tracing::warn!(
            transport = %scope.name, known, untouched, unknown,
            "deliveries of an earlier process were settled: from the plugin's journal, never begun, in doubt"
        );
    }
    // Only now: until here the next start would read it again.
    if let Some(journal) = journal {
        journal.remove()?;
    }
    Ok(())
}
