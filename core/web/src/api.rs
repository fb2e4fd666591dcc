//! The local API. Its objects are the ones that the command line prints with `--json`.

pub(crate) mod broadcast;
pub(crate) mod consent;
pub(crate) mod contact;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod transport;

use crate::answer::{self, Answer};
use crate::problem::Problem;
use hyper::StatusCode;
use rundruf_engine::Engine;
use serde_json::json;

/// `GET /api/health`.
pub(crate) fn health(engine: &Engine) -> Answer {
    let transports = engine.transports();
    let up = transports.iter().filter(|t| t.state == "up").count();
    answer::json(
        StatusCode::OK,
        &json!({"ok": true, "version": env!("CARGO_PKG_VERSION"), "transports": transports.len(), "up": up}),
    )
}

/// `GET /api/log/checkpoint`: signs and shows.
pub(crate) async fn checkpoint(engine: &Engine) -> Result<Answer, Problem> {
    let note = engine.log_checkpoint().await?;
    let mut lines = note.lines().skip(1);
    let size = lines.next().and_then(|l| l.parse::<u64>().ok());
    let root = lines.next().unwrap_or_default();
    Ok(answer::json(
        StatusCode::OK,
        &json!({"checkpoint": note, "size": size, "root": root, "vkey": engine.log_vkey()}),
    ))
}

/// `GET /api/log/vkey`.
pub(crate) fn vkey(engine: &Engine) -> Answer {
    answer::json(StatusCode::OK, &json!({"vkey": engine.log_vkey()}))
}

/// `GET /api/doctor`.
pub(crate) async fn doctor(engine: &Engine) -> Result<Answer, Problem> {
    let findings = engine.doctor().await?;
    let ok = findings.iter().all(|f| !f.fault);
    let findings: Vec<_> = findings.iter().map(|f| json!({"fault": f.fault, "text": f.text})).collect();
    Ok(answer::json(StatusCode::OK, &json!({"ok": ok, "findings": findings})))
}
