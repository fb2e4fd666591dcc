//! A refused request: status, code, message and help. The texts never name a person.

use crate::response::{self, HttpResponse};
use hyper::StatusCode;
use rundruf_engine::{EngineError, FailureKind};
use rundruf_lang::{Language, Message, msg};
use serde_json::json;

/// A refused request.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// Word for programs, such as `not_found`.
    pub(crate) code: &'static str,
    /// What is wrong.
    pub(crate) message: Message,
    /// What to do, if there is something to do.
    help: Option<Message>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<Message>) -> Self {
        Self { status, code, message: message.into(), help: None }
    }

    /// Adds what to do.
    pub(crate) fn with_help(mut self, help: impl Into<Message>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// 400: the request does not have the form that this route expects.
    pub(crate) fn bad(message: impl Into<Message>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 400: the request is not the JSON that this route expects.
    pub(crate) fn bad_json(error: &serde_json::Error) -> Self {
        Self::bad(error.to_string())
    }

    /// 408: the request did not arrive in time.
    pub(crate) fn timed_out() -> Self {
        let problem = Self::new(StatusCode::REQUEST_TIMEOUT, "late", msg!("web-request-timeout"));
        problem.with_help(msg!("web-request-timeout-help"))
    }

    /// 404: there is no such thing.
    pub(crate) fn missing(message: Message) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 500: a fault of the server.
    pub(crate) fn internal(message: impl Into<Message>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", message)
    }

    /// 500: the task behind a request panicked, or the daemon ends. The log says which, and panics have logged where.
    pub(crate) fn broke_off(error: &tokio::task::JoinError) -> Self {
        tracing::error!(panicked = error.is_panic(), "a local request broke off");
        Self::internal(msg!("web-request-failed")).with_help(msg!("web-request-failed-help"))
    }

    /// 507: a disk is full.
    pub(crate) fn disk_full(message: impl Into<Message>) -> Self {
        let problem = Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", message);
        problem.with_help(msg!("web-disk-full-help"))
    }

    /// The JSON body: `{"error":{"code","message","help"}}`; `help` is empty if there is none.
    pub(crate) fn value(&self, language: Language) -> serde_json::Value {
        let help = self.help.as_ref().map(|help| help.text(language)).unwrap_or_default();
        json!({"error": {"code": self.code, "message": self.message.text(language), "help": help}})
    }

    /// The problem as a response.
    pub(crate) fn response(&self, language: Language) -> HttpResponse {
        response::json(self.status, &self.value(language))
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        if let EngineError::Refused { code, message, help } = error {
            return Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message).with_help(help);
        }
        if let EngineError::Host(error) = &error {
            return Self::internal(error.with_cause());
        }
        let (status, code) = match error.kind() {
            FailureKind::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            FailureKind::Refused => (StatusCode::UNPROCESSABLE_ENTITY, "refused"),
            FailureKind::Conflict => (StatusCode::CONFLICT, "conflict"),
            FailureKind::DiskFull => return Self::disk_full(error.message()),
            FailureKind::Store => (StatusCode::INTERNAL_SERVER_ERROR, "store"),
            FailureKind::Other => return Self::internal(with_causes(&error)),
        };
        Self::new(status, code, error.message())
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
