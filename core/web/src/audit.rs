//! The audit log of the local API: every request that is not a reading one is an entry, whichever handler answers it. The entry is begun
//! before the handler runs, so that not even a crash in between hides who did something.

use crate::problem::Problem;
use crate::response::HttpResponse;
use hyper::Method;
use rundruf_engine::{AuditEnd, AuditStart, Engine};

/// Longest name in an entry, in characters.
const LONGEST: usize = 100;

/// What a handler says about its change: never an address or a text of a person.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct AuditChange {
    /// Of what, if the path does not say it.
    pub(crate) object: String,
    /// The value before.
    pub(crate) was: String,
    /// The value after.
    pub(crate) became: String,
    /// Nothing was changed: it was only tried.
    pub(crate) is_dry_run: bool,
}

impl AuditChange {
    /// A change of this object.
    pub(crate) fn of(object: impl ToString) -> Self {
        Self { object: object.to_string(), ..Self::default() }
    }

    /// From one value to another.
    pub(crate) fn values(mut self, was: impl ToString, became: impl ToString) -> Self {
        (self.was, self.became) = (was.to_string(), became.to_string());
        self
    }

    /// Only tried.
    pub(crate) const fn dry_run(mut self, is: bool) -> Self {
        self.is_dry_run = is;
        self
    }

    /// Adds itself to the handler's response.
    pub(crate) fn on(self, mut response: HttpResponse) -> HttpResponse {
        response.extensions_mut().insert(self);
        response
    }

    fn end(self, outcome: &str) -> AuditEnd {
        let outcome = if self.is_dry_run { "dry run" } else { outcome };
        AuditEnd { outcome: outcome.to_owned(), object: self.object, was: self.was, became: self.became }
    }
}

/// Marks the response of a handler that ends its entry itself, because its work outlasts the response's head.
#[derive(Clone)]
pub(crate) struct EndsLater;

/// An entry whose command is running.
#[derive(Clone)]
pub(crate) struct AuditTicket {
    engine: Engine,
    id: i64,
}

impl AuditTicket {
    /// Begins an entry, unless the request only reads.
    ///
    /// # Errors
    /// If it cannot be written; then nothing must be changed.
    pub(crate) async fn begin(
        engine: &Engine,
        actor: &str,
        method: &Method,
        segments: &[&str],
    ) -> Result<Option<Self>, Problem> {
        let Some((action, object)) = subject(method, segments) else { return Ok(None) };
        let id = engine.audit_begin(AuditStart { actor: actor.to_owned(), action, object }).await?;
        Ok(Some(Self { engine: engine.clone(), id }))
    }

    /// Ends the entry by the handler's answer.
    pub(crate) async fn end(&self, result: &Result<HttpResponse, Problem>) {
        let end = match result {
            Ok(response) if response.extensions().get::<EndsLater>().is_some() => return,
            Ok(response) => response.extensions().get::<AuditChange>().cloned().unwrap_or_default().end("done"),
            Err(problem) => AuditChange::default().end(problem.code),
        };
        self.engine.audit_end(self.id, end).await;
    }

    /// Ends the entry of a handler that answered [`EndsLater`].
    pub(crate) async fn end_later(&self, outcome: &str, change: AuditChange) {
        self.engine.audit_end(self.id, change.end(outcome)).await;
    }
}

/// What a request changes, in the words of the command line, and of what; `None` if it only reads.
pub(crate) fn subject(method: &Method, segments: &[&str]) -> Option<(String, String)> {
    if method == Method::GET || method == Method::HEAD {
        return None;
    }
    let ["api", noun, rest @ ..] = segments else { return None };
    let noun = noun.strip_suffix('s').unwrap_or(noun);
    let (object, verb) = match rest {
        [] => (
            "",
            match noun {
                "contact" => "add",
                "broadcast" => "send",
                _ => "",
            },
        ),
        [verb] => ("", *verb),
        [object, verb @ ..] => (*object, verb.last().copied().unwrap_or("")),
    };
    let plain = |text: &str| text.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>();
    Some((plain(format!("{noun} {verb}").trim()), plain(object)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_command_line() {
        let of = |segments: &[&str]| subject(&Method::POST, segments).map(|(a, o)| format!("{a}|{o}"));
        for (segments, want) in [
            (&["api", "broadcasts"][..], "broadcast send|"),
            (&["api", "broadcasts", "7", "cancel"], "broadcast cancel|7"),
            (&["api", "lists", "angebote", "close"], "list close|angebote"),
            (&["api", "contacts"], "contact add|"),
            (&["api", "contacts", "erase"], "contact erase|"),
            (&["api", "consents", "withdraw"], "consent withdraw|"),
            (&["api", "imports"], "import|"),
            (&["api", "clock", "accept"], "clock accept|"),
            (&["api", "inbox", "5", "reply"], "inbox reply|5"),
        ] {
            assert_eq!(of(segments).as_deref(), Some(want));
        }
        assert_eq!(subject(&Method::GET, &["api", "broadcasts"]), None);
        assert!(subject(&Method::DELETE, &["api", "x"]).is_some() && subject(&Method::PUT, &["api", "x"]).is_some());
    }
}
