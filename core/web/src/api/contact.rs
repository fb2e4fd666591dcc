//! Handlers for contacts.

use crate::audit::AuditChange;
use crate::problem::Problem;
use crate::query::Query;
use crate::request_body;
use crate::response::{self, HttpResponse};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use rundruf_consent::{AddressFlags, ContactId};
use rundruf_engine::{ContactChange, ContactForm, ContactRow, Engine};
use rundruf_lang::{Language, msg};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Contacts in one response.
const PAGE_ROWS: u32 = 1_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactRequest {
    addresses: Vec<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    vars: BTreeMap<String, String>,
}

/// `POST /api/contacts`: adds a contact.
pub(crate) async fn add(engine: &Engine, request: Request<Incoming>, limit: u64) -> Result<HttpResponse, Problem> {
    let form: ContactRequest = request_body::json(request.into_body(), limit).await?;
    let addresses = form
        .addresses
        .iter()
        .map(|a| {
            let (channel, value) = a.split_once(':').unwrap_or(("", a.as_str()));
            (channel.to_owned(), value.to_owned())
        })
        .collect();
    let row = engine.contact_add(ContactForm { addresses, language: form.language, vars: form.vars }).await?;
    let channels: Vec<&str> = row.addresses.iter().map(|a| a.address.channel().word()).collect();
    let change = AuditChange::of(format!("contact {}", row.id.0)).values("", channels.join(", "));
    Ok(change.on(response::json(StatusCode::OK, &contact_json(engine, &row))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EditRequest {
    who: String,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    vars: BTreeMap<String, String>,
}

/// `POST /api/contacts/edit`: changes language and variables of a contact; an empty value removes one.
pub(crate) async fn edit(
    engine: &Engine,
    request: Request<Incoming>,
    limit: u64,
    actor: &str,
) -> Result<HttpResponse, Problem> {
    let EditRequest { who, language, vars } = request_body::json(request.into_body(), limit).await?;
    let before = engine.contact_named(&who).await?;
    let row = engine.contact_edit(ContactChange { who, language, vars, actor: actor.to_owned() }).await?;
    let change =
        AuditChange::of(format!("contact {}", row.id.0)).values(described(&before, &row), described(&row, &before));
    Ok(change.on(response::json(StatusCode::OK, &contact_json(engine, &row))))
}

/// What a contact has that another does not, for the audit log: the language, and the names of variables. Their values are the person's, and the
/// log is kept when the person is erased.
fn described(row: &ContactRow, other: &ContactRow) -> String {
    let language =
        (row.language != other.language).then(|| format!("language {}", row.language.as_deref().unwrap_or("-")));
    let vars = row.vars.iter().filter(|(name, value)| other.vars.get(*name) != Some(value));
    language.into_iter().chain(vars.map(|(name, _)| format!("{name} …"))).collect::<Vec<_>>().join(", ")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MergeRequest {
    keep: String,
    gone: String,
}

/// `POST /api/contacts/merge`: makes one contact a part of another.
pub(crate) async fn merge(
    engine: &Engine,
    request: Request<Incoming>,
    limit: u64,
    actor: &str,
) -> Result<HttpResponse, Problem> {
    let MergeRequest { keep, gone } = request_body::json(request.into_body(), limit).await?;
    let before = engine.contact_named(&gone).await?.id;
    let row = engine.contact_merge(&keep, &gone, actor).await?;
    let change = AuditChange::of(format!("contact {}", row.id.0));
    let change = change.values(format!("contact {}", before.0), format!("contact {}", row.id.0));
    Ok(change.on(response::json(StatusCode::OK, &contact_json(engine, &row))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReviveRequest {
    who: String,
}

/// `POST /api/contacts/revive`: lets an address that is undeliverable get messages again.
pub(crate) async fn revive(
    engine: &Engine,
    request: Request<Incoming>,
    limit: u64,
    (actor, language): (&str, Language),
) -> Result<HttpResponse, Problem> {
    let ReviveRequest { who } = request_body::json(request.into_body(), limit).await?;
    let row = engine.contact_revive(&who, actor).await?;
    let change = AuditChange::of(format!("contact {}", row.id.0)).values("undeliverable", "");
    Ok(change.on(answer(engine, &row, language).await?))
}

/// `GET /api/contacts/ID`: one contact.
pub(crate) async fn show(engine: &Engine, id: &str, language: Language) -> Result<HttpResponse, Problem> {
    let id = id.parse().map_err(|_| Problem::bad(msg!("web-contact-not-a-number")))?;
    let row = engine.contact_get(ContactId(id)).await?.ok_or_else(|| Problem::missing(msg!("web-no-such-contact")))?;
    answer(engine, &row, language).await
}

/// `GET /api/contacts?find=TEXT&after=ID`: one line per contact, at most [`PAGE_ROWS`]. `?who=NUMBER|ADDRESS`: the one contact of that name.
pub(crate) async fn find(engine: &Engine, query: &Query, language: Language) -> Result<HttpResponse, Problem> {
    if let Some(who) = query.get("who") {
        let row = engine.contact_named(who).await?;
        return answer(engine, &row, language).await;
    }
    let after = ContactId(query.number("after")?.unwrap_or(0));
    let text = query.get("find").unwrap_or("").to_owned();
    let rows = engine.contact_find(text, after, PAGE_ROWS).await?;
    Ok(response::json_lines(rows.iter().map(|row| contact_json(engine, row))))
}

/// One contact, with the reasons why addresses of it get no messages.
async fn answer(engine: &Engine, row: &ContactRow, language: Language) -> Result<HttpResponse, Problem> {
    let mut json = contact_json(engine, row);
    let known = engine.contact_undeliverable(row).await?;
    let resting = row.addresses.iter().filter(|a| a.flags.has(AddressFlags::UNDELIVERABLE));
    let reasons: Vec<Value> = resting
        .map(|a| {
            let why = known.iter().find(|why| why.address == a.id);
            json!({
                "address": format!("{}:{}", a.address.channel().word(), a.address.value()),
                "since": why.map(|why| crate::time::text(why.at)),
                "transport": why.map(|why| &why.transport),
                "reply": why.map(|why| &why.reply),
                "said": why.filter(|why| !why.reply.is_empty()).map(|why| engine.said_to(&why.transport, &why.reply).text(language)),
            })
        })
        .collect();
    if let Some(object) = json.as_object_mut().filter(|_| !reasons.is_empty()) {
        object.insert("undeliverable".to_owned(), Value::Array(reasons));
    }
    if let (Some(object), Some(hold)) = (json.as_object_mut(), engine.legal_hold(row.id).await?) {
        let kept = json!({
            "until": crate::time::text(hold.until), "reason": hold.reason, "since": crate::time::text(hold.since), "by": hold.actor,
            "erase_then": hold.erase,
        });
        object.insert("legal_hold".to_owned(), kept);
    }
    Ok(response::json(StatusCode::OK, &json))
}

fn contact_json(engine: &Engine, row: &ContactRow) -> Value {
    let addresses: Vec<String> =
        row.addresses.iter().map(|a| format!("{}:{}", a.address.channel().word(), a.address.value())).collect();
    let consents: Vec<Value> = row
        .addresses
        .iter()
        .flat_map(|a| {
            a.consents.iter().map(|c| {
                json!({
                    "list": engine.list_name(c.list),
                    "channel": a.address.channel().word(),
                    "state": c.state.word(),
                    "since": crate::time::text(c.since),
                    "evidence": c.evidence.0,
                })
            })
        })
        .collect();
    json!({"contact": row.id.0, "addresses": addresses, "language": row.language, "vars": row.vars, "consents": consents})
}
