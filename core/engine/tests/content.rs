//! Content: what authors write, and the messages that are made of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

#[path = "support/content_fixture.rs"]
mod content_fixture; // a text, compiled and filled in
#[path = "content/expression.rs"]
mod expression; // placeholders
#[path = "content/footer.rs"]
mod footer; // sender, imprint, stop hint cannot be left out or hidden
#[path = "content/header.rs"]
mod header; // a header stays one line
#[path = "content/language.rs"]
mod language; // which text a contact gets
