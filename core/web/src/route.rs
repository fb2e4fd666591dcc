//! The two tables of routes: what strangers reach, and what the local command line reaches.

use crate::answer::{self, Answer};
use crate::page::{self, Both};
use crate::problem::Problem;
use crate::query::{Query, decode};
use crate::server::Site;
use crate::{api, file, language, public, visitor};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, StatusCode};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

const TEXT: &str = "text/plain; charset=utf-8";

/// What strangers can ask for.
enum Place<'a> {
    /// Who this is.
    Home,
    /// `/style.css`.
    Style,
    /// `/robots.txt`: nothing here is for them.
    Robots,
    /// `/.well-known/consent-log.vkey`.
    LogKey,
    /// `/c/TOKEN`.
    Confirm(Cow<'a, str>),
    /// `/u/TOKEN`.
    Leave(Cow<'a, str>),
    /// `/f/TOKEN`.
    File(Cow<'a, str>),
    /// `OPTIONS *`.
    Everything,
}

impl<'a> Place<'a> {
    /// `base`: what stands before every path of ours; a reverse proxy may remove it or not.
    fn of(path: &'a str, base: &str) -> Option<Self> {
        let path = path.strip_prefix(base).filter(|p| p.starts_with('/')).unwrap_or(path);
        // `%2D` is `-`: some mail programs write links anew. A token is checked as a whole afterwards, whatever it contains.
        let token = |t: &'a str| if t.contains('%') { Cow::Owned(decode(t)) } else { Cow::Borrowed(t) };
        Some(match path {
            "/" => Self::Home,
            "/style.css" => Self::Style,
            "/robots.txt" => Self::Robots,
            "/.well-known/consent-log.vkey" => Self::LogKey,
            "*" => Self::Everything,
            _ => match path.split_at_checked(3)? {
                ("/c/", t) => Self::Confirm(token(t)),
                ("/u/", t) => Self::Leave(token(t)),
                ("/f/", t) => Self::File(token(t)),
                _ => return None,
            },
        })
    }

    const fn allows(&self) -> &'static str {
        match self {
            Self::Confirm(_) | Self::Leave(_) | Self::Everything => "GET, HEAD, POST, OPTIONS",
            _ => "GET, HEAD, OPTIONS",
        }
    }
}

/// Public routes. GET and HEAD change nothing.
///
/// | method | path | what |
/// | --- | --- | --- |
/// | GET | `/` | who this is |
/// | GET, POST | `/c/TOKEN` | confirm |
/// | GET, POST, OPTIONS | `/u/TOKEN` | leave; POST is also the one click of RFC 8058 |
/// | GET | `/f/TOKEN` | an attachment |
/// | GET | `/style.css`, `/robots.txt`, `/.well-known/consent-log.vkey` | |
pub(crate) async fn public(site: &Site, peer: IpAddr, request: Request<Incoming>) -> Answer {
    let engine = &site.engine;
    let language = language::asked(request.headers());
    let answered = tokio::time::timeout(site.limits.request, public_answer(site, peer, request, language)).await;
    page::guarded(match answered {
        Ok(Ok(Some(answer))) => answer,
        Ok(Ok(None)) => public::unknown(engine, language),
        Ok(Err(problem)) if problem.status.is_client_error() => public::refused(engine, language, problem.status),
        Ok(Err(problem)) => {
            tracing::error!(error = %problem.message, "a page could not be made");
            public::failed(engine, language)
        }
        Err(_) => {
            tracing::warn!("a page took too long");
            public::failed(engine, language)
        }
    })
}

async fn public_answer(
    site: &Site,
    peer: IpAddr,
    request: Request<Incoming>,
    language: &'static str,
) -> Result<Option<Answer>, Problem> {
    let engine = &site.engine;
    let (head, body) = request.into_parts();
    let Some(place) = Place::of(head.uri.path(), page::base(&engine.config().public_url)) else { return Ok(None) };
    let read = head.method == Method::GET || head.method == Method::HEAD;
    let post = head.method == Method::POST;
    match &place {
        Place::Confirm(token) if read => public::confirm_page(engine, token).await,
        Place::Confirm(token) if post => public::confirm(engine, token, visitor::network(peer, &head.headers)).await,
        Place::Leave(token) if read => public::leave_page(engine, token).await,
        Place::Leave(token) if post => public::leave(engine, token, body, site.limits.head).await,
        Place::File(token) if read => file::download(site, token).await,
        Place::Home if read => Ok(Some(home(site, language))),
        Place::Style if read => Ok(Some(style())),
        Place::Robots if read => Ok(Some(answer::whole(StatusCode::OK, TEXT, "User-agent: *\nDisallow: /\n"))),
        Place::LogKey if read => Ok(Some(answer::whole(StatusCode::OK, TEXT, format!("{}\n", engine.log_vkey())))),
        _ if head.method == Method::OPTIONS => Ok(Some(options(&place))),
        _ => {
            let mut answer = public::refused(engine, language, StatusCode::METHOD_NOT_ALLOWED);
            answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(place.allows()));
            Ok(Some(answer))
        }
    }
}

