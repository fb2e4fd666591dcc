//! Write a transport for Rundruf in Rust. This is all of one:
//!
//! ```
//! use rundruf_plugin::{Content, Host, OpenError, Outcome, Recipient, Transport, async_trait, export_transport};
//!
//! #[derive(serde::Deserialize, schemars::JsonSchema)]
//! struct Config {
//!     /// Greeting before each message.
//!     greeting: String,
//! }
//!
//! struct Echo(Config);
//!
//! #[async_trait]
//! impl Transport for Echo {
//!     type Config = Config;
//!
//!     async fn open(config: Config, _host: Host) -> Result<Self, OpenError> {
//!         Ok(Self(config))
//!     }
//!
//!     async fn send(&self, content: &Content<'_>, to: &Recipient<'_>) -> Outcome {
//!         if to.address().is_empty() {
//!             return Outcome::bad_recipient("the address is empty");
//!         }
//!         let text = format!("{} {}", self.0.greeting, content.text_for(to));
//!         tracing::debug!(length = text.len(), "sent");
//!         Outcome::sent(to.message_id_hex())
//!     }
//! }
//!
//! export_transport!(Echo);
//! # let manifest = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/manifest.json"));
//! # rundruf_plugin::kit::manifest_is_current::<Echo>(manifest);
//! # let (state, config) = (std::env::temp_dir(), serde_json::json!({ "greeting": "Servus" }));
//! # let mut kit = rundruf_plugin::kit::Kit::open::<Echo>(&config, &state, 16).unwrap();
//! # let to = ["+491701234567", ""].map(|address| rundruf_plugin::kit::SampleRecipient::new(address, "Anna"));
//! # let answers = kit.send(&rundruf_plugin::kit::Sample::default(), &to);
//! # assert_eq!(answers.iter().map(|a| a.code.0).collect::<Vec<_>>(), [100, 300]);
//! # assert!(kit.log().iter().any(|line| line.contains("length=")), "{:?}", kit.log());
//! ```
//!
//! `rundruf plugin new NAME` writes such a crate, with its tests. Line by line:
//!
//! 1. `Config` is what the admin writes under `[transports.NAME.config]`. Its schema is in the manifest, and the daemon checks the section against it
//!    before the plugin sees it: what arrives in `open` is valid. Documentation comments become the explanations of `rundruf config explain`.
//! 2. `open` opens one instance for each `[transports.NAME]`. It may take seconds: connect, log in, read files in [`Host::state_dir`]. The text of an
//!    [`OpenError`] reaches the admin unchanged: name the key, and what to do.
//! 3. `send` gets one recipient and the content that all share. It is called many times at once ([`Transport::CONCURRENCY`]); where the provider accepts
//!    many at once, implement [`Transport::send_batch`] instead.
//! 4. [`Content::text_for`] puts this recipient's own values into the text. Nothing in a message for one recipient may come from another.
//! 5. The [`Outcome`] decides what happens next, so it is the most important part of a transport:
//!
//!    | the provider | outcome | what the daemon does |
//!    | --- | --- | --- |
//!    | accepts it | [`Outcome::sent`] with its id | done; a receipt with that message id may follow |
//!    | says later | [`Outcome::retry`] | tries again, not before that time |
//!    | knows no such address | [`Outcome::bad_recipient`] | sends nothing more to the address |
//!    | refuses the content | [`Outcome::bad_content`] | never sends this message |
//!    | refuses the account | [`Outcome::account_auth`] | pauses the transport; nothing is lost, no recipient is blamed |
//!    | did not answer | [`Outcome::maybe_sent`] | lists it as unknown; never repeats it by itself |
//!
//! 6. `tracing` is the log: its lines reach the daemon's, with addresses masked.
//! 7. [`export_transport!`] makes a library of it.
//!
//! In the crate's `Cargo.toml`: `crate-type = ["cdylib", "rlib"]`. Beside it is `manifest.json`, see [`manifest`](rundruf_abi::manifest): the daemon
//! reads it without running any code, and the confinement limits the plugin to the hosts that it names. Tests run a transport without a daemon: the feature
//! `kit`. `rundruf plugin check PATH` checks whether the library keeps the contract, `rundruf plugin run PATH --to ADDRESS` sends one message by it.
//!
//! # What the compiler says
//! | message | cause |
//! | --- | --- |
//! | `` `X` is not a transport `` | there is no `impl Transport for X` |
//! | `couldn't read …/manifest.json` | the manifest is not beside `Cargo.toml` |
//! | `lifetime parameters … do not match the trait` | `#[async_trait]` is missing above the impl |
//! | `Config: Deserialize` or `JsonSchema` is not satisfied | the settings' type lacks `#[derive(serde::Deserialize, schemars::JsonSchema)]` |
//! | `symbol rundruf_plugin_v1 is already defined` | two `export_transport!` in one crate: one library, one transport |
//!
//! # What the macro provides
//! The entry symbol, the manifest section, a runtime, an unwind guard around every call (a panic costs one message), and the bridge from `tracing` to
//! the host's log. Every message is completed exactly once, by construction: a [`PendingMessage`] completes itself when it is dropped.
//!
//! # How long things may take
//! | what | how long |
//! | --- | --- |
//! | [`Transport::open`] | 30 s; then it counts as failed, and is tried again |
//! | a message, from when it is handed over, or [begun](PendingMessage::begin) where the transport [tells](Transport::TELLS_BEGUN) | 15 min; then the daemon asks back what is not begun, and 30 s later the rest counts as "may have been sent" until its outcome comes |
//! | [`Host::inbound`], [`Host::receipt`] | the daemon answers within 20 s |
//! | [`Lookup::reach`] | 30 s; then the address counts as unknown |
//! | [`Webhook::request`] | 20 s; then the provider gets 503, and tries again |
//! | [`Forget::forget`] | 10 s; then the daemon asks again later |
//! | [`Health::state`] | 20 s; then the state is unknown |
//! | [`Setup::next`] | 120 s; then the set-up is over |
//! | [`Transport::drain`], then [`Transport::close`] | what the daemon gives, 10 s as a rule; `close` has 2 s at least |
//!
//! # Rules for authors
//! * `&self` everywhere; the transport is `Send + Sync`.
//! * Do not block a worker: use the runtime's timers and sockets.
//! * Do not set a global allocator, do not change signals, working directory, locale or environment, do not call `exit` or `fork`.
//! * Say [`Outcome::maybe_sent`] when bytes may have been sent and no answer came. Never guess "failed".

