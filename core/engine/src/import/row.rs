//! One record → one row, or the reason why it is refused.

use super::address_cell;
use super::columns::{CellSource, Columns};
use super::date::{self, ParsedTime};
use super::language;
use super::proof_rules::{ProofRules, check_source};
use super::record::CsvRecord;
use crate::config::{Config, ListConfig};
use crate::view::ImportForm;
use jiff::tz::TimeZone;
use rundruf_consent::evidence::{
    ConsentAction, Controller, EarlierOptIn, EvidenceDraft, EvidenceSource, ListRef, TextRef,
};
use rundruf_consent::text::{Text, TextKind, hex};
use rundruf_consent::{Address, Channel, Event, ImportClass, Time};
use rundruf_lang::{Message, msg};
use rundruf_store::{ImportRow, NewContact};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A consent of class A can be used for this long after its last use, in milliseconds: 24 months.
const UNUSED: i64 = 730 * 86_400_000;
/// Longest value of a variable, in bytes.
const MAX_VALUE: usize = 1_024;
/// Longest consent text, in bytes.
const MAX_TEXT: usize = 16 * 1_024;

/// Most consent texts that are remembered: a file with a different text in each row must not fill the memory.
const REMEMBERED: usize = 256;

/// A row with what its report lines may say.
pub(super) struct BuiltRow {
    pub(super) row: ImportRow,
    /// Its addresses as written in the file.
    pub(super) typed: Vec<Box<str>>,
    /// Why it is quarantined although its proof is complete.
    pub(super) why: Option<Message>,
}

/// Why a record is refused, and its address as written in the file.
pub(super) struct RejectedRecord {
    pub(super) address: String,
    pub(super) reason: Message,
}

/// Builds rows from records.
pub(super) struct RowBuilder {
    region: Option<String>,
    zone: TimeZone,
    columns: Columns,
    form: Arc<ImportForm>,
    base: EvidenceDraft,
    file: String,
    now: Time,
    rules: ProofRules,
    /// By consent text: its digest as hex.
    texts: HashMap<String, String>,
    /// Texts that are not stored yet.
    unsaved: Vec<Text>,
}

impl RowBuilder {
    pub(super) fn new(
        config: &Config,
        list: &ListConfig,
        columns: Columns,
        form: Arc<ImportForm>,
        digest: [u8; 32],
        now: Time,
    ) -> Self {
        let base = EvidenceDraft {
            time: now,
            controller: Controller {
                name: config.sender.name.clone(),
                imprint_url: config.sender.imprint_url.clone(),
                privacy_url: config.sender.privacy_url.clone(),
            },
            list: ListRef {
                name: list.name.clone(),
                title: list.title.get("de").to_owned(),
                purpose: list.purpose.get("de").to_owned(),
            },
            text: None,
            source: EvidenceSource::default(),
            act: ConsentAction { kind: "import".to_owned(), ..ConsentAction::default() },
            outbound: None,
            ip_prefix: None,
            earlier: None,
            actor: form.actor.clone(),
        };
        Self {
            region: config.default_region.clone(),
            zone: config.time_zone.clone(),
            columns,
            form,
            base,
            file: format!("sha256:{}", hex(&digest)),
            now,
            rules: ProofRules { sender: config.sender.name.clone(), titles: list.title.0.values().cloned().collect() },
            texts: HashMap::new(),
            unsaved: Vec::new(),
        }
    }

    /// Takes the texts that no earlier row has used.
    pub(super) fn new_texts(&mut self) -> Vec<Text> {
        std::mem::take(&mut self.unsaved)
    }

    /// Builds the row of a record.
    pub(super) fn build(&mut self, record: &CsvRecord) -> Result<BuiltRow, RejectedRecord> {
        self.checked(record).map_err(|reason| RejectedRecord { address: self.first_address(record), reason })
    }

    fn cell<'r>(record: &'r CsvRecord, source: Option<&'r CellSource>) -> &'r str {
        match source {
            None => "",
            Some(CellSource::Column(column)) => record.get(*column).trim(),
            Some(CellSource::Constant(value)) => value.trim(),
        }
    }

