//! Content: Markdown with placeholders, stored once, compiled for each language and channel. Sender, imprint and stop hint are appended here and
//! cannot be left out (R17).
//!
//! A broadcast's content has three shapes: [`BroadcastForm`](crate::view::BroadcastForm) as a person writes it, [`BroadcastContent`] as it is
//! stored, [`CompiledContent`] as it is handed to the host. An attachment is a `rundruf_host::MessageAttachment` in the first and the last, and a
//! [`StoredAttachment`] (its digest) between them.

mod footer; // sender, imprint, privacy, stop hint
mod markdown; // Markdown → text, HTML, chat styles
mod picture; // pictures that a text shows
mod service; // locked texts
mod sms; // parts of a text message
mod source; // what is stored with a broadcast
mod template; // placeholders: `{{ expression }}`

pub use picture::pictures;
pub(crate) use picture::{MAX_ATTACHMENTS, check_pictures, stored_picture};
pub use service::compile_plain;
pub(crate) use service::{ServiceContent, TrialMessage};
pub(crate) use sms::parts as sms_parts;
pub use source::{BroadcastContent, ListTitles, StoredAttachment};

use crate::config::{Sender, pick};
use crate::error::{EngineError, Result};
use rundruf_consent::text::sha256;
use rundruf_consent::{Channel, Time};
use rundruf_host::{MessageAttachment, MessageContent};
use rundruf_lang::{Message, msg};
use std::collections::BTreeMap;
use std::sync::Arc;
use template::Placeholder;

/// The number of test messages in the plugin contract.
const TEST: u32 = 5;
/// Longest text of a broadcast, in bytes.
const MAX_TEXT: usize = 256 * 1024;

/// What a transport can, by its manifest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Capabilities {
    /// HTML bodies.
    pub html: bool,
    /// Attachments; without them a message has links to the files.
    pub attachments: bool,
    /// Replies are heard; without that a message never asks for one.
    pub replies: bool,
}

/// Content for one language and channel, and the placeholders in it.
#[derive(Clone, Debug)]
pub struct CompiledContent {
    content: Arc<MessageContent>,
    placeholders: Arc<[Placeholder]>,
}

impl CompiledContent {
    /// The part that is the same for all recipients.
    #[must_use]
    pub const fn content(&self) -> &Arc<MessageContent> {
        &self.content
    }

    /// The same for the author's own eyes: a test message.
    pub(crate) fn into_trial(self, language: &str) -> Self {
        let mut content = Arc::unwrap_or_clone(self.content);
        content.class = TEST;
        let mark = msg!("engine-test-subject").text(rundruf_lang::Language::from_tag(language));
        content.subject.segments.insert(0, (format!("{mark} "), None));
        content.id = content_id(&content);
        Self { content: Arc::new(content), placeholders: self.placeholders }
    }

    /// The values of the placeholders for one recipient.
    ///
    /// # Errors
    /// If an expression fails for this person.
    pub fn vars(&self, contact_vars: &str, unsubscribe_url: &str) -> Result<Vec<Box<str>>> {
        template::values(&self.placeholders, contact_vars, unsubscribe_url)
    }
}

/// The language of the text that a contact of this language gets.
pub(crate) fn language_of<'a>(texts: &'a BTreeMap<String, String>, language: &str) -> &'a str {
    pick(texts, language).0
}

/// Checks everything that the author wrote, for all languages. Answers warnings.
///
/// # Errors
/// The first error, with line and column.
pub fn check(source: &BroadcastContent, sender: &Sender) -> Result<Vec<Message>> {
    if source.text.values().all(|t| t.trim().is_empty()) {
        return Err(EngineError::refused("empty", msg!("engine-content-empty"), msg!("engine-content-empty-help")));
    }
    for (language, text) in source.text.iter().chain(&source.subject) {
        if text.len() > MAX_TEXT {
            return Err(EngineError::refused(
                "too_long",
                msg!("engine-content-too-long", language = language),
                msg!("engine-content-too-long-help"),
            ));
        }
        template::bare_variables(text, &[])?;
    }
    let mut warnings = check_pictures(source)?;
    for language in source.text.keys() {
        for channel in [Channel::Email, Channel::Sms] {
            let can = Capabilities { html: channel == Channel::Email, attachments: true, replies: true };
            let compiled = compile(source, sender, language, channel, &[], can, Time(0))?;
            let text: String = compiled.content.text.segments.iter().map(|(s, _)| s.as_str()).collect();
            let parts = sms::parts(&text);
            if channel == Channel::Sms && parts > 3 {
                warnings.push(msg!("engine-content-sms-parts", language = language, parts = parts));
            }
        }
    }
    Ok(warnings)
}

