//! The yes: looking changes nothing, one button does, as often as somebody presses it.

use crate::stage::{ANNA, FORM, Stage};
use crate::wire::{PATIENCE, request};
use rundruf_consent::State;
use rundruf_web::Limits;
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn scanners_may_look_as_often_as_they_like() {
    let s = Stage::new().await;
    let id = s.person(ANNA, None).await;
    let confirm = s.ask(id, "").await;
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
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twice_is_once() {
    let s = Stage::new().await;
    let id = s.person(ANNA, None).await;
    let confirm = s.ask(id, "").await;
    // Two at the same moment, as a double click does.
    let (a, b) = tokio::join!(s.post(&confirm, FORM, b""), s.post(&confirm, FORM, b""));
    let third = s.post(&confirm, FORM, b"anything=else").await;
    for reply in [a, b, third, s.get(&confirm).await] {
        assert_eq!(reply.status, 200);
        assert!(reply.text().contains("Danke, das ist bestätigt"), "{}", reply.text());
    }
    assert_eq!((s.state(id).await, s.events(ANNA).await), (State::Confirmed, 2));
    // Who has left is not brought back by an old link.
    let leave = s.engine.leave_url(id, s.engine.list_id(crate::stage::LIST).unwrap());
    s.post(leave.strip_prefix("https://news.krume.example").unwrap(), FORM, b"").await;
    assert!(s.post(&confirm, FORM, b"").await.text().contains("nicht mehr offen"));
    assert_eq!(s.state(id).await, State::Withdrawn);
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_late_is_told() {
    let s = Stage::new().await;
    let id = s.person(ANNA, None).await;
    let confirm = s.ask(id, "en").await;
    s.clock.advance(Duration::from_secs(8 * 86_400));
    for reply in [s.get(&confirm).await, s.post(&confirm, FORM, b"").await] {
        assert_eq!(reply.status, 200);
        let page = reply.text();
        assert!(page.contains("This sign-up is no longer open") && !page.contains("<button>"), "{page}");
    }
    assert_ne!(s.state(id).await, State::Confirmed);
    s.ends_well().await;
}

/// The network of who said yes is in the evidence, shortened, and only as far as a proxy of ours names it.
#[tokio::test(flavor = "multi_thread")]
async fn the_network_is_put_on_record() {
    let s = Stage::new().await;
    let id = s.person(ANNA, None).await;
    let confirm = s.ask(id, "").await;
    let headers = [("X-Forwarded-For", "192.0.2.9, 203.0.113.77"), ("X-Forwarded-For", "198.51.100.23")];
    s.raw(&request("POST", &confirm, &headers, b"")).await.unwrap();
    let events = s.store.consent_events(id, s.engine.list_id(crate::stage::LIST).unwrap()).await.unwrap();
    let json = events[1].json.as_deref().unwrap();
    assert!(json.contains("198.51.100.0/24"), "{json}");
    for never in ["192.0.2", "203.0.113", "198.51.100.23", "User-Agent"] {
        assert!(!json.contains(never), "{json}");
    }
    s.ends_well().await;
}

/// Mail programs rewrite links.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_written_anew_still_works() {
    let s = Stage::new().await;
    let id = s.person(ANNA, None).await;
    let confirm = s.ask(id, "").await;
    let anew: String = confirm[3..].bytes().map(|b| format!("%{b:02x}")).collect();
    assert!(s.get(&format!("/c/{anew}")).await.text().contains("<button>"));
    s.post(&format!("/c/{anew}?fbclid=x"), FORM, b"").await;
    assert_eq!(s.state(id).await, State::Confirmed);
    s.ends_well().await;
}

/// An answer that comes too late, or to nobody, does not undo what was asked for.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_is_done_to_its_end() {
    let s = Stage::within(Limits { request: Duration::ZERO, ..Limits::default() }).await;
    let id = s.person(ANNA, None).await;
    let confirm = s.ask(id, "").await;
    assert_eq!(s.post(&confirm, FORM, b"").await.status, 503, "no time for an answer");
    let begin = Instant::now();
    while s.state(id).await != State::Confirmed {
        assert!(begin.elapsed() < PATIENCE, "the yes was lost");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    s.ends_well().await;
}
