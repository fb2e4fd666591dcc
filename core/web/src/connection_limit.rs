//! Limits public connections: in total, and per client, so that one client cannot take all of them.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

type ClientCounts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// Counts public connections.
pub(crate) struct ConnectionLimit {
    slots: Arc<Semaphore>,
    per_client: usize,
    counts: ClientCounts,
}

/// One counted connection; dropping it frees its slot.
#[derive(Debug)]
pub(crate) struct ConnectionSlot {
    _permit: OwnedSemaphorePermit,
    counted: Option<(ClientCounts, IpAddr)>,
}

impl ConnectionLimit {
    /// Allows `all` connections, at most `per_client` of them from one client.
    pub(crate) fn new(all: usize, per_client: usize) -> Self {
        Self { slots: Arc::new(Semaphore::new(all)), per_client, counts: ClientCounts::default() }
    }

    /// Waits for a free slot. `None` if the semaphore was closed.
    pub(crate) async fn reserve(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).acquire_owned().await.ok()
    }

    /// Assigns the slot to a client; `None` if that client already has `per_client` connections.
    pub(crate) fn admit(&self, permit: OwnedSemaphorePermit, client: IpAddr) -> Option<ConnectionSlot> {
        if is_private_network(client) {
            return Some(ConnectionSlot { _permit: permit, counted: None });
        }
        let network = client_network(client);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(network).or_insert(0);
        if *count >= self.per_client {
            return None;
        }
        *count += 1;
        Some(ConnectionSlot { _permit: permit, counted: Some((Arc::clone(&self.counts), network)) })
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        let Some((counts, network)) = &self.counted else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(network) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(network);
            }
        }
    }
}

/// What counts as one client: an IPv4 address, or an IPv6 /64 (one household or server).
fn client_network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// Whether the address is loopback or private: such a peer is a reverse proxy that forwards for many clients.
fn is_private_network(client: IpAddr) -> bool {
    match client.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn one_client_cannot_take_all_slots() {
        let limit = ConnectionLimit::new(100, 2);
        let admit = async |address: &str| limit.admit(limit.reserve().await.unwrap(), ip(address));
        let (a, b) = (admit("203.0.113.7").await, admit("::ffff:203.0.113.7").await);
        assert!(a.is_some() && b.is_some());
        assert!(admit("203.0.113.7").await.is_none(), "the third of two");
        assert!(admit("203.0.113.8").await.is_some());
        drop(a);
        assert!(admit("203.0.113.7").await.is_some(), "a closed connection frees its slot");
        let (_c, _d) = (admit("2001:db8::1").await.unwrap(), admit("2001:db8::ffff:2").await.unwrap());
        assert!(admit("2001:db8::3").await.is_none(), "a /64 is one client");
        drop((b, _c, _d));
        assert!(limit.counts.lock().unwrap().is_empty(), "no client is remembered");
        assert_eq!(limit.slots.available_permits(), 100);
    }

    #[tokio::test]
    async fn proxies_have_no_limit_per_client() {
        let limit = ConnectionLimit::new(100, 1);
        let mut slots = Vec::new();
        for address in ["127.0.0.1", "127.0.0.1", "10.0.0.1", "10.0.0.1", "fd00::1", "fd00::1", "::1", "::1"] {
            slots.push(limit.admit(limit.reserve().await.unwrap(), ip(address)).unwrap());
        }
        assert_eq!(limit.slots.available_permits(), 92, "but they count in total");
    }
}
