//! Handlers for broadcasts and their deliveries.

use crate::audit::AuditChange;
use crate::json_stream;
use crate::problem::Problem;
use crate::query::Query;
use crate::request_body;
use crate::response::{self, HttpResponse};
use crate::time;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use rundruf_consent::{BroadcastId, DeliveryId};
use rundruf_engine::{
    BroadcastAction, BroadcastForm, BroadcastStatus, CostTotal, DeliveryRow, DeliveryState, Engine, MessageAttachment,
    MessageFile, MessageSample, PriceEstimate, UnknownResolution,
};
use rundruf_lang::{Language, msg};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Largest request with attachments, in bytes. The engine limits each attachment in addition.
const MAX_BODY_BYTES: u64 = 64 << 20;

/// Deliveries read from the database at a time.
const PAGE_ROWS: u32 = 5_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BroadcastRequest {
    list: String,
    text: BTreeMap<String, String>,
    #[serde(default)]
    subject: BTreeMap<String, String>,
    #[serde(default)]
    at: Option<String>,
    #[serde(default)]
    expires_at: Option<String>,
    #[serde(default)]
    attachments: Vec<AttachmentHeader>,
    #[serde(default)]
    dry_run: bool,
    /// A dry run whose samples have their HTML.
    #[serde(default)]
    preview: bool,
    /// The same text may go to the same list again within a day.
    #[serde(default)]
    again: bool,
    /// Address of a test message: nobody else gets anything.
    #[serde(default)]
    to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttachmentHeader {
    name: String,
    media_type: String,
    /// Bytes of it behind the first line.
    size: u64,
    /// The path by which the text shows this picture; none for an attachment.
    #[serde(default)]
    picture: Option<String>,
}

fn parse_id(text: &str) -> Result<BroadcastId, Problem> {
    text.parse().map(BroadcastId).map_err(|_| Problem::bad(msg!("web-broadcast-not-a-number")))
}

/// `POST /api/broadcasts`: one line of JSON, then the bytes of the attachments. With `to` it is a test message.
pub(crate) async fn send(
    engine: &Engine,
    request: Request<Incoming>,
    language: Language,
    actor: &str,
) -> Result<HttpResponse, Problem> {
    let bytes = request_body::read_all(request.into_body(), MAX_BODY_BYTES).await?;
    let (head, mut rest) = request_body::split_first_line(&bytes)?;
    let form: BroadcastRequest = serde_json::from_slice(head).map_err(|e| Problem::bad_json(&e))?;
    let optional_time = |text: &Option<String>| match text {
        None => Ok(None),
        Some(t) => time::parse(t).map(Some).ok_or_else(|| Problem::bad(msg!("web-not-a-time"))),
    };
    let (at, expires_at) = (optional_time(&form.at)?, optional_time(&form.expires_at)?);
    let (mut attachments, mut pictures) = (Vec::new(), Vec::new());
    for a in form.attachments {
        let size = usize::try_from(a.size).unwrap_or(usize::MAX);
        if size > rest.len() {
            return Err(Problem::bad(msg!("web-attachments-incomplete")));
        }
        let bytes = rest.split_to(size).as_ref().into();
        let file = MessageAttachment { name: a.name, media_type: a.media_type, bytes, url: String::new() };
        match a.picture {
            None => attachments.push(file),
            Some(path) => pictures.push((path, file)),
        }
    }
    let list = form.list.clone();
    let broadcast = BroadcastForm {
        list: form.list,
        text: form.text,
        subject: form.subject,
        attachments,
        pictures,
        at,
        expires_at,
        again: form.again,
        actor: actor.to_owned(),
    };
    if let Some(to) = form.to {
        let result = engine.broadcast_test(broadcast, &to).await?;
        let took = u64::try_from(result.took.as_millis()).unwrap_or(u64::MAX);
        let value = json!({"ok": result.ok, "state": result.state, "detail": result.detail, "said": result.said.text(language), "took_ms": took});
        let change = AuditChange::of(list).values("", if result.ok { "test sent" } else { "test not sent" });
        return Ok(change.on(response::json(StatusCode::OK, &value)));
    }
    if form.dry_run || form.preview {
        return Ok(AuditChange::of(list).dry_run(true).on(dry_run(engine, broadcast, form.preview, language).await?));
    }
    let id = engine.broadcast_send(broadcast).await?;
    Ok(AuditChange::of(id.0).values("", list).on(response::json(StatusCode::OK, &json!({"id": id.0}))))
}

async fn dry_run(
    engine: &Engine,
    form: BroadcastForm,
    preview: bool,
    language: Language,
) -> Result<HttpResponse, Problem> {
    let plan = if preview { engine.broadcast_preview(form).await? } else { engine.broadcast_dry_run(form).await? };
    let people: Vec<Value> = plan
        .people
        .iter()
        .map(|p| {
            json!({
                "contact": p.contact.0,
                "channel": p.address.channel().word(),
                "address": p.address.masked(),
                "transport": p.verdict.ok().map(|t| engine.transport_name(t)),
                "reason": p.verdict.err().map(|r| r.word()),
            })
        })
        .collect();
    let sample = |s: &MessageSample| {
        let html = preview.then_some(&s.html);
        json!({"channel": s.channel, "language": s.language, "subject": s.subject, "text": s.text, "html": html})
    };
    let samples: Vec<Value> = plan.samples.iter().map(sample).collect();
    let empty: BTreeMap<&str, u64> = plan.empty.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    let price = |p: &PriceEstimate| {
        json!({
            "transport": p.transport,
            "messages": p.messages,
            "parts": p.parts,
            "each": p.each.to_string(),
            "total": p.total.to_string(),
        })
    };
    let prices: Vec<Value> = plan.prices.iter().map(price).collect();
    let same_text = plan
        .same_text
        .as_ref()
        .map(|(id, message, help)| json!({"id": id.0, "message": message.text(language), "help": help.text(language)}));
    let warnings: Vec<String> = plan.warnings.iter().map(|w| w.text(language)).collect();
    Ok(response::json(
        StatusCode::OK,
        &json!({
            "total": plan.preview.total,
            "by_channel": plan.preview.by_channel,
            "skipped_by": plan.preview.skipped_by,
            "people": people,
            "samples": samples,
            "warnings": warnings,
            "incomplete": plan.incomplete,
            "empty": empty,
            "attachments": files_json(&plan.files),
            "prices": prices,
            "same_text": same_text,
        }),
    ))
}

fn files_json(files: &[MessageFile]) -> Vec<Value> {
    files.iter().map(|f| json!({"name": f.name, "size": f.size, "picture": f.is_picture})).collect()
}

/// `GET /api/broadcasts`: one line per broadcast, newest first, at most 100.
pub(crate) async fn all(engine: &Engine) -> Result<HttpResponse, Problem> {
    let broadcasts = engine.broadcast_list(100).await?;
    Ok(response::json_lines(broadcasts.iter().map(status_json)))
}

/// `GET /api/broadcasts/ID`: state and counts; with `content=1` what it says.
pub(crate) async fn status(engine: &Engine, broadcast: &str, query: &Query) -> Result<HttpResponse, Problem> {
    let status = engine.broadcast_status(parse_id(broadcast)?).await?;
    let mut value = status_json(&status);
    let cost = engine.broadcast_cost(status.row.id).await?;
    if let (false, Value::Object(object)) = (cost.is_empty(), &mut value) {
        object.insert("cost".to_owned(), cost.iter().map(cost_json).collect());
    }
    if let (true, Value::Object(object)) = (query.is_set("content"), &mut value) {
        let view = engine.broadcast_view(&status.row)?;
        object.insert("text".to_owned(), json!(view.text));
        object.insert("attachments".to_owned(), json!(files_json(&view.files)));
    }
    Ok(response::json(StatusCode::OK, &value))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResendRequest {
    /// Must be true: nothing but the failed is ever sent again.
    failed: bool,
}

/// `POST /api/broadcasts/ID/resend`: sends the failed deliveries again.
pub(crate) async fn resend(
    engine: &Engine,
    broadcast: &str,
    request: Request<Incoming>,
    limit: u64,
) -> Result<HttpResponse, Problem> {
    let wish: ResendRequest = request_body::json(request.into_body(), limit).await?;
    if !wish.failed {
        return Err(Problem::bad(msg!("web-resend-failed-only")));
    }
    let id = parse_id(broadcast)?;
    let resent = engine.resend_failed(id).await?;
    let change = AuditChange::of(id.0).values("failed", format!("{resent} sent again"));
    Ok(change.on(response::json(StatusCode::OK, &json!({"id": id.0, "resent": resent}))))
}

/// `POST /api/broadcasts/ID/pause|resume|cancel`: changes the state.
pub(crate) async fn change(engine: &Engine, broadcast: &str, verb: &str) -> Result<HttpResponse, Problem> {
    let to = match verb {
        "pause" => BroadcastAction::Pause,
        "resume" => BroadcastAction::Resume,
        "cancel" => BroadcastAction::Cancel,
        _ => return Err(Problem::missing(msg!("web-no-such-route"))),
    };
    let id = parse_id(broadcast)?;
    let before = engine.broadcast_get(id).await?.map_or("", |row| row.state.word());
    let status = engine.broadcast_change(id, to).await?;
    let response = response::json(StatusCode::OK, &status_json(&status));
    Ok(AuditChange::of(broadcast).values(before, status.row.state.word()).on(response))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnknownDecision {
    #[serde(default)]
    delivery: Option<i64>,
    #[serde(rename = "as")]
    how: String,
}

/// `POST /api/broadcasts/ID/unknown`: decides what became of deliveries with an unknown outcome.
pub(crate) async fn unknown(
    engine: &Engine,
    broadcast: &str,
    request: Request<Incoming>,
    limit: u64,
) -> Result<HttpResponse, Problem> {
    let decision: UnknownDecision = request_body::json(request.into_body(), limit).await?;
    let how = match decision.how.as_str() {
        "sent" => UnknownResolution::Sent,
        "resend" => UnknownResolution::Resend,
        "failed" => UnknownResolution::Failed,
        _ => return Err(Problem::bad(msg!("web-unknown-decision"))),
    };
    let changed = engine.unknown_resolve(parse_id(broadcast)?, decision.delivery.map(DeliveryId), how).await?;
    let change = AuditChange::of(broadcast).values("unknown", format!("{}, {changed} deliveries", decision.how));
    Ok(change.on(response::json(StatusCode::OK, &json!({"resolved": changed}))))
}

/// What providers said about parts and cost, in one currency.
fn cost_json(cost: &CostTotal) -> Value {
    let amount =
        (cost.cost_micro > 0).then(|| format!("{}.{:06}", cost.cost_micro / 1_000_000, cost.cost_micro % 1_000_000));
    json!({"currency": cost.currency, "messages": cost.messages, "parts": cost.parts, "amount": amount})
}

fn status_json(status: &BroadcastStatus) -> Value {
    let (row, t) = (&status.row, &status.row.tally);
    let skipped_by: BTreeMap<&str, u64> = t.skipped_by.iter().map(|(reason, n)| (reason.0.word(), *n)).collect();
    json!({
        "id": row.id.0,
        "list": status.list,
        "subject": status.subject,
        "by": (!row.actor.is_empty()).then_some(&row.actor),
        "state": row.state.word(),
        "created": time::text(row.created),
        "start_at": row.start_at.map(time::text),
        "expires_at": row.expires_at.map(time::text),
        "fanned_out": row.fanned_out,
        "total": t.total,
        "queued": t.queued,
        "in_flight": t.in_flight,
        "retry": t.retry,
        "sent": t.sent,
        "failed": t.failed,
        "unknown": t.unknown,
        "held": t.held,
        "skipped": t.skipped,
        "skipped_by": skipped_by,
        "delivered": t.delivered,
        "read": t.read,
        "rate_per_s": (status.rate_per_s * 10.0).round() / 10.0,
        "eta_s": status.eta_s,
        "waits_for": row.waits.then_some("list_held").or(status.waits_for_clock.then_some("clock")),
    })
}

/// `GET /api/broadcasts/ID/deliveries?state=&addresses=1`: streams one line per delivery; addresses are masked without `addresses=1`.
pub(crate) async fn deliveries(
    engine: &Engine,
    broadcast: &str,
    query: &Query,
    language: Language,
) -> Result<HttpResponse, Problem> {
    let broadcast = parse_id(broadcast)?;
    let state = match query.get("state") {
        None => None,
        Some(word) => Some(parse_state(word).ok_or_else(|| Problem::bad(msg!("web-no-such-state")))?),
    };
    if engine.broadcast_get(broadcast).await?.is_none() {
        return Err(Problem::missing(msg!("web-no-such-broadcast")));
    }
    let plain = query.is_set("addresses");
    let mut after = DeliveryId(query.number("after")?.unwrap_or(0));
    let engine = engine.clone();
    Ok(json_stream::respond(language, |lines| async move {
        loop {
            let rows = engine.delivery_list(broadcast, state, after, PAGE_ROWS).await?;
            let Some(last) = rows.last() else { return Ok(None) };
            after = last.id;
            let mut out = String::new();
            for row in &rows {
                out.push_str(&delivery_json(&engine, row, plain, language).to_string());
                out.push('\n');
            }
            if !lines.send(out.into()).await {
                return Ok(None);
            }
        }
    }))
}

fn delivery_json(engine: &Engine, row: &DeliveryRow, plain: bool, language: Language) -> Value {
    json!({
        "delivery": row.id.0,
        "contact": row.contact.0,
        "channel": row.address.as_ref().map(|a| a.channel().word()),
        "address": row.address.as_ref().map(|a| if plain { a.value().to_owned() } else { a.masked() }),
        "transport": row.transport.map(|t| engine.transport_name(t)),
        "state": row.state.word(),
        "reason": row.reason,
        "said": row.reason.as_ref().map(|reason| engine.stored_reason(row.transport, reason).text(language)),
        "attempts": row.attempts,
        "evidence": row.evidence.map(|e| e.0),
        "remote_id": row.remote_id,
        "at": row.at.map(time::text),
    })
}

fn parse_state(word: &str) -> Option<DeliveryState> {
    use DeliveryState::{Delivered, Failed, Held, InFlight, Queued, Read, Retry, Sent, Skipped, Unknown};
    [Queued, InFlight, Retry, Sent, Delivered, Read, Failed, Unknown, Held, Skipped]
        .into_iter()
        .find(|s| s.word() == word)
}
