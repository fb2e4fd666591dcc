//! Unsubscribing by button and by one-click (RFC 8058): takes effect at once and may be repeated.

use crate::support::http::{TEST_TIMEOUT, request};
use crate::support::server::{ANNA, FORM, TestServer};
use rundruf_consent::State;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

const MULTIPART: &str = "multipart/form-data; boundary=b0undary";
const PARTS: &[u8] =
    b"--b0undary\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b0undary--\r\n";

/// Every body unsubscribes; its form decides what the response looks like and what the evidence says.
#[tokio::test(flavor = "multi_thread")]
async fn every_body_unsubscribes() {
    let s = TestServer::new().await;
    let table: &[(&str, &str, &[u8], &str)] = &[
        ("form", FORM, b"List-Unsubscribe=One-Click", "one_click"),
        ("multipart", MULTIPART, PARTS, "one_click"),
        ("no media type", "", b"List-Unsubscribe=One-Click", "one_click"),
        ("line end", "text/plain", b"List-Unsubscribe=One-Click\r\n", "one_click"),
        ("button", FORM, b"", "post"),
        ("other field", FORM, b"a=b", "post"),
        ("other value", FORM, b"List-Unsubscribe=Yes", "post"),
        ("JSON", "application/json", b"{\"List-Unsubscribe\":\"One-Click\"}", "post"),
        ("noise", "application/octet-stream", b"\xff\xfe\x00\x01", "post"),
        ("as large as may be", FORM, &[b'a'; 16 * 1024], "post"),
    ];
    for (n, (name, media_type, body, kind)) in table.iter().enumerate() {
        let address = format!("email:p{n}@mail.example");
        let id = s.add_contact(&address, Some("de")).await;
        let list = s.engine.list_id(crate::support::server::LIST).unwrap();
        let url = s.engine.unsubscribe_url(id, list).await.unwrap();
        let leave = url.strip_prefix("https://news.krume.example").unwrap();
        let headers: &[(&str, &str)] = if media_type.is_empty() { &[] } else { &[("Content-Type", media_type)] };
        for _ in 0..2 {
            let reply = s.raw(&request("POST", leave, headers, body)).await.unwrap();
            assert_eq!(reply.status, 200, "{name}");
            let one_click = *kind == "one_click";
            assert_eq!(reply.header("access-control-allow-origin").is_some(), one_click, "{name}");
            let text = reply.text();
            assert_eq!(text == "OK\n", one_click, "{name}: {text}");
            assert!(one_click || text.contains("Du bist abgemeldet"), "{name}: {text}");
        }
        let events = s.store.consent_events(id, list).await.unwrap();
        let json = events.last().and_then(|e| e.json.as_deref()).unwrap_or_default();
        assert!(json.contains(&format!("\"kind\":\"{kind}\"")), "{name}: {json}");
        let row = s.store.address_get(id).await.unwrap().unwrap();
        let state = row.consents.first().map(|c| c.state);
        assert!(state.is_some_and(|s| !matches!(s, State::Confirmed | State::Requested)), "{name}: {state:?}");
    }
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn viewing_does_not_unsubscribe() {
    let s = TestServer::new().await;
    let (_, leave) = s.subscriber(ANNA, None).await;
    for method in ["GET", "HEAD", "OPTIONS", "GET", "PUT", "DELETE"] {
        s.raw(&request(method, &leave, &[], b"List-Unsubscribe=One-Click")).await.unwrap();
    }
    assert_eq!(s.state_of(ANNA).await, State::Confirmed);
    let page = s.get(&leave).await.text();
    assert!(page.contains("<form method=\"post\"><button>Abmelden</button></form>"), "{page}");
    // One interaction after the link; no reason is asked, no second question.
    let left = s.post(&leave, FORM, b"").await;
    assert!(left.text().contains("Du bist abgemeldet") && !left.text().contains("<button>"));
    assert!(
        left.text().contains("<button name=\"lists\" value=\"all\">Von allen Listen abmelden</button>"),
        "{}",
        left.text()
    );
    let events = s.events(ANNA).await;
    for _ in 0..3 {
        assert_eq!(s.post(&leave, FORM, b"List-Unsubscribe=One-Click").await.status, 200);
    }
    assert_eq!((s.state_of(ANNA).await, s.events(ANNA).await), (State::Withdrawn, events), "again changes nothing");
    s.stop_and_check().await;
}

/// The link ends its list; the page's second button ends everything, also what may come later.
#[tokio::test(flavor = "multi_thread")]
async fn all_lists_by_the_second_button() {
    let s = TestServer::new().await;
    let (_, leave) = s.subscriber(ANNA, None).await;
    let page = s.post(&leave, FORM, b"lists=all").await.text();
    assert!(page.contains("von keiner Liste") && !page.contains("<button"), "{page}");
    let row = s.store.address_find(s.engine.address_parse(ANNA).unwrap()).await.unwrap().unwrap();
    assert!(row.flags.has(rundruf_consent::AddressFlags::SUPPRESSED));
    let events = s.store.consent_events(row.id, row.consents[0].list).await.unwrap();
    assert_eq!(events.last().unwrap().event, "stop_all");
    assert_eq!(s.post(&leave, FORM, b"lists=all").await.status, 200);
    assert_eq!(s.store.consent_events(row.id, row.consents[0].list).await.unwrap().len(), events.len());
    s.stop_and_check().await;
}

/// GMX sends the one-click request from the browser: a CORS preflight comes first.
#[tokio::test(flavor = "multi_thread")]
async fn one_click_from_a_webmail_site() {
    let s = TestServer::new().await;
    let (_, leave) = s.subscriber(ANNA, None).await;
    let ask = [
        ("Origin", "https://mail.example"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    let reply = s.raw(&request("OPTIONS", &leave, &ask, b"")).await.unwrap();
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-methods"), Some("POST"));
    assert!(reply.header("access-control-allow-credentials").is_none());
    let elsewhere = s.raw(&request("OPTIONS", "/c/x", &ask, b"")).await.unwrap();
    assert_eq!((elsewhere.status, elsewhere.header("access-control-allow-origin")), (204, None));
    let cross = [("Origin", "https://mail.example"), ("Sec-Fetch-Site", "cross-site"), ("Content-Type", MULTIPART)];
    assert_eq!(s.raw(&request("POST", &leave, &cross, PARTS)).await.unwrap().status, 200);
    assert_eq!(s.state_of(ANNA).await, State::Withdrawn);
    s.stop_and_check().await;
}

/// Some senders of the one-click request do not wait for the response, some close their sending side first.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_wait_are_unsubscribed() {
    let s = TestServer::new().await;
    for (n, waits) in [false, true].into_iter().enumerate() {
        let address = format!("email:p{n}@mail.example");
        let (_, leave) = {
            let id = s.add_contact(&address, None).await;
            let url =
                s.engine.unsubscribe_url(id, s.engine.list_id(crate::support::server::LIST).unwrap()).await.unwrap();
            (id, url.strip_prefix("https://news.krume.example").unwrap().to_owned())
        };
        let mut stream = TcpStream::connect(s.public).await.unwrap();
        stream.write_all(&request("POST", &leave, &[], b"List-Unsubscribe=One-Click")).await.unwrap();
        stream.shutdown().await.unwrap();
        if waits {
            let reply = crate::support::http::exchange(stream, b"").await.unwrap();
            assert_eq!(reply.status, 200, "half closed is not gone");
        } else {
            drop(stream);
        }
        let begin = Instant::now();
        while s.events(&address).await == 0 {
            assert!(begin.elapsed() < TEST_TIMEOUT, "the stop was lost, waits: {waits}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    s.stop_and_check().await;
}
