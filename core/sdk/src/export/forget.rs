//! The function table of the extension `rundruf.forget/1`, for a transport that implements [`Forget`](crate::Forget).

use crate::forget::NotForgotten;
use crate::host::HostHandle;
use crate::instance::{borrow, catch_panic};
use crate::transport::{Transport, guarded};
use rundruf_abi::{FORGET, ForgetHost, ForgetTable, Growing, RawForget, RawForgotten, Status, StridedView, View};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::Arc;

/// Most addresses in one request, as the contract says.
const MAX_ADDRESSES: usize = 256;

/// Holds the static table for one type of transport.
struct ForgetTableFor<T>(PhantomData<T>);

impl<T: Transport> ForgetTableFor<T> {
    const TABLE: &'static ForgetTable =
        &ForgetTable { size: size_of::<ForgetTable>() as u32, flags: 0, forget: Some(forget::<T>) };
}

/// The table of a transport that forgets.
pub(super) fn table<T: Transport>() -> &'static ForgetTable {
    ForgetTableFor::<T>::TABLE
}

fn answer(handle: &HostHandle, id: u64, forgotten: &Result<(), NotForgotten>) {
    let (status, detail) = match forgotten {
        Ok(()) => (Status::OK, ""),
        Err(why) => (Status::FAILED, why.0.as_str()),
    };
    let size = size_of::<RawForgotten<'_>>() as u32;
    let forgotten = RawForgotten { size, status, id, detail: View::text(detail) };
    handle.with_extension(FORGET, |ctx, host: ForgetHost| {
        if let Some(answer) = host.answer {
            // SAFETY: the answer is borrowed for the call; [any thread] [opened..closed], which `with_extension` assures.
            unsafe { answer(ctx, &raw const forgotten) };
        }
    });
}

unsafe extern "C" fn forget<T: Transport>(instance: *mut c_void, forget: *const RawForget<'_>) -> Status {
    catch_panic(Status::PANICKED, || {
        // SAFETY: clause *self*.
        let Some(this) = (unsafe { borrow::<T>(instance) }).filter(|_| !forget.is_null()) else {
            return Status::NULL_POINTER;
        };
        // SAFETY: clause *borrow*: valid for this call, and so is the array.
        let read = unsafe {
            RawForget::read_sized(forget)
                .and_then(|raw| Some((raw.id, StridedView::new(raw.addresses, raw.count, raw.stride, MAX_ADDRESSES)?)))
        };
        let Some((id, addresses)) = read.filter(|(_, all)| !all.is_empty()) else { return Status::BAD_ARGUMENT };
        if this.transport.forget().is_none() {
            return Status::UNSUPPORTED;
        }
        if this.is_draining() {
            return Status::CLOSED;
        }
        // SAFETY: clause *borrow*: the bytes are valid for this call.
        let text = |view: View<'_>| String::from_utf8_lossy(unsafe { view.bytes() }).into_owned();
        // Copied, because the request is borrowed for this call only.
        let addresses: Vec<(String, String)> = addresses.iter().map(|a| (text(a.channel), text(a.value))).collect();
        let (transport, handle) = (Arc::clone(&this.transport), Arc::clone(&this.handle));
        this.runtime.spawn(async move {
            let forgotten = match transport.forget() {
                Some(extension) => guarded(extension.forget(&addresses)).await,
                None => None,
            };
            answer(&handle, id, &forgotten.unwrap_or_else(|| Err(NotForgotten::new("the plugin panicked"))));
        });
        Status::OK
    })
}
