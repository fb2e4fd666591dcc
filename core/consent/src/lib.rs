//! Consent as code: the states of a consent, how it changes, when a message may leave, and how all of it is proven.
//! Pure: no I/O, no clock of its own, no randomness of its own.
//!
//! Reading order:
#![forbid(unsafe_code)]

// The proof that the tests make is made in the same words inside and outside of the crate.
#[cfg(test)]
extern crate self as rundruf_consent;

pub mod address; // one way to reach a contact: spelling and key
pub mod basis; // what the consents of a list were given for
pub mod channel; // kinds of address
pub mod class; // kinds of message and where each may go
pub mod event; // what can happen to a consent
pub mod evidence; // the record of one event, canonical, sealed
pub mod gate; // the only maker of permits; hidden doors for the store's claim
pub mod id; // numbers that name rows
pub mod keyword; // STOP generous, YES strict
pub mod log; // Merkle tree, checkpoints
pub mod permit; // the gate's answer
pub mod proof; // the proof file
pub mod state; // the states, and the one table of transitions
pub mod suppression; // keyed hashes of addresses that must not get messages
pub mod text; // texts by digest
pub mod time; // a point in time, passed in by the caller
pub mod token; // links that cannot be guessed

pub use address::{Address, AddressError};
pub use channel::Channel;
pub use class::Class;
pub use event::{Event, ImportClass};
pub use id::{AddressId, BroadcastId, ContactId, DeliveryId, EventId, ListId};
pub use permit::{Refusal, SendPermit};
pub use state::{AddressFlags, State, Transition, transition};
pub use time::Time;
