//! Everything that can wake a part of the engine. Nothing polls: whoever changes something says so here.

use crate::start::Inner;
use rundruf_store::TransportId;
use tokio::sync::Notify;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wake {
    /// A broadcast was added or moved, or its unknown deliveries were decided: fan-out, timers and transports look.
    Broadcasts,
    /// Deliveries were written: the transports look.
    Deliveries,
    /// A message outside of broadcasts was queued for this transport.
    Service(TransportId),
    /// A message came from outside.
    Inbound,
    /// The end: everybody looks.
    Stop,
}

/// Who sleeps besides the transports.
#[derive(Debug, Default)]
pub(crate) struct Sleepers {
    pub(crate) fanout: Notify,
    pub(crate) inbound: Notify,
    pub(crate) timers: Notify,
    pub(crate) alarms: Notify,
}

impl Inner {
    /// Something has changed about what the admin is told, or about who can tell it.
    pub(crate) fn wake_alarms(&self) {
        self.sleepers.alarms.notify_one();
        if let Some(next) = self.next.get() {
            next.wake_alarms();
        }
    }

    /// Wakes whom it concerns.
    pub(crate) fn wake(&self, what: Wake) {
        let all = |what| matches!(what, Wake::Broadcasts | Wake::Stop);
        if all(what) {
            self.sleepers.fanout.notify_one();
            self.sleepers.timers.notify_one();
        }
        if matches!(what, Wake::Inbound | Wake::Stop) {
            self.sleepers.inbound.notify_one();
        }
        for transport in &self.transports {
            if all(what) || what == Wake::Deliveries || what == Wake::Service(transport.id) {
                transport.wake.notify_one();
            }
        }
        // Whoever began under the old settings wakes those who live under the new ones.
        if let Some(next) = self.next.get().filter(|_| what != Wake::Stop) {
            next.wake(what);
        }
    }
}
