//! What a mistyped command line is told: what is wrong, what was meant, how the command is called. Exit code 2.

use super::term::Term;
use crate::client::Failure;
use crate::speech::Speech;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Prints help, version or a mistake; returns the exit code.
pub(super) fn tell(error: &clap::Error, term: Term, speech: Speech) -> u8 {
    if !error.use_stderr() {
        // Help and version are no mistakes.
        let _ = error.print();
        return 0;
    }
    let failure = failure(error, speech);
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        if term.json {
            term.raw(&serde_json::json!({"error": failure.json()}).to_string());
        }
        return 2;
    }
    term.failure(&failure, speech);
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let usage = usage.trim_start_matches("Usage:").trim();
        term.remark(&format!("\n{} {usage}", speech.say("Aufruf:", "Usage:")));
    }
    2
}

/// Words of a context.
fn said(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(many)) => many.join(", "),
        Some(ContextValue::StyledStr(one)) => one.to_string(),
        Some(ContextValue::StyledStrs(many)) => many.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
        Some(ContextValue::Number(n)) => n.to_string(),
        _ => String::new(),
    }
}

fn failure(error: &clap::Error, speech: Speech) -> Failure {
    let get = |kind| said(error, kind);
    let (arg, value) = (get(ContextKind::InvalidArg), get(ContextKind::InvalidValue));
    let both = |de: String, en: String| if speech == Speech::De { de } else { en };
    let meant = |name: String| {
        if name.is_empty() { name } else { both(format!("meintest du `{name}`?"), format!("did you mean `{name}`?")) }
    };
    let (message, help) = match error.kind() {
        ErrorKind::UnknownArgument => (
            both(format!("`{arg}` gibt es hier nicht"), format!("there is no `{arg}` here")),
            meant(get(ContextKind::SuggestedArg)),
        ),
        ErrorKind::InvalidSubcommand => {
            let name = get(ContextKind::InvalidSubcommand);
            let message = both(format!("es gibt keinen Befehl `{name}`"), format!("there is no command `{name}`"));
            (message, meant(get(ContextKind::SuggestedSubcommand)))
        }
        ErrorKind::MissingRequiredArgument => {
            (both(format!("es fehlt: {arg}"), format!("missing: {arg}")), String::new())
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            (both("welcher Befehl?".to_owned(), "which command?".to_owned()), get(ContextKind::ValidSubcommand))
        }
        ErrorKind::InvalidValue if value.is_empty() => (
            both(format!("`{arg}` braucht einen Wert"), format!("`{arg}` needs a value")),
            get(ContextKind::ValidValue),
        ),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let valid = get(ContextKind::ValidValue);
            let message =
                both(format!("`{value}` geht nicht für `{arg}`"), format!("`{value}` is not allowed for `{arg}`"));
            let one_of =
                if valid.is_empty() { valid } else { both(format!("eines von {valid}"), format!("one of {valid}")) };
            (message, one_of)
        }
        ErrorKind::ArgumentConflict => {
            let other = get(ContextKind::PriorArg);
            (
                both(
                    format!("`{arg}` geht nicht zusammen mit `{other}`"),
                    format!("`{arg}` does not go with `{other}`"),
                ),
                String::new(),
            )
        }
        _ => {
            let text = error.to_string();
            (text.lines().next().unwrap_or("").trim_start_matches("error: ").to_owned(), String::new())
        }
    };
    Failure::new("usage", message, help)
}
