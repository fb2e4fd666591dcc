//! What is logged names nobody: no address, no link, no network. And what goes wrong inside is told without a detail.

use crate::stage::{ANNA, FORM, Stage};
use crate::wire::{PATIENCE, request};
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_name_nobody() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let s = Stage::new().await;
    let (confirm, leave) = s.subscriber(ANNA, None).await;
    let headers = [("X-Forwarded-For", "198.51.100.23"), ("User-Agent", "Annas-Browser"), ("Cookie", "anna=1")];
    for (method, path) in [("GET", &confirm), ("GET", &leave), ("POST", &confirm), ("POST", &leave), ("BREW", &leave)] {
        s.raw(&request(method, path, &headers, b"List-Unsubscribe=One-Click")).await.unwrap();
    }
    s.raw(b"GET /c/anna@mail.example HTTP/1.1\r\nX: anna\rx\r\n\r\n").await;
    let path = "/api/consents?address=email:anna@mail.example";
    assert_eq!(s.local(&request("GET", path, &[], b"")).await.unwrap().status, 200);
    s.local(&request("GET", "/api/contacts?find=anna", &[], b"")).await.unwrap();
    let withdraw = request("POST", "/api/consents/withdraw", &[], b"{\"address\":\"email:anna@mail.example\"}");
    assert_eq!(s.local(&withdraw).await.unwrap().status, 200);
    // Everything behind the pages is gone.
    assert!(s.engine.stop(PATIENCE).await);
    for body in [b"".as_slice(), b"List-Unsubscribe=One-Click"] {
        let reply = s.post(&leave, FORM, body).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("60")));
        let page = reply.text();
        assert!(page.contains("Das hat gerade nicht geklappt") && !page.contains("store"), "{page}");
    }
    assert_eq!(s.local(&withdraw).await.unwrap().status, 500);
    s.server.stop(PATIENCE).await;

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("a page could not be made") && text.contains("a local request failed"), "{text}");
    for line in text.lines().filter(|l| l.contains("rundruf_web") || !(l.contains(" DEBUG ") || l.contains(" TRACE ")))
    {
        let low = line.to_lowercase();
        for never in ["anna", "mail.example", "198.51", &confirm[3..].to_lowercase(), &leave[3..].to_lowercase()] {
            assert!(!low.contains(never), "{line}");
        }
    }
}
