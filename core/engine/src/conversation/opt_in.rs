//! Asking for consent and hearing yes: the person agrees to exactly the text that was shown.

use super::bounce;
use super::evidence::{
    Provenance, draft, facts, language_of, locked_language, random, store_text, text_language, time_text, token_id,
};
use super::link;
use super::reply;
use crate::context::EngineContext;
use crate::context::Wake;
use crate::error::{EngineError, Result};
use crate::view::{LinkView, SignUp};
use rundruf_consent::evidence::{ConsentAction, OutboundRef, TextRef};
use rundruf_consent::text::locked::{self, LockedTextFields};
use rundruf_consent::text::{TextKind, hex, sha256, unhex};
use rundruf_consent::token::{self, Purpose};
use rundruf_consent::{AddressFlags, Channel, Class, Event, ListId, State};
use rundruf_lang::msg;
use rundruf_store::{AddressRow, ConsentChange, ConsentResult, ConsentTarget, NewRequest, RequestRow};
use std::sync::Arc;
use std::time::Duration;

/// The act by which a person signs up, by the source of the sign-up.
const fn act_of(source: &str) -> &'static str {
    match source.as_bytes() {
        b"form" => "checkbox",
        b"inbound" => "inbound",
        _ => "operator",
    }
}

/// The actor of what a person did by a message or on a page.
const PERSON: &str = "person";

/// Whether a state says that the person must not be written to unless the person begins (R25, R28).
const fn is_shut(state: State) -> bool {
    !matches!(state, State::None | State::Requested | State::Expired | State::Confirmed | State::Held)
}

/// Refuses a request by an operator to a person who has left, said no, or never proved a yes, unless the operator says where that person asked
/// for it (R25, R28). A request that expired in between changes nothing about that: the history of the consent counts.
async fn only_if_asked(
    context: &EngineContext,
    row: &AddressRow,
    list: ListId,
    state: State,
    sign_up: &SignUp,
) -> Result<()> {
    if sign_up.person_asked.is_some() {
        return Ok(());
    }
    let mut shut = is_shut(state).then_some(state);
    if row.flags.has(AddressFlags::SUPPRESSED) {
        shut = Some(State::Withdrawn);
    }
    if shut.is_none() && state != State::None {
        // The last state before the request that was not answered.
        let events = context.store.consent_events(row.id, list).await?;
        let before = events.iter().rev().map(|e| e.state_after);
        shut = before.into_iter().find(|s| !matches!(s, State::Requested | State::Expired)).filter(|s| is_shut(*s));
    }
    if shut.is_none() {
        // Another tag of the mailbox may have left: the person behind it is the same.
        let mailbox = context.store.mailbox_find(row.address.clone()).await?;
        let has_left = |other: &AddressRow| {
            let left = |s| matches!(s, State::Withdrawn | State::Objected | State::Declined);
            other.flags.has(AddressFlags::SUPPRESSED) || other.consents.iter().any(|c| c.list == list && left(c.state))
        };
        shut = mailbox.iter().any(|other| other.id != row.id && has_left(other)).then_some(State::Withdrawn);
    }
    let Some(shut) = shut else { return Ok(()) };
    let message = msg!("engine-request-not-begun", state = shut.word(), channel = row.address.channel().word());
    Err(EngineError::refused("not_begun_by_the_person", message, msg!("engine-request-not-begun-help")))
}

/// How long a request can be answered.
fn time_to_answer(context: &EngineContext, channel: Channel) -> Duration {
    let optin = &context.config.optin;
    if channel.confirms_by_reply() { optin.chat_expires_after } else { optin.expires_after }
}

