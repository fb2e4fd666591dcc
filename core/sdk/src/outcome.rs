//! The outcome of a message, for authors.
//!
//! | the provider says | outcome |
//! | --- | --- |
//! | 2xx with an id | [`Outcome::sent`] |
//! | 400, 422: this address is wrong | [`Outcome::bad_recipient`] |
//! | 400, 413: this content is wrong | [`Outcome::bad_content`] |
//! | 401, 403: the credentials | [`Outcome::account_auth`] |
//! | 402 | [`Outcome::account_credit`] |
//! | 429, not before its `Retry-After` | [`Outcome::account_rate`] |
//! | 503, not before its `Retry-After` | [`Outcome::retry`] |
//! | blocked, opted out | [`Outcome::opted_out`] |
//! | another key than before | [`Outcome::identity_changed`] |
//! | not on this channel | [`Outcome::elsewhere`] |
//! | refused connection, or a fault before the request was complete | [`Outcome::retry`] |
//! | another 5xx, time-out or cut after the request was complete | [`Outcome::maybe_sent`] |

use rundruf_abi::OutcomeCode;
use std::borrow::Cow;
use std::time::Duration;

/// The outcome of a message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outcome {
    pub(crate) code: OutcomeCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) remote_code: i32,
    pub(crate) remote_id: Cow<'static, str>,
    pub(crate) detail: Cow<'static, str>,
    /// What most outcomes do not have.
    pub(crate) extra: Option<Box<OutcomeExtra>>,
}

/// Parts and cost of a message.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub(crate) struct OutcomeExtra {
    pub(crate) remote_ids: Vec<String>,
    pub(crate) cost_micro: u64,
    pub(crate) currency: [u8; 4],
    pub(crate) parts: u32,
}

impl Outcome {
    const fn with_outcome_code(code: OutcomeCode) -> Self {
        let (remote_id, detail) = (Cow::Borrowed(""), Cow::Borrowed(""));
        Self { code, retry_after: None, remote_code: 0, remote_id, detail, extra: None }
    }

    fn with_detail(code: OutcomeCode, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..Self::with_outcome_code(code) }
    }

    /// The provider accepted the message under this id (may be empty).
    pub fn sent(remote_id: impl Into<Cow<'static, str>>) -> Self {
        Self { remote_id: remote_id.into(), ..Self::with_outcome_code(OutcomeCode::SENT) }
    }

    /// The message has already reached the person; the provider's id may be empty.
    pub fn delivered(remote_id: impl Into<Cow<'static, str>>) -> Self {
        Self { remote_id: remote_id.into(), ..Self::with_outcome_code(OutcomeCode::DELIVERED) }
    }

    /// A temporary refusal; `after`: the earliest time of the next attempt, if known.
    pub fn retry(after: Option<Duration>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { retry_after: after, ..Self::with_detail(OutcomeCode::RETRY, detail) }
    }

    /// The message was not begun: it may be sent again at once.
    #[must_use]
    pub const fn untouched() -> Self {
        Self::with_outcome_code(OutcomeCode::UNTOUCHED)
    }

    /// The address does not exist, or refuses permanently.
    pub fn bad_recipient(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(OutcomeCode::BAD_RECIPIENT, detail)
    }

    /// This content is refused, for every recipient.
    pub fn bad_content(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(OutcomeCode::BAD_CONTENT, detail)
    }

    /// The transport cannot do what the message needs.
    pub fn unsupported(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(OutcomeCode::UNSUPPORTED, detail)
    }

    /// The deadline had passed before the message was begun.
    #[must_use]
    pub const fn expired() -> Self {
        Self::with_outcome_code(OutcomeCode::EXPIRED)
    }

    /// The provider says that the person wants no more messages of this sender (blocked, carrier's opt-out). The daemon records a withdrawal.
    pub fn opted_out(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(OutcomeCode::OPTED_OUT, detail)
    }

    /// The person's key or device is another one than before, and nothing was sent: this recipient waits for the admin.
    pub fn identity_changed(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(OutcomeCode::IDENTITY_CHANGED, detail)
    }

    /// This channel does not reach the person, and nothing was sent: the daemon tries their next channel, if they consented to one.
    pub fn elsewhere(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(OutcomeCode::ELSEWHERE, detail)
    }

    /// The message may have been sent or not. It is never repeated without a person's decision.
    pub fn maybe_sent(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(OutcomeCode::MAYBE_SENT, detail)
    }

    /// The plugin failed while it held the message.
    pub fn internal(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(OutcomeCode::INTERNAL, detail)
    }

    /// The author's code panicked while it held the message.
    pub(crate) fn panicked() -> Self {
        Self::internal("the plugin panicked while it held this message")
    }

    /// The provider refuses the credentials; the message was not sent.
    pub fn account_auth(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(OutcomeCode::ACCOUNT_AUTH, detail)
    }

    /// The account has no credit; the message was not sent.
    pub fn account_credit(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::with_detail(OutcomeCode::ACCOUNT_CREDIT, detail)
    }

    /// The account's rate limit is reached; the message was not sent. `after`: the earliest time of the next attempt, if known.
    pub fn account_rate(after: Option<Duration>, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { retry_after: after, ..Self::with_detail(OutcomeCode::ACCOUNT_RATE, detail) }
    }

    /// Adds the provider's own code, such as an SMTP reply or an HTTP status.
    #[must_use]
    pub const fn with_code(mut self, code: i32) -> Self {
        self.remote_code = code;
        self
    }

    /// Adds the provider's ids of a message that went out in several parts: receipts may name any of them.
    #[must_use]
    pub fn with_remote_ids<T: Into<String>>(mut self, ids: impl IntoIterator<Item = T>) -> Self {
        self.extra().remote_ids = ids.into_iter().map(Into::into).collect();
        self
    }

    /// Adds the number of parts that the provider counts.
    #[must_use]
    pub fn with_parts(mut self, parts: u32) -> Self {
        self.extra().parts = parts;
        self
    }

    /// Adds what the message has cost: millionths of a currency, such as `75_000` and `"EUR"` for 7.5 cents. A currency that
    /// is not a word of three or four characters is left out.
    #[must_use]
    pub fn with_cost(mut self, micro: u64, currency: &str) -> Self {
        let mut word = [0; 4];
        if (3..=4).contains(&currency.len()) && currency.bytes().all(|b| b.is_ascii_alphabetic()) {
            word.iter_mut().zip(currency.bytes()).for_each(|(to, b)| *to = b.to_ascii_uppercase());
        }
        let extra = self.extra();
        (extra.cost_micro, extra.currency) = (micro, word);
        self
    }

    fn extra(&mut self) -> &mut OutcomeExtra {
        self.extra.get_or_insert_default()
    }

    /// The code in the contract.
    #[must_use]
    pub const fn code(&self) -> OutcomeCode {
        self.code
    }

    /// One line for the admin.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The provider's id of the message; may be empty.
    #[must_use]
    pub fn remote_id(&self) -> &str {
        &self.remote_id
    }

    /// Time to wait before the next attempt.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}
