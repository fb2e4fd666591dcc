//! `import`: sends the file to the daemon as it is and writes the daemon's answers, one per line, into the report.

use super::{ApiCommands, Result, file_failed, text};
use crate::client::{CommandFailure, RequestBody, encode};
use clap::ArgMatches;
use hyper::Method;
use hyper::body::Bytes;
use rundruf_lang::msg;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Limits for text files beside a CSV file: how many are read, and the largest size of one in bytes.
const TEXT_LIMITS: (usize, u64) = (64, 16 * 1024);

impl ApiCommands<'_> {
    pub(super) async fn import(&self, m: &ArgMatches) -> Result<u8> {
        let path = PathBuf::from(text(m, "file"));
        let file = fs::File::open(&path).map_err(|e| file_failed(&path, &e))?;
        let meta = file.metadata().map_err(|e| file_failed(&path, &e))?;
        if !meta.is_file() {
            let why = std::io::Error::other(msg!("daemon-not-a-file").text(self.context.language));
            return Err(file_failed(&path, &why));
        }
        let (map, map_text) = self.map(m)?;
        let texts = named_texts(&path).map_err(|e| file_failed(&path, &e))?;
        let head = json!({"map": map, "map_text": map_text, "texts": texts, "size": meta.len()});
        let query = format!(
            "list={}&evidence={}&dry_run={}&update={}",
            encode(text(m, "list")),
            encode(&text(m, "evidence").to_uppercase()),
            u8::from(m.get_flag("dry-run")),
            u8::from(m.get_flag("update"))
        );
        let body = RequestBody { pieces: VecDeque::from([Bytes::from(format!("{head}\n"))]), file: Some(file) };
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let report =
            m.get_one::<String>("report").map_or_else(|| PathBuf::from(format!("{name}.report.jsonl")), PathBuf::from);
        let mut done = self.stream(&format!("/api/imports?{query}"), body, &report, meta.len()).await?;
        if let Value::Object(object) = &mut done {
            object.insert("report".to_owned(), json!(report.display().to_string()));
        }
        self.print(
            &done,
            &["rows", "contacts", "addresses", "confirmed", "quarantined", "merged", "updated", "refused", "report"],
        )
    }

    /// Reads the file of `--map`: our column name → the file's header, and the text of that file.
    fn map(&self, m: &ArgMatches) -> Result<(BTreeMap<String, String>, String)> {
        let Some(name) = m.get_one::<String>("map") else { return Ok((BTreeMap::new(), String::new())) };
        let text = fs::read_to_string(name).map_err(|e| file_failed(Path::new(name), &e))?;
        let help = msg!("daemon-map-example");
        let map = toml::from_str(&text).map_err(|e| CommandFailure::new("map", format!("`{name}`: {e}"), help))?;
        Ok((map, text))
    }

    /// Sends the body and writes the report. If the import fails, the report is removed.
    async fn stream(&self, query: &str, body: RequestBody, report: &Path, size: u64) -> Result<Value> {
        let mut writer = std::io::BufWriter::new(create_private(report).map_err(|e| file_failed(report, &e))?);
        let mut progress = self.context.output.progress(&msg!("daemon-import").text(self.context.language), size);
        let mut done = Value::Null;
        let mut failed = None;
        let each = |mut value: Value| {
            if let Some(line) = value.get_mut("line") {
                failed = failed.take().or_else(|| writeln!(writer, "{line}").err());
            } else if let Some(p) = value.get("progress") {
                progress.at(p.get("bytes").and_then(Value::as_u64).unwrap_or(0));
            } else if let Some(d) = value.get("done") {
                done = d.clone();
            }
        };
        let streamed = self.client.lines(Method::POST, query, body, each).await;
        progress.end();
        let ended = if done.is_null() {
            let message = msg!("daemon-import-broke-off");
            Err(CommandFailure::new("connection", message, ""))
        } else {
            Ok(())
        };
        let kept = streamed.and(ended).and_then(|()| match failed.or_else(|| writer.flush().err()) {
            Some(e) => Err(file_failed(report, &e)),
            None => Ok(done),
        });
        if kept.is_err() {
            let _ = fs::remove_file(report);
        }
        kept
    }
}

/// Creates or empties a file that only its owner can read, for personal data.
pub(super) fn create_private(path: &Path) -> std::io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Reads the text files beside a CSV file, which its cells name as `@file`. Only names without a folder count.
fn named_texts(csv: &Path) -> std::io::Result<BTreeMap<String, String>> {
    let folder = csv.parent().unwrap_or(Path::new(""));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        let is_text = path.extension().is_some_and(|e| e == "txt" || e == "md" || e == "html");
        let small = entry.metadata().is_ok_and(|m| m.is_file() && m.len() <= TEXT_LIMITS.1);
        if let (true, true, Some(name)) = (is_text, small, path.file_name().and_then(|n| n.to_str()))
            && let Ok(text) = fs::read_to_string(&path)
            && texts.len() < TEXT_LIMITS.0
        {
            texts.insert(name.to_owned(), text);
        }
    }
    Ok(texts)
}
