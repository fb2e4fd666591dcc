//! Outcomes → settlements, and what they say about provider and account.

use super::account_probe::POSTPONE;
use super::adaptive_window::ClaimMark;
use super::dispatcher::Dispatcher;
use super::in_flight::{InFlightMessage, delivery_of};
use super::retry::{self, AttemptInfo};
use crate::alerts::{self, AlertKind};
use crate::transports::RecallRequests;
use rundruf_consent::Time;
use rundruf_host::{MessageOutcome, OutcomeClass, OutcomeCode, sanitize_line};
use rundruf_lang::msg;
use rundruf_store::Destination;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// Outcome code of the contract: the account's rate is exhausted, which passes by itself.
const ACCOUNT_RATE: u16 = OutcomeCode::ACCOUNT_RATE.0;

/// How long a transport pauses for an exhausted account if the provider does not say, and at most.
const ACCOUNT_PAUSE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(3_600));

/// Whether the transport had begun with the message: an outcome that shows how fast it is.
const fn is_begun(class: OutcomeClass) -> bool {
    !matches!(class, OutcomeClass::Untouched | OutcomeClass::Account)
}

impl Dispatcher {
    /// Turns outcomes that the plugin reported into settlements.
    pub(super) fn take_outcomes(&mut self, outcomes: Vec<MessageOutcome>) {
        let now = self.context.clock.now();
        let resend = self.transport.resend_policy();
        let (mut sent, mut strays) = (0, 0_u32);
        let keeps_ids = self.transport.instance.manifest().can("receipts");
        let (mut begun, mut last): (u32, Option<ClaimMark>) = (0, None);
        for mut outcome in outcomes {
            let id = delivery_of(&outcome);
            let Some(message) = self.in_flight.remove(id) else {
                strays += u32::from(!self.is_correction(&outcome, now));
                continue;
            };
            if self.poison.is_on() && outcome.class() != OutcomeClass::Untouched {
                self.poison.survived(id);
                self.claims.wanted = true;
            }
            if is_begun(outcome.class()) {
                begun += 1;
                last = Some(last.map_or(message.mark, |mark| mark.later(message.mark)));
            }
            self.judge_probe(id, outcome.class());
            match outcome.class() {
                OutcomeClass::Sent => {
                    sent += 1;
                    self.note_sent(&message, &outcome, keeps_ids, now);
                    self.outage_ended();
                    self.backoff.reset();
                    self.destinations.took(message.destination);
                }
                OutcomeClass::Retry => {
                    self.outage_refused(&outcome.detail, message.destination, false);
                    self.postponed(message.destination, now);
                }
                OutcomeClass::Untouched if message.is_recalled => {}
                OutcomeClass::Untouched => self.refused_for_now(),
                OutcomeClass::Account => self.account_refused(id, &message, &mut outcome),
                OutcomeClass::Permanent => {
                    self.outage_ended();
                    self.note_refusal(&message, &outcome, now);
                }
                OutcomeClass::Unknown => {}
            }
            let attempt = AttemptInfo::of(&message);
            let to = retry::settled(outcome, &self.context.config.retry, resend, attempt, now);
            self.settle(id, &message, to, now);
        }
        if let Some(last) = last {
            self.adaptive.outcomes(begun, last, Instant::now());
            if self.adaptive.is_exceeded(self.open()) {
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

    /// What an outcome says about a refused account. A message that was on its way when the account was refused says nothing.
    fn judge_probe(&mut self, id: i64, class: OutcomeClass) {
        if class == OutcomeClass::Sent {
            self.probe.sent(1);
        }
        if !self.is_probing() || !self.probe.is_trial(id) {
            return;
        }
        match class {
            OutcomeClass::Sent => {
                tracing::info!(transport = %self.transport.config.name, "the account is accepted again: the transport goes on");
                self.probe.reset();
                self.transport.account_works(self.context.clock.now());
            }
            OutcomeClass::Retry | OutcomeClass::Permanent | OutcomeClass::Unknown => {
                self.probe.shows_nothing(&self.context.config.probe.after, Instant::now());
            }
            OutcomeClass::Account | OutcomeClass::Untouched => {}
        }
    }

    /// Pauses the transport until a probe is taken, or for as long as the provider says if only the account's rate is exhausted.
    fn account_refused(&mut self, id: i64, message: &InFlightMessage, outcome: &mut MessageOutcome) {
        if outcome.code.0 == ACCOUNT_RATE {
            self.outage_refused(&outcome.detail, message.destination, true);
            let (usual, longest) = ACCOUNT_PAUSE;
            self.backoff.pause_until(Instant::now() + outcome.retry_after.unwrap_or(usual).min(longest));
            return;
        }
        let intervals = &self.context.config.probe.after;
        let name = &self.transport.config.name;
        let detail = sanitize_line(&outcome.detail, 512);
        if !self.transport.is_paused() {
            if self.probe.is_only_this(id) {
                tracing::warn!(transport = %name, detail, "only this message is refused as if the account were: it is postponed");
                outcome.code = OutcomeCode::RETRY;
                outcome.retry_after = Some(POSTPONE);
                return;
            }
            self.probe.reset();
            let next = self.probe.record_refused(id, message.destination, intervals, Instant::now());
            tracing::error!(
                transport = %name, detail, next_try_s = next.as_secs(),
                "the account is refused: the transport is paused; one message is tried now and then"
            );
            let said = self.transport.said(&detail);
            let told = self.for_admin(&said);
            self.transport.pause_for(msg!("engine-account-refused", detail = said), self.context.clock.now());
            self.alert(AlertKind::Account, told);
        } else if self.is_probing() && self.probe.is_trial(id) {
            let next = self.probe.record_refused(id, message.destination, intervals, Instant::now());
            tracing::info!(transport = %name, detail, next_try_s = next.as_secs(), "the account is still refused");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_back_untouched_shows_no_speed() {
        for (code, begun) in [
            (OutcomeCode::SENT, true),
            (OutcomeCode::RETRY, true),
            (OutcomeCode::BAD_RECIPIENT, true),
            (OutcomeCode::MAYBE_SENT, true),
            (OutcomeCode::ACCOUNT_RATE, false),
            (OutcomeCode(201), false),
        ] {
            let outcome = MessageOutcome::of(rundruf_host::MessageId::default(), code, "");
            assert_eq!(is_begun(outcome.class()), begun, "{code:?}");
        }
    }
}
