//! Every page: security headers, language, readable HTML, no cookie.

use crate::support::http::{RawResponse, request};
use crate::support::server::{ANNA, FIRM, FORM, TestServer};
use rundruf_consent::token::Purpose;
use rundruf_web::Limits;

#[track_caller]
fn has_security_headers(name: &str, reply: &RawResponse) {
    for (header, want) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(header), Some(want), "{name}: {header}");
    }
    let csp = reply.header("content-security-policy").unwrap_or_else(|| panic!("{name}: no policy"));
    assert!(csp.contains("default-src 'none'") && csp.contains("base-uri 'none'"), "{name}: {csp}");
    for open in ["unsafe", "script-src", "http", "*", "data:"] {
        assert!(!csp.contains(open), "{name}: {csp}");
    }
    let cache = reply.header("cache-control").unwrap();
    assert_eq!(cache == "no-store", !name.contains("style"), "{name}: {cache}");
    for never in ["set-cookie", "server", "location", "x-powered-by", "refresh"] {
        assert!(reply.header(never).is_none(), "{name}: {never}");
    }
}

#[track_caller]
fn is_a_page(name: &str, reply: &RawResponse, language: &str) {
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{name}");
    assert_eq!(reply.header("content-language"), Some(language), "{name}");
    let html = reply.text();
    for needed in [
        &format!("<html lang=\"{language}\">"),
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">",
        "<meta name=\"robots\" content=\"noindex\">",
        "<link rel=\"stylesheet\" href=\"/style.css\">",
        "Krume &amp; Söhne &lt;GmbH&gt; &quot;&#39;",
        "https://krume.example/impressum?a=1&amp;b=&quot;2&quot;",
    ] {
        assert!(html.contains(needed), "{name}: no {needed} in {html}");
    }
    assert_eq!(html.matches("<h1>").count(), 1, "{name}");
    for never in [FIRM, "<script", "<b>", "javascript:", "onclick", "style=", "<img", "<iframe", "anna@mail.example"] {
        assert!(!html.contains(never), "{name}: {never} in {html}");
    }
    assert!(html.matches("<button>").count() <= 1, "{name}: one button at most");
    assert!(!html.contains("<input") && !html.contains("action="), "{name}: a form with nothing to fill in");
    // Links lead to our style sheet or to the sender's imprint and privacy notice.
    for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(link == "/style.css" || link.starts_with("https://krume.example/"), "{name}: {link}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_response_has_security_headers_and_every_page_is_readable() {
    let s = TestServer::new().await;
    let id = s.add_contact(ANNA, Some("de")).await;
    let confirm = s.request_consent(id, "").await;
    let leave = s.engine.unsubscribe_url(id, s.engine.list_id(crate::support::server::LIST).unwrap()).await.unwrap();
    let leave = leave.strip_prefix("https://news.krume.example").unwrap();
    for (name, method, path, status) in [
        ("home", "GET", "/", 200),
        ("unknown path", "GET", "/wp-login.php", 404),
        ("unknown link", "GET", "/c/AAAA", 404),
        ("wrong method", "DELETE", "/c/AAAA", 405),
        ("confirm", "GET", confirm.as_str(), 200),
        ("leave", "GET", leave, 200),
        ("confirmed", "POST", confirm.as_str(), 200),
        ("left", "POST", leave, 200),
        ("confirm, later", "GET", confirm.as_str(), 200),
        ("leave, later", "GET", leave, 200),
    ] {
        let reply = s.raw(&request(method, path, &[], b"")).await.unwrap();
        assert_eq!(reply.status, status, "{name}");
        has_security_headers(name, &reply);
        is_a_page(name, &reply, "de");
        // HEAD is GET without the body.
        if method == "GET" {
            let head = s.raw(&request("HEAD", path, &[], b"")).await.unwrap();
            assert_eq!(head.status, status, "{name}");
            assert!(head.body.is_empty(), "{name}");
            assert_eq!(head.header("content-length"), reply.header("content-length"), "{name}");
            has_security_headers(name, &head);
        }
    }
    for (name, path, media_type) in [
        ("style", "/style.css", "text/css; charset=utf-8"),
        ("robots", "/robots.txt", "text/plain; charset=utf-8"),
        ("key", "/.well-known/consent-log.vkey", "text/plain; charset=utf-8"),
    ] {
        let reply = s.get(path).await;
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(media_type)), "{name}");
        has_security_headers(name, &reply);
    }
    let options = s.raw(&request("OPTIONS", leave, &[("Origin", "https://mail.example")], b"")).await.unwrap();
    has_security_headers("options", &options);
    s.stop_and_check().await;
}

