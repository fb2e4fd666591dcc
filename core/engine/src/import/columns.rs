//! What each column is: by our own headings, or by those that a map file names.

use super::decode::DecodedFile;
use super::record::{CsvReader, CsvRecord};
use crate::error::{EngineError, Result};
use crate::view::ImportForm;
use rundruf_consent::{Channel, ImportClass};
use rundruf_lang::{Message, msg};
use std::collections::BTreeMap;
use std::io::{BufRead, Read};

/// Most columns.
const MAX_COLUMNS: usize = 200;
/// Longest heading, in bytes.
const MAX_HEADING: u64 = 64 * 1024;

/// The columns of a file, by position.
pub(super) struct Columns {
    pub(super) channel: Option<usize>,
    pub(super) address: Option<usize>,
    /// One column for each channel.
    pub(super) by_channel: Vec<(Channel, usize)>,
    pub(super) language: Option<usize>,
    pub(super) requested_at: Option<usize>,
    pub(super) confirmed_at: Option<usize>,
    pub(super) source: Option<usize>,
    pub(super) consent_text: Option<usize>,
    pub(super) last_used_at: Option<usize>,
    /// Every other column with a plain name becomes a variable of the contact.
    pub(super) vars: Vec<(String, usize)>,
    pub(super) width: usize,
}

const PROOF: [&str; 4] = ["requested_at", "confirmed_at", "source", "consent_text"];

fn refused(message: Message, help: Message) -> EngineError {
    EngineError::refused("csv", message, help)
}

/// The delimiter of a heading: the most frequent one outside of quotation marks.
fn detect_delimiter(heading: &[u8]) -> u8 {
    let mut counts = [(b'\t', 0), (b';', 0), (b',', 0)];
    let mut quoted = false;
    for byte in heading {
        quoted ^= *byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(d, _)| d == byte && !quoted) {
            *count += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| delimiter)
}

/// The first line that is not blank.
fn first_line(mut from: impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut line = Vec::new();
    while line.trim_ascii().is_empty() {
        line.clear();
        if from.by_ref().take(MAX_HEADING + 1).read_until(b'\n', &mut line)? == 0 {
            break;
        }
    }
    // Files of old Macs end their lines with CR alone.
    if let Some(end) = line.trim_ascii_end().iter().position(|b| *b == b'\r').filter(|end| *end > 0) {
        line.truncate(end);
    }
    Ok(line)
}

impl Columns {
    /// Reads the heading. Answers the columns and the delimiter.
    ///
    /// # Errors
    /// If there is no heading, or a column is missing, is there twice, or is named by the map and does not exist.
    pub(super) fn read(decoded: &DecodedFile, form: &ImportForm) -> Result<(Self, u8)> {
        let first = first_line(decoded.open()?)?;
        if first.len() as u64 > MAX_HEADING {
            return Err(refused(msg!("engine-csv-heading-long"), msg!("engine-csv-heading-help")));
        }
        let delimiter = detect_delimiter(&first);
        let mut heading = CsvRecord::default();
        if !CsvReader::new(decoded.open()?, delimiter)?.next(&mut heading)? {
            return Err(refused(msg!("engine-csv-empty"), msg!("engine-csv-heading-help")));
        }
        if let Some(fault) = heading.fault {
            return Err(refused(
                msg!("engine-csv-line", line = heading.line, fault = fault),
                msg!("engine-csv-quotes-help"),
            ));
        }
        if heading.len() > MAX_COLUMNS {
            let message =
                msg!("engine-csv-columns-too-many", line = heading.line, columns = heading.len(), most = MAX_COLUMNS);
            return Err(refused(message, msg!("engine-csv-columns-too-many-help")));
        }
        Ok((Self::of(&heading, form)?, delimiter))
    }

