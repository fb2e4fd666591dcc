//! The function table of the extension `rundruf.lookup/1`, for a transport that implements [`Lookup`](crate::Lookup).

use super::{borrow, catch_panic};
use crate::host::HostHandle;
use crate::lookup::Reach;
use crate::transport::{Transport, guarded};
use rundruf_abi::{LOOKUP, LookupHost, LookupTable, RawAddress, RawLookup, RawLookupAnswer, Status, View};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::Arc;

/// Most addresses in one lookup, as the contract says.
const MAX_ADDRESSES: usize = 256;

/// Holds the static table for one type of transport.
struct LookupTableFor<T>(PhantomData<T>);

impl<T: Transport> LookupTableFor<T> {
    const TABLE: &'static LookupTable =
        &LookupTable { size: size_of::<LookupTable>() as u32, flags: 0, begin: Some(begin::<T>) };
}

/// The table of a transport that can look up.
pub(super) fn table<T: Transport>() -> &'static LookupTable {
    LookupTableFor::<T>::TABLE
}

impl HostHandle {
    /// Whether the host has the extension.
    fn has_lookup(&self) -> bool {
        self.with(|t| self.lookup_table(t).is_some()).unwrap_or(false)
    }

    /// The host's table of the extension.
    fn lookup_table<'a>(&self, t: &'a rundruf_abi::HostTable) -> Option<&'a LookupHost> {
        let extension = t.extension?;
        // SAFETY: [any thread] [opened..closed], which `with` assures; clause *host*: null, or a table that lives as long as the host's.
        let table = unsafe { extension(t.ctx, View::text(LOOKUP)).cast::<LookupHost>().as_ref() }?;
        ((table.size as usize) >= size_of::<LookupHost>()).then_some(table)
    }

    fn answer(&self, lookup: u64, index: u32, reach: &Reach) {
        let (reach, detail) = match reach {
            Reach::Yes => (rundruf_abi::Reach::YES, ""),
            Reach::No(why) => (rundruf_abi::Reach::NO, why.as_str()),
            Reach::Unknown(why) => (rundruf_abi::Reach::UNKNOWN, why.as_str()),
        };
        let answer = RawLookupAnswer { lookup, index, reach, detail: View::text(detail) };
        self.with(|t| {
            if let Some(answer_to) = self.lookup_table(t).and_then(|table| table.answer) {
                // SAFETY: the answer is borrowed for the call; [any thread] [opened..closed], which `with` assures.
                unsafe { answer_to(t.ctx, &raw const answer, 1, size_of::<RawLookupAnswer<'_>>()) };
            }
        });
    }
}

unsafe extern "C" fn begin<T: Transport>(instance: *mut c_void, lookup: *const RawLookup<'_>) -> Status {
    catch_panic(Status::PANICKED, || {
        // SAFETY: clause *self*; clause *borrow*: null, or valid for this call.
        let (Some(this), Some(raw)) = (unsafe { borrow::<T>(instance) }, unsafe { lookup.as_ref() }) else {
            return Status::NULL_POINTER;
        };
        let whole = (raw.size as usize) >= size_of::<RawLookup<'_>>() && raw.stride >= size_of::<RawAddress<'_>>();
        if !whole || raw.addresses.is_null() || raw.count == 0 || raw.count > MAX_ADDRESSES {
            return Status::BAD_ARGUMENT;
        }
        if this.transport.lookup().is_none() || !this.handle.has_lookup() {
            return Status::UNSUPPORTED;
        }
        if this.is_draining() {
            return Status::CLOSED;
        }
        for n in 0..raw.count {
            // SAFETY: clause *borrow*: `count` addresses lie `stride` bytes apart, and so do the bytes that they show.
            let (channel, value) = unsafe {
                let address = &*raw.addresses.byte_add(n * raw.stride);
                (address.channel.bytes(), address.value.bytes())
            };
            // Copied, because the lookup is borrowed for this call only.
            let (channel, value) =
                (String::from_utf8_lossy(channel).into_owned(), String::from_utf8_lossy(value).into_owned());
            let (transport, handle) = (Arc::clone(&this.transport), Arc::clone(&this.handle));
            let (id, index) = (raw.id, u32::try_from(n).unwrap_or(u32::MAX));
            this.runtime.spawn(async move {
                let reach = match transport.lookup() {
                    Some(lookup) => guarded(lookup.reach(&channel, &value)).await,
                    None => None,
                };
                handle.answer(id, index, &reach.unwrap_or_else(|| Reach::Unknown("the plugin panicked".to_owned())));
            });
        }
        Status::OK
    })
}
