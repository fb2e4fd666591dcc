//! Files that people bring: each as bytes, with what must become of it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a case that breaks off is a failed test")]

mod again; // the same file again, and people who are known
mod encoding; // bytes that are text, and bytes that are none
mod heading; // which column is what
mod row; // good rows and bad ones
mod stage; // a store without an engine
