//! What a plugin calls in its host: pointers become owned values, checked against the contract and against what the manifest claims.

use crate::claims::PluginClaims;
use crate::event::{
    DeliveryReceipt, InboundAttachment, InboundMessage, MAX_ALIASES, MAX_FILES, MAX_ID, MAX_LINE, MAX_PARTS, MAX_TEXT,
    MessageOutcome, PartsAndCost,
};
use crate::extension_call::ExtensionAnswer;
use crate::host_calls::HostCalls;
use crate::id::MessageId;
use crate::lookup::LookupAnswer;
use crate::shared_ledger::SharedLedger;
use crate::views::BatchViews;
use crate::wire::outcome_batch::OutcomeBatch;
use rundruf_abi::{
    LOOKUP, LogLevel, RawBegun, RawInbound, RawInboundFile, RawOutcome, RawReceipt, ReceiptKind, Status, StridedView,
    View,
};
use std::collections::HashSet;
use std::ffi::c_void;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Messages or receipts of one call that wait for the daemon at the same time.
const AT_ONCE: usize = 256;

/// Receives what a plugin reports. Called from any thread of the plugin, never while a lock of the host is held.
pub(crate) trait PluginCallbacks: Send + Sync {
    /// Outcomes in the order of reporting.
    fn outcomes(&self, outcomes: OutcomeBatch);
    /// Messages of one batch that are begun, as runs: the first index and the number.
    fn begun(&self, batch: u64, runs: Vec<(u32, u32)>);
    /// Inbound messages; blocks until the daemon has stored or refused them. Returns how many of the first ones are stored.
    fn inbound(&self, messages: Vec<InboundMessage>) -> (Status, usize);
    /// Receipts; blocks likewise.
    fn receipt(&self, receipts: Vec<DeliveryReceipt>) -> (Status, usize);
    /// The answer about the address with this index of a lookup.
    fn reached(&self, lookup: u64, index: u32, reached: LookupAnswer);
    /// The answer to a request to an extension.
    fn answered(&self, id: u64, answer: ExtensionAnswer);
    /// The plugin accepts batches again.
    fn ready(&self);
    fn log(&self, level: u32, target: &str, message: &str);
}

/// The host of one instance, as its functions see it.
pub(super) struct CallbackContext {
    pub(super) ledger: SharedLedger<BatchViews>,
    /// Memory of batches that were given up: the plugin may still read it.
    pub(super) parked: Mutex<Vec<BatchViews>>,
    pub(super) claims: PluginClaims,
    /// Capabilities that were used without a claim, and were told.
    told: Mutex<HashSet<&'static str>>,
    pub(super) callbacks: Arc<dyn PluginCallbacks>,
    /// Finds the table of an extension.
    extension: FindExtension,
}

/// The host's table for an extension id; null if it has none.
type FindExtension = fn(&[u8]) -> *const c_void;

impl CallbackContext {
    pub(super) fn new(claims: PluginClaims, callbacks: Arc<dyn PluginCallbacks>, extension: FindExtension) -> Self {
        let (parked, told) = (Mutex::default(), Mutex::default());
        Self { ledger: SharedLedger::new(), parked, claims, told, callbacks, extension }
    }

    fn warn(&self, line: &str) {
        self.callbacks.log(LogLevel::WARN.0, "rundruf_host", line);
    }

    /// The plugin uses a capability that its manifest does not claim: its author is told, once in the log and each time by the status.
    pub(super) fn unclaimed(&self, capability: &'static str) -> Status {
        if crate::sync::lock(&self.told).insert(capability) {
            let line = format!(
                "the plugin reports what its manifest does not claim: add \"{capability}\" to `capabilities` in manifest.json; nothing of it is stored"
            );
            self.callbacks.log(LogLevel::ERROR.0, "rundruf_host", &line);
        }
        Status::UNSUPPORTED
    }

