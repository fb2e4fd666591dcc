//! Limits: slow clients, many clients, clients that disappear.

use crate::support::http::{TEST_TIMEOUT, exchange, request};
use crate::support::server::{BEGIN, TestServer};
use rundruf_consent::token::Purpose;
use rundruf_web::Limits;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Reads until the server closes the connection.
async fn closed(stream: &mut TcpStream) -> Duration {
    let begin = Instant::now();
    let mut buffer = [0; 4096];
    let gone = async { while matches!(stream.read(&mut buffer).await, Ok(1..)) {} };
    tokio::time::timeout(TEST_TIMEOUT, gone).await.expect("the server holds on for ever");
    begin.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_heads_and_idle_connections_are_closed() {
    let s = TestServer::with_limits(Limits { read_timeout: Duration::from_millis(300), ..Limits::default() }).await;
    // A client that sends nothing.
    let mut silent = TcpStream::connect(s.public).await.unwrap();
    closed(&mut silent).await;
    // A client that sends one byte at a time: the timeout counts from the first.
    let begin = Instant::now();
    let mut dripping = TcpStream::connect(s.public).await.unwrap();
    for byte in b"GET / HTTP/1.1\r\nHost: x\r\nX: ".iter().chain(std::iter::repeat(&b'y')) {
        if dripping.write_all(&[*byte]).await.is_err() {
            break;
        }
        assert!(begin.elapsed() < TEST_TIMEOUT, "drips for ever");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // A client that was served and then sends nothing more.
    let mut idle = TcpStream::connect(s.public).await.unwrap();
    idle.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    closed(&mut idle).await;
    // A body that does not arrive, behind any link, gets a 408.
    let mut body = request("POST", "/u/x", &[], &[b'a'; 100]);
    body.truncate(body.len() - 1);
    assert_eq!(s.raw(&body).await.unwrap().status, 408);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_read_are_disconnected() {
    let limits = Limits { write_timeout: Duration::from_millis(300), attachment_memory: 30 << 20, ..Limits::default() };
    let s = TestServer::with_limits(limits).await;
    let bytes = vec![b'x'; 20 << 20];
    let digest = s.store.file_put("gross.bin".to_owned(), "text/plain".to_owned(), bytes, BEGIN).await.unwrap();
    let path = format!("/f/{}", s.token(Purpose::File, *digest.first_chunk().unwrap(), None));
    // Reads the head of the response and then nothing more; the budget has room for one such file.
    let mut lazy = TcpStream::connect(s.public).await.unwrap();
    lazy.write_all(&request("GET", &path, &[], b"")).await.unwrap();
    lazy.read_exact(&mut [0; 16]).await.unwrap();
    // The next client waits for that memory, and gets it.
    let reply = s.get(&path).await;
    assert_eq!((reply.status, reply.body.len()), (200, 20 << 20));
    // The slow client was disconnected in the middle.
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(TEST_TIMEOUT, lazy.read_to_end(&mut rest)).await.expect("cut");
    assert!(rest.len() < 20 << 20, "{}", rest.len());
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_make_room_for_a_visitor() {
    let s = TestServer::with_limits(Limits { public_connections: 3, read_timeout: TEST_TIMEOUT, ..Limits::default() })
        .await;
    let mut inside = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(s.public).await.unwrap();
        stream.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        // Served, and kept open.
        stream.read_exact(&mut [0; 16]).await.unwrap();
        inside.push(stream);
    }
    let begin = Instant::now();
    assert_eq!(s.get("/robots.txt").await.status, 200);
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    // The oldest was closed, the newest still works.
    closed(&mut inside[0]).await;
    inside[2].write_all(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answers = [0; 512];
    while !String::from_utf8_lossy(&answers).contains("200 OK") {
        assert_ne!(inside[2].read(&mut answers).await.unwrap(), 0, "closed as well");
    }
    drop(inside);
    s.stop_and_check().await;
}

/// A connection from another address of this machine.
async fn connect_from(from: [u8; 4], to: std::net::SocketAddr) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    socket.connect(to).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_is_served_beside_six_hundred_slow_connections() {
    let s = TestServer::new().await;
    let mut slow = Vec::new();
    for n in 0..600_u32 {
        let [.., c, d] = n.to_be_bytes();
        let from = if n % 2 == 0 { [127, 0, 0, 1] } else { [127, 1, c, d.max(1)] };
        let mut stream = connect_from(from, s.public).await;
        // Nothing, half a head, a head without its body, or a request and then silence.
        let said: &[u8] = match n % 4 {
            0 => b"",
            1 => b"GET / HTTP/1.1\r\nHost: x\r\n",
            2 => b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
            _ => b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n",
        };
        stream.write_all(said).await.unwrap();
        slow.push(stream);
        if n >= 500 && n % 20 == 0 {
            let begin = Instant::now();
            assert_eq!(s.get("/").await.status, 200);
            assert!(begin.elapsed() < Duration::from_secs(1), "after {n}: {:?}", begin.elapsed());
        }
    }
    drop(slow);
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_have_a_lifetime() {
    let s =
        TestServer::with_limits(Limits { connection_lifetime: Duration::from_millis(300), ..Limits::default() }).await;
    let begin = Instant::now();
    let mut stream = TcpStream::connect(s.public).await.unwrap();
    let mut buffer = [0; 4096];
    // Each request comes within the read timeout.
    while stream.write_all(b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n").await.is_ok() {
        if !matches!(stream.read(&mut buffer).await, Ok(1..)) {
            break;
        }
        assert!(begin.elapsed() < TEST_TIMEOUT, "kept for ever");
    }
    assert!(begin.elapsed() >= Duration::from_millis(250), "not kept at all");
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_does_not_wait_for_silent_clients() {
    let s = TestServer::with_limits(Limits { public_connections: 2, read_timeout: TEST_TIMEOUT, ..Limits::default() })
        .await;
    let mut inside = Vec::new();
    // More than there are slots.
    for _ in 0..4 {
        inside.push(TcpStream::connect(s.public).await.unwrap());
    }
    assert_eq!(
        exchange(tokio::net::UnixStream::connect(s.socket()).await.unwrap(), &request("GET", "/api/health", &[], b""))
            .await
            .unwrap()
            .status,
        200
    );
    let (begin, at) = (Instant::now(), s.public);
    s.server.stop(TEST_TIMEOUT).await;
    assert!(begin.elapsed() < TEST_TIMEOUT / 2, "{:?}", begin.elapsed());
    assert!(TcpStream::connect(at).await.is_err(), "nothing listens any more");
    assert!(s.engine.stop(TEST_TIMEOUT).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn disconnected_clients_leave_no_socket_open() {
    let s = TestServer::new().await;
    let open = || {
        let all = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        all.filter_map(|fd| std::fs::read_link(fd.path()).ok())
            .filter(|to| to.to_string_lossy().starts_with("socket:"))
            .count()
    };
    let before = open();
    for round in 0..200 {
        let mut stream = TcpStream::connect(s.public).await.unwrap();
        let whole = request("GET", "/", &[], b"");
        // Disconnects before, within and after the request.
        stream.write_all(&whole[..whole.len() * (round % 5) / 4]).await.unwrap();
        drop(stream);
    }
    let begin = Instant::now();
    while open() > before {
        assert!(begin.elapsed() < TEST_TIMEOUT, "{} sockets, {before} before", open());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    s.stop_and_check().await;
}
