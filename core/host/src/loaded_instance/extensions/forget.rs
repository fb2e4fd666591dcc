//! `rundruf.forget/1`: addresses to forget.

use super::answer::take_answer;
use crate::event::MAX_LINE;
use crate::extension_call::{ExtensionAnswer, ExtensionKind};
use crate::loaded_instance::callbacks::text;
use rundruf_abi::{ForgetHost, ForgetTable, RawAddress, RawForget, RawForgotten, Status, View};
use std::ffi::c_void;

/// The host's table.
pub(super) static HOST: ForgetHost =
    ForgetHost { size: size_of::<ForgetHost>() as u32, flags: 0, answer: Some(answer) };

/// # Safety
/// The instance is open and belongs to the table (clause *self*).
pub(super) unsafe fn hand_over(
    table: &ForgetTable,
    instance: *mut c_void,
    id: u64,
    addresses: &[(String, String)],
) -> Option<Status> {
    let all: Vec<RawAddress<'_>> =
        addresses.iter().map(|(c, v)| RawAddress { channel: View::text(c), value: View::text(v) }).collect();
    let raw = RawForget {
        size: size_of::<RawForget<'_>>() as u32,
        flags: 0,
        id,
        addresses: all.as_ptr(),
        count: all.len(),
        stride: size_of::<RawAddress<'_>>(),
    };
    // SAFETY: clause *self*, which the caller assures; clause *borrow*: the addresses live until the call returns.
    table.forget.map(|forget| unsafe { forget(instance, &raw const raw) })
}

unsafe extern "C" fn answer(ctx: *mut c_void, forgotten: *const RawForgotten<'_>) -> Status {
    let read = |raw: &RawForgotten<'_>| {
        let why = || text(&raw.detail, MAX_LINE);
        let forgotten = if raw.status == Status::OK { Ok(()) } else { Err(why()) };
        (raw.id, ExtensionAnswer::Forget(forgotten))
    };
    // SAFETY: clauses *host* and *borrow*.
    unsafe { take_answer(ctx, ExtensionKind::Forget, forgotten, read) }
}
