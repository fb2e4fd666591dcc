//! All limits and timeouts of the server.

use std::time::Duration;

/// Limits and timeouts of the server. The defaults suit one machine and a list of a million people.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Public connections at once. For a further one, the one that has waited longest for its client is closed; if none waits, it waits itself.
    pub public_connections: usize,
    /// Public connections at once from one network (an IPv4 /24, an IPv6 /56). For a further one, an idle one of the same network is closed, or it
    /// is refused. Loopback and private networks do not count: they are reverse proxies that forward for many clients.
    pub connections_per_network: usize,
    /// The same for one client (an IPv4 address, an IPv6 /64).
    pub connections_per_client: usize,
    /// Connections to the local socket at once.
    pub local_connections: usize,
    /// How long the head of a request may take, and again the body of a public one.
    pub read_timeout: Duration,
    /// How long handling a public request may take in total.
    pub request_timeout: Duration,
    /// How long a public client may leave its response unread.
    pub write_timeout: Duration,
    /// How long a public connection may be kept open.
    pub connection_lifetime: Duration,
    /// Bytes of attachments that are held in memory for public clients at once.
    pub attachment_memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            public_connections: 512,
            connections_per_network: 128,
            connections_per_client: 64,
            local_connections: 64,
            read_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            connection_lifetime: Duration::from_secs(30 * 60),
            attachment_memory: 128 << 20,
        }
    }
}
