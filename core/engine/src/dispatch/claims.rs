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
    /// Half a row that retries are owed: claims of single rows serve retries and fresh rows in turn.
    owes_half: bool,
}

impl Claims {
    pub(super) const fn new() -> Self {
        Self { rows: Vec::new(), wanted: true, next_due: None, last_broadcast: None, owes_half: false }
    }

    /// How many of this many rows may be retries while rows that were never tried wait: half of them, over time.
    pub(super) const fn share_of_retries(&mut self, claim: u32) -> u32 {
        let halves = claim + self.owes_half as u32;
        self.owes_half = halves % 2 == 1;
        halves / 2
    }

    /// A retry is due then, too.
    pub(super) fn due_at(&mut self, due: Time) {
        self.next_due = Some(self.next_due.map_or(due, |next| next.min(due)));
    }
}
