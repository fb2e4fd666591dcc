//! The account's credits: asked once an hour, and told when they run low.

use crate::gateway::{Gateway, GatewayError};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

const EVERY: Duration = Duration::from_secs(3_600);

/// The credits when they were last asked for.
pub(crate) struct CreditMonitor {
    /// -1: not known.
    last: AtomicI64,
    alarm_below: i64,
}

impl CreditMonitor {
    pub(crate) const fn new(alarm_below: i64) -> Self {
        Self { last: AtomicI64::new(-1), alarm_below }
    }

    /// Asks until the runtime ends.
    pub(crate) async fn watch(self: Arc<Self>, gateway: Arc<Gateway>) {
        loop {
            match gateway.credits().await {
                Ok(credits) => self.take(credits),
                Err(GatewayError::Status(401 | 403, _)) => {
                    tracing::error!("the gateway refuses `gateway_id` or `secret`");
                }
                Err(error) => tracing::warn!(%error, "the credits cannot be asked for"),
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// Tells once when the credits fall below the limit.
    fn take(&self, credits: i64) {
        let before = self.last.swap(credits, Ordering::Relaxed);
        let is_news = before < 0 || before >= self.alarm_below;
        if credits < self.alarm_below && is_news {
            tracing::warn!("only {credits} credits are left: buy some at gateway.threema.ch, or sending will pause");
        } else {
            tracing::info!("{credits} credits are left");
        }
    }
}
