//! What was claimed, and what to claim next.

use rundruf_consent::{BroadcastId, Time};
use rundruf_store::Claimed;

/// The claims of one transport.
pub(super) struct Claims {
    /// Claimed rows that are not rendered yet, and when they were claimed.
    pub(super) rows: Vec<(Claimed, Time)>,
    /// There may be something to claim.
    pub(super) wanted: bool,
    /// When the next retry is due.
    pub(super) next_due: Option<Time>,
    /// The broadcast that was claimed from last: the next claim begins behind it (round robin).
    pub(super) last_broadcast: Option<BroadcastId>,
}

impl Claims {
    pub(super) const fn new() -> Self {
        Self { rows: Vec::new(), wanted: true, next_due: None, last_broadcast: None }
    }

    /// A retry is due then, too.
    pub(super) fn due_at(&mut self, due: Time) {
        self.next_due = Some(self.next_due.map_or(due, |next| next.min(due)));
    }
}
