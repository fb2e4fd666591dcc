//! Handlers for the clock.

use crate::audit::AuditChange;
use crate::response::{self, HttpResponse};
use crate::time;
use hyper::StatusCode;
use rundruf_engine::{ClockHold, ClockStatus, Engine};
use serde_json::{Value, json};

/// `GET /api/clock`: whether the clock is believed, and what it shows.
pub(crate) fn status(engine: &Engine) -> HttpResponse {
    response::json(StatusCode::OK, &status_json(engine.clock_status(), None))
}

/// `POST /api/clock/accept`: the clock is right as it is.
pub(crate) fn accept(engine: &Engine, actor: &str) -> HttpResponse {
    let accepted = engine.clock_accept(actor);
    let (was, became) =
        accepted.map_or_else(Default::default, |hold| (time::text(hold.expected), time::text(hold.shown)));
    let response = response::json(StatusCode::OK, &status_json(engine.clock_status(), Some(accepted)));
    AuditChange::default().values(was, became).on(response)
}

fn status_json(status: ClockStatus, accepted: Option<Option<ClockHold>>) -> Value {
    let hold = status.hold;
    let mut value = json!({
        "held": hold.is_some(),
        "time": time::text(status.now),
        "synchronised": status.is_synchronised,
        "since": hold.map(|h| time::text(h.since)),
        "shown": hold.map(|h| time::text(h.shown)),
        "expected": hold.map(|h| time::text(h.expected)),
        "ahead_s": hold.map(|h| h.ahead_s()),
    });
    if let (Some(object), Some(accepted)) = (value.as_object_mut(), accepted) {
        object.insert("accepted".to_owned(), json!(accepted.is_some()));
    }
    value
}
