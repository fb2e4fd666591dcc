//! The two tables of routes: what strangers reach, and what the local command line reaches.

use crate::answer::{self, Answer};
use crate::api;
use crate::page::{self, Both};
use crate::problem::Problem;
use crate::public;
use crate::server::Site;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, StatusCode};
use std::net::IpAddr;
use std::sync::Arc;

/// Public routes. GET and HEAD change nothing.
///
/// | method | path | what |
/// | --- | --- | --- |
/// | GET | `/` | who this is |
/// | GET, POST | `/c/TOKEN` | confirm |
/// | GET, POST, OPTIONS | `/u/TOKEN` | leave; POST is also the one click of RFC 8058 |
/// | GET | `/f/TOKEN` | an attachment |
/// | GET | `/style.css`, `/robots.txt`, `/.well-known/consent-log.vkey` | |
pub(crate) async fn public(site: &Arc<Site>, peer: IpAddr, request: Request<Incoming>) -> Answer {
    let engine = &site.engine;
    let language = public::browser_language(&request);
    let path = request.uri().path().to_owned();
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let (first, rest) = (parts.next().unwrap_or(""), parts.next());
    let read = request.method() == Method::GET || request.method() == Method::HEAD;
    let post = request.method() == Method::POST;
    let found = match (first, rest) {
        ("c", Some(token)) if read => public::confirm_page(engine, token).await,
        ("c", Some(token)) if post => {
            let prefix = public::ip_prefix(peer, &request);
            public::confirm(engine, token, prefix).await
        }
        ("u", Some(token)) if read => public::leave_page(engine, token).await,
        ("u", Some(token)) if post => public::leave(engine, token, request).await,
        ("u", Some(_)) if request.method() == Method::OPTIONS => Ok(Some(public::leave_options())),
        ("f", Some(token)) if read => public::file(engine, token).await,
        ("", None) if read => Ok(Some(home(site, &language))),
        ("style.css", None) if read => Ok(Some(style())),
        ("robots.txt", None) if read => {
            Ok(Some(answer::whole(StatusCode::OK, "text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n")))
        }
        (".well-known", Some("consent-log.vkey")) if read => {
            let key = format!("{}\n", engine.log_vkey());
            Ok(Some(page::guarded(answer::whole(StatusCode::OK, "text/plain; charset=utf-8", key))))
        }
        ("c" | "u" | "f" | "", _) => Ok(Some(wrong_method(&language, site))),
        _ => Ok(None),
    };
    match found {
        Ok(Some(answer)) => answer,
        Ok(None) => public::unknown(engine, &language),
        Err(problem) if problem.status.is_client_error() => {
            let mut answer = public::unknown(engine, &language);
            *answer.status_mut() = problem.status;
            answer
        }
        Err(problem) => {
            tracing::error!(error = %problem.message, "a page could not be made");
            public::failed(engine, &language)
        }
    }
}

fn wrong_method(language: &str, site: &Site) -> Answer {
    let mut answer = public::unknown(&site.engine, language);
    *answer.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    answer
}

fn home(site: &Site, language: &str) -> Answer {
    let sender = &site.engine.config().sender;
    let inner = Both {
        de: "<p>Von hier verschickt dieser Absender Nachrichten an alle, die sie haben möchten. Zum Abmelden öffne den Link in einer Nachricht.</p>",
        en: "<p>From here this sender writes to everyone who asked for it. To leave, open the link in a message.</p>",
    }
    .get(language);
    page::page(StatusCode::OK, language, sender, &sender.name, inner)
}

fn style() -> Answer {
    let mut answer = answer::whole(StatusCode::OK, "text/css; charset=utf-8", page::STYLE);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    page::guarded(answer)
}