/// Asks for consent: texts first, then evidence, request and message in one transaction. `inbound` is the message that asked for it.
pub(crate) async fn request(
    context: &EngineContext,
    list_id: ListId,
    sign_up: &SignUp,
    inbound: Option<ConsentAction>,
) -> Result<State> {
    let list = context.open_list(list_id)?;
    let row = context
        .store
        .address_get(sign_up.address)
        .await?
        .ok_or_else(|| EngineError::Unknown(msg!("engine-no-address", name = %sign_up.address)))?;
    let channel = row.address.channel();
    let transport = context.transport_for(list, channel).ok_or_else(|| {
        EngineError::refused(
            "no_transport",
            msg!("engine-list-without-channel", list = &list.name, channel = channel.word()),
            msg!("engine-list-without-channel-help"),
        )
    })?;
    // A person who has said yes is not asked again: no request may be sent in these states (§2.3).
    let state = row.consents.iter().find(|c| c.list == list_id).map_or(State::None, |c| c.state);
    if matches!(state, State::Confirmed | State::Held) {
        return Ok(state);
    }
    if sign_up.actor != PERSON {
        only_if_asked(context, &row, list_id, state, sign_up).await?;
    }
    // A sign-up says that the address works: it is tried once more.
    bounce::unflag(context, &row).await?;
    let own = language_of(context, &row).await?;
    let wanted = if sign_up.language.is_empty() { own } else { &sign_up.language };
    let language = text_language(context, list, wanted);
    let now = context.clock.now();
    let (id, expires) = (random()?, now.plus(time_to_answer(context, channel)));
    let consent_text = list.consent_text.get(language);
    let (when, source) =
        (time_text(now, language, &context.config.time_zone), locked::source(language, &sign_up.source));
    let link = link::confirm(context, id, expires);
    let hears = transport.hears();
    let facts = facts(context, list, language, consent_text, (&when, source, &link), hears);
    let rendered = locked::request(language, channel, &facts);
    // The template is the request without the values of this person: its digest names the wording.
    let bare = locked::request(language, channel, &LockedTextFields { when: "", link: "", ..facts });
    let text = store_text(context, TextKind::Consent, language, consent_text).await?;
    let template = store_text(context, TextKind::Request, language, &bare.body).await?;
    let asked = sign_up.person_asked.as_deref().map(str::trim).filter(|text| !text.is_empty());
    let act = if asked.is_some() { "person_asked" } else { act_of(&sign_up.source) };
    let by = Provenance {
        detail: inbound.as_ref().and_then(|act| act.message_id.clone()).or_else(|| asked.map(str::to_owned)),
        act: inbound.unwrap_or_else(|| ConsentAction { kind: act.to_owned(), ..ConsentAction::default() }),
        ..Provenance::new(&sign_up.actor, &sign_up.source, "")
    };
    let mut draft = draft(context, list_id, language, by);
    draft.text = Some(text);
    draft.outbound = Some(OutboundRef {
        template_sha256: template.sha256,
        body: Some(rendered.body.clone()),
        body_sha256: hex(&sha256(rendered.body.as_bytes())),
        transport: transport.config.name.clone(),
        // The store names the message when it queues it.
        message_id: String::new(),
    });
    let m = ConsentChange {
        target: ConsentTarget::Ids(row.id, list_id),
        event: Event::SignUp,
        draft: Arc::new(draft),
        request: Some(NewRequest { id, expires }),
        services: vec![reply::service(transport, Class::Request, language, &rendered, Some(expires))],
    };
    match context.store.consent_apply(vec![m], now).await?.pop() {
        Some(ConsentResult::Done { consent, .. }) => {
            context.wake(Wake::Service(transport.id));
            Ok(consent.state)
        }
        Some(ConsentResult::TooMany) => Err(EngineError::refused(
            "too_many_requests",
            msg!("engine-asked-already"),
            msg!("engine-asked-already-help"),
        )),
        Some(ConsentResult::Illegal(illegal)) => Err(EngineError::refused("state", illegal.message(), "")),
        Some(ConsentResult::NoTarget) | None => {
            Err(EngineError::Unknown(msg!("engine-no-address", name = %sign_up.address)))
        }
    }
}

/// The text that a request showed, and its language.
pub(crate) struct ConsentQuestion {
    text: TextRef,
    pub(crate) language: &'static str,
    body: String,
}

/// Reads the text of a request from its evidence: the settings may have changed since, and the person did not agree to the new text.
pub(crate) async fn question(context: &EngineContext, request: &RequestRow) -> Result<Option<ConsentQuestion>> {
    let consent = &request.consent;
    let events = context.store.consent_events(consent.address, consent.list).await?;
    let sign_up = events.iter().rev().find(|e| e.event == Event::SignUp.word()).and_then(|e| e.json.as_deref());
    let json: serde_json::Value = sign_up.and_then(|j| serde_json::from_str(j).ok()).unwrap_or_default();
    let field = |name| json.pointer(name).and_then(serde_json::Value::as_str);
    let (Some(sha256), Some(lang)) = (field("/text/sha256"), field("/text/lang")) else { return Ok(None) };
    let Some(digest) = unhex::<32>(sha256) else { return Ok(None) };
    let text = TextRef { sha256: sha256.to_owned(), lang: lang.to_owned() };
    let body = context.store.text_get(digest).await?.map(|t| t.body);
    Ok(body.map(|body| ConsentQuestion { text, language: locked_language(lang), body }))
}