/// The subject of a broadcast on one line, with its placeholders as written; the first line of the text where it has none.
pub(crate) fn subject_line(source: &BroadcastContent, language: &str) -> String {
    let given = pick(&source.subject, language).1;
    let line = if given.is_empty() { markdown::first_line(pick(&source.text, language).1) } else { given.to_owned() };
    one_line(&template::unmarked(&line))
}

/// A variable without a default: a person who does not have it gets nothing in its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct BareVariable {
    pub(crate) name: String,
    pub(crate) position: template::TextPosition,
}

/// Names of the variables without a default in the text and subject that a contact of this language gets.
pub(crate) fn bare_names(source: &BroadcastContent, language: &str) -> Result<std::collections::BTreeSet<String>> {
    let texts = [pick(&source.text, language).1, pick(&source.subject, language).1];
    let found = texts.into_iter().map(|text| template::bare_variables(text, &[("list", ""), ("sender", "")]));
    Ok(found.collect::<Result<Vec<_>>>()?.into_iter().flatten().map(|(name, _)| name).collect())
}

/// All variables without a default, each once for each text.
///
/// # Errors
/// If a text is not valid.
pub(crate) fn bare_variables(source: &BroadcastContent) -> Result<Vec<BareVariable>> {
    let mut all = Vec::new();
    for text in source.text.values().chain(source.subject.values()) {
        let found = template::bare_variables(text, &[("list", ""), ("sender", "")])?;
        all.extend(found.into_iter().map(|(name, position)| BareVariable { name, position }));
    }
    Ok(all)
}

/// Compiles for one language and channel.
///
/// # Errors
/// If a template is not valid; [`check`] finds that before.
pub fn compile(
    source: &BroadcastContent,
    sender: &Sender,
    language: &str,
    channel: Channel,
    attachments: &[MessageAttachment],
    can: Capabilities,
    date: Time,
) -> Result<CompiledContent> {
    let (language, text) = pick(&source.text, language);
    let title = one_line(&template::unmarked(pick(&source.list.title, language).1));
    let mut placeholders = template::PlaceholderSet::new(&[("list", &title), ("sender", &sender.name)]);
    let marked = placeholders.mark(text)?;
    let subject = match pick(&source.subject, language).1 {
        "" => markdown::first_line(&marked),
        given => placeholders.mark(given)?,
    };
    let unsubscribe = placeholders.unsubscribe();
    let linked: Vec<&MessageAttachment> = if can.attachments { Vec::new() } else { attachments.iter().collect() };
    let sender = &clean(sender);
    let footer = footer::Footer {
        sender,
        language,
        channel,
        title: &title,
        unsubscribe: &unsubscribe,
        linked: &linked,
        replies: can.replies,
    };
    // Only where the message carries the picture, and HTML can show it.
    let shows = can.html && can.attachments && channel == Channel::Email;
    let shown = if shows { picture::content_ids(&source.attachments, &domain_of(sender)) } else { Vec::new() };
    let text = format!("{}\n\n{}", markdown::text(&marked, channel), footer.text());
    let html = if can.html && channel == Channel::Email {
        markdown::document(language, &subject, &marked, (&footer.html(), &shown))
    } else {
        String::new()
    };
    let mut content = MessageContent {
        class: 0,
        channel: channel.word().to_owned(),
        language: language.to_owned(),
        subject: template::segments(&one_line(&subject)),
        text: template::segments(&text),
        html: template::segments(&html),
        attachments: if can.attachments { attachments.to_vec() } else { Vec::new() },
        meta: meta(sender, Some((&source.list.name, &title)), date, false),
        ..MessageContent::default()
    };
    content.meta.extend(shown.into_iter().map(|s| (format!("content-id-{}", s.attachment), s.content_id)));
    content.id = content_id(&content);
    Ok(CompiledContent { content: Arc::new(content), placeholders: placeholders.into() })
}

/// The sender as it appears in messages: one line each, without control characters.
fn clean(sender: &Sender) -> Sender {
    let line = |text: &str| one_line(&template::unmarked(text));
    Sender {
        name: line(&sender.name),
        imprint_url: line(&sender.imprint_url),
        privacy_url: line(&sender.privacy_url),
        formal: sender.formal,
    }
}

/// A text that can be a header: line breaks and other control characters become spaces.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// A domain of the sender: that of the imprint.
fn domain_of(sender: &Sender) -> String {
    sender.imprint_url.split("://").nth(1).unwrap_or("").split(['/', ':', '?']).next().unwrap_or("").to_owned()
}

/// Named values for the plugin. `automatic` marks messages that no person wrote.
fn meta(sender: &Sender, list: Option<(&str, &str)>, date: Time, automatic: bool) -> Vec<(String, String)> {
    let sender = clean(sender);
    let host = domain_of(&sender);
    let mut pairs = vec![
        ("sender-name", sender.name.clone()),
        ("imprint-url", sender.imprint_url.clone()),
        ("privacy-url", sender.privacy_url.clone()),
        ("list-id-domain", host),
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
