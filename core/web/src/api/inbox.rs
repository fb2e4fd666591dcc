//! Handlers for messages that wait for a person.

use crate::audit::AuditChange;
use crate::problem::Problem;
use crate::query::Query;
use crate::request_body;
use crate::response::{self, HttpResponse};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use rundruf_engine::{Engine, InboxAction, InboxItem};
use rundruf_lang::{Language, Message, msg};
use serde::Deserialize;
use serde_json::{Value, json};

/// Messages in one response.
const PAGE_ROWS: u32 = 1_000;

/// `GET /api/inbox?all=1&after=ID`: one line for each thing that waits, without texts; with `all` also what is done and still kept.
pub(crate) async fn all(engine: &Engine, query: &Query, language: Language) -> Result<HttpResponse, Problem> {
    let after = query.number("after")?.unwrap_or(0);
    let view = engine.inbox(after, PAGE_ROWS, query.is_set("all")).await?;
    let messages = view.messages.iter().map(|item| item_json(engine, item, language));
    let held = view.held.iter().map(|(held, row)| {
        json!({
            "kind": "held", "address": shown(&row.address), "list": engine.list_name(held.list), "at": crate::time::text(held.since),
        })
    });
    let unknown = view.unknown.iter().map(|(id, n)| json!({"kind": "unknown", "broadcast": id.0, "count": n}));
    Ok(response::json_lines(messages.chain(held).chain(unknown)))
}

fn shown(address: &rundruf_consent::Address) -> String {
    format!("{}:{}", address.channel().word(), address.value())
}

/// What the program did about a message, in the reader's language.
fn what(text: &str, language: Language) -> String {
    let key = format!("web-inbox-{}", text.replace(' ', "-"));
    Message::find(&key).map_or_else(|| text.to_owned(), |m| m.text(language))
}

fn item_json(engine: &Engine, item: &InboxItem, language: Language) -> Value {
    let (row, m) = (&item.row, &item.row.message);
    let of_kind = |action| row.notes.iter().rev().find(move |n| n.action == Some(action));
    let consents = item.sender.iter().flat_map(|s| &s.consents);
    let consents = consents.map(|c| json!({"list": engine.list_name(c.list), "state": c.state.word()}));
    json!({
        "kind": "message", "id": m.id, "open": row.open, "at": crate::time::text(m.at), "address": shown(&m.address),
        "transport": engine.transport_name(m.transport), "what": row.what.as_deref().map(|w| what(w, language)),
        "assigned": of_kind(InboxAction::Assign).map(|n| n.body.clone()),
        "replied_at": of_kind(InboxAction::Reply).map(|n| crate::time::text(n.at)),
        "consents": consents.collect::<Vec<_>>(), "name": m.extras.display_name, "group": m.extras.group,
        "attachments": m.extras.attachments,
    })
}

fn number(id: &str) -> Result<i64, Problem> {
    id.parse().map_err(|_| Problem::bad(msg!("web-inbox-not-a-number")))
}

/// `GET /api/inbox/ID`: one message with its text, its sender's consents and what was done about it.
pub(crate) async fn show(engine: &Engine, id: &str, language: Language) -> Result<HttpResponse, Problem> {
    let item = engine.inbox_show(number(id)?).await?;
    let mut value = item_json(engine, &item, language);
    if let Value::Object(object) = &mut value {
        object.insert("text".to_owned(), item.row.message.text.clone().into());
        object.insert("contact".to_owned(), item.sender.as_ref().map(|s| s.contact.0).into());
        let notes = item.row.notes.iter().map(|n| {
            json!({"action": n.action.map(InboxAction::word), "by": n.actor, "text": n.body, "at": crate::time::text(n.at)})
        });
        object.insert("notes".to_owned(), notes.collect::<Vec<_>>().into());
    }
    Ok(response::json(StatusCode::OK, &value))
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct InboxRequest {
    text: String,
    #[serde(rename = "as")]
    how: String,
}

/// `POST /api/inbox/ID/reply|assign|done|resolve`: a reply, a name, a remark, or `as` with `continue` or `stop`.
pub(crate) async fn act(
    engine: &Engine,
    (id, verb): (&str, &str),
    request: Request<Incoming>,
    limit: u64,
    actor: &str,
) -> Result<HttpResponse, Problem> {
    let id = number(id)?;
    let form: InboxRequest = request_body::json(request.into_body(), limit).await?;
    let action = match (verb, form.how.as_str()) {
        ("reply", _) => {
            let message = engine.inbox_reply(id, &form.text, actor).await?;
            let response = response::json(StatusCode::OK, &json!({"id": id, "done": "reply", "message": message.0}));
            return Ok(AuditChange::of(id).values("", format!("message {}", message.0)).on(response));
        }
        ("assign", _) => InboxAction::Assign,
        ("done", _) => InboxAction::Done,
        ("resolve", "continue") => InboxAction::Continue,
        ("resolve", "stop") => InboxAction::Stop,
        ("resolve", _) => return Err(Problem::bad(msg!("web-inbox-resolve-as"))),
        _ => return Err(Problem::missing(msg!("web-no-such-route"))),
    };
    let changed = engine.inbox_act(id, action, &form.text, actor).await?;
    let response = response::json(StatusCode::OK, &json!({"id": id, "done": action.word(), "consents": changed}));
    Ok(AuditChange::of(id).values("", format!("{}, {changed} consents changed", action.word())).on(response))
}
