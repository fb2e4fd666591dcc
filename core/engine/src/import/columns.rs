//! What each column is: by our own headings, by those that a map file or an option names, or by the words of other programs. What is none of
//! them is not stored, unless it is asked for.

use super::decode::DecodedFile;
use super::heading::{self, ColumnKind};
use super::record::{CsvReader, CsvRecord};
use crate::error::{EngineError, Result};
use crate::view::{ImportColumn, ImportForm};
use rundruf_consent::{Channel, ImportClass};
use rundruf_lang::{Message, msg};
use std::collections::BTreeMap;
use std::io::{BufRead, Read};

/// Most columns.
const MAX_COLUMNS: usize = 200;
/// Longest heading, in bytes.
const MAX_HEADING: u64 = 64 * 1024;
/// Records before the heading at most: a title, the date of an export.
const MAX_TITLES: usize = 6;

/// Where a value of each record comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum CellSource {
    Column(usize),
    /// The same for all (`--set`).
    Constant(String),
}

/// The columns of a file.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) channel: Option<CellSource>,
    pub(super) address: Option<CellSource>,
    /// One column for each channel.
    pub(super) by_channel: Vec<(Channel, usize)>,
    pub(super) language: Option<CellSource>,
    pub(super) requested_at: Option<CellSource>,
    pub(super) confirmed_at: Option<CellSource>,
    pub(super) source: Option<CellSource>,
    pub(super) consent_text: Option<CellSource>,
    pub(super) last_used_at: Option<CellSource>,
    /// Variables of the contact.
    pub(super) vars: Vec<(String, CellSource)>,
    pub(super) width: usize,
    /// What each heading was taken for, for the admin.
    pub(super) uses: Vec<ImportColumn>,
}

/// How the file is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    /// Records up to the heading, itself included.
    pub(super) header: usize,
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

/// The first lines that are not blank.
fn first_lines(mut from: impl BufRead) -> std::io::Result<Vec<Vec<u8>>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    while lines.len() < MAX_TITLES {
        let mut line = Vec::new();
        if from.by_ref().take(MAX_HEADING + 1).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        // Files of old Macs end their lines with CR alone.
        let is_old = line.trim_ascii_end().contains(&b'\r');
        let whole = line.len() as u64 <= MAX_HEADING;
        if is_old && whole {
            lines.extend(line.split(|b| *b == b'\r').filter(|l| !l.trim_ascii().is_empty()).map(<[u8]>::to_vec));
        } else if !line.trim_ascii().is_empty() {
            lines.push(line);
        }
        if !whole {
            break;
        }
    }
    lines.truncate(MAX_TITLES);
    Ok(lines)
}

/// The delimiter that Excel's own line `sep=;` names.
fn named_delimiter(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(line).trim_ascii_end();
    let line = line.strip_prefix(b"\"").and_then(|l| l.strip_suffix(b"\"")).unwrap_or(line);
    let (word, delimiter) = line.split_at_checked(4)?;
    match delimiter {
        [one @ (b';' | b',' | b'\t' | b'|')] if word.eq_ignore_ascii_case(b"sep=") => Some(*one),
        [] if word.eq_ignore_ascii_case(b"sep=") => Some(b'\t'),
        _ => None,
    }
}

impl Columns {
    /// Finds and reads the heading.
    ///
    /// # Errors
    /// If there is no heading, or a column is missing, is there twice, or is named by map or option and does not exist.
    pub(super) fn read(decoded: &DecodedFile, form: &ImportForm) -> Result<(Self, Layout)> {
        let lines = first_lines(decoded.open()?)?;
        let named = lines.first().and_then(|line| named_delimiter(line));
        let begin = usize::from(named.is_some());
        let mut first_failure = None;
        for (n, line) in lines.iter().enumerate().skip(begin) {
            let delimiter = named.unwrap_or_else(|| detect_delimiter(line));
            if line.len() as u64 > MAX_HEADING {
                let failure = refused(msg!("engine-csv-heading-long"), msg!("engine-csv-heading-help"));
                return Err(first_failure.unwrap_or(failure));
            }
            let layout = Layout { delimiter, header: n + 1 };
            match Self::at(decoded, form, layout) {
                Ok(columns) => return Ok((columns, layout)),
                // A title is before the heading, and names no column.
                Err(failure) if n == begin && !is_missing(&failure) => return Err(failure),
                Err(failure) if is_heading(decoded, layout)? => return Err(failure),
                Err(failure) => first_failure = first_failure.or(Some(failure)),
            }
        }
        Err(first_failure.unwrap_or_else(|| refused(msg!("engine-csv-empty"), msg!("engine-csv-heading-help"))))
    }

