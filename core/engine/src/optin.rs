//! Asking for consent and hearing yes: the text that was shown is the text that is agreed to.

use crate::bounce;
use crate::error::EngineError;
use crate::evidence::{By, draft, facts, keep, language_of, moment, source_words, spoken, token_id};
use crate::leave::leave_link;
use crate::reply;
use crate::start::Inner;
use crate::view::{LinkView, SignUp};
use crate::wake::Wake;
use rundruf_consent::evidence::{ConsentAction, OutboundRef, TextRef};
use rundruf_consent::text::locked::{self, LockedTextFields};
use rundruf_consent::text::{TextKind, hex, sha256, unhex};
use rundruf_consent::token::{self, Purpose};
use rundruf_consent::{Class, Event, ListId, State, Time};
use rundruf_store::{ConsentChange, ConsentResult, ConsentTarget, NewRequest, RequestRow};
use std::sync::Arc;

type Result<T> = std::result::Result<T, EngineError>;

fn unknown(what: &'static str, name: impl ToString) -> EngineError {
    EngineError::Unknown { what, name: name.to_string() }
}

/// The confirm link of a request.
fn confirm_link(engine: &Inner, id: [u8; 16], expires: Time) -> String {
    let token = token::sign(&engine.store.secrets().token_key, Purpose::Confirm, id, Some(expires));
    format!("{}/c/{token}", engine.config.public_url)
}

/// The act by which somebody signs up at a source, where the caller knows no better.
const fn act_of(source: &str) -> &'static str {
    match source.as_bytes() {
        b"form" => "checkbox",
        b"inbound" => "inbound",
        _ => "operator",
    }
}

/// Asks for consent: texts first, then evidence, request and message in one transaction. `inbound` is the message that asked for it.
pub(crate) async fn request(
    engine: &Inner,
    list_id: ListId,
    sign_up: &SignUp,
    inbound: Option<ConsentAction>,
) -> Result<State> {
    let list = engine.open_list(list_id)?;
    let row = engine.store.address_get(sign_up.address).await?.ok_or_else(|| unknown("address", sign_up.address))?;
    let channel = row.address.channel();
    let transport = engine.transport_for(list, channel).ok_or_else(|| {
        EngineError::refused(
            "no_transport",
            format!("no transport of the list `{}` serves {}", list.name, channel.word()),
            "add one to `transports` of the list",
        )
    })?;
    // Who has said yes is not asked again: no request may be sent in these states (§2.3).
    let state = row.consents.iter().find(|c| c.list == list_id).map_or(State::None, |c| c.state);
    if matches!(state, State::Confirmed | State::Held) {
        return Ok(state);
    }
    // Who signs up says that the address works: it is tried once more.
    bounce::heard(engine, &row).await?;
    let language =
        if sign_up.language.is_empty() { language_of(engine, &row).await? } else { spoken(&sign_up.language) };
    let now = engine.clock.now();
    let (id, expires) = (crate::evidence::random()?, now.plus(engine.config.optin.expires_after));
    let consent_text = list.consent_text.get(language);
    let (when, source) = (moment(now, language), source_words(&sign_up.source, language));
    let link = confirm_link(engine, id, expires);
    let facts = facts(engine, list, language, consent_text, (&when, source, &link));
    let rendered = locked::request(language, channel, &facts);
    // The template is the request without what belongs to this person: its digest names the wording.
    let bare = locked::request(language, channel, &LockedTextFields { when: "", link: "", ..facts });
    let text = keep(engine, TextKind::Consent, language, consent_text).await?;
    let template = keep(engine, TextKind::Request, language, &bare.body).await?;
    let by = By {
        detail: inbound.as_ref().and_then(|act| act.message_id.clone()),
        act: inbound
            .unwrap_or_else(|| ConsentAction { kind: act_of(&sign_up.source).to_owned(), ..ConsentAction::default() }),
        ..By::new(&sign_up.actor, &sign_up.source, "")
    };
    let mut draft = draft(engine, list_id, language, by);
    draft.text = Some(text);
    draft.outbound = Some(OutboundRef {
        template_sha256: template.sha256,
        body_sha256: hex(&sha256(rendered.body.as_bytes())),
        transport: transport.config.name.clone(),
        message_id: token_id(id),
    });
    let m = ConsentChange {
        target: ConsentTarget::Ids(row.id, list_id),
        event: Event::SignUp,
        draft: Arc::new(draft),
        request: Some(NewRequest { id, expires }),
        services: vec![reply::service(transport, Class::Request, language, &rendered, Some(expires))],
    };
    match engine.store.consent_apply(vec![m], now).await?.pop() {
        Some(ConsentResult::Done { consent, .. }) => {
            engine.wake(Wake::Service(transport.id));
            Ok(consent.state)
        }
        Some(ConsentResult::TooMany) => Err(EngineError::refused(
            "too_many_requests",
            "this address was asked already: one request in 24 hours, three in 30 days",
            "wait for the answer; asking again and again is not allowed",
        )),
        Some(ConsentResult::Illegal(illegal)) => Err(EngineError::refused("state", illegal.to_string(), "")),
        Some(ConsentResult::NoTarget) | None => Err(unknown("address", sign_up.address)),
    }
}

