//! The one path as stories: a real store in a folder that vanishes, real plugins, a clock that is moved by hand.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that breaks off is a failed test")]

mod account; // the other side refuses the account; a person pauses
mod apart; // no message contains a second recipient
mod broadcast; // from a text to files
mod cap; // nobody gets more than the list allows
mod control; // pause, resume, cancel, schedule, expiry
mod crash; // what a killed daemon leaves
mod dialogue; // chat: JA, NEIN, STOP, START, sighs
mod form; // what a form may ask for
mod link; // pages: confirm, leave
mod refusal; // no, later, nobody knows
mod stage; // the stage that all stories play on
