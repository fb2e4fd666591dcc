//! Letters that were out when the plugin died are claimed again by name: alone, in ever smaller company.

use super::search::Next;
use super::{Dispatcher, STORE_PAUSE};
use crate::retry::{self, Tries};
use rundruf_consent::DeliveryId;
use rundruf_host::{MessageOutcome, OutcomeClass, SessionId};
use rundruf_store::DeliveryOutcome;
use std::time::Duration;

/// Refused for what it contains.
const BAD_CONTENT: u16 = 301;
/// What a person reads about the one that kills the plugin.
const CULPRIT: &str = "the plugin died three times while it held only this message";
/// Who is to be tried again is left alone by ordinary claims for this time: a search is over sooner, and whoever is forgotten waits no longer.
const LEFT_ALONE: Duration = Duration::from_secs(60);
/// Where nobody searches.
const SOON: Duration = Duration::from_secs(1);

impl Dispatcher {
    /// The plugin died while it held these.
    pub(super) fn lost(&mut self, outcomes: Vec<MessageOutcome>) {
        let (now, doubt) = (self.engine.clock.now(), self.transport.doubt());
        let (mut held, mut again) = (Vec::new(), Vec::new());
        for outcome in outcomes {
            let id = number(&outcome);
            let Some(flight) = self.flights.remove(id) else { continue };
            if outcome.class() == OutcomeClass::Untouched {
                self.push(id, &flight, DeliveryOutcome::Untouched, now);
                continue;
            }
            let tries = Tries { attempt: flight.attempt, first: flight.first, is_service: flight.broadcast.is_none() };
            if retry::outlives_a_death(doubt, tries) {
                again.push(id);
            }
            held.push((id, flight, outcome));
        }
        let is_last = self.transport.is_retired() || *self.engine.stopping.borrow();
        let due = now.plus(if is_last { SOON } else { LEFT_ALONE });
        for (id, flight, MessageOutcome { code, detail, .. }) in &held {
            let to = if again.contains(id) {
                DeliveryOutcome::Retry { due, code: code.0, detail: detail.clone() }
            } else {
                DeliveryOutcome::Unknown { detail: detail.clone() }
            };
            self.push(*id, flight, to, now);
        }
        self.search.died(held.len(), again);
        self.want = true;
        self.show();
    }

    /// What may be claimed when nothing is out, and whether a death of it counts.
    pub(super) fn next(&mut self, room: u32) -> Next {
        if room == 0 {
            return Next::These(Vec::new());
        }
        let next = self.search.next(room);
        let excused = matches!(next, Next::These(_) | Next::Anybody) && self.search.may_die();
        if excused || self.excused {
            self.transport.instance.excuse(excused);
            self.excused = excused;
        }
        next
    }

    /// Claims these for a trial.
    pub(super) async fn try_again(&mut self, session: SessionId, these: Vec<i64>) {
        if these.is_empty() {
            return;
        }
        let now = self.engine.clock.now();
        let named = these.iter().copied().map(DeliveryId).collect();
        match self.engine.store.dispatch_by_id(self.transport.id, session, named, now).await {
            Ok(step) => {
                self.bucket.take(u32::try_from(step.claimed.len()).unwrap_or(u32::MAX));
                self.take(step, 0, now);
                // Whoever was not claimed has been stopped, paused or ended meanwhile.
                self.want = true;
            }
            Err(error) => {
                these.into_iter().for_each(|id| self.search.back(id));
                self.store_fails(&error).await;
            }
        }
    }

    /// These are the ones: they fail, and the plugin is not to blame for its deaths.
    pub(super) async fn fail(&mut self, session: SessionId, these: Vec<i64>) {
        let now = self.engine.clock.now();
        let named = these.iter().copied().map(DeliveryId).collect();
        match self.engine.store.dispatch_by_id(self.transport.id, session, named, now).await {
            Ok(step) => {
                self.take(step, 0, now);
                for (claimed, at) in std::mem::take(&mut self.claimed) {
                    let id = claimed.permit.delivery().0;
                    tracing::error!(transport = %self.transport.config.name, delivery = id, "{CULPRIT}: it has failed, the others go on");
                    if let Some(flight) = self.flights.remove(id) {
                        let to = DeliveryOutcome::Failed { code: BAD_CONTENT, detail: CULPRIT.into() };
                        self.push(id, &flight, to, at);
                    }
                }
                self.transport.instance.acquit();
                self.want = true;
                self.show();
            }
            Err(error) => {
                self.search.culprits(these);
                self.store_fails(&error).await;
            }
        }
    }

    async fn store_fails(&mut self, error: &rundruf_store::StoreError) {
        tracing::error!(transport = %self.transport.config.name, %error, "the store gives nothing out; it is asked again");
        tokio::time::sleep(self.store_pause).await;
        self.store_pause = (self.store_pause * 2).min(STORE_PAUSE.1);
        self.want = true;
    }
}

/// The delivery that an outcome is about.
pub(super) fn number(outcome: &MessageOutcome) -> i64 {
    let [_, _, _, _, _, _, _, _, number @ ..] = outcome.message_id;
    i64::from_be_bytes(number)
}
