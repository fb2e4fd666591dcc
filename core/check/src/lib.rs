//! `rundruf plugin check`: 29 checks over one plugin, each in a process of its own with a time limit. The checks drive the C contract directly;
//! `README.md` says what each of them demands and why.
//!
//! Modules in reading order, each uses those above it only:

mod batch; // batches in memory
mod call_state; // in which function of the plugin the check is
mod catalogue; // the list of the checks
mod context; // what one check works with
mod environment; // settings, folders and ports of one check
mod fake_server; // a provider on loopback
mod guard_pages; // memory whose access can be taken away
mod instance; // one open instance
mod job; // one check to run
mod lifecycle; // checks 9 to 14
mod loading; // checks 1 to 8
mod outcome; // verdict and reason
mod proc_info; // threads, descriptors, memory of this process
mod promise; // checks 26 to 28
mod protocol; // what a check and its supervisor send each other
mod random; // numbers by a seed
mod readings; // what a provider has received, read in every way
mod recall; // what is asked back
mod recorder; // the host's functions, and a record of what the plugin calls
mod robustness; // checks 22 to 25
mod runner; // every check in every mode
mod schema_words; // check 29
mod sending; // checks 15 to 21
mod settings; // the smallest settings that open a plugin
mod smoke; // load, open, send, close, before the 25
mod supervisor; // the process around one check

pub use catalogue::{CHECKS, Check, find};
pub use job::Effort;
pub use outcome::CheckVerdict;
pub use rundruf_host::Isolation;
pub use runner::{CheckFinding, CheckPlan, CheckReport, ModeFinding, child, run};
