//! The plugin's process comes and goes, and the admin hears of it.

use super::Dispatcher;
use crate::alarm::{self, Trouble};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A plugin that says why it cannot begin is asked again for ever; after this time the admin hears of it.
const LONG_DOWN: Duration = Duration::from_secs(300);

impl Dispatcher {
    /// The process has gone, or has not come up.
    pub(super) fn down(&mut self, reason: String, restarts_in: Option<Duration>) {
        let name = &self.transport.config.name;
        let since = *self.down_since.get_or_insert_with(Instant::now);
        match restarts_in {
            Some(pause) => {
                tracing::warn!(transport = %name, %reason, restarts_in_ms = pause.as_millis(), "the plugin's process has gone");
                if since.elapsed() > LONG_DOWN {
                    self.alarm(Trouble::Down, reason);
                }
            }
            None => {
                tracing::error!(transport = %name, %reason, "the plugin's process is not started again: mend it, then reload the daemon");
                self.alarm(Trouble::GivenUp, reason);
            }
        }
        self.give_back_held();
        self.excused = false;
        self.transport.changed(self.engine.clock.now());
        self.engine.wake_alarms();
    }

    /// It runs again.
    pub(super) fn up(&mut self) {
        tracing::info!(transport = %self.transport.config.name, "the plugin's process runs again");
        self.down_since = None;
        self.want = true;
        self.transport.changed(self.engine.clock.now());
        self.engine.wake_alarms();
    }

    /// Tells the admin.
    pub(super) fn alarm(&mut self, trouble: Trouble, detail: String) {
        let (engine, transport) = (Arc::clone(&self.engine), Arc::clone(&self.transport));
        self.beside.spawn(alarm::transport_fails(engine, transport, trouble, detail));
    }
}