/// Local routes: exactly what the command line prints with `--json`. The caller's user id is the actor in the evidence.
pub(crate) async fn local(site: &Arc<Site>, uid: u32, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    let query = Query::parse(request.uri().query().unwrap_or(""));
    let method = request.method().clone();
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let actor = format!("operator:{uid}");
    let engine = &site.engine;
    let limit = site.settings.max_body;
    let get = method == Method::GET;
    let post = method == Method::POST;
    let answered = match segments.as_slice() {
        ["api", "health"] if get => Ok(api::health(engine)),
        ["api", "lists"] if get => api::list::all(engine).await,
        ["api", "lists", name, "close"] if post => api::list::close(engine, name, &actor).await,
        ["api", "contacts"] if get => api::contact::find(engine, &query).await,
        ["api", "contacts"] if post => api::contact::add(engine, request, limit).await,
        ["api", "contacts", id] if get => api::contact::show(engine, id).await,
        ["api", "consents"] if get => api::consent::show(engine, &query).await,
        ["api", "consents", "request"] if post => api::consent::request(engine, request, limit, &actor).await,
        ["api", "consents", "withdraw"] if post => api::consent::withdraw(engine, request, limit, &actor).await,
        ["api", "consents", "proof"] if get => api::consent::proof(engine, &query).await,
        ["api", "imports"] if post => api::import::run(site, request, &query, &actor).await,
        ["api", "broadcasts"] if get => api::broadcast::all(engine).await,
        ["api", "broadcasts"] if post => api::broadcast::send(engine, request).await,
        ["api", "broadcasts", id] if get => api::broadcast::status(engine, id).await,
        ["api", "broadcasts", id, "deliveries"] if get => api::broadcast::deliveries(engine, id, &query).await,
        ["api", "broadcasts", id, "unknown"] if post => api::broadcast::unknown(engine, id, request, limit).await,
        ["api", "broadcasts", id, verb] if post => api::broadcast::change(engine, id, verb).await,
        ["api", "transports"] if get => Ok(api::transport::all(engine)),
        ["api", "transports", name, "test"] if post => api::transport::test(engine, name, request, limit).await,
        ["api", "transports", name, verb @ ("pause" | "resume")] if post => {
            api::transport::pause(engine, name, *verb == "pause")
        }
        ["api", "log", "checkpoint"] if get => api::checkpoint(engine).await,
        ["api", "log", "vkey"] if get => Ok(api::vkey(engine)),
        ["api", "doctor"] if get => api::doctor(engine).await,
        _ => Err(Problem::missing("such route")),
    };
    answered.unwrap_or_else(|problem| {
        if problem.status.is_server_error() {
            tracing::error!(code = problem.code, error = %problem.message, "a local request failed");
        }
        problem.answer()
    })
}

/// The pairs behind `?`.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    fn parse(text: &str) -> Self {
        let pair = |pair: &str| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        };
        Self(text.split('&').filter(|p| !p.is_empty()).map(pair).collect())
    }

    /// The value of this key, if it is there and not empty.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str()).filter(|v| !v.is_empty())
    }

    /// The value of this key.
    pub(crate) fn need(&self, key: &'static str) -> Result<&str, Problem> {
        self.get(key).ok_or_else(|| Problem::bad(format!("`{key}` is missing")))
    }

    /// Whether this key is set to `1` or `true`.
    pub(crate) fn is_set(&self, key: &str) -> bool {
        matches!(self.get(key), Some("1" | "true"))
    }

    /// The value of this key as a number.
    pub(crate) fn number(&self, key: &'static str) -> Result<Option<i64>, Problem> {
        self.get(key).map(|v| v.parse().map_err(|_| Problem::bad(format!("`{key}` is not a number")))).transpose()
    }
}

/// Percent decoding; what is not valid stays as it is. `+` stays a plus: addresses contain it.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        let hex = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex {
            Some(byte) => {
                out.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        let q = Query::parse("address=email%3Aa%2Bb%40c.example&x=&limit=5&dry_run=1&bad=%zz");
        assert_eq!(q.get("address"), Some("email:a+b@c.example"));
        assert_eq!(q.get("x"), None);
        assert_eq!(q.number("limit").unwrap(), Some(5));
        assert!(q.is_set("dry_run"));
        assert_eq!(q.get("bad"), Some("%zz"));
        assert!(q.need("list").is_err());
    }
}
