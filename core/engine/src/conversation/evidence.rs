//! What every event of a consent records (§1.6 of the specification), and the texts that people saw.

use crate::config::ListConfig;
use crate::context::EngineContext;
use crate::error::{EngineError, Result};
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_consent::evidence::{ConsentAction, Controller, EvidenceDraft, EvidenceSource, ListRef, TextRef};
use rundruf_consent::text::locked::{self, LockedTextFields};
use rundruf_consent::text::{Digest, Text, TextKind, hex};
use rundruf_consent::{AddressId, Event, ListId, Time};
use rundruf_lang::msg;
use rundruf_store::{AddressRow, ConsentChange, ConsentTarget};
use std::sync::{Arc, PoisonError};

/// Most digests of stored texts that are remembered: far more than an instance ever has.
const REMEMBERED: usize = 10_000;

/// 16 random bytes.
pub(crate) fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| EngineError::refused("random", msg!("engine-no-random-numbers"), ""))?;
    Ok(bytes)
}

/// How an event came about: actor, source and act.
#[derive(Clone, Debug)]
pub(crate) struct Provenance<'a> {
    /// `person`, `operator:<name>`, `system`.
    pub(crate) actor: &'a str,
    /// `form`, `inbound`, `command`, `link`, `timer`.
    pub(crate) source: &'a str,
    /// Which one of them, such as a message id.
    pub(crate) detail: Option<String>,
    /// What was done.
    pub(crate) act: ConsentAction,
}

impl<'a> Provenance<'a> {
    pub(crate) fn new(actor: &'a str, source: &'a str, act: &str) -> Self {
        Self { actor, source, detail: None, act: ConsentAction { kind: act.to_owned(), ..ConsentAction::default() } }
    }
}

/// Evidence without what only the store knows.
pub(crate) fn draft(
    context: &EngineContext,
    list: ListId,
    language: &str,
    provenance: Provenance<'_>,
) -> EvidenceDraft {
    let sender = &context.config.sender;
    let list = match context.list(list) {
        Some(config) => ListRef {
            name: config.name.clone(),
            title: config.title.get(language).to_owned(),
            purpose: config.purpose.get(language).to_owned(),
        },
        // It is not in the settings any more; unsubscribing from it still works.
        None => ListRef { name: format!("#{list}"), title: String::new(), purpose: String::new() },
    };
    let clock = context.clock.is_held().then(|| "held".to_owned());
    EvidenceDraft {
        time: context.clock.now(),
        controller: Controller {
            name: sender.name.clone(),
            imprint_url: sender.imprint_url.clone(),
            privacy_url: sender.privacy_url.clone(),
        },
        list,
        text: None,
        source: EvidenceSource { kind: provenance.source.to_owned(), detail: provenance.detail },
        act: ConsentAction { clock, ..provenance.act },
        outbound: None,
        ip_prefix: None,
        earlier: None,
        actor: provenance.actor.to_owned(),
    }
}

/// Evidence of what an operator did to the record of a person: it is about no list. The store says what changed.
pub(crate) fn person_draft(context: &EngineContext, actor: &str) -> EvidenceDraft {
    let sender = &context.config.sender;
    EvidenceDraft {
        time: context.clock.now(),
        controller: Controller {
            name: sender.name.clone(),
            imprint_url: sender.imprint_url.clone(),
            privacy_url: sender.privacy_url.clone(),
        },
        list: ListRef { name: String::new(), title: String::new(), purpose: String::new() },
        text: None,
        source: EvidenceSource { kind: "command".to_owned(), detail: None },
        act: ConsentAction { kind: "operator".to_owned(), ..ConsentAction::default() },
        outbound: None,
        ip_prefix: None,
        earlier: None,
        actor: actor.to_owned(),
    }
}

