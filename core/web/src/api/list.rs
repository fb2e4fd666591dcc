//! Lists and how many addresses they have.

use crate::answer::{self, Answer};
use crate::problem::Problem;
use hyper::StatusCode;
use rundruf_engine::Engine;
use serde_json::json;

/// `GET /api/lists`: one line for each.
pub(crate) async fn all(engine: &Engine) -> Result<Answer, Problem> {
    let stats = engine.lists().await?;
    Ok(answer::lines(stats.iter().map(|s| {
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

/// `POST /api/lists/NAME/close`.
pub(crate) async fn close(engine: &Engine, name: &str, actor: &str) -> Result<Answer, Problem> {
    let ended = engine.list_close(name, actor).await?;
    Ok(answer::json(StatusCode::OK, &json!({"name": name, "closed": true, "terminated": ended})))
}