mod batch; // a batch and its messages
mod content; // what a message says
mod export; // the macro, the unwind guard, the runtime: most of the unsafe of this crate
mod forget; // an extension: what the transport keeps about people
mod health; // an extension: the state of the account
mod host; // the functions of the host
mod inbound; // messages and receipts
mod instance; // what the host's pointer stands for, and the unwind guard
#[cfg(feature = "kit")]
pub mod kit; // runs a transport without a host, for tests
mod log; // tracing → host
mod lookup; // an extension: can an address be reached?
mod outcome; // the outcome of a message
mod outcome_collector; // collects outcomes for the host
mod recall; // an extension: which messages the host wants back
mod recipient; // one recipient
mod settings; // types for settings
mod setup; // an extension: the account is set up step by step
mod sync; // the atomics of the window
mod transport; // the trait
mod webhook; // an extension: the provider calls back
mod window; // how many messages at once

pub use async_trait::async_trait;
pub use batch::{Batch, PendingMessage};
pub use content::{Attachment, Content, Template, escape_html};
pub use forget::{Forget, NotForgotten};
pub use health::{Account, Credits, Health, HealthState, Hearing};
pub use host::{Host, HostRefusal, Stored};
pub use inbound::{Inbound, InboundFile, InboundKind, Receipt, ReceiptKind, Trust};
pub use lookup::{Lookup, Reach};
pub use outcome::Outcome;
pub use recipient::Recipient;
pub use rundruf_abi as abi;
pub use rundruf_abi::{MessageClass, OutcomeCode};
pub use settings::{ByteSize, HumanDuration, Secret};
pub use setup::{Setup, SetupStep, StepAction};
pub use transport::{OpenError, Transport};
pub use webhook::{Webhook, WebhookRequest, WebhookResponse};

#[doc(hidden)]
pub use export::{descriptor, entry, table};
