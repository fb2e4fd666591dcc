//! A fault: its position, the line with a caret, and advice; as text and as JSON.

use super::quote::QuotedLine;
use rundruf_lang::{Language, Message, msg};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

/// A position: number of the file and range of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct SourceSpan {
    pub(crate) file: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// What may be quoted of a file.
#[derive(Clone, Debug)]
pub(crate) enum FileMask {
    /// Everything but comments and the values that are not public: first byte, end, whether public.
    Values(Vec<(usize, usize, bool)>),
    /// Of a file that is not understood: only these words, in front of a `=` or in a heading.
    Words(BTreeSet<String>),
}

/// A settings file that was read.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

#[derive(Clone, Debug)]
pub(crate) struct SettingsFault {
    pub(crate) place: Option<SourceSpan>,
    /// The file, if no position in it is known.
    pub(crate) file: Option<PathBuf>,
    /// The key, such as `lists.angebote.title`.
    pub(crate) key: String,
    pub(crate) message: Message,
    /// Advice what to do; empty if there is none.
    pub(crate) help: Message,
    /// The transport that alone is concerned: it is down, and everything else serves.
    pub(crate) transport: Option<String>,
}

impl SettingsFault {
    /// Whether a secret cannot be read here: the daemon may have it, since it runs as another user.
    pub(crate) fn is_unreadable_secret(&self) -> bool {
        ["daemon-create-secret-file", "daemon-secret-load-credential", "daemon-secret-set-env"]
            .contains(&self.help.key())
    }
}

/// All faults and warnings of one check.
#[derive(Debug, Default)]
pub(crate) struct SettingsReport {
    pub(crate) sources: Vec<SourceFile>,
    /// By file; a file without a mask is not quoted.
    pub(crate) masks: Vec<FileMask>,
    pub(crate) faults: Vec<SettingsFault>,
    pub(crate) warnings: Vec<SettingsFault>,
}

impl SettingsReport {
    pub(crate) fn fault(
        &mut self,
        place: Option<SourceSpan>,
        key: &str,
        message: impl Into<Message>,
        help: impl Into<Message>,
    ) {
        self.faults.push(SettingsFault {
            place,
            file: None,
            key: key.to_owned(),
            message: message.into(),
            help: help.into(),
            transport: None,
        });
    }

    /// The newest fault concerns this transport alone.
    pub(crate) fn concerns_only(&mut self, transport: &str) {
        if let Some(fault) = self.faults.last_mut() {
            fault.transport = Some(transport.to_owned());
        }
    }

    /// Whether the daemon starts: no fault concerns more than a transport.
    pub(crate) fn starts(&self) -> bool {
        self.faults.iter().all(|fault| fault.transport.is_some())
    }

    /// The transports that would be down.
    pub(crate) fn down(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.faults.iter().filter_map(|fault| fault.transport.as_deref()).collect();
        names.dedup();
        names
    }

    /// Sets the file of the newest fault, which has no position.
    pub(crate) fn at_file(&mut self, file: Option<PathBuf>) {
        if let Some(fault) = self.faults.last_mut() {
            fault.file = file;
        }
    }

    /// Sorts faults and warnings by file and position.
    pub(crate) fn sort(&mut self) {
        self.faults.sort_by_key(|f| f.place);
        self.warnings.sort_by_key(|f| f.place);
    }

    pub(crate) fn warn(
        &mut self,
        place: Option<SourceSpan>,
        key: &str,
        message: impl Into<Message>,
        help: impl Into<Message>,
    ) {
        self.warnings.push(SettingsFault {
            place,
            file: None,
            key: key.to_owned(),
            message: message.into(),
            help: help.into(),
            transport: None,
        });
    }

    /// Line and column, both from 1; the column counts characters.
    fn position(&self, place: SourceSpan) -> Option<(&SourceFile, usize, usize)> {
        let source = self.sources.get(place.file)?;
        let before = source.text.get(..place.from)?;
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Some((source, line, column))
    }