fn options(place: &Place<'_>) -> Answer {
    let mut answer = answer::nothing(StatusCode::NO_CONTENT);
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(place.allows()));
    if matches!(place, Place::Leave(_)) {
        public::leave_options(&mut answer);
    }
    answer
}

fn home(site: &Site, language: &str) -> Answer {
    let config = site.engine.config();
    let inner = Both {
        de: "<p>Von hier verschickt dieser Absender Nachrichten an alle, die sie haben möchten. Zum Abmelden öffne den Link in einer Nachricht.</p>",
        en: "<p>From here this sender writes to everyone who asked for it. To leave, open the link in a message.</p>",
    }
    .get(language);
    page::page(StatusCode::OK, language, &config, &config.sender.name, inner)
}

fn style() -> Answer {
    let mut answer = answer::whole(StatusCode::OK, "text/css; charset=utf-8", page::STYLE);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    answer
}

/// Local routes: exactly what the command line prints with `--json`. The caller's user id is the actor in the evidence.
///
/// What was asked for is done to its end, also if the caller has gone: half a closed list would be worse.
pub(crate) async fn local(site: Arc<Site>, uid: u32, request: Request<Incoming>) -> Answer {
    let answered = tokio::spawn(async move { local_answer(&site, uid, request).await }).await;
    answered.unwrap_or_else(|_| {
        tracing::error!("a local request broke off");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", "the request broke off", "see the log").answer()
    })
}

async fn local_answer(site: &Arc<Site>, uid: u32, request: Request<Incoming>) -> Answer {
    let path = request.uri().path().to_owned();
    let query = Query::parse(request.uri().query().unwrap_or(""));
    let method = request.method().clone();
    // Split first, decoded then: a name may contain a slash, and stays one name.
    let segments: Vec<String> = path.trim_matches('/').split('/').map(decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, base: &str, want: &str) {
        let got = match Place::of(path, base) {
            None => "nothing".to_owned(),
            Some(Place::Home) => "home".to_owned(),
            Some(Place::Style) => "style".to_owned(),
            Some(Place::Robots) => "robots".to_owned(),
            Some(Place::LogKey) => "key".to_owned(),
            Some(Place::Everything) => "everything".to_owned(),
            Some(Place::Confirm(t)) => format!("c {t}"),
            Some(Place::Leave(t)) => format!("u {t}"),
            Some(Place::File(t)) => format!("f {t}"),
        };
        assert_eq!(got, want, "{path} below `{base}`");
    }

    #[test]
    fn paths() {
        for (path, want) in [
            ("/", "home"),
            ("", "nothing"),
            ("//", "nothing"),
            ("/c", "nothing"),
            ("/c/", "c "),
            ("/c/AB-_9", "c AB-_9"),
            ("/c/AB%2D%5f9", "c AB-_9"),
            ("/u/x/y", "u x/y"),
            ("/f/../../etc/passwd", "f ../../etc/passwd"),
            ("/f/%2e%2e%2fx", "f ../x"),
            ("//c/x", "nothing"),
            ("/C/x", "nothing"),
            ("/ä/x", "nothing"),
            ("/cä", "nothing"),
            ("/api/health", "nothing"),
            ("*", "everything"),
        ] {
            check(path, "", want);
        }
        for (path, want) in [
            ("/news/c/x", "c x"),
            ("/c/x", "c x"),
            ("/news/", "home"),
            ("/news", "nothing"),
            ("/newsc/x", "nothing"),
            ("/news/style.css", "style"),
        ] {
            check(path, "/news", want);
        }
    }
}
