//! Attachments are always downloads, whatever media type they claim.

use crate::support::http::request;
use crate::support::server::{BEGIN, TestServer};
use rundruf_consent::Time;
use rundruf_consent::token::Purpose;

#[tokio::test(flavor = "multi_thread")]
async fn hostile_names_and_types_are_made_safe() {
    let s = TestServer::new().await;
    for (n, (name, media_type, plain)) in [
        ("karte.pdf", "application/pdf", "karte.pdf"),
        ("seite.html", "text/html", "seite.html"),
        ("bild.svg", "image/svg+xml", "bild.svg"),
        (
            "a\"; x=\"b\r\nSet-Cookie: c=d\r\n\r\n<script>",
            "text/plain\r\nSet-Cookie: e=f",
            "a__ x__bSet-Cookie_ c_d_script_",
        ),
        ("../../.bashrc", "text/plain", "_.._.bashrc"),
        ("rechnung\u{202e}fdp.exe", "application/pdf", "rechnungfdp.exe"),
        ("", "", "file"),
        ("Müsli – 5 €.txt", "text/plain", "M_sli _ 5 _.txt"),
    ]
    .into_iter()
    .enumerate()
    {
        let bytes = format!("<script>alert({n})</script>").into_bytes();
        let digest = s.store.file_put(name.to_owned(), media_type.to_owned(), bytes.clone(), BEGIN).await.unwrap();
        let token = s.token(
            Purpose::File,
            *digest.first_chunk().unwrap(),
            Some(BEGIN.plus(std::time::Duration::from_secs(60))),
        );
        let path = format!("/f/{token}");
        let reply = s.get(&path).await;
        assert_eq!((reply.status, &reply.body), (200, &bytes), "{name:?}");
        let how = reply.header("content-disposition").unwrap();
        assert!(how.starts_with(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''")), "{name:?}: {how}");
        assert_eq!(reply.header("content-security-policy"), Some("sandbox; default-src 'none'; base-uri 'none'"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert!(reply.header("set-cookie").is_none(), "{name:?}");
        let head = s.raw(&request("HEAD", &path, &[], b"")).await.unwrap();
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-length"), Some(bytes.len().to_string().as_str()));
    }
    s.stop_and_check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_expire() {
    let s = TestServer::new().await;
    let digest = s.store.file_put("a.txt".to_owned(), "text/plain".to_owned(), vec![1], BEGIN).await.unwrap();
    let path = format!("/f/{}", s.token(Purpose::File, *digest.first_chunk().unwrap(), Some(Time(BEGIN.0 + 1_000))));
    assert_eq!(s.get(&path).await.status, 200);
    s.clock.advance(std::time::Duration::from_secs(3));
    assert_eq!(s.get(&path).await.without_date(), s.get("/f/x").await.without_date(), "as if there had never been one");
    s.stop_and_check().await;
}
