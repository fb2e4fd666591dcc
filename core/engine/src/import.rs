//! Imports of CSV files, evidence classes A and C (§2.5 of the specification). The whole file is checked for being what it claims to be before
//! anything is stored; then good rows go in and each bad one is reported with its line.

mod columns; // which column is what
mod decode; // bytes → UTF-8, and where records begin
mod record; // one record → one row, or why not

use crate::config::{Config, ListConfig};
use crate::error::EngineError;
use crate::view::{ImportForm, ImportLine, ImportProgress, ImportSummary};
use columns::Columns;
use record::Maker;
use rundruf_consent::{ImportClass, ListId, Time};
use rundruf_store::{ImportMeta, ImportResult, ImportRow, ImportVerdict, Store};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Rows stored together.
const BATCH: usize = 20_000;
/// Longest record, in bytes.
const MAX_RECORD: usize = 1 << 20;

/// What is told while it goes on.
pub type Lines = Box<dyn FnMut(ImportLine) + Send>;
/// How far it is.
pub type Progress = Box<dyn FnMut(ImportProgress) + Send>;

/// Imports a file.
///
/// # Errors
/// If the file cannot be read as what it claims to be (nothing is stored then), or the store fails.
pub async fn run(
    store: &Arc<dyn Store>,
    config: &Config,
    list: (ListId, &ListConfig),
    file: &Path,
    form: ImportForm,
    (mut lines, mut progress): (Lines, Progress),
    now: Time,
) -> Result<ImportSummary, EngineError> {
    if !matches!(form.class, ImportClass::A | ImportClass::C) {
        return Err(EngineError::refused(
            "evidence",
            "only evidence classes A and C can be imported",
            "see the table of classes",
        ));
    }
    let path = file.to_owned();
    let decoded =
        tokio::task::spawn_blocking(move || decode::prepare(&path)).await.map_err(std::io::Error::other)??;
    let (digest, of) = (decoded.sha256, decoded.size);
    let (columns, delimiter) = Columns::read(decoded.open()?, &form)?;
    check(&decoded, delimiter, columns.width)?;
    let mut maker = Maker::new(config, list.1, &columns, &form, digest, now);
    let mut summary = ImportSummary::default();
    let import = if form.dry_run {
        0
    } else {
        let meta = ImportMeta {
            list: list.0,
            class: form.class,
            file_sha256: digest,
            mapping: form.map_text.clone(),
            actor: form.actor.clone(),
        };
        store.import_begin(meta, now).await?
    };
    let mut reader = reader(decoded.open()?, delimiter);
    let mut record = csv::StringRecord::new();
    let mut batch: Vec<ImportRow> = Vec::with_capacity(BATCH);
    let mut pending: Option<tokio::task::JoinHandle<Result<Vec<ImportResult>, rundruf_store::StoreError>>> = None;
    loop {
        let more = reader.read_record(&mut record).map_err(|e| columns::unreadable(&e))?;
        if more && record.iter().all(|f| f.trim().is_empty()) {
            continue;
        }
        if more {
            summary.rows += 1;
            let line = record.position().map_or(0, csv::Position::line);
            match maker.row(&record, line) {
                Ok(row) => batch.push(row),
                Err((address, reason)) => {
                    summary.refused += 1;
                    lines(ImportLine { line, address, verdict: "refused", reason });
                }
            }
        }
        if batch.len() >= BATCH || (!more && !batch.is_empty()) {
            for text in maker.new_texts() {
                if !form.dry_run {
                    store.text_put(text).await?;
                }
            }
            let rows = std::mem::take(&mut batch);
            let index = Index::of(&rows);
            if form.dry_run {
                for row in &rows {
                    count_dry(row, &mut summary, &mut lines);
                }
            } else {
                // While the store writes one array, the next is parsed.
                if let Some(done) = pending.take() {
                    settle(done, &mut maker.waiting, &mut summary, &mut lines).await?;
                }
                maker.waiting = index;
                let store = Arc::clone(store);
                pending = Some(tokio::spawn(async move { store.import_rows(import, rows, now).await }));
            }
            progress(ImportProgress {
                bytes: record.position().map_or(of, csv::Position::byte),
                of,
                rows: summary.rows,
            });
        }
        if !more {
            break;
        }
    }
    if let Some(done) = pending.take() {
        settle(done, &mut maker.waiting, &mut summary, &mut lines).await?;
    }
    if !form.dry_run {
        let counts = serde_json::json!({
            "rows": summary.rows, "contacts": summary.contacts, "addresses": summary.addresses, "confirmed": summary.confirmed,
            "quarantined": summary.quarantined, "refused": summary.refused,
        });
        store.import_end(import, counts.to_string(), now).await?;
    }
    progress(ImportProgress { bytes: of, of, rows: summary.rows });
    Ok(summary)
}

