//! What became of one message. Numbers go by their hundreds: a host maps a number it does not know by its class.

use crate::View;

/// Outcome code: `1xx` sent, `2xx` try again, `3xx` never for this message, `4xx` unknown, `5xx` the account.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutcomeCode(pub u16);

impl OutcomeCode {
    /// The other side took it.
    pub const SENT: Self = Self(100);
    /// The other side took it and it reached the person already.
    pub const DELIVERED: Self = Self(101);
    /// A temporary refusal; `retry_after_ms` may say when.
    pub const RETRY: Self = Self(200);
    /// It was never begun (cancelled, or a drain came first): it may be sent again at once, no attempt is counted.
    pub const UNTOUCHED: Self = Self(201);
    /// The address does not exist or refuses for ever.
    pub const BAD_RECIPIENT: Self = Self(300);
    /// This content is refused, whoever it is for.
    pub const BAD_CONTENT: Self = Self(301);
    /// The transport cannot do what the message needs.
    pub const UNSUPPORTED: Self = Self(302);
    /// Its deadline had passed before it was begun.
    pub const EXPIRED: Self = Self(303);
    /// It may have left, and it may not: never reported as failed, never repeated unseen.
    pub const MAYBE_SENT: Self = Self(400);
    /// The plugin itself broke down while it held the message.
    pub const INTERNAL: Self = Self(401);
    /// Credentials refused: stops the instance, not the recipient. The message did not leave.
    pub const ACCOUNT_AUTH: Self = Self(500);
    /// No credit left. The message did not leave.
    pub const ACCOUNT_CREDIT: Self = Self(501);
    /// The account's rate is exhausted; `retry_after_ms` may say until when. The message did not leave.
    pub const ACCOUNT_RATE: Self = Self(502);

    /// The hundreds digit.
    #[must_use]
    pub const fn class(self) -> u16 {
        self.0 / 100
    }
}

/// The outcome of one index of one batch.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawOutcome<'a> {
    /// Batch id as submitted.
    pub batch: u64,
    /// Index in that batch.
    pub index: u32,
    /// An [`OutcomeCode`].
    pub code: OutcomeCode,
    /// Reserved, 0.
    pub flags: u16,
    /// For `2xx` and `5xx`: do not try again before this many milliseconds; 0 = no opinion.
    pub retry_after_ms: u32,
    /// The remote side's own number (SMTP reply, HTTP status), 0 if there is none.
    pub remote_code: i32,
    /// The remote side's id for the message (queue id, message id); at most 256 bytes are kept.
    pub remote_id: View<'a>,
    /// One line for the admin, without the recipient's address; at most 512 bytes are kept.
    pub detail: View<'a>,
}
