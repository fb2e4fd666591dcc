//! What a journal decides about a delivery of an earlier process, and what it must not.

use super::*;
use crate::config::OnUnknown;
use rundruf_consent::{BroadcastId, DeliveryId, EventId};
use rundruf_host::OutcomeCode;
use std::time::Duration;

const NOW: Time = Time(1_000_000);
const RULES: RetryPolicy = RetryPolicy {
    first: Duration::from_secs(30),
    longest: Duration::from_secs(30),
    give_up: Duration::from_secs(3_600),
};

/// A delivery that was claimed for this session after these attempts; `broadcast` or a service message.
fn held(session: u8, attempts: u32, broadcast: bool) -> InDoubt {
    InDoubt {
        delivery: DeliveryId(5),
        message_id: [5; 16],
        broadcast: broadcast.then_some(BroadcastId(1)),
        lease: None,
        evidence: EventId(7),
        session: [session; 16],
        attempts,
    }
}

/// What becomes of it, if a journal of session 1 has this outcome of message 5, or of another one.
fn settled(delivery: &InDoubt, journal: Option<(u8, OutcomeCode)>, on_unknown: OnUnknown) -> DeliveryOutcome {
    let code = journal.map_or(OutcomeCode::SENT, |(_, code)| code);
    let outcome = MessageOutcome::of(MessageId([journal.map_or(0, |(message, _)| message); 16]), code, "d");
    let outcomes = HashMap::from([(outcome.message_id, &outcome)]);
    let found = find(delivery, journal.map(|_| SessionId([1; 16])), &outcomes);
    let resend = ResendPolicy { repeat_is_safe: false, on_unknown };
    let scope = RecoveryScope { transport: TransportId(1), name: "t", resend, rules: &RULES };
    super::outcome(delivery, found, scope, NOW)
}

#[test]
fn a_journal_decides_about_its_own_session_alone() {
    use OnUnknown::{Hold, Resend};
    let word = |outcome: DeliveryOutcome| match outcome {
        DeliveryOutcome::Sent { .. } => "sent",
        DeliveryOutcome::Retry { .. } => "retry",
        DeliveryOutcome::Untouched => "untouched",
        DeliveryOutcome::Failed { .. } => "failed",
        DeliveryOutcome::Unknown { .. } => "unknown",
        DeliveryOutcome::Skipped(_) => "skipped",
    };
    let (sent, refused) = (OutcomeCode::SENT, OutcomeCode::BAD_RECIPIENT);
    for (session, journal, on_unknown, want) in [
        (1, Some((5, sent)), Hold, "sent"),
        (1, Some((5, refused)), Hold, "failed"),
        (1, Some((5, OutcomeCode::RETRY)), Hold, "retry"),
        // It is not named: it never reached the plugin, whatever the setting.
        (1, Some((6, sent)), Hold, "untouched"),
        (1, Some((6, sent)), Resend, "untouched"),
        // An old journal says nothing of a later claim, not even if it names the message.
        (2, Some((5, sent)), Hold, "unknown"),
        (2, Some((5, refused)), Resend, "retry"),
        (2, Some((6, sent)), Hold, "unknown"),
        (1, None, Hold, "unknown"),
        (1, None, Resend, "retry"),
    ] {
        let got = word(settled(&held(session, 0, true), journal, on_unknown));
        assert_eq!(got, want, "session {session}, journal {journal:?}, {on_unknown:?}");
    }
}

#[test]
fn the_attempt_in_doubt_counts() {
    let is_repeated = |attempts, broadcast, on_unknown| {
        matches!(settled(&held(1, attempts, broadcast), None, on_unknown), DeliveryOutcome::Retry { .. })
    };
    // A service message is sent once more, and not a third time; a delivery of a broadcast never without a decision.
    assert_eq!([0, 1, 2].map(|n| is_repeated(n, false, OnUnknown::Hold)), [true, false, false]);
    assert_eq!([0, 1, 2].map(|n| is_repeated(n, true, OnUnknown::Hold)), [false; 3]);
    assert_eq!([0, 1, 2, 3].map(|n| is_repeated(n, true, OnUnknown::Resend)), [true, true, true, false]);
}