    /// Copies a message, to keep it beyond the call. The error says why it can never be stored.
    fn message(&self, raw: &RawInbound<'_>) -> Result<InboundMessage, &'static str> {
        // SAFETY: clause *borrow*: `count` views are side by side.
        let aliases = unsafe { views(raw.aliases, raw.alias_count, MAX_ALIASES) };
        // SAFETY: clause *borrow*: `count` files are `stride` bytes apart.
        let files =
            unsafe { StridedView::new(raw.attachments, raw.attachment_count, raw.attachment_stride, usize::MAX) };
        let (Some(aliases), Some(files)) = (aliases, files) else { return Err("its arrays are not valid") };
        let file = |raw: RawInboundFile<'_>| InboundAttachment {
            name: text(&raw.name, MAX_LINE),
            media_type: text(&raw.media_type, MAX_LINE),
            size: raw.size.max(raw.bytes.len as u64),
        };
        // SAFETY: clause *borrow*.
        let quoted = unsafe { raw.quoted_message_id.bytes() };
        let message = InboundMessage {
            kind: raw.kind.0,
            trust: raw.sender_trust.0,
            flags: raw.flags,
            channel: text(&raw.channel, 64),
            address: text(&raw.from, MAX_LINE),
            aliases: aliases.iter().map(|alias| text(alias, MAX_LINE)).collect(),
            display_name: text(&raw.display_name, MAX_LINE),
            conversation: text(&raw.conversation, MAX_LINE),
            text: text(&raw.text, MAX_TEXT),
            payload: text(&raw.payload, MAX_TEXT),
            remote_id: text(&raw.remote_id, MAX_ID),
            quoted_remote_id: text(&raw.quoted_remote_id, MAX_ID),
            quoted_message_id: quoted.try_into().ok().map(MessageId),
            attachments: files.iter().take(MAX_FILES).map(file).collect(),
            at_ms: raw.at_ms,
        };
        if !self.claims.channels.contains(&message.channel) {
            return Err("its channel is none of the manifest's `channels`");
        }
        if message.address.trim().is_empty() {
            return Err("it has no sender");
        }
        Ok(message.bounded())
    }
}

/// The views of an array without a stride; `None` if it is not valid.
unsafe fn views<'a>(first: *const View<'a>, count: usize, most: usize) -> Option<&'a [View<'a>]> {
    if count == 0 {
        return Some(&[]);
    }
    // SAFETY: the caller assures `count` views; null and a wrong alignment are refused.
    (!first.is_null() && first.is_aligned()).then(|| unsafe { std::slice::from_raw_parts(first, count.min(most)) })
}

/// Copies at most `max` bytes of a view as text.
pub(super) fn text(view: &View<'_>, max: usize) -> String {
    // SAFETY: clause *borrow*.
    lossy(unsafe { view.bytes() }, max)
}

fn lossy(bytes: &[u8], max: usize) -> String {
    // Most texts are empty.
    if bytes.is_empty() {
        return String::new();
    }
    let cut = bytes.get(..max).unwrap_or(bytes);
    String::from_utf8_lossy(cut).into_owned()
}

/// Copies an outcome, to keep it beyond the call.
fn outcome(message_id: MessageId, raw: &RawOutcome<'_>) -> MessageOutcome {
    // SAFETY: clause *borrow*: `count` views are side by side.
    let ids = unsafe { views(raw.remote_ids, raw.remote_id_count, MAX_PARTS) }.unwrap_or_default();
    let remote_id = match text(&raw.remote_id, MAX_ID) {
        id if id.is_empty() => ids.first().map_or(id, |first| text(first, MAX_ID)),
        id => id,
    };
    let has_parts = !ids.is_empty() || raw.parts > 0 || raw.cost_micro > 0;
    let parts = || PartsAndCost {
        remote_ids: ids.iter().map(|id| text(id, MAX_ID)).collect(),
        parts: raw.parts,
        cost_micro: raw.cost_micro,
        currency: raw.currency,
    };
    MessageOutcome {
        message_id,
        code: raw.code,
        retry_after: (raw.retry_after_ms > 0).then(|| Duration::from_millis(raw.retry_after_ms.into())),
        remote_code: raw.remote_code,
        remote_id: remote_id.into_boxed_str(),
        detail: text(&raw.detail, MAX_LINE).into_boxed_str(),
        parts: has_parts.then(|| Box::new(parts().bounded())),
    }
}

/// Indices as runs: the first one and the number.
fn runs(indices: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for index in indices {
        match runs.last_mut() {
            Some((first, count)) if first.checked_add(*count) == Some(index) => *count += 1,
            _ => runs.push((index, 1)),
        }
    }
    runs
}

/// Hands elements to the daemon, some at a time, until one of them is not stored. `None` of `each` is an element that can never be stored.
fn hand_over<T, R>(
    array: StridedView<'_, T>,
    each: impl Fn(&T) -> Option<R>,
    is_alone: impl Fn(&R) -> bool,
    store: impl Fn(Vec<R>) -> (Status, usize),
) -> (Status, usize)
where
    T: rundruf_abi::Growing,
{
    let mut done = 0;
    while done < array.len() {
        let (mut some, mut is_valid) = (Vec::new(), true);
        for n in done..array.len().min(done + AT_ONCE) {
            let Some(next) = array.get(n).and_then(|raw| each(&raw)) else {
                is_valid = false;
                break;
            };
            // One that is not recognised when it comes again waits for those before it, and they for it.
            let alone = is_alone(&next);
            if alone && !some.is_empty() {
                break;
            }
            some.push(next);
            if alone {
                break;
            }
        }
        let is_stuck = some.is_empty() && !is_valid;
        if !some.is_empty() {
            let (status, stored) = store(some);
            done += stored;
            if status != Status::OK {
                return (status, done);
            }
        }
        if is_stuck {
            return (Status::BAD_ARGUMENT, done);
        }
    }
    (Status::OK, done)
}

