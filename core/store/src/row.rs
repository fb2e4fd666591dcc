//! Plain rows, in and out. No SQL types, no serialisation. One file for each noun.

mod alert; // what the admin is told
mod broadcast; // broadcasts and their counters
mod consent; // consents: their moves, requests and events
mod contact; // people and addresses
mod delivery; // deliveries as people see them, and receipts
mod dispatch; // the hot path: claims, settlements, what is in doubt
mod fanout; // what fan-out sees, chooses and reports
mod import; // imports
mod inbound; // messages from outside
mod instance; // names of transports and leases, secrets
mod log;
mod service; // messages outside of broadcasts // the log, and what doctor finds

pub use alert::*;
pub use broadcast::*;
pub use consent::*;
pub use contact::*;
pub use delivery::*;
pub use dispatch::*;
pub use fanout::*;
pub use import::*;
pub use inbound::*;
pub use instance::*;
pub use log::*;
pub use service::*;
