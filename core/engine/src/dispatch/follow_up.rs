//! What outcomes mean beside the state of their deliveries: it is stored after them, and before the plugin may forget them.

use super::dispatcher::Dispatcher;
use super::in_flight::{InFlightMessage, delivery_of};
use super::settlements::FollowUp;
use crate::alerts;
use crate::broadcast::audience;
use crate::context::Wake;
use crate::conversation::bounce::{self, Bounce};
use crate::error::Result;
use rundruf_consent::{DeliveryId, Time};
use rundruf_host::{MessageOutcome, OutcomeClass, OutcomeCode, one_line, sanitize_line};
use rundruf_store::{OutcomeCorrection, SentDetail};
use std::sync::Arc;

impl Dispatcher {
    /// An outcome of a message that is not in flight: it was given up and counts as unknown, and the plugin knows better now. False if it says
    /// nothing new.
    pub(super) fn is_correction(&mut self, outcome: &MessageOutcome, now: Time) -> bool {
        let sent = match outcome.class() {
            OutcomeClass::Sent => Some(one_line(outcome.remote_id.clone())),
            OutcomeClass::Untouched => None,
            _ => return false,
        };
        let message_id = outcome.message_id.0;
        self.settlements.follow_up.corrections.push(OutcomeCorrection { message_id, sent, at: now });
        true
    }

    /// Notes provider's ids, parts and cost of a message that was sent.
    pub(super) fn note_sent(
        &mut self,
        message: &InFlightMessage,
        outcome: &MessageOutcome,
        keeps_ids: bool,
        now: Time,
    ) {
        if !keeps_ids && outcome.parts.is_none() {
            return;
        }
        let parts = outcome.parts.as_deref();
        let mut remote_ids: Vec<Box<str>> = Vec::new();
        if keeps_ids {
            let all = std::iter::once(&*outcome.remote_id)
                .chain(parts.iter().flat_map(|p| &p.remote_ids).map(String::as_str));
            remote_ids = all.filter(|id| !id.is_empty()).map(|id| one_line(id.into())).collect();
            remote_ids.dedup();
        }
        let detail = SentDetail {
            delivery: DeliveryId(delivery_of(outcome)),
            broadcast: message.broadcast,
            remote_ids,
            parts: parts.map_or(0, |p| p.parts),
            cost_micro: parts.map_or(0, |p| p.cost_micro),
            currency: parts.map_or("", |p| p.currency()).into(),
            at: now,
        };
        if !detail.remote_ids.is_empty() || detail.parts > 0 || detail.cost_micro > 0 {
            self.settlements.follow_up.details.push(detail);
        }
    }

    /// What a permanent refusal means for the person and the broadcast.
    pub(super) fn note_refusal(&mut self, message: &InFlightMessage, outcome: &MessageOutcome, now: Time) {
        let bounce = || Bounce { address: message.address, reply: sanitize_line(&outcome.detail, 512) };
        match outcome.code {
            OutcomeCode::BAD_RECIPIENT => self.settlements.undeliverable.push(bounce()),
            OutcomeCode::OPTED_OUT => self.settlements.follow_up.opted_out.push(bounce()),
            OutcomeCode::IDENTITY_CHANGED => {
                // Held: nothing more is sent there until the admin or the person says so.
                let reply = format!("the key of this person has changed: {}", bounce().reply);
                self.settlements.undeliverable.push(Bounce { address: message.address, reply });
                let (context, transport) = (Arc::clone(&self.context), Arc::clone(&self.transport));
                self.background.spawn(alerts::identity_changed(context, transport, delivery_of(outcome), now));
            }
            OutcomeCode::ELSEWHERE if message.broadcast.is_some() => {
                self.settlements.follow_up.elsewhere.push(DeliveryId(delivery_of(outcome)));
            }
            _ => {}
        }
    }

    /// Stores what is pending of it; what cannot be stored now is kept.
    pub(super) async fn follow_up(&mut self) {
        if self.settlements.follow_up.is_empty() {
            return;
        }
        let mut pending = std::mem::take(&mut self.settlements.follow_up);
        if let Err(error) = self.store_follow_up(&mut pending).await {
            tracing::error!(transport = %self.transport.config.name, %error, "what outcomes mean cannot be stored now: it is kept");
            self.settlements.follow_up = pending;
            self.store_backoff.wait().await;
        }
    }

    async fn store_follow_up(&self, pending: &mut FollowUp) -> Result<()> {
        let (context, id) = (&self.context, self.transport.id);
        if !pending.corrections.is_empty() {
            let corrected = context.store.outcome_correct(id, pending.corrections.clone()).await?;
            let count = pending.corrections.len() as u64;
            pending.corrections.clear();
            if corrected > 0 {
                tracing::info!(transport = %self.transport.config.name, corrected, "deliveries of unknown outcome were corrected by late outcomes");
                context.wake(Wake::Broadcasts);
            }
            if corrected < count {
                tracing::debug!(transport = %self.transport.config.name, strays = count - corrected, "outcomes came for messages that are settled");
            }
        }
        if !pending.details.is_empty() {
            context.store.sent_details(id, pending.details.clone()).await?;
            pending.details.clear();
        }
        while let Some(person) = pending.opted_out.last() {
            bounce::opted_out(context, person).await?;
            pending.opted_out.pop();
        }
        while let Some(delivery) = pending.elsewhere.last().copied() {
            self.send_elsewhere(delivery).await?;
            pending.elsewhere.pop();
        }
        Ok(())
    }

    /// The person's next channel gets the message.
    async fn send_elsewhere(&self, delivery: DeliveryId) -> Result<()> {
        let context = &self.context;
        let Some(broadcast) = context.store.broadcast_of(delivery).await? else { return Ok(()) };
        let Some(row) = context.store.broadcast_get(broadcast).await? else { return Ok(()) };
        let Some(list) = context.list(row.list) else { return Ok(()) };
        let choose = audience::choose(context, list);
        match context.store.send_elsewhere(delivery, choose, context.clock.now()).await? {
            Some(_) => context.wake(Wake::Deliveries),
            None => tracing::info!(
                delivery = delivery.0,
                "the person has no other channel with a consent: the delivery has failed"
            ),
        }
        Ok(())
    }
}
