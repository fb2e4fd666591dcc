//! The gateway's answer → outcome. Reviewers read this table first.
//!
//! | status | in its place in a bulk answer | to a request with one message | to a whole bulk request |
//! | --- | --- | --- | --- |
//! | 200 with an id | sent | sent | – |
//! | 200 without one | may have been sent | may have been sent | may have been sent, each of them |
//! | 400 | no such ID, or an ID of the other mode: bad recipient | the same | our request: the account |
//! | 401, 403 | our ID or secret: the account | the same | the same |
//! | 402 | no credits: the account | the same | the same |
//! | 404 | no such ID: bad recipient | the address is not a gateway's: the account | the same |
//! | 413 | too long: bad content | the same | the same |
//! | 429 | too many requests: the account, with the pause that is asked for | the same | the same |
//! | 500, 503 | temporary: again later | the same | may have been sent: some of them may have been taken |
//! | 502, 504, others | may have been sent | the same | the same |
//! | none, the request cannot have been read whole | – | again later | again later |
//! | none, the request may have been read | – | may have been sent | may have been sent |
//!
//! What is asked before sending (keys, what an app can do, uploads) never leaves a message in doubt: see [`before_sending`].

use crate::gateway::GatewayError;
use rundruf_plugin::Outcome;
use std::time::Duration;

/// How long to wait after a rate limit that names no pause.
const RATE_PAUSE: Duration = Duration::from_secs(60);

/// What an answer is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AnswerScope {
    /// One message in the answer to many.
    Entry,
    /// A request with one message.
    One,
    /// A request with many messages, as a whole.
    Many,
}

/// What a status means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meaning {
    Recipient,
    Content,
    Auth,
    Credit,
    Rate,
    Later,
    Request,
    Doubt,
}

/// Status → meaning in the order of [`AnswerScope`].
const TABLE: &[(u16, [Meaning; 3])] = &[
    (400, [Meaning::Recipient, Meaning::Recipient, Meaning::Request]),
    (401, [Meaning::Auth; 3]),
    (402, [Meaning::Credit; 3]),
    (403, [Meaning::Auth; 3]),
    (404, [Meaning::Recipient, Meaning::Request, Meaning::Request]),
    (413, [Meaning::Content; 3]),
    (429, [Meaning::Rate; 3]),
    (500, [Meaning::Later, Meaning::Later, Meaning::Doubt]),
    (503, [Meaning::Later, Meaning::Later, Meaning::Doubt]),
];

/// The outcome of a message for a status other than 200.
pub(crate) fn refused(status: u16, retry_after: Option<Duration>, scope: AnswerScope) -> Outcome {
    let row = TABLE.iter().find(|(code, _)| *code == status);
    let meaning = row.map_or(Meaning::Doubt, |(_, [entry, one, many])| match scope {
        AnswerScope::Entry => *entry,
        AnswerScope::One => *one,
        AnswerScope::Many => *many,
    });
    let outcome = match meaning {
        Meaning::Recipient => {
            Outcome::bad_recipient("the gateway knows no such Threema ID, or one that it does not serve in this mode")
        }
        Meaning::Content => Outcome::bad_content("the gateway says that the message is too large"),
        Meaning::Auth => Outcome::account_auth("the gateway refuses `gateway_id` or `secret`"),
        Meaning::Credit => Outcome::account_credit("the account has no credits left: buy some at gateway.threema.ch"),
        Meaning::Rate => {
            Outcome::account_rate(retry_after.or(Some(RATE_PAUSE)), "the gateway takes no more messages for now")
        }
        Meaning::Later => Outcome::retry(retry_after, "the gateway has a temporary fault"),
        Meaning::Request => Outcome::account_auth(
            "the gateway refuses the whole request: is `base_url` right, and `gateway_id` one for end-to-end messages?",
        ),
        Meaning::Doubt => Outcome::maybe_sent("the gateway's answer does not say whether it took the message"),
    };
    outcome.with_code(i32::from(status))
}

