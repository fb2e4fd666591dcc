//! Limits public connections: in total, per network and per client, so that nobody can take all of them. When room gets tight, the connection
//! that has waited longest for its client is closed: a visitor who comes now is served before one who says nothing.

use crate::limits::Limits;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// A running request or a download that moved no byte for this long may be closed as well.
const STALLED: Duration = Duration::from_secs(2);
/// A request that runs for this long may be closed as well.
const LONG: Duration = Duration::from_secs(20);
/// How often a full server looks again for a connection that may be closed.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// Interval of the log line.
const TELL_EVERY: Duration = Duration::from_secs(60);
/// Responses up to this size fit into the socket's buffer: after one, the connection waits for its client.
const SMALL_RESPONSE: u64 = 64 * 1024;

/// Counts public connections.
pub(crate) struct ConnectionLimit(Arc<ConnectionTable>);

struct ConnectionTable {
    limits: Limits,
    begin: Instant,
    open: Mutex<OpenConnections>,
    freed: Notify,
}

#[derive(Default)]
struct OpenConnections {
    next: u64,
    by_number: HashMap<u64, OpenConnection>,
    /// When the log line was written last, and what happened since.
    told: Option<Instant>,
    closed: u64,
    refused: u64,
}

struct OpenConnection {
    client: Option<ClientNetworks>,
    activity: Arc<ConnectionActivity>,
}

/// What a connection does, as far as it matters for closing it.
#[derive(Debug)]
pub(crate) struct ConnectionActivity {
    begin: Instant,
    phase: AtomicU8,
    /// Milliseconds after `begin`: when the phase began, and when the last byte moved.
    since: AtomicU64,
    moved: AtomicU64,
    close: Notify,
}

/// The client has the next word: it has sent no complete request.
const WAITING: u8 = 0;
/// A request is handled or answered.
const SERVING: u8 = 1;

impl ConnectionActivity {
    fn new(begin: Instant) -> Self {
        let now = AtomicU64::new(millis(begin));
        let moved = AtomicU64::new(now.load(Ordering::Relaxed));
        Self { begin, phase: AtomicU8::new(WAITING), since: now, moved, close: Notify::new() }
    }

    fn enter(&self, phase: u8) {
        self.since.store(millis(self.begin), Ordering::Relaxed);
        self.phase.store(phase, Ordering::Relaxed);
    }

    /// A complete head of a request has arrived.
    pub(crate) fn request_begins(&self) {
        self.enter(SERVING);
    }

    /// The handler has answered; `size` is that of the body, if it is known.
    pub(crate) fn request_answered(&self, size: Option<u64>) {
        self.enter(if size.is_some_and(|size| size <= SMALL_RESPONSE) { WAITING } else { SERVING });
    }

    /// Bytes were read or written.
    pub(crate) fn bytes_moved(&self) {
        self.moved.store(millis(self.begin), Ordering::Relaxed);
    }

    /// Waits until the connection is to be closed.
    pub(crate) async fn closing(&self) {
        self.close.notified().await;
    }

    /// How soon this connection is closed when room is needed, smallest first; `None` if it is not.
    fn rank(&self, now: u64) -> Option<(u8, u64)> {
        let (since, moved) = (self.since.load(Ordering::Relaxed), self.moved.load(Ordering::Relaxed));
        let longer = |from: u64, limit: Duration| u128::from(now.saturating_sub(from)) >= limit.as_millis();
        match self.phase.load(Ordering::Relaxed) {
            WAITING => Some((0, since)),
            _ if longer(moved, STALLED) => Some((1, moved)),
            _ if longer(since, LONG) => Some((2, since)),
            _ => None,
        }
    }
}