    fn view(&self, fault: &SettingsFault, language: Language) -> Value {
        let at = fault.place.and_then(|p| self.position(p));
        let file = at.map(|(s, ..)| s.path.as_path()).or(fault.file.as_deref());
        let key = Some(&fault.key).filter(|k| !k.is_empty());
        json!({
            "file": file.map(|f| f.display().to_string()), "line": at.map(|(_, l, _)| l), "column": at.map(|(.., c)| c),
            "key": key, "message": shown(&fault.message, language), "help": shown(&fault.help, language),
        })
    }

    pub(crate) fn json(&self, language: Language) -> Value {
        let all = |faults: &[SettingsFault]| faults.iter().map(|f| self.view(f, language)).collect::<Vec<_>>();
        json!({ "ok": self.faults.is_empty(), "faults": all(&self.faults), "warnings": all(&self.warnings) })
    }

    fn draw(&self, out: &mut String, word: Message, fault: &SettingsFault, language: Language) {
        let _ = writeln!(out, "{}: {}", word.text(language), shown(&fault.message, language));
        if let Some(place) = fault.place
            && let Some((source, line, column)) = self.position(place)
        {
            let text = source.text.lines().nth(line - 1).unwrap_or("");
            let begin = source.text.get(..place.from).map_or(0, |before| before.rfind('\n').map_or(0, |n| n + 1));
            let nothing = FileMask::Words(BTreeSet::new());
            let quoted = QuotedLine::of(text, begin, self.masks.get(place.file).unwrap_or(&nothing));
            let length = source
                .text
                .get(place.from..place.to)
                .map_or(1, |t| t.lines().next().unwrap_or("").chars().count())
                .max(1);
            let caret = quoted.column(column - 1);
            let length = quoted.column(column - 1 + length - 1).saturating_sub(caret) + 1;
            let text = without_passwords(&quoted.text);
            let length = length.min(text.chars().count().saturating_sub(caret)).max(1);
            let gutter = line.to_string().len();
            let _ = writeln!(out, "{:gutter$}--> {}:{line}:{column}", "", source.path.display());
            let _ = writeln!(out, "{:gutter$} |", "");
            let _ = writeln!(out, "{line} | {text}");
            let _ = writeln!(out, "{:gutter$} | {}{}", "", " ".repeat(caret), "^".repeat(length));
        } else if let Some(file) = &fault.file {
            let _ = writeln!(out, "  --> {}", file.display());
        }
        let help = shown(&fault.help, language);
        if !help.is_empty() {
            let _ = writeln!(out, "  = {help}");
        }
    }

    /// The report as text for people.
    pub(crate) fn text(&self, language: Language) -> String {
        let mut out = String::new();
        for fault in &self.warnings {
            self.draw(&mut out, msg!("daemon-warning"), fault, language);
        }
        for fault in &self.faults {
            self.draw(&mut out, msg!("daemon-error"), fault, language);
        }
        if !self.faults.is_empty() {
            let _ = writeln!(out, "{}", msg!("daemon-fault-count", count = self.faults.len()).text(language));
        }
        out
    }
}

fn shown(message: &Message, language: Language) -> String {
    without_passwords(&message.text(language))
}

/// A text without the user name and password of the URLs in it.
pub(super) fn without_passwords(text: &str) -> String {
    let mut parts = text.split("://");
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_whitespace() || "/`\"'".contains(c)).unwrap_or(part.len());
        let (authority, rest) = part.split_at(end);
        let host = authority.rsplit_once('@').map_or_else(|| authority.to_owned(), |(_, host)| format!("…@{host}"));
        out = out + "://" + &host + rest;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_passwords;

    #[test]
    fn urls_lose_their_passwords() {
        let of = |text: &str| without_passwords(text);
        assert_eq!(of("`postgres://krume:Geheim@db:5432/x` no"), "`postgres://…@db:5432/x` no");
        assert_eq!(of("https://a.example/@b and ftp://u@h"), "https://a.example/@b and ftp://…@h");
        assert_eq!(of("nothing"), "nothing");
    }
}
