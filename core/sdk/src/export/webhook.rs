//! The function table of the extension `rundruf.webhook/1`, for a transport that implements [`Webhook`](crate::Webhook).

use crate::host::HostHandle;
use crate::instance::{borrow, catch_panic};
use crate::transport::{Transport, guarded};
use crate::webhook::{WebhookRequest, WebhookResponse};
use rundruf_abi::{
    Growing, RawWebhookRequest, RawWebhookResponse, Status, StridedView, View, WEBHOOK, WebhookHost, WebhookTable,
};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::Arc;

/// Most headers of a request, as the contract says.
const MAX_HEADERS: usize = 100;

/// Holds the static table for one type of transport.
struct WebhookTableFor<T>(PhantomData<T>);

impl<T: Transport> WebhookTableFor<T> {
    const TABLE: &'static WebhookTable =
        &WebhookTable { size: size_of::<WebhookTable>() as u32, flags: 0, request: Some(request::<T>) };
}

/// The table of a transport whose provider calls back.
pub(super) fn table<T: Transport>() -> &'static WebhookTable {
    WebhookTableFor::<T>::TABLE
}

impl HostHandle {
    fn respond(&self, id: u64, response: &WebhookResponse) {
        let response = RawWebhookResponse {
            size: size_of::<RawWebhookResponse<'_>>() as u32,
            status: response.status.into(),
            id,
            media_type: View::text(&response.media_type),
            body: View::new(&response.body),
        };
        self.with_extension(WEBHOOK, |ctx, host: WebhookHost| {
            if let Some(answer) = host.answer {
                // SAFETY: the response is borrowed for the call; [any thread] [opened..closed], which `with_extension` assures.
                unsafe { answer(ctx, &raw const response) };
            }
        });
    }
}

unsafe extern "C" fn request<T: Transport>(instance: *mut c_void, request: *const RawWebhookRequest<'_>) -> Status {
    catch_panic(Status::PANICKED, || {
        // SAFETY: clause *self*.
        let Some(this) = (unsafe { borrow::<T>(instance) }).filter(|_| !request.is_null()) else {
            return Status::NULL_POINTER;
        };
        // SAFETY: clause *borrow*: valid for this call, and so is the array.
        let read = unsafe {
            RawWebhookRequest::read_sized(request).and_then(|raw| {
                let headers = StridedView::new(raw.headers, raw.header_count, raw.header_stride, MAX_HEADERS)?;
                Some((raw, headers))
            })
        };
        let Some((raw, headers)) = read else { return Status::BAD_ARGUMENT };
        if this.transport.webhook().is_none() {
            return Status::UNSUPPORTED;
        }
        if this.is_draining() {
            return Status::CLOSED;
        }
        // SAFETY: clause *borrow*: the bytes are valid for this call.
        let bytes = |view: View<'_>| unsafe { view.bytes() }.to_vec();
        let text = |view: View<'_>| String::from_utf8_lossy(&bytes(view)).into_owned();
        // Copied, because the request is borrowed for this call only.
        let owned = WebhookRequest {
            method: text(raw.method),
            path: text(raw.path),
            query: text(raw.query),
            source: text(raw.source),
            headers: headers.iter().map(|h| (text(h.name), bytes(h.value))).collect(),
            body: bytes(raw.body),
        };
        let (transport, handle, id) = (Arc::clone(&this.transport), Arc::clone(&this.handle), raw.id);
        this.runtime.spawn(async move {
            let response = match transport.webhook() {
                Some(webhook) => guarded(webhook.request(owned)).await,
                None => None,
            };
            handle.respond(id, &response.unwrap_or_else(WebhookResponse::later));
        });
        Status::OK
    })
}
