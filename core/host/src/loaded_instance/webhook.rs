//! The extension `rundruf.webhook/1`, on the plugin's side of the pipe: passes requests to the plugin and answers to the callbacks.

use super::callbacks::{CallbackContext, text};
use crate::host_calls::unwind_guard;
use crate::webhook::WebhookRefusal;
use crate::webhook_request::{MAX_MEDIA_TYPE, MAX_RESPONSE_BODY, WebhookRequest, WebhookResponse};
use rundruf_abi::{
    Growing, RawHeader, RawWebhookRequest, RawWebhookResponse, Status, TransportTable, View, WEBHOOK, WebhookHost,
    WebhookTable,
};
use std::ffi::c_void;

/// The host's table of the extension.
pub(super) static WEBHOOK_HOST: WebhookHost =
    WebhookHost { size: size_of::<WebhookHost>() as u32, flags: 0, answer: Some(answer) };

/// The plugin's table of the extension, if it offers one that this host understands.
pub(super) fn offered_extension(table: &TransportTable, instance: *mut c_void) -> Option<WebhookTable> {
    let extension = table.extension?;
    // SAFETY: clause *self*; clause *static*: null, or a table that lives for ever.
    let webhook_table = unsafe { WebhookTable::read_sized(extension(instance, View::text(WEBHOOK)).cast()) };
    webhook_table.filter(|table| table.request.is_some())
}

/// Hands a request to the plugin; its answer goes to the callbacks.
///
/// # Safety
/// The instance is open and belongs to the table (clause *self*).
pub(super) unsafe fn hand_over(
    table: &WebhookTable,
    instance: *mut c_void,
    id: u64,
    request: &WebhookRequest,
) -> Result<(), WebhookRefusal> {
    let take = table.request.ok_or(WebhookRefusal::NotOffered)?;
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
    match unsafe { take(instance, &raw const raw) } {
        Status::OK => Ok(()),
        Status::UNSUPPORTED => Err(WebhookRefusal::NotOffered),
        _ => Err(WebhookRefusal::Closed),
    }
}

unsafe extern "C" fn answer(ctx: *mut c_void, response: *const RawWebhookResponse<'_>) -> Status {
    unwind_guard(Status::PANICKED, || {
        // SAFETY: clause *host*: the context of the host's table.
        let Some(context) = (unsafe { ctx.cast::<CallbackContext>().as_ref() }) else { return Status::NULL_POINTER };
        if !context.claims.webhook {
            return context.unclaimed("webhook");
        }
        // SAFETY: clause *borrow*: null, or valid for this call.
        let Some(raw) = (unsafe { RawWebhookResponse::read_sized(response) }) else { return Status::BAD_ARGUMENT };
        // SAFETY: clause *borrow*: the bytes are valid for this call.
        let body = unsafe { raw.body.bytes() };
        let response = WebhookResponse {
            status: u16::try_from(raw.status).unwrap_or(500),
            media_type: text(&raw.media_type, MAX_MEDIA_TYPE),
            body: body.get(..MAX_RESPONSE_BODY).unwrap_or(body).to_vec(),
        };
        context.callbacks.responded(raw.id, response.bounded());
        Status::OK
    })
}
