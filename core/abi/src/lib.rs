//! The contract between the daemon and a plugin, in C terms. No dependency, no logic.
//!
//! Read it as nine steps, in the order in which they happen:
//!
//! 1. The host reads the manifest section ([`manifest`]) without running any code.
//! 2. It looks up the one exported function, [`entry::ENTRY_SYMBOL`], and calls it ([`entry`]).
//! 3. It compares versions before anything else ([`version`]).
//! 4. `open` opens an instance from the admin's settings and a table of host functions ([`host`], [`transport`]).
//! 5. `submit` takes a batch: one content, many recipients ([`batch`]).
//! 6. `complete` brings one outcome for every index, from any thread, in any order ([`outcome`]).
//! 7. `inbound` and `receipt` bring messages and receipts from the provider ([`inbound`]).
//! 8. `drain` asks for an orderly end: nothing new is begun.
//! 9. `close` ends the instance; afterwards no host function is called any more.
//!
//! # Ownership (the clauses that `SAFETY` comments name)
//! * **own**: host and plugin free only what they have allocated themselves.
//! * **borrow**: pointers in arguments are valid until the call returns, and unchanged for that time.
//! * **batch**: the one exception to *borrow*: a batch and all it reaches stay valid and unchanged until the plugin
//!   has completed its last index, or `close` has returned.
//! * **static**: entry, descriptors, tables and extension tables live for ever.
//! * **host**: the host table lives until `close` has returned.
//! * **once**: every index of a batch is completed exactly once.
//! * **self**: the instance pointer given to a transport function is the one `open` returned, and `close` is not yet called.
//!
//! # Tag lines
//! Every function ends its text with `[thread] [state]` and who owns what until when: which threads may call it, between which
//! steps, and how long what is passed stays valid. *Any thread* includes several at once.
//!
//! # Growth
//! Structs grow only at their end, and only by a new minor. Every root struct carries `size`; every array its `stride`. What has
//! neither (views, templates, sinks, the version) never changes.
//! A reader asks "is `offset + size of the field <= x.size`" and never compares `size` with its own `size_of`.
//! Until the freeze the version is 0 and must match exactly.
//!
//! # Extensions
//! An optional feature has a name and a revision, such as `rundruf.lookup/1` ([`lookup`]), and is found by it: the host asks an instance,
//! the plugin asks the host, and the one that does not know the name answers null. A new extension needs no new minor, because it
//! changes nothing that was there: both an older plugin and an older host go on as before. A revision is never changed; the next one is another name.
#![no_std]
#![allow(unsafe_code)]

pub mod batch;
pub mod entry;
pub mod host;
pub mod inbound;
pub mod lookup;
pub mod manifest;
pub mod outcome;
pub mod recall;
pub mod transport;
pub mod version;
pub mod view;

pub use batch::{NO_VAR, RawAttachment, RawBatch, RawContent, RawPair, RawRecipient, RawSegment, RawTemplate};
pub use entry::{Descriptor, ENTRY_SYMBOL, Entry, EntryFn, MAGIC};
pub use host::{HostTable, LogLevel, Sink};
pub use inbound::{InboundKind, RawInbound, RawReceipt, ReceiptKind};
pub use lookup::{LOOKUP, LookupHost, LookupTable, RawAddress, RawLookup, RawLookupAnswer, Reach};
pub use outcome::{OutcomeCode, RawOutcome};
pub use recall::{RECALL, RecallTable};
pub use transport::{OpenArgs, TransportTable};
pub use version::{ABI, AbiVersion};
pub use view::{Status, View};