fn millis(begin: Instant) -> u64 {
    u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// One counted connection; dropping it frees its slot.
pub(crate) struct ConnectionSlot {
    number: u64,
    table: Arc<ConnectionTable>,
    pub(crate) activity: Arc<ConnectionActivity>,
}

impl ConnectionLimit {
    /// Allows as many connections as the limits say.
    pub(crate) fn new(limits: Limits) -> Self {
        Self(Arc::new(ConnectionTable { limits, begin: Instant::now(), open: Mutex::default(), freed: Notify::new() }))
    }

    /// Counts a connection. Closes another one if there is no room, or waits until one may be closed. `None` if the client's network has all
    /// that it may have, and none of it waits for its client.
    pub(crate) async fn admit(&self, client: IpAddr) -> Option<ConnectionSlot> {
        let client = ClientNetworks::of(client);
        loop {
            let freed = self.0.freed.notified();
            match self.0.try_admit(client) {
                Admission::Admitted(slot) => return Some(slot),
                Admission::Refused => return None,
                Admission::Full => {}
            }
            let _ = tokio::time::timeout(LOOK_AGAIN, freed).await;
        }
    }
}

enum Admission {
    Admitted(ConnectionSlot),
    Refused,
    Full,
}

impl ConnectionTable {
    fn open(&self) -> MutexGuard<'_, OpenConnections> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_admit(self: &Arc<Self>, client: Option<ClientNetworks>) -> Admission {
        let mut open = self.open();
        let now = millis(self.begin);
        if let Some(client) = client {
            let count = |same: &dyn Fn(&ClientNetworks) -> bool| {
                open.by_number.values().filter(|c| c.client.as_ref().is_some_and(same)).count()
            };
            let by_client = count(&|c| c.client == client.client) >= self.limits.connections_per_client;
            let by_network = count(&|c| c.network == client.network) >= self.limits.connections_per_network;
            let same = |c: &OpenConnection| {
                c.client
                    .is_some_and(|c| if by_client { c.client == client.client } else { c.network == client.network })
            };
            if (by_client || by_network) && !open.close_one(now, same) {
                open.refused += 1;
                open.tell();
                return Admission::Refused;
            }
        }
        if open.by_number.len() >= self.limits.public_connections && !open.close_one(now, |_| true) {
            return Admission::Full;
        }
        open.next += 1;
        let (number, activity) = (open.next, Arc::new(ConnectionActivity::new(self.begin)));
        open.by_number.insert(number, OpenConnection { client, activity: Arc::clone(&activity) });
        Admission::Admitted(ConnectionSlot { number, table: Arc::clone(self), activity })
    }
}

impl OpenConnections {
    /// Closes the connection of these that has waited longest. Its slot is free at once.
    fn close_one(&mut self, now: u64, of: impl Fn(&OpenConnection) -> bool) -> bool {
        let ranked = self.by_number.iter().filter(|(_, c)| of(c));
        let first = ranked.filter_map(|(number, c)| Some((c.activity.rank(now)?, *number))).min();
        let Some(gone) = first.and_then(|(_, number)| self.by_number.remove(&number)) else { return false };
        gone.activity.close.notify_one();
        self.closed += 1;
        self.tell();
        true
    }

    /// Writes the log line, unless it was written a short time ago. It names no network.
    fn tell(&mut self) {
        if self.told.is_some_and(|told| told.elapsed() < TELL_EVERY) {
            return;
        }
        let (open, closed, refused) = (self.by_number.len(), self.closed, self.refused);
        tracing::warn!(open, closed, refused, "many connections to the public pages: idle ones are closed");
        (self.told, self.closed, self.refused) = (Some(Instant::now()), 0, 0);
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        self.table.open().by_number.remove(&self.number);
        self.table.freed.notify_one();
    }
}

/// What counts as one client (an IPv4 address, an IPv6 /64: one household or server) and as one network (/24, /56).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct ClientNetworks {
    client: IpAddr,
    network: IpAddr,
}

