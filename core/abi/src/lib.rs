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
//! Structs grow only at their end, and only by a new minor. Every root struct carries `size`; every array its `stride`, which is the size of an element
//! as the writer sees it. What has neither (views, templates, sinks, the version) never changes.
//! A reader takes a struct of the writer's size: it refuses one that is shorter than the struct's `MIN_SIZE` (its size in the first version) or not
//! aligned, and copies as many bytes as both know into a zeroed value of its own. It never compares `size` or `stride` with its own `size_of`.
//! What the other one does not have is therefore 0, and 0 means what the version without the field did.
//! Until the freeze the version is 0 and must match exactly.
//!
//! # Time
//! * `open`: 30 s; then the instance is closed or its process killed, and it is tried again.
//! * `submit`, `drain`, `extension` and the functions of extensions: a millisecond. A process whose call has not returned after 15 s is killed.
//! * an outcome: 15 min after `begun`, or after `submit` where the plugin does not tell. The host then asks back what was not begun
//!   (`rundruf.recall/1`); what is still open 30 s later counts as "may have been sent". A later `SENT` or `UNTOUCHED` corrects that.
//!   A process that reports no outcome at all in that time, and nothing begun, is killed.
//! * `inbound` and `receipt`: the host answers within 20 s.
//! * a request of a provider: 20 s; then it is answered with 503, and the provider tries again.
//! * a look-up: 30 s; addresses without an answer count as unknown.
//! * forgetting addresses: 10 s; then the host asks again later. The state of the account: 20 s; then it is unknown. A step of a set-up: 120 s.
//!   A plugin that does not answer loses nothing but the answer.
//! * `close`: what is left of the drain's time, 3 s at least; then the process is killed.
//! * When the daemon dies, the process has 8 s to finish what it has begun and 2 s to close.
//!
//! # Core or extension
//! What two of the four messenger channels need is in the structs above: several ids and parts of a message, its cost, aliases of a sender, groups,
//! attachments both ways, quotes. What one of them needs, or what a plugin can go on without, is an extension by name: looking an address up
//! (not every provider can be asked), a provider that calls back (not every one does), recalling (a plugin that holds little has nothing to give back),
//! forgetting (a plugin that keeps nothing about people has nothing to forget), the state of the account (not every provider has one), a set-up (most
//! need nothing but settings).
//!
//! Requests of the host (webhook, forget, health, set-up) have one form: the host calls the plugin's function with an id, which returns at once; the
//! answer comes through the host's `answer` with the same id, from any thread. Of each kind a few wait at the same time, and further ones are refused.
//!
//! # Extensions
//! An optional feature has a name and a revision, such as `rundruf.lookup/1` ([`lookup`]), and is found by it: the host asks an instance,
//! the plugin asks the host, and the one that does not know the name answers null. A new extension needs no new minor, because it
//! changes nothing that was there: both an older plugin and an older host go on as before. A revision is never changed; the next one is another name.
#![no_std]
#![allow(unsafe_code)]

pub mod batch;
pub mod entry;
pub mod forget;
pub mod growth;
pub mod health;
pub mod host;
pub mod inbound;
pub mod lookup;
pub mod manifest;
pub mod outcome;
pub mod recall;
pub mod setup;
pub mod transport;
pub mod version;
pub mod view;
pub mod webhook;

pub use batch::{
    BatchPriority, MUST_UNDERSTAND, MessageClass, NO_VAR, RawAttachment, RawBatch, RawContent, RawPair, RawRecipient,
    RawSegment, RawTemplate,
};
pub use entry::{Descriptor, ENTRY_SYMBOL, Entry, EntryFn, MAGIC};
pub use forget::{FORGET, ForgetHost, ForgetTable, RawForget, RawForgotten};
pub use growth::{Growing, StridedView};
pub use health::{HEALTH, HealthHost, HealthTable, Hearing, RawHealth, Readiness};
pub use host::{HostTable, LogLevel, Sink};
pub use inbound::{InboundKind, RawInbound, RawInboundFile, RawReceipt, ReceiptKind, SenderTrust};
pub use lookup::{LOOKUP, LookupHost, LookupTable, RawAddress, RawLookup, RawLookupAnswer, Reach};
pub use outcome::{OutcomeCode, RawBegun, RawOutcome};
pub use recall::{RECALL, RecallTable};
pub use setup::{RawSetupAnswer, RawSetupStep, SETUP, SetupHost, SetupKind, SetupTable};
pub use transport::{OpenArgs, TransportTable};
pub use version::{ABI, AbiVersion};
pub use view::{Status, View};
pub use webhook::{RawHeader, RawWebhookRequest, RawWebhookResponse, WEBHOOK, WebhookHost, WebhookTable};
