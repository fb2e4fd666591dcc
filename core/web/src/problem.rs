//! Errors → status and body. The text names the thing and never a person.

use crate::answer::{self, Answer};
use hyper::StatusCode;
use rundruf_engine::EngineError;
use rundruf_store::StoreError;
use serde_json::json;

/// A request that is refused.
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

    /// The request is not of the form that this route takes.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message, "")
    }

    /// The request did not come in time.
    pub(crate) fn late() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "late", "the request did not arrive in time", "send it again")
    }

    /// There is no such thing.
    pub(crate) fn missing(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no {what}"), "")
    }

    /// `{"error":{"code","message","help"}}`.
    pub(crate) fn value(&self) -> serde_json::Value {
        json!({"error": {"code": self.code, "message": self.message, "help": self.help}})
    }

    /// As a response.
    pub(crate) fn answer(&self) -> Answer {
        answer::json(self.status, &self.value())
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
            other => Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", text(&other), ""),
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

/// An error with its causes.
fn text(error: &dyn std::error::Error) -> String {
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
