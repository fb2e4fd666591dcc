//! Content: Markdown with holes, once for all, compiled for each language and kind of address. Sender, imprint and stop hint are appended
//! here and cannot be left out (R17).

mod footer; // what nobody can leave out
mod markdown; // Markdown → text, HTML, chat styles
mod template; // holes: `{{ expression }}`

use crate::config::{Localized, Sender};
use crate::error::EngineError;
use rundruf_consent::text::sha256;
use rundruf_consent::{Channel, Class, Time};
use rundruf_host::{MessageAttachment, MessageContent, MessageTemplate};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use template::Hole;

/// Longest text of a broadcast, in bytes.
const MAX_TEXT: usize = 256 * 1024;

/// What a broadcast says: stored with it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ContentSpec {
    /// Markdown by language.
    pub text: BTreeMap<String, String>,
    /// Subject by language.
    pub subject: BTreeMap<String, String>,
    /// Files.
    pub attachments: Vec<AttachmentRef>,
    /// The list it is for.
    pub list: ListTexts,
}

/// A file by its digest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AttachmentRef {
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// SHA-256, hex.
    pub digest: String,
    /// Bytes.
    pub size: u64,
}

/// What a message says of its list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListTexts {
    /// Name in the settings.
    pub name: String,
    /// Title by language.
    pub title: BTreeMap<String, String>,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct LoadedAttachment {
    /// File name.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// The bytes.
    pub bytes: Arc<[u8]>,
    /// A link to it.
    pub url: String,
}

/// What a transport can show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capabilities {
    /// HTML.
    pub html: bool,
    /// Files.
    pub attachments: bool,
}

/// Content for one language and kind of address.
#[derive(Clone, Debug)]
pub struct Compiled {
    content: Arc<MessageContent>,
    holes: Arc<[Hole]>,
}

impl Compiled {
    /// What all recipients get.
    #[must_use]
    pub const fn content(&self) -> &Arc<MessageContent> {
        &self.content
    }

    /// The values for one recipient.
    ///
    /// # Errors
    /// If an expression fails for this person.
    pub fn vars(&self, contact_vars: &str, leave_url: &str) -> Result<Vec<Box<str>>, EngineError> {
        template::values(&self.holes, contact_vars, leave_url)
    }
}

/// Picks the text for a language: itself, else German, else English, else any.
fn pick<'a>(texts: &'a BTreeMap<String, String>, language: &str) -> (&'a str, &'a str) {
    let primary = language.split('-').next().unwrap_or(language);
    [primary, "de", "en"]
        .iter()
        .find_map(|tag| texts.get_key_value(*tag))
        .or_else(|| texts.iter().next())
        .map_or(("de", ""), |(tag, text)| (tag.as_str(), text.as_str()))
}

/// The language of the text that somebody of this language gets.
pub(crate) fn language_of<'a>(texts: &'a BTreeMap<String, String>, language: &str) -> &'a str {
    pick(texts, language).0
}

/// Checks everything an author wrote, for all languages. Warnings are returned.
///
/// # Errors
/// The first fault, with line and column.
pub fn check(spec: &ContentSpec, sender: &Sender) -> Result<Vec<String>, EngineError> {
    if spec.text.values().all(|t| t.trim().is_empty()) {
        return Err(EngineError::refused("empty", "the message has no text", "write one: --text or --file"));
    }
    for (language, text) in spec.text.iter().chain(&spec.subject) {
        if text.len() > MAX_TEXT {
            return Err(EngineError::refused(
                "too_long",
                format!("the text in `{language}` is longer than 256 KiB"),
                "shorten it, or attach a file",
            ));
        }
        template::bare(text, &[])?;
    }
    let mut warnings = Vec::new();
    for language in spec.text.keys() {
        for channel in [Channel::Email, Channel::Sms] {
            let can = Capabilities { html: channel == Channel::Email, attachments: true };
            let compiled = compile(spec, sender, language, channel, &[], can, Time(0))?;
            let size: usize = compiled.content.text.segments.iter().map(|(s, _)| s.chars().count()).sum();
            if channel == Channel::Sms && size > 459 {
                warnings.push(format!(
                    "as a text message the text in `{language}` has at least {} parts",
                    size.div_ceil(153)
                ));
            }
        }
    }
    Ok(warnings)
}

/// A variable that stands by itself in a text: what a person without it gets there is nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Bare {
    pub(crate) name: String,
    pub(crate) place: template::Place,
}

/// All of them, each once for each text.
///
/// # Errors
/// If a text is not valid.
pub(crate) fn bare(spec: &ContentSpec) -> Result<Vec<Bare>, EngineError> {
    let mut all = Vec::new();
    for text in spec.text.values().chain(spec.subject.values()) {
        let found = template::bare(text, &[("list", ""), ("sender", "")])?;
        all.extend(found.into_iter().map(|(name, place)| Bare { name, place }));
    }
    Ok(all)
}

