//! The report of an import, twice: JSON lines for programs, a table for people. Both lie beside the imported file, only for their owner, and
//! take their names when the import has ended: what was there before stays if it fails.

use super::super::{Result, field, file_failed};
use super::create_private;
use crate::client::CommandFailure;
use crate::lang::word;
use rundruf_lang::{Language, msg};
use serde_json::Value;
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// One of the two files.
struct ReportFile {
    writer: BufWriter<fs::File>,
    /// While it is written.
    partial: PathBuf,
    path: PathBuf,
    failed: Option<std::io::Error>,
}

impl ReportFile {
    fn create(path: PathBuf) -> Result<Self> {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let partial = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
        // A device or a pipe is written to as it is.
        let is_special = fs::metadata(&path).is_ok_and(|m| !m.is_file() && !m.is_dir());
        let partial = if is_special { path.clone() } else { partial };
        if path.is_dir() {
            let why = std::io::Error::from(std::io::ErrorKind::IsADirectory);
            return Err(report_failed(&path, &why));
        }
        let file = create_private(&partial).map_err(|e| report_failed(&path, &e))?;
        Ok(Self { writer: BufWriter::new(file), partial, path, failed: None })
    }

    fn write(&mut self, text: &str) {
        if self.failed.is_none() {
            self.failed = self.writer.write_all(text.as_bytes()).err();
        }
    }

    fn finish(&mut self) -> Result<PathBuf> {
        let failed = self.failed.take().or_else(|| self.writer.flush().err());
        let renamed = match failed {
            Some(error) => Err(error),
            None if self.partial == self.path => Ok(()),
            None => fs::rename(&self.partial, &self.path),
        };
        renamed.map_err(|e| report_failed(&self.path, &e))?;
        Ok(self.path.clone())
    }
}

impl Drop for ReportFile {
    fn drop(&mut self) {
        if self.partial != self.path {
            let _ = fs::remove_file(&self.partial);
        }
    }
}

fn report_failed(path: &Path, e: &std::io::Error) -> CommandFailure {
    let failure = file_failed(path, e);
    CommandFailure::new(&failure.code, failure.message, msg!("daemon-import-report-help"))
}

/// Both files.
pub(super) struct ReportFiles {
    lines: ReportFile,
    table: ReportFile,
    language: Language,
    delimiter: char,
}

impl ReportFiles {
    /// Creates both: at the path of `--report`, else beside the imported file.
    pub(super) fn create(file: &Path, given: Option<&Path>, language: Language) -> Result<Self> {
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let (lines, table) = match given {
            None => {
                (file.with_file_name(format!("{name}.report.jsonl")), file.with_file_name(format!("{name}.report.csv")))
            }
            Some(path) if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("csv")) => {
                (path.with_extension("jsonl"), path.to_owned())
            }
            Some(path) if fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()) => {
                (path.to_owned(), file.with_file_name(format!("{name}.report.csv")))
            }
            Some(path) => (path.to_owned(), path.with_extension("csv")),
        };
        if table == file || lines == file {
            return Err(CommandFailure::new(
                "file",
                msg!("daemon-import-report-is-file"),
                msg!("daemon-import-report-help"),
            ));
        }
        let (lines, mut table) = (ReportFile::create(lines)?, ReportFile::create(table)?);
        // What a German spreadsheet takes apart at a double click.
        let delimiter = if language == Language::De { ';' } else { ',' };
        let heading = ["line", "address", "verdict", "reason"].map(|name| word(language, name));
        table.write(&format!("\u{feff}{}\r\n", heading.join(&delimiter.to_string())));
        Ok(Self { lines, table, language, delimiter })
    }

    /// Adds one line of the daemon's report.
    pub(super) fn add(&mut self, line: &Value) {
        self.lines.write(&format!("{line}\n"));
        let cells = [
            field(line, "line"),
            field(line, "address"),
            word(self.language, &field(line, "verdict")),
            field(line, "reason"),
        ];
        let cells: Vec<String> = cells.iter().map(|text| cell(text, self.delimiter)).collect();
        self.table.write(&format!("{}\r\n", cells.join(&self.delimiter.to_string())));
    }

    /// Gives both their names. Answers the paths.
    pub(super) fn finish(mut self) -> Result<(PathBuf, PathBuf)> {
        Ok((self.lines.finish()?, self.table.finish()?))
    }
}

/// A text as a cell that no spreadsheet takes for a formula.
fn cell(text: &str, delimiter: char) -> String {
    let is_number = text.strip_prefix('+').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b' '));
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([delimiter, '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, want) in [
            ("a@b.example", "a@b.example"),
            ("+49 170 1", "+49 170 1"),
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
            ("@SUM", "'@SUM"),
            ("+1+2", "'+1+2"),
            ("a;b", "\"a;b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
        ] {
            assert_eq!(cell(text, ';'), want);
        }
    }
}
