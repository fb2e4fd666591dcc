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
//! # let people = ["+491701234567", ""].map(|address| rundruf_plugin::kit::Person::new(address, "Anna"));
//! # let answers = kit.send(&rundruf_plugin::kit::Sample::default(), &people);
//! # assert_eq!(answers.iter().map(|a| a.code.0).collect::<Vec<_>>(), [100, 300]);
//! # assert!(kit.log().iter().any(|line| line.contains("length=")), "{:?}", kit.log());
//! ```
//!
//! In the crate's `Cargo.toml`: `crate-type = ["cdylib", "rlib"]`. Beside it lies `manifest.json`, see [`manifest`](rundruf_abi::manifest): the daemon
//! reads it without running any code. Tests run a transport without a daemon: the feature `kit`.
//!
//! # What the macro owns
//! The entry symbol, the manifest section, a runtime, the fence around every call (a panic costs one message), and the bridge of `tracing` to the
//! host's log. Every letter is completed exactly once, by construction: a [`Letter`] that is dropped completes itself.
//!
//! # Rules for authors
//! * `&self` everywhere; the transport is `Send + Sync`.
//! * Do not block a worker: use the runtime's timers and sockets.
//! * Do not set a global allocator, do not change signals, working directory, locale or environment, do not call `exit` or `fork`.
//! * Say [`Outcome::maybe_sent`] when bytes may have left and no answer came. Never guess "failed".

mod batch; // a batch and its letters
mod collect; // outcomes on their way to the host, gathered
mod content; // what a letter says
mod export; // the macro, the fence, the runtime: the unsafe of this crate
mod host; // what the host lends
mod inbound; // messages and receipts
#[cfg(feature = "kit")]
pub mod kit; // runs a transport without a host, for tests
mod log; // tracing → host
mod lookup; // an extension: can an address be reached?
mod outcome; // what became of a message
mod recipient; // who a letter is for
mod settings; // types for settings
mod transport; // the trait
mod window; // room for letters, and who hears of it

/// What the window is made of. `tests/models.rs` takes its file with loom's pieces in place of these, and tries every order.
mod sync {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
}

pub use async_trait::async_trait;
pub use batch::{Batch, Letter};
pub use content::{Attachment, Content, Template};
pub use host::{Host, HostBusy};
pub use inbound::{Inbound, InboundKind, Receipt, ReceiptKind, Trust};
pub use lookup::{Lookup, Reach};
pub use outcome::Outcome;
pub use recipient::Recipient;
pub use rundruf_abi as abi;
pub use settings::Secret;
pub use transport::{OpenError, Transport};

#[doc(hidden)]
pub use export::{descriptor, entry, table};
