//! Consent as code: what a Consent is, how it changes, when a message may leave, and how all of it is proven.
//! Pure: no I/O, no clock of its own, no randomness of its own.
//!
//! Reading order:
#![forbid(unsafe_code)]

pub mod address; // one way to reach a contact, in normal form
pub mod channel; // kinds of address
pub mod class; // kinds of message and where each may go
pub mod event; // what can happen to a consent
pub mod evidence; // the record of one event, canonical, sealed
pub mod gate; // the only maker of permits
pub mod id; // numbers that name rows
pub mod keyword; // STOP generous, YES strict
pub mod log; // Merkle tree, checkpoints
pub mod permit; // the gate's answer
pub mod proof;
pub mod state; // the states, and the one table of allowed moves
pub mod suppression; // keyed hashes of those who must never be written to
pub mod text; // texts by digest
pub mod time; // a point in time, given by the caller
pub mod token; // links that cannot be guessed // the file for the lawyer

pub use address::{Address, AddressError};
pub use channel::Channel;
pub use class::Class;
pub use event::{Event, ImportClass};
pub use id::{AddressId, BroadcastId, ContactId, DeliveryId, EventId, ListId};
pub use permit::{Refusal, SendPermit};
pub use state::{AddressFlags, State, Transition, transition};
pub use time::Time;