fn reader<R: std::io::Read>(from: R, delimiter: u8) -> csv::Reader<R> {
    csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(true).from_reader(from)
}

/// Reads the whole file once and stores nothing: does it have the shape that it claims?
fn check(decoded: &decode::Decoded, delimiter: u8, width: usize) -> Result<(), EngineError> {
    let mut reader = reader(decoded.open()?, delimiter);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|e| columns::unreadable(&e))? {
        let line = record.position().map_or(0, csv::Position::line);
        let length: usize = record.iter().map(str::len).sum();
        if length > MAX_RECORD {
            return Err(EngineError::refused(
                "csv",
                format!("line {line}: the record is longer than 1 MiB; is a quotation mark missing?"),
                "look at the quotation marks before that line",
            ));
        }
        let blank = record.iter().all(|f| f.trim().is_empty());
        if !blank && record.len() > width {
            return Err(EngineError::refused(
                "csv",
                format!("line {line}: {} fields, but the heading has {width}", record.len()),
                "quote fields that contain the delimiter, or look for a stray one",
            ));
        }
    }
    Ok(())
}

/// What is needed of a row when its results come: its addresses, by line.
#[derive(Default)]
pub(crate) struct Index(BTreeMap<u64, (bool, Vec<String>, Option<String>)>);

impl Index {
    fn of(rows: &[ImportRow]) -> Self {
        let confirmed = |r: &ImportRow| matches!(r.event, rundruf_consent::Event::Import(ImportClass::A));
        Self(
            rows.iter()
                .filter(|r| !confirmed(r))
                .map(|r| {
                    (
                        r.line,
                        (false, r.contact.addresses.iter().map(|a| a.value().to_owned()).collect(), record::why(r)),
                    )
                })
                .collect(),
        )
    }
}

async fn settle(
    done: tokio::task::JoinHandle<Result<Vec<ImportResult>, rundruf_store::StoreError>>,
    index: &mut Index,
    summary: &mut ImportSummary,
    lines: &mut Lines,
) -> Result<(), EngineError> {
    let results = done.await.map_err(std::io::Error::other)??;
    for result in results {
        summary.contacts += u64::from(result.new_contact);
        let known = index.0.get(&result.line);
        for (n, verdict) in result.verdicts.iter().enumerate() {
            let address = || known.and_then(|(_, a, _)| a.get(n)).cloned().unwrap_or_default();
            let mut tell =
                |verdict, reason: String| lines(ImportLine { line: result.line, address: address(), verdict, reason });
            match verdict {
                ImportVerdict::Confirmed => {
                    summary.addresses += 1;
                    summary.confirmed += 1;
                }
                ImportVerdict::Quarantined => {
                    summary.addresses += 1;
                    summary.quarantined += 1;
                    let why = known.and_then(|(_, _, why)| why.clone());
                    tell(
                        "quarantined",
                        why.unwrap_or_else(|| "no proof for this person: nothing is sent to it".to_owned()),
                    );
                }
                ImportVerdict::Merged(state) => {
                    summary.addresses += 1;
                    tell(
                        "merged",
                        format!("the address was known already and is {}; the stricter state stays", state.word()),
                    );
                }
                ImportVerdict::Refused(why) => {
                    summary.refused += 1;
                    tell("refused", (*why).to_owned());
                }
            }
        }
    }
    index.0.clear();
    Ok(())
}

fn count_dry(row: &ImportRow, summary: &mut ImportSummary, lines: &mut Lines) {
    let confirmed = matches!(row.event, rundruf_consent::Event::Import(ImportClass::A));
    for address in &row.contact.addresses {
        summary.addresses += 1;
        if confirmed {
            summary.confirmed += 1;
        } else {
            summary.quarantined += 1;
            let reason = record::why(row).unwrap_or_else(|| "no proof for this person".to_owned());
            lines(ImportLine { line: row.line, address: address.value().to_owned(), verdict: "quarantined", reason });
        }
    }
}
