//! Pause while the store fails: doubles with each failure, ends with the first success.

use std::time::Duration;

/// First and longest pause.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// How long the next pause is.
pub(super) struct StoreBackoff(Duration);

impl StoreBackoff {
    /// Longest pause.
    pub(super) const LONGEST: Duration = PAUSE.1;

    pub(super) const fn new() -> Self {
        Self(PAUSE.0)
    }

    pub(super) const fn reset(&mut self) {
        self.0 = PAUSE.0;
    }

    /// Waits after a failure.
    pub(super) async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(PAUSE.1);
    }
}
