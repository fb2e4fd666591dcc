//! Errors of a mistyped command line: what is wrong, what was probably meant, how the command is called. Exit code 2.

use super::output::Output;
use crate::client::CommandFailure;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use rundruf_lang::{Language, Message, msg};

/// Prints help, version or an error of usage; returns the exit code.
pub(super) fn tell(error: &clap::Error, output: Output, language: Language) -> u8 {
    if !error.use_stderr() {
        // Help and version are not errors.
        output.raw(&in_language(&error.render().to_string(), language));
        return 0;
    }
    let failure = failure(error);
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        output.remark(in_language(&error.render().to_string(), language).trim_end());
        if output.json {
            output.raw(&serde_json::json!({"error": failure.json(language)}).to_string());
        }
        return 2;
    }
    output.failure(&failure);
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let usage = usage.trim_start_matches("Usage:").trim();
        let usage = in_language(usage, language);
        output.remark(&format!("\n{} {usage}", msg!("daemon-help-usage").text(language)));
    }
    2
}

/// The words that clap writes into help and usage by itself, in the reader's language.
pub(super) fn in_language(text: &str, language: Language) -> String {
    let also = msg!("daemon-help-also").text(language);
    let text = text.replace("[OPTIONS]", &format!("[{}]", msg!("daemon-value-options").text(language)));
    text.replace("[aliases: ", &format!("[{also} ")).replace("[alias: ", &format!("[{also} "))
}

/// The words that clap attaches to an error.
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

fn failure(error: &clap::Error) -> CommandFailure {
    let get = |kind| said(error, kind);
    let (arg, value) = (get(ContextKind::InvalidArg), get(ContextKind::InvalidValue));
    let did_you_mean =
        |name: String| if name.is_empty() { name.into() } else { msg!("daemon-did-you-mean", name = name) };
    let (message, help): (Message, Message) = match error.kind() {
        ErrorKind::UnknownArgument => {
            (msg!("daemon-no-such-argument", name = arg), did_you_mean(get(ContextKind::SuggestedArg)))
        }
        ErrorKind::InvalidSubcommand => {
            let name = get(ContextKind::InvalidSubcommand);
            (msg!("daemon-no-such-command", name = name), did_you_mean(get(ContextKind::SuggestedSubcommand)))
        }
        ErrorKind::MissingRequiredArgument => (msg!("daemon-argument-missing", name = arg), "".into()),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            (msg!("daemon-which-command"), get(ContextKind::ValidSubcommand).into())
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            (msg!("daemon-argument-needs-a-value", name = arg), get(ContextKind::ValidValue).into())
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let valid = get(ContextKind::ValidValue);
            let help = if valid.is_empty() { "".into() } else { msg!("daemon-one-of", names = valid) };
            (msg!("daemon-value-not-allowed", value = value, name = arg), help)
        }
        ErrorKind::ArgumentConflict => {
            let other = get(ContextKind::PriorArg);
            (msg!("daemon-arguments-conflict", name = arg, other = other), "".into())
        }
        ErrorKind::TooManyValues => (msg!("daemon-too-many-values", value = value, name = arg), "".into()),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues | ErrorKind::NoEquals => {
            (msg!("daemon-argument-needs-a-value", name = arg), "".into())
        }
        ErrorKind::InvalidUtf8 => (msg!("daemon-argument-not-utf8"), "".into()),
        _ => {
            let text = error.to_string();
            (text.lines().next().unwrap_or("").trim_start_matches("error: ").into(), "".into())
        }
    };
    CommandFailure::new("usage", message, help)
}
