//! The host's functions for one instance, and a record of every call: outcomes, messages from outside, log lines, and the calls that break the contract.

use crate::batch::TestBatch;
use crate::guard_pages::ForbiddenAccess;
use crate::outcome::{CheckOutcome, EXACTLY_ONCE};
use rundruf_abi::{LogLevel, RawBegun, RawInbound, RawOutcome, RawReceipt, Status, StridedView, View};
use rundruf_host::host_calls::HostCalls;
use rundruf_lang::{Message, msg};
use std::collections::{HashMap, VecDeque};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(crate) struct BatchRecord {
    /// Outcome code of each index; 0 while there is none.
    pub(crate) codes: Vec<u16>,
    /// Number of indices without an outcome.
    pub(crate) open: usize,
    /// Whether `submit` accepted it; `None` while the call runs.
    pub(crate) accepted: Option<bool>,
    batch: Arc<TestBatch>,
}

/// A message from outside, as the plugin handed it over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct InboundRecord {
    pub(crate) address: String,
    pub(crate) text: String,
    /// The provider's id of the message.
    pub(crate) remote_id: String,
}

/// A call that breaks the contract, whichever check is running, and the id of the check that is about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Violation {
    what: Message,
    owner: &'static str,
}

impl Violation {
    /// The outcome of a check that ends by this violation.
    pub(crate) fn outcome(&self) -> CheckOutcome {
        CheckOutcome::failed(self.what.clone()).owned_by(self.owner)
    }
}

#[derive(Default)]
pub(crate) struct RecordedCalls {
    pub(crate) batches: HashMap<u64, BatchRecord>,
    /// Number of indices without an outcome, over all batches that were not refused.
    pub(crate) open: usize,
    /// Number of outcomes with a code `1xx`.
    pub(crate) sent: u64,
    /// Violations in the order of the calls; the first one counts.
    pub(crate) violations: Vec<Violation>,
    /// Details of the first 1000 outcomes.
    pub(crate) details: Vec<String>,
    /// The first 1000 log lines.
    pub(crate) log_lines: Vec<String>,
    pub(crate) ready: u64,
    /// The provider's ids in the first 1000 outcomes.
    pub(crate) remote_ids: Vec<String>,
    /// Receipts that the host has stored.
    pub(crate) receipts: u64,
    /// Whether it handed over a message from outside, and whether it reported a receipt.
    has_inbound: bool,
    has_receipt: bool,
}

impl RecordedCalls {
    /// A function of the host that was called without the capability for it, and that capability.
    pub(crate) fn unclaimed(&self, claims: impl Fn(&str) -> bool) -> Option<(&'static str, &'static str)> {
        let calls = [(self.has_inbound, "inbound", "inbound"), (self.has_receipt, "receipt", "receipts")];
        calls
            .into_iter()
            .find(|(was, _, capability)| *was && !claims(capability))
            .map(|(_, function, of)| (function, of))
    }

    fn violation(&mut self, owner: &'static str, what: Message) {
        self.violations.push(Violation { what, owner });
    }
}

pub(crate) type InboundHandler = Box<dyn FnMut(&InboundRecord) -> Status + Send>;

/// The host of one instance. It is never freed, because a plugin may call it after `close`.
#[derive(Default)]
pub(crate) struct Recorder {
    calls: Mutex<RecordedCalls>,
    changed: Condvar,
    pub(crate) closed: AtomicBool,
    pub(crate) late_calls: AtomicU64,
    pub(crate) complete_status: AtomicI32,
    /// Whether access to a batch is forbidden as soon as its last index is completed.
    pub(crate) guards_ended: AtomicBool,
    /// Whether the memory of old batches is unmapped; for checks with more batches than fit into memory.
    pub(crate) unmaps_ended: AtomicBool,
    inbound_handler: Mutex<Option<InboundHandler>>,
    /// How many receipts are answered BUSY before the next one is stored.
    busy_receipts: AtomicU32,
    /// Batches that ended, oldest first, still mapped.
    ended: Mutex<VecDeque<Arc<TestBatch>>>,
}

