//! Broadcasts: from "send this to that list" to outcomes that are stored. And the dialogue around them: asking for consent,
//! hearing yes and stop.
//!
//! The one path of a delivery: `broadcast` (form → stored) → `fanout` (rows) → `dispatch` (claim, render, hand over, gather, settle).
#![forbid(unsafe_code)]

pub mod config; // what the engine is told, resolved
pub mod engine; // the handle that web and the command line use
pub mod error; // what can go wrong
pub mod view; // what it takes and answers

mod alarm; // what the admin is told
mod audience; // who gets it by which address
mod bounce; // what comes back: addresses that refuse for ever, complaints
mod broadcast; // form → broadcast; dry run; status
mod cap; // who has had enough
pub mod clock; // the only place that asks the time
pub mod content; // Markdown with holes → what leaves
mod dispatch; // one task for each transport: claim, render, hand over, gather, settle
mod evidence; // what every event of a consent says of itself
mod fanout; // pages of deliveries
mod hear; // what plugins hear from outside: stored before it is acknowledged
pub mod import; // many people from a file
mod inbound; // replies → consent
mod leave; // stopping
mod optin; // asking and hearing yes
mod pace; // rates and rests
mod proof; // the proof file
mod recover; // what an earlier life left
mod reload; // other settings, while everything goes on
mod reply; // locked messages
mod retry; // what an outcome means
mod start; // everything that runs
mod sweep; // what the clock does
mod wake; // everything that can wake the engine

pub use alarm::unheard;
pub use clock::Clock;
pub use config::*;
pub use engine::{Engine, address};
pub use error::EngineError;
pub use view::*;
