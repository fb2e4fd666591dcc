//! Asking, confirming, leaving, proving: what people do with their consents, each with its evidence.

use crate::config::ListConfig;
use crate::dispatch::render_payload;
use crate::error::EngineError;
use crate::start::Inner;
use crate::view::{LeaveBy, LinkView, SignUp};
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_consent::evidence::{Act, Controller, Draft, ListRef, Outbound, Source, TextRef};
use rundruf_consent::proof::{ProofEvent, ProofInput};
use rundruf_consent::text::locked::{self, Facts, Rendered};
use rundruf_consent::text::{Text, TextKind, hex, sha256};
use rundruf_consent::token::{self, Purpose};
use rundruf_consent::{Address, Class, Event, ListId, State, Time};
use rundruf_store::{AddressRow, Move, Moved, NewRequest, NewService, Target};
use std::sync::Arc;

type Result<T> = std::result::Result<T, EngineError>;

fn unknown(what: &'static str, name: impl ToString) -> EngineError {
    EngineError::Unknown { what, name: name.to_string() }
}

/// 16 random bytes.
pub(crate) fn random() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| EngineError::refused("random", "the system gives no random numbers", ""))?;
    Ok(bytes)
}

/// Evidence without what only the store knows.
pub(crate) fn draft(engine: &Inner, list: ListId, actor: &str, source: &str, act: Act) -> Arc<Draft> {
    let config = engine.list(list);
    let title = config.map_or("", |c| c.title.get("de"));
    Arc::new(Draft {
        time: engine.clock.now(),
        controller: Controller {
            name: engine.config.sender.name.clone(),
            imprint_url: engine.config.sender.imprint_url.clone(),
            privacy_url: engine.config.sender.privacy_url.clone(),
        },
        list: ListRef {
            name: config.map(|c| c.name.clone()).unwrap_or_default(),
            title: title.to_owned(),
            purpose: config.map_or("", |c| c.purpose.get("de")).to_owned(),
        },
        text: None,
        source: Source { kind: source.to_owned(), detail: None },
        act,
        outbound: None,
        ip_prefix: None,
        earlier: None,
        actor: actor.to_owned(),
    })
}

/// What locked texts may name.
fn facts<'a>(
    engine: &'a Inner,
    list: &'a ListConfig,
    language: &str,
    when: &'a str,
    source: &'a str,
    link: &'a str,
) -> Facts<'a> {
    Facts {
        controller: &engine.config.sender.name,
        list: list.title.get(language),
        when,
        source,
        consent_text: list.consent_text.get(language),
        privacy_url: &engine.config.sender.privacy_url,
        imprint_url: &engine.config.sender.imprint_url,
        link,
    }
}

/// A moment as people read it, in the language's own form, UTC.
fn moment(time: Time, language: &str) -> String {
    let Ok(t) = jiff::Timestamp::from_millisecond(time.0) else { return String::new() };
    let z = t.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    if language.starts_with("de") {
        format!("{:02}.{:02}.{} um {:02}:{:02} UTC", z.day(), z.month(), z.year(), z.hour(), z.minute())
    } else {
        format!("{}-{:02}-{:02} at {:02}:{:02} UTC", z.year(), z.month(), z.day(), z.hour(), z.minute())
    }
}

/// Where somebody signed up, as people read it.
fn source_words(source: &str, language: &str) -> &'static str {
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

/// The language of the texts for somebody: theirs if we speak it, else English.
pub(crate) fn spoken(language: &str) -> &'static str {
    if language.is_empty() || language.starts_with("de") { "de" } else { "en" }
}

/// Queues a locked text.
pub(crate) fn service(
    transport: &crate::dispatch::Transport,
    class: Class,
    language: &str,
    text: &Rendered,
    expires: Option<Time>,
) -> NewService {
    NewService {
        class,
        transport: transport.id,
        address: None,
        list: None,
        payload: render_payload(language, &text.subject, &text.body),
        expires,
    }
}

async fn language_of(engine: &Inner, row: &AddressRow) -> Result<&'static str> {
    let contact = engine.store.contact_get(row.contact).await?;
    Ok(spoken(contact.and_then(|c| c.language).as_deref().unwrap_or("de")))
}

/// The confirm link of a request.
fn confirm_link(engine: &Inner, id: [u8; 16], expires: Time) -> String {
    let token = token::token(&engine.store.secrets().token_key, Purpose::Confirm, id, Some(expires));
    format!("{}/c/{token}", engine.config.public_url)
}