    fn at(decoded: &DecodedFile, form: &ImportForm, layout: Layout) -> Result<Self> {
        let mut records = CsvReader::new(decoded.open()?, layout.delimiter)?;
        let mut heading = CsvRecord::default();
        for _ in 0..layout.header {
            if !records.next(&mut heading)? {
                return Err(refused(msg!("engine-csv-empty"), msg!("engine-csv-heading-help")));
            }
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
        Self::of(&heading, form)
    }

    fn of(heading: &CsvRecord, form: &ImportForm) -> Result<Self> {
        let names: Vec<&str> = heading.fields().map(str::trim).collect();
        check_map(&names, &form.map)?;
        check_kept(&names, &form.keep)?;
        let channel = constant_channel(form)?;
        let ours = name_columns(&names, form, channel);
        for (second, name) in ours.iter().enumerate() {
            let Some(name) = name else { continue };
            let same = |other: &Option<String>| other.as_ref() == Some(name);
            if let Some(first) = ours.iter().take(second).position(same) {
                let (line, shown) = (heading.line, name.escape_debug());
                let message =
                    msg!("engine-csv-column-twice", line = line, name = %shown, first = first + 1, second = second + 1);
                return Err(refused(message, msg!("engine-csv-column-twice-help", name = %shown)));
            }
        }
        let mut columns = Self { width: names.len(), ..Self::default() };
        for (name, value) in &form.set {
            if !is_plain(name) {
                let pair = format!("`--set {}`", name.escape_debug());
                return Err(refused(msg!("engine-csv-set-name", pair = pair), msg!("engine-variable-name-help")));
            }
            if let Some(at) = ours.iter().position(|n| n.as_ref() == Some(name)) {
                let heading: String = names.get(at).unwrap_or(&"").escape_debug().take(64).collect();
                let message = msg!("engine-csv-set-column", name = name, heading = heading);
                return Err(refused(message, msg!("engine-csv-set-column-help")));
            }
            if !matches!(heading::own(name), Some(ColumnKind::Of(_))) {
                columns.put(name, CellSource::Constant(value.clone()));
            } else {
                return Err(refused(msg!("engine-csv-set-address", name = name), msg!("engine-csv-set-column-help")));
            }
        }
        for (at, name) in ours.iter().enumerate() {
            if let Some(name) = name {
                columns.put(name, CellSource::Column(at));
            }
        }
        columns.check(&names, form.class)?;
        columns.one_person_each(&names, &ours, form);
        let heading_of = |at: usize| names.get(at).map(|n| n.chars().take(64).collect::<String>()).unwrap_or_default();
        let dropped = |at: usize| columns.by_channel.iter().all(|(_, column)| *column != at);
        let uses = ours
            .iter()
            .enumerate()
            .filter(|(at, name)| name.is_some() || !heading_of(*at).is_empty())
            .map(|(at, name)| {
                let is_address = name.as_deref().is_some_and(|n| Channel::parse(n).is_some());
                let name = name.clone().filter(|_| !is_address || !dropped(at));
                ImportColumn { heading: heading_of(at), name }
            })
            .collect();
        columns.uses = uses;
        Ok(columns)
    }

    fn put(&mut self, name: &str, from: CellSource) {
        match (heading::own(name), from) {
            (Some(ColumnKind::Of(channel)), CellSource::Column(at)) => self.by_channel.push((channel, at)),
            (Some(ColumnKind::Of(_)), CellSource::Constant(_)) => {}
            (Some(ColumnKind::Channel), from) => self.channel = Some(from),
            (Some(ColumnKind::Address), from) => self.address = Some(from),
            (Some(ColumnKind::Language), from) => self.language = Some(from),
            (Some(ColumnKind::RequestedAt), from) => self.requested_at = Some(from),
            (Some(ColumnKind::ConfirmedAt), from) => self.confirmed_at = Some(from),
            (Some(ColumnKind::Source), from) => self.source = Some(from),
            (Some(ColumnKind::ConsentText), from) => self.consent_text = Some(from),
            (Some(ColumnKind::LastUsedAt), from) => self.last_used_at = Some(from),
            (Some(ColumnKind::Variable(_)) | None, from) => self.vars.push((name.to_owned(), from)),
        }
    }

    fn check(&self, names: &[&str], class: ImportClass) -> Result<()> {
        let addressed = (self.channel.is_some() && self.address.is_some()) || !self.by_channel.is_empty();
        let mut missing: Vec<&str> = Vec::new();
        if !addressed {
            missing.extend(
                [("channel", &self.channel), ("address", &self.address)]
                    .iter()
                    .filter(|(_, c)| c.is_none())
                    .map(|(n, _)| *n),
            );
        }
        if class == ImportClass::A {
            let proof = [&self.requested_at, &self.confirmed_at, &self.source, &self.consent_text];
            missing.extend(PROOF.into_iter().zip(proof).filter(|(_, c)| c.is_none()).map(|(n, _)| n));
        }
        if missing.is_empty() {
            return Ok(());
        }
        let message = msg!("engine-csv-columns-missing", names = missing.join(", "));
        let first = if missing.contains(&"address") { "email" } else { missing.first().copied().unwrap_or_default() };
        let help = msg!("engine-csv-columns-missing-help", names = printable(names), name = first);
        Err(refused(message, help))
    }

    /// A proof is for one address. A phone number that is only called `Handy` beside an e-mail address is not taken by the proof of that row:
    /// the admin names the column if it is for both.
    fn one_person_each(&mut self, names: &[&str], ours: &[Option<String>], form: &ImportForm) {
        let is_said = |at: usize| {
            let heading = names.get(at).copied().unwrap_or_default();
            let own = ours.get(at).cloned().flatten();
            form.map.values().any(|theirs| theirs == heading)
                || own.is_some_and(|own| own == heading::own_form(heading))
        };
        let has_mail = self.address.is_some() || self.by_channel.iter().any(|(c, _)| *c == Channel::Email);
        if form.class == ImportClass::A && has_mail {
            self.by_channel.retain(|(channel, at)| *channel == Channel::Email || is_said(*at));
        }
    }
}

/// Whether a record names one of our columns.
fn is_heading(decoded: &DecodedFile, layout: Layout) -> Result<bool> {
    let mut records = CsvReader::new(decoded.open()?, layout.delimiter)?;
    let mut heading = CsvRecord::default();
    for _ in 0..layout.header {
        records.next(&mut heading)?;
    }
    let known = |name: &str| heading::own(&heading::own_form(name)).is_some() || heading::other(name, None).is_some();
    Ok(heading.fields().any(known))
}

/// Whether a heading is refused for a column that it does not have.
fn is_missing(failure: &EngineError) -> bool {
    let keys = ["engine-csv-columns-missing", "engine-csv-map-column", "engine-csv-keep-column"];
    matches!(failure, EngineError::Refused { message, .. } if keys.contains(&message.key()))
}

/// The channel of all records, if the admin has said it.
fn constant_channel(form: &ImportForm) -> Result<Option<Channel>> {
    let Some(word) = form.set.get("channel") else { return Ok(None) };
    let channel = Channel::parse(&word.trim().to_ascii_lowercase());
    let shown = || word.escape_debug().take(40).collect::<String>();
    let channels = || Channel::ALL.map(Channel::word).join(", ");
    channel.map(Some).ok_or_else(|| {
        EngineError::refused(
            "csv",
            msg!("engine-no-channel", name = shown()),
            msg!("engine-csv-channels", names = channels()),
        )
    })
}

/// For each heading our name of it: by the map, by itself, by the words of other programs, or because it is to be kept.
fn name_columns(names: &[&str], form: &ImportForm, channel: Option<Channel>) -> Vec<Option<String>> {
    let mut ours: Vec<Option<String>> = names
        .iter()
        .map(|heading| {
            let mapped = form.map.iter().find(|(_, theirs)| theirs == heading).map(|(ours, _)| ours.clone());
            let own = || Some(heading::own_form(heading)).filter(|own| heading::own(own).is_some());
            mapped.or_else(own)
        })
        .collect();
    let is_taken = |ours: &[Option<String>], name: &str| ours.iter().any(|n| n.as_deref() == Some(name));
    let pair = channel.is_some() && !is_taken(&ours, "address") && channel.is_some_and(|c| !is_taken(&ours, c.word()));
    let known = ours.clone();
    for (heading, name) in names.iter().zip(&mut ours).filter(|(_, name)| name.is_none()) {
        let other = heading::other(heading, channel.filter(|_| pair)).map(heading::name_of);
        // What is named outright, or set, needs no guess.
        *name = other.filter(|n| !is_taken(&known, n) && !form.set.contains_key(*n)).map(str::to_owned);
    }
    // `Vorname;Name`: then the name is the last name.
    if is_taken(&ours, "first_name") && !is_taken(&ours, "last_name") {
        let name =
            names.iter().zip(&mut ours).find(|(heading, name)| name.is_none() && heading.eq_ignore_ascii_case("name"));
        if let Some((_, name)) = name {
            *name = Some("last_name".to_owned());
        }
    }
    for (heading, name) in names.iter().zip(&mut ours).filter(|(_, name)| name.is_none()) {
        if form.keep_all || form.keep.iter().any(|kept| kept == heading) {
            *name = Some(heading::variable(heading)).filter(|n| is_plain(n));
        }
    }
    ours
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

/// Refuses `--keep` with a column that does not exist.
fn check_kept(names: &[&str], keep: &[String]) -> Result<()> {
    match keep.iter().find(|kept| !names.contains(&kept.as_str())) {
        None => Ok(()),
        Some(kept) => {
            let shown: String = kept.escape_debug().take(64).collect();
            let help = msg!("engine-csv-map-column-help", names = printable(names));
            Err(refused(msg!("engine-csv-keep-column", name = shown), help))
        }
    }
}
