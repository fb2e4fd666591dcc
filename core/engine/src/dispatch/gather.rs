//! Outcomes → settlements, and what they say about the other side.

use super::Dispatcher;
use super::trial::number;
use crate::alarm::{self, Trouble};
use crate::retry::{self, Tries};
use rundruf_abi_code::{ACCOUNT_RATE, BAD_RECIPIENT};
use rundruf_host::{MessageOutcome, OutcomeClass, harmless};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Codes of the contract that mean more here than their class.
mod rundruf_abi_code {
    /// The address refuses for ever.
    pub(super) const BAD_RECIPIENT: u16 = 300;
    /// The account's rate is exhausted: no fault, only patience.
    pub(super) const ACCOUNT_RATE: u16 = 502;
}

/// How long an exhausted account rests if the other side does not say, and at most.
const ACCOUNT_REST: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(3_600));

impl Dispatcher {
    pub(super) fn outcomes(&mut self, outcomes: Vec<MessageOutcome>) {
        let now = self.engine.clock.now();
        let doubt = self.transport.doubt();
        let (mut sent, mut strays) = (0, 0_u32);
        for outcome in outcomes {
            let id = number(&outcome);
            let Some(flight) = self.flights.remove(id) else {
                strays += 1;
                continue;
            };
            if self.search.is_on() && outcome.class() != OutcomeClass::Untouched {
                self.search.passed(id);
                self.want = true;
            }
            match outcome.class() {
                OutcomeClass::Sent => {
                    sent += 1;
                    self.rest.worked();
                }
                OutcomeClass::Retry | OutcomeClass::Untouched => self.refused(),
                OutcomeClass::Account => self.account(&outcome),
                OutcomeClass::Permanent if outcome.code.0 == BAD_RECIPIENT => self.gone.push(flight.address),
                OutcomeClass::Permanent | OutcomeClass::Unknown => {}
            }
            let tries = Tries { attempt: flight.attempt, first: flight.first, is_service: flight.broadcast.is_none() };
            let to = retry::settled(outcome, &self.engine.config.retry, doubt, tries, now);
            self.push(id, &flight, to, now);
        }
        if strays > 0 {
            tracing::debug!(transport = %self.transport.config.name, strays, "outcomes came for letters that are not out");
        }
        // What was out when it was paused proves nothing.
        if sent > 0 && !self.transport.is_paused() && self.transport.recovers() {
            self.beside.spawn(alarm::transport_works(Arc::clone(&self.engine), Arc::clone(&self.transport)));
        }
        self.meter(sent);
        self.show();
    }

    /// Nothing but "later": the other side is not there, and the list must not be burnt on it.
    fn refused(&mut self) {
        if let Some(pause) = self.rest.refused(Instant::now()) {
            tracing::warn!(
                transport = %self.transport.config.name, pause_s = pause.as_secs(),
                "the other side takes nothing now: the transport rests"
            );
        }
    }

    /// The account is refused: the transport pauses until a person has looked, or until the other side said.
    fn account(&mut self, outcome: &MessageOutcome) {
        if outcome.code.0 == ACCOUNT_RATE {
            let (usual, longest) = ACCOUNT_REST;
            self.rest.pause(Instant::now() + outcome.retry_after.unwrap_or(usual).min(longest));
        } else if !self.transport.is_paused() {
            let name = &self.transport.config.name;
            let detail = harmless(&outcome.detail, 512);
            tracing::error!(transport = %name, detail, "the account is refused: the transport is paused until `transport resume`");
            let reason = format!("the account is refused: {detail}");
            self.transport.pause_for(reason, self.engine.clock.now());
            self.alarm(Trouble::Account, detail);
        }
    }
}
