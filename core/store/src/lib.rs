//! What is kept. One trait, [`Store`]; behind it SQLite. Nothing outside this crate contains SQL.
//!
//! The promise after `kill -9`, at any instruction: what was answered as stored is stored; a claim is durable before its
//! rows are handed out; a consent event, its log leaf and everything that follows from it are one transaction.
#![forbid(unsafe_code)]

pub mod error; // what can go wrong, and what it means for the caller
pub mod row; // plain rows, in and out
pub mod store; // the trait

pub use error::StoreError;
pub use row::*;
pub use store::Store;
