//! The function table of the extension `rundruf.lookup/1`, for a transport that implements [`Lookup`](crate::Lookup).

use crate::host::HostHandle;
use crate::instance::{borrow, catch_panic};
use crate::lookup::Reach;
use crate::transport::{Transport, guarded};
use rundruf_abi::{Growing, LOOKUP, LookupHost, LookupTable, RawLookup, RawLookupAnswer, Status, StridedView, View};
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
    fn lookup_table(&self, t: &rundruf_abi::HostTable) -> Option<LookupHost> {
        let extension = t.extension?;
        // SAFETY: [any thread] [opened..closed], which `with` assures; clause *host*: null, or a table that lives as long as the host's.
        unsafe { LookupHost::read_sized(extension(t.ctx, View::text(LOOKUP)).cast::<LookupHost>()) }
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
        // SAFETY: clause *self*.
        let Some(this) = (unsafe { borrow::<T>(instance) }).filter(|_| !lookup.is_null()) else {
            return Status::NULL_POINTER;
        };
        // SAFETY: clause *borrow*: valid for this call, and so is the array.
        let read = unsafe {
            RawLookup::read_sized(lookup)
                .and_then(|raw| Some((raw.id, StridedView::new(raw.addresses, raw.count, raw.stride, MAX_ADDRESSES)?)))
        };
        let Some((id, addresses)) = read.filter(|(_, all)| !all.is_empty()) else { return Status::BAD_ARGUMENT };
        if this.transport.lookup().is_none() || !this.handle.has_lookup() {
            return Status::UNSUPPORTED;
        }
        if this.is_draining() {
            return Status::CLOSED;
        }
        for (index, address) in (0_u32..).zip(addresses.iter()) {
            // SAFETY: clause *borrow*: the bytes are valid for this call.
            let (channel, value) = unsafe { (address.channel.bytes(), address.value.bytes()) };
            // Copied, because the lookup is borrowed for this call only.
            let (channel, value) =
                (String::from_utf8_lossy(channel).into_owned(), String::from_utf8_lossy(value).into_owned());
            let (transport, handle) = (Arc::clone(&this.transport), Arc::clone(&this.handle));
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
