//! What became of a message, for authors.
//!
//! | the other side says | outcome |
//! | --- | --- |
//! | 2xx with an id | [`Outcome::sent`] |
//! | 400, 422: this address is wrong | [`Outcome::bad_recipient`] |
//! | 400, 413: this content is wrong | [`Outcome::bad_content`] |
//! | 401, 403: the credentials | [`Outcome::account_auth`] |
//! | 402 | [`Outcome::account_credit`] |
//! | 429 | [`Outcome::account_rate`] |
//! | 5xx, refused connection, before the request was complete | [`Outcome::retry`] |
//! | time-out or cut after the request was complete | [`Outcome::maybe_sent`] |

use rundruf_abi::OutcomeCode;
use std::borrow::Cow;
use std::time::Duration;

/// What became of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    pub(crate) code: OutcomeCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) remote_code: i32,
    pub(crate) remote_id: Cow<'static, str>,
    pub(crate) detail: Cow<'static, str>,
}

impl Outcome {
    const fn of(code: OutcomeCode) -> Self {
        Self { code, retry_after: None, remote_code: 0, remote_id: Cow::Borrowed(""), detail: Cow::Borrowed("") }
    }

    fn because(code: OutcomeCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..Self::of(code) }
    }

    /// The other side took it, under this id (may be empty).
    pub fn sent(remote_id: impl Into<Cow<'static, str>>) -> Self {
        Self { remote_id: remote_id.into(), ..Self::of(OutcomeCode::SENT) }
    }

    /// It reached the person already.
    pub fn delivered(remote_id: impl Into<Cow<'static, str>>) -> Self {
        Self { remote_id: remote_id.into(), ..Self::of(OutcomeCode::DELIVERED) }
    }

    /// A temporary refusal; `after`: not before.
    pub fn retry(after: Option<Duration>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { retry_after: after, ..Self::because(OutcomeCode::RETRY, detail) }
    }

    /// It was never begun.
    #[must_use]
    pub const fn untouched() -> Self {
        Self::of(OutcomeCode::UNTOUCHED)
    }

    /// The address does not exist or refuses for ever.
    pub fn bad_recipient(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::because(OutcomeCode::BAD_RECIPIENT, detail)
    }

    /// This content is refused, whoever it is for.
    pub fn bad_content(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::because(OutcomeCode::BAD_CONTENT, detail)
    }

    /// The transport cannot do what the message needs.
    pub fn unsupported(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::because(OutcomeCode::UNSUPPORTED, detail)
    }

    /// Its deadline had passed before it was begun.
    #[must_use]
    pub const fn expired() -> Self {
        Self::of(OutcomeCode::EXPIRED)
    }

    /// It may have left, and it may not.
    pub fn maybe_sent(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::because(OutcomeCode::MAYBE_SENT, detail)
    }

    /// The plugin itself broke down while it held the message.
    pub fn internal(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::because(OutcomeCode::INTERNAL, detail)
    }

    /// The author's code panicked while it held the message.
    pub(crate) fn panicked() -> Self {
        Self::internal("the plugin panicked while it held this message")
    }

    /// Credentials refused; the message did not leave.
    pub fn account_auth(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::because(OutcomeCode::ACCOUNT_AUTH, detail)
    }

    /// No credit left; the message did not leave.
    pub fn account_credit(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::because(OutcomeCode::ACCOUNT_CREDIT, detail)
    }

    /// The account's rate is exhausted; the message did not leave.
    pub fn account_rate(after: Option<Duration>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { retry_after: after, ..Self::because(OutcomeCode::ACCOUNT_RATE, detail) }
    }

    /// Adds the other side's own number, such as an SMTP reply or an HTTP status.
    #[must_use]
    pub const fn with_code(mut self, code: i32) -> Self {
        self.remote_code = code;
        self
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> OutcomeCode {
        self.code
    }

    /// One line for the admin.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The other side's id.
    #[must_use]
    pub fn remote_id(&self) -> &str {
        &self.remote_id
    }

    /// Not before.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}
