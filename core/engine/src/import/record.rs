//! One record → one row, or the reason why not.

use super::Index;
use super::columns::Columns;
use crate::config::{Config, ListConfig};
use crate::view::ImportForm;
use rundruf_consent::evidence::{Act, Controller, Draft, Earlier, ListRef, Source, TextRef};
use rundruf_consent::text::{Text, TextKind, hex};
use rundruf_consent::{Address, Channel, Event, ImportClass, Time};
use rundruf_store::{ImportRow, NewContact};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Class A holds for this long after the last use: 24 months.
const UNUSED: i64 = 730 * 86_400_000;
/// Longest value of a variable, in bytes.
const MAX_VALUE: usize = 1_024;
/// Longest consent text, in bytes.
const MAX_TEXT: usize = 16 * 1_024;

/// Address as it stands there, and why the record is refused.
type Refused = (String, String);

pub(super) struct Maker<'a> {
    config: &'a Config,
    columns: &'a Columns,
    form: &'a ImportForm,
    base: Draft,
    file: String,
    now: Time,
    /// Consent texts by their own words: digest as hex.
    texts: HashMap<String, String>,
    unsaved: Vec<Text>,
    pub(super) waiting: Index,
}

impl<'a> Maker<'a> {
    pub(super) fn new(
        config: &'a Config,
        list: &ListConfig,
        columns: &'a Columns,
        form: &'a ImportForm,
        digest: [u8; 32],
        now: Time,
    ) -> Self {
        let base = Draft {
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
            source: Source::default(),
            act: Act { kind: "import".to_owned(), ..Act::default() },
            outbound: None,
            ip_prefix: None,
            earlier: None,
            actor: form.actor.clone(),
        };
        let file = format!("sha256:{}", hex(&digest));
        Self {
            config,
            columns,
            form,
            base,
            file,
            now,
            texts: HashMap::new(),
            unsaved: Vec::new(),
            waiting: Index::default(),
        }
    }

    /// Texts that no row has named before.
    pub(super) fn new_texts(&mut self) -> Vec<Text> {
        std::mem::take(&mut self.unsaved)
    }

