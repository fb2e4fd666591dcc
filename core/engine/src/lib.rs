//! Broadcasts: from "send this to that list" to outcomes that are stored; and the conversation around them: asking for consent, hearing yes and
//! stop. `README.md` says which room may import which.
//!
//! The path of a delivery: `broadcast` (form → stored → rows) → `dispatch` (claim, render, hand over, gather, settle).
#![forbid(unsafe_code)]

pub mod engine; // the handle that web and the command line use

mod supervise; // start, stop, reload, recovery

mod alerts; // what the admin is told
mod broadcast; // form, audience, fan-out, schedule
mod dispatch; // one task for each transport: claim, render, hand over, gather, settle
mod receive; // inbound messages and receipts: stored before they are acknowledged
mod sweep; // what happens by time

mod conversation; // opt-in, unsubscribe, replies, evidence, proof
mod extensions; // what plugins are asked beside messages
mod person; // export, erase, and what waits for a person

pub mod import; // contacts from a CSV file

mod context; // what every room is handed: store, clock, settings, transports, keys

pub mod content; // Markdown with placeholders → messages
mod transports; // running transports, as data

pub mod clock; // the only place that asks the time
pub mod config; // the settings, resolved
pub mod error; // what can go wrong
mod guarded; // work whose panic ends this work alone
mod suggest; // "did you mean"
pub mod view; // what the engine takes and answers

pub use alerts::without_alert;
pub use clock::{Clock, ClockHold};
pub use config::*;
pub use engine::{Engine, address};
pub use error::{EngineError, FailureKind};
pub use rundruf_host::{ExtensionRefusal, WebhookRequest, WebhookResponse};
pub use rundruf_store::{
    AuditEnd, AuditRow, AuditStart, BroadcastAction, ContactRow, CostTotal, DeliveryRow, DeliveryState, InboxAction,
    LegalHold, UnknownResolution,
};
pub use view::*;
