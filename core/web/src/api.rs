//! Handlers of the local API. Their JSON objects are the ones that the command line prints with `--json`.

pub(crate) mod audit;
pub(crate) mod broadcast;
pub(crate) mod clock;
pub(crate) mod consent;
pub(crate) mod contact;
pub(crate) mod import;
pub(crate) mod inbox;
pub(crate) mod list;
pub(crate) mod person;
pub(crate) mod transport;

use crate::problem::Problem;
use crate::response::{self, HttpResponse};
use hyper::StatusCode;
use rundruf_engine::Engine;
use rundruf_lang::{Language, Message, msg};
use serde_json::json;

/// `POST /api/reload`: the daemon reads its settings again, as after SIGHUP; who may use its socket may ask for it.
pub(crate) fn reload() -> Result<HttpResponse, Problem> {
    let told = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::HUP);
    told.map_err(|e| Problem::internal(msg!("web-request-failed").caused_by(e.to_string())))?;
    Ok(response::json(StatusCode::OK, &json!({"reloading": true})))
}

/// `GET /api/health`: version, number of transports, how many of them are up.
pub(crate) fn health(engine: &Engine) -> HttpResponse {
    let transports = engine.transports();
    let up = transports.iter().filter(|t| t.state == "up").count();
    response::json(
        StatusCode::OK,
        &json!({"ok": true, "version": env!("CARGO_PKG_VERSION"), "transports": transports.len(), "up": up}),
    )
}

/// `GET /api/log/checkpoint`: signs the consent log as it is now and returns the checkpoint.
pub(crate) async fn checkpoint(engine: &Engine) -> Result<HttpResponse, Problem> {
    let note = engine.log_checkpoint().await?;
    let mut lines = note.lines().skip(1);
    let size = lines.next().and_then(|l| l.parse::<u64>().ok());
    let root = lines.next().unwrap_or_default();
    Ok(response::json(
        StatusCode::OK,
        &json!({"checkpoint": note, "size": size, "root": root, "vkey": engine.log_vkey()}),
    ))
}

/// `GET /api/log/vkey`: the public key of the consent log.
pub(crate) fn vkey(engine: &Engine) -> HttpResponse {
    response::json(StatusCode::OK, &json!({"vkey": engine.log_vkey()}))
}

/// `GET /api/doctor`: findings of the consistency checks.
pub(crate) async fn doctor(engine: &Engine, language: Language) -> Result<HttpResponse, Problem> {
    let findings = engine.doctor().await?;
    let ok = findings.iter().all(|f| !f.fault);
    let findings: Vec<_> = findings.iter().map(|f| json!({"fault": f.fault, "text": f.text.text(language)})).collect();
    let of = |(name, all): (String, Vec<Message>)| json!({"transport": name, "may": all.iter().map(|m| m.text(language)).collect::<Vec<_>>()});
    let grants: Vec<_> = engine.grants().into_iter().map(of).collect();
    Ok(response::json(StatusCode::OK, &json!({"ok": ok, "findings": findings, "grants": grants})))
}
