//! The extension `rundruf.lookup/1`, beside the plugin: the question down, the answers up.

use super::{LoadedInstance, MAX_LINE, context, fence, text};
use crate::lookup::{LookupAnswer, LookupRefusal, MOST_ADDRESSES, reach_of};
use rundruf_abi::{
    LOOKUP, LookupHost, LookupTable, RawAddress, RawLookup, RawLookupAnswer, Status, TransportTable, View,
};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this host behaves as one did before there were extensions: see [`lend_no_extension`].
static OLDER: AtomicBool = AtomicBool::new(false);

/// For tests: from now on this process lends no extension to a plugin, as an older host.
#[doc(hidden)]
pub fn lend_no_extension() {
    OLDER.store(true, Ordering::Relaxed);
}

/// The host's half.
static HALF: LookupHost = LookupHost { size: size_of::<LookupHost>() as u32, flags: 0, answer: Some(answer) };

/// An extension of this host by its id.
pub(super) fn lent(id: &View<'_>) -> *const c_void {
    // SAFETY: clause *borrow*.
    let known = unsafe { id.bytes() } == LOOKUP.as_bytes() && !OLDER.load(Ordering::Relaxed);
    if known { (&raw const HALF).cast() } else { std::ptr::null() }
}

/// The plugin's half, if it has one that this host can use.
pub(super) fn offered(table: &TransportTable, instance: *mut c_void) -> Option<&'static LookupTable> {
    let extension = table.extension?;
    // SAFETY: clause *self*; clause *static*: null, or a table that lives for ever.
    let half = unsafe { extension(instance, View::text(LOOKUP)).cast::<LookupTable>().as_ref() }?;
    ((half.size as usize) >= size_of::<LookupTable>() && half.begin.is_some()).then_some(half)
}

impl LoadedInstance {
    /// Asks the plugin; its answers go to the outlet.
    pub(crate) fn lookup(&self, id: u64, addresses: &[(&str, &str)]) -> Result<(), LookupRefusal> {
        let begin = self.lookup.and_then(|table| table.begin).ok_or(LookupRefusal::NotOffered)?;
        let raw: Vec<RawAddress<'_>> =
            addresses.iter().map(|(c, v)| RawAddress { channel: View::text(c), value: View::text(v) }).collect();
        let question = RawLookup {
            size: size_of::<RawLookup<'_>>() as u32,
            flags: 0,
            id,
            addresses: raw.as_ptr(),
            count: raw.len(),
            stride: size_of::<RawAddress<'_>>(),
        };
        // SAFETY: clause *self*; clause *borrow*: the question lives until the call returns.
        match unsafe { begin(self.instance, &raw const question) } {
            Status::OK => Ok(()),
            Status::UNSUPPORTED => Err(LookupRefusal::NotOffered),
            _ => Err(LookupRefusal::Closed),
        }
    }
}

unsafe extern "C" fn answer(
    ctx: *mut c_void,
    answers: *const RawLookupAnswer<'_>,
    count: usize,
    stride: usize,
) -> Status {
    fence(Status::PANICKED, || {
        // SAFETY: see `context`.
        let Some(context) = (unsafe { context(ctx) }) else { return Status::NULL_POINTER };
        if answers.is_null() || stride < size_of::<RawLookupAnswer<'_>>() || count > MOST_ADDRESSES {
            return Status::BAD_ARGUMENT;
        }
        for n in 0..count {
            // SAFETY: clause *borrow*: `count` answers lie `stride` bytes apart.
            let raw = unsafe { &*answers.byte_add(n * stride) };
            let reached = LookupAnswer { reach: reach_of(raw.reach.0), detail: text(&raw.detail, MAX_LINE) };
            context.outlet.reached(raw.lookup, raw.index, reached);
        }
        Status::OK
    })
}
