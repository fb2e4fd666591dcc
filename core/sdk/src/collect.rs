//! Outcomes on their way to the host. Handed over one by one they cost five times as much as in arrays, so they are gathered: until
//! nothing is outstanding, or 256 are there, or a millisecond has passed.

use crate::Outcome;
use crate::host::Lent;
use crate::window::Window;
use rundruf_abi::{RawOutcome, View};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// As many as this are handed over at once.
const ENOUGH: usize = 256;
/// No outcome waits longer.
const LINGER: Duration = Duration::from_millis(1);

/// One outcome that waits.
struct Done {
    batch: u64,
    index: u32,
    outcome: Outcome,
}

/// Counts what is outstanding and gathers what is finished.
pub(crate) struct Collector {
    host: Arc<Lent>,
    window: Window,
    pub(crate) draining: AtomicBool,
    waiting: Mutex<Vec<Done>>,
    wake: tokio::sync::Notify,
}

impl Collector {
    pub(crate) fn new(host: Arc<Lent>, window: u32) -> Arc<Self> {
        Arc::new(Self {
            host,
            window: Window::new(window),
            draining: AtomicBool::new(false),
            waiting: Mutex::new(Vec::new()),
            wake: tokio::sync::Notify::new(),
        })
    }

    /// Takes room for a batch; false means busy, and that the host hears `ready` later.
    pub(crate) fn take(&self, count: u32) -> bool {
        self.window.take(count)
    }

    /// One letter is finished.
    pub(crate) fn finish(&self, batch: u64, index: u32, outcome: Outcome) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push(Done { batch, index, outcome });
        let all = waiting.len() >= self.window.held();
        if all || waiting.len() >= ENOUGH {
            let done = std::mem::take(&mut *waiting);
            drop(waiting);
            self.hand_over(&done);
        } else if waiting.len() == 1 {
            drop(waiting);
            self.wake.notify_one();
        }
    }

    /// These are finished. Room is made first: a host that sends the next batch as soon as it hears of them is not told "busy".
    pub(crate) fn finish_raw(&self, outcomes: &[RawOutcome<'_>]) {
        let count = u32::try_from(outcomes.len()).unwrap_or(u32::MAX);
        self.window.make_room(count);
        self.host.complete(outcomes);
        if self.window.told(count) {
            self.host.ready();
        }
    }

    fn hand_over(&self, done: &[Done]) {
        if done.is_empty() {
            return;
        }
        let raw: Vec<RawOutcome<'_>> = done.iter().map(|d| raw(d.batch, d.index, &d.outcome)).collect();
        self.finish_raw(&raw);
    }

    /// Hands over what waits.
    pub(crate) fn flush(&self) {
        let done = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        self.hand_over(&done);
    }

    /// Runs beside the transport: no outcome waits longer than a millisecond.
    pub(crate) async fn linger(self: Arc<Self>) {
        loop {
            self.wake.notified().await;
            tokio::time::sleep(LINGER).await;
            self.flush();
        }
    }

    /// Whether everything that was taken is handed over.
    pub(crate) fn is_idle(&self) -> bool {
        self.window.is_idle()
    }
}

/// An outcome as the contract has it.
pub(crate) fn raw(batch: u64, index: u32, outcome: &Outcome) -> RawOutcome<'_> {
    RawOutcome {
        batch,
        index,
        code: outcome.code,
        flags: 0,
        retry_after_ms: outcome.retry_after.map_or(0, |d| u32::try_from(d.as_millis()).unwrap_or(u32::MAX)),
        remote_code: outcome.remote_code,
        remote_id: View::text(&outcome.remote_id),
        detail: View::text(&outcome.detail),
    }
}
