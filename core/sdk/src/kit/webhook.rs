//! Sends a transport a request as its provider would.

use super::Kit;
use crate::{WebhookRequest, WebhookResponse};
use rundruf_abi::{Growing, RawHeader, RawWebhookRequest, Status, View, WEBHOOK, WebhookTable};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

impl Kit {
    /// Hands a request over and waits for the answer. `None` if the transport does not have the extension.
    ///
    /// # Panics
    /// If the request is refused for another reason, or no answer comes within a minute.
    #[must_use]
    pub fn webhook(&mut self, request: &WebhookRequest) -> Option<WebhookResponse> {
        let id = self.next;
        self.next += 1;
        let extension = self.table.extension?;
        // SAFETY: clause *self*; clause *static*: null, or a table that lives for ever.
        let table =
            unsafe { WebhookTable::read_sized(extension(self.instance, View::text(WEBHOOK)).cast::<WebhookTable>()) }?;
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
        // SAFETY: clause *self*; the request is borrowed for the call.
        let status = table.request.map_or(Status::UNSUPPORTED, |f| unsafe { f(self.instance, &raw const raw) });
        if status == Status::UNSUPPORTED {
            return None;
        }
        assert_eq!(status, Status::OK, "the request was not accepted");
        let until = Instant::now() + Duration::from_secs(60);
        let mut calls = self.kit_host.lock();
        loop {
            if let Some(at) = calls.responses.iter().position(|(of, _)| *of == id) {
                return Some(calls.responses.swap_remove(at).1);
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no answer came");
            calls = self.kit_host.changed.wait_timeout(calls, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
