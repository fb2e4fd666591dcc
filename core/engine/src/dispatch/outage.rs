//! A provider that takes nothing, such as a dead relay: shown to the operators, and told to the admin after a while.

use super::dispatcher::Dispatcher;
use crate::alerts::AlertKind;
use rundruf_host::sanitize_line;
use rundruf_lang::msg;
use rundruf_store::Destination;
use std::time::{Duration, Instant};

/// Refusals in a row, without any message that is taken or refused for good, that make an outage.
const REFUSALS: u32 = 3;

/// What one transport was told since it last got anything done.
#[derive(Default)]
pub(super) struct Outage {
    since: Option<Instant>,
    refusals: u32,
    /// The destination of the first refusal, and whether the refusals are about more than one: one mailbox that postpones is not an outage.
    first: Option<Destination>,
    is_general: bool,
    detail: String,
    is_shown: bool,
    is_told: bool,
}

impl Outage {
    /// A message was not taken for now. True if that makes an outage, or the reason of one has changed.
    fn record_refused(
        &mut self,
        detail: &str,
        destination: Option<Destination>,
        is_whole_account: bool,
        now: Instant,
    ) -> bool {
        self.is_general |=
            is_whole_account || destination.is_none() || (self.since.is_some() && self.first != destination);
        self.since.get_or_insert_with(|| {
            self.first = destination;
            now
        });
        self.refusals = self.refusals.saturating_add(if is_whole_account { REFUSALS } else { 1 });
        let is_new = self.detail != detail;
        if is_new {
            detail.clone_into(&mut self.detail);
        }
        self.is_on() && (is_new || !std::mem::replace(&mut self.is_shown, true))
    }

    const fn is_on(&self) -> bool {
        self.refusals >= REFUSALS && self.is_general
    }

    /// How long until the admin is told.
    fn told_in(&self, after: Duration, now: Instant) -> Option<Duration> {
        let since = self.since.filter(|_| self.is_on() && !self.is_told)?;
        Some((since + after).saturating_duration_since(now))
    }
}

impl Dispatcher {
    /// The provider did not take a message for now.
    pub(super) fn outage_refused(&mut self, detail: &str, destination: Option<Destination>, is_whole_account: bool) {
        let detail = sanitize_line(detail, 512);
        if self.outage.record_refused(&detail, destination, is_whole_account, Instant::now()) {
            self.transport.set_outage(
                Some(msg!("engine-takes-nothing", detail = self.transport.said(&detail))),
                self.context.clock.now(),
            );
        }
    }

    /// The provider did something with a message.
    pub(super) fn outage_ended(&mut self) {
        if self.outage.since.is_some() {
            if self.outage.is_on() {
                self.transport.set_outage(None, self.context.clock.now());
                self.context.wake_alerts();
            }
            self.outage = Outage::default();
        }
    }

    /// How long until the admin is told of an outage.
    pub(super) fn outage_told_in(&self, now: Instant) -> Option<Duration> {
        self.outage.told_in(self.context.config.probe.tell_after, now)
    }

    /// Tells the admin of an outage that lasts.
    pub(super) fn tell_of_outage(&mut self) {
        if self.outage_told_in(Instant::now()) == Some(Duration::ZERO) {
            self.outage.is_told = true;
            let detail = self.outage.detail.clone();
            tracing::error!(transport = %self.transport.config.name, detail, "nothing was taken for a while: the admin is told");
            let detail = self.for_admin(&self.transport.said(&detail));
            self.alert(AlertKind::Outage, detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_once_and_late() {
        let (now, after) = (Instant::now(), Duration::from_secs(300));
        let mut outage = Outage::default();
        let shown: Vec<bool> =
            ["gone", "gone", "gone", "gone", "away"].map(|why| outage.record_refused(why, None, false, now)).to_vec();
        assert_eq!(shown, [false, false, true, false, true], "three make one; then only another reason is shown");
        assert_eq!(outage.told_in(after, now + after / 2), Some(after / 2));
        assert_eq!(outage.told_in(after, now + after * 2), Some(Duration::ZERO));
        outage.is_told = true;
        assert_eq!(outage.told_in(after, now + after * 2), None);
    }

    #[test]
    fn one_destination_that_postpones_is_none() {
        let now = Instant::now();
        let to = |value: &str| Destination::of(rundruf_consent::Channel::Email, value);
        let mut outage = Outage::default();
        let mut show = |value: &str, all| outage.record_refused("later", to(value), all, now);
        assert_eq!([(); 9].map(|()| show("a@voll.example", false)), [false; 9]);
        assert!(show("b@leer.example", false));
        let mut outage = Outage::default();
        let mut show = |all| outage.record_refused("gone", to("a@voll.example"), all, now);
        assert_eq!([show(false), show(true), show(true)], [false, true, false], "the whole account");
    }
}
