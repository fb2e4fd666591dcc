//! Troubles that the admin is told about.

use super::NewService;
use rundruf_consent::{DeliveryId, Time};

/// A trouble.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewAlert {
    /// What is in trouble: a subject has one trouble at a time.
    pub subject: String,
    /// Kind of trouble; the engine's own number.
    pub kind: u8,
    /// One line.
    pub detail: String,
}

/// Something that the admin is told, or was: that there is a trouble, or that it is over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertRow {
    /// Number.
    pub id: i64,
    /// The trouble.
    pub alert: NewAlert,
    /// Whether this says that it is over.
    pub is_over: bool,
    /// When it was noted.
    pub at: Time,
    /// The message that tells it.
    pub service: Option<DeliveryId>,
    /// Who is next in the admin's own list.
    pub next: u32,
    /// Whether somebody was told.
    pub is_told: bool,
}

/// What is done to tell an alarm.
#[derive(Clone, Debug)]
pub struct AlertAttempt {
    /// Which.
    pub id: i64,
    /// The message; `None` if nobody can be told now.
    pub by: Option<NewService>,
    /// Who is next in the admin's own list if that fails.
    pub next: u32,
}
