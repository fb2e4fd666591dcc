//! Follows the clock for the timers: tells the admin when a jump is not believed and when it is over, and stores the time for the next start.

use crate::alerts;
use crate::context::{EngineContext, Wake};
use crate::error::Result;
use std::time::{Duration, Instant};

/// How often the time is stored.
const STORE_EVERY: Duration = Duration::from_secs(300);

/// What was seen of the clock last.
#[derive(Debug, Default)]
pub(super) struct ClockWatch {
    was_held: Option<bool>,
    stored: Option<Instant>,
}

impl ClockWatch {
    /// Whether the clock is not believed now.
    pub(super) async fn is_held(&mut self, context: &EngineContext) -> Result<bool> {
        let hold = context.clock.hold();
        let is_held = hold.is_some();
        if self.was_held != Some(is_held) || self.stored.is_none_or(|at| at.elapsed() >= STORE_EVERY) {
            match context.store.clock_put(context.clock.record()).await {
                Ok(()) => self.stored = Some(Instant::now()),
                // The timers go on: what they do may need no room.
                Err(error) => tracing::warn!(%error, "the time cannot be stored for the next start; it is tried again"),
            }
        }
        if context.clock.stepped_back() {
            let (now, longest) = (context.clock.now(), context.config.retry.longest);
            let changed = context.store.clock_set_back(now, longest).await?;
            context.clock.forget_step_back();
            tracing::warn!(changed, "an earlier clock is right: what was stored for later times counts from now");
        }
        if self.was_held != Some(is_held) {
            match hold {
                Some(hold) => {
                    // What plugins hold and have not begun waits as well.
                    for transport in &context.transports {
                        transport.ask_back(|wanted| wanted.all = true);
                    }
                    alerts::clock_held(context, hold).await;
                }
                None => alerts::clock_believed(context).await,
            }
            if self.was_held == Some(true) {
                // What waited for the clock goes on.
                context.wake(Wake::Broadcasts);
            }
            self.was_held = Some(is_held);
        }
        Ok(is_held)
    }
}
