//! Sends a transport a request as its provider would.

use super::Kit;
use super::kit_host::KitAnswer;
use crate::{WebhookRequest, WebhookResponse};
use rundruf_abi::{RawHeader, RawWebhookRequest, View, WEBHOOK, WebhookTable};

impl Kit {
    /// Hands a request over and waits for the answer. `None` if the transport does not have the extension.
    ///
    /// # Panics
    /// If the request is refused for another reason, or no answer comes within a minute.
    #[must_use]
    pub fn webhook(&mut self, request: &WebhookRequest) -> Option<WebhookResponse> {
        let headers: Vec<RawHeader<'_>> =
            request.headers.iter().map(|(n, v)| RawHeader { name: View::text(n), value: View::new(v) }).collect();
        let answer = self.ask(WEBHOOK, |table: &WebhookTable, instance, id| {
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
            // SAFETY: clause *self*; the request is borrowed for the call.
            table.request.map(|f| unsafe { f(instance, &raw const raw) })
        });
        match answer? {
            KitAnswer::Webhook(response) => Some(response),
            _ => None,
        }
    }
}
