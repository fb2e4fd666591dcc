//! `rundruf.webhook/1`: a request of the provider.

use super::answer::take_answer;
use crate::extension_call::{ExtensionAnswer, ExtensionKind};
use crate::loaded_instance::callbacks::text;
use crate::webhook_request::{MAX_MEDIA_TYPE, MAX_RESPONSE_BODY, WebhookRequest, WebhookResponse};
use rundruf_abi::{RawHeader, RawWebhookRequest, RawWebhookResponse, Status, View, WebhookHost, WebhookTable};
use std::ffi::c_void;

/// The host's table.
pub(super) static HOST: WebhookHost =
    WebhookHost { size: size_of::<WebhookHost>() as u32, flags: 0, answer: Some(answer) };

/// # Safety
/// The instance is open and belongs to the table (clause *self*).
pub(super) unsafe fn hand_over(
    table: &WebhookTable,
    instance: *mut c_void,
    id: u64,
    request: &WebhookRequest,
) -> Option<Status> {
    let headers: Vec<RawHeader<'_>> =
        request.headers.iter().map(|(n, v)| RawHeader { name: View::text(n), value: View::new(v) }).collect();
    let raw = RawWebhookRequest {
        size: size_of::<RawWebhookRequest<'_>>() as u32,
        flags: 0,
        id,
        method: View::text(&request.method),
        path: View::text(&request.path),
        query: View::text(&request.query),
        source: View::text(&request.source),
        body: View::new(&request.body),
        headers: headers.as_ptr(),
        header_count: headers.len(),
        header_stride: size_of::<RawHeader<'_>>(),
    };
    // SAFETY: clause *self*, which the caller assures; clause *borrow*: the request lives until the call returns.
    table.request.map(|take| unsafe { take(instance, &raw const raw) })
}

unsafe extern "C" fn answer(ctx: *mut c_void, response: *const RawWebhookResponse<'_>) -> Status {
    let read = |raw: &RawWebhookResponse<'_>| {
        // SAFETY: clause *borrow*: the bytes are valid for this call.
        let body = unsafe { raw.body.bytes() };
        let response = WebhookResponse {
            status: u16::try_from(raw.status).unwrap_or(500),
            media_type: text(&raw.media_type, MAX_MEDIA_TYPE),
            body: body.get(..MAX_RESPONSE_BODY).unwrap_or(body).to_vec(),
        };
        (raw.id, ExtensionAnswer::Webhook(response))
    };
    // SAFETY: clauses *host* and *borrow*.
    unsafe { take_answer(ctx, ExtensionKind::Webhook, response, read) }
}
