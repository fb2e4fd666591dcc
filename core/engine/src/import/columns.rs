//! Which column is what: our own headings, or those that a map file names.

use crate::error::EngineError;
use crate::view::ImportForm;
use rundruf_consent::{Channel, ImportClass};
use std::io::{BufRead, Read};

/// Most columns.
const MAX_COLUMNS: usize = 200;
/// Longest heading, in bytes.
const MAX_HEADING: u64 = 64 * 1024;

/// What the columns of a file are.
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
    /// Everything else that is a plain name becomes a variable of the contact.
    pub(super) vars: Vec<(String, usize)>,
    pub(super) width: usize,
}

const PROOF: [&str; 4] = ["requested_at", "confirmed_at", "source", "consent_text"];

/// The delimiter of a heading: what stands in it most often.
fn sniff(heading: &str) -> u8 {
    [b',', b';', b'\t'].into_iter().max_by_key(|d| heading.bytes().filter(|b| b == d).count()).unwrap_or(b',')
}

/// A failure of the CSV reader, with its place.
pub(super) fn unreadable(error: &csv::Error) -> EngineError {
    let place = error.position().map_or_else(String::new, |p| format!("line {}: ", p.line()));
    EngineError::refused(
        "csv",
        format!("{place}this cannot be read as CSV: {error}"),
        "look at the quotation marks there",
    )
}

impl Columns {
    /// Reads the heading.
    pub(super) fn read(mut from: impl BufRead, form: &ImportForm) -> Result<(Self, u8), EngineError> {
        let mut first = Vec::new();
        while first.trim_ascii().is_empty() {
            first.clear();
            if from.by_ref().take(MAX_HEADING + 1).read_until(b'\n', &mut first)? == 0 {
                break;
            }
        }
        let first = String::from_utf8_lossy(&first).into_owned();
        if first.len() as u64 > MAX_HEADING {
            let message = "line 1: the heading is longer than 64 KiB: is this one long line, or no CSV file?";
            return Err(EngineError::refused("csv", message, "the first line names the columns"));
        }
        let delimiter = sniff(&first);
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(first.as_bytes());
        let heading = reader.headers().map_err(|e| unreadable(&e))?.clone();
        if heading.len() > MAX_COLUMNS {
            return Err(EngineError::refused(
                "csv",
                format!("{} columns, at most {MAX_COLUMNS} are read", heading.len()),
                "export fewer",
            ));
        }
        if first.trim().is_empty() {
            return Err(EngineError::refused("csv", "the file is empty", "the first line names the columns"));
        }
        Ok((Self::of(&heading, form)?, delimiter))
    }

    fn of(heading: &csv::StringRecord, form: &ImportForm) -> Result<Self, EngineError> {
        let names: Vec<String> = heading.iter().map(|h| h.trim().trim_start_matches('\u{feff}').to_owned()).collect();
        for (ours, theirs) in &form.map {
            if !names.iter().any(|n| n == theirs) {
                return Err(EngineError::refused(
                    "csv",
                    format!("the map says `{ours} = \"{theirs}\"`, but the file has no column `{theirs}`"),
                    format!("its columns are: {}", names.join(", ")),
                ));
            }
        }
        // Ours by the map, else by their own name.
        let named: Vec<String> = names
            .iter()
            .map(|n| {
                form.map
                    .iter()
                    .find(|(_, theirs)| *theirs == n)
                    .map_or_else(|| n.to_ascii_lowercase(), |(ours, _)| ours.clone())
            })
            .collect();
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
            let plain =
                name.len() <= 64 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if plain && !name.starts_with(|c: char| c.is_ascii_digit()) {
                columns.vars.push((name.clone(), n));
            }
        }
        Ok(columns)
    }

    fn check(&self, named: &[String], class: ImportClass) -> Result<(), EngineError> {
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
        let message = format!("these columns are missing: {}", missing.join(", "));
        let help = format!(
            "the file has: {}. Rename them, or name them in a map file (`--map`): {} = \"their heading\"",
            named.join(", "),
            missing.first().copied().unwrap_or_default()
        );
        Err(EngineError::refused("csv", message, help))
    }
}
