//! A table of malformed requests. Each gets an error or a closed connection, and the server keeps running.

use crate::support::http::request;
use crate::support::server::{ANNA, TestServer};
use rundruf_consent::State;
use rundruf_web::Limits;
use std::time::Duration;

/// The expected result.
enum Want {
    /// A response with one of these status codes.
    Status(&'static [u16]),
    /// The connection is closed without a response.
    Closed,
}
use Want::{Closed, Status};

fn with(line: &str, headers: &str) -> Vec<u8> {
    format!("{line}\r\nHost: x\r\nConnection: close\r\n{headers}\r\n").into_bytes()
}

fn table(leave: &str) -> Vec<(&'static str, Vec<u8>, Want)> {
    let one_click = b"List-Unsubscribe=One-Click";
    vec![
        // lines
        ("nothing at all", b"\r\n\r\n\r\n".to_vec(), Closed),
        ("binary", (0..=255).collect(), Status(&[400])),
        ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(), Status(&[400])),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), Closed),
        ("HTTP/0.9", b"GET /\r\n\r\n".to_vec(), Status(&[400])),
        ("HTTP/3.7", b"GET / HTTP/3.7\r\n\r\n".to_vec(), Status(&[400])),
        ("HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n".to_vec(), Status(&[200])),
        ("no host", b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec(), Status(&[200])),
        ("bare line feeds", b"GET / HTTP/1.1\nConnection: close\n\n".to_vec(), Status(&[200, 400])),
        ("a space too many", with("GET  / HTTP/1.1", ""), Status(&[400])),
        ("no path", with("GET  HTTP/1.1", ""), Status(&[400])),
        ("nul in the path", with("GET /c/\0 HTTP/1.1", ""), Status(&[400])),
        // methods
        ("OPTIONS *", with("OPTIONS * HTTP/1.1", ""), Status(&[204])),
        ("TRACE", with("TRACE / HTTP/1.1", ""), Status(&[405])),
        ("CONNECT", with("CONNECT evil.example:443 HTTP/1.1", ""), Status(&[404, 405])),
        ("DELETE", with("DELETE /c/x HTTP/1.1", ""), Status(&[405])),
        ("PUT", with("PUT /u/x HTTP/1.1", "Content-Length: 0\r\n"), Status(&[405])),
        ("PATCH a file", with("PATCH /f/x HTTP/1.1", "Content-Length: 0\r\n"), Status(&[405])),
        ("unheard of", with("BREW / HTTP/1.1", ""), Status(&[405])),
        ("lower case", with("get / HTTP/1.1", ""), Status(&[405])),
        ("long method", with(&format!("{} / HTTP/1.1", "A".repeat(5_000)), ""), Status(&[400, 405])),
        ("POST home", request("POST", "/", &[], b""), Status(&[405])),
        ("POST style", request("POST", "/style.css", &[], b""), Status(&[405])),
        // paths
        ("absolute", with("GET http://evil.example/ HTTP/1.1", ""), Status(&[200])),
        ("traversal", with("GET /f/../../../etc/passwd HTTP/1.1", ""), Status(&[404])),
        ("encoded traversal", with("GET /f/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1", ""), Status(&[404])),
        ("twice encoded", with("GET /%252e%252e/%252e%252e/etc/passwd HTTP/1.1", ""), Status(&[404])),
        ("backslashes", with("GET /..\\..\\etc\\passwd HTTP/1.1", ""), Status(&[400, 404])),
        ("encoded nul", with("GET /c/%00 HTTP/1.1", ""), Status(&[404])),
        ("encoded line", with("GET /c/%0d%0aSet-Cookie:%20a=b HTTP/1.1", ""), Status(&[404])),
        ("markup", with("GET /c/<script>alert(1)</script> HTTP/1.1", ""), Status(&[400, 404])),
        ("half an escape", with("GET /c/%4 HTTP/1.1", ""), Status(&[404])),
        ("UTF-8", with("GET /c/ä HTTP/1.1", ""), Status(&[400, 404])),
        ("not UTF-8", [b"GET /c/\xff\xfe HTTP/1.1\r\nConnection: close\r\n\r\n".as_slice()].concat(), Status(&[400])),
        ("encoded, not UTF-8", with("GET /u/%ff%fe%c0%80 HTTP/1.1", ""), Status(&[404])),
        ("empty token", with("GET /c/ HTTP/1.1", ""), Status(&[404])),
        ("no token", with("GET /c HTTP/1.1", ""), Status(&[404])),
        ("local API", with("GET /api/lists HTTP/1.1", ""), Status(&[404])),
        ("local API below", with("GET /u/../api/lists HTTP/1.1", ""), Status(&[404])),
        ("long token", with(&format!("GET /c/{} HTTP/1.1", "A".repeat(30_000)), ""), Status(&[404])),
        ("long escapes", with(&format!("GET /u/{} HTTP/1.1", "%41".repeat(10_000)), ""), Status(&[404])),
        ("long query", with(&format!("GET /?{} HTTP/1.1", "a=b&".repeat(10_000)), ""), Status(&[200])),
        ("huge query", with(&format!("GET /?{} HTTP/1.1", "a".repeat(200_000)), ""), Status(&[400, 414, 431])),
        // headers
        ("many lines", with("GET / HTTP/1.1", &"X: y\r\n".repeat(1_000)), Status(&[431])),
        ("long line", with("GET / HTTP/1.1", &format!("X: {}\r\n", "y".repeat(200_000))), Status(&[431])),
        (
            "long language",
            with("GET / HTTP/1.1", &format!("Accept-Language: {}\r\n", "xx,".repeat(15_000))),
            Status(&[200]),
        ),
        ("folded", with("GET / HTTP/1.1", "X: a\r\n b\r\n"), Status(&[400])),
        ("space before the colon", with("GET / HTTP/1.1", "X : a\r\n"), Status(&[400])),
        ("bare CR", with("GET / HTTP/1.1", "X: a\rSet-Cookie: b\r\n"), Status(&[400])),
        ("upgrade", with("GET / HTTP/1.1", "Upgrade: h2c\r\n"), Status(&[200])),
        ("range of a page", with("GET / HTTP/1.1", "Range: bytes=0-0\r\n"), Status(&[200])),
        // bodies
        ("two lengths", with("POST /u/x HTTP/1.1", "Content-Length: 5\r\nContent-Length: 6\r\n"), Status(&[400])),
        ("negative length", with("POST /u/x HTTP/1.1", "Content-Length: -1\r\n"), Status(&[400])),
        ("length that is not a number", with("POST /u/x HTTP/1.1", "Content-Length: zwölf\r\n"), Status(&[400])),
        ("length beyond", with("POST /u/x HTTP/1.1", &format!("Content-Length: {}0\r\n", u64::MAX)), Status(&[400])),
        ("giant announced", with("POST /u/x HTTP/1.1", "Content-Length: 9999999999999\r\n"), Status(&[413])),
        (
            "giant for a genuine link",
            with(&format!("POST {leave} HTTP/1.1"), "Content-Length: 16385\r\n"),
            Status(&[413]),
        ),
        (
            "giant in chunks",
            {
                let mut out = with(&format!("POST {leave} HTTP/1.1"), "Transfer-Encoding: chunked\r\n");
                out.extend(format!("8000\r\n{}\r\n0\r\n\r\n", "a".repeat(0x8000)).bytes());
                out
            },
            Status(&[413]),
        ),
        (
            "length and chunks",
            {
                let headers = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
                [with("POST /u/x HTTP/1.1", headers), b"0\r\n\r\nGET /c/smuggled HTTP/1.1\r\n\r\n".to_vec()].concat()
            },
            Status(&[400, 404]),
        ),
        (
            "chunk size that is not a number",
            {
                [with(&format!("POST {leave} HTTP/1.1"), "Transfer-Encoding: chunked\r\n"), b"zz\r\n".to_vec()].concat()
            },
            Status(&[400]),
        ),
        (
            "chunk beyond",
            {
                let head = with(&format!("POST {leave} HTTP/1.1"), "Transfer-Encoding: chunked\r\n");
                [head, b"fffffffffffffffff\r\n".to_vec()].concat()
            },
            Status(&[400]),
        ),
        ("strange encoding", with(&format!("POST {leave} HTTP/1.1"), "Transfer-Encoding: gzip\r\n"), Status(&[400])),
        (
            "chunked in 1.0",
            {
                let head = format!("POST {leave} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
                [head.as_bytes(), b"0\r\n\r\n"].concat()
            },
            Status(&[400]),
        ),
        ("body of HEAD", request("HEAD", leave, &[], one_click), Status(&[200])),
        ("body of GET", request("GET", leave, &[], one_click), Status(&[200])),
        ("method in a header", request("GET", leave, &[("X-HTTP-Method-Override", "POST")], b""), Status(&[200])),
        (
            "method in the query",
            with(&format!("GET {leave}?_method=POST&List-Unsubscribe=One-Click HTTP/1.1"), ""),
            Status(&[200]),
        ),
        ("one click on the yes", request("POST", "/c/x", &[], one_click), Status(&[404])),
        // ends
        ("half a head", b"GET / HTTP/1.1\r\nHost: x\r\n".to_vec(), Closed),
        (
            "half a body",
            {
                let mut out = with(&format!("POST {leave} HTTP/1.1"), "Content-Length: 26\r\n");
                out.extend(b"List-Unsub");
                out
            },
            Status(&[408]),
        ),
        (
            "asks before sending, and never sends",
            { with(&format!("POST {leave} HTTP/1.1"), "Content-Length: 26\r\nExpect: 100-continue\r\n") },
            Status(&[100]),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_gets_an_error_and_the_server_keeps_running() {
    // Only the last rows of the table wait for this timeout.
    let s = TestServer::with_limits(Limits { read_timeout: Duration::from_secs(1), ..Limits::default() }).await;
    let (_, leave) = s.subscriber(ANNA, None).await;
    let events = s.events(ANNA).await;
    let mut wrong = Vec::new();
    for (name, bytes, want) in table(&leave) {
        let got = s.raw(&bytes).await;
        let status = got.as_ref().map(|r| r.status);
        match (&want, status) {
            (Closed, None) => {}
            (Status(any), Some(status)) if any.contains(&status) => {}
            (Closed, got) => wrong.push(format!("{name}: {got:?} instead of a closed door")),
            (Status(any), got) => wrong.push(format!("{name}: {got:?} instead of {any:?}")),
        }
        if let Some(reply) = got {
            assert!(reply.header("set-cookie").is_none(), "{name}");
            assert!(!reply.without_date().contains("<script>"), "{name}");
        }
        assert_eq!(s.get("/").await.status, 200, "after: {name}");
        assert_eq!(s.state_of(ANNA).await, State::Confirmed, "after: {name}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(s.events(ANNA).await, events, "nothing was put on record");
    s.stop_and_check().await;
}

/// Random bytes, and valid requests with some bytes changed: no panic, no hang, no unsubscribe.
#[tokio::test(flavor = "multi_thread")]
async fn random_bytes_change_nothing() {
    let s = TestServer::with_limits(Limits { read_timeout: Duration::from_millis(200), ..Limits::default() }).await;
    let (_, leave) = s.subscriber(ANNA, None).await;
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 33).unwrap()
    };
    let good = request("GET", &leave, &[("Accept-Language", "de"), ("X-Forwarded-For", "192.0.2.1")], b"");
    let mut all = Vec::new();
    for round in 0..300 {
        let mut bytes =
            if round % 3 == 0 { (0..next() % 500).map(|_| (next() % 256) as u8).collect() } else { good.clone() };
        for _ in 0..next() % 6 {
            if !bytes.is_empty() {
                let at = next() % bytes.len();
                // The method stays GET: a random POST would be a valid unsubscribe.
                if at > 4 {
                    bytes[at] = (next() % 256) as u8;
                }
            }
        }
        all.push(bytes);
    }
    for bytes in &all {
        if let Some(reply) = s.raw(bytes).await {
            assert!(reply.status < 500, "{reply:?} to {bytes:?}");
        }
    }
    assert_eq!(s.state_of(ANNA).await, State::Confirmed);
    s.stop_and_check().await;
}
