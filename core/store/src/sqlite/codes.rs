//! The numbers that stand for states in the database, named for SQL text: `formatcp!("… WHERE state = {QUEUED}")`.
//!
//! They are the numbers of the enums, so SQL and Rust cannot differ. Partial indexes need them as literals in the text; a bound parameter
//! would not use the index. `tests/unit/codes.rs` holds the schema to the same numbers and refuses bare ones in SQL.

use crate::{BroadcastState, DeliveryState};
use rundruf_consent::State;

// Deliveries and service messages.
pub(crate) const QUEUED: u8 = DeliveryState::Queued as u8;
pub(crate) const IN_FLIGHT: u8 = DeliveryState::InFlight as u8;
pub(crate) const RETRY: u8 = DeliveryState::Retry as u8;
pub(crate) const SENT: u8 = DeliveryState::Sent as u8;
pub(crate) const DELIVERED: u8 = DeliveryState::Delivered as u8;
pub(crate) const READ: u8 = DeliveryState::Read as u8;
pub(crate) const FAILED: u8 = DeliveryState::Failed as u8;
pub(crate) const UNKNOWN: u8 = DeliveryState::Unknown as u8;
pub(crate) const HELD: u8 = DeliveryState::Held as u8;
pub(crate) const SKIPPED: u8 = DeliveryState::Skipped as u8;

// Broadcasts.
pub(crate) const SCHEDULED: u8 = BroadcastState::Scheduled as u8;
pub(crate) const RUNNING: u8 = BroadcastState::Running as u8;
pub(crate) const PAUSED: u8 = BroadcastState::Paused as u8;
pub(crate) const DONE: u8 = BroadcastState::Done as u8;
pub(crate) const CANCELLED: u8 = BroadcastState::Cancelled as u8;
pub(crate) const EXPIRED: u8 = BroadcastState::Expired as u8;

// Consents.
pub(crate) const REQUESTED: u8 = State::Requested as u8;
pub(crate) const CONFIRMED: u8 = State::Confirmed as u8;
pub(crate) const PAUSED_CONSENT: u8 = State::Held as u8;
pub(crate) const STALE: u8 = State::Stale as u8;
pub(crate) const DECLINED: u8 = State::Declined as u8;
pub(crate) const UNANSWERED: u8 = State::Expired as u8;
pub(crate) const CUSTOMER: u8 = State::Customer as u8;
pub(crate) const NEVER_ASKED: u8 = State::None as u8;
pub(crate) const HELD_CONSENT: u8 = State::Held as u8;
pub(crate) const ERASED: u8 = State::Erased as u8;
