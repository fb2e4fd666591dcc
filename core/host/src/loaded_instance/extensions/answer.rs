//! Takes in what a plugin answers to a request.

use crate::extension_call::{ExtensionAnswer, ExtensionKind};
use crate::host_calls::unwind_guard;
use crate::loaded_instance::callbacks::CallbackContext;
use rundruf_abi::{Growing, Status};
use std::ffi::c_void;

/// Takes in an answer of the plugin: `read` copies it, and returns the id of its request.
///
/// # Safety
/// `ctx` is the context of the host's table (clause *host*); `raw` is null or valid for this call (clause *borrow*).
pub(super) unsafe fn take_answer<R: Growing>(
    ctx: *mut c_void,
    kind: ExtensionKind,
    raw: *const R,
    read: impl FnOnce(&R) -> (u64, ExtensionAnswer),
) -> Status {
    unwind_guard(Status::PANICKED, || {
        // SAFETY: the caller assures it.
        let Some(context) = (unsafe { ctx.cast::<CallbackContext>().as_ref() }) else { return Status::NULL_POINTER };
        if !context.claims.answers(kind) {
            return context.unclaimed(kind.capability());
        }
        // SAFETY: the caller assures it.
        let Some(raw) = (unsafe { R::read_sized(raw) }) else { return Status::BAD_ARGUMENT };
        let (id, answer) = read(&raw);
        context.callbacks.answered(id, answer.bounded());
        Status::OK
    })
}
