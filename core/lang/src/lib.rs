//! Every sentence that Rundruf says to a person: a key with named arguments, and its text in German and English.
//!
//! ```
//! use rundruf_lang::{Language, msg};
//!
//! let message = msg!("lang-caused-by", text = "cannot read `a.toml`", cause = "it is empty");
//! assert_eq!(message.text(Language::De), "cannot read `a.toml`: it is empty");
//! ```

#![forbid(unsafe_code)]

mod catalogue; // the two .ftl files, parsed once each
mod language; // which language a person reads
mod message; // what is said: a key and its arguments
mod system; // errors of the operating system

pub use language::Language;
pub use message::{Argument, Message};
