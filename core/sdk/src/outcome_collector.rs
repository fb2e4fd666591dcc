//! Collects outcomes for the host, because one array costs a fifth of as many single calls. It hands them over when every message is finished, when
//! 256 are queued, or after a millisecond.

use crate::Outcome;
use crate::host::HostHandle;
use crate::recall::RecallRegister;
use crate::window::Window;
use rundruf_abi::{RawBegun, RawOutcome, View};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Outcomes are handed over when this many are queued.
const MAX_QUEUED: usize = 256;
/// Longest time that an outcome is queued.
const MAX_DELAY: Duration = Duration::from_millis(1);

struct QueuedOutcome {
    batch: u64,
    index: u32,
    outcome: Outcome,
}

/// Counts unfinished messages, and queues outcomes.
pub(crate) struct OutcomeCollector {
    host: Arc<HostHandle>,
    window: Window,
    pub(crate) draining: AtomicBool,
    /// What the host wants back.
    pub(crate) recalls: RecallRegister,
    /// Whether the host is told what is begun.
    pub(crate) tells_begun: bool,
    queue: Mutex<Vec<QueuedOutcome>>,
    wake: tokio::sync::Notify,
}

impl OutcomeCollector {
    pub(crate) fn new(host: Arc<HostHandle>, window: u32, tells_begun: bool) -> Arc<Self> {
        Arc::new(Self {
            host,
            window: Window::new(window),
            draining: AtomicBool::new(false),
            recalls: RecallRegister::default(),
            tells_begun,
            queue: Mutex::new(Vec::new()),
            wake: tokio::sync::Notify::new(),
        })
    }

    /// Reserves room for a batch; false means busy, and the host gets `ready` later.
    pub(crate) fn take(&self, count: u32) -> bool {
        self.window.take(count)
    }

    /// Tells the host that these messages are begun; it knows when this returns.
    pub(crate) fn begun(&self, begun: &[RawBegun]) {
        self.host.begun(begun);
    }

    /// Adds the outcome of one message.
    pub(crate) fn finish(&self, batch: u64, index: u32, outcome: Outcome) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push(QueuedOutcome { batch, index, outcome });
        let all = queue.len() >= self.window.in_use();
        if all || queue.len() >= MAX_QUEUED {
            let outcomes = std::mem::take(&mut *queue);
            drop(queue);
            self.hand_over(&outcomes);
        } else if queue.len() == 1 {
            drop(queue);
            self.wake.notify_one();
        }
    }

    /// Hands outcomes over. Makes room first, so that a host which sends the next batch at once is not told "busy".
    pub(crate) fn finish_raw(&self, outcomes: &[RawOutcome<'_>]) {
        let count = u32::try_from(outcomes.len()).unwrap_or(u32::MAX);
        self.window.make_room(count);
        self.host.complete(outcomes);
        if self.window.handed_over(count) {
            self.host.ready();
        }
    }

    fn hand_over(&self, outcomes: &[QueuedOutcome]) {
        if outcomes.is_empty() {
            return;
        }
        self.finish_raw(RawOutcomes::new(outcomes.iter().map(|o| (o.batch, o.index, &o.outcome))).all());
    }

    pub(crate) fn flush(&self) {
        let outcomes = std::mem::take(&mut *self.queue.lock().unwrap_or_else(PoisonError::into_inner));
        self.hand_over(&outcomes);
    }

    /// The task that keeps to [`MAX_DELAY`].
    pub(crate) async fn linger(self: Arc<Self>) {
        loop {
            self.wake.notified().await;
            tokio::time::sleep(MAX_DELAY).await;
            self.flush();
        }
    }

    /// Whether every outcome is handed over.
    pub(crate) fn is_idle(&self) -> bool {
        self.window.is_idle()
    }
}

/// Outcomes in the layout of the contract.
pub(crate) struct RawOutcomes<'a> {
    all: Vec<RawOutcome<'a>>,
    /// Ids of parts, which the outcomes point to.
    _ids: Vec<Box<[View<'a>]>>,
}

impl<'a> RawOutcomes<'a> {
    /// Lays these outcomes out: batch, index, outcome.
    pub(crate) fn new(outcomes: impl Iterator<Item = (u64, u32, &'a Outcome)>) -> Self {
        let (mut all, mut lists) = (Vec::with_capacity(outcomes.size_hint().0), Vec::new());
        for (batch, index, outcome) in outcomes {
            let mut raw = RawOutcome {
                batch,
                index,
                code: outcome.code,
                flags: 0,
                retry_after_ms: outcome.retry_after.map_or(0, |d| u32::try_from(d.as_millis()).unwrap_or(u32::MAX)),
                remote_code: outcome.remote_code,
                remote_id: View::text(&outcome.remote_id),
                detail: View::text(&outcome.detail),
                remote_ids: std::ptr::null(),
                remote_id_count: 0,
                cost_micro: 0,
                currency: [0; 4],
                parts: 0,
            };
            if let Some(extra) = &outcome.extra {
                // On the heap: the list of lists may grow.
                let ids: Box<[View<'a>]> = extra.remote_ids.iter().map(|id| View::text(id)).collect();
                (raw.cost_micro, raw.currency, raw.parts) = (extra.cost_micro, extra.currency, extra.parts);
                (raw.remote_ids, raw.remote_id_count) = (ids.as_ptr(), ids.len());
                lists.push(ids);
            }
            all.push(raw);
        }
        Self { all, _ids: lists }
    }

    pub(crate) fn all(&self) -> &[RawOutcome<'a>] {
        &self.all
    }
}
