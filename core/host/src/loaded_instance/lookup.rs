//! The extension `rundruf.lookup/1`, on the plugin's side of the pipe: passes questions to the plugin and answers to the callbacks.

use super::LoadedInstance;
use super::callbacks::{CallbackContext, text};
use super::extensions;
use crate::event::MAX_LINE;
use crate::host_calls::unwind_guard;
use crate::lookup::{LookupAnswer, LookupRefusal, MAX_ADDRESSES, reachability};
use rundruf_abi::{
    Growing, LOOKUP, LookupHost, LookupTable, RawAddress, RawLookup, RawLookupAnswer, Status, StridedView,
    TransportTable, View,
};
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether no extension is offered to plugins: see [`lend_no_extension`].
static NO_EXTENSIONS: AtomicBool = AtomicBool::new(false);

/// For tests: from now on this process offers no extension, like a host of an earlier version.
#[doc(hidden)]
pub fn lend_no_extension() {
    NO_EXTENSIONS.store(true, Ordering::Relaxed);
}

/// The host's table of the extension.
static LOOKUP_HOST: LookupHost = LookupHost { size: size_of::<LookupHost>() as u32, flags: 0, answer: Some(answer) };

/// The host's table for an extension id; null if the id is unknown.
pub(super) fn lent_extension(id: &[u8]) -> *const c_void {
    if NO_EXTENSIONS.load(Ordering::Relaxed) {
        return std::ptr::null();
    }
    if id == LOOKUP.as_bytes() {
        return (&raw const LOOKUP_HOST).cast();
    }
    extensions::lent_extension(id)
}

/// The plugin's table of the extension, if it offers one that this host understands.
pub(super) fn offered_extension(table: &TransportTable, instance: *mut c_void) -> Option<LookupTable> {
    let extension = table.extension?;
    // SAFETY: clause *self*; clause *static*: null, or a table that lives for ever.
    let lookup_table = unsafe { LookupTable::read_sized(extension(instance, View::text(LOOKUP)).cast()) };
    lookup_table.filter(|table| table.begin.is_some())
}

impl LoadedInstance {
    /// Asks the plugin about addresses; its answers go to the callbacks.
    pub(crate) fn lookup(&self, id: u64, addresses: &[(&str, &str)]) -> Result<(), LookupRefusal> {
        let begin = self.lookup.as_ref().and_then(|table| table.begin).ok_or(LookupRefusal::NotOffered)?;
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
        let _call = self.calls.enter().ok_or(LookupRefusal::Closed)?;
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
    unwind_guard(Status::PANICKED, || {
        // SAFETY: clause *host*: the context of the host's table.
        let Some(context) = (unsafe { ctx.cast::<CallbackContext>().as_ref() }) else { return Status::NULL_POINTER };
        if !context.claims.lookup {
            return context.unclaimed("lookup");
        }
        // SAFETY: clause *borrow*: `count` answers are `stride` bytes apart.
        let Some(answers) = (unsafe { StridedView::new(answers, count, stride, MAX_ADDRESSES) }) else {
            return Status::BAD_ARGUMENT;
        };
        for raw in answers.iter() {
            let reached = LookupAnswer { reach: reachability(raw.reach.0), detail: text(&raw.detail, MAX_LINE) };
            context.callbacks.reached(raw.lookup, raw.index, reached);
        }
        Status::OK
    })
}
