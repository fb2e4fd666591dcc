//! Both route tables: public pages and the local API.

use crate::audit::AuditTicket;
use crate::page;
use crate::problem::Problem;
use crate::query::{Query, percent_decode};
use crate::response::{self, HttpResponse};
use crate::state::WebState;
use crate::{api, attachment, client_ip, hook, public};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{HeaderMap, Method, Request, StatusCode};
use rundruf_lang::{Language, msg};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

const TEXT: &str = "text/plain; charset=utf-8";

/// A public page or file.
enum PublicRoute<'a> {
    /// `/`: who the sender is.
    Home,
    /// `/style.css`.
    StyleSheet,
    /// `/robots.txt`: no crawling.
    RobotsTxt,
    /// `/.well-known/consent-log.vkey`.
    LogKey,
    /// `/c/TOKEN`.
    Confirm(Cow<'a, str>),
    /// `/u/TOKEN`.
    Unsubscribe(Cow<'a, str>),
    /// `/f/TOKEN`.
    File(Cow<'a, str>),
    /// `/hook/NAME`, and what follows it.
    Hook(&'a str, &'a str),
    /// `OPTIONS *`.
    Server,
}

impl<'a> PublicRoute<'a> {
    /// `base` is the path of `public_url`; a reverse proxy may have removed it from `path` or not.
    fn of(path: &'a str, base: &str) -> Option<Self> {
        let path = path.strip_prefix(base).filter(|p| p.starts_with('/')).unwrap_or(path);
        // Some mail programs percent-encode the `-` of a token. The token is verified afterwards, so decoding cannot let one pass.
        let token = |t: &'a str| if t.contains('%') { Cow::Owned(percent_decode(t)) } else { Cow::Borrowed(t) };
        Some(match path {
            "/" => Self::Home,
            "/style.css" => Self::StyleSheet,
            "/robots.txt" => Self::RobotsTxt,
            "/.well-known/consent-log.vkey" => Self::LogKey,
            "*" => Self::Server,
            _ if path.starts_with(hook::PREFIX) => {
                let of = path.get(hook::PREFIX.len()..)?;
                let (name, rest) = of.split_at(of.find('/').unwrap_or(of.len()));
                Self::Hook(name, rest)
            }
            _ => match path.split_at_checked(3)? {
                ("/c/", t) => Self::Confirm(token(t)),
                ("/u/", t) => Self::Unsubscribe(token(t)),
                ("/f/", t) => Self::File(token(t)),
                _ => return None,
            },
        })
    }

    const fn allows(&self) -> &'static str {
        match self {
            Self::Confirm(_) | Self::Unsubscribe(_) | Self::Server => "GET, HEAD, POST, OPTIONS",
            Self::Hook(..) => "GET, POST",
            _ => "GET, HEAD, OPTIONS",
        }
    }
}

/// Public routes. GET and HEAD change nothing.
///
/// | method | path | what |
/// | --- | --- | --- |
/// | GET | `/` | who the sender is |
/// | GET, POST | `/c/TOKEN` | confirm |
/// | GET, POST, OPTIONS | `/u/TOKEN` | unsubscribe; POST is also the one-click request of RFC 8058 |
/// | GET | `/f/TOKEN` | an attachment |
/// | GET, POST | `/hook/NAME` | a provider calls its transport back |
/// | GET | `/style.css`, `/robots.txt`, `/.well-known/consent-log.vkey` | |
pub(crate) async fn public(state: &WebState, peer: IpAddr, request: Request<Incoming>) -> HttpResponse {
    let engine = &state.engine;
    let language = preferred_language(request.headers(), Language::De).addressed(engine.config().sender.formal);
    let result =
        tokio::time::timeout(state.limits.request_timeout, public_response(state, peer, request, language)).await;
    page::with_security_headers(match result {
        Ok(Ok(Some(response))) => response,
        Ok(Ok(None)) => public::unknown_link(engine, language),
        Ok(Err(problem)) if problem.status.is_client_error() => public::rejected(engine, language, problem.status),
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

async fn public_response(
    state: &WebState,
    peer: IpAddr,
    request: Request<Incoming>,
    language: Language,
) -> Result<Option<HttpResponse>, Problem> {
    let engine = &state.engine;
    let (head, body) = request.into_parts();
    let Some(route) = PublicRoute::of(head.uri.path(), page::base(&engine.config().public_url)) else {
        return Ok(None);
    };
    let read = head.method == Method::GET || head.method == Method::HEAD;
    let post = head.method == Method::POST;
    match &route {
        PublicRoute::Confirm(token) if read => public::confirm_page(engine, token).await,
        PublicRoute::Confirm(token) if post => {
            public::confirm(engine, token, client_ip::network(peer, &head.headers)).await
        }
        PublicRoute::Unsubscribe(token) if read => public::unsubscribe_page(engine, token).await,
        PublicRoute::Unsubscribe(token) if post => {
            public::unsubscribe(engine, token, body, state.limits.read_timeout).await
        }
        PublicRoute::File(token) if read => attachment::download(state, token).await,
        PublicRoute::Hook(name, rest) if post || head.method == Method::GET => {
            hook::request(state, (name, rest), peer, &head, body).await
        }
        PublicRoute::Home if read => Ok(Some(home(state, language))),
        PublicRoute::StyleSheet if read => Ok(Some(style())),
        PublicRoute::RobotsTxt if read => {
            Ok(Some(response::full(StatusCode::OK, TEXT, "User-agent: *\nDisallow: /\n")))
        }
        PublicRoute::LogKey if read => Ok(Some(response::full(StatusCode::OK, TEXT, engine.log_vkeys()))),
        _ if head.method == Method::OPTIONS => Ok(Some(options(&route))),
        _ => {
            let mut response = public::rejected(engine, language, StatusCode::METHOD_NOT_ALLOWED);
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(route.allows()));
            Ok(Some(response))
        }
    }
}

/// The language that the request prefers; `default` without an Accept-Language header.
fn preferred_language(headers: &HeaderMap, default: Language) -> Language {
    match headers.get(header::ACCEPT_LANGUAGE) {
        Some(value) => Language::from_accept_language(value.to_str().ok()),
        None => default,
    }
}

fn options(route: &PublicRoute<'_>) -> HttpResponse {
    let mut response = response::empty(StatusCode::NO_CONTENT);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(route.allows()));
    if matches!(route, PublicRoute::Unsubscribe(_)) {
        public::allow_unsubscribe_preflight(&mut response);
    }
    response
}

fn home(state: &WebState, language: Language) -> HttpResponse {
    let config = state.engine.config();
    let inner = page::paragraph(&msg!("web-home-text"), language);
    page::page(StatusCode::OK, language, &config, &config.sender.name, &inner)
}

fn style() -> HttpResponse {
    let mut response = response::full(StatusCode::OK, "text/css; charset=utf-8", page::STYLE);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400"));
    response
}

/// Local routes: their JSON is what the command line prints with `--json`. The calling user's id is the actor in the evidence.
///
/// A request is completed even if the client disconnects: a half-closed list would be worse.
pub(crate) async fn local(state: Arc<WebState>, uid: u32, request: Request<Incoming>) -> HttpResponse {
    let language = preferred_language(request.headers(), Language::En);
    let result = tokio::spawn(async move { local_response(&state, uid, request, language).await }).await;
    result.unwrap_or_else(|error| Problem::broke_off(&error).response(language))
}

async fn local_response(
    state: &Arc<WebState>,
    uid: u32,
    request: Request<Incoming>,
    language: Language,
) -> HttpResponse {
    let path = request.uri().path().to_owned();
    let query = Query::parse(request.uri().query().unwrap_or(""));
    let method = request.method().clone();
    // Split before decoding, so that a name may contain a slash.
    let segments: Vec<String> = path.trim_matches('/').split('/').map(percent_decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let actor = format!("operator:{uid}");
    let result = match AuditTicket::begin(&state.engine, &actor, &method, &segments).await {
        Ok(ticket) => {
            let handled = handle((state, &actor, ticket.as_ref()), &segments, &query, request, language).await;
            if let Some(ticket) = ticket {
                ticket.end(&handled).await;
            }
            handled
        }
        Err(problem) => Err(problem),
    };
    result.unwrap_or_else(|problem| {
        if problem.status.is_server_error() {
            tracing::error!(code = problem.code, error = %problem.message, "a local request failed");
        }
        problem.response(language)
    })
}

/// Finds the handler of a local request. What changes something is a POST: the caller writes it into the audit log.
async fn handle(
    (state, actor, ticket): (&Arc<WebState>, &str, Option<&AuditTicket>),
    segments: &[&str],
    query: &Query,
    request: Request<Incoming>,
    language: Language,
) -> Result<HttpResponse, Problem> {
    let engine = &state.engine;
    let limit = state.settings.max_body;
    let method = request.method();
    let get = method == Method::GET;
    let post = method == Method::POST;
    match segments {
        ["api", "health"] if get => Ok(api::health(engine)),
        ["api", "audit"] if get => api::audit::all(engine, query).await,
        ["api", "lists"] if get => api::list::all(engine, language).await,
        ["api", "lists", name, "close"] if post => api::list::close(engine, name, actor).await,
        ["api", "lists", name, "changed"] if post => api::list::changed(engine, name, request, limit, actor).await,
        ["api", "contacts"] if get => api::contact::find(engine, query, language).await,
        ["api", "contacts"] if post => api::contact::add(engine, request, limit).await,
        ["api", "contacts", "edit"] if post => api::contact::edit(engine, request, limit, actor).await,
        ["api", "contacts", "merge"] if post => api::contact::merge(engine, request, limit, actor).await,
        ["api", "contacts", "revive"] if post => api::contact::revive(engine, request, limit, (actor, language)).await,
        ["api", "contacts", "export"] if get => api::person::export(engine, query, language).await,
        ["api", "contacts", "erase"] if post => api::person::erase(engine, request, limit, actor).await,
        ["api", "contacts", "hold"] if post => api::person::hold(engine, request, limit, actor).await,
        ["api", "contacts", "release"] if post => api::person::release(engine, request, limit, actor).await,
        ["api", "inbox"] if get => api::inbox::all(engine, query, language).await,
        ["api", "inbox", id] if get => api::inbox::show(engine, id, language).await,
        ["api", "inbox", id, verb] if post => api::inbox::act(engine, (id, verb), request, limit, actor).await,
        ["api", "contacts", id] if get => api::contact::show(engine, id, language).await,
        ["api", "consents"] if get => api::consent::show(engine, query).await,
        ["api", "consents", "request"] if post => api::consent::request(engine, request, limit, actor).await,
        ["api", "consents", "withdraw"] if post => api::consent::withdraw(engine, request, limit, actor).await,
        ["api", "consents", "stops-complete"] if post => api::consent::stops_complete(engine, request, limit).await,
        ["api", "consents", "proof"] if get => api::consent::proof(engine, query).await,
        ["api", "imports"] if post => api::import::run((state, ticket), request, query, actor, language).await,
        ["api", "broadcasts"] if get => api::broadcast::all(engine).await,
        ["api", "broadcasts"] if post => api::broadcast::send(engine, request, language, actor).await,
        ["api", "broadcasts", id] if get => api::broadcast::status(engine, id, query).await,
        ["api", "broadcasts", id, "deliveries"] if get => api::broadcast::deliveries(engine, id, query, language).await,
        ["api", "broadcasts", id, "resend"] if post => api::broadcast::resend(engine, id, request, limit).await,
        ["api", "broadcasts", id, "unknown"] if post => api::broadcast::unknown(engine, id, request, limit).await,
        ["api", "broadcasts", id, verb] if post => api::broadcast::change(engine, id, verb).await,
        ["api", "plugins", name, "pin"] if post => api::transport::pinned(name, request, limit).await,
        ["api", "transports"] if get => Ok(api::transport::all(engine, language)),
        ["api", "transports", name, "test"] if post => {
            api::transport::test(engine, name, request, limit, language).await
        }
        ["api", "transports", name, verb @ ("pause" | "resume")] if post => {
            api::transport::pause(engine, name, *verb == "pause", language)
        }
        ["api", "reload"] if post => api::reload(),
        ["api", "clock"] if get => Ok(api::clock::status(engine)),
        ["api", "clock", "accept"] if post => Ok(api::clock::accept(engine, actor)),
        ["api", "log", "checkpoint"] if get => api::checkpoint(engine).await,
        ["api", "log", "vkey"] if get => Ok(api::vkey(engine)),
        ["api", "doctor"] if get => api::doctor(engine, language).await,
        _ => Err(Problem::missing(msg!("web-no-such-route"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, base: &str, want: &str) {
        let got = match PublicRoute::of(path, base) {
            None => "nothing".to_owned(),
            Some(PublicRoute::Home) => "home".to_owned(),
            Some(PublicRoute::StyleSheet) => "style".to_owned(),
            Some(PublicRoute::RobotsTxt) => "robots".to_owned(),
            Some(PublicRoute::LogKey) => "key".to_owned(),
            Some(PublicRoute::Server) => "everything".to_owned(),
            Some(PublicRoute::Confirm(t)) => format!("c {t}"),
            Some(PublicRoute::Unsubscribe(t)) => format!("u {t}"),
            Some(PublicRoute::File(t)) => format!("f {t}"),
            Some(PublicRoute::Hook(name, rest)) => format!("hook {name} {rest}"),
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
            ("/hook", "nothing"),
            ("/hook/", "hook  "),
            ("/hook/threema", "hook threema "),
            ("/hook/sms/a%2Fb/c", "hook sms /a%2Fb/c"),
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