impl HostCalls for CallbackContext {
    fn complete(&self, outcomes: Option<StridedView<'_, RawOutcome<'_>>>) -> Status {
        let Some(all) = outcomes else { return Status::BAD_ARGUMENT };
        // The first fields of each element, in every version.
        // SAFETY: clause *borrow*: the element is there, and aligned.
        let batch_of = |n: usize| all.place(n).map(|raw| unsafe { (*raw).batch });
        // SAFETY: as above.
        let index_of = |n: usize| all.place(n).map(|raw| unsafe { (*raw).index });
        let ((outcomes, freed, strays), in_transit) = self.ledger.take(|ledger| {
            let (mut outcomes, mut freed) =
                (OutcomeBatch::with_capacity(all.len().min(ledger.open_messages())), Vec::new());
            let before = ledger.strays;
            let mut from = 0;
            while let Some(batch) = batch_of(from) {
                // Most arrays concern one batch, which is then looked up once.
                let to = (from..all.len()).find(|n| batch_of(*n) != Some(batch)).unwrap_or(all.len());
                let messages = (from..to).filter_map(|n| index_of(n).map(|index| (index, n)));
                freed.extend(ledger.close(batch, messages, |index, id, n| {
                    if let Some(outcome) = all.with(n, |raw| outcome(id, raw)) {
                        outcomes.push(batch, index, outcome);
                    }
                }));
                from = to;
            }
            (outcomes, freed, ledger.strays - before)
        });
        if strays > 0 {
            self.warn(&format!("the plugin completed {strays} messages that were not open"));
        }
        if outcomes.len() > 0 {
            self.callbacks.outcomes(outcomes);
        }
        drop(in_transit);
        // Clause *batch*: the memory is freed after the last outcome.
        drop(freed);
        Status::OK
    }

    fn begun(&self, begun: StridedView<'_, RawBegun>) -> Status {
        let all: Vec<RawBegun> = begun.iter().collect();
        for some in all.chunk_by(|a, b| a.batch == b.batch) {
            let Some(batch) = some.first().map(|raw| raw.batch) else { continue };
            let indices = || some.iter().map(|raw| raw.index);
            self.ledger.lock().begun(batch, indices(), std::time::Instant::now());
            self.callbacks.begun(batch, runs(indices()));
        }
        Status::OK
    }

    fn inbound(&self, messages: StridedView<'_, RawInbound<'_>>) -> (Status, usize) {
        if !self.claims.inbound {
            return (self.unclaimed("inbound"), 0);
        }
        let message = |raw: &RawInbound<'_>| {
            let read = self.message(raw);
            read.inspect_err(|why| self.warn(&format!("an inbound message is refused: {why}"))).ok()
        };
        hand_over(messages, message, |m| m.remote_id.is_empty(), |all| self.callbacks.inbound(all))
    }

    fn receipt(&self, receipts: StridedView<'_, RawReceipt<'_>>) -> (Status, usize) {
        if !self.claims.receipts {
            return (self.unclaimed("receipts"), 0);
        }
        let receipt = |raw: &RawReceipt<'_>| {
            Some(DeliveryReceipt {
                message_id: MessageId(raw.message_id),
                remote_id: text(&raw.remote_id, MAX_ID),
                kind: raw.kind.0,
                code: raw.code.0,
                remote_code: raw.remote_code,
                at_ms: raw.at_ms,
                detail: text(&raw.detail, MAX_LINE),
            })
        };
        // What is not known means nothing, and is not asked for again.
        let is_known = |r: &DeliveryReceipt| r.kind <= ReceiptKind::COMPLAINED.0;
        hand_over(
            receipts,
            receipt,
            |_| false,
            |all| {
                let count = all.len();
                let known: Vec<_> = all.into_iter().filter(is_known).collect();
                if known.len() == count { self.callbacks.receipt(known) } else { self.known_receipts(known, count) }
            },
        )
    }

    fn ready(&self) {
        self.callbacks.ready();
    }

    fn log(&self, level: LogLevel, target: &[u8], message: &[u8]) {
        self.callbacks.log(level.0, &lossy(target, 64), &lossy(message, MAX_LINE));
    }

    fn extension(&self, id: &[u8]) -> *const c_void {
        // What needs a claim is not there without it.
        let is_claimed = id != LOOKUP.as_bytes() || self.claims.lookup;
        if is_claimed { (self.extension)(id) } else { std::ptr::null() }
    }
}

impl CallbackContext {
    /// Receipts among which some were of an unknown kind, and are left out. All or nothing counts as stored: a receipt may come again.
    fn known_receipts(&self, known: Vec<DeliveryReceipt>, count: usize) -> (Status, usize) {
        match self.callbacks.receipt(known) {
            (Status::OK, _) => (Status::OK, count),
            (status, _) => (status, 0),
        }
    }
}
