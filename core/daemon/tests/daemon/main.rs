//! The program as a person meets it: commands are run, a daemon is started, and what they print and leave behind is looked at.
//! Each test has a folder of its own and ports that the system gives.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that stops early has failed"
)]

mod broadcasts; // send, dry run, attachments, times, status, deliveries, unknown ones
mod contacts_and_consents; // contacts, imports, consents, proofs, the log
mod damaged_files; // files that are damaged, missing, or say the same twice
#[path = "../support/fixture.rs"]
mod fixture; // folders, commands, daemons
mod lists_and_transports; // lists and transports of a running daemon
mod plugin_authoring; // a project to begin with, one message without a daemon
mod plugin_check; // whether a plugin keeps the contract
mod plugin_info_and_pin; // what an admin learns of a plugin before it runs, and what is refused
mod sample_files; // what `config/` holds is what the program prints
mod secrets; // secrets in files, the environment, credentials, or in plain text
mod settings_faults; // faulty settings, one by one and all at once
mod settings_lookup; // where settings come from, and what they say of themselves
mod startup; // who may start, who may not, and what it says
mod usage_errors; // wrong usage, in two languages, with and without JSON