/// The text that a request showed.
pub(crate) struct Asked {
    text: TextRef,
    pub(crate) language: &'static str,
    body: String,
}

/// Finds it in the evidence: the settings may say something else by now, and nobody has agreed to that.
pub(crate) async fn asked(engine: &Inner, request: &RequestRow) -> Result<Option<Asked>> {
    let consent = &request.consent;
    let events = engine.store.consent_events(consent.address, consent.list).await?;
    let sign_up = events.iter().rev().find(|e| e.event == Event::SignUp.word()).and_then(|e| e.json.as_deref());
    let json: serde_json::Value = sign_up.and_then(|j| serde_json::from_str(j).ok()).unwrap_or_default();
    let field = |name| json.pointer(name).and_then(serde_json::Value::as_str);
    let (Some(sha256), Some(lang)) = (field("/text/sha256"), field("/text/lang")) else { return Ok(None) };
    let Some(digest) = unhex::<32>(sha256) else { return Ok(None) };
    let text = TextRef { sha256: sha256.to_owned(), lang: lang.to_owned() };
    let body = engine.store.text_get(digest).await?.map(|t| t.body);
    Ok(body.map(|body| Asked { text, language: spoken(lang), body }))
}

/// The request behind a genuine link, and whether its time is over.
async fn open(engine: &Inner, token: &str) -> Result<Option<(RequestRow, bool)>> {
    let now = engine.clock.now();
    let Some(opened) = token::verify(&engine.store.secrets().token_key, Purpose::Confirm, token, now) else {
        return Ok(None);
    };
    let request = engine.store.request_get(opened.id).await?;
    Ok(request.map(|r| {
        let expired = opened.expired || r.expires <= now;
        (r, expired)
    }))
}

/// What a confirm link is about. Changes nothing.
pub(crate) async fn confirm_view(engine: &Inner, token: &str) -> Result<Option<LinkView>> {
    let Some((request, expired)) = open(engine, token).await? else { return Ok(None) };
    let (Some(list), Some(asked)) = (engine.list(request.consent.list), asked(engine, &request).await?) else {
        return Ok(None);
    };
    Ok(Some(LinkView {
        language: asked.language.to_owned(),
        list_title: list.title.get(asked.language).to_owned(),
        text: asked.body,
        state: request.consent.state,
        expired,
        masked: masked(&request.address),
    }))
}

/// The address so that its owner knows it and nobody else learns it.
pub(crate) fn masked(address: &rundruf_consent::Address) -> String {
    address.masked().split_once(':').map_or_else(String::new, |(_, m)| m.to_owned())
}

/// The yes on a page: only for an open request, in time.
pub(crate) async fn confirm(engine: &Inner, token: &str, ip_prefix: Option<String>) -> Result<Option<LinkView>> {
    let Some((request, expired)) = open(engine, token).await? else { return Ok(None) };
    if request.consent.state == State::Requested && !expired {
        let act =
            ConsentAction { kind: "post".to_owned(), token_id: Some(token_id(request.id)), ..ConsentAction::default() };
        confirm_request(engine, &request, By { act, ..By::new("person", "link", "") }, ip_prefix).await?;
    }
    confirm_view(engine, token).await
}

/// Confirms a request and queues the welcome. False if that changed nothing.
pub(crate) async fn confirm_request(
    engine: &Inner,
    request: &RequestRow,
    by: By<'_>,
    ip_prefix: Option<String>,
) -> Result<bool> {
    let (list_id, channel) = (request.consent.list, request.address.channel());
    let (Some(list), Some(asked)) = (engine.list(list_id), asked(engine, request).await?) else { return Ok(false) };
    let (now, language) = (engine.clock.now(), asked.language);
    let (when, link) = (moment(now, language), leave_link(engine, request.consent.address, list_id));
    let facts = facts(engine, list, language, &asked.body, (&when, "", &link));
    let rendered = locked::welcome(language, channel, &facts);
    let bare = locked::welcome(language, channel, &LockedTextFields { when: "", link: "", ..facts });
    keep(engine, TextKind::Welcome, language, &bare.body).await?;
    let mut draft = draft(engine, list_id, language, by);
    draft.text = Some(asked.text.clone());
    draft.ip_prefix = ip_prefix;
    let transport = engine.transport_for(list, channel);
    let welcome = transport.map(|t| reply::service(t, Class::Welcome, language, &rendered, None));
    let m = ConsentChange {
        target: ConsentTarget::Request(request.id),
        event: Event::Confirm,
        draft: Arc::new(draft),
        request: None,
        services: welcome.into_iter().collect(),
    };
    let moved = engine.store.consent_apply(vec![m], now).await?.pop();
    if let Some(transport) = transport {
        engine.wake(Wake::Service(transport.id));
    }
    Ok(matches!(moved, Some(ConsentResult::Done { changed: true, .. })))
}
