//! The outcome of one message. Codes have classes: a host treats a code that it does not know by its hundreds.

use crate::View;
use core::mem::offset_of;

/// Outcome code: `1xx` sent, `2xx` try again, `3xx` never for this message, `4xx` unknown, `5xx` the account.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OutcomeCode(pub u16);

impl OutcomeCode {
    /// The provider accepted the message.
    pub const SENT: Self = Self(100);
    /// The provider accepted the message, and it has already reached the person.
    pub const DELIVERED: Self = Self(101);
    /// A temporary refusal; `retry_after_ms` may say when.
    pub const RETRY: Self = Self(200);
    /// The message was not begun (its deadline or a drain came first): it may be sent again at once, and no attempt is counted.
    pub const UNTOUCHED: Self = Self(201);
    /// The address does not exist, or refuses permanently.
    pub const BAD_RECIPIENT: Self = Self(300);
    /// This content is refused, for every recipient.
    pub const BAD_CONTENT: Self = Self(301);
    /// The transport cannot do what the message needs.
    pub const UNSUPPORTED: Self = Self(302);
    /// The deadline had passed before the message was begun.
    pub const EXPIRED: Self = Self(303);
    /// The person does not want messages of this sender any more, as the provider says (blocked, carrier's opt-out). The host records a withdrawal
    /// for this address.
    pub const OPTED_OUT: Self = Self(304);
    /// The person's key or device is another one than before, and nothing was sent. The host holds this recipient and tells the admin.
    pub const IDENTITY_CHANGED: Self = Self(305);
    /// This channel does not reach the person, another one may. The host uses the person's next channel with a consent, if there is one.
    pub const ELSEWHERE: Self = Self(306);
    /// The message may have been sent or not: it is never reported as failed, and never repeated without a person's decision.
    pub const MAYBE_SENT: Self = Self(400);
    /// The plugin failed while it held the message.
    pub const INTERNAL: Self = Self(401);
    /// Credentials refused: stops the instance, not the recipient. The message was not sent.
    pub const ACCOUNT_AUTH: Self = Self(500);
    /// No credit left. The message was not sent.
    pub const ACCOUNT_CREDIT: Self = Self(501);
    /// The account's rate is exhausted; `retry_after_ms` may say until when. The message was not sent.
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
    /// The provider's own code (SMTP reply, HTTP status), 0 if there is none.
    pub remote_code: i32,
    /// The provider's id of the message (queue id, message id); at most 256 bytes are kept.
    pub remote_id: View<'a>,
    /// One line for the admin, without the recipient's address; at most 512 bytes are kept.
    pub detail: View<'a>,
    /// The provider's ids where a message went out in several parts with an id each, side by side; `remote_id` is then the first of them or empty.
    /// Receipts may name any of them. Null when the count is 0; at most 64 are kept.
    pub remote_ids: *const View<'a>,
    /// Number of these ids.
    pub remote_id_count: usize,
    /// What the message has cost, in millionths of the currency; 0 = not known.
    pub cost_micro: u64,
    /// The currency of the cost: ISO 4217, such as `EUR`, filled with zeros.
    pub currency: [u8; 4],
    /// Number of parts that the provider counts, such as of a long SMS; 0 = not known.
    pub parts: u32,
}

impl RawOutcome<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, parts) + size_of::<u32>();
}

/// A message of which the first byte is about to be sent.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawBegun {
    /// Batch id as submitted.
    pub batch: u64,
    /// Index in that batch.
    pub index: u32,
    /// Reserved, 0.
    pub reserved: u32,
}

impl RawBegun {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, reserved) + size_of::<u32>();
}
