//! Outcomes → settlements, and what they say about provider and account.

use super::adaptive_window::ClaimMark;
use super::dispatcher::Dispatcher;
use super::in_flight::delivery_of;
use super::retry::{self, AttemptInfo};
use crate::alerts::{self, AlertKind};
use crate::transports::RecallRequests;
use rundruf_consent::Time;
use rundruf_host::{MessageOutcome, OutcomeClass, OutcomeCode, sanitize_line};
use rundruf_lang::msg;
use rundruf_store::Destination;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// Outcome code of the contract: the address is permanently undeliverable.
const BAD_RECIPIENT: u16 = OutcomeCode::BAD_RECIPIENT.0;
/// Outcome code of the contract: the account's rate is exhausted, which passes by itself.
const ACCOUNT_RATE: u16 = OutcomeCode::ACCOUNT_RATE.0;

/// How long a transport pauses for an exhausted account if the provider does not say, and at most.
const ACCOUNT_PAUSE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(3_600));

impl Dispatcher {
    /// Turns outcomes that the plugin reported into settlements.
    pub(super) fn take_outcomes(&mut self, outcomes: Vec<MessageOutcome>) {
        let now = self.context.clock.now();
        let resend = self.transport.resend_policy();
        let (mut sent, mut strays) = (0, 0_u32);
        let (mut begun, mut last): (u32, Option<ClaimMark>) = (0, None);
        for outcome in outcomes {
            let id = delivery_of(&outcome);
            let Some(message) = self.in_flight.remove(id) else {
                strays += 1;
                continue;
            };
            if self.poison.is_on() && outcome.class() != OutcomeClass::Untouched {
                self.poison.survived(id);
                self.claims.wanted = true;
            }
            if !matches!(outcome.class(), OutcomeClass::Untouched | OutcomeClass::Account) {
                begun += 1;
                last = Some(last.map_or(message.mark, |mark| mark.later(message.mark)));
            }
            match outcome.class() {
                OutcomeClass::Sent => {
                    sent += 1;
                    self.backoff.reset();
                    self.destinations.took(message.destination);
                }
                OutcomeClass::Retry => self.postponed(message.destination, now),
                OutcomeClass::Untouched if message.is_recalled => {}
                OutcomeClass::Untouched => self.refused_for_now(),
                OutcomeClass::Account => self.account_refused(&outcome),
                OutcomeClass::Permanent if outcome.code.0 == BAD_RECIPIENT => {
                    self.settlements.undeliverable.push(message.address);
                }
                OutcomeClass::Permanent | OutcomeClass::Unknown => {}
            }
            let attempt = AttemptInfo::of(&message);
            let to = retry::settled(outcome, &self.context.config.retry, resend, attempt, now);
            self.settle(id, &message, to, now);
        }
        if let Some(last) = last {
            self.adaptive.outcomes(begun, last, Instant::now());
            if self.adaptive.is_exceeded(self.in_flight.count()) {
                self.recall_these(&RecallRequests::all());
            }
        }
        if strays > 0 {
            tracing::debug!(transport = %self.transport.config.name, strays, "outcomes came for messages that are not in flight");
        }
        // A message that was in flight when the transport was paused does not show that it works again.
        if sent > 0 && !self.transport.is_paused() && self.transport.take_alert() {
            self.background.spawn(alerts::transport_works(Arc::clone(&self.context), Arc::clone(&self.transport)));
        }
        if sent > 0 {
            self.transport.meter.lock().unwrap_or_else(PoisonError::into_inner).add(sent);
        }
        self.show_in_flight();
    }

    /// A destination that only postpones rests as a lane of its own. Where many destinations postpone and none takes anything, the provider does.
    fn postponed(&mut self, destination: Option<Destination>, now: Time) {
        let Some(destination) = destination else { return self.refused_for_now() };
        let (is_first, rest) = self.destinations.postponed(destination, now);
        if is_first {
            self.refused_for_now();
        }
        if let Some(rest) = rest {
            tracing::info!(
                transport = %self.transport.config.name, rest_s = rest.as_secs(),
                "a destination postpones everything and rests; the others go on"
            );
        }
    }

    /// The provider may be down: a pause keeps its refusals from using up the recipients' retries.
    fn refused_for_now(&mut self) {
        if let Some(pause) = self.backoff.refused(Instant::now()) {
            tracing::warn!(
                transport = %self.transport.config.name, pause_s = pause.as_secs(),
                "the provider takes nothing now: the transport pauses"
            );
        }
    }

    /// Pauses the transport until an operator has looked, or for as long as the provider says if only the account's rate is exhausted.
    fn account_refused(&mut self, outcome: &MessageOutcome) {
        if outcome.code.0 == ACCOUNT_RATE {
            let (usual, longest) = ACCOUNT_PAUSE;
            self.backoff.pause_until(Instant::now() + outcome.retry_after.unwrap_or(usual).min(longest));
        } else if !self.transport.is_paused() {
            let name = &self.transport.config.name;
            let detail = sanitize_line(&outcome.detail, 512);
            tracing::error!(transport = %name, detail, "the account is refused: the transport is paused until `transport resume`");
            let reason = msg!("engine-account-refused", detail = &detail);
            self.transport.pause_for(reason, self.context.clock.now());
            self.alert(AlertKind::Account, detail);
        }
    }
}
