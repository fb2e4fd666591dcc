//! The Unix socket: whose it is, and what it refuses.

use crate::stage::{Stage, settings};
use crate::wire::{PATIENCE, exchange, request};
use rundruf_web::{WebError, serve};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use tokio::net::UnixStream;

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_belongs_to_one_daemon() {
    let s = Stage::new().await;
    let mode = std::fs::metadata(s.socket()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o660, "user and group, nobody else");
    let lock = s.dir.path().join("rundruf.sock.lock");
    assert_eq!(std::fs::metadata(&lock).unwrap().permissions().mode() & 0o777, 0o600);
    // A second one is refused, and takes nothing away.
    for _ in 0..3 {
        let second = serve(s.engine.clone(), settings(s.dir.path())).await;
        assert!(matches!(&second, Err(WebError::InUse(path)) if *path == s.socket()), "{second:?}");
        assert_eq!(s.local(&request("GET", "/api/health", &[], b"")).await.unwrap().status, 200);
    }
    // Also when the name is gone: the lock is what counts.
    std::fs::remove_file(s.socket()).unwrap();
    assert!(matches!(serve(s.engine.clone(), settings(s.dir.path())).await, Err(WebError::InUse(_))));
    assert!(!s.socket().exists());
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_the_way() {
    let s = Stage::new().await;
    let dir = tempfile::tempdir().unwrap();
    let at = settings(dir.path());
    // What a killed daemon leaves: a name that nobody listens to.
    drop(std::os::unix::net::UnixListener::bind(&at.socket).unwrap());
    assert!(std::fs::symlink_metadata(&at.socket).unwrap().file_type().is_socket());
    let server = serve(s.engine.clone(), at.clone()).await.unwrap();
    assert!(
        exchange(UnixStream::connect(&at.socket).await.unwrap(), &request("GET", "/api/health", &[], b""))
            .await
            .is_some()
    );
    server.stop(PATIENCE).await;
    assert!(!at.socket.exists());
    // Somebody else's listener, which holds no lock of ours and does not even answer.
    let other = std::os::unix::net::UnixListener::bind(&at.socket).unwrap();
    assert!(matches!(serve(s.engine.clone(), at.clone()).await, Err(WebError::InUse(_))));
    assert!(UnixStream::connect(&at.socket).await.is_ok(), "it was not taken away");
    drop(other);
    std::fs::remove_file(&at.socket).unwrap();
    // A file that somebody needs.
    std::fs::write(&at.socket, "precious").unwrap();
    assert!(matches!(serve(s.engine.clone(), at.clone()).await, Err(WebError::NotASocket(_))));
    assert_eq!(std::fs::read_to_string(&at.socket).unwrap(), "precious");
    // A link to it.
    std::fs::rename(&at.socket, dir.path().join("precious")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("precious"), &at.socket).unwrap();
    assert!(matches!(serve(s.engine.clone(), at.clone()).await, Err(WebError::NotASocket(_))));
    std::fs::remove_file(&at.socket).unwrap();
    // A lock that leads elsewhere is not followed.
    std::fs::remove_file(dir.path().join("rundruf.sock.lock")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("precious"), dir.path().join("rundruf.sock.lock")).unwrap();
    assert!(matches!(serve(s.engine.clone(), at.clone()).await, Err(WebError::Socket { .. })));
    std::fs::remove_file(dir.path().join("rundruf.sock.lock")).unwrap();
    // A public address that is taken: nothing stays behind.
    let taken = rundruf_web::WebSettings { listen: Some(s.at), ..at.clone() };
    assert!(matches!(serve(s.engine.clone(), taken).await, Err(WebError::Listen { .. })));
    assert!(!at.socket.exists());
    // A name that is too long for a socket.
    let long = rundruf_web::WebSettings { socket: dir.path().join("x".repeat(150)), ..at.clone() };
    assert!(matches!(serve(s.engine.clone(), long).await, Err(WebError::Socket { .. })));
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_told_what_is_wrong() {
    let s = Stage::new().await;
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
        ("POST", "/api/consents/withdraw", b"{\"address\":\"email:nobody@mail.example\"}", 404),
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
    s.ends_well().await;
}
