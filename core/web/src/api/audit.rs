//! Handler for the audit log.

use crate::problem::Problem;
use crate::query::Query;
use crate::response::{self, HttpResponse};
use crate::time;
use rundruf_engine::{AuditRow, Engine};
use serde_json::{Value, json};

/// Entries in one response.
const PAGE_ROWS: u32 = 1_000;

/// `GET /api/audit?before=ID&limit=N`: one line per entry, newest first.
pub(crate) async fn all(engine: &Engine, query: &Query) -> Result<HttpResponse, Problem> {
    let before = query.number("before")?.unwrap_or(i64::MAX);
    let limit = query.number("limit")?.and_then(|n| u32::try_from(n).ok()).unwrap_or(PAGE_ROWS).min(PAGE_ROWS);
    let rows = engine.audit_list(before, limit).await?;
    Ok(response::json_lines(rows.iter().map(row_json)))
}

fn row_json(row: &AuditRow) -> Value {
    let AuditRow { id, at, start, end } = row;
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let object = end.as_ref().map(|e| e.object.as_str()).filter(|o| !o.is_empty()).unwrap_or(&start.object);
    json!({
        "id": id, "at": time::text(*at), "who": start.actor, "what": start.action, "of": text(object),
        "outcome": end.as_ref().map(|e| e.outcome.as_str()),
        "old": end.as_ref().and_then(|e| text(&e.was)), "new": end.as_ref().and_then(|e| text(&e.became)),
    })
}