    fn of(heading: &CsvRecord, form: &ImportForm) -> Result<Self> {
        let names: Vec<&str> = heading.fields().map(str::trim).collect();
        check_map(&names, &form.map)?;
        // Our name by the map, else the heading itself.
        let named: Vec<String> = names
            .iter()
            .map(|n| {
                let mapped = form.map.iter().find(|(_, theirs)| *theirs == n);
                mapped.map_or_else(|| n.to_ascii_lowercase().replace([' ', '-'], "_"), |(ours, _)| ours.clone())
            })
            .collect();
        for (second, name) in named.iter().enumerate().filter(|(_, n)| !n.is_empty()) {
            if let Some(first) = named.iter().take(second).position(|n| n == name) {
                let (line, name) = (heading.line, name.escape_debug());
                let message =
                    msg!("engine-csv-column-twice", line = line, name = %name, first = first + 1, second = second + 1);
                return Err(refused(message, msg!("engine-csv-column-twice-help")));
            }
        }
        let find = |name: &str| named.iter().position(|n| n == name);
        let mut columns = Self {
            channel: find("channel"),
            address: find("address"),
            by_channel: Channel::ALL.into_iter().filter_map(|c| Some((c, find(c.word())?))).collect(),
            language: find("language"),
            requested_at: find("requested_at"),
            confirmed_at: find("confirmed_at"),
            source: find("source"),
            consent_text: find("consent_text"),
            last_used_at: find("last_used_at"),
            vars: Vec::new(),
            width: names.len(),
        };
        columns.check(&named, form.class)?;
        let known = ["channel", "address", "language", "last_used_at"];
        for (n, name) in named.iter().enumerate() {
            if known.contains(&name.as_str())
                || PROOF.contains(&name.as_str())
                || Channel::parse(name).is_some()
                || name.is_empty()
            {
                continue;
            }
            if is_plain(name) {
                columns.vars.push((name.clone(), n));
            }
        }
        Ok(columns)
    }

    fn check(&self, named: &[String], class: ImportClass) -> Result<()> {
        let addressed = (self.channel.is_some() && self.address.is_some()) || !self.by_channel.is_empty();
        let mut missing: Vec<&str> = Vec::new();
        if !addressed {
            missing.extend(["channel", "address"].into_iter().filter(|n| !named.iter().any(|h| h == n)));
        }
        if class == ImportClass::A {
            missing.extend(PROOF.into_iter().filter(|n| !named.iter().any(|h| h == n)));
        }
        if missing.is_empty() {
            return Ok(());
        }
        let message = msg!("engine-csv-columns-missing", names = missing.join(", "));
        let first = missing.first().copied().unwrap_or_default();
        let help = msg!("engine-csv-columns-missing-help", names = printable(named), name = first);
        Err(refused(message, help))
    }
}

/// Headings in a form that is safe to print, shortened.
fn printable<T: AsRef<str>>(names: &[T]) -> String {
    let all: Vec<String> = names.iter().map(|n| n.as_ref().escape_debug().take(64).collect()).collect();
    all.join(", ").chars().take(500).collect()
}

/// Whether a variable may have this name.
fn is_plain(name: &str) -> bool {
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    plain && !name.is_empty() && name.len() <= 64 && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Refuses a map that names a column that does not exist, names one twice, or gives it a name that cannot be a column or variable.
fn check_map(names: &[&str], map: &BTreeMap<String, String>) -> Result<()> {
    for (ours, theirs) in map {
        let pair = format!("`{} = \"{}\"`", ours.escape_debug(), theirs.escape_debug());
        if !is_plain(ours) {
            return Err(refused(msg!("engine-csv-map-name", pair = pair), msg!("engine-variable-name-help")));
        }
        if !names.contains(&theirs.as_str()) {
            let message = msg!("engine-csv-map-column", pair = pair);
            return Err(refused(message, msg!("engine-csv-map-column-help", names = printable(names))));
        }
        if let Some((other, _)) = map.iter().find(|(o, t)| *o < ours && *t == theirs) {
            let message = msg!("engine-csv-map-twice", pair = pair, name = other);
            return Err(refused(message, msg!("engine-csv-map-twice-help")));
        }
    }
    Ok(())
}
