//! The confirm page: viewing changes nothing, the button confirms, repeated presses change nothing more.

use crate::support::http::{TEST_TIMEOUT, request};
use crate::support::server::{ANNA, FORM, TestServer};
use rundruf_consent::State;
use rundruf_web::Limits;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn link_scanners_confirm_nothing() {
    let s = TestServer::new().await;
    let id = s.add_contact(ANNA, None).await;
    let confirm = s.request_consent(id, "").await;
    let events = s.events(ANNA).await;
    for method in ["GET", "HEAD", "OPTIONS", "GET", "PUT", "DELETE", "PROPFIND", "TRACE"] {
        for path in [confirm.clone(), format!("{confirm}?utm_source=x"), format!("{confirm}?confirm=1&_method=POST")] {
            s.raw(&request(method, &path, &[("User-Agent", "SafeLinks")], b"")).await.unwrap();
        }
    }
    assert_eq!((s.state(id).await, s.events(ANNA).await), (State::Requested, events));
    let page = s.get(&confirm).await.text();
    assert!(page.contains("<form method=\"post\"><button>Ja, das möchte ich</button></form>"), "{page}");
    assert!(
        page.contains("Ja, &lt;b&gt;Krume&lt;/b&gt; darf &amp; soll mir schreiben."),
        "the text as it was asked: {page}"
    );
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_twice_confirms_once() {
    let s = TestServer::new().await;
    let id = s.add_contact(ANNA, None).await;
    let confirm = s.request_consent(id, "").await;
    // Two requests at the same moment, as from a double click.
    let (a, b) = tokio::join!(s.post(&confirm, FORM, b""), s.post(&confirm, FORM, b""));
    let third = s.post(&confirm, FORM, b"anything=else").await;
    for reply in [a, b, third, s.get(&confirm).await] {
        assert_eq!(reply.status, 200);
        assert!(reply.text().contains("Danke, das ist bestätigt"), "{}", reply.text());
    }
    assert_eq!((s.state(id).await, s.events(ANNA).await), (State::Confirmed, 2));
    // An old confirm link does not undo an unsubscribe.
    let leave = s.engine.unsubscribe_url(id, s.engine.list_id(crate::support::server::LIST).unwrap()).await.unwrap();
    s.post(leave.strip_prefix("https://news.krume.example").unwrap(), FORM, b"").await;
    assert!(s.post(&confirm, FORM, b"").await.text().contains("nicht mehr offen"));
    assert_eq!(s.state(id).await, State::Withdrawn);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_link_says_so() {
    let s = TestServer::new().await;
    let id = s.add_contact(ANNA, None).await;
    let confirm = s.request_consent(id, "en").await;
    s.clock.advance(Duration::from_secs(8 * 86_400));
    for reply in [s.get(&confirm).await, s.post(&confirm, FORM, b"").await] {
        assert_eq!(reply.status, 200);
        let page = reply.text();
        assert!(page.contains("This sign-up is no longer open") && !page.contains("<button>"), "{page}");
    }
    assert_ne!(s.state(id).await, State::Confirmed);
    s.stop_and_check().await;
}

/// The evidence contains the anonymized network of the client, as the reverse proxy names it.
#[tokio::test(flavor = "multi_thread")]
async fn the_evidence_contains_the_network() {
    let s = TestServer::new().await;
    let id = s.add_contact(ANNA, None).await;
    let confirm = s.request_consent(id, "").await;
    let headers = [("X-Forwarded-For", "192.0.2.9, 203.0.113.77"), ("X-Forwarded-For", "198.51.100.23")];
    s.raw(&request("POST", &confirm, &headers, b"")).await.unwrap();
    let events = s.store.consent_events(id, s.engine.list_id(crate::support::server::LIST).unwrap()).await.unwrap();
    let json = events[1].json.as_deref().unwrap();
    assert!(json.contains("198.51.100.0/24"), "{json}");
    for never in ["192.0.2", "203.0.113", "198.51.100.23", "User-Agent"] {
        assert!(!json.contains(never), "{json}");
    }
    s.stop_and_check().await;
}

/// Some mail programs percent-encode links.
#[tokio::test(flavor = "multi_thread")]
async fn a_percent_encoded_link_works() {
    let s = TestServer::new().await;
    let id = s.add_contact(ANNA, None).await;
    let confirm = s.request_consent(id, "").await;
    let anew: String = confirm[3..].bytes().map(|b| format!("%{b:02x}")).collect();
    assert!(s.get(&format!("/c/{anew}")).await.text().contains("<button>"));
    s.post(&format!("/c/{anew}?fbclid=x"), FORM, b"").await;
    assert_eq!(s.state(id).await, State::Confirmed);
    s.stop_and_check().await;
}

/// A request timeout does not undo the confirmation.
#[tokio::test(flavor = "multi_thread")]
async fn a_confirmation_completes_after_a_timeout() {
    let s = TestServer::with_limits(Limits { request_timeout: Duration::ZERO, ..Limits::default() }).await;
    let id = s.add_contact(ANNA, None).await;
    let confirm = s.request_consent(id, "").await;
    assert_eq!(s.post(&confirm, FORM, b"").await.status, 503, "no time for an answer");
    let begin = Instant::now();
    while s.state(id).await != State::Confirmed {
        assert!(begin.elapsed() < TEST_TIMEOUT, "the yes was lost");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    s.stop_and_check().await;
}
