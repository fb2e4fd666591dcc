//! `/hook/NAME`: a provider calls its transport back.

use crate::support::http::{TEST_TIMEOUT, request};
use crate::support::server::{ANNA, TestServer};
use rundruf_consent::State;
use rundruf_web::Limits;
use serde_json::json;
use std::time::{Duration, Instant};

async fn server() -> TestServer {
    TestServer::with(Limits::default(), |config| {
        for transport in &mut config.transports {
            let mut settings: serde_json::Value = serde_json::from_str(&transport.config).unwrap();
            settings["webhook_secret"] = json!("geheim");
            transport.config = settings.to_string();
        }
    })
    .await
}

fn report(secret: &str, text: &str, id: &str) -> Vec<u8> {
    let body = json!({"channel": "email", "from": "anna@mail.example", "text": text, "id": id}).to_string();
    request("POST", "/hook/kasten", &[("X-Sandbox-Secret", secret)], body.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_the_provider_reports_counts() {
    let s = server().await;
    s.subscriber(ANNA, None).await;
    // A stranger stops nobody.
    for wrong in ["", "geraten"] {
        assert_eq!(s.raw(&report(wrong, "STOP", "1")).await.unwrap().status, 403, "{wrong}");
    }
    assert_eq!(s.state_of(ANNA).await, State::Confirmed);
    // It is stored when the provider is told so.
    let reply = s.raw(&report("geheim", "STOP", "1")).await.unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    let begin = Instant::now();
    while s.state_of(ANNA).await != State::Withdrawn {
        assert!(begin.elapsed() < TEST_TIMEOUT, "the stop does not count");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Reported again, it is the same message.
    let events = s.events(ANNA).await;
    assert_eq!(s.raw(&report("geheim", "STOP", "1")).await.unwrap().status, 200);
    assert_eq!(s.events(ANNA).await, events);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_the_provider_s_gets_nowhere() {
    let s = server().await;
    // A name that no transport has looks like any unknown link.
    let unknown = s.get("/hook/nirgends").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.without_date(), s.get("/c/nirgends").await.without_date());
    assert_eq!(s.get("/hook/").await.status, 404);
    assert_eq!(s.get("/hook/kasten/../kasten").await.status, 403, "the plugin sees it");
    let large = vec![b' '; (1 << 20) + 1];
    let large = request("POST", "/hook/kasten", &[("X-Sandbox-Secret", "geheim")], &large);
    assert_eq!(s.raw(&large).await.unwrap().status, 413);
    let put = s.raw(&request("PUT", "/hook/kasten", &[], b"")).await.unwrap();
    assert_eq!((put.status, put.header("allow")), (405, Some("GET, POST")));
    let reply = s.raw(&report("geheim", "?", "2")).await.unwrap();
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    s.stop_and_check().await;
}
