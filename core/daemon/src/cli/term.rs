//! What is printed, and how: lines for people, JSON for programs, a progress bar where a terminal is.

use crate::client::Failure;
use crate::speech::Speech;
use serde_json::Value;
use std::io::{IsTerminal, Write};

/// Where output goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Term {
    pub(crate) json: bool,
    quiet: bool,
}

impl Term {
    pub(crate) const fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    fn out(text: &str) {
        // A reader that has gone (`| head`) is no failure of ours.
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    }

    fn err(text: &str) {
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.write_all(b"\n"));
    }

    /// The result: JSON for programs, else the text.
    pub(crate) fn result(self, value: &Value, text: impl FnOnce() -> String) {
        if self.json {
            Self::out(&value.to_string());
        } else if !self.quiet {
            Self::out(text().trim_end_matches('\n'));
        }
    }

    /// A line for people alone.
    pub(crate) fn line(self, text: &str) {
        if !self.json && !self.quiet {
            Self::out(text);
        }
    }

    /// Text that is the result whatever the flags say.
    pub(crate) fn raw(self, text: &str) {
        Self::out(text.trim_end_matches('\n'));
    }

    /// A failure: on stderr as text, with `--json` also on stdout.
    pub(crate) fn failure(self, failure: &Failure, speech: Speech) {
        let word = speech.say("Fehler", "error");
        let starts = failure.message.starts_with("error")
            || failure.message.starts_with("Fehler")
            || failure.message.starts_with("warning");
        Self::err(&if starts { failure.message.clone() } else { format!("{word}: {}", failure.message) });
        if !failure.help.is_empty() {
            Self::err(&format!("  = {}", failure.help));
        }
        if self.json {
            let value =
                serde_json::json!({"error": {"code": failure.code, "message": failure.message, "help": failure.help}});
            Self::out(&value.to_string());
        }
    }

    /// A progress bar on a terminal; nothing elsewhere.
    pub(crate) fn bar(self, of: u64) -> indicatif::ProgressBar {
        let shown = !self.json && !self.quiet && std::io::stderr().is_terminal();
        if shown { indicatif::ProgressBar::new(of) } else { indicatif::ProgressBar::hidden() }
    }
}
