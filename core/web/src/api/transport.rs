//! Transports.

use crate::answer::{self, Answer};
use crate::body;
use crate::problem::Problem;
use crate::time;
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use rundruf_engine::{Engine, TransportView};
use serde::Deserialize;
use serde_json::{Value, json};

/// `GET /api/transports`: one line for each.
pub(crate) fn all(engine: &Engine) -> Answer {
    answer::lines(engine.transports().iter().map(view))
}

fn view(t: &TransportView) -> Value {
    json!({
        "name": t.name,
        "plugin": t.plugin,
        "channels": t.channels,
        "isolation": t.isolation,
        "state": t.state,
        "reason": t.reason,
        "in_flight": t.in_flight,
        "window": t.window,
        "rate_per_s": (t.rate_per_s * 10.0).round() / 10.0,
        "since": time::text(t.since),
    })
}

/// `POST /api/transports/NAME/pause|resume`.
pub(crate) fn pause(engine: &Engine, name: &str, paused: bool) -> Result<Answer, Problem> {
    let transport = engine.transport_pause(name, paused)?;
    Ok(answer::json(StatusCode::OK, &view(&transport)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Test {
    to: String,
    /// Only ask whether it is reached.
    #[serde(default)]
    dry_run: bool,
}

/// `POST /api/transports/NAME/test`.
pub(crate) async fn test(
    engine: &Engine,
    name: &str,
    request: Request<Incoming>,
    limit: u64,
) -> Result<Answer, Problem> {
    let form: Test = body::json(request.into_body(), limit).await?;
    let result = if form.dry_run {
        engine.transport_reach(name, &form.to).await?
    } else {
        engine.transport_test(name, &form.to).await?
    };
    let took = u64::try_from(result.took.as_millis()).unwrap_or(u64::MAX);
    Ok(answer::json(
        StatusCode::OK,
        &json!({"ok": result.ok, "state": result.state, "detail": result.detail, "took_ms": took}),
    ))
}