/// The leave link of an address and list.
pub(crate) fn leave_link(engine: &Inner, address: rundruf_consent::AddressId, list: ListId) -> String {
    let mut out = format!("{}/u/", engine.config.public_url);
    engine.leave.append(token::leave_id(address, list), None, &mut out);
    out
}

/// Asks for consent: texts first, then evidence, request and message in one transaction.
pub(crate) async fn request(engine: &Inner, list_id: ListId, sign_up: &SignUp) -> Result<State> {
    let list = engine.list(list_id).ok_or_else(|| unknown("list", &sign_up.list))?;
    let row = engine.store.address_get(sign_up.address).await?.ok_or_else(|| unknown("address", sign_up.address))?;
    let channel = row.address.channel();
    let transport = engine.transport_for(list, channel).ok_or_else(|| {
        EngineError::refused(
            "no_transport",
            format!("no transport of the list `{}` serves {}", list.name, channel.word()),
            "add one to `transports` of the list",
        )
    })?;
    let language =
        if sign_up.language.is_empty() { language_of(engine, &row).await? } else { spoken(&sign_up.language) };
    let now = engine.clock.now();
    let (id, expires) = (random()?, now.plus(engine.config.optin.expires_after));
    let when = moment(now, language);
    let link = confirm_link(engine, id, expires);
    let facts = facts(engine, list, language, &when, source_words(&sign_up.source, language), &link);
    let rendered = locked::request(language, channel, &facts);
    let text = Text {
        kind: TextKind::Consent,
        language: language.to_owned(),
        body: list.consent_text.get(language).to_owned(),
    };
    let digest = engine.store.text_put(text).await?;
    // The template is the request without what belongs to this person: its digest names the wording.
    let bare = locked::request(language, channel, &Facts { when: "", link: "", ..facts });
    let mut draft = (*draft(
        engine,
        list_id,
        &sign_up.actor,
        &sign_up.source,
        Act { kind: act_of(&sign_up.source).to_owned(), ..Act::default() },
    ))
    .clone();
    draft.text = Some(TextRef { sha256: hex(&digest), lang: language.to_owned() });
    draft.outbound = Some(Outbound {
        template_sha256: hex(&sha256(bare.body.as_bytes())),
        body_sha256: hex(&sha256(rendered.body.as_bytes())),
        transport: transport.config.name.clone(),
        message_id: hex(&id),
    });
    let m = Move {
        target: Target::Ids(row.id, list_id),
        event: Event::SignUp,
        draft: Arc::new(draft),
        request: Some(NewRequest { id, expires }),
        services: vec![service(transport, Class::Request, language, &rendered, Some(expires))],
    };
    match engine.store.consent_apply(vec![m], now).await?.pop() {
        Some(Moved::Done { consent, .. }) => {
            transport.wake.notify_one();
            Ok(consent.state)
        }
        Some(Moved::TooMany) => Err(EngineError::refused(
            "too_many_requests",
            "this address was asked already: one request in 24 hours, three in 30 days",
            "wait for the answer; asking again and again is not allowed",
        )),
        Some(Moved::Illegal(illegal)) => Err(EngineError::refused("state", illegal.to_string(), "")),
        Some(Moved::NoTarget) | None => Err(unknown("address", sign_up.address)),
    }
}

const fn act_of(source: &str) -> &'static str {
    match source.as_bytes() {
        b"form" => "checkbox",
        b"inbound" => "inbound",
        _ => "operator",
    }
}

async fn view(
    engine: &Inner,
    row: &AddressRow,
    list_id: ListId,
    state: State,
    expired: bool,
) -> Result<Option<LinkView>> {
    let Some(list) = engine.list(list_id) else { return Ok(None) };
    let language = language_of(engine, row).await?;
    Ok(Some(LinkView {
        language: language.to_owned(),
        list_title: list.title.get(language).to_owned(),
        text: list.consent_text.get(language).to_owned(),
        state,
        expired,
        masked: row.address.masked().split_once(':').map_or_else(String::new, |(_, m)| m.to_owned()),
    }))
}

/// What a confirm link is about. Changes nothing.
pub(crate) async fn confirm_view(engine: &Inner, token: &str) -> Result<Option<LinkView>> {
    let now = engine.clock.now();
    let Some(opened) = token::open(&engine.store.secrets().token_key, Purpose::Confirm, token, now) else {
        return Ok(None);
    };
    let Some(request) = engine.store.request_get(opened.id).await? else { return Ok(None) };
    let Some(row) = engine.store.address_get(request.consent.address).await? else { return Ok(None) };
    let expired = opened.expired || request.expires <= now;
    view(engine, &row, request.consent.list, request.consent.state, expired).await
}

