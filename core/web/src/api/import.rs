//! Handler for imports. The request is one line of JSON, then the file; the response streams the report.

use crate::audit::{AuditChange, AuditTicket, EndsLater};
use crate::json_stream;
use crate::problem::Problem;
use crate::query::Query;
use crate::request_body;
use crate::response::HttpResponse;
use crate::state::WebState;
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use rundruf_consent::ImportClass;
use rundruf_engine::{DateOrder, ImportForm, ImportLine, ImportProgress};
use rundruf_lang::{Language, Message, msg};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;

/// Report lines are sent in chunks of about this size, in bytes.
const CHUNK_BYTES: usize = 16 * 1024;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ImportHeader {
    map: BTreeMap<String, String>,
    map_text: String,
    texts: BTreeMap<String, String>,
    text_faults: BTreeMap<String, Message>,
    set: BTreeMap<String, String>,
    keep: Vec<String>,
    keep_all: bool,
    dates: String,
    size: u64,
}

/// `POST /api/imports?list=L&evidence=A&dry_run=1&update=1`.
pub(crate) async fn run(
    (state, ticket): (&Arc<WebState>, Option<&AuditTicket>),
    request: Request<Incoming>,
    query: &Query,
    actor: &str,
    language: Language,
) -> Result<HttpResponse, Problem> {
    let list = query.need("list")?.to_owned();
    state.engine.list_id(&list)?;
    let class = match query.need("evidence")? {
        "A" | "a" => ImportClass::A,
        "C" | "c" => ImportClass::C,
        other => return Err(Problem::bad(msg!("web-evidence-class", class = other))),
    };
    let dry_run = query.is_set("dry_run");
    let number = state.next_spool.fetch_add(1, Ordering::Relaxed);
    let name = format!("import-{}-{number}", std::process::id());
    let (header, spooled) = request_body::spool(request.into_body(), &state.settings.spool, &name).await?;
    let header: ImportHeader = serde_json::from_slice(&header).map_err(|e| Problem::bad_json(&e))?;
    let length = std::fs::metadata(spooled.path()).map_or(0, |m| m.len());
    if header.size != length {
        return Err(Problem::bad(msg!("web-file-size-differs", length = length, announced = header.size)));
    }
    let dates = match header.dates.as_str() {
        "" => DateOrder::Unsaid,
        "dmy" => DateOrder::DayFirst,
        "mdy" => DateOrder::MonthFirst,
        _ => return Err(Problem::bad(msg!("web-import-dates"))),
    };
    let form = ImportForm {
        list,
        class,
        map: header.map,
        map_text: header.map_text,
        texts: header.texts,
        text_faults: header.text_faults,
        set: header.set,
        keep: header.keep,
        keep_all: header.keep_all,
        dates,
        dry_run,
        update: query.is_set("update"),
        actor: actor.to_owned(),
    };
    let change = AuditChange::of(&form.list).dry_run(dry_run);
    let ticket = ticket.cloned();
    let engine = state.engine.clone();
    let mut response = json_stream::respond(language, |sender| async move {
        // The import must not wait for a slow client inside a transaction, so its lines go through an unbounded queue. The queue is never
        // longer than the report.
        let (queue, mut queued) = mpsc::unbounded_channel::<Bytes>();
        let mut lines = ReportBuffer { queue: queue.clone(), waiting: String::new(), language };
        let lines_to = Box::new(move |line: ImportLine| lines.push(&line));
        let progress_to = Box::new(move |p: ImportProgress| {
            let value = json!({"progress": {"bytes": p.bytes, "of": p.of, "rows": p.rows}});
            let _ = queue.send(json_stream::line(&value));
        });
        let import = tokio::spawn(async move { engine.import_csv(spooled.path(), form, lines_to, progress_to).await });
        // Ends when the import has dropped its ends of the queue. If the client is gone, the import continues to its end.
        while let Some(chunk) = queued.recv().await {
            if !sender.send(chunk).await {
                queued.close();
                break;
            }
        }
        let imported = match import.await {
            Ok(imported) => imported.map_err(Problem::from),
            Err(error) => Err(Problem::broke_off(&error)),
        };
        if let Some(ticket) = ticket {
            let (outcome, became) = match &imported {
                Ok((s, _)) => ("done", format!("{} rows, {} confirmed, {} refused", s.rows, s.confirmed, s.refused)),
                Err(_) => ("failed", String::new()),
            };
            ticket.end_later(outcome, change.values("", became)).await;
        }
        let (s, columns) = imported?;
        let columns: Vec<_> = columns.iter().map(|c| json!({"heading": c.heading, "column": c.name})).collect();
        Ok(Some(json!({"done": {
            "rows": s.rows, "contacts": s.contacts, "addresses": s.addresses, "confirmed": s.confirmed,
            "quarantined": s.quarantined, "merged": s.merged, "updated": s.updated, "refused": s.refused,
            "columns": columns,
        }})))
    });
    response.extensions_mut().insert(EndsLater);
    Ok(response)
}

/// Collects report lines into larger chunks.
struct ReportBuffer {
    queue: mpsc::UnboundedSender<Bytes>,
    waiting: String,
    language: Language,
}

impl ReportBuffer {
    fn push(&mut self, line: &ImportLine) {
        let reason = line.reason.text(self.language);
        let value =
            json!({"line": {"line": line.line, "address": line.address, "verdict": line.verdict, "reason": reason}});
        self.waiting.push_str(&value.to_string());
        self.waiting.push('\n');
        if self.waiting.len() >= CHUNK_BYTES {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.waiting.is_empty() {
            let _ = self.queue.send(Bytes::from(std::mem::take(&mut self.waiting)));
        }
    }
}

impl Drop for ReportBuffer {
    fn drop(&mut self) {
        self.flush();
    }
}
