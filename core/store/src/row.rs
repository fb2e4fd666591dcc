//! What callers pass in and get back: plain types without SQL and serialization. One file for each noun.

mod alert; // problems and notices to the admin
mod audit; // who changed what, and when
mod broadcast; // broadcasts and their counters
mod clock; // what the next process compares its clock with
mod consent; // consents: changes, requests and events
mod contact; // people and addresses
mod delivery; // deliveries as people see them, and receipts
mod dispatch; // the hot path: claims, settlements, what is in doubt
mod erasure; // erasing a person
mod fanout; // what fan-out sees, chooses and reports
mod forget; // what plugins are still to forget
mod import; // imports
mod inbound; // inbound messages
mod instance; // names of transports and leases, secrets
mod list; // lists, holds
mod log; // the log's head, and what doctor finds
mod person; // what passed between us and one person
mod service; // messages outside of broadcasts

pub use alert::*;
pub use audit::*;
pub use broadcast::*;
pub use clock::*;
pub use consent::*;
pub use contact::*;
pub use delivery::*;
pub use dispatch::*;
pub use erasure::*;
pub use fanout::*;
pub use forget::*;
pub use import::*;
pub use inbound::*;
pub use instance::*;
pub use list::*;
pub use log::*;
pub use person::*;
pub use service::*;
