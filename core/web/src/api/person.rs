//! Handlers for what an operator does for one person: export and erase.

use crate::audit::AuditChange;
use crate::problem::Problem;
use crate::query::Query;
use crate::request_body;
use crate::response::{self, HttpResponse};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use rundruf_engine::Engine;
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
    let change = AuditChange::of(format!("contact {}", contact.0)).values(format!("{count} addresses"), "erased");
    Ok(change.dry_run(form.dry_run).on(response::json(
        StatusCode::OK,
        &json!({
            "addresses": e.addresses, "erased": !form.dry_run, "complete": e.is_complete, "events": e.counts.events,
            "messages_in": e.counts.inbound, "messages_out": e.counts.services, "mentions": e.counts.mentions,
            "files": e.files, "in_flight": e.in_flight, "elsewhere": e.elsewhere,
        }),
    )))
}