    /// Makes the row of a record.
    pub(super) fn row(&mut self, record: &csv::StringRecord, line: u64) -> Result<ImportRow, Refused> {
        let cell = |column: Option<usize>| column.and_then(|c| record.get(c)).map_or("", str::trim);
        let typed = cell(self.columns.address);
        let shown = if typed.is_empty() {
            self.columns.by_channel.iter().map(|(_, c)| cell(Some(*c))).find(|t| !t.is_empty()).unwrap_or("")
        } else {
            typed
        };
        let refuse = |why: String| (shown.chars().take(254).collect::<String>(), why);
        let addresses = self.addresses(record).map_err(&refuse)?;
        let vars = self.vars(record).map_err(&refuse)?;
        let language = cell(self.columns.language);
        if language.len() > 35 || !language.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return Err(refuse("`language` is not a tag such as de or en".to_owned()));
        }
        let language = (!language.is_empty()).then(|| language.to_owned());
        let mut draft = self.base.clone();
        let source: String = cell(self.columns.source).chars().take(500).collect();
        draft.source = Source {
            kind: "file".to_owned(),
            detail: Some(format!("{}#{line} {source}", self.file).trim().to_owned()),
        };
        let event = if self.form.class == ImportClass::A {
            match self.proof(record, language.as_deref(), &mut draft).map_err(&refuse)? {
                None => Event::Import(ImportClass::A),
                Some(why) => {
                    draft.act.verbatim = Some(why);
                    Event::Import(ImportClass::C)
                }
            }
        } else {
            Event::Import(ImportClass::C)
        };
        Ok(ImportRow { line, contact: NewContact { language, vars, addresses }, draft: Arc::new(draft), event })
    }

    fn addresses(&self, record: &csv::StringRecord) -> Result<Vec<Address>, String> {
        let region = self.config.default_region.as_deref();
        let cell = |c: usize| record.get(c).map_or("", str::trim);
        let mut out = Vec::new();
        if let (Some(channel), Some(address)) = (self.columns.channel, self.columns.address) {
            let word = cell(channel).to_ascii_lowercase();
            let channel = Channel::parse(&word).ok_or_else(|| {
                if word.is_empty() { "`channel` is empty".to_owned() } else { format!("there is no channel `{word}`") }
            })?;
            out.push(Address::parse(channel, cell(address), region).map_err(|e| e.to_string())?);
        }
        for (channel, column) in &self.columns.by_channel {
            let text = cell(*column);
            if !text.is_empty() {
                let address =
                    Address::parse(*channel, text, region).map_err(|e| format!("`{}`: {e}", channel.word()))?;
                if !out.contains(&address) {
                    out.push(address);
                }
            }
        }
        if out.is_empty() { Err("the record has no address".to_owned()) } else { Ok(out) }
    }

    fn vars(&self, record: &csv::StringRecord) -> Result<BTreeMap<String, String>, String> {
        let mut vars = BTreeMap::new();
        for (name, column) in &self.columns.vars {
            let value = record.get(*column).map_or("", str::trim);
            if value.is_empty() {
                continue;
            }
            if value.chars().any(char::is_control) {
                return Err(format!("`{name}` contains a line break or another control character"));
            }
            if value.len() > MAX_VALUE {
                return Err(format!("`{name}` is longer than {MAX_VALUE} bytes"));
            }
            vars.insert(name.clone(), value.to_owned());
        }
        Ok(vars)
    }

    /// The proof of class A: complete, or refused; `Some` if it is complete but too old to be used.
    fn proof(
        &mut self,
        record: &csv::StringRecord,
        language: Option<&str>,
        draft: &mut Draft,
    ) -> Result<Option<String>, String> {
        let cell = |column: Option<usize>| column.and_then(|c| record.get(c)).map_or("", str::trim);
        let moment = |name: &str, text: &str| {
            if text.is_empty() {
                return Err(format!("`{name}` is empty: class A needs it for each person"));
            }
            let parsed: Result<jiff::Timestamp, _> = text.parse();
            let time = parsed.map_err(|_| format!("`{name}` is not a time as in 2026-05-01T10:00:00Z"))?;
            Ok(Time(time.as_millisecond()))
        };
        let requested_at = moment("requested_at", cell(self.columns.requested_at))?;
        let confirmed_at = moment("confirmed_at", cell(self.columns.confirmed_at))?;
        if confirmed_at < requested_at {
            return Err("`confirmed_at` lies before `requested_at`".to_owned());
        }
        if confirmed_at > self.now {
            return Err("`confirmed_at` lies in the future".to_owned());
        }
        if cell(self.columns.source).is_empty() {
            return Err("`source` is empty: where did the person sign up?".to_owned());
        }
        let used = cell(self.columns.last_used_at);
        let last_used_at = if used.is_empty() { None } else { Some(moment("last_used_at", used)?) };
        draft.text = Some(self.text(cell(self.columns.consent_text), language)?);
        draft.earlier = Some(Earlier { requested_at, confirmed_at, last_used_at });
        let last = last_used_at.unwrap_or(confirmed_at).0.max(confirmed_at.0);
        let unused = self.now.0.saturating_sub(last) > UNUSED;
        Ok(unused.then(|| "unused for more than 24 months: the consent may have lapsed".to_owned()))
    }

    fn text(&mut self, given: &str, language: Option<&str>) -> Result<TextRef, String> {
        let lang = language.unwrap_or("de").to_owned();
        let words = match given.strip_prefix('@') {
            None => given,
            Some(name) => self
                .form
                .texts
                .get(name)
                .map(String::as_str)
                .ok_or_else(|| format!("`consent_text` names the file `{name}`, which was not found"))?,
        };
        if words.trim().is_empty() {
            return Err("`consent_text` is empty: class A needs the words that the person saw".to_owned());
        }
        if words.len() > MAX_TEXT {
            return Err("`consent_text` is longer than 16 KiB".to_owned());
        }
        if let Some(sha256) = self.texts.get(words) {
            return Ok(TextRef { sha256: sha256.clone(), lang });
        }
        let text = Text { kind: TextKind::Consent, language: lang.clone(), body: words.to_owned() };
        let sha256 = hex(&text.digest());
        self.texts.insert(words.to_owned(), sha256.clone());
        self.unsaved.push(text);
        Ok(TextRef { sha256, lang })
    }
}

/// Why a row is quarantined, if it says so.
pub(super) fn why(row: &ImportRow) -> Option<String> {
    row.draft.act.verbatim.clone()
}
