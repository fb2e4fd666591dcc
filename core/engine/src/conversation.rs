//! The conversation with one person about consent: asking, hearing yes and stop, answering, and the evidence of each.

pub(crate) mod bounce; // undeliverable addresses, complaints
pub(crate) mod evidence; // what every event of a consent records
mod inbox; // stored inbound messages → consent
pub(crate) mod link; // the links in messages
mod message; // one inbound message and what follows from it
pub(crate) mod opt_in; // asking for consent, hearing yes
pub(crate) mod proof; // the proof file
mod reply; // locked messages
pub(crate) mod timers; // consents become stale
pub(crate) mod unsubscribe; // withdrawals

pub(crate) use inbox::run as read_inbox;
