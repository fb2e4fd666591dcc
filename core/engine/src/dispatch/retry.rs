//! What an outcome means for a delivery: sent, again later, failed, or unknown.

use super::in_flight::InFlightMessage;
use crate::config::{OnUnknown, RetryPolicy};
use crate::transports::ResendPolicy;
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_consent::Time;
use rundruf_host::{MessageOutcome, OutcomeClass, OutcomeCode, one_line};
use rundruf_store::DeliveryOutcome;
use std::time::Duration;

/// Outcome code of the contract: the message is refused for its content.
pub(super) const BAD_CONTENT: u16 = OutcomeCode::BAD_CONTENT.0;

/// What the attempts so far say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptInfo {
    /// 1 for the first attempt.
    pub(crate) attempt: u32,
    /// When the first attempt was made.
    pub(crate) first: Time,
    /// A service message: if its outcome is unknown it is sent once more, with the same message id.
    pub(crate) is_service: bool,
}

impl AttemptInfo {
    pub(super) const fn of(message: &InFlightMessage) -> Self {
        Self { attempt: message.attempt, first: message.first, is_service: message.broadcast.is_none() }
    }
}

/// Random part of a pause, between 0 and 1: full jitter keeps many messages from coming back at once.
fn jitter() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness the whole pause is taken.
    SystemRandom::new().fill(&mut bytes).map_or(1.0, |()| f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
}

/// When a refused message is due again; `None` when its time is over.
fn due(retry: &RetryPolicy, attempt: AttemptInfo, after: Option<Duration>, now: Time) -> Option<Time> {
    let doubled = retry.first.saturating_mul(1 << attempt.attempt.saturating_sub(1).min(20)).min(retry.longest);
    let pause = doubled.mul_f64(jitter()).max(Duration::from_secs(1)).max(after.unwrap_or_default());
    let due = now.plus(pause);
    (due <= attempt.first.plus(retry.give_up)).then_some(due)
}

/// The new state of a delivery whose outcome was reported.
pub(crate) fn settled(
    outcome: MessageOutcome,
    retry: &RetryPolicy,
    resend: ResendPolicy,
    attempt: AttemptInfo,
    now: Time,
) -> DeliveryOutcome {
    let class = outcome.class();
    let MessageOutcome { code, retry_after, remote_id, detail, .. } = outcome;
    // The plugin's own text, which people read on their terminals.
    let (remote_id, detail) = (one_line(remote_id), one_line(detail));
    match class {
        OutcomeClass::Sent => DeliveryOutcome::Sent { remote_id },
        // The account is refused, not the message: it goes back untouched, and the transport pauses.
        OutcomeClass::Untouched | OutcomeClass::Account => DeliveryOutcome::Untouched,
        OutcomeClass::Permanent => DeliveryOutcome::Failed { code: code.0, detail },
        OutcomeClass::Retry => match due(retry, attempt, retry_after, now) {
            Some(due) => DeliveryOutcome::Retry { due, code: code.0, detail },
            None => DeliveryOutcome::Failed {
                code: code.0,
                detail: format!("given up after {} attempts: {detail}", attempt.attempt).into(),
            },
        },
        OutcomeClass::Unknown => in_doubt(resend, attempt, &detail, now),
    }
}

/// Whether a message that may have arrived is repeated after a crash of the plugin: where that is safe or decided. The search for the message
/// that crashes the plugin limits how often.
pub(super) fn may_repeat_after_crash(resend: ResendPolicy, attempt: AttemptInfo) -> bool {
    resend.repeat_is_safe || resend.on_unknown == OnUnknown::Resend || (attempt.is_service && attempt.attempt < 2)
}

