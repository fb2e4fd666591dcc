//! Rows that are stored together, made on a thread of their own while the store writes the ones before.

use super::record::{Record, Records};
use super::row::{Made, Maker};
use crate::error::EngineError;
use crate::view::ImportLine;
use rundruf_consent::text::Text;
use rundruf_store::ImportRow;
use std::fs::File;
use std::io::BufReader;
use tokio::sync::mpsc;

/// Most rows of one array. Four are alive at a time: one is made, one waits, and the store commits two as one.
const ROWS: usize = 10_000;
/// Most bytes of the file that one array is made of: long rows are stored in smaller arrays.
const BYTES: u64 = 16 << 20;
/// Arrays that may wait for the store.
const WAITING: usize = 1;

/// Rows that are stored together.
#[derive(Default)]
pub(super) struct Array {
    pub(super) rows: Vec<ImportRow>,
    /// For each row: its addresses as they stand in the file, and why it is quarantined.
    pub(super) notes: Notes,
    /// Records that are no rows.
    pub(super) refused: Vec<ImportLine>,
    /// Consent texts that rows name: stored before them.
    pub(super) texts: Vec<Text>,
    /// Records of the file up to here, and its bytes.
    pub(super) records: u64,
    pub(super) bytes: u64,
}

/// What the report may say about each row.
#[derive(Default)]
pub(super) struct Notes(Vec<(Vec<Box<str>>, Option<&'static str>)>);

impl Notes {
    pub(super) fn address(&self, row: usize, nth: usize) -> String {
        self.0.get(row).and_then(|(typed, _)| typed.get(nth)).map_or_else(String::new, |t| t.as_ref().to_owned())
    }

    pub(super) fn why(&self, row: usize) -> Option<&'static str> {
        self.0.get(row).and_then(|(_, why)| *why)
    }
}

impl Array {
    fn add(&mut self, made: Made) {
        self.rows.push(made.row);
        self.notes.0.push((made.typed, made.why));
    }
}

/// Makes arrays of the records behind the heading, in the order of the file, until its end, a failure, or until nobody takes them any more.
pub(super) fn arrays(
    mut from: Records<BufReader<File>>,
    mut maker: Maker,
) -> mpsc::Receiver<Result<Array, EngineError>> {
    let (sender, arrays) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut records = 0;
        loop {
            let next = one(&mut from, &mut maker, &mut records);
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
    arrays
}

/// The next array; `None` at the end.
fn one(
    from: &mut Records<BufReader<File>>,
    maker: &mut Maker,
    records: &mut u64,
) -> Result<Option<Array>, EngineError> {
    let mut record = Record::default();
    let mut array = Array::default();
    let begin = (from.byte, *records);
    while array.rows.len() < ROWS && from.byte - begin.0 < BYTES && from.next(&mut record)? {
        *records += 1;
        match maker.row(&record) {
            Ok(made) => array.add(made),
            Err(refused) => array.refused.push(ImportLine {
                line: record.line,
                address: refused.address,
                verdict: "refused",
                reason: refused.reason,
            }),
        }
    }
    array.texts = maker.new_texts();
    (array.records, array.bytes) = (*records, from.byte);
    Ok((*records > begin.1).then_some(array))
}
