//! Every bound on what strangers may take, in one place.

use std::time::Duration;

/// Bounds of the listeners. The defaults suit one machine and a list of a million.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Connections of strangers at once; one more waits in the kernel's queue.
    pub public: usize,
    /// Connections at once from one address (IPv6: from one /64); one more is closed. Neighbours (loopback and private networks)
    /// are not counted, since they are reverse proxies that speak for many.
    pub visitor: usize,
    /// Local connections at once.
    pub local: usize,
    /// How long a request's head may take, and again its body if a stranger sends it.
    pub head: Duration,
    /// How long the work for a stranger's request may take altogether.
    pub request: Duration,
    /// How long a stranger may leave an answer unread.
    pub stall: Duration,
    /// How long a stranger's connection may be kept.
    pub connection: Duration,
    /// Bytes of attachments that are held in memory for strangers at once.
    pub files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            public: 512,
            visitor: 128,
            local: 64,
            head: Duration::from_secs(10),
            request: Duration::from_secs(30),
            stall: Duration::from_secs(30),
            connection: Duration::from_secs(30 * 60),
            files: 128 << 20,
        }
    }
}
