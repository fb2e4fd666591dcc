//! Handlers for lists.

use crate::audit::AuditChange;
use crate::problem::Problem;
use crate::request_body;
use crate::response::{self, HttpResponse};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use rundruf_engine::Engine;
use rundruf_lang::{Language, msg};
use serde::Deserialize;
use serde_json::{Value, json};

/// `GET /api/lists`: one line per list, with the number of addresses in each consent state, and why it sends nothing, if it does not.
pub(crate) async fn all(engine: &Engine, language: Language) -> Result<HttpResponse, Problem> {
    let mut lines = Vec::new();
    for s in engine.lists().await? {
        let settings = engine.config();
        let config = settings.lists.iter().find(|l| l.name == s.name);
        let differences = engine.list_differences(s.id);
        let said: Vec<Value> = engine
            .list_changes(s.id)
            .await?
            .into_iter()
            .map(|(at, same)| json!({"at": crate::time::text(at), "actor": same.actor, "reason": same.reason}))
            .collect();
        lines.push(json!({
            "name": s.name,
            "title": config.map(|c| &c.title.0),
            "transports": config.map(|c| &c.transports),
            "closed": s.closed,
            "held": if s.closed { None } else { s.hold.word() },
            "differences": differences.iter().map(|d| d.text(language)).collect::<Vec<_>>(),
            "same_purpose": said,
            "live": if s.closed { 0 } else { s.live() },
            "by_state": s.by_state,
        }));
    }
    Ok(response::json_lines(lines))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangedRequest {
    same_purpose: bool,
    reason: String,
}

/// `POST /api/lists/NAME/changed`: the list has the same purpose in other words, and why.
pub(crate) async fn changed(
    engine: &Engine,
    name: &str,
    request: Request<Incoming>,
    limit: u64,
    actor: &str,
) -> Result<HttpResponse, Problem> {
    let form: ChangedRequest = request_body::json(request.into_body(), limit).await?;
    if !form.same_purpose {
        return Err(Problem::bad(msg!("web-same-purpose-or-new-list")));
    }
    engine.list_same_purpose(name, &form.reason, actor).await?;
    let response = response::json(StatusCode::OK, &json!({"name": name, "held": null, "reason": form.reason.trim()}));
    Ok(AuditChange::of(name).values("held", format!("same purpose: {}", form.reason.trim())).on(response))
}

/// `POST /api/lists/NAME/close`: ends all consents of the list.
pub(crate) async fn close(engine: &Engine, name: &str, actor: &str) -> Result<HttpResponse, Problem> {
    let ended = engine.list_close(name, actor).await?;
    let response = response::json(StatusCode::OK, &json!({"name": name, "closed": true, "terminated": ended}));
    Ok(AuditChange::of(name).values("open", format!("closed, {ended} consents ended")).on(response))
}
