//! The log contains no address, no link and no network; an internal error shows no details to the client.

use crate::support::http::{TEST_TIMEOUT, request};
use crate::support::server::{ANNA, FORM, TestServer};
use std::io::Write;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct LogBuffer(Arc<Mutex<Vec<u8>>>);

impl Write for LogBuffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_contains_no_personal_data() {
    let log = LogBuffer::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .init();
    let s = TestServer::new().await;
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
    // The engine behind the pages has stopped.
    assert!(s.engine.stop(TEST_TIMEOUT).await);
    for body in [b"".as_slice(), b"List-Unsubscribe=One-Click"] {
        let reply = s.post(&leave, FORM, body).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, Some("60")));
        let page = reply.text();
        assert!(page.contains("Das hat gerade nicht geklappt") && !page.contains("store"), "{page}");
    }
    assert_eq!(s.local(&withdraw).await.unwrap().status, 500);
    s.server.stop(TEST_TIMEOUT).await;

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
