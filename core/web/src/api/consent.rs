//! Handlers for the consents of one address.

use crate::audit::AuditChange;
use crate::problem::Problem;
use crate::query::Query;
use crate::request_body;
use crate::response::{self, HttpResponse};
use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::{Request, StatusCode};
use rundruf_engine::{Engine, SignUp};
use rundruf_lang::msg;
use serde::Deserialize;
use serde_json::json;

/// `GET /api/consents?address=CHANNEL:VALUE`: one line per list.
pub(crate) async fn show(engine: &Engine, query: &Query) -> Result<HttpResponse, Problem> {
    let address = engine.address_parse(query.need("address")?)?;
    let row = engine.address_find(address).await?.ok_or_else(|| Problem::missing(msg!("web-no-such-address")))?;
    let channel = row.address.channel().word();
    Ok(response::json_lines(row.consents.iter().map(|c| {
        json!({
            "list": engine.list_name(c.list),
            "channel": channel,
            "state": c.state.word(),
            "since": crate::time::text(c.since),
            "evidence": c.evidence.0,
        })
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsentRequest {
    address: String,
    list: String,
    #[serde(default)]
    language: Option<String>,
    /// The person asked for it; `source` says where.
    #[serde(default)]
    person_asked: bool,
    #[serde(default)]
    source: Option<String>,
}

/// Longest `source`, in characters.
const MAX_SOURCE: usize = 500;

/// Where the person asked, as the evidence keeps it. `person_asked` and `source` go together.
fn asked(form: &ConsentRequest) -> Result<Option<String>, Problem> {
    let source = form.source.as_deref().map(str::trim).unwrap_or_default();
    if form.person_asked == source.is_empty() {
        return Err(Problem::bad(msg!("web-person-asked-with-source")));
    }
    if source.chars().count() > MAX_SOURCE || source.chars().any(char::is_control) {
        return Err(Problem::bad(msg!("web-source-too-long", most = MAX_SOURCE)));
    }
    Ok(form.person_asked.then(|| source.to_owned()))
}

/// `POST /api/consents/request`: sends an opt-in request to the address.
pub(crate) async fn request(
    engine: &Engine,
    request: Request<Incoming>,
    limit: u64,
    actor: &str,
) -> Result<HttpResponse, Problem> {
    let form: ConsentRequest = request_body::json(request.into_body(), limit).await?;
    let person_asked = asked(&form)?;
    let address = engine.address_parse(&form.address)?;
    let row = engine
        .address_find(address)
        .await?
        .ok_or_else(|| Problem::missing(msg!("web-no-such-address")).with_help(msg!("web-add-contact-help")))?;
    let state = engine
        .consent_request(SignUp {
            address: row.id,
            list: form.list.clone(),
            source: "command".to_owned(),
            language: form.language.unwrap_or_default(),
            actor: actor.to_owned(),
            person_asked,
        })
        .await?;
    let channel = row.address.channel().word();
    let before = row.consents.iter().find(|c| engine.list_name(c.list) == form.list).map_or("none", |c| c.state.word());
    let change = AuditChange::of(format!("contact {} {channel} {}", row.contact.0, form.list));
    let response =
        response::json(StatusCode::OK, &json!({"list": form.list, "channel": channel, "state": state.word()}));
    Ok(change.values(before, state.word()).on(response))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithdrawalRequest {
    address: String,
    #[serde(default)]
    list: Option<String>,
}

/// `POST /api/consents/withdraw`: withdraws one consent; without a list, everything of the sender, present and future.
pub(crate) async fn withdraw(
    engine: &Engine,
    request: Request<Incoming>,
    limit: u64,
    actor: &str,
) -> Result<HttpResponse, Problem> {
    let form: WithdrawalRequest = request_body::json(request.into_body(), limit).await?;
    let address = engine.address_parse(&form.address)?;
    let before = engine.address_find(address.clone()).await?;
    let ended = engine.withdraw(&address, form.list.as_deref(), actor).await?;
    let consents = before.iter().flat_map(|row| &row.consents);
    let states: Vec<String> = consents
        .map(|c| (engine.list_name(c.list), c.state))
        .filter(|(name, _)| form.list.as_ref().is_none_or(|list| list == name))
        .map(|(name, state)| format!("{name} {}", state.word()))
        .collect();
    let of =
        before.map_or_else(|| "an address without a contact".to_owned(), |row| format!("contact {}", row.contact.0));
    let of = format!("{of} {} {}", address.channel().word(), form.list.as_deref().unwrap_or("(all lists)"));
    let change = AuditChange::of(of).values(states.join(", "), format!("withdrawn, {ended} consents ended"));
    let response = response::json(
        StatusCode::OK,
        &json!({"withdrawn": ended, "list": form.list, "all_lists": form.list.is_none()}),
    );
    Ok(change.on(response))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StopsCompleteRequest {
    reason: String,
}

/// `POST /api/consents/stops-complete`: the stops since a backup are entered, and why that is known.
pub(crate) async fn stops_complete(
    engine: &Engine,
    request: Request<Incoming>,
    limit: u64,
) -> Result<HttpResponse, Problem> {
    let form: StopsCompleteRequest = request_body::json(request.into_body(), limit).await?;
    let since = crate::time::text(engine.stops_complete(&form.reason).await?);
    let response = response::json(StatusCode::OK, &json!({"since": since, "reason": form.reason.trim()}));
    let change =
        AuditChange::default().values(format!("missing since {since}"), format!("entered: {}", form.reason.trim()));
    Ok(change.on(response))
}

/// `GET /api/consents/proof?address=…&list=…`: the proof of one consent as a ZIP file.
pub(crate) async fn proof(engine: &Engine, query: &Query) -> Result<HttpResponse, Problem> {
    let address = engine.address_parse(query.need("address")?)?;
    let (zip, state, events) = engine.proof(&address, query.need("list")?).await?;
    let mut response = response::full(StatusCode::OK, "application/zip", zip);
    response.headers_mut().insert("x-rundruf-state", HeaderValue::from_static(state.word()));
    response.headers_mut().insert("x-rundruf-events", HeaderValue::from(events));
    Ok(response)
}