/// The request behind a genuine link, and whether it has expired.
async fn open(context: &EngineContext, token: &str) -> Result<Option<(RequestRow, bool)>> {
    let now = context.clock.now();
    let Some(opened) = token::verify(&context.store.secrets().token_key, Purpose::Confirm, token, now) else {
        return Ok(None);
    };
    let request = context.store.request_get(opened.id).await?;
    Ok(request.map(|r| {
        // A request that a newer one replaced, or that a stop ended, cannot be answered any more, even if the person has been asked again.
        let expired = opened.expired || r.expires <= now || (!r.is_open && r.consent.state == State::Requested);
        (r, expired)
    }))
}

/// What a confirm link is about; `None` if it is not genuine. Changes nothing.
pub(crate) async fn show(context: &EngineContext, token: &str) -> Result<Option<LinkView>> {
    let Some((request, expired)) = open(context, token).await? else { return Ok(forgotten(context, token)) };
    let (Some(list), Some(question)) = (context.list(request.consent.list), question(context, &request).await?) else {
        return Ok(None);
    };
    Ok(Some(LinkView {
        language: question.language.to_owned(),
        list_title: list.title.get(question.language).to_owned(),
        text: question.body,
        state: request.consent.state,
        expired,
        masked: link::masked(&request.address),
        left_all: false,
    }))
}

/// Confirms by a link, if its request is open and has not expired.
pub(crate) async fn confirm(
    context: &EngineContext,
    token: &str,
    ip_prefix: Option<String>,
) -> Result<Option<LinkView>> {
    let Some((request, expired)) = open(context, token).await? else { return Ok(forgotten(context, token)) };
    if request.is_open && request.consent.state == State::Requested && !expired {
        let act =
            ConsentAction { kind: "post".to_owned(), token_id: Some(token_id(request.id)), ..ConsentAction::default() };
        confirm_request(context, &request, Provenance { act, ..Provenance::new("person", "link", "") }, ip_prefix)
            .await?;
    }
    show(context, token).await
}

/// What a genuine link says whose request was not answered and is forgotten: sign up again.
fn forgotten(context: &EngineContext, token: &str) -> Option<LinkView> {
    token::verify(&context.store.secrets().token_key, Purpose::Confirm, token, context.clock.now())?;
    Some(LinkView {
        language: context.config.default_language.clone(),
        list_title: String::new(),
        text: String::new(),
        state: State::Expired,
        expired: true,
        masked: String::new(),
        left_all: false,
    })
}

/// Confirms a request and queues the welcome. False if that changed nothing.
pub(crate) async fn confirm_request(
    context: &EngineContext,
    request: &RequestRow,
    by: Provenance<'_>,
    ip_prefix: Option<String>,
) -> Result<bool> {
    let (list_id, channel) = (request.consent.list, request.address.channel());
    let (Some(list), Some(question)) = (context.list(list_id), question(context, request).await?) else {
        return Ok(false);
    };
    let (now, language) = (context.clock.now(), question.language);
    let random = context.store.address_get(request.consent.address).await?.map_or(0, |row| row.link);
    let link = link::unsubscribe(context, request.consent.address, list_id, random);
    let when = time_text(now, language, &context.config.time_zone);
    let transport = context.transport_for(list, channel);
    let hears = transport.is_some_and(|t| t.hears());
    let facts = facts(context, list, language, &question.body, (&when, "", &link), hears);
    let rendered = locked::welcome(language, channel, &facts);
    let bare = locked::welcome(language, channel, &LockedTextFields { when: "", link: "", ..facts });
    store_text(context, TextKind::Welcome, language, &bare.body).await?;
    let mut draft = draft(context, list_id, language, by);
    draft.text = Some(question.text.clone());
    draft.ip_prefix = ip_prefix;
    let welcome = transport.map(|t| reply::service(t, Class::Welcome, language, &rendered, None));
    let m = ConsentChange {
        target: ConsentTarget::Request(request.id),
        event: Event::Confirm,
        draft: Arc::new(draft),
        request: None,
        services: welcome.into_iter().collect(),
    };
    let moved = context.store.consent_apply(vec![m], now).await?.pop();
    if let Some(transport) = transport {
        context.wake(Wake::Service(transport.id));
    }
    Ok(matches!(moved, Some(ConsentResult::Done { changed: true, .. })))
}