/// The new state of a delivery that may have arrived: repeated only where that is safe or decided, and at most three times.
pub(crate) fn in_doubt(resend: ResendPolicy, attempt: AttemptInfo, detail: &str, now: Time) -> DeliveryOutcome {
    if may_repeat_after_crash(resend, attempt) && attempt.attempt < 4 {
        DeliveryOutcome::Retry { due: now.plus(Duration::from_secs(1)), code: 400, detail: detail.into() }
    } else {
        DeliveryOutcome::Unknown { detail: detail.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use code::*;
    use rundruf_host::MessageId;

    mod code {
        pub(super) const SENT: u16 = 100;
        pub(super) const RETRY: u16 = 200;
        pub(super) const UNTOUCHED: u16 = 201;
        pub(super) const BAD_RECIPIENT: u16 = 300;
        pub(super) const MAYBE: u16 = 400;
        pub(super) const AUTH: u16 = 500;
        pub(super) const UNKNOWN_CODE: u16 = 999;
    }

    const RULES: RetryPolicy = RetryPolicy {
        first: Duration::from_secs(30),
        longest: Duration::from_secs(3_600),
        give_up: Duration::from_secs(100_000),
    };

    fn check(code: u16, attempt: u32, is_service: bool, on_unknown: OnUnknown) -> &'static str {
        let outcome = MessageOutcome {
            code: OutcomeCode(code),
            ..MessageOutcome::of(MessageId::default(), OutcomeCode(code), "d")
        };
        let attempt = AttemptInfo { attempt, first: Time(0), is_service };
        match settled(outcome, &RULES, ResendPolicy { repeat_is_safe: false, on_unknown }, attempt, Time(1_000)) {
            DeliveryOutcome::Sent { .. } => "sent",
            DeliveryOutcome::Retry { .. } => "retry",
            DeliveryOutcome::Untouched => "untouched",
            DeliveryOutcome::Failed { .. } => "failed",
            DeliveryOutcome::Unknown { .. } => "unknown",
            DeliveryOutcome::Skipped(_) => "skipped",
        }
    }

    #[test]
    fn a_plugins_text_cannot_control_a_terminal() {
        let outcome = MessageOutcome::of(
            MessageId::default(),
            OutcomeCode(BAD_RECIPIENT),
            "550 no\u{1b}[2J\r\nsuch \u{202e}user ä",
        );
        let attempt = AttemptInfo { attempt: 1, first: Time(0), is_service: false };
        let resend = ResendPolicy { repeat_is_safe: false, on_unknown: OnUnknown::Hold };
        let DeliveryOutcome::Failed { detail, .. } = settled(outcome, &RULES, resend, attempt, Time(1)) else {
            panic!("not failed")
        };
        assert_eq!(&*detail, "550 no [2J  such  user ä");
    }

    #[test]
    fn outcomes_lead_to_states() {
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
            (UNKNOWN_CODE, 1, false, Hold, "unknown"),
        ] {
            assert_eq!(check(code, attempt, service, on_unknown), want, "{code} {attempt} {service}");
        }
    }

    /// Repeated is what may be: where a repeat is harmless, the admin decided so, or it is a service message's second try.
    #[test]
    fn what_may_have_arrived_is_repeated_where_that_is_safe_or_decided() {
        use OnUnknown::{Hold, Resend};
        for (repeat_is_safe, on_unknown, is_service, repeated) in [
            (false, Hold, false, [false, false, false, false, false]),
            (false, Hold, true, [true, false, false, false, false]),
            (true, Hold, false, [true, true, true, false, false]),
            (false, Resend, false, [true, true, true, false, false]),
            (true, Resend, true, [true, true, true, false, false]),
        ] {
            for (attempt, repeated) in (1..).zip(repeated) {
                let info = AttemptInfo { attempt, first: Time(0), is_service };
                let resend = ResendPolicy { repeat_is_safe, on_unknown };
                let got = in_doubt(resend, info, "why", Time(5_000));
                let want = match repeated {
                    true => DeliveryOutcome::Retry { due: Time(6_000), code: 400, detail: "why".into() },
                    false => DeliveryOutcome::Unknown { detail: "why".into() },
                };
                assert_eq!(got, want, "{resend:?} {info:?}");
                let may = repeat_is_safe || on_unknown == Resend || (is_service && attempt == 1);
                assert_eq!(may_repeat_after_crash(resend, info), may, "{resend:?} {info:?}");
            }
        }
    }

    #[test]
    fn pauses_double_and_end() {
        let info = |attempt| AttemptInfo { attempt, first: Time(0), is_service: false };
        for attempt in 1..40 {
            let most = RULES.first.saturating_mul(1 << (attempt - 1).min(20)).min(RULES.longest);
            let due = due(&RULES, info(attempt), None, Time(0)).unwrap();
            assert!(due <= Time(0).plus(most) && due >= Time(1_000), "{attempt}: {due:?}");
        }
        // The jitter is over the whole pause, and the pause grows until it is the longest.
        for attempt in [1, 2, 5, 7, 8, 30, 100] {
            let most = RULES.first.saturating_mul(1 << (attempt - 1).min(20)).min(RULES.longest).as_millis();
            let draws: Vec<i64> =
                (0..200).filter_map(|_| due(&RULES, info(attempt), None, Time(0))).map(|t| t.0).collect();
            let (least, longest) = (*draws.iter().min().unwrap(), *draws.iter().max().unwrap());
            let (half, most) = (i64::try_from(most / 2).unwrap(), i64::try_from(most).unwrap());
            assert!(least < half && half < longest && longest <= most, "{attempt}: {least} to {longest} of {most}");
        }
        // Given up at the end of its time, not before.
        let at = |now: i64| due(&RULES, info(1), Some(Duration::from_secs(100)), Time(now));
        assert_eq!((at(99_900_000), at(99_900_001)), (Some(Time(100_000_000)), None));
        let hour = Some(Duration::from_secs(7_200));
        assert_eq!(due(&RULES, info(1), hour, Time(0)), Some(Time(7_200_000)), "what the provider asks for");
        assert_eq!(due(&RULES, info(1), None, Time(100_000_000)), None, "its time is over");
    }
}
