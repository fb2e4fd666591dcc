//! What every event of a consent says of itself (§1.6 of the specification), and the texts that people saw.

use crate::config::ListConfig;
use crate::error::EngineError;
use crate::start::Inner;
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_consent::evidence::{ConsentAction, Controller, EvidenceDraft, EvidenceSource, ListRef, TextRef};
use rundruf_consent::text::locked::LockedTextFields;
use rundruf_consent::text::{Digest, Text, TextKind, hex};
use rundruf_consent::{ListId, Time};
use rundruf_store::AddressRow;
use std::sync::PoisonError;

type Result<T> = std::result::Result<T, EngineError>;

/// Texts whose digests are remembered: far more than an instance ever has.
const REMEMBERED: usize = 10_000;

/// 16 random bytes.
pub(crate) fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| EngineError::refused("random", "the system gives no random numbers", ""))?;
    Ok(bytes)
}

/// How an event came about.
#[derive(Clone, Debug)]
pub(crate) struct By<'a> {
    /// `person`, `operator:<name>`, `system`.
    pub(crate) actor: &'a str,
    /// `form`, `inbound`, `command`, `link`, `timer`.
    pub(crate) source: &'a str,
    /// Which one of them.
    pub(crate) detail: Option<String>,
    /// What was done.
    pub(crate) act: ConsentAction,
}

impl<'a> By<'a> {
    pub(crate) fn new(actor: &'a str, source: &'a str, act: &str) -> Self {
        Self { actor, source, detail: None, act: ConsentAction { kind: act.to_owned(), ..ConsentAction::default() } }
    }
}

/// Evidence without what only the store knows.
pub(crate) fn draft(engine: &Inner, list: ListId, language: &str, by: By<'_>) -> EvidenceDraft {
    let sender = &engine.config.sender;
    let list = match engine.list(list) {
        Some(config) => ListRef {
            name: config.name.clone(),
            title: config.title.get(language).to_owned(),
            purpose: config.purpose.get(language).to_owned(),
        },
        // It is not in the settings any more: who wants to leave it may do so all the same.
        None => ListRef { name: format!("#{list}"), title: String::new(), purpose: String::new() },
    };
    EvidenceDraft {
        time: engine.clock.now(),
        controller: Controller {
            name: sender.name.clone(),
            imprint_url: sender.imprint_url.clone(),
            privacy_url: sender.privacy_url.clone(),
        },
        list,
        text: None,
        source: EvidenceSource { kind: by.source.to_owned(), detail: by.detail },
        act: by.act,
        outbound: None,
        ip_prefix: None,
        earlier: None,
        actor: by.actor.to_owned(),
    }
}

/// Keeps a text before it is used for the first time (R5), and names it.
pub(crate) async fn keep(engine: &Inner, kind: TextKind, language: &str, body: &str) -> Result<TextRef> {
    let text = Text { kind, language: language.to_owned(), body: body.to_owned() };
    let digest: Digest = text.digest();
    let known = engine.texts.lock().unwrap_or_else(PoisonError::into_inner).contains(&digest);
    if !known {
        engine.store.text_put(text).await?;
        let mut texts = engine.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() >= REMEMBERED {
            texts.clear();
        }
        texts.insert(digest);
    }
    Ok(TextRef { sha256: hex(&digest), lang: language.to_owned() })
}

/// What locked texts may name.
pub(crate) fn facts<'a>(
    engine: &'a Inner,
    list: &'a ListConfig,
    language: &str,
    consent_text: &'a str,
    (when, source, link): (&'a str, &'a str, &'a str),
) -> LockedTextFields<'a> {
    let sender = &engine.config.sender;
    LockedTextFields {
        controller: &sender.name,
        list: list.title.get(language),
        when,
        source,
        consent_text,
        privacy_url: &sender.privacy_url,
        imprint_url: &sender.imprint_url,
        link,
    }
}

/// A moment as people read it, in the language's own form, UTC.
pub(crate) fn moment(time: Time, language: &str) -> String {
    let Ok(t) = jiff::Timestamp::from_millisecond(time.0) else { return String::new() };
    let z = t.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    if language.starts_with("de") {
        format!("{:02}.{:02}.{} um {:02}:{:02} UTC", z.day(), z.month(), z.year(), z.hour(), z.minute())
    } else {
        format!("{}-{:02}-{:02} at {:02}:{:02} UTC", z.year(), z.month(), z.day(), z.hour(), z.minute())
    }
}

/// Where somebody signed up, as people read it.
pub(crate) fn source_words(source: &str, language: &str) -> &'static str {
    let german = language.starts_with("de");
    match (source, german) {
        ("form", true) => "das Anmeldeformular",
        ("form", false) => "the sign-up form",
        ("inbound", true) => "eine Nachricht an uns",
        ("inbound", false) => "a message to us",
        (_, true) => "unser Team",
        (_, false) => "our team",
    }
}

/// The language of the locked texts for somebody: theirs if we speak it, else English.
pub(crate) fn spoken(language: &str) -> &'static str {
    if language.is_empty() || language.starts_with("de") { "de" } else { "en" }
}

/// The language of the locked texts for the person of an address.
pub(crate) async fn language_of(engine: &Inner, row: &AddressRow) -> Result<&'static str> {
    let contact = engine.store.contact_get(row.contact).await?;
    Ok(spoken(contact.and_then(|c| c.language).as_deref().unwrap_or("de")))
}

/// A link's token in evidence: its digest, since whoever reads a proof must not be able to use the link.
pub(crate) fn token_id(id: [u8; 16]) -> String {
    hex(&rundruf_consent::text::sha256(&id))
}
