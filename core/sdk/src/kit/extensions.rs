//! The extensions of the kit's host: where a transport's answers go.

use super::kit_host::{kit_host, owned};
use crate::{Reach, WebhookResponse};
use rundruf_abi::{
    Growing, LOOKUP, LookupHost, RawLookupAnswer, RawWebhookResponse, Status, StridedView, View, WEBHOOK, WebhookHost,
};
use std::ffi::c_void;

/// The host's table of `rundruf.lookup/1`.
static LOOKUP_HOST: LookupHost =
    LookupHost { size: size_of::<LookupHost>() as u32, flags: 0, answer: Some(answer_lookup) };

/// The host's table of `rundruf.webhook/1`.
static WEBHOOK_HOST: WebhookHost =
    WebhookHost { size: size_of::<WebhookHost>() as u32, flags: 0, answer: Some(answer_webhook) };

/// Finds an extension of the host, unless it is an older one.
pub(super) unsafe extern "C" fn extension(ctx: *mut c_void, id: View<'_>) -> *const c_void {
    // SAFETY: see `kit_host`.
    let without_extensions = unsafe { kit_host(ctx) }.lock().without_extensions;
    match owned(&id).as_str() {
        _ if without_extensions => std::ptr::null(),
        LOOKUP => (&raw const LOOKUP_HOST).cast(),
        WEBHOOK => (&raw const WEBHOOK_HOST).cast(),
        _ => std::ptr::null(),
    }
}

unsafe extern "C" fn answer_lookup(
    ctx: *mut c_void,
    answers: *const RawLookupAnswer<'_>,
    count: usize,
    stride: usize,
) -> Status {
    // SAFETY: see `kit_host`.
    let kit_host = unsafe { kit_host(ctx) };
    let mut calls = kit_host.lock();
    calls.after_close += u32::from(calls.closed);
    // SAFETY: clause *borrow*: `count` answers lie `stride` bytes apart.
    let all = unsafe { StridedView::new(answers, count, stride, 256) };
    for raw in all.into_iter().flat_map(StridedView::iter) {
        let reach = match raw.reach {
            rundruf_abi::Reach::YES => Reach::Yes,
            rundruf_abi::Reach::NO => Reach::No(owned(&raw.detail)),
            _ => Reach::Unknown(owned(&raw.detail)),
        };
        calls.reached.push((raw.lookup, raw.index, reach));
    }
    drop(calls);
    kit_host.changed.notify_all();
    Status::OK
}

unsafe extern "C" fn answer_webhook(ctx: *mut c_void, response: *const RawWebhookResponse<'_>) -> Status {
    // SAFETY: see `kit_host`.
    let kit_host = unsafe { kit_host(ctx) };
    // SAFETY: clause *borrow*: null, or valid for this call.
    let Some(raw) = (unsafe { RawWebhookResponse::read_sized(response) }) else { return Status::BAD_ARGUMENT };
    // SAFETY: clause *borrow*: the bytes are valid for this call.
    let (media_type, body) = unsafe { (raw.media_type.bytes(), raw.body.bytes()) };
    let response = WebhookResponse {
        status: u16::try_from(raw.status).unwrap_or(500),
        media_type: String::from_utf8_lossy(media_type).into_owned(),
        body: body.to_vec(),
    };
    let mut calls = kit_host.lock();
    calls.after_close += u32::from(calls.closed);
    calls.responses.push((raw.id, response));
    drop(calls);
    kit_host.changed.notify_all();
    Status::OK
}
