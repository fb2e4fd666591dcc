//! Settles deliveries that an earlier process claimed and never settled. The orphan journal has their outcomes; a delivery that it does not
//! name never reached the plugin; without a journal the outcome is unknown.

use crate::config::RetryPolicy;
use crate::dispatch::retry::{self, AttemptInfo};
use crate::error::Result;
use crate::transports::ResendPolicy;
use rundruf_consent::Time;
use rundruf_host::journal::Journal;
use rundruf_host::{MessageId, MessageOutcome, SessionId};
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

/// What is known of a delivery that an earlier process held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum CrashFinding<'j> {
    /// The journal has its outcome.
    Reported(&'j MessageOutcome),
    /// The journal of the process that it was claimed for does not name it.
    NeverBegun,
    /// It may have arrived.
    InDoubt,
}

/// A journal covers only what was claimed for the process that wrote it: an old one must not decide about a message that was claimed again
/// later.
fn find<'j>(
    delivery: &InDoubt,
    journal: Option<SessionId>,
    outcomes: &HashMap<MessageId, &'j MessageOutcome>,
) -> CrashFinding<'j> {
    match outcomes.get(&MessageId(delivery.message_id)) {
        _ if journal.is_none_or(|session| session.0 != delivery.session) => CrashFinding::InDoubt,
        Some(outcome) => CrashFinding::Reported(outcome),
        None => CrashFinding::NeverBegun,
    }
}

/// What follows for the delivery.
fn outcome(delivery: &InDoubt, found: CrashFinding<'_>, scope: RecoveryScope<'_>, now: Time) -> DeliveryOutcome {
    let attempt = AttemptInfo { attempt: delivery.attempts + 1, first: now, is_service: delivery.broadcast.is_none() };
    match found {
        CrashFinding::Reported(outcome) => retry::settled(outcome.clone(), scope.rules, scope.resend, attempt, now),
        CrashFinding::NeverBegun => DeliveryOutcome::Untouched,
        CrashFinding::InDoubt => {
            let why = "the plugin's process died with the daemon while it held this message";
            retry::in_doubt(scope.resend, attempt, why, now)
        }
    }
}

/// Settles every open delivery of the transport in one transaction. Must end before the plugin starts again.
pub(super) async fn settle(
    store: &Arc<dyn Store>,
    scope: RecoveryScope<'_>,
    journal: Option<Journal>,
    now: Time,
) -> Result<()> {
    let open = store.in_doubt(scope.transport).await?;
    let session = journal.as_ref().map(|journal| journal.session);
    let outcomes = journal.iter().flat_map(|journal| &journal.outcomes).map(|o| (o.message_id, o)).collect();
    let found: Vec<CrashFinding<'_>> = open.iter().map(|d| find(d, session, &outcomes)).collect();
    let settle = |(d, found): (&InDoubt, &CrashFinding<'_>)| {
        let to = outcome(d, *found, scope, now);
        Settlement { delivery: d.delivery, evidence: d.evidence, broadcast: d.broadcast, lease: d.lease, to, at: now }
    };
    let settlements: Vec<_> = open.iter().zip(&found).map(settle).collect();
    if !settlements.is_empty() {
        store.dispatch_step(scope.transport, [0; 16], settlements, None).await?;
        let count = |like: fn(&CrashFinding<'_>) -> bool| found.iter().filter(|f| like(f)).count();
        tracing::warn!(
            transport = %scope.name,
            known = count(|f| matches!(f, CrashFinding::Reported(_))),
            untouched = count(|f| *f == CrashFinding::NeverBegun),
            unknown = count(|f| *f == CrashFinding::InDoubt),
            "deliveries of an earlier process were settled: from the plugin's journal, never begun, in doubt"
        );
    }
    // Only now: until here the next start would read it again.
    if let Some(journal) = journal {
        journal.remove()?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "../../tests/unit/recover.rs"]
mod tests; // what a journal decides, and what it must not
