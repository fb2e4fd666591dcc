//! Imports: one line of JSON, then the file. Answers line by line while it works.

use crate::answer::{self, Answer};
use crate::body;
use crate::problem::Problem;
use crate::query::Query;
use crate::server::Site;
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use rundruf_consent::ImportClass;
use rundruf_engine::{ImportForm, ImportLine, ImportProgress};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc;

/// Report lines are sent in pieces of about this many bytes.
const PIECE: usize = 16 * 1024;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Head {
    map: BTreeMap<String, String>,
    map_text: String,
    texts: BTreeMap<String, String>,
    size: u64,
}

/// `POST /api/imports?list=L&evidence=A&dry_run=1`.
pub(crate) async fn run(
    site: &Arc<Site>,
    request: Request<Incoming>,
    query: &Query,
    actor: &str,
) -> Result<Answer, Problem> {
    let list = query.need("list")?.to_owned();
    site.engine.list_id(&list)?;
    let class = match query.need("evidence")? {
        "A" | "a" => ImportClass::A,
        "C" | "c" => ImportClass::C,
        other => return Err(Problem::bad(format!("evidence class `{other}` cannot be imported: A or C"))),
    };
    let dry_run = query.is_set("dry_run");
    let number = site.spooled.fetch_add(1, Ordering::Relaxed);
    let name = format!("import-{}-{number}", std::process::id());
    let (head, spooled) = body::spool(request.into_body(), &site.settings.spool, &name).await?;
    let head: Head = serde_json::from_slice(&head).map_err(|e| Problem::bad(e.to_string()))?;
    let length = std::fs::metadata(spooled.path()).map_or(0, |m| m.len());
    if head.size != length {
        return Err(Problem::bad(format!("the file has {length} bytes, {} were announced", head.size)));
    }
    let form = ImportForm {
        list,
        class,
        map: head.map,
        map_text: head.map_text,
        texts: head.texts,
        dry_run,
        actor: actor.to_owned(),
    };
    let (sender, answer) = answer::streamed();
    let engine = site.engine.clone();
    // The import must not wait for a slow reader inside a transaction, so its lines go through a queue of their own. It is as
    // long as the report at most.
    let (queue, mut queued) = mpsc::unbounded_channel::<Bytes>();
    tokio::spawn(async move {
        while let Some(piece) = queued.recv().await {
            if sender.send(piece).await.is_err() {
                // The reader has gone; the import goes on to its end all the same.
                queued.close();
                return;
            }
        }
    });
    tokio::spawn(async move {
        let mut lines = Pieces { queue: queue.clone(), waiting: String::new() };
        let progress_queue = queue.clone();
        let lines_to = Box::new(move |line: ImportLine| lines.push(&line));
        let progress_to = Box::new(move |p: ImportProgress| {
            let value = json!({"progress": {"bytes": p.bytes, "of": p.of, "rows": p.rows}});
            let _ = progress_queue.send(answer::line(&value));
        });
        let last = match engine.import_csv(spooled.path(), form, lines_to, progress_to).await {
            Ok(s) => json!({"done": {
                "rows": s.rows, "contacts": s.contacts, "addresses": s.addresses, "confirmed": s.confirmed,
                "quarantined": s.quarantined, "merged": s.merged, "refused": s.refused,
            }}),
            Err(error) => Problem::from(error).value(),
        };
        let _ = queue.send(answer::line(&last));
    });
    Ok(answer)
}

/// Gathers report lines into larger pieces.
struct Pieces {
    queue: mpsc::UnboundedSender<Bytes>,
    waiting: String,
}

impl Pieces {
    fn push(&mut self, line: &ImportLine) {
        let value = json!({"line": {"line": line.line, "address": line.address, "verdict": line.verdict, "reason": line.reason}});
        self.waiting.push_str(&value.to_string());
        self.waiting.push('\n');
        if self.waiting.len() >= PIECE {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if !self.waiting.is_empty() {
            let _ = self.queue.send(Bytes::from(std::mem::take(&mut self.waiting)));
        }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.flush();
    }
}
