//! How many strangers may be connected at once: all together, and from one place, so that one of them cannot fill the room.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// The room.
pub(crate) struct Crowd {
    room: Arc<Semaphore>,
    each: usize,
    counts: Counts,
}

/// A place in the room; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    counted: Option<(Counts, IpAddr)>,
}

impl Crowd {
    /// Room for `all`, at most `each` from one place.
    pub(crate) fn new(all: usize, each: usize) -> Self {
        Self { room: Arc::new(Semaphore::new(all)), each, counts: Counts::default() }
    }

    /// Waits until there is room for one more. `None` if there never will be.
    pub(crate) async fn room(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room).acquire_owned().await.ok()
    }

    /// Lets a visitor in; `None` if that place has sent enough of them.
    pub(crate) fn enter(&self, permit: OwnedSemaphorePermit, visitor: IpAddr) -> Option<Place> {
        if is_neighbour(visitor) {
            return Some(Place { _permit: permit, counted: None });
        }
        let from = place(visitor);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(from).or_insert(0);
        if *count >= self.each {
            return None;
        }
        *count += 1;
        Some(Place { _permit: permit, counted: Some((Arc::clone(&self.counts), from)) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some((counts, from)) = &self.counted else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(from) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(from);
            }
        }
    }
}

/// One household or one server: an IPv4 address, an IPv6 /64.
fn place(visitor: IpAddr) -> IpAddr {
    match visitor.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// Whether this is a machine of ours: a reverse proxy speaks for many.
fn is_neighbour(visitor: IpAddr) -> bool {
    match visitor.to_canonical() {
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
    async fn one_place_cannot_fill_the_room() {
        let crowd = Crowd::new(100, 2);
        let enter = async |who: &str| crowd.enter(crowd.room().await.unwrap(), ip(who));
        let (a, b) = (enter("203.0.113.7").await, enter("::ffff:203.0.113.7").await);
        assert!(a.is_some() && b.is_some());
        assert!(enter("203.0.113.7").await.is_none(), "the third of two");
        assert!(enter("203.0.113.8").await.is_some());
        drop(a);
        assert!(enter("203.0.113.7").await.is_some(), "a place that was left is free");
        let (_c, _d) = (enter("2001:db8::1").await.unwrap(), enter("2001:db8::ffff:2").await.unwrap());
        assert!(enter("2001:db8::3").await.is_none(), "a /64 is one household");
        drop((b, _c, _d));
        assert!(crowd.counts.lock().unwrap().is_empty(), "nobody is remembered");
        assert_eq!(crowd.room.available_permits(), 100);
    }

    #[tokio::test]
    async fn a_proxy_speaks_for_many() {
        let crowd = Crowd::new(100, 1);
        let mut inside = Vec::new();
        for who in ["127.0.0.1", "127.0.0.1", "10.0.0.1", "10.0.0.1", "fd00::1", "fd00::1", "::1", "::1"] {
            inside.push(crowd.enter(crowd.room().await.unwrap(), ip(who)).unwrap());
        }
        assert_eq!(crowd.room.available_permits(), 92, "but they count in the room");
    }
}
