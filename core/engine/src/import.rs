//! Imports of CSV files, evidence classes A and C (§2.5 of the specification). The whole file is checked for being CSV in a known encoding before
//! anything is stored; then good rows are stored and each bad one is reported with its line.
//!
//! Importing the same file again changes nothing: known contacts are reported as merged. So an import that broke off is started again.

mod address_cell; // a cell → addresses
mod chunk; // rows that are stored together, built on their own thread
mod columns; // what each column is
mod date; // a cell → a moment
mod decode; // bytes → UTF-8
mod dry_run; // what earlier chunks would have stored
mod heading; // the words of headings
mod language; // a cell → a language tag
mod proof_rules; // what class A takes as proof
mod record; // UTF-8 → records, and where they begin
mod report; // report lines and counts
mod row; // one record → one row, or the reason why not

use crate::config::{Config, ListConfig};
use crate::error::{EngineError, Result};
use crate::view::{ImportColumn, ImportForm, ImportLine, ImportProgress, ImportSummary};
use chunk::{Chunk, Chunks, RowNotes};
use columns::{Columns, Layout};
use decode::DecodedFile;
use dry_run::DryRunMemory;
use record::{CsvReader, CsvRecord};
use report::ImportReport;
use row::RowBuilder;
use rundruf_consent::{ImportClass, ListId, Time};
use rundruf_lang::msg;
use rundruf_store::{ImportMeta, ImportResult, Store, StoreError};
use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

/// Chunks that the store has at a time: while it commits one, the next is there already.
const IN_FLIGHT: usize = 2;

/// Gets each report line.
pub type ReportSink = Box<dyn FnMut(ImportLine) + Send>;
/// Gets the progress now and then.
pub type ProgressSink = Box<dyn FnMut(ImportProgress) + Send>;

/// Imports a file. Answers the counts, and what each column was taken for. A dry run asks the store what it would do.
///
/// # Errors
/// If the file is not CSV (nothing is stored then), or the store fails: then what was stored before stays, and importing the same file again adds
/// the rest.
pub async fn run(
    store: &Arc<dyn Store>,
    config: &Config,
    list: (ListId, &ListConfig),
    file: &Path,
    form: ImportForm,
    (lines, mut progress): (ReportSink, ProgressSink),
    now: Time,
) -> Result<(ImportSummary, Vec<ImportColumn>)> {
    if !matches!(form.class, ImportClass::A | ImportClass::C) {
        return Err(EngineError::refused("evidence", msg!("engine-import-class"), msg!("engine-import-class-help")));
    }
    let (path, form) = (file.to_owned(), Arc::new(form));
    let heading_form = Arc::clone(&form);
    let (decoded, mut columns, layout) = tokio::task::spawn_blocking(move || -> Result<_> {
        let decoded = decode::prepare(&path)?;
        let (columns, layout) = Columns::read(&decoded, &heading_form)?;
        check(&decoded, layout)?;
        Ok((decoded, columns, layout))
    })
    .await
    .map_err(std::io::Error::other)??;
    let (digest, of) = (decoded.sha256, decoded.text_size);
    let uses = std::mem::take(&mut columns.uses);
    let builder = RowBuilder::new(config, list.1, columns, Arc::clone(&form), digest, now);
    let mut chunks = Chunks::of(behind_header(&decoded, layout)?, builder);
    let mut report = ImportReport::new(lines);
    let mut import = None;
    if !form.dry_run {
        let (mapping, actor) = (mapping(&form), form.actor.clone());
        let meta = ImportMeta { list: list.0, class: form.class, file_sha256: digest, mapping, actor };
        import = Some(store.import_begin(meta, now).await?);
    }
    let mut pending = VecDeque::new();
    let mut memory = DryRunMemory::default();
    while let Some(chunk) = chunks.next().await? {
        let Chunk { rows, notes, refused, texts, records, bytes } = chunk;
        report.summary.rows = records;
        if let Some(import) = import {
            for text in texts {
                store.text_put(text).await?;
            }
            if pending.len() >= IN_FLIGHT {
                finish_oldest(&mut pending, &mut report).await?;
            }
            let store = Arc::clone(store);
            let answer = Box::pin(async move { store.import_rows(import, rows, now).await });
            pending.push_back(PendingChunk::begin(answer, notes, refused).await);
        } else {
            let keys = memory.keys(&rows);
            let mut results = store.import_check(list.0, rows, now).await?;
            memory.correct(&keys, &mut results, now);
            report.stored(&results, &notes, refused);
        }
        progress(ImportProgress { bytes: bytes.min(of), of, rows: records });
    }
    while !pending.is_empty() {
        finish_oldest(&mut pending, &mut report).await?;
    }
    let summary = report.summary;
    if let Some(import) = import {
        let counts = serde_json::json!({
            "rows": summary.rows, "contacts": summary.contacts, "addresses": summary.addresses, "confirmed": summary.confirmed,
            "quarantined": summary.quarantined, "merged": summary.merged, "updated": summary.updated, "refused": summary.refused,
        });
        store.import_end(import, counts.to_string(), now).await?;
    }
    progress(ImportProgress { bytes: of, of, rows: summary.rows });
    Ok((summary, uses))
}

/// What is kept with the import about its columns: the map file, and the options that say the same.
fn mapping(form: &ImportForm) -> String {
    let mut text = form.map_text.clone();
    for (name, value) in &form.set {
        text.push_str(&format!("# --set {name}={value:?}\n"));
    }
    for heading in &form.keep {
        text.push_str(&format!("# --keep {heading:?}\n"));
    }
    text
}

/// The records behind the heading.
fn behind_header(decoded: &DecodedFile, layout: Layout) -> Result<CsvReader<BufReader<File>>> {
    let mut records = CsvReader::new(decoded.open()?, layout.delimiter)?;
    for _ in 0..layout.header {
        records.next(&mut CsvRecord::default())?;
    }
    Ok(records)
}

/// Reads the whole file once and stores nothing, to find errors that make it unreadable.
fn check(decoded: &DecodedFile, layout: Layout) -> Result<()> {
    let mut records = CsvReader::new(decoded.open()?, layout.delimiter)?;
    let mut record = CsvRecord::default();
    while records.next(&mut record)? {}
    Ok(())
}

type StoreReply = Result<Vec<ImportResult>, StoreError>;

/// A chunk that the store has.
struct PendingChunk {
    answer: Pin<Box<dyn Future<Output = StoreReply> + Send>>,
    /// The reply, if it came at once.
    early: Option<StoreReply>,
    notes: RowNotes,
    refused: Vec<ImportLine>,
}

impl PendingChunk {
    /// Hands a chunk to the store now: chunks are stored in the order of the file.
    async fn begin(
        mut answer: Pin<Box<dyn Future<Output = StoreReply> + Send>>,
        notes: RowNotes,
        refused: Vec<ImportLine>,
    ) -> Self {
        let early = std::future::poll_fn(|context| match answer.as_mut().poll(context) {
            Poll::Ready(early) => Poll::Ready(Some(early)),
            Poll::Pending => Poll::Ready(None),
        })
        .await;
        Self { answer, early, notes, refused }
    }
}

/// Waits for the oldest chunk and reports its results.
async fn finish_oldest(pending: &mut VecDeque<PendingChunk>, report: &mut ImportReport) -> Result<()> {
    let Some(PendingChunk { answer, early, notes, refused }) = pending.pop_front() else { return Ok(()) };
    let results = match early {
        Some(answer) => answer?,
        None => answer.await?,
    };
    report.stored(&results, &notes, refused);
    Ok(())
}