/// Pages for a contact use the contact's language; other pages use Accept-Language.
#[tokio::test(flavor = "multi_thread")]
async fn pages_are_german_or_english() {
    let s = TestServer::new().await;
    let html = async |path: &str, accept: &str| {
        s.raw(&request("GET", path, &[("Accept-Language", accept)], b"")).await.unwrap()
    };
    for (accept, language, words) in [
        ("de-AT,de;q=0.9", "de", "Dieser Link ist uns nicht bekannt"),
        ("en;q=0.2, de;q=0.1", "en", "We do not know this link"),
        ("fr", "en", "We do not know this link"),
    ] {
        let reply = html("/u/forged", accept).await;
        is_a_page(accept, &reply, language);
        assert!(reply.text().contains(words), "{accept}");
    }
    let (confirm, leave) = s.subscriber("email:bob@mail.example", Some("en-GB")).await;
    for (path, words) in [(&confirm, "Thank you, that is confirmed"), (&leave, "<button>Leave</button>")] {
        let reply = html(path, "de").await;
        is_a_page(path, &reply, "en");
        assert!(reply.text().contains(words), "{}", reply.text());
    }
    assert!(s.post(&leave, FORM, b"").await.text().contains("You have left"));
    s.stop_and_check().await;
}

/// Below a path of another site, whether the proxy removes the path or not.
#[tokio::test(flavor = "multi_thread")]
async fn pages_work_below_a_path() {
    let s = TestServer::with(Limits::default(), |c| c.public_url = "https://shop.example/news".to_owned()).await;
    for path in ["/c/x", "/news/c/x", "/news/style.css", "/style.css", "/news/"] {
        let reply = s.get(path).await;
        assert_eq!(reply.status, if path.ends_with("/x") { 404 } else { 200 }, "{path}");
        let html = reply.header("content-type").unwrap().starts_with("text/html");
        assert!(!html || reply.text().contains("href=\"/news/style.css\""), "{path}");
    }
    s.stop_and_check().await;
}

/// Invalid tokens reveal nothing: forged, truncated, of another kind, for no contact – the response is always the same.
#[tokio::test(flavor = "multi_thread")]
async fn invalid_tokens_are_indistinguishable() {
    let s = TestServer::new().await;
    let (confirm, leave) = s.subscriber(ANNA, None).await;
    let (c, u) = (&confirm[3..], &leave[3..]);
    let nobody = s.token(Purpose::Unsubscribe, [7; 16], None);
    let never = s.token(Purpose::Confirm, [7; 16], None);
    let file = s.token(Purpose::File, [7; 16], None);
    let old = s.token(Purpose::File, [7; 16], Some(rundruf_consent::Time(1)));
    let mut bent = u.to_owned();
    bent.replace_range(20..21, if &u[20..21] == "A" { "B" } else { "A" });
    let known = s.get("/u/x").await.without_date();
    for (kind, tokens) in [
        ("c", vec!["", "x", u, &c[1..], &c[..c.len() - 1], &nobody, &file]),
        ("u", vec!["", "x", c, &nobody, &u[1..], &u[..u.len() - 1], &bent, &never]),
        ("f", vec!["", "x", c, u, &file, &old, &nobody]),
    ] {
        for token in tokens {
            let path = format!("/{kind}/{token}");
            assert_eq!(s.get(&path).await.without_date(), known, "GET {path}");
            if kind != "f" {
                assert_eq!(s.post(&path, FORM, b"").await.without_date(), known, "POST {path}");
                assert_eq!(
                    s.post(&path, FORM, b"List-Unsubscribe=One-Click").await.without_date(),
                    known,
                    "click {path}"
                );
            }
        }
    }
    // A genuine link whose sign-up is forgotten says so, to its holder.
    let late = s.get(&format!("/c/{never}")).await.without_date();
    assert!(late.starts_with("HTTP/1.1 200") && late.contains("Anmeldung ist nicht mehr offen"), "{late}");
    assert_eq!(s.state_of(ANNA).await, rundruf_consent::State::Confirmed);
    s.stop_and_check().await;
}