    /// The address of a record that is refused.
    fn first_address(&self, record: &CsvRecord) -> String {
        let pair = Self::cell(record, self.columns.address.as_ref());
        let columns = self.columns.by_channel.iter().map(|(_, column)| record.get(*column).trim());
        let typed = std::iter::once(pair).chain(columns).find(|t| !t.is_empty()).unwrap_or("");
        typed.chars().take(254).collect()
    }

    fn checked(&mut self, record: &CsvRecord) -> Result<BuiltRow, Message> {
        if let Some(fault) = &record.fault {
            return Err(fault.clone());
        }
        let (fields, width) = (record.len(), self.columns.width);
        // Spreadsheets write the empty cells that somebody once clicked into.
        if record.fields().skip(width).any(|field| !field.trim().is_empty()) {
            return Err(msg!("engine-row-fields", fields = fields, width = width));
        }
        let mut typed = Vec::with_capacity(1);
        let (addresses, shares_cell) = self.addresses(record, &mut typed)?;
        let vars = self.vars(record)?;
        let language = language::tag(Self::cell(record, self.columns.language.as_ref()));
        let mut draft = self.base.clone();
        let source = one_line(Self::cell(record, self.columns.source.as_ref()));
        let source: String = source.chars().take(500).collect();
        draft.source = EvidenceSource {
            kind: "file".to_owned(),
            detail: Some(format!("{}#{} {source}", self.file, record.line).trim().to_owned()),
        };
        let mut why = None;
        let mut class = ImportClass::C;
        if self.form.class == ImportClass::A {
            let proof = self.proof(record, language.as_deref(), &mut draft);
            why = proof.map_err(|why| msg!("engine-row-proof", why = why))?;
            // One of them confirmed, and the file does not say which.
            why = why.or_else(|| shares_cell.then(|| msg!("engine-row-addresses-share-proof")));
            if why.is_none() {
                class = ImportClass::A;
            }
        }
        let contact = NewContact { language, vars, addresses };
        let row = ImportRow {
            line: record.line,
            contact,
            draft: Arc::new(draft),
            event: Event::Import(class),
            update: self.form.update,
        };
        Ok(BuiltRow { row, typed, why })
    }

    /// The addresses of a record, and whether several of them share a cell.
    fn addresses(&self, record: &CsvRecord, typed: &mut Vec<Box<str>>) -> Result<(Vec<Address>, bool), Message> {
        let region = self.region.as_deref();
        let mut out = Vec::with_capacity(1);
        let mut shares_cell = false;
        let mut add = |found: Vec<address_cell::TypedAddress>| {
            shares_cell |= found.len() > 1;
            for (address, text) in found {
                if !out.contains(&address) {
                    out.push(address);
                    typed.push(text.into());
                }
            }
        };
        if let (Some(channel), Some(address)) = (&self.columns.channel, &self.columns.address) {
            let word = Self::cell(record, Some(channel)).to_ascii_lowercase();
            let text = Self::cell(record, Some(address));
            // This pair may be empty if the file also has a column for each channel.
            let has_others = !self.columns.by_channel.is_empty();
            let says_nothing = word.is_empty() || (has_others && matches!(channel, CellSource::Constant(_)));
            if !text.is_empty() || !says_nothing {
                let channel = Channel::parse(&word).ok_or_else(|| {
                    let shown: String = word.escape_debug().take(40).collect();
                    if word.is_empty() {
                        msg!("engine-row-channel-empty")
                    } else {
                        msg!("engine-no-channel", name = shown)
                    }
                })?;
                add(address_cell::parse(channel, text, region)?);
            }
        }
        for (channel, column) in &self.columns.by_channel {
            let text = record.get(*column).trim();
            if !text.is_empty() {
                let found = address_cell::parse(*channel, text, region);
                add(found.map_err(|why| Message::from(format!("`{}`", channel.word())).caused_by(why))?);
            }
        }
        if out.is_empty() { Err(msg!("engine-row-without-address")) } else { Ok((out, shares_cell)) }
    }

    fn vars(&self, record: &CsvRecord) -> Result<BTreeMap<String, String>, Message> {
        let mut vars = BTreeMap::new();
        for (name, source) in &self.columns.vars {
            let value = one_line(Self::cell(record, Some(source)));
            if value.is_empty() {
                continue;
            }
            if value.len() > MAX_VALUE {
                return Err(msg!("engine-row-variable-long", name = name, most = MAX_VALUE));
            }
            vars.insert(name.clone(), value);
        }
        Ok(vars)
    }