/// The yes on a page: only for an open request, in time.
pub(crate) async fn confirm(engine: &Inner, token: &str, ip_prefix: Option<String>) -> Result<Option<LinkView>> {
    let now = engine.clock.now();
    let Some(opened) = token::open(&engine.store.secrets().token_key, Purpose::Confirm, token, now) else {
        return Ok(None);
    };
    let Some(request) = engine.store.request_get(opened.id).await? else { return Ok(None) };
    if request.consent.state == State::Requested && !opened.expired && request.expires > now {
        let act = Act { kind: "post".to_owned(), token_id: Some(hex(&sha256(&opened.id))), ..Act::default() };
        confirm_request(engine, &request, act, ip_prefix, "form").await?;
    }
    confirm_view(engine, token).await
}

/// Confirms a request and queues the welcome.
pub(crate) async fn confirm_request(
    engine: &Inner,
    request: &rundruf_store::RequestRow,
    act: Act,
    ip_prefix: Option<String>,
    source: &str,
) -> Result<bool> {
    let list_id = request.consent.list;
    let Some(list) = engine.list(list_id) else { return Ok(false) };
    let Some(row) = engine.store.address_get(request.consent.address).await? else { return Ok(false) };
    let language = language_of(engine, &row).await?;
    let now = engine.clock.now();
    let when = moment(now, language);
    let link = leave_link(engine, row.id, list_id);
    let rendered =
        locked::welcome(language, request.address.channel(), &facts(engine, list, language, &when, "", &link));
    let text = Text {
        kind: TextKind::Consent,
        language: language.to_owned(),
        body: list.consent_text.get(language).to_owned(),
    };
    let digest = engine.store.text_put(text).await?;
    let mut draft = (*draft(engine, list_id, "person", source, act)).clone();
    draft.text = Some(TextRef { sha256: hex(&digest), lang: language.to_owned() });
    draft.ip_prefix = ip_prefix;
    let transport = engine.transport_for(list, request.address.channel());
    let services = transport.map(|t| service(t, Class::Welcome, language, &rendered, None)).into_iter().collect();
    let m = Move {
        target: Target::Request(request.id),
        event: Event::Confirm,
        draft: Arc::new(draft),
        request: None,
        services,
    };
    let moved = engine.store.consent_apply(vec![m], now).await?.pop();
    if let Some(transport) = transport {
        transport.wake.notify_one();
    }
    Ok(matches!(moved, Some(Moved::Done { changed: true, .. })))
}

/// What a leave link is about. Changes nothing.
pub(crate) async fn leave_view(engine: &Inner, token: &str) -> Result<Option<LinkView>> {
    let now = engine.clock.now();
    let Some(opened) = token::open(&engine.store.secrets().token_key, Purpose::Leave, token, now) else {
        return Ok(None);
    };
    let (address, list) = token::leave_target(opened.id);
    let Some(row) = engine.store.address_get(address).await? else { return Ok(None) };
    let state = row.consents.iter().find(|c| c.list == list).map_or(State::None, |c| c.state);
    view(engine, &row, list, state, false).await
}

/// The stop on a page or by one click: at once, repeatable, without an acknowledgement (R22: the page says it).
pub(crate) async fn leave(engine: &Inner, token: &str, by: LeaveBy) -> Result<Option<LinkView>> {
    let now = engine.clock.now();
    let Some(opened) = token::open(&engine.store.secrets().token_key, Purpose::Leave, token, now) else {
        return Ok(None);
    };
    let (address, list) = token::leave_target(opened.id);
    let kind = if by == LeaveBy::OneClick { "one_click" } else { "post" };
    let act = Act { kind: kind.to_owned(), token_id: Some(hex(&sha256(&opened.id))), ..Act::default() };
    let draft = draft(engine, list, "person", "link", act);
    let m = Move { target: Target::Ids(address, list), event: Event::Stop, draft, request: None, services: Vec::new() };
    engine.store.consent_apply(vec![m], now).await?;
    leave_view(engine, token).await
}

