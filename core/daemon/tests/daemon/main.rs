//! The program as a user runs it: commands and a daemon are started, and their output and files are checked.
//! Each test has its own folder, and ports that the system assigns.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that stops early has failed"
)]

mod broadcasts; // send, dry run, attachments, times, status, deliveries, unknown
#[path = "../../../host/tests/support/compile.rs"]
mod compile; // plugins in C
mod contacts_and_consents; // contacts, imports, consents, proofs, the log
mod damaged_files; // settings files that are damaged, missing, or define a table twice
mod file_modes; // who can read what the program writes
#[path = "../support/fixture.rs"]
mod fixture; // starts commands and daemons in temporary folders
mod german; // what a German admin reads is German
mod inbox_try; // what replies mean, without a daemon
mod lists_and_transports; // lists and transports of a running daemon
mod offline_audit; // commands that work on files are in the audit log
mod plugin_authoring; // a new plugin project, one message without a daemon
mod plugin_check; // `plugin check`
mod plugin_info_and_pin; // what `plugin info` shows, digests, and which plugins are refused
mod plugin_settings; // what only the plugin, the kernel or the store knows of the settings
mod sample_files; // the files in `config/` are what the program prints
mod secrets; // secrets in files, the environment, credentials, or in plain text
mod secrets_in_reports; // slips beside a secret: nothing prints it
mod sending; // questions, tests, previews, slips, pictures, what failed
mod settings_faults; // faulty settings, one by one and all at once
mod settings_lookup; // where settings are looked for, `config show` and `config explain`
mod startup; // start, refusals to start, stop, the quick start
mod usage_errors; // usage errors in two languages, with and without JSON
