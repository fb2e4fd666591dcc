//! Messages that were in flight when the plugin crashed are claimed again by name, in ever smaller groups.

use super::dispatcher::Dispatcher;
use super::in_flight::{InFlightMessage, delivery_of};
use super::poison::NextClaim;
use super::retry::{self, AttemptInfo, BAD_CONTENT};
use rundruf_consent::DeliveryId;
use rundruf_host::{MessageOutcome, OutcomeClass, SessionId};
use rundruf_store::DeliveryOutcome;
use std::time::Duration;

/// The reason that is shown for a message that crashes the plugin.
const CULPRIT: &str = "the plugin died three times while it held only this message";
/// Ordinary claims pass over a message that is to be tried again for this time. A search is over sooner; a message that it forgets waits no longer.
const RESERVED: Duration = Duration::from_secs(60);
/// The same where no search follows: the transport ends.
const SOON: Duration = Duration::from_secs(1);

impl Dispatcher {
    /// The plugin crashed while it had these messages.
    pub(super) fn take_lost(&mut self, outcomes: Vec<MessageOutcome>) {
        let (now, resend) = (self.context.clock.now(), self.transport.resend_policy());
        let (mut lost, mut again) = (Vec::new(), Vec::new());
        for outcome in outcomes {
            let id = delivery_of(&outcome);
            let Some(message) = self.in_flight.remove(id) else { continue };
            if outcome.class() == OutcomeClass::Untouched {
                self.settle(id, &message, DeliveryOutcome::Untouched, now);
                continue;
            }
            if retry::may_repeat_after_crash(resend, AttemptInfo::of(&message)) {
                again.push(id);
            }
            lost.push((id, message, outcome));
        }
        let is_last = self.transport.is_retired() || *self.context.stopping.borrow();
        let due = now.plus(if is_last { SOON } else { RESERVED });
        for (id, message, MessageOutcome { code, detail, .. }) in &lost {
            let to = if again.contains(id) {
                DeliveryOutcome::Retry { due, code: code.0, detail: detail.clone() }
            } else {
                DeliveryOutcome::Unknown { detail: detail.clone() }
            };
            self.settle(*id, message, to, now);
        }
        self.poison.crashed(lost.len(), again);
        self.claims.wanted = true;
        self.show_in_flight();
    }

    /// What may be claimed while nothing is in flight. Tells the host whether the next crash counts.
    pub(super) fn next_claim(&mut self, room: u32) -> NextClaim {
        if room == 0 {
            return NextClaim::Named(Vec::new());
        }
        let next = self.poison.next(room);
        let ignore = matches!(next, NextClaim::Named(_) | NextClaim::OneOther) && self.poison.may_crash();
        if ignore || self.ignores_next_crash {
            self.transport.instance.ignore_next_crash(ignore);
            self.ignores_next_crash = ignore;
        }
        next
    }

    /// Claims these messages for a trial.
    pub(super) async fn claim_named(&mut self, session: SessionId, ids: Vec<i64>) {
        if ids.is_empty() {
            return;
        }
        let now = self.context.clock.now();
        let named = ids.iter().copied().map(DeliveryId).collect();
        match self.context.store.dispatch_by_id(self.transport.id, session.0, named, now).await {
            Ok(step) => {
                self.bucket.take(u32::try_from(step.claimed.len()).unwrap_or(u32::MAX));
                self.take_claimed(step, 0, now);
                // A message that was not claimed has been stopped, paused or ended meanwhile.
                self.claims.wanted = true;
            }
            Err(error) => {
                ids.into_iter().for_each(|id| self.poison.put_back(id));
                self.store_failed(&error).await;
            }
        }
    }

    /// These messages crash the plugin: they fail, and the crashes do not count against the plugin.
    pub(super) async fn fail(&mut self, session: SessionId, ids: Vec<i64>) {
        let now = self.context.clock.now();
        let named = ids.iter().copied().map(DeliveryId).collect();
        match self.context.store.dispatch_by_id(self.transport.id, session.0, named, now).await {
            Ok(step) => {
                self.take_claimed(step, 0, now);
                let service_key = self.context.store.secrets().instance_key;
                for claimed in std::mem::take(&mut self.claims.claimed) {
                    for row in claimed.rows {
                        let id = row.permit.delivery().0;
                        tracing::error!(transport = %self.transport.config.name, delivery = id, "{CULPRIT}: it has failed, the others go on");
                        let message = InFlightMessage::of(&row, service_key, claimed.mark, claimed.trial);
                        let to = DeliveryOutcome::Failed { code: BAD_CONTENT, detail: CULPRIT.into() };
                        self.settle(id, &message, to, claimed.at);
                    }
                }
                self.transport.instance.reset_crash_count();
                self.claims.wanted = true;
                self.show_in_flight();
            }
            Err(error) => {
                self.poison.put_back_culprits(ids);
                self.store_failed(&error).await;
            }
        }
    }

    async fn store_failed(&mut self, error: &rundruf_store::StoreError) {
        tracing::error!(transport = %self.transport.config.name, %error, "the store gives nothing out; it is asked again");
        self.store_backoff.wait().await;
        self.claims.wanted = true;
    }
}
