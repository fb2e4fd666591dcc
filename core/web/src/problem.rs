//! A refused request: status, code, message and help. The texts never name a person.

use crate::response::{self, HttpResponse};
use hyper::StatusCode;
use rundruf_engine::EngineError;
use rundruf_store::StoreError;
use serde_json::json;

/// A refused request.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Problem {
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { status, code, message: message.into(), help: help.into() }
    }

    /// 400: the request does not have the form that this route expects.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message, "")
    }

    /// 408: the request did not arrive in time.
    pub(crate) fn timed_out() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "late", "the request did not arrive in time", "send it again")
    }

    /// 404: there is no such thing.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no {what}"), "")
    }

    /// The JSON body: `{"error":{"code","message","help"}}`.
    pub(crate) fn value(&self) -> serde_json::Value {
        json!({"error": {"code": self.code, "message": self.message, "help": self.help}})
    }

    /// The problem as a response.
    pub(crate) fn response(&self) -> HttpResponse {
        response::json(self.status, &self.value())
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Refused { code, message, help } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message, help)
            }
            EngineError::Unknown { what, name } => {
                Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no {what} `{name}`"), "")
            }
            EngineError::Store(error) => Self::from(error),
            other => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", with_causes(&other), ""),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let (status, code) = match &error {
            StoreError::Missing(_) => (StatusCode::NOT_FOUND, "not_found"),
            StoreError::State(_) => (StatusCode::CONFLICT, "conflict"),
            StoreError::Full(_) => (StatusCode::INSUFFICIENT_STORAGE, "disk_full"),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "store"),
        };
        let help = if code == "disk_full" { "make room on that disk; nothing was half-stored" } else { "" };
        Self::new(status, code, error.to_string(), help)
    }
}

/// The text of an error followed by those of its causes.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut out = error.to_string();
    let mut cause = error.source();
    while let Some(c) = cause {
        let line = c.to_string();
        if !out.contains(&line) {
            out.push_str(": ");
            out.push_str(&line);
        }
        cause = c.source();
    }
    out
}
