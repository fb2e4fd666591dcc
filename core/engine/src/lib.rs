//! Broadcasts: from "send this to that list" to outcomes that are stored. And the dialogue around them: asking for consent,
//! hearing yes and stop.
//!
//! The one path of a delivery: `broadcast` (form → stored) → `fanout` (rows) → `dispatch` (claim, render, hand over, gather, settle).
#![forbid(unsafe_code)]

pub mod config; // what the engine is told, resolved
pub mod engine; // the handle that web and the command line use
pub mod error; // what can go wrong
pub mod view; // what it takes and answers

mod broadcast; // form → broadcast; dry run; status
pub mod clock; // the only place that asks the time
pub mod content; // Markdown with holes → what leaves
mod dispatch; // one task for each transport: claim, render, send, gather, settle
mod fanout; // pages of deliveries; begin and end of broadcasts
pub mod import; // many people from a file
mod inbound; // replies → consent
mod pace; // rates
mod people; // asking, confirming, leaving, proving
mod recover; // what an earlier life left
mod retry; // what an outcome means
mod start; // everything that runs

pub use clock::Clock;
pub use config::*;
pub use engine::Engine;
pub use error::EngineError;
pub use view::*;
