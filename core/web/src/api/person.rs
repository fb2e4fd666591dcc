//! Handlers for what an operator does for one person: export and erase.

use crate::audit::AuditChange;
use crate::problem::Problem;
use crate::query::Query;
use crate::request_body;
use crate::response::{self, HttpResponse};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use rundruf_engine::{Engine, LegalHoldForm};
use rundruf_lang::Language;
use serde::Deserialize;
use serde_json::json;

/// `GET /api/contacts/export?who=ADDRESS|ID`: everything about one person as a ZIP; with `part=export.json` or `part=readme.html` one file of it.
pub(crate) async fn export(engine: &Engine, query: &Query, language: Language) -> Result<HttpResponse, Problem> {
    let who = query.need("who")?;
    let Some(part) = query.get("part") else {
        let zip = engine.contact_export(who, language).await?;
        return Ok(response::full(StatusCode::OK, "application/zip", zip));
    };
    let bytes = engine.contact_export_part(who, part, language).await?;
    let media_type = if part == "readme.html" { "text/html; charset=utf-8" } else { "application/json" };
    Ok(response::full(StatusCode::OK, media_type, bytes))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EraseRequest {
    who: String,
    #[serde(default)]
    only: bool,
    #[serde(default)]
    dry_run: bool,
}

/// `POST /api/contacts/erase`: erases a person, or with `only` one address; with `dry_run` says which addresses these are.
pub(crate) async fn erase(
    engine: &Engine,
    request: Request<Incoming>,
    limit: u64,
    actor: &str,
) -> Result<HttpResponse, Problem> {
    let form: EraseRequest = request_body::json(request.into_body(), limit).await?;
    let contact = engine.contact_named(&form.who).await?.id;
    let e = engine.contact_erase(&form.who, form.only, form.dry_run, actor).await?;
    let count = e.addresses.len();
    let change = AuditChange::of(format!("contact {}", contact.0))
        .values(format!("{count} addresses"), if e.kept.is_some() { "kept, erased later" } else { "erased" });
    Ok(change.dry_run(form.dry_run).on(response::json(
        StatusCode::OK,
        &json!({
            "addresses": e.addresses, "erased": !form.dry_run && e.kept.is_none(), "complete": e.is_complete, "events": e.counts.events,
            "messages_in": e.counts.inbound, "messages_out": e.counts.services, "mentions": e.counts.mentions,
            "plugins": {"told": e.plugins.told, "pending": e.plugins.pending, "cannot": e.plugins.cannot},
            "files": e.files, "in_flight": e.in_flight, "elsewhere": e.elsewhere,
            "kept_until": e.kept.as_ref().map(|hold| crate::time::text(hold.until)),
            "kept_because": e.kept.as_ref().map(|hold| &hold.reason),
        }),
    )))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldRequest {
    who: String,
    until: String,
    reason: String,
}

/// `POST /api/contacts/hold`: keeps a person's data for legal claims, until a day.
pub(crate) async fn hold(
    engine: &Engine,
    request: Request<Incoming>,
    limit: u64,
    actor: &str,
) -> Result<HttpResponse, Problem> {
    let HoldRequest { who, until, reason } = request_body::json(request.into_body(), limit).await?;
    let form = LegalHoldForm { who, until, reason, actor: actor.to_owned() };
    let (contact, hold) = engine.contact_hold(form).await?;
    let until = crate::time::text(hold.until);
    let change = AuditChange::of(format!("contact {}", contact.id.0)).values("", format!("kept until {until}"));
    let value = json!({"contact": contact.id.0, "kept_until": until, "kept_because": hold.reason});
    Ok(change.on(response::json(StatusCode::OK, &value)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseRequest {
    who: String,
    reason: String,
}

/// `POST /api/contacts/release`: a person's data is not kept for legal claims any more.
pub(crate) async fn release(
    engine: &Engine,
    request: Request<Incoming>,
    limit: u64,
    actor: &str,
) -> Result<HttpResponse, Problem> {
    let form: ReleaseRequest = request_body::json(request.into_body(), limit).await?;
    let (contact, erased) = engine.contact_release(&form.who, &form.reason, actor).await?;
    let became = if erased { "erased" } else { "" };
    let change = AuditChange::of(format!("contact {}", contact.id.0)).values("kept", became);
    Ok(change.on(response::json(StatusCode::OK, &json!({"contact": contact.id.0, "erased": erased}))))
}
