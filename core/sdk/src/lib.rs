//! Write a transport for Rundruf in Rust. This is all of one:
//!
//! ```
//! use rundruf_plugin::{async_trait, export_transport, Content, Host, OpenError, Outcome, Recipient, Transport};
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
//!         let _text = format!("{} {}", self.0.greeting, content.text_for(to));
//!         Outcome::sent("remote-id")
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! plus `export_transport!(Echo);` in the library and a `manifest.json` beside its `Cargo.toml` (see [`manifest`](rundruf_abi::manifest)).
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

mod batch; // a batch, its letters, the content
mod collect; // outcomes on their way to the host, gathered
mod export; // the macro, the fence, the runtime: the unsafe of this crate
mod host; // what the host lends
mod inbound; // messages and receipts
#[cfg(feature = "kit")]
pub mod kit; // runs a transport without a host, for tests
mod log; // tracing → host
mod outcome; // what became of a message
mod settings; // types for settings
mod transport; // the trait

pub use async_trait::async_trait;
pub use batch::{Attachment, Batch, Content, Letter, Recipient, Template};
pub use host::{Host, HostBusy};
pub use inbound::{Inbound, InboundKind, Receipt, ReceiptKind, Trust};
pub use outcome::Outcome;
pub use rundruf_abi as abi;
pub use settings::Secret;
pub use transport::{OpenError, Transport};

#[doc(hidden)]
pub use export::{descriptor, entry, table};
