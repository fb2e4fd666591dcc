//! Slow, many, gone: what strangers may take.

use crate::stage::{BEGIN, Stage};
use crate::wire::{PATIENCE, exchange, request};
use rundruf_consent::token::Purpose;
use rundruf_web::Limits;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Reads until the server closes; how long that took.
async fn closed(stream: &mut TcpStream) -> Duration {
    let begin = Instant::now();
    let mut buffer = [0; 4096];
    let gone = async { while matches!(stream.read(&mut buffer).await, Ok(1..)) {} };
    tokio::time::timeout(PATIENCE, gone).await.expect("the server holds on for ever");
    begin.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_heads_and_idle_connections_are_closed() {
    let s = Stage::within(Limits { head: Duration::from_millis(300), ..Limits::default() }).await;
    // Says nothing.
    let mut silent = TcpStream::connect(s.at).await.unwrap();
    closed(&mut silent).await;
    // A byte now and then: the time counts from the first.
    let begin = Instant::now();
    let mut dripping = TcpStream::connect(s.at).await.unwrap();
    for byte in b"GET / HTTP/1.1\r\nHost: x\r\nX: ".iter().chain(std::iter::repeat(&b'y')) {
        if dripping.write_all(&[*byte]).await.is_err() {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "drips for ever");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // Was served, then says nothing more.
    let mut idle = TcpStream::connect(s.at).await.unwrap();
    idle.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    closed(&mut idle).await;
    // A body that drips, behind any link: no answer of ours, an answer all the same.
    let mut body = request("POST", "/u/x", &[], &[b'a'; 100]);
    body.truncate(body.len() - 1);
    assert_eq!(s.raw(&body).await.unwrap().status, 408);
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_that_do_not_read_are_left() {
    let limits = Limits { stall: Duration::from_millis(300), files: 30 << 20, ..Limits::default() };
    let s = Stage::within(limits).await;
    let bytes = vec![b'x'; 20 << 20];
    let digest = s.store.file_put("gross.bin".to_owned(), "text/plain".to_owned(), bytes, BEGIN).await.unwrap();
    let path = format!("/f/{}", s.token(Purpose::File, *digest.first_chunk().unwrap(), None));
    // Takes the head of the answer and then nothing more; there is room for one such file.
    let mut lazy = TcpStream::connect(s.at).await.unwrap();
    lazy.write_all(&request("GET", &path, &[], b"")).await.unwrap();
    lazy.read_exact(&mut [0; 16]).await.unwrap();
    // The next one waits for that room, and gets it.
    let reply = s.get(&path).await;
    assert_eq!((reply.status, reply.body.len()), (200, 20 << 20));
    // The lazy one was cut in the middle.
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, lazy.read_to_end(&mut rest)).await.expect("cut");
    assert!(rest.len() < 20 << 20, "{}", rest.len());
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_more_waits_until_somebody_goes() {
    let s = Stage::within(Limits { public: 3, head: PATIENCE, ..Limits::default() }).await;
    let mut inside = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(s.at).await.unwrap();
        stream.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        // Served, so it is inside; and it stays.
        stream.read_exact(&mut [0; 16]).await.unwrap();
        inside.push(stream);
    }
    let waiting = TcpStream::connect(s.at).await.unwrap();
    let asked = request("GET", "/robots.txt", &[], b"");
    let waiting = exchange(waiting, &asked);
    tokio::pin!(waiting);
    let early = tokio::time::timeout(Duration::from_millis(200), waiting.as_mut()).await;
    assert!(early.is_err(), "the fourth of three was served");
    inside.pop();
    assert_eq!(waiting.await.unwrap().status, 200);
    drop(inside);
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_not_kept_for_ever() {
    let s = Stage::within(Limits { connection: Duration::from_millis(300), ..Limits::default() }).await;
    let begin = Instant::now();
    let mut stream = TcpStream::connect(s.at).await.unwrap();
    let mut buffer = [0; 4096];
    // Always a request within the time for heads.
    while stream.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n").await.is_ok() {
        if !matches!(stream.read(&mut buffer).await, Ok(1..)) {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "kept for ever");
    }
    assert!(begin.elapsed() >= Duration::from_millis(250), "not kept at all");
    s.ends_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_waits_for_nobody_who_says_nothing() {
    let s = Stage::within(Limits { public: 2, head: PATIENCE, ..Limits::default() }).await;
    let mut inside = Vec::new();
    // More than there is room for.
    for _ in 0..4 {
        inside.push(TcpStream::connect(s.at).await.unwrap());
    }
    assert_eq!(
        exchange(tokio::net::UnixStream::connect(s.socket()).await.unwrap(), &request("GET", "/api/health", &[], b""))
            .await
            .unwrap()
            .status,
        200
    );
    let (begin, at) = (Instant::now(), s.at);
    s.server.stop(PATIENCE).await;
    assert!(begin.elapsed() < PATIENCE / 2, "{:?}", begin.elapsed());
    assert!(TcpStream::connect(at).await.is_err(), "nothing listens any more");
    assert!(s.engine.stop(PATIENCE).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_come_and_go_leave_nothing_behind() {
    let s = Stage::new().await;
    let open = || {
        let all = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        all.filter_map(|fd| std::fs::read_link(fd.path()).ok())
            .filter(|to| to.to_string_lossy().starts_with("socket:"))
            .count()
    };
    let before = open();
    for round in 0..200 {
        let mut stream = TcpStream::connect(s.at).await.unwrap();
        let whole = request("GET", "/", &[], b"");
        // Gone before, within and after the request.
        stream.write_all(&whole[..whole.len() * (round % 5) / 4]).await.unwrap();
        drop(stream);
    }
    let begin = Instant::now();
    while open() > before {
        assert!(begin.elapsed() < PATIENCE, "{} sockets, {before} before", open());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    s.ends_well().await;
}