/// Compiles for one language and kind of address.
///
/// # Errors
/// If a template is not valid; [`check`] finds that before.
pub fn compile(
    spec: &ContentSpec,
    sender: &Sender,
    language: &str,
    channel: Channel,
    attachments: &[LoadedAttachment],
    can: Capabilities,
    date: Time,
) -> Result<Compiled, EngineError> {
    let (language, source) = pick(&spec.text, language);
    let title = one_line(&template::unmarked(Localized(spec.list.title.clone()).get(language)));
    let mut holes = template::Holes::new(&[("list", &title), ("sender", &sender.name)]);
    let marked = holes.mark(source)?;
    let subject = match pick(&spec.subject, language).1 {
        "" => markdown::first_line(&marked),
        given => holes.mark(given)?,
    };
    let leave = holes.leave();
    let linked: Vec<&LoadedAttachment> = if can.attachments { Vec::new() } else { attachments.iter().collect() };
    let sender = &clean(sender);
    let footer = footer::Footer { sender, language, channel, title: &title, leave: &leave, linked: &linked };
    let text = format!("{}\n\n{}", markdown::text(&marked, channel), footer.text());
    let html = if can.html && channel == Channel::Email {
        markdown::document(language, &subject, &marked, &footer.html())
    } else {
        String::new()
    };
    let native = attachments.iter().filter(|_| can.attachments).map(|a| MessageAttachment {
        name: a.name.clone(),
        media_type: a.media_type.clone(),
        bytes: Arc::clone(&a.bytes),
        url: a.url.clone(),
    });
    let mut content = MessageContent {
        class: 0,
        channel: channel.word().to_owned(),
        language: language.to_owned(),
        subject: template::segments(&one_line(&subject)),
        text: template::segments(&text),
        html: template::segments(&html),
        attachments: native.collect(),
        meta: meta(sender, Some((&spec.list.name, &title)), date, false),
        ..MessageContent::default()
    };
    content.id = content_id(&content);
    Ok(Compiled { content: Arc::new(content), holes: holes.into() })
}

/// A locked text: no Markdown, no holes.
#[must_use]
pub fn plain(
    class: Class,
    language: &str,
    channel: Channel,
    (subject, text): (&str, &str),
    sender: &Sender,
    list: Option<(&str, &str)>,
    date: Time,
) -> Compiled {
    let class = match class {
        Class::Promotion => 0,
        Class::Request | Class::Reminder => 1,
        Class::StopAck => 3,
        Class::Legal => 4,
        _ => 2,
    };
    let mut content = MessageContent {
        class,
        channel: channel.word().to_owned(),
        language: language.to_owned(),
        subject: MessageTemplate::fixed(one_line(subject)),
        text: MessageTemplate::fixed(text),
        meta: meta(sender, list, date, true),
        ..MessageContent::default()
    };
    content.id = content_id(&content);
    Compiled { content: Arc::new(content), holes: Arc::from([]) }
}

/// The sender as every message names it.
fn clean(sender: &Sender) -> Sender {
    let line = |text: &str| one_line(&template::unmarked(text));
    Sender { name: line(&sender.name), imprint_url: line(&sender.imprint_url), privacy_url: line(&sender.privacy_url) }
}

/// A text that can be a header: line breaks and other control characters are blanks.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

fn meta(sender: &Sender, list: Option<(&str, &str)>, date: Time, automatic: bool) -> Vec<(String, String)> {
    let sender = clean(sender);
    let host = sender.imprint_url.split("://").nth(1).unwrap_or("").split(['/', ':', '?']).next().unwrap_or("");
    let mut pairs = vec![
        ("sender-name", sender.name.clone()),
        ("imprint-url", sender.imprint_url.clone()),
        ("privacy-url", sender.privacy_url.clone()),
        ("list-id-domain", host.to_owned()),
    ];
    if let Some((name, title)) = list {
        pairs.push(("list-name", one_line(name)));
        pairs.push(("list-title", one_line(title)));
    }
    if let Ok(date) = jiff::Timestamp::from_millisecond(date.0) {
        pairs.push(("date", date.to_string()));
    }
    if automatic {
        pairs.push(("auto-submitted", "1".to_owned()));
    }
    pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
}

/// Equal ids mean equal content.
fn content_id(content: &MessageContent) -> u64 {
    let mut bytes = format!(
        "{}\0{}\0{}\0{:?}\0{:?}\0{:?}\0{:?}",
        content.class, content.channel, content.language, content.subject, content.text, content.html, content.meta
    )
    .into_bytes();
    for a in &content.attachments {
        bytes.extend(a.name.as_bytes());
        bytes.extend(a.media_type.as_bytes());
        bytes.extend(sha256(&a.bytes));
    }
    let digest = sha256(&bytes);
    digest.first_chunk::<8>().map_or(0, |head| u64::from_be_bytes(*head))
}