/// The outcome of a message whose request failed.
pub(crate) fn failed(error: &GatewayError, scope: AnswerScope) -> Outcome {
    match error {
        GatewayError::Status(status, retry_after) => refused(*status, *retry_after, scope),
        GatewayError::NotSent(text) => Outcome::retry(None, text.clone()),
        GatewayError::Unanswered(text) => Outcome::maybe_sent(text.clone()),
        GatewayError::Certificate(text) => Outcome::account_auth(text.clone()),
        GatewayError::Unreadable => Outcome::maybe_sent("the gateway's answer cannot be read"),
    }
}

/// The outcome of a message that was not begun, because what had to be asked before failed.
pub(crate) fn before_sending(error: &GatewayError) -> Outcome {
    match error {
        GatewayError::Status(400 | 404, _) => refused(400, None, AnswerScope::Many),
        GatewayError::Status(status @ (401..=403 | 413 | 429), retry_after) => {
            refused(*status, *retry_after, AnswerScope::One)
        }
        GatewayError::Certificate(text) => Outcome::account_auth(text.clone()),
        GatewayError::Status(status, retry_after) => {
            Outcome::retry(*retry_after, "the gateway has a temporary fault").with_code(i32::from(*status))
        }
        other => Outcome::retry(None, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_plugin::OutcomeCode;

    #[test]
    fn the_table() {
        let pause = Some(Duration::from_secs(7));
        for (status, one, many) in [
            (400, OutcomeCode::BAD_RECIPIENT, OutcomeCode::ACCOUNT_AUTH),
            (401, OutcomeCode::ACCOUNT_AUTH, OutcomeCode::ACCOUNT_AUTH),
            (402, OutcomeCode::ACCOUNT_CREDIT, OutcomeCode::ACCOUNT_CREDIT),
            (404, OutcomeCode::ACCOUNT_AUTH, OutcomeCode::ACCOUNT_AUTH),
            (413, OutcomeCode::BAD_CONTENT, OutcomeCode::BAD_CONTENT),
            (429, OutcomeCode::ACCOUNT_RATE, OutcomeCode::ACCOUNT_RATE),
            (500, OutcomeCode::RETRY, OutcomeCode::MAYBE_SENT),
            (502, OutcomeCode::MAYBE_SENT, OutcomeCode::MAYBE_SENT),
            (503, OutcomeCode::RETRY, OutcomeCode::MAYBE_SENT),
            (504, OutcomeCode::MAYBE_SENT, OutcomeCode::MAYBE_SENT),
            (302, OutcomeCode::MAYBE_SENT, OutcomeCode::MAYBE_SENT),
            (418, OutcomeCode::MAYBE_SENT, OutcomeCode::MAYBE_SENT),
        ] {
            assert_eq!(refused(status, pause, AnswerScope::One).code(), one, "{status}");
            assert_eq!(refused(status, pause, AnswerScope::Many).code(), many, "{status}");
            let entry = if status == 404 { OutcomeCode::BAD_RECIPIENT } else { one };
            assert_eq!(refused(status, pause, AnswerScope::Entry).code(), entry, "{status}");
        }
        assert_eq!(refused(429, pause, AnswerScope::Many).retry_after(), pause);
        assert_eq!(refused(429, None, AnswerScope::Many).retry_after(), Some(RATE_PAUSE));
    }

    #[test]
    fn a_message_that_was_not_begun_is_never_in_doubt() {
        for status in (300..600).chain([200]) {
            let code = before_sending(&GatewayError::Status(status, None)).code();
            assert!(code.class() != 4 && code.class() != 1, "{status}");
        }
        for error in [
            GatewayError::NotSent("x".into()),
            GatewayError::Unanswered("x".into()),
            GatewayError::Certificate("x".into()),
            GatewayError::Unreadable,
        ] {
            let code = before_sending(&error).code();
            assert!(code.class() == 2 || code.class() == 5, "{error:?}");
        }
    }
}
