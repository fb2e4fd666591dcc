//! What an outcome means for a delivery: done, again later, never, or in doubt.

use crate::config::{OnUnknown, Retry};
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_consent::Time;
use rundruf_host::{MessageOutcome, OutcomeClass, one_line};
use rundruf_store::DeliveryOutcome;
use std::time::Duration;

/// What is known of a letter in flight.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tries {
    /// 1 for the first attempt.
    pub(crate) attempt: u32,
    /// When the first attempt was made.
    pub(crate) first: Time,
    /// A service message: in doubt it is sent once more, with the same message id.
    pub(crate) is_service: bool,
}

/// How a transport treats doubt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubt {
    /// The other side drops a second message of one id.
    pub(crate) repeat_is_safe: bool,
    /// What the admin decided.
    pub(crate) on_unknown: OnUnknown,
}

/// Random part of a pause, between 0 and 1: full jitter keeps a crowd from coming back at once.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness the whole pause is taken.
    SystemRandom::new().fill(&mut bytes).map_or(1.0, |()| f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
}

/// When a refused message is due again; `None` when its time is over.
pub(crate) fn due(retry: &Retry, tries: Tries, after: Option<Duration>, now: Time) -> Option<Time> {
    let doubled = retry.first.saturating_mul(1 << tries.attempt.saturating_sub(1).min(20)).min(retry.longest);
    let pause = doubled.mul_f64(chance()).max(Duration::from_secs(1)).max(after.unwrap_or_default());
    let due = now.plus(pause);
    (due <= tries.first.plus(retry.give_up)).then_some(due)
}

/// What becomes of a delivery.
pub(crate) fn settled(
    outcome: MessageOutcome,
    retry: &Retry,
    doubt: Doubt,
    tries: Tries,
    now: Time,
) -> DeliveryOutcome {
    let class = outcome.class();
    let MessageOutcome { code, retry_after, remote_id, detail, .. } = outcome;
    // A plugin's own words, which people will read on their terminals.
    let (remote_id, detail) = (one_line(remote_id), one_line(detail));
    match class {
        OutcomeClass::Sent => DeliveryOutcome::Sent { remote_id },
        // The account is refused, not the message: it goes back untouched, and the transport pauses.
        OutcomeClass::Untouched | OutcomeClass::Account => DeliveryOutcome::Untouched,
        OutcomeClass::Permanent => DeliveryOutcome::Failed { code: code.0, detail },
        OutcomeClass::Retry => match due(retry, tries, retry_after, now) {
            Some(due) => DeliveryOutcome::Retry { due, code: code.0, detail },
            None => DeliveryOutcome::Failed {
                code: code.0,
                detail: format!("given up after {} attempts: {detail}", tries.attempt).into(),
            },
        },
        OutcomeClass::Unknown => in_doubt(doubt, tries, &detail, now),
    }
}

/// Whether what may have arrived is repeated after the plugin's death: where that is safe or decided. How often, the search for the letter that
/// kills it says.
pub(crate) fn outlives_a_death(doubt: Doubt, tries: Tries) -> bool {
    doubt.repeat_is_safe || doubt.on_unknown == OnUnknown::Resend || (tries.is_service && tries.attempt < 2)
}

/// It may have arrived: repeated only where that is safe or decided, and at most three times.
pub(crate) fn in_doubt(doubt: Doubt, tries: Tries, detail: &str, now: Time) -> DeliveryOutcome {
    if outlives_a_death(doubt, tries) && tries.attempt < 4 {
        DeliveryOutcome::Retry { due: now.plus(Duration::from_secs(1)), code: 400, detail: detail.into() }
    } else {
        DeliveryOutcome::Unknown { detail: detail.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_abi_codes::*;

    mod rundruf_abi_codes {
        pub(super) const SENT: u16 = 100;
        pub(super) const RETRY: u16 = 200;
        pub(super) const UNTOUCHED: u16 = 201;
        pub(super) const BAD_RECIPIENT: u16 = 300;
        pub(super) const MAYBE: u16 = 400;
        pub(super) const AUTH: u16 = 500;
        pub(super) const NEVER_HEARD_OF: u16 = 999;
    }

    const RULES: Retry = Retry {
        first: Duration::from_secs(30),
        longest: Duration::from_secs(3_600),
        give_up: Duration::from_secs(100_000),
    };

    fn check(code: u16, attempt: u32, is_service: bool, on_unknown: OnUnknown) -> &'static str {
        let outcome = MessageOutcome {
            code: rundruf_host::code(code),
            ..MessageOutcome::of([0; 16], rundruf_host::code(code), "d")
        };
        let tries = Tries { attempt, first: Time(0), is_service };
        match settled(outcome, &RULES, Doubt { repeat_is_safe: false, on_unknown }, tries, Time(1_000)) {
            DeliveryOutcome::Sent { .. } => "sent",
            DeliveryOutcome::Retry { .. } => "retry",
            DeliveryOutcome::Untouched => "untouched",
            DeliveryOutcome::Failed { .. } => "failed",
            DeliveryOutcome::Unknown { .. } => "unknown",
            DeliveryOutcome::Skipped(_) => "skipped",
        }
    }

    #[test]
    fn what_a_plugin_says_of_a_message_does_nothing_to_a_terminal() {
        let said =
            MessageOutcome::of([0; 16], rundruf_host::code(BAD_RECIPIENT), "550 no\u{1b}[2J\r\nsuch \u{202e}user ä");
        let tries = Tries { attempt: 1, first: Time(0), is_service: false };
        let doubt = Doubt { repeat_is_safe: false, on_unknown: OnUnknown::Hold };
        let DeliveryOutcome::Failed { detail, .. } = settled(said, &RULES, doubt, tries, Time(1)) else {
            panic!("not failed")
        };
        assert_eq!(&*detail, "550 no [2J  such  user ä");
    }

    #[test]
    fn ends() {
        use OnUnknown::{Hold, Resend};
        for (code, attempt, service, on_unknown, want) in [
            (SENT, 1, false, Hold, "sent"),
            (RETRY, 1, false, Hold, "retry"),
            (UNTOUCHED, 1, false, Hold, "untouched"),
            (BAD_RECIPIENT, 1, false, Hold, "failed"),
            (MAYBE, 1, false, Hold, "unknown"),
            (MAYBE, 1, false, Resend, "retry"),
            (MAYBE, 1, true, Hold, "retry"),
            (MAYBE, 2, true, Hold, "unknown"),
            (AUTH, 1, false, Hold, "untouched"),
            (NEVER_HEARD_OF, 1, false, Hold, "unknown"),
        ] {
            assert_eq!(check(code, attempt, service, on_unknown), want, "{code} {attempt} {service}");
        }
    }

    #[test]
    fn pauses_double_and_end() {
        let tries = |attempt| Tries { attempt, first: Time(0), is_service: false };
        for attempt in 1..40 {
            let most = RULES.first.saturating_mul(1 << (attempt - 1).min(20)).min(RULES.longest);
            let due = due(&RULES, tries(attempt), None, Time(0)).unwrap();
            assert!(due <= Time(0).plus(most) && due >= Time(1_000), "{attempt}: {due:?}");
        }
        let hour = Some(Duration::from_secs(7_200));
        assert_eq!(due(&RULES, tries(1), hour, Time(0)), Some(Time(7_200_000)), "what the other side asks for");
        assert_eq!(due(&RULES, tries(1), None, Time(100_000_000)), None, "its time is over");
    }
}