impl ClientNetworks {
    /// `None` for loopback and private networks: such a peer is a reverse proxy that forwards for many clients.
    fn of(client: IpAddr) -> Option<Self> {
        let client = client.to_canonical();
        let v6 =
            |ip: Ipv6Addr, bits: u32| IpAddr::from(Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << (128 - bits))));
        match client {
            IpAddr::V4(ip) if ip.is_loopback() || ip.is_private() || ip.is_link_local() => None,
            IpAddr::V6(ip) if ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() => None,
            IpAddr::V4(ip) => {
                Some(Self { client, network: Ipv4Addr::from_bits(ip.to_bits() & (u32::MAX << 8)).into() })
            }
            IpAddr::V6(ip) => Some(Self { client: v6(ip, 64), network: v6(ip, 56) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(all: usize, per_network: usize, per_client: usize) -> ConnectionLimit {
        let limits = Limits {
            public_connections: all,
            connections_per_network: per_network,
            connections_per_client: per_client,
            ..Limits::default()
        };
        ConnectionLimit::new(limits)
    }

    async fn admit(limit: &ConnectionLimit, address: &str) -> Option<ConnectionSlot> {
        let slot = limit.admit(address.parse().unwrap()).await;
        // Each is busy, so that it is not closed for the next one.
        if let Some(slot) = &slot {
            slot.activity.request_begins();
        }
        slot
    }

    #[tokio::test]
    async fn one_client_or_network_cannot_take_all() {
        let limit = limit(100, 3, 2);
        let (a, b) = (admit(&limit, "203.0.113.7").await, admit(&limit, "::ffff:203.0.113.7").await);
        assert!(a.is_some() && b.is_some());
        assert!(admit(&limit, "203.0.113.7").await.is_none(), "the third of two");
        let c = admit(&limit, "203.0.113.8").await;
        assert!(c.is_some() && admit(&limit, "203.0.113.9").await.is_none(), "the fourth of three of a /24");
        assert!(admit(&limit, "203.0.114.9").await.is_some(), "another network");
        drop(a);
        assert!(admit(&limit, "203.0.113.7").await.is_some(), "a closed connection frees its slot");
        let d = admit(&limit, "2001:db8::1").await;
        let e = admit(&limit, "2001:db8::ffff:2").await;
        assert!(admit(&limit, "2001:db8::3").await.is_none(), "a /64 is one client");
        let f = admit(&limit, "2001:db8:0:ff::1").await;
        assert!(admit(&limit, "2001:db8:0:fe::1").await.is_none(), "a /56 is one network");
        assert!(admit(&limit, "2001:db8:0:100::1").await.is_some(), "another /56");
        drop((b, c, d, e, f));
        assert!(limit.0.open().by_number.is_empty(), "no client is remembered");
    }

    #[tokio::test]
    async fn a_network_s_own_idle_connection_makes_room_for_it() {
        let limit = limit(100, 2, 2);
        let old = limit.admit("203.0.113.7".parse().unwrap()).await.unwrap();
        let _busy = admit(&limit, "203.0.113.8").await.unwrap();
        let _other = limit.admit("198.51.100.1".parse().unwrap()).await.unwrap();
        let _new = limit.admit("203.0.113.9".parse().unwrap()).await.unwrap();
        tokio::time::timeout(Duration::from_secs(5), old.activity.closing()).await.expect("the idle one is closed");
        assert_eq!(limit.0.open().by_number.len(), 3);
    }

    #[tokio::test]
    async fn proxies_have_no_limit_of_their_own() {
        let limit = limit(100, 1, 1);
        let mut slots = Vec::new();
        for address in ["127.0.0.1", "127.0.0.1", "10.0.0.1", "10.0.0.1", "fd00::1", "fd00::1", "::1", "::1"] {
            slots.push(admit(&limit, address).await.unwrap());
        }
        assert_eq!(limit.0.open().by_number.len(), 8, "but they count in total");
    }

    #[tokio::test]
    async fn the_longest_idle_one_is_closed_first_and_busy_ones_are_not() {
        let limit = limit(3, 9, 9);
        let busy = admit(&limit, "127.0.0.1").await.unwrap();
        let first = limit.admit("127.0.0.2".parse().unwrap()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let second = limit.admit("127.0.0.3".parse().unwrap()).await.unwrap();
        let third = limit.admit("127.0.0.4".parse().unwrap()).await.unwrap();
        tokio::time::timeout(Duration::from_secs(5), first.activity.closing()).await.expect("closed");
        let closed = |slot: &ConnectionSlot| !limit.0.open().by_number.contains_key(&slot.number);
        assert!(closed(&first) && !closed(&second) && !closed(&busy) && !closed(&third));
        second.activity.request_begins();
        third.activity.request_begins();
        // All are busy: the next one waits until one ends.
        let waiting = limit.admit("127.0.0.5".parse().unwrap());
        tokio::pin!(waiting);
        assert!(tokio::time::timeout(Duration::from_millis(300), waiting.as_mut()).await.is_err());
        drop(second);
        assert!(tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().is_some());
    }
}
