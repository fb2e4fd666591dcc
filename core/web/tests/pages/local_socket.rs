//! The Unix socket: its owner and lock, and what the local API refuses.

use crate::support::http::{TEST_TIMEOUT, exchange, request};
use crate::support::server::{TestServer, settings};
use rundruf_web::{WebError, serve};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use tokio::net::UnixStream;

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_belongs_to_one_daemon() {
    let s = TestServer::new().await;
    let mode = std::fs::metadata(s.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660, "user and group, nobody else");
    let lock = s.dir.path().join("rundruf.sock.lock");
    assert_eq!(std::fs::metadata(&lock).unwrap().permissions().mode() & 0o777, 0o600);
    // A second daemon is refused, and the first keeps its socket.
    for _ in 0..3 {
        let second = serve(s.engine.clone(), settings(s.dir.path())).await;
        assert!(matches!(&second, Err(WebError::InUse(path)) if *path == s.socket()), "{second:?}");
        assert_eq!(s.local(&request("GET", "/api/health", &[], b"")).await.unwrap().status, 200);
    }
    // Even when the path is gone: the lock decides.
    std::fs::remove_file(s.socket()).unwrap();
    assert!(matches!(serve(s.engine.clone(), settings(s.dir.path())).await, Err(WebError::InUse(_))));
    assert!(!s.socket().exists());
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn existing_files_at_the_socket_path() {
    let s = TestServer::new().await;
    let dir = tempfile::tempdir().unwrap();
    let at = settings(dir.path());
    // A killed daemon leaves a path without a listener.
    drop(std::os::unix::net::UnixListener::bind(&at.socket).unwrap());
    assert!(std::fs::symlink_metadata(&at.socket).unwrap().file_type().is_socket());
    let server = serve(s.engine.clone(), at.clone()).await.unwrap();
    assert!(
        exchange(UnixStream::connect(&at.socket).await.unwrap(), &request("GET", "/api/health", &[], b""))
            .await
            .is_some()
    );
    server.stop(TEST_TIMEOUT).await;
    assert!(!at.socket.exists());
    // A foreign listener that holds no lock and does not accept.
    let other = std::os::unix::net::UnixListener::bind(&at.socket).unwrap();
    assert!(matches!(serve(s.engine.clone(), at.clone()).await, Err(WebError::InUse(_))));
    assert!(UnixStream::connect(&at.socket).await.is_ok(), "it was not taken away");
    drop(other);
    std::fs::remove_file(&at.socket).unwrap();
    // A regular file.
    std::fs::write(&at.socket, "precious").unwrap();
    assert!(matches!(serve(s.engine.clone(), at.clone()).await, Err(WebError::NotASocket(_))));
    assert_eq!(std::fs::read_to_string(&at.socket).unwrap(), "precious");
    // A symbolic link to a regular file.
    std::fs::rename(&at.socket, dir.path().join("precious")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("precious"), &at.socket).unwrap();
    assert!(matches!(serve(s.engine.clone(), at.clone()).await, Err(WebError::NotASocket(_))));
    std::fs::remove_file(&at.socket).unwrap();
    // A lock file that is a symbolic link is not followed.
    std::fs::remove_file(dir.path().join("rundruf.sock.lock")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("precious"), dir.path().join("rundruf.sock.lock")).unwrap();
    assert!(matches!(serve(s.engine.clone(), at.clone()).await, Err(WebError::Socket { .. })));
    std::fs::remove_file(dir.path().join("rundruf.sock.lock")).unwrap();
    // A public address that is in use: no socket stays behind.
    let taken = rundruf_web::WebSettings { listen: Some(s.public), ..at.clone() };
    assert!(matches!(serve(s.engine.clone(), taken).await, Err(WebError::Listen { .. })));
    assert!(!at.socket.exists());
    // A path that is too long for a socket.
    let long = rundruf_web::WebSettings { socket: dir.path().join("x".repeat(150)), ..at.clone() };
    assert!(matches!(serve(s.engine.clone(), long).await, Err(WebError::Socket { .. })));
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_told_what_is_wrong() {
    let s = TestServer::new().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let large = vec![b' '; (1 << 20) + 1];
    let table: &[(&str, &str, &[u8], u16)] = &[
        ("GET", "/", b"", 404),
        ("GET", "/c/x", b"", 404),
        ("GET", "/api", b"", 404),
        ("GET", "/api/health", b"", 200),
        ("POST", "/api/health", b"", 404),
        ("GET", "/api/contacts/x", b"", 400),
        ("GET", "/api/contacts/99999999999999999999", b"", 400),
        ("GET", "/api/contacts/-1", b"", 404),
        ("GET", "/api/contacts?after=x", b"", 400),
        ("GET", "/api/contacts?find=%27%3B%20DROP%20TABLE%20contact%3B--", b"", 200),
        ("GET", "/api/contacts?find=%ff%00%25", b"", 200),
        ("POST", "/api/contacts", b"", 400),
        ("POST", "/api/contacts", b"null", 400),
        ("POST", "/api/contacts", b"{\"addresses\":[\"\"]}", 422),
        ("POST", "/api/contacts", b"{\"addresses\":[\"email:a@b.example\\r\\nBcc: c@d.example\"]}", 422),
        ("POST", "/api/contacts", b"{\"addresses\":[],\"admin\":true}", 400),
        ("POST", "/api/contacts", b"\xff\xfe", 400),
        ("POST", "/api/contacts", deep.as_bytes(), 400),
        ("POST", "/api/contacts", &large, 413),
        ("GET", "/api/consents", b"", 400),
        ("GET", "/api/consents?address=x", b"", 422),
        ("GET", "/api/consents?address=email:nobody@mail.example", b"", 404),
        ("GET", "/api/consents/proof?address=email:nobody@mail.example&list=../x", b"", 422),
        ("POST", "/api/consents/withdraw", b"{\"address\":\"email:nobody@mail.example\",\"list\":\"angebote\"}", 404),
        ("POST", "/api/consents/withdraw", b"{\"address\":\"email:nobody@mail.example\"}", 200),
        ("POST", "/api/consents/request", b"{\"address\":\"email:nobody@mail.example\",\"list\":\"angebote\",\"person_asked\":true}", 400),
        ("POST", "/api/consents/request", b"{\"address\":\"email:nobody@mail.example\",\"list\":\"angebote\",\"source\":\"x\"}", 400),
        ("GET", "/api/broadcasts/1", b"", 404),
        ("GET", "/api/broadcasts/x", b"", 400),
        ("GET", "/api/broadcasts/1/deliveries?state=x", b"", 400),
        ("POST", "/api/broadcasts", b"", 400),
        ("POST", "/api/broadcasts", b"{}\n", 400),
        ("POST", "/api/broadcasts", b"{\"list\":\"angebote\",\"text\":{\"de\":\"x\"},\"attachments\":[{\"name\":\"a\",\"media_type\":\"b/c\",\"size\":18446744073709551615}]}\n", 400),
        ("POST", "/api/broadcasts", b"{\"list\":\"angebote\",\"text\":{\"de\":\"x\"},\"at\":\"gestern\"}\n", 400),
        ("POST", "/api/broadcasts", b"{\"list\":\"../angebote\",\"text\":{\"de\":\"x\"}}\n", 422),
        ("POST", "/api/broadcasts/1/explode", b"", 404),
        ("POST", "/api/broadcasts/1/unknown", b"{\"as\":\"lost\"}", 400),
        ("POST", "/api/imports?list=angebote&evidence=Z", b"{}\n", 400),
        ("POST", "/api/imports?list=angebote&evidence=A", b"no line", 400),
        ("POST", "/api/imports?list=angebote&evidence=A", b"{\"size\":5}\nabc", 400),
        ("POST", "/api/imports?list=..%2f..%2fx&evidence=A", b"{}\n", 422),
        ("POST", "/api/transports/kast%65n/pause", b"", 200),
        ("POST", "/api/transports/kasten/resume", b"", 200),
        ("POST", "/api/transports/..%2fkasten/pause", b"", 422),
        ("POST", "/api/lists/x/close", b"", 422),
    ];
    let mut wrong = Vec::new();
    for (method, path, body, status) in table {
        let reply = s.local(&request(method, path, &[], body)).await.unwrap();
        if reply.status != *status {
            wrong.push(format!(
                "{method} {path} {}: {} instead of {status}: {}",
                String::from_utf8_lossy(&body[..body.len().min(60)]),
                reply.status,
                reply.text()
            ));
        }
        if reply.status >= 400 {
            let json: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
            assert!(json["error"]["code"].is_string() && json["error"]["message"].is_string(), "{path}: {json}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let spooled = std::fs::read_dir(s.dir.path().join("spool")).map_or(0, Iterator::count);
    assert_eq!(spooled, 0, "no spool file stays");
    s.stop_and_check().await;
}
