//! Broadcasts: from "send this to that list" to outcomes that are stored. And the dialogue around them: asking for consent,
//! hearing yes and stop.
#![forbid(unsafe_code)]

pub mod config; // what the engine is told, resolved
pub mod engine; // the handle that web and the command line use
pub mod error; // what can go wrong
pub mod view; // what it answers

pub use config::*;
pub use engine::Engine;
pub use error::EngineError;
pub use view::*;