/// The change of one consent by an event.
pub(crate) fn change(address: AddressId, list: ListId, event: Event, draft: Arc<EvidenceDraft>) -> ConsentChange {
    ConsentChange { target: ConsentTarget::Ids(address, list), event, draft, request: None, services: Vec::new() }
}

/// Stores a text before it is used for the first time (R5). Answers its reference.
pub(crate) async fn store_text(context: &EngineContext, kind: TextKind, language: &str, body: &str) -> Result<TextRef> {
    let text = Text { kind, language: language.to_owned(), body: body.to_owned() };
    let digest: Digest = text.digest();
    let known = context.stored_texts.lock().unwrap_or_else(PoisonError::into_inner).contains(&digest);
    if !known {
        context.store.text_put(text).await?;
        let mut texts = context.stored_texts.lock().unwrap_or_else(PoisonError::into_inner);
        if texts.len() >= REMEMBERED {
            texts.clear();
        }
        texts.insert(digest);
    }
    Ok(TextRef { sha256: hex(&digest), lang: language.to_owned() })
}

/// The values that locked texts may name.
pub(crate) fn facts<'a>(
    context: &'a EngineContext,
    list: &'a ListConfig,
    language: &str,
    consent_text: &'a str,
    (when, source, link): (&'a str, &'a str, &'a str),
    hears: bool,
) -> LockedTextFields<'a> {
    let sender = &context.config.sender;
    LockedTextFields {
        controller: &sender.name,
        list: list.title.get(language),
        when,
        source,
        consent_text,
        privacy_url: &sender.privacy_url,
        imprint_url: &sender.imprint_url,
        link,
        hears,
        is_read: !context.config.admin.notify.is_empty(),
        formal: sender.formal,
    }
}

/// A time as people read it, in the language's own form, where the sender is.
pub(crate) fn time_text(time: Time, language: &str, zone: &jiff::tz::TimeZone) -> String {
    let Ok(t) = jiff::Timestamp::from_millisecond(time.0) else { return String::new() };
    let z = t.to_zoned_datetime(zone.clone());
    let name = z.strftime("%Z").to_string();
    if language.starts_with("de") {
        let name = match name.as_str() {
            "CET" => "MEZ",
            "CEST" => "MESZ",
            other => other,
        };
        format!("{:02}.{:02}.{} um {:02}:{:02} {name}", z.day(), z.month(), z.year(), z.hour(), z.minute())
    } else {
        let at = locked::at(language);
        format!("{}-{:02}-{:02} {at} {:02}:{:02} {name}", z.year(), z.month(), z.day(), z.hour(), z.minute())
    }
}

/// The language of the locked texts for a person: theirs if there is a frame in it, else English.
pub(crate) fn locked_language(language: &str) -> &'static str {
    locked::frame_language(language).unwrap_or("en")
}

/// The language of what a person reads about a list: theirs if there are a consent text and a frame in it, else that of the settings, else any
/// that there are both in: nobody reads a text in two languages.
pub(crate) fn text_language(context: &EngineContext, list: &ListConfig, wanted: &str) -> &'static str {
    let texts = &list.consent_text.0;
    let both = |tag: &str| locked::frame_language(tag).filter(|tag| texts.contains_key(*tag));
    let default = &context.config.default_language;
    let known = [wanted, default, "de", "en"].into_iter().find_map(both).or_else(|| texts.keys().find_map(|t| both(t)));
    known.unwrap_or_else(|| locked_language(default))
}

/// The language of the locked texts for the person of an address.
pub(crate) async fn language_of(context: &EngineContext, row: &AddressRow) -> Result<&'static str> {
    let contact = context.store.contact_get(row.contact).await?;
    let language = contact.and_then(|c| c.language);
    Ok(locked_language(language.as_deref().unwrap_or(&context.config.default_language)))
}

/// A link's token in evidence: its digest, because a reader of a proof must not be able to use the link.
pub(crate) fn token_id(id: [u8; 16]) -> String {
    hex(&rundruf_consent::text::sha256(&id))
}
