//! Finds, reads, loads, isolates and supervises plugins. The same library runs in a process of its own (the default) or in the daemon's process.
//!
//! Reading order:
pub mod child; // the child's main
mod claims; // what a manifest claims
pub mod confinement; // what a plugin's process may do
pub mod discover; // name → file
pub mod error; // who misbehaved, and what to do
pub mod event; // what comes out
pub mod extension_call; // requests to extensions, and their answers
mod extension_calls; // those that wait for an answer
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
#[path = "../fuzz/entry_points.rs"]
pub mod fuzz; // entry points for the fuzz targets in `tests/fuzz`
pub mod health_report; // what a plugin says about its account
pub mod host_calls; // what a plugin calls in its host
mod id; // ids of messages and of starts
mod in_process; // a plugin in the daemon's process
mod instance; // the handle
pub mod journal; // what a child leaves when the daemon has died
pub mod kernel_clock; // what the kernel knows about the time
pub mod last_manifest; // the manifest of a transport whose library is away
mod ledger; // every message ends in exactly one outcome
mod library; // open the file, check its tables
mod loaded_instance; // an instance in this process, and the functions lent to it
mod log_sanitizer; // what plugins print, made safe for the log
pub mod lookup; // an extension: can these addresses be reached?
pub mod manifest; // what a library says of itself, read without running it
pub mod message; // what goes in: one recipient, one content, one permit
mod orphan; // the process that an earlier daemon left
mod plugin_words; // what a plugin says, without secrets and with its German
mod prepared; // read and checked, not started
mod printable; // texts without control characters
mod process; // the daemon's side of a child
mod rate_limiter; // a token bucket
mod redact; // removes addresses from lines for the log
mod runner; // what a transport does, whichever way its plugin runs
pub mod setup_prompt; // a step of a plugin's set-up
mod shared_ledger; // the ledger, for several threads
mod shutdown_gate; // refuses new work and waits for the rest
mod spec; // how an instance is started
mod state_dir; // the folder that a plugin may write to
mod sync; // locks and atomics, replaceable by loom's
mod verdicts; // what the daemon answers to inbound messages and receipts
mod views; // owned values → the contract's views
pub mod webhook_request; // a request of a provider
mod wire; // what is said between daemon and child

pub use error::HostError;
pub use event::{
    DeliveryReceipt, EventHandler, HostEvent, InboundAttachment, InboundMessage, MessageOutcome, OutcomeClass,
    PartsAndCost, Verdict,
};
pub use extension_call::{ExtensionRefusal, Forgotten};
pub use health_report::{AccountState, HealthReport, HearingState};
pub use id::{MessageId, SessionId};
pub use instance::TransportInstance;
pub use library::in_memory as library_in_memory;
#[doc(hidden)]
pub use loaded_instance::lend_no_extension;
pub use log_sanitizer::sanitize_line;
pub use lookup::{LookupAnswer, LookupRefusal, Reachability};
pub use manifest::Manifest;
pub use message::{
    MessageAttachment, MessageBatch, MessageContent, MessageTemplate, OutboundMessage, Priority, RejectionReason,
    SendRejection,
};
pub use prepared::PreparedPlugin;
pub use printable::one_line;
pub use process::signal_name;
pub use rundruf_abi::OutcomeCode;
pub use runner::BeforeStart;
pub use setup_prompt::{SetupAction, SetupPrompt};
pub use spec::{InstanceSpec, InstanceState, Isolation, StopResult};
pub use webhook_request::{WebhookRequest, WebhookResponse};
