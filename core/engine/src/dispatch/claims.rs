//! What was claimed, and what to claim next.

use super::adaptive_window::ClaimMark;
use rundruf_consent::{BroadcastId, Time};
use rundruf_store::Claimed;

/// What one transaction claimed.
pub(super) struct ClaimedRows {
    pub(super) rows: Vec<Claimed>,
    pub(super) at: Time,
    pub(super) mark: ClaimMark,
    /// They were claimed by name, to see whether they crash the plugin.
    pub(super) trial: bool,
}

/// The claims of one transport.
pub(super) struct Claims {
    /// Rows that are not rendered yet; none is empty.
    pub(super) claimed: Vec<ClaimedRows>,
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
        Self { claimed: Vec::new(), wanted: true, next_due: None, last_broadcast: None, owes_half: false }
    }

    /// How many of this many rows may be retries while rows that were never tried wait: half of them, over time.
    pub(super) const fn share_of_retries(&mut self, claim: u32) -> u32 {
        let halves = claim + self.owes_half as u32;
        self.owes_half = halves % 2 == 1;
        halves / 2
    }

    /// How many rows are claimed and not rendered.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.claimed.iter().map(|c| c.rows.len()).sum::<usize>()).unwrap_or(u32::MAX)
    }

    /// A retry is due then, too.
    pub(super) fn due_at(&mut self, due: Time) {
        self.next_due = Some(self.next_due.map_or(due, |next| next.min(due)));
    }
}