    /// Reads the proof of class A into the draft. Answers why it cannot be used if it is complete but too old.
    fn proof(
        &mut self,
        record: &CsvRecord,
        language: Option<&str>,
        draft: &mut EvidenceDraft,
    ) -> Result<Option<Message>, Message> {
        let columns = &self.columns;
        let mut written = Vec::new();
        let mut moment = |name: &str, text: &str| -> Result<ParsedTime, Message> {
            if text.is_empty() {
                return Err(msg!("engine-row-proof-empty", name = name));
            }
            let parsed = date::parse(text, &self.zone, self.form.dates, self.now);
            let parsed = parsed.map_err(|fault| fault.message(name, text))?;
            if parsed.time > self.now {
                return Err(msg!("engine-row-future", name = name));
            }
            if !parsed.is_rfc3339 {
                written.push(format!("{name}: {text}"));
            }
            Ok(parsed)
        };
        let requested = moment("requested_at", Self::cell(record, columns.requested_at.as_ref()))?;
        let mut confirmed = moment("confirmed_at", Self::cell(record, columns.confirmed_at.as_ref()))?;
        // A day without a time of day is not before a time on that day.
        if confirmed.is_day && confirmed.day == requested.day {
            confirmed.time = confirmed.time.max(requested.time);
        }
        let (requested_at, confirmed_at) = (requested.time, confirmed.time);
        if confirmed_at < requested_at {
            return Err(msg!("engine-row-order"));
        }
        let used = Self::cell(record, columns.last_used_at.as_ref());
        let last_used_at = if used.is_empty() { None } else { Some(moment("last_used_at", used)?.time) };
        let source = one_line(Self::cell(record, columns.source.as_ref()));
        if source.is_empty() {
            return Err(msg!("engine-row-source-empty"));
        }
        check_source(&source)?;
        // What the file says, where we have read more into it: a zone, or the beginning of a day.
        if let Some(detail) = draft.source.detail.as_mut().filter(|_| !written.is_empty()) {
            detail.push_str(&format!(" [{}]", written.join("; ")));
        }
        let given = Self::cell(record, columns.consent_text.as_ref()).to_owned();
        draft.text = Some(self.consent_text(&given, language)?);
        draft.earlier = Some(EarlierOptIn { requested_at, confirmed_at, last_used_at });
        let last = last_used_at.unwrap_or(confirmed_at).0.max(confirmed_at.0);
        let unused = self.now.0.saturating_sub(last) > UNUSED;
        Ok(unused.then(|| msg!("engine-row-unused")))
    }

    fn consent_text(&mut self, given: &str, language: Option<&str>) -> Result<TextRef, Message> {
        let lang = language.unwrap_or("de").to_owned();
        let words = match given.strip_prefix('@').map(str::trim) {
            None => given,
            Some(name) => match (self.form.texts.get(name), self.form.text_faults.get(name)) {
                (Some(text), _) => text,
                (None, Some(why)) => return Err(msg!("engine-row-text-fault", name = printable(name), why = why)),
                (None, None) => return Err(msg!("engine-row-text-file", name = printable(name))),
            },
        };
        if words.trim().is_empty() {
            return Err(msg!("engine-row-text-empty"));
        }
        if words.len() > MAX_TEXT {
            return Err(msg!("engine-row-text-long"));
        }
        if let Some(sha256) = self.texts.get(words) {
            return Ok(TextRef { sha256: sha256.clone(), lang });
        }
        self.rules.check_text(words)?;
        if self.texts.len() >= REMEMBERED {
            self.texts.clear();
        }
        let text = Text { kind: TextKind::Consent, language: lang.clone(), body: words.to_owned() };
        let sha256 = hex(&text.digest());
        self.texts.insert(words.to_owned(), sha256.clone());
        self.unsaved.push(text);
        Ok(TextRef { sha256, lang })
    }
}

/// A text of one line: line breaks, tabs and other control characters are spaces, several spaces one.
fn one_line(text: &str) -> String {
    let is_gap = |c: char| c.is_whitespace() || c.is_control();
    text.split(is_gap).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn printable(name: &str) -> String {
    name.escape_debug().take(120).collect()
}
