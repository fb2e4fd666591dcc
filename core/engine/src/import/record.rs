//! Reads CSV records (RFC 4180) as office programs write them: LF, CRLF or CR, blank lines, quoted line breaks, spaces behind a closing quotation
//! mark. Knows the line where each record begins, and holds one record of at most 1 MiB in memory.
//!
//! The `csv` crate is not used: it joins text behind a closing quotation mark to the field without a word, which here is a fault of the record,
//! and it has no limit for a record whose quotation mark is never closed.

use crate::error::{EngineError, Result};
use rundruf_lang::{Message, msg};
use std::io::BufRead;

/// Longest record, in bytes.
const MAX: usize = 1 << 20;

/// One record of the file.
#[derive(Debug, Default)]
pub(super) struct CsvRecord {
    text: String,
    /// Where each field ends in `text`.
    ends: Vec<usize>,
    /// Line where it begins, from 1.
    pub(super) line: u64,
    /// Why it cannot be read; the records behind it can.
    pub(super) fault: Option<Message>,
}

impl CsvRecord {
    /// A field; empty if the record is shorter.
    pub(super) fn get(&self, field: usize) -> &str {
        let begin = field.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        match (begin, self.ends.get(field)) {
            (Some(begin), Some(end)) => self.text.get(begin..*end).unwrap_or(""),
            _ => "",
        }
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).map(|n| self.get(n))
    }

    pub(super) const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has only delimiters and spaces: such a record is skipped.
    pub(super) fn is_blank(&self) -> bool {
        self.fault.is_none() && self.fields().all(|f| f.trim().is_empty())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ParseState {
    /// Before the first byte of a field.
    Begin,
    Plain,
    Quoted,
    /// Behind a quotation mark within quotation marks: the end of the field, or the first half of a doubled one.
    Quote,
}

/// Reads records.
pub(super) struct CsvReader<R> {
    from: R,
    delimiter: u8,
    /// Line of the next byte.
    line: u64,
    /// The last byte was CR: an LF behind it ends the same line.
    after_cr: bool,
    /// Bytes read so far.
    pub(super) byte: u64,
    bytes: Vec<u8>,
}

fn refused(line: u64, fault: Message, help: Message) -> EngineError {
    EngineError::refused("csv", msg!("engine-csv-line", line = line, fault = fault), help)
}

impl<R: BufRead> CsvReader<R> {
    pub(super) fn new(mut from: R, delimiter: u8) -> std::io::Result<Self> {
        // The byte order mark is not part of the first heading.
        let mark = [0xef, 0xbb, 0xbf];
        let is_marked = from.fill_buf()?.starts_with(&mark);
        if is_marked {
            from.consume(mark.len());
        }
        let byte = if is_marked { mark.len() as u64 } else { 0 };
        Ok(Self { from, delimiter, line: 1, after_cr: false, byte, bytes: Vec::new() })
    }

    /// Reads the next record that is not blank; false at the end.
    ///
    /// # Errors
    /// If the file cannot be read, or the record is not valid: with the line where it begins.
    pub(super) fn next(&mut self, record: &mut CsvRecord) -> Result<bool> {
        while self.any(record)? {
            if !record.is_blank() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn any(&mut self, record: &mut CsvRecord) -> Result<bool> {
        record.ends.clear();
        record.fault = None;
        self.bytes.clear();
        let (mut at, mut begun) = (ParseState::Begin, false);
        loop {
            let piece = self.from.fill_buf()?;
            if piece.is_empty() {
                if !begun {
                    return Ok(false);
                }
                if at == ParseState::Quoted {
                    let fault = msg!("engine-csv-open-quote");
                    return Err(refused(record.line, fault, msg!("engine-csv-quotes-help")));
                }
                record.ends.push(self.bytes.len());
                break;
            }
            let mut used = 0;
            let mut ended = false;
            while let Some(byte) = piece.get(used).copied() {
                if self.after_cr {
                    self.after_cr = false;
                    if byte == b'\n' {
                        // Within quotation marks it belongs to the value.
                        if at == ParseState::Quoted {
                            self.bytes.push(byte);
                        }
                        used += 1;
                        continue;
                    }
                }
                if !begun {
                    begun = true;
                    record.line = self.line;
                }
                match at {
                    ParseState::Quoted => {
                        let rest = piece.get(used..).unwrap_or_default();
                        let run = rest.iter().position(|b| matches!(b, b'"' | b'\n' | b'\r')).unwrap_or(rest.len());
                        self.bytes.extend_from_slice(rest.get(..run).unwrap_or_default());
                        used += run;
                        match rest.get(run) {
                            Some(b'"') => at = ParseState::Quote,
                            Some(newline) => {
                                self.bytes.push(*newline);
                                self.line += 1;
                                self.after_cr = *newline == b'\r';
                            }
                            None => continue,
                        }
                        used += 1;
                        continue;
                    }
                    ParseState::Begin if byte == b'"' => at = ParseState::Quoted,
                    ParseState::Quote if byte == b'"' => {
                        self.bytes.push(byte);
                        at = ParseState::Quoted;
                    }
                    _ if byte == self.delimiter => {
                        record.ends.push(self.bytes.len());
                        at = ParseState::Begin;
                    }
                    _ if matches!(byte, b'\n' | b'\r') => {
                        record.ends.push(self.bytes.len());
                        self.line += 1;
                        self.after_cr = byte == b'\r';
                        used += 1;
                        ended = true;
                        break;
                    }
                    ParseState::Quote if byte == b' ' => {}
                    ParseState::Quote => {
                        record.fault = Some(msg!("engine-row-behind-quote"));
                        self.bytes.push(byte);
                        at = ParseState::Plain;
                    }
                    ParseState::Begin | ParseState::Plain => {
                        let rest = piece.get(used..).unwrap_or_default();
                        let is_end = |b: &u8| *b == self.delimiter || matches!(b, b'\n' | b'\r');
                        let run = rest.iter().position(is_end).unwrap_or(rest.len());
                        self.bytes.extend_from_slice(rest.get(..run).unwrap_or_default());
                        used += run;
                        at = ParseState::Plain;
                        continue;
                    }
                }
                used += 1;
            }
            self.from.consume(used);
            self.byte += used as u64;
            if self.bytes.len() > MAX || record.ends.len() > MAX {
                return Err(refused(record.line, msg!("engine-csv-record-long"), msg!("engine-csv-quotes-help")));
            }
            if ended {
                break;
            }
        }
        record.text.clear();
        if self.bytes.contains(&0) {
            return Err(refused(record.line, msg!("engine-csv-nul-character"), msg!("engine-csv-export-help")));
        }
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => record.text.push_str(text),
            Err(_) => return Err(refused(record.line, msg!("engine-csv-damaged"), msg!("engine-csv-utf8-help"))),
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    fn read(text: &[u8], piece: usize) -> Result<Vec<(u64, Vec<String>, bool)>, String> {
        let mut records = CsvReader::new(BufReader::with_capacity(piece, text), b',').unwrap();
        let (mut record, mut out) = (CsvRecord::default(), Vec::new());
        while records.next(&mut record).map_err(|e| e.to_string())? {
            let fields = record.fields().map(str::to_owned).collect();
            out.push((record.line, fields, record.fault.is_some()));
        }
        assert_eq!(records.byte, text.len() as u64);
        Ok(out)
    }

    #[track_caller]
    fn check(text: &str, want: &[(u64, &[&str])]) {
        // The result does not depend on how the bytes are split.
        for piece in [3, 4, 5, 7, 4_096] {
            let got = read(text.as_bytes(), piece).unwrap();
            let got: Vec<(u64, Vec<&str>)> =
                got.iter().map(|(l, f, _)| (*l, f.iter().map(String::as_str).collect())).collect();
            let want: Vec<(u64, Vec<&str>)> = want.iter().map(|(l, f)| (*l, f.to_vec())).collect();
            assert_eq!(got, want, "{text:?} in pieces of {piece}");
        }
    }

    #[test]
    fn records_know_the_line_where_they_begin() {
        check("a,b\n1,2\n", &[(1, &["a", "b"]), (2, &["1", "2"])]);
        check("a,b\r\n1,2\r\n\r\n3,4", &[(1, &["a", "b"]), (2, &["1", "2"]), (4, &["3", "4"])]);
        check("a\r1\r\r2", &[(1, &["a"]), (2, &["1"]), (4, &["2"])]);
        check("\n\n , \na\n", &[(4, &["a"])]);
        check("a,\"1\n2\r\n3\"\nb,c\n", &[(1, &["a", "1\n2\r\n3"]), (4, &["b", "c"])]);
        check("\"a\"\"b\",\"\",c\n", &[(1, &["a\"b", "", "c"])]);
        check("\"a\" ,5\" pipe,\"x,y\"", &[(1, &["a", "5\" pipe", "x,y"])]);
        check("\u{feff}\"a\",b\n", &[(1, &["a", "b"])]);
        check("ä,\"ö\nü\"\n€,\n", &[(1, &["ä", "ö\nü"]), (3, &["€", ""])]);
        check("", &[]);
    }

    #[test]
    fn text_behind_a_closing_quotation_mark_refuses_one_record() {
        let got = read(b"\"a\"x,b\nc,d\n", 4_096).unwrap();
        assert_eq!(got.iter().map(|(line, _, fault)| (*line, *fault)).collect::<Vec<_>>(), [(1, true), (2, false)]);
    }

    #[test]
    fn an_invalid_file_is_refused_with_its_line() {
        for (text, want) in [
            ("a\n\"b\nc\n", "line 2: a quotation mark"),
            ("a\nb\0\n", "line 2: a NUL"),
            ("a\n\n\"\n\u{0}\n\"", "line 3: a NUL"),
        ] {
            let got = read(text.as_bytes(), 4_096).unwrap_err();
            assert!(got.starts_with(want), "{got}");
        }
        assert!(read(b"a\n\xff\n", 64).unwrap_err().starts_with("line 2"));
    }

    #[test]
    fn an_endless_record_needs_bounded_memory() {
        for filler in [b'x', b',', b'"'] {
            let endless = b"a,b\n".chain(std::io::repeat(filler));
            let mut records = CsvReader::new(BufReader::with_capacity(4_096, endless), b',').unwrap();
            let mut record = CsvRecord::default();
            assert!(records.next(&mut record).unwrap());
            let message = records.next(&mut record).unwrap_err().to_string();
            assert!(message.starts_with("line 2: the record"), "{message}");
            assert!(records.bytes.capacity() + record.ends.capacity() * 8 < 32 * MAX, "bounded");
        }
    }
}
