//! Consent as code: what a Consent is, how it changes, when a message may leave, and how all of it is proven.
//! Pure: no I/O, no clock of its own, no randomness of its own.
//!
//! Reading order:
pub mod time; // a point in time, given by the caller
pub mod id; // numbers that name rows
pub mod channel; // kinds of address
pub mod address; // one way to reach a contact, in normal form
pub mod state; // the states, and the one table of allowed moves
pub mod event; // what can happen to a consent
pub mod class; // kinds of message and where each may go
pub mod permit; // the gate's answer
pub mod gate; // the only maker of permits
pub mod keyword; // STOP generous, YES strict
pub mod suppress; // keyed hashes of those who must never be written to
pub mod text; // texts by digest
pub mod evidence; // the record of one event, canonical, sealed
pub mod token; // links that cannot be guessed
pub mod log; // Merkle tree, checkpoints
pub mod proof; // the file for the lawyer

pub use address::{Address, AddressError};
pub use channel::Channel;
pub use class::Class;
pub use event::{Event, ImportClass};
pub use gate::{authorize, Standing};
pub use id::{AddressId, BroadcastId, ContactId, DeliveryId, EventId, ListId};
pub use permit::{Refusal, SendPermit};
pub use state::{transition, Flags, State, Step};
pub use time::Time;
