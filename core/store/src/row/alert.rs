//! Problems that the admin is alerted to.

use super::NewService;
use rundruf_consent::{DeliveryId, Time};

/// A problem that the admin is to hear of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAlert {
    /// What has the problem; a subject has at most one at a time.
    pub subject: String,
    /// Kind of problem, numbered by the engine.
    pub kind: u8,
    /// One line of detail, without an address.
    pub detail: String,
}

/// A notice to the admin: a problem began, or it is over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertRow {
    /// Its number.
    pub id: i64,
    /// The problem.
    pub alert: NewAlert,
    /// True if this notice says that the problem is over.
    pub is_over: bool,
    /// When it was noted.
    pub at: Time,
    /// The service message that carries the notice; `None` before the first attempt.
    pub service: Option<DeliveryId>,
    /// Index of the next recipient in `[admin].notify`.
    pub next: u32,
    /// Whether one recipient got it.
    pub is_told: bool,
}

/// One attempt to deliver a notice.
#[derive(Clone, Debug)]
pub struct AlertAttempt {
    /// Number of the notice.
    pub id: i64,
    /// The message; `None` if no recipient can be reached now.
    pub by: Option<NewService>,
    /// Index of the recipient to try if this attempt fails.
    pub next: u32,
}