/// An operator enters a withdrawal (R21): one list, or every list that the address has a consent for.
pub(crate) async fn withdraw(engine: &Inner, address: &Address, list: Option<ListId>, actor: &str) -> Result<u64> {
    let row = engine.store.address_find(address.clone()).await?.ok_or_else(|| unknown("address", address.masked()))?;
    let lists: Vec<ListId> = match list {
        Some(list) => vec![list],
        None => row.consents.iter().map(|c| c.list).collect(),
    };
    let moves = lists
        .into_iter()
        .map(|list| {
            let act = Act { kind: "operator".to_owned(), ..Act::default() };
            let draft = draft(engine, list, actor, "command", act);
            Move { target: Target::Ids(row.id, list), event: Event::Stop, draft, request: None, services: Vec::new() }
        })
        .collect();
    let moved = engine.store.consent_apply(moves, engine.clock.now()).await?;
    Ok(moved.iter().filter(|m| matches!(m, Moved::Done { changed: true, .. })).count() as u64)
}

/// Closes a list: every consent of it is terminated.
pub(crate) async fn close_list(engine: &Inner, list: ListId, actor: &str) -> Result<u64> {
    let now = engine.clock.now();
    let mut after = rundruf_consent::ContactId(0);
    let mut ended = 0;
    let everybody: rundruf_store::Choose =
        Arc::new(|_| rundruf_store::Choice::Skip(0, rundruf_consent::Refusal::Terminated));
    loop {
        let page = engine.store.fan_out_explain(list, Arc::clone(&everybody), after, 1_000).await?;
        let Some(last) = page.last() else { break };
        after = last.contact;
        for person in page {
            let Some(contact) = engine.store.contact_get(person.contact).await? else { continue };
            let act = Act { kind: "operator".to_owned(), ..Act::default() };
            let moves = contact
                .addresses
                .iter()
                .filter(|a| a.consents.iter().any(|c| c.list == list))
                .map(|a| Move {
                    target: Target::Ids(a.id, list),
                    event: Event::CloseList,
                    draft: draft(engine, list, actor, "command", act.clone()),
                    request: None,
                    services: Vec::new(),
                })
                .collect();
            let moved = engine.store.consent_apply(moves, now).await?;
            ended += moved.iter().filter(|m| matches!(m, Moved::Done { changed: true, .. })).count() as u64;
        }
    }
    engine.store.list_close(list, now).await?;
    Ok(ended)
}

/// The proof file of one consent.
pub(crate) async fn proof(engine: &Inner, address: &Address, list: ListId) -> Result<(Vec<u8>, State, usize)> {
    let row = engine.store.address_find(address.clone()).await?.ok_or_else(|| unknown("address", address.masked()))?;
    let data = engine.store.consent_proof(row.id, list).await?.ok_or_else(|| {
        EngineError::refused(
            "no_consent",
            "there is no consent of this address for this list",
            "`rundruf consent show` lists what there is",
        )
    })?;
    // The signed head covers every event: a proof never names a tree that was not signed.
    engine.store.log_sign(engine.signer.clone(), engine.clock.now()).await?;
    let head = engine.store.log_head().await?;
    let events: Option<Vec<ProofEvent>> = data
        .events
        .iter()
        .map(|e| Some(ProofEvent { record: e.record, index: u64::try_from(e.id.0 - 1).ok()?, json: e.json.clone()? }))
        .collect();
    let events = events.ok_or_else(|| EngineError::refused("erased", "the evidence was erased", ""))?;
    let (signer, now, nodes) = (engine.signer.clone(), engine.clock.now(), engine.store.log_nodes()?);
    let (state, count) = (data.consent.state, events.len());
    let make = move || {
        let input = ProofInput {
            events: &events,
            key: &data.key,
            texts: &data.texts,
            nodes: &*nodes,
            size: head.size,
            signer: &signer,
            now,
        };
        rundruf_consent::proof::write(&input)
    };
    let zip = tokio::task::spawn_blocking(make).await.map_err(std::io::Error::other)?;
    Ok((zip.map_err(|e| EngineError::refused("proof", e.to_string(), ""))?, state, count))
}

/// A reply's texts.
pub(crate) fn reply(engine: &Inner, list: Option<&ListConfig>, titles: &str, language: &str, what: Reply) -> Rendered {
    let none = String::new();
    let facts = Facts {
        controller: &engine.config.sender.name,
        list: titles,
        when: "",
        source: "",
        consent_text: list.map_or(none.as_str(), |l| l.consent_text.get(language)),
        privacy_url: &engine.config.sender.privacy_url,
        imprint_url: &engine.config.sender.imprint_url,
        link: "",
    };
    match what {
        Reply::StopAck => locked::stop_ack(language, &facts),
        Reply::Soft => locked::soft(language, &facts),
        Reply::Help => locked::help(language, &facts),
        Reply::AskAgain => locked::ask_again(language, &facts),
    }
}

/// Which reply.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reply {
    StopAck,
    Soft,
    Help,
    AskAgain,
}
