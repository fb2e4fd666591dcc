//! One turn: a transaction that settles and claims, while the messages of the turn before are rendered and handed over.

use super::claims::ClaimedRows;
use super::dispatcher::Dispatcher;
use super::in_flight::InFlightMessage;
use super::poison::NextClaim;
use super::render::RenderError;
use super::store_backoff::StoreBackoff;
use crate::conversation::bounce;
use rundruf_consent::{Refusal, Time};
use rundruf_host::SessionId;
use rundruf_store::{ClaimKind, ClaimRequest, DeliveryOutcome, DispatchResult};
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

/// While the clock is not believed, what is due is looked at again after this time.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl Dispatcher {
    /// Settles what is pending and claims at most `claim` messages.
    pub(super) async fn turn(&mut self, session: SessionId, claim: u32) {
        let now = self.context.clock.now();
        // While the clock is not believed only service messages are claimed: a stop is still acknowledged.
        // Likewise while nobody would hear the stop that broadcasts promise.
        let bulk = !self.context.clock.is_held() && !self.transport.is_held_deaf();
        let settlements = self.settlements.take();
        let kept = settlements.clone();
        let next = if self.poison.is_on() && bulk { self.next_claim(claim) } else { NextClaim::Any };
        let claim = match next {
            NextClaim::Any => claim,
            NextClaim::OneOther => claim.min(1),
            NextClaim::Named(_) | NextClaim::Failed(_) => 0,
        };
        let request = (claim > 0).then(|| self.claim_request(claim, bulk, now));
        let store = Arc::clone(&self.context.store);
        let mut step = store.dispatch_step(self.transport.id, session.0, settlements, request);
        // The first poll hands the step to the store's thread; messages are rendered while it works.
        let early = poll_fn(|cx| Poll::Ready(step.as_mut().poll(cx))).await;
        self.render().await;
        let step = match early {
            Poll::Ready(step) => step,
            Poll::Pending => step.await,
        };
        match step {
            Ok(mut step) => {
                self.store_backoff.reset();
                if !bulk {
                    // Retries that are due wait as well; they must not be asked for in a loop.
                    step.next_due = step.next_due.map(|due| due.max(now.plus(LOOK_AGAIN)));
                }
                self.flag_undeliverable(now);
                self.follow_up().await;
                self.acknowledge();
                if kept.iter().any(|s| s.broadcast.is_none()) {
                    self.context.wake_alerts();
                }
                let is_empty = step.claimed.is_empty() && step.refused == 0;
                self.take_claimed(step, claim, now);
                match next {
                    NextClaim::Named(ids) => self.claim_named(session, ids).await,
                    NextClaim::Failed(ids) => self.fail(session, ids).await,
                    NextClaim::OneOther if is_empty => {
                        self.poison.no_other_left();
                        self.claims.wanted = true;
                    }
                    NextClaim::OneOther | NextClaim::Any => {}
                }
            }
            Err(error) => {
                // Nothing was stored: the outcomes are kept, here and by the plugin, and tried again.
                tracing::error!(transport = %self.transport.config.name, %error, "the store does not take outcomes; they are kept");
                self.settlements.put_back(kept);
                match next {
                    NextClaim::Named(ids) => ids.into_iter().for_each(|id| self.poison.put_back(id)),
                    NextClaim::Failed(ids) => self.poison.put_back_culprits(ids),
                    NextClaim::OneOther | NextClaim::Any => {}
                }
                self.store_backoff.wait().await;
            }
        }
    }

    /// What to claim: at least half of it are rows that were never tried, and destinations that rest are left out.
    fn claim_request(&mut self, claim: u32, bulk: bool, now: Time) -> ClaimRequest {
        let mut resting = self.destinations.resting(now);
        if self.is_probing() {
            self.probe.pass_over(&mut resting, now);
        }
        ClaimRequest {
            bulk,
            after: self.claims.last_broadcast,
            retries: self.claims.share_of_retries(claim),
            resting,
            limits: self.context.frequency_limits(now),
            ..ClaimRequest::new(claim, now)
        }
    }

    /// Flags addresses that are permanently undeliverable, beside the hot path.
    fn flag_undeliverable(&mut self, now: Time) {
        while self.background.try_join_next().is_some() {}
        if !self.settlements.undeliverable.is_empty() {
            let addresses = std::mem::take(&mut self.settlements.undeliverable);
            let transport = self.transport.config.name.clone();
            self.background.spawn(bounce::flag(Arc::clone(&self.context), transport, addresses, now));
        }
    }

    /// Takes over what a step claimed: from now on it counts as in flight. `asked` is 0 for a claim by name.
    pub(super) fn take_claimed(&mut self, step: DispatchResult, asked: u32, now: Time) {
        if step.strays > 0 {
            tracing::warn!(transport = %self.transport.config.name, strays = step.strays, "outcomes came for deliveries that were settled already");
        }
        if asked > 0 {
            let got = u32::try_from(step.claimed.len()).unwrap_or(u32::MAX);
            self.bucket.take(got);
            self.claims.wanted = step.more || step.refused > 0 || step.postponed > 0 || got >= asked;
            self.claims.next_due = step.next_due;
            if self.is_probing() {
                match step.claimed.first() {
                    Some(claimed) => {
                        let id = claimed.permit.delivery().0;
                        self.probe.begun(id, &self.context.config.probe.after, Instant::now());
                    }
                    None => self.claims.wanted |= self.probe.no_other(),
                }
            }
        }
        if step.claimed.is_empty() {
            return;
        }
        let count = u32::try_from(step.claimed.len()).unwrap_or(u32::MAX);
        let mark = self.adaptive.mark(Instant::now(), self.open().saturating_add(count));
        let broadcast = step.claimed.iter().rev().find_map(|claimed| match claimed.work {
            ClaimKind::Broadcast { broadcast, .. } => Some(broadcast),
            ClaimKind::Service { .. } => None,
        });
        self.claims.last_broadcast = broadcast.or(self.claims.last_broadcast);
        let trial = self.poison.is_on() && asked == 0;
        self.claims.claimed.push(ClaimedRows { rows: step.claimed, at: now, mark, trial });
        self.show_in_flight();
    }

    /// Renders the claimed rows and hands the messages over.
    pub(super) async fn render(&mut self) {
        let context = Arc::clone(&self.context);
        let service_key = context.store.secrets().instance_key;
        let all = std::mem::take(&mut self.claims.claimed);
        for (claimed, at, mark, trial) in
            all.into_iter().flat_map(|c| c.rows.into_iter().map(move |row| (row, c.at, c.mark, c.trial)))
        {
            let id = claimed.permit.delivery().0;
            if let ClaimKind::Broadcast { broadcast, .. } = claimed.work
                && !self.renderer.knows(broadcast)
            {
                self.renderer.load(&context, broadcast).await;
            }
            if let ClaimKind::Service { payload, .. } = &claimed.work {
                self.renderer.load_trial(&context, payload).await;
            }
            let message = InFlightMessage::of(&claimed, service_key, mark, trial);
            let to = match self.renderer.add(&context, claimed, at) {
                Ok(()) => {
                    self.in_flight.insert(id, message);
                    continue;
                }
                Err(RenderError::Temporary(why)) => {
                    tracing::error!(transport = %self.transport.config.name, %why, "a message cannot be made now: it goes back to the queue");
                    self.backoff.pause_until(Instant::now() + StoreBackoff::LONGEST);
                    DeliveryOutcome::Untouched
                }
                Err(RenderError::Permanent(why)) => {
                    tracing::warn!(delivery = id, %why, "a message cannot be made for this person");
                    DeliveryOutcome::Skipped(Refusal::NotRendered)
                }
            };
            self.settle(id, &message, to, at);
        }
        for group in self.renderer.take() {
            self.send(group, Instant::now());
        }
        self.show_in_flight();
    }
}