/// Ended batches that stay mapped: a plugin that reads one a little too late is reported by `poisoned-batch`, and does not crash other checks.
const KEPT_BATCHES: usize = 4_096;

impl Recorder {
    pub(crate) fn calls(&self) -> MutexGuard<'_, RecordedCalls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `condition` holds; false after the timeout.
    pub(crate) fn wait_until(&self, timeout: Duration, condition: impl Fn(&RecordedCalls) -> bool) -> bool {
        let until = Instant::now() + timeout;
        let mut calls = self.calls();
        while !condition(&calls) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            calls = self.changed.wait_timeout(calls, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Sets what answers messages from outside. Without a handler the host is busy.
    pub(crate) fn on_inbound(&self, handler: InboundHandler) {
        *self.inbound_handler.lock().unwrap_or_else(PoisonError::into_inner) = Some(handler);
    }

    /// The next receipts are answered BUSY.
    pub(crate) fn refuse_receipts(&self, count: u32) {
        self.busy_receipts.store(count, Ordering::SeqCst);
    }

    /// Records a batch before `submit` is called, because the plugin may complete it during the call.
    pub(crate) fn add_batch(&self, batch: Arc<TestBatch>) {
        let mut calls = self.calls();
        calls.open += batch.count;
        let (id, codes) = (batch.id, vec![0; batch.count]);
        calls.batches.insert(id, BatchRecord { codes, open: batch.count, accepted: None, batch });
    }

    pub(crate) fn submitted(&self, id: u64, status: Status) {
        let mut guard = self.calls();
        let calls = &mut *guard;
        let Some(record) = calls.batches.get_mut(&id) else { return };
        record.accepted = Some(status == Status::OK);
        let refused = (status != Status::OK).then(|| Arc::clone(&record.batch));
        if refused.is_some() {
            calls.open -= record.open;
            if record.open < record.codes.len() {
                calls.violation("busy", msg!("check-completed-refused"));
            }
        }
        drop(guard);
        self.unmap_ended(refused);
        self.changed.notify_all();
    }

    /// Adds ended batches, and unmaps those that ended long ago.
    fn unmap_ended(&self, ended: impl IntoIterator<Item = Arc<TestBatch>>) {
        if !self.unmaps_ended.load(Ordering::SeqCst) {
            return;
        }
        let mut all = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(ended);
        while all.len() > KEPT_BATCHES
            && let Some(oldest) = all.pop_front()
        {
            self.calls().batches.remove(&oldest.id);
            // SAFETY: clause *batch*: completed or refused thousands of batches ago, and its record is removed.
            unsafe { oldest.unmap() };
        }
    }

    /// Drops the record, so that its memory does not count as the plugin's.
    pub(crate) fn clear(&self) {
        *self.calls() = RecordedCalls::default();
    }

    /// Whether `close` has returned; counts the call if so.
    fn is_late_call(&self) -> bool {
        let late = self.closed.load(Ordering::SeqCst);
        if late {
            self.late_calls.fetch_add(1, Ordering::SeqCst);
        }
        late
    }
}

impl HostCalls for Recorder {
    fn complete(&self, outcomes: Option<StridedView<'_, RawOutcome<'_>>>) -> Status {
        let Some(outcomes) = outcomes else {
            self.calls().violation(EXACTLY_ONCE, msg!("check-complete-bad-argument"));
            return Status::BAD_ARGUMENT;
        };
        let late = self.is_late_call();
        let mut guard = self.calls();
        let calls = &mut *guard;
        let mut ended = Vec::new();
        for o in outcomes.iter() {
            if late {
                calls.violation("close-quiet", msg!("check-completed-after-close"));
                break;
            }
            let Some(record) = calls.batches.get_mut(&o.batch) else {
                calls.violation(EXACTLY_ONCE, msg!("check-completed-unknown-batch", id = o.batch));
                continue;
            };
            let count = record.codes.len();
            let Some(code) = record.codes.get_mut(o.index as usize) else {
                calls.violation(EXACTLY_ONCE, msg!("check-completed-beyond", index = o.index, count = count));
                continue;
            };
            if record.accepted == Some(false) {
                calls.violation("busy", msg!("check-completed-refused"));
                continue;
            }
            if *code != 0 {
                calls.violation(EXACTLY_ONCE, msg!("check-completed-twice", index = o.index, count = count));
                continue;
            }
            *code = o.code.0.max(1);
            record.open -= 1;
            if record.open == 0 {
                ended.push(Arc::clone(&record.batch));
            }
            if !(100..600).contains(&o.code.0) {
                calls.violation(EXACTLY_ONCE, msg!("check-code-without-class", code = o.code.0));
            }
            calls.sent += u64::from(o.code.class() == 1);
            calls.open -= 1;
            if calls.details.len() < 1_000 {
                calls.details.push(text(&o.detail));
                calls.remote_ids.push(text(&o.remote_id));
            }
        }
        if self.guards_ended.load(Ordering::SeqCst) {
            ended.iter().for_each(|b| b.guard(ForbiddenAccess::EndedBatch));
        }
        drop(guard);
        self.unmap_ended(ended);
        self.changed.notify_all();
        Status(self.complete_status.load(Ordering::SeqCst))
    }

    fn begun(&self, begun: StridedView<'_, RawBegun>) -> Status {
        if self.is_late_call() {
            return Status::CLOSED;
        }
        let mut guard = self.calls();
        let calls = &mut *guard;
        for raw in begun.iter() {
            let open = calls.batches.get(&raw.batch).and_then(|record| record.codes.get(raw.index as usize));
            if open != Some(&0) {
                calls.violation(EXACTLY_ONCE, msg!("check-begun-not-open", index = raw.index));
            }
        }
        Status::OK
    }

    fn inbound(&self, messages: StridedView<'_, RawInbound<'_>>) -> (Status, usize) {
        if self.is_late_call() {
            self.calls().violation("close-quiet", msg!("check-inbound-after-close"));
            return (Status::CLOSED, 0);
        }
        self.calls().has_inbound = true;
        let mut handler = self.inbound_handler.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(answer) = handler.as_mut() else { return (Status::BUSY, 0) };
        let mut stored = 0;
        for raw in messages.iter() {
            let message =
                InboundRecord { address: text(&raw.from), text: text(&raw.text), remote_id: text(&raw.remote_id) };
            match answer(&message) {
                Status::OK => stored += 1,
                other => return (other, stored),
            }
        }
        (Status::OK, stored)
    }

    fn receipt(&self, receipts: StridedView<'_, RawReceipt<'_>>) -> (Status, usize) {
        if self.is_late_call() {
            return (Status::CLOSED, 0);
        }
        self.calls().has_receipt = true;
        let is_busy =
            self.busy_receipts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if is_busy {
            return (Status::BUSY, 0);
        }
        self.calls().receipts += receipts.len() as u64;
        (Status::OK, receipts.len())
    }

    fn ready(&self) {
        if !self.is_late_call() {
            self.calls().ready += 1;
            self.changed.notify_all();
        }
    }

    fn log(&self, _: LogLevel, _: &[u8], message: &[u8]) {
        if !self.is_late_call() {
            let mut calls = self.calls();
            if calls.log_lines.len() < 1_000 {
                calls.log_lines.push(kept(message));
            }
        }
    }

    fn extension(&self, _: &[u8]) -> *const c_void {
        self.is_late_call();
        std::ptr::null()
    }
}

/// Most bytes that are kept of a text, from each end: what a plugin says must not use up the memory of the check.
const KEPT_TEXT: usize = 2_048;

fn text(view: &View<'_>) -> String {
    // SAFETY: clause *borrow*.
    kept(unsafe { view.bytes() })
}

fn kept(bytes: &[u8]) -> String {
    if bytes.len() <= 2 * KEPT_TEXT {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let (first, last) = (bytes.get(..KEPT_TEXT), bytes.get(bytes.len() - KEPT_TEXT..));
    let all = [first.unwrap_or_default(), b" \xe2\x80\xa6 ", last.unwrap_or_default()].concat();
    String::from_utf8_lossy(&all).into_owned()
}
