//! Handlers for transports.

use crate::audit::AuditChange;
use crate::hook;
use crate::problem::Problem;
use crate::request_body;
use crate::response::{self, HttpResponse};
use crate::time;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use rundruf_engine::{Engine, HealthView, TransportView};
use rundruf_lang::{Language, Message, msg};
use serde::Deserialize;
use serde_json::{Value, json};

/// `GET /api/transports`: one line per transport.
pub(crate) fn all(engine: &Engine, language: Language) -> HttpResponse {
    let url = engine.config().public_url.clone();
    response::json_lines(engine.transports().iter().map(|t| transport_json(t, &url, language)))
}

/// `public_url` is where the provider reaches us.
fn transport_json(t: &TransportView, public_url: &str, language: Language) -> Value {
    let webhook = t.takes_webhooks.then(|| hook::address(public_url, &t.name));
    json!({
        "webhook": webhook,
        "name": t.name,
        "plugin": t.plugin,
        "channels": t.channels,
        "isolation": t.isolation,
        "state": t.state,
        "reason": t.reason.as_ref().map(|reason| reason.text(language)),
        "in_flight": t.in_flight,
        "window": t.window,
        "rate_per_s": (t.rate_per_s * 10.0).round() / 10.0,
        "since": time::text(t.since),
        "health": t.health.as_ref().map(|health| health_json(health, language)),
        "held_deaf": t.is_held_deaf,
    })
}

/// What the plugin said of its account.
fn health_json(health: &HealthView, language: Language) -> Value {
    let said = |words: &Option<Message>| words.as_ref().map(|words| words.text(language));
    let (left, alarm) = health.credits.clone().map_or((None, None), |(left, alarm)| (Some(left), alarm));
    json!({
        "account": health.account,
        "account_state": health.account_state,
        "detail": said(&health.detail),
        "credits": left,
        "credits_alarm": alarm,
        "credits_low": health.is_low,
        "limits": said(&health.limits),
        "remote_version": health.remote_version,
        "hearing": health.hearing,
        "heard_at": health.heard_at.map(time::text),
        "heard_by": said(&health.heard_by),
        "asked_at": time::text(health.asked_at),
    })
}

/// `POST /api/transports/NAME/pause|resume`: stops or continues sending.
pub(crate) fn pause(engine: &Engine, name: &str, paused: bool, language: Language) -> Result<HttpResponse, Problem> {
    let before = engine.transports().into_iter().find(|t| t.name == name).map_or("", |t| t.state);
    let transport = engine.transport_pause(name, paused)?;
    let response = response::json(StatusCode::OK, &transport_json(&transport, &engine.config().public_url, language));
    Ok(AuditChange::of(name).values(before, transport.state).on(response))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinRequest {
    #[serde(default)]
    old: Option<String>,
    new: String,
}

/// `POST /api/plugins/TRANSPORT/pin`: notes in the audit log that the digest of a transport's library was changed in the settings.
pub(crate) async fn pinned(name: &str, request: Request<Incoming>, limit: u64) -> Result<HttpResponse, Problem> {
    let PinRequest { old, new } = request_body::json(request.into_body(), limit).await?;
    let digest = |text: &str| text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if !digest(&new) || old.as_deref().is_some_and(|old| !digest(old)) {
        return Err(Problem::bad(msg!("web-not-a-digest")));
    }
    let change = AuditChange::of(name).values(old.unwrap_or_default(), new);
    Ok(change.on(response::json(StatusCode::OK, &json!({"noted": true}))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TransportTestRequest {
    to: String,
    /// Only ask the plugin whether it reaches the address; nothing is sent.
    #[serde(default)]
    dry_run: bool,
}

/// `POST /api/transports/NAME/test`: sends a test message, or only checks the address.
pub(crate) async fn test(
    engine: &Engine,
    name: &str,
    request: Request<Incoming>,
    limit: u64,
    language: Language,
) -> Result<HttpResponse, Problem> {
    let form: TransportTestRequest = request_body::json(request.into_body(), limit).await?;
    let result = if form.dry_run {
        engine.transport_reach(name, &form.to).await?
    } else {
        engine.transport_test(name, &form.to).await?
    };
    let took = u64::try_from(result.took.as_millis()).unwrap_or(u64::MAX);
    let change = AuditChange::of(name).values("", if result.ok { "ok" } else { "not ok" }).dry_run(form.dry_run);
    Ok(change.on(response::json(
        StatusCode::OK,
        &json!({"ok": result.ok, "state": result.state, "detail": result.detail, "said": result.said.text(language), "took_ms": took}),
    )))
}
