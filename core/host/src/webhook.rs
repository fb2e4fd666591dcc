//! The extension `rundruf.webhook/1`, seen from the daemon: a request of a provider goes to the plugin, and its answer comes back.

use crate::sync::lock;
use crate::webhook_request::{WebhookRequest, WebhookResponse};
use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Largest body of a request, in bytes.
pub const MAX_REQUEST_BODY: usize = 1 << 20;
/// Most headers of a request.
pub const MAX_HEADERS: usize = 100;
/// Requests that wait for a plugin at the same time; further ones are refused.
const MAX_OPEN: usize = 64;

/// Why a request was not answered by the plugin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WebhookRefusal {
    /// The plugin takes no requests.
    NotOffered,
    /// The plugin is down or draining, or too many requests wait for it.
    Closed,
    /// No answer came in time.
    NoAnswer,
    /// The request has more headers or a larger body than the contract allows.
    TooLarge,
}

#[derive(Default)]
struct OpenRequests {
    next: u64,
    /// `None` while there is no answer.
    open: HashMap<u64, Option<Result<WebhookResponse, WebhookRefusal>>>,
}

/// Requests that wait for an answer.
#[derive(Default)]
pub(crate) struct PendingWebhooks {
    open: Mutex<OpenRequests>,
    changed: Condvar,
}

impl PendingWebhooks {
    /// Calls `begin` with the request's id and blocks until it is answered or the time is over.
    pub(crate) fn wait_for_answer(
        &self,
        request: &WebhookRequest,
        within: Duration,
        begin: impl FnOnce(u64) -> Result<(), WebhookRefusal>,
    ) -> Result<WebhookResponse, WebhookRefusal> {
        if request.headers.len() > MAX_HEADERS || request.body.len() > MAX_REQUEST_BODY {
            return Err(WebhookRefusal::TooLarge);
        }
        let until = Instant::now() + within;
        let id = {
            let mut table = lock(&self.open);
            if table.open.len() >= MAX_OPEN {
                return Err(WebhookRefusal::Closed);
            }
            table.next += 1;
            let id = table.next;
            table.open.insert(id, None);
            id
        };
        if let Err(refused) = begin(id) {
            lock(&self.open).open.remove(&id);
            return Err(refused);
        }
        let mut table = lock(&self.open);
        while table.open.get(&id).is_some_and(Option::is_none) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            table = self.changed.wait_timeout(table, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        table.open.remove(&id).flatten().unwrap_or(Err(WebhookRefusal::NoAnswer))
    }

    /// Records an answer; ignores one that was not asked for, or came before.
    pub(crate) fn answer(&self, id: u64, answer: Result<WebhookResponse, WebhookRefusal>) {
        if let Some(place @ None) = lock(&self.open).open.get_mut(&id) {
            *place = Some(answer);
            self.changed.notify_all();
        }
    }

    /// Refuses all: the plugin is down.
    pub(crate) fn close(&self) {
        for place in lock(&self.open).open.values_mut().filter(|place| place.is_none()) {
            *place = Some(Err(WebhookRefusal::Closed));
        }
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    fn said(status: u16) -> WebhookResponse {
        WebhookResponse { status, media_type: String::new(), body: Vec::new() }
    }

    #[test]
    fn the_first_answer_counts_and_nothing_is_kept() {
        let pending = PendingWebhooks::default();
        let got = pending.wait_for_answer(&WebhookRequest::default(), LONG, |id| {
            pending.answer(id + 1, Ok(said(500)));
            pending.answer(id, Ok(said(200)));
            pending.answer(id, Ok(said(403)));
            Ok(())
        });
        assert_eq!(got, Ok(said(200)));
        let late = pending.wait_for_answer(&WebhookRequest::default(), Duration::from_millis(5), |_| Ok(()));
        assert_eq!(late, Err(WebhookRefusal::NoAnswer));
        let gone = pending.wait_for_answer(&WebhookRequest::default(), LONG, |_| {
            pending.close();
            Ok(())
        });
        assert_eq!(gone, Err(WebhookRefusal::Closed));
        assert!(lock(&pending.open).open.is_empty());
    }

    #[test]
    fn a_request_that_is_too_large_and_one_too_many_never_reach_the_plugin() {
        let pending = PendingWebhooks::default();
        let never = |_| -> Result<(), WebhookRefusal> { panic!("it reached the plugin") };
        let body = WebhookRequest { body: vec![0; MAX_REQUEST_BODY + 1], ..WebhookRequest::default() };
        let headers = vec![(String::new(), Vec::new()); MAX_HEADERS + 1];
        for request in [body, WebhookRequest { headers, ..WebhookRequest::default() }] {
            assert_eq!(pending.wait_for_answer(&request, LONG, never), Err(WebhookRefusal::TooLarge));
        }
        lock(&pending.open).open.extend((0..MAX_OPEN as u64).map(|id| (1_000 + id, None)));
        assert_eq!(pending.wait_for_answer(&WebhookRequest::default(), LONG, never), Err(WebhookRefusal::Closed));
    }
}
