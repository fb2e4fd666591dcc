//! Finds, reads, loads, isolates and supervises plugins. The same library file runs in a process of its own (the default) or in the daemon's.
//!
//! Reading order:
mod book; // the ledger and what is being told
pub mod child; // the child's main
pub mod discover; // name → file
pub mod error; // who misbehaved, and what to do
pub mod event; // what comes out
mod folder; // where a plugin does as it likes
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz; // doors for the fuzz targets in `tests/fuzz`
mod gate; // who is inside when the end comes
mod instance; // the handle
mod ledger; // every letter ends in exactly one outcome
pub mod letter; // what goes in: one recipient, one content, one permit
mod library; // open the file, check its tables
mod lines; // what plugins say for the log, made harmless
mod local; // an instance in this process, and the functions lent to it
pub mod lookup; // an extension: can these addresses be reached?
pub mod manifest; // what a library says of itself, read without running it
mod mask; // people in such lines
mod memory; // owned values → the contract's views
pub mod orphan; // what a child leaves when the daemon has died
mod pipe; // frames
mod prepared; // read and checked, not started
mod remote; // the daemon's side of a child
pub mod sandbox; // the fence around a child
mod sync; // what the concurrent tables are made of
mod told; // outcomes on their way out
mod wire; // what is said between daemon and child

pub use error::HostError;
pub use event::{HostEvent, Inbound, Outcome, OutcomeClass, Receipt, Verdict, code};
pub use instance::{Events, Instance, InstanceState, Isolation, Spec, Stopped};
pub use letter::{Attachment, Content, Letter, Letters, Priority, Rejected, Template, WhyRejected};
pub use library::in_memory as library_in_memory;
pub use lines::{harmless, one_line};
#[doc(hidden)]
pub use local::lend_no_extension;
pub use lookup::{LookupRefused, Reach, Reached};
pub use manifest::Manifest;
pub use prepared::Prepared;

/// Names one start of a plugin's process.
pub type Session = [u8; 16];

/// First half names the broadcast, second half the delivery.
pub type MessageId = [u8; 16];
