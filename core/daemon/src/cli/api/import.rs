//! `import`: sends the file to the daemon as it is, writes the daemon's answers into two reports beside it, and says on the terminal what became
//! of the rows and why.

mod reasons; // how often each reason, and in which lines first
mod report; // the two report files
mod texts; // the texts that `@file` names

use super::{ApiCommands, Result, field, file_failed, many, text};
use crate::client::{CommandFailure, RequestBody, encode};
use crate::lang::word;
use crate::settings::toml_text;
use clap::ArgMatches;
use hyper::Method;
use hyper::body::Bytes;
use reasons::ReasonCounts;
use report::ReportFiles;
use rundruf_lang::{Message, msg};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};
use texts::NamedTexts;

/// What is printed about an import, in this order.
const COUNTS: [&str; 8] = ["rows", "contacts", "addresses", "confirmed", "quarantined", "merged", "updated", "refused"];

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
        let set = constants(m)?;
        let named =
            NamedTexts::read(&path, set.get("consent_text").map(String::as_str)).map_err(|e| file_failed(&path, &e))?;
        let head = json!({
            "map": map, "map_text": map_text, "texts": named.texts, "text_faults": named.faults, "size": meta.len(), "set": set,
            "keep": many(m, "keep"), "keep_all": m.get_flag("keep-all"), "dates": text(m, "dates"),
        });
        let dry_run = m.get_flag("dry-run");
        let query = format!(
            "list={}&evidence={}&dry_run={}&update={}",
            encode(text(m, "list")),
            encode(&text(m, "evidence").to_uppercase()),
            u8::from(dry_run),
            u8::from(m.get_flag("update"))
        );
        let body = RequestBody { pieces: VecDeque::from([Bytes::from(format!("{head}\n"))]), file: Some(file) };
        let mut report = ReportFiles::create(&path, m.get_one::<String>("report").map(Path::new), self.language())?;
        let mut reasons = ReasonCounts::default();
        let mut done =
            self.stream(&format!("/api/imports?{query}"), body, (&mut report, &mut reasons), meta.len()).await?;
        let (lines, table) = report.finish()?;
        if let Value::Object(object) = &mut done {
            object.insert("report".to_owned(), json!(lines.display().to_string()));
            object.insert("report_csv".to_owned(), json!(table.display().to_string()));
            object.insert("dry_run".to_owned(), json!(dry_run));
            object.insert("reasons".to_owned(), reasons.json());
        }
        let shown = self.shown(&done, &reasons, dry_run);
        let count = |name: &str| done.get(name).and_then(Value::as_u64).unwrap_or(0);
        if count("rows") > 0 && count("addresses") == 0 && count("refused") > 0 {
            let failure = CommandFailure::new(
                "all_refused",
                msg!("daemon-import-all-refused"),
                msg!("daemon-import-all-refused-help"),
            );
            let output = self.context.output;
            output.refusal(done, &shown, &failure);
            if !output.json {
                output.failure(&failure);
            }
            return Ok(1);
        }
        self.context.output.result(&done, || shown);
        Ok(0)
    }

    /// Counts, reasons and columns, for people.
    fn shown(&self, done: &Value, reasons: &ReasonCounts, dry_run: bool) -> String {
        let language = self.language();
        let mut lines: Vec<String> = Vec::new();
        if dry_run {
            lines.push(msg!("daemon-import-dry-run").text(language));
        }
        let count = |name: &&str| format!("{:<22} {}", word(language, name), field(done, name));
        lines.extend(COUNTS.iter().map(count));
        lines.extend(reasons.lines(language));
        let columns = done.get("columns").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let of = |kept: bool| {
            let chosen = columns.iter().filter(move |c| c.get("column").is_some_and(Value::is_string) == kept);
            chosen.map(move |c| match (kept, field(c, "heading"), field(c, "column")) {
                (true, heading, column) if heading != column => format!("`{heading}` = {column}"),
                (_, heading, _) => format!("`{heading}`"),
            })
        };
        let (taken, left): (Vec<String>, Vec<String>) = (of(true).collect(), of(false).collect());
        lines.push(format!("{:<22} {}", msg!("daemon-import-columns").text(language), taken.join(", ")));
        if !left.is_empty() {
            let left = msg!("daemon-import-left-out-columns", names = left.join(", ")).text(language);
            lines.push(format!("{:<22} {left}", msg!("daemon-import-left-out").text(language)));
        }
        for name in ["report", "report_csv"] {
            lines.push(format!("{:<22} {}", word(language, name), field(done, name)));
        }
        lines.join("\n")
    }

    /// Reads the file of `--map`: our column name → the file's header, and the text of that file.
    fn map(&self, m: &ArgMatches) -> Result<(BTreeMap<String, String>, String)> {
        let Some(name) = m.get_one::<String>("map") else { return Ok((BTreeMap::new(), String::new())) };
        let text = fs::read_to_string(name).map_err(|e| file_failed(Path::new(name), &e))?;
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let help = msg!("daemon-map-example");
        let refused = |message: Message| CommandFailure::new("map", message, help.clone());
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| {
            let before = text.get(..e.span().map_or(0, |span| span.start)).unwrap_or("");
            let line = before.matches('\n').count() + 1;
            refused(msg!("daemon-map-fault", line = line, name = name, what = toml_text::message(e.message())))
        })?;
        let mut map = BTreeMap::new();
        for (key, value) in table {
            let toml::Value::String(value) = value else {
                return Err(refused(msg!("daemon-map-not-text", name = name, key = key)));
            };
            map.insert(key, value);
        }
        Ok((map, text))
    }

    /// Sends the body and writes the reports.
    async fn stream(
        &self,
        query: &str,
        body: RequestBody,
        (report, reasons): (&mut ReportFiles, &mut ReasonCounts),
        size: u64,
    ) -> Result<Value> {
        let mut progress = self.context.output.progress(&msg!("daemon-import").text(self.context.language), size);
        let mut done = Value::Null;
        let each = |mut value: Value| {
            if let Some(line) = value.get_mut("line") {
                report.add(line);
                reasons.add(line);
            } else if let Some(p) = value.get("progress") {
                progress.at(p.get("bytes").and_then(Value::as_u64).unwrap_or(0));
            } else if let Some(d) = value.get("done") {
                done = d.clone();
            }
        };
        let streamed = self.client.lines(Method::POST, query, body, each).await;
        progress.end();
        streamed?;
        if done.is_null() {
            return Err(CommandFailure::new(
                "connection",
                msg!("daemon-import-broke-off"),
                msg!("daemon-look-into-log"),
            ));
        }
        Ok(done)
    }
}

/// The values of `--set COLUMN=VALUE`.
fn constants(m: &ArgMatches) -> Result<BTreeMap<String, String>> {
    let mut set = BTreeMap::new();
    for pair in many(m, "set") {
        let usage = |key: &str| {
            CommandFailure::new("set", msg!("daemon-import-set", text = key), msg!("daemon-import-set-help"))
        };
        let (name, value) = pair.split_once('=').ok_or_else(|| usage(pair))?;
        let (name, value) = (name.trim().to_ascii_lowercase().replace('-', "_"), value.trim());
        if name.is_empty() || value.is_empty() || set.insert(name, value.to_owned()).is_some() {
            return Err(usage(pair));
        }
    }
    Ok(set)
}

/// Creates or empties a file that only its owner can read, for personal data.
pub(super) fn create_private(path: &Path) -> std::io::Result<fs::File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    // One that was there before may be open to others.
    if file.metadata()?.is_file() {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}
