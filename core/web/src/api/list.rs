//! Handlers for lists.

use crate::problem::Problem;
use crate::response::{self, HttpResponse};
use hyper::StatusCode;
use rundruf_engine::Engine;
use serde_json::json;

/// `GET /api/lists`: one line per list, with the number of addresses in each consent state.
pub(crate) async fn all(engine: &Engine) -> Result<HttpResponse, Problem> {
    let stats = engine.lists().await?;
    Ok(response::json_lines(stats.iter().map(|s| {
        let settings = engine.config();
        let config = settings.lists.iter().find(|l| l.name == s.name);
        json!({
            "name": s.name,
            "title": config.map(|c| &c.title.0),
            "transports": config.map(|c| &c.transports),
            "closed": s.closed,
            "by_state": s.by_state,
        })
    })))
}

/// `POST /api/lists/NAME/close`: ends all consents of the list.
pub(crate) async fn close(engine: &Engine, name: &str, actor: &str) -> Result<HttpResponse, Problem> {
    let ended = engine.list_close(name, actor).await?;
    Ok(response::json(StatusCode::OK, &json!({"name": name, "closed": true, "terminated": ended})))
}
