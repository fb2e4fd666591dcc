//! Chunks: rows that are stored together, built on their own thread while the store writes the chunks before.

use super::record::{CsvReader, CsvRecord};
use super::row::{BuiltRow, RowBuilder};
use crate::error::Result;
use crate::view::ImportLine;
use rundruf_consent::text::Text;
use rundruf_lang::Message;
use rundruf_store::ImportRow;
use std::fs::File;
use std::io::BufReader;
use tokio::sync::mpsc;

/// Most rows of one chunk. Four chunks are in memory at a time: one is built, one waits, and the store commits two together.
const ROWS: usize = 10_000;
/// Most bytes of the file in one chunk: long rows are stored in smaller chunks.
const BYTES: u64 = 16 << 20;
/// Chunks that may wait for the store.
const WAITING: usize = 1;

/// Rows that are stored together.
#[derive(Default)]
pub(super) struct Chunk {
    pub(super) rows: Vec<ImportRow>,
    /// For each row: its addresses as written in the file, and why it is quarantined.
    pub(super) notes: RowNotes,
    /// Records that were refused.
    pub(super) refused: Vec<ImportLine>,
    /// Consent texts that the rows refer to: stored before them.
    pub(super) texts: Vec<Text>,
    /// Records and bytes of the file up to the end of this chunk.
    pub(super) records: u64,
    pub(super) bytes: u64,
}

/// What the report needs about each row.
#[derive(Default)]
pub(super) struct RowNotes(Vec<(Vec<Box<str>>, Option<Message>)>);

impl RowNotes {
    pub(super) fn address(&self, row: usize, nth: usize) -> String {
        self.0.get(row).and_then(|(typed, _)| typed.get(nth)).map_or_else(String::new, |t| t.as_ref().to_owned())
    }

    pub(super) fn quarantine_reason(&self, row: usize) -> Option<&Message> {
        self.0.get(row).and_then(|(_, why)| why.as_ref())
    }
}

impl Chunk {
    fn add(&mut self, built: BuiltRow) {
        self.rows.push(built.row);
        self.notes.0.push((built.typed, built.why));
    }
}

/// Builds chunks of the records, in the order of the file, until its end, an error, or until the receiver is dropped.
pub(super) fn chunks(mut from: CsvReader<BufReader<File>>, mut builder: RowBuilder) -> mpsc::Receiver<Result<Chunk>> {
    let (sender, chunks) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut records = 0;
        loop {
            let next = one(&mut from, &mut builder, &mut records);
            let is_last = !matches!(&next, Ok(Some(_)));
            if let Some(next) = next.transpose()
                && sender.blocking_send(next).is_err()
            {
                return;
            }
            if is_last {
                return;
            }
        }
    });
    chunks
}

/// The next chunk; `None` at the end.
fn one(from: &mut CsvReader<BufReader<File>>, builder: &mut RowBuilder, records: &mut u64) -> Result<Option<Chunk>> {
    let mut record = CsvRecord::default();
    let mut chunk = Chunk::default();
    let begin = (from.byte, *records);
    while chunk.rows.len() < ROWS && from.byte - begin.0 < BYTES && from.next(&mut record)? {
        *records += 1;
        match builder.build(&record) {
            Ok(built) => chunk.add(built),
            Err(refused) => chunk.refused.push(ImportLine {
                line: record.line,
                address: refused.address,
                verdict: "refused",
                reason: refused.reason,
            }),
        }
    }
    chunk.texts = builder.new_texts();
    (chunk.records, chunk.bytes) = (*records, from.byte);
    Ok((*records > begin.1).then_some(chunk))
}
