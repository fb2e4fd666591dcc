//! What can wake a task of the engine. No task polls: the code that changes something wakes the tasks that look at it.

use rundruf_store::TransportId;
use tokio::sync::Notify;

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wake {
    /// A broadcast was added or changed its state, or its unknown deliveries were resolved: wakes fan-out, timers and transports.
    Broadcasts,
    /// Deliveries were written: wakes the transports.
    Deliveries,
    /// A message outside of broadcasts was queued for this transport.
    Service(TransportId),
    /// An inbound message was stored.
    Inbound,
    /// The engine stops: wakes every task.
    Stop,
}

/// Wakers of the tasks that do not belong to a transport.
#[derive(Debug, Default)]
pub(crate) struct TaskWakers {
    pub(crate) fan_out: Notify,
    pub(crate) inbox: Notify,
    pub(crate) timers: Notify,
    pub(crate) alerts: Notify,
}
