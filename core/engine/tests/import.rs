//! Imports: files as bytes, and the rows, report and evidence that follow.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

#[path = "import/again.rs"]
mod again; // the same file again, and known contacts
#[path = "import/encoding.rs"]
mod encoding; // encodings, and files that are not text
#[path = "import/heading.rs"]
mod heading; // what each column is
#[path = "support/import_fixture.rs"]
mod import_fixture; // a store without an engine
#[path = "import/row.rs"]
mod row; // good rows and bad ones
