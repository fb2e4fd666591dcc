//! Printing: JSON on stdout for programs, text for people, failures on stderr, a progress bar on a terminal. There are no colours, so
//! `NO_COLOR` is always honoured.

use crate::client::CommandFailure;
use rundruf_lang::{Language, msg};
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// Interval of progress lines where stderr is not a terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How a command prints: as JSON or text, and whether quietly.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    quiet: bool,
    /// The language of failures.
    language: Language,
}

impl Output {
    pub(crate) const fn new(json: bool, quiet: bool, language: Language) -> Self {
        Self { json, quiet, language }
    }

    fn out(text: &str) {
        // A reader that closed the pipe (`| head`) is not an error.
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
    }

    fn err(text: &str) {
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.write_all(b"\n"));
    }

    /// Prints the result: as JSON with `--json`, else as text.
    pub(crate) fn result(self, value: &Value, text: impl FnOnce() -> String) {
        if self.json {
            Self::out(&value.to_string());
        } else if !self.quiet {
            Self::out(text().trim_end_matches('\n'));
        }
    }

    /// Prints a line for people; nothing with `--json` or `--quiet`.
    pub(crate) fn line(self, text: &str) {
        if !self.json && !self.quiet {
            Self::out(text);
        }
    }

    /// Prints a remark on stderr, beside the result.
    pub(crate) fn remark(self, text: &str) {
        if !self.quiet {
            Self::err(text);
        }
    }

    /// Prints a question on stderr; the answer is typed behind it.
    pub(crate) fn ask(self, question: &str) {
        let mut err = std::io::stderr().lock();
        let _ = err.write_all(question.as_bytes()).and_then(|()| err.write_all(b" ")).and_then(|()| err.flush());
    }

    /// Prints text on stdout whatever the flags say: it is the result.
    pub(crate) fn raw(self, text: &str) {
        Self::out(text.trim_end_matches('\n'));
    }

    /// Prints a failure on stderr, with `--json` also as an object on stdout.
    pub(crate) fn failure(self, failure: &CommandFailure) {
        let (message, help) = (failure.text(self.language), failure.help_text(self.language));
        // In a list of faults each line has its own "error".
        let is_list = failure.code == "settings" && message.contains('\n');
        let word = msg!("daemon-error").text(self.language);
        Self::err(&if is_list { message } else { format!("{word}: {message}") });
        if !help.is_empty() {
            Self::err(&format!("  = {help}"));
        }
        if self.json {
            Self::out(&json!({"error": failure.json(self.language)}).to_string());
        }
    }

    /// Prints a negative result: its text on stderr, with `--json` its own object, to which the failure is added.
    pub(crate) fn refusal(self, mut value: Value, text: &str, failure: &CommandFailure) {
        Self::err(text.trim_end_matches('\n'));
        if self.json {
            if let Value::Object(object) = &mut value {
                object.insert("error".to_owned(), failure.json(self.language));
            }
            Self::out(&value.to_string());
        }
    }

    /// Starts a progress display: a bar on a terminal, a line every few seconds elsewhere, nothing with `--json` or `--quiet`.
    pub(crate) fn progress(self, what: &str, of: u64) -> ProgressReporter {
        let told = !self.json && !self.quiet;
        let bar = told && std::io::stderr().is_terminal();
        let bar = if bar { indicatif::ProgressBar::new(of) } else { indicatif::ProgressBar::hidden() };
        ProgressReporter { lines: (told && bar.is_hidden()).then(|| (what.to_owned(), Instant::now())), bar, of }
    }
}

/// The progress display of one command.
#[derive(Debug)]
pub(crate) struct ProgressReporter {
    bar: indicatif::ProgressBar,
    lines: Option<(String, Instant)>,
    of: u64,
}

impl ProgressReporter {
    /// Shows `done` of `of`.
    pub(crate) fn set(&mut self, done: u64, of: u64) {
        self.of = of;
        self.bar.set_length(of.max(1));
        self.bar.set_position(done);
        let of = of.max(1);
        if let Some((what, last)) = &mut self.lines
            && last.elapsed() >= LINE_EVERY
        {
            *last = Instant::now();
            Output::err(&format!("{what}: {} %", done.min(of) * 100 / of));
        }
    }

    /// Shows `done` of the total that was given before.
    pub(crate) fn at(&mut self, done: u64) {
        self.set(done, self.of);
    }

    pub(crate) fn end(self) {
        self.bar.finish_and_clear();
    }
}
