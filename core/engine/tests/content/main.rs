//! What authors write, and what leaves for whom.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a case that breaks off is a failed test")]

mod expression; // what stands in holes
mod footer; // what nobody can leave out or hide
mod header; // one line stays one line
mod language; // which text for whom
mod sheet; // a text, compiled and filled in
