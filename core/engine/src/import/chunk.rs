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
use tokio::task::JoinHandle;

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

/// The chunks of a file in its order, built on their own thread.
pub(super) struct Chunks {
    built: mpsc::Receiver<Result<Chunk>>,
    builder: JoinHandle<()>,
}

impl Chunks {
    /// Builds chunks of the records until their end, an error, or until this is dropped.
    pub(super) fn of(mut from: CsvReader<BufReader<File>>, mut builder: RowBuilder) -> Self {
        let mut records = 0;
        Self::begin(move || one(&mut from, &mut builder, &mut records))
    }

    fn begin(mut next: impl FnMut() -> Result<Option<Chunk>> + Send + 'static) -> Self {
        let (sender, built) = mpsc::channel(WAITING);
        let builder = tokio::task::spawn_blocking(move || {
            while let Some(next) = next().transpose() {
                let is_last = next.is_err();
                if sender.blocking_send(next).is_err() || is_last {
                    return;
                }
            }
        });
        Self { built, builder }
    }

    /// The next chunk; `None` at the end of the file.
    ///
    /// # Errors
    /// If a record cannot be read, or the builder broke off: the end of its chunks is not the end of the file then.
    pub(super) async fn next(&mut self) -> Result<Option<Chunk>> {
        match self.built.recv().await {
            Some(chunk) => chunk.map(Some),
            None => {
                (&mut self.builder).await.map_err(std::io::Error::other)?;
                Ok(None)
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_builder_that_breaks_off_is_not_the_end_of_the_file() {
        let mut left = 2;
        #[allow(clippy::panic)]
        let mut chunks = Chunks::begin(move || {
            left -= 1;
            if left == 0 { panic!("a bug") } else { Ok(Some(Chunk::default())) }
        });
        assert!(chunks.next().await.unwrap().is_some());
        assert!(chunks.next().await.is_err());
        let mut whole = Chunks::begin(|| Ok(None));
        assert!(whole.next().await.unwrap().is_none());
    }
}
