//! The program as a person meets it: commands are run, a daemon is started, and what they print and leave behind is looked at.
//! Each test has a folder of its own and ports that the system gives.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a story that breaks off is a failed test"
)]

mod authors; // a project to begin with, one message without a daemon
mod broadcasts; // send, dry run, attachments, moments, status, deliveries, unknown ones
mod checks; // whether a plugin keeps the contract
mod damaged; // files that are damaged, missing, or say the same twice
mod faults; // faulty settings, one by one and all at once
mod files; // what `config/` holds is what the program prints
mod finding; // where settings come from, and what they say of themselves
mod mistypes; // wrong usage, in two languages, with and without JSON
mod people; // contacts, imports, consents, proofs, the log
mod places; // lists and transports of a running daemon
mod plugins; // what an admin learns of a plugin before it runs, and what is refused
mod secrets; // secrets that stand elsewhere, or should
mod stage; // folders, commands, daemons
mod starts; // who may start, who may not, and what it says
