//! What a plugin says about its account, and whether it hears.

use crate::event::{MAX_LINE, cut};
use serde::{Deserialize, Serialize};

/// Whether the account works.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum AccountState {
    /// The provider could not be asked.
    #[default]
    Unknown,
    /// The provider takes messages.
    Ready,
    /// The provider refuses the account, or something is missing.
    NotReady,
}

/// Whether what comes in arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum HearingState {
    /// There is no proof in either direction.
    #[default]
    Unknown,
    /// There is proof that it arrives.
    Hears,
    /// It is lost, or there is no proof for too long.
    Deaf,
}

/// The state of a plugin's account, and of its way in.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct HealthReport {
    /// Whether the account works.
    pub account_state: AccountState,
    /// Whether what comes in arrives.
    pub hearing: HearingState,
    /// Why it is not ready or deaf, in the plugin's words.
    pub detail: String,
    /// The account at the provider.
    pub account: String,
    /// Version of the remote program.
    pub remote_version: String,
    /// Limits of the provider, in words.
    pub limits: String,
    /// Credits that are left, in millionths.
    pub credits_micro: Option<i64>,
    /// The admin is told when fewer are left.
    pub alarm_micro: Option<i64>,
    /// Currency of both (ISO 4217); empty for credits without one.
    pub currency: String,
    /// When something was heard last, in Unix milliseconds; 0 for never.
    pub heard_at_ms: i64,
    /// The proof of it, in the plugin's words.
    pub heard_by: String,
}

impl HealthReport {
    /// Whether fewer credits are left than the alarm says.
    #[must_use]
    pub fn is_low(&self) -> bool {
        matches!((self.credits_micro, self.alarm_micro), (Some(left), Some(alarm)) if left < alarm)
    }

    /// The texts that the plugin has written.
    pub(crate) fn texts(&mut self) -> [&mut String; 5] {
        [&mut self.detail, &mut self.account, &mut self.remote_version, &mut self.limits, &mut self.heard_by]
    }

    /// Within the limits, each text in one line.
    pub(crate) fn bounded(mut self) -> Self {
        for text in self.texts() {
            *text = cut(&text.replace(char::is_control, " "), MAX_LINE);
        }
        let is_code = self.currency.len() == 3 && self.currency.bytes().all(|b| b.is_ascii_uppercase());
        if !is_code {
            self.currency.clear();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_held_to_the_limits() {
        let report = HealthReport {
            detail: format!("a\nb{}", "x".repeat(10_000)),
            currency: "<b>".to_owned(),
            ..HealthReport::default()
        };
        let report = report.bounded();
        assert!(report.detail.starts_with("a bx") && report.detail.len() <= MAX_LINE);
        assert_eq!(report.currency, "");
    }

    #[test]
    fn credits_are_low_below_the_alarm_alone() {
        let of = |credits_micro, alarm_micro| {
            HealthReport { credits_micro, alarm_micro, ..HealthReport::default() }.is_low()
        };
        assert_eq!(
            [of(Some(9), Some(10)), of(Some(10), Some(10)), of(None, Some(10)), of(Some(0), None)],
            [true, false, false, false]
        );
    }
}
