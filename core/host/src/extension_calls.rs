//! Requests to extensions, seen from the daemon: a request goes to the plugin, and its answer comes back.

use crate::extension_call::{ExtensionAnswer, ExtensionKind, ExtensionRefusal, ExtensionRequest};
use crate::sync::lock;
use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// One request: what it asks for, and its answer once there is one.
struct OpenRequest {
    kind: ExtensionKind,
    answer: Option<Result<ExtensionAnswer, ExtensionRefusal>>,
}

#[derive(Default)]
struct OpenRequests {
    next: u64,
    open: HashMap<u64, OpenRequest>,
}

/// Requests that wait for an answer.
#[derive(Default)]
pub(crate) struct PendingRequests {
    open: Mutex<OpenRequests>,
    changed: Condvar,
}

impl PendingRequests {
    /// Calls `begin` with the request's id and blocks until it is answered or the time is over.
    pub(crate) fn wait_for_answer(
        &self,
        request: &ExtensionRequest,
        within: Duration,
        begin: impl FnOnce(u64) -> Result<(), ExtensionRefusal>,
    ) -> Result<ExtensionAnswer, ExtensionRefusal> {
        if !request.fits() {
            return Err(ExtensionRefusal::TooLarge);
        }
        let until = Instant::now() + within;
        let kind = request.kind();
        let id = {
            let mut table = lock(&self.open);
            if table.open.values().filter(|open| open.kind == kind).count() >= kind.most() {
                return Err(ExtensionRefusal::Closed);
            }
            table.next += 1;
            let id = table.next;
            table.open.insert(id, OpenRequest { kind, answer: None });
            id
        };
        if let Err(refused) = begin(id) {
            lock(&self.open).open.remove(&id);
            return Err(refused);
        }
        let mut table = lock(&self.open);
        while table.open.get(&id).is_some_and(|open| open.answer.is_none()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            table = self.changed.wait_timeout(table, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        table.open.remove(&id).and_then(|open| open.answer).unwrap_or(Err(ExtensionRefusal::NoAnswer))
    }

    /// Records an answer; ignores one that was not asked for, is of another kind, or came before.
    pub(crate) fn answer(&self, id: u64, answer: Result<ExtensionAnswer, ExtensionRefusal>) {
        let mut table = lock(&self.open);
        let Some(open) = table.open.get_mut(&id).filter(|open| open.answer.is_none()) else { return };
        if answer.as_ref().is_ok_and(|answer| answer.kind() != open.kind) {
            return;
        }
        open.answer = Some(answer.map(ExtensionAnswer::bounded));
        self.changed.notify_all();
    }

    /// Refuses all: the plugin is down.
    pub(crate) fn close(&self) {
        for open in lock(&self.open).open.values_mut() {
            open.answer.get_or_insert(Err(ExtensionRefusal::Closed));
        }
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extension_call::{MAX_FORGET, MAX_HEADERS, MAX_REQUEST_BODY};
    use crate::health_report::HealthReport;
    use crate::webhook_request::{WebhookRequest, WebhookResponse};

    const LONG: Duration = Duration::from_secs(600);

    fn said(status: u16) -> ExtensionAnswer {
        ExtensionAnswer::Webhook(WebhookResponse { status, media_type: String::new(), body: Vec::new() })
    }

    fn request() -> ExtensionRequest {
        ExtensionRequest::Webhook(WebhookRequest::default())
    }

    #[test]
    fn the_first_answer_counts_and_nothing_is_kept() {
        let pending = PendingRequests::default();
        let got = pending.wait_for_answer(&request(), LONG, |id| {
            pending.answer(id + 1, Ok(said(500)));
            pending.answer(id, Ok(ExtensionAnswer::Health(HealthReport::default())));
            pending.answer(id, Ok(said(200)));
            pending.answer(id, Ok(said(403)));
            Ok(())
        });
        assert_eq!(got, Ok(said(200)));
        let late = pending.wait_for_answer(&request(), Duration::from_millis(5), |_| Ok(()));
        assert_eq!(late, Err(ExtensionRefusal::NoAnswer));
        let gone = pending.wait_for_answer(&request(), LONG, |_| {
            pending.close();
            Ok(())
        });
        assert_eq!(gone, Err(ExtensionRefusal::Closed));
        assert!(lock(&pending.open).open.is_empty());
    }

    #[test]
    fn a_request_that_is_too_large_and_one_too_many_never_reach_the_plugin() {
        let pending = PendingRequests::default();
        let never = |_| -> Result<(), ExtensionRefusal> { panic!("it reached the plugin") };
        let body = WebhookRequest { body: vec![0; MAX_REQUEST_BODY + 1], ..WebhookRequest::default() };
        let headers = vec![(String::new(), Vec::new()); MAX_HEADERS + 1];
        let many = vec![(String::new(), String::new()); MAX_FORGET + 1];
        for request in [
            ExtensionRequest::Webhook(body),
            ExtensionRequest::Webhook(WebhookRequest { headers, ..WebhookRequest::default() }),
            ExtensionRequest::Forget(many),
            ExtensionRequest::Forget(Vec::new()),
            ExtensionRequest::Setup { step: String::new(), answer: "x".repeat(5_000) },
        ] {
            assert_eq!(pending.wait_for_answer(&request, LONG, never), Err(ExtensionRefusal::TooLarge));
        }
        let waits = || OpenRequest { kind: ExtensionKind::Webhook, answer: None };
        let most = ExtensionKind::Webhook.most() as u64;
        lock(&pending.open).open.extend((0..most).map(|id| (1_000 + id, waits())));
        assert_eq!(pending.wait_for_answer(&request(), LONG, never), Err(ExtensionRefusal::Closed));
        // Those of a provider keep nobody else waiting.
        let asked = pending.wait_for_answer(&ExtensionRequest::Health, LONG, |id| {
            pending.answer(id, Ok(ExtensionAnswer::Health(HealthReport::default())));
            Ok(())
        });
        assert!(asked.is_ok());
    }
}
