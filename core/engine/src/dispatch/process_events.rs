//! The plugin's process stops and starts, and the admin is alerted.

use super::adaptive_window::AdaptiveWindow;
use super::dispatcher::Dispatcher;
use crate::alerts::{self, AlertKind};
use rundruf_lang::{Language, Message};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A plugin that refuses to start is started again without end; after this time the admin is alerted.
const LONG_DOWN: Duration = Duration::from_secs(300);
/// The same for one that has not opened since the daemon or its settings were started: the admin is there, and waits for it.
const NEVER_UP: Duration = Duration::from_secs(10);

impl Dispatcher {
    /// The process has ended or did not come up. `restarts_in` is `None` if it is not started again.
    pub(super) fn process_down(&mut self, reason: Message, restarts_in: Option<Duration>) {
        let name = &self.transport.config.name;
        let since = *self.down_since.get_or_insert_with(Instant::now);
        match restarts_in {
            Some(pause) => {
                let restarts_in_ms = pause.as_millis();
                if self.has_run {
                    tracing::warn!(transport = %name, %reason, restarts_in_ms, "the plugin's process has gone");
                } else {
                    tracing::error!(transport = %name, %reason, restarts_in_ms, "the transport is down: everything else serves, and it is tried again");
                }
                if since.elapsed() > if self.has_run { LONG_DOWN } else { NEVER_UP } {
                    self.alert(AlertKind::Down, self.for_admin(&reason));
                }
            }
            None => {
                tracing::error!(transport = %name, %reason, "the plugin's process is not started again: fix it, then reload the daemon");
                self.alert(AlertKind::GivenUp, self.for_admin(&reason));
            }
        }
        self.return_unsent();
        self.ignores_next_crash = false;
        self.transport.set_state_since(self.context.clock.now());
        self.context.wake_alerts();
    }

    /// The process runs again.
    pub(super) fn process_up(&mut self) {
        if self.down_since.take().is_some() {
            tracing::info!(transport = %self.transport.config.name, "the plugin's process runs again");
        }
        if !std::mem::replace(&mut self.has_run, true) {
            self.adaptive = AdaptiveWindow::new(self.transport.window, self.transport.instance.can_recall());
        }
        self.claims.wanted = true;
        self.transport.set_state_since(self.context.clock.now());
        self.context.wake_alerts();
    }

    /// The text in the admin's language, as alerts store texts.
    pub(super) fn for_admin(&self, reason: &Message) -> String {
        reason.text(Language::from_tag(self.context.config.admin.language))
    }

    /// Alerts the admin, beside the hot path.
    pub(super) fn alert(&mut self, kind: AlertKind, detail: String) {
        let (context, transport) = (Arc::clone(&self.context), Arc::clone(&self.transport));
        self.background.spawn(alerts::transport_failed(context, transport, kind, detail));
    }
}
