//! Asks a transport whether addresses can be reached.

use super::Kit;
use super::kit_host::KitHost;
use crate::Reach;
use rundruf_abi::{Growing, LOOKUP, LookupTable, RawAddress, RawLookup, Status, View};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

impl Kit {
    /// Asks whether these addresses (channel and value) can be reached. `None` if the transport or the host does not have the extension.
    ///
    /// # Panics
    /// If the lookup is refused for another reason, or an answer is missing or comes twice.
    #[must_use]
    pub fn lookup(&mut self, addresses: &[(&str, &str)]) -> Option<Vec<Reach>> {
        let id = self.next;
        self.next += 1;
        let extension = self.table.extension?;
        // SAFETY: clause *self*; clause *static*: null, or a table that lives for ever.
        let table =
            unsafe { LookupTable::read_sized(extension(self.instance, View::text(LOOKUP)).cast::<LookupTable>()) }?;
        let raw: Vec<RawAddress<'_>> =
            addresses.iter().map(|(c, v)| RawAddress { channel: View::text(c), value: View::text(v) }).collect();
        let (count, stride) = (raw.len(), size_of::<RawAddress<'_>>());
        let lookup =
            RawLookup { size: size_of::<RawLookup<'_>>() as u32, flags: 0, id, addresses: raw.as_ptr(), count, stride };
        // SAFETY: clause *self*; the lookup is borrowed for the call.
        let status = table.begin.map_or(Status::UNSUPPORTED, |f| unsafe { f(self.instance, &raw const lookup) });
        if status == Status::UNSUPPORTED {
            return None;
        }
        assert_eq!(status, Status::OK, "the lookup was not accepted");
        Some(self.kit_host.reached(id, count))
    }
}

impl KitHost {
    fn reached(&self, id: u64, count: usize) -> Vec<Reach> {
        let until = Instant::now() + Duration::from_secs(60);
        let mut calls = self.lock();
        loop {
            let of: Vec<_> = calls.reached.iter().filter(|(lookup, ..)| *lookup == id).collect();
            let all: Option<Vec<Reach>> = (0..count)
                .map(|n| of.iter().find(|(_, index, _)| *index as usize == n).map(|(.., reach)| reach.clone()))
                .collect();
            assert!(of.len() <= count, "answered twice");
            if let Some(all) = all {
                return all;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{} of {count} answers came", of.len());
            calls = self.changed.wait_timeout(calls, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
