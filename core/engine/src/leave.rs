//! Stopping: by link, by one click, by an operator, with the end of a list. At once, without a question, as often as somebody likes.

use crate::error::EngineError;
use crate::evidence::{By, draft, language_of, token_id};
use crate::optin::masked;
use crate::start::Inner;
use crate::view::{LeaveBy, LinkView};
use rundruf_consent::evidence::ConsentAction;
use rundruf_consent::token::{self, Purpose};
use rundruf_consent::{Address, AddressId, ContactId, Event, ListId, Refusal, State};
use rundruf_store::{AddressRow, ConsentChange, ConsentResult, ConsentTarget, FanOutChoice, FanOutChooser};
use std::sync::{Arc, PoisonError};

type Result<T> = std::result::Result<T, EngineError>;

/// Contacts of a closing list that are moved together.
const PAGE: u32 = 1_000;

/// The leave link of an address and list.
pub(crate) fn leave_link(engine: &Inner, address: AddressId, list: ListId) -> String {
    let mut out = format!("{}/u/", engine.config.public_url);
    engine.leave.append(token::unsubscribe_id(address, list), None, &mut out);
    out
}

/// The move of a stop.
pub(crate) fn stop(engine: &Inner, address: AddressId, list: ListId, by: By<'_>) -> ConsentChange {
    let draft = Arc::new(draft(engine, list, "de", by));
    ConsentChange {
        target: ConsentTarget::Ids(address, list),
        event: Event::Stop,
        draft,
        request: None,
        services: Vec::new(),
    }
}

/// The address and list of a genuine link.
fn open(engine: &Inner, token: &str) -> Option<([u8; 16], AddressId, ListId)> {
    let opened = token::verify(&engine.store.secrets().token_key, Purpose::Unsubscribe, token, engine.clock.now())?;
    let (address, list) = token::unsubscribe_target(opened.id);
    Some((opened.id, address, list))
}

/// A list's name, also if it is not in the settings any more: links keep working.
async fn name_of(engine: &Inner, list: ListId) -> Result<Option<String>> {
    let all = engine.store.list_all().await?;
    Ok(all.into_iter().find(|s| s.id == list).map(|s| s.name))
}

async fn view(engine: &Inner, row: &AddressRow, list: ListId) -> Result<Option<LinkView>> {
    let language = language_of(engine, row).await?;
    let (list_title, text) = match engine.list(list) {
        Some(config) => (config.title.get(language).to_owned(), config.consent_text.get(language).to_owned()),
        None => match name_of(engine, list).await? {
            Some(name) => (name, String::new()),
            None => return Ok(None),
        },
    };
    let state = row.consents.iter().find(|c| c.list == list).map_or(State::None, |c| c.state);
    let masked = masked(&row.address);
    Ok(Some(LinkView { language: language.to_owned(), list_title, text, state, expired: false, masked }))
}

/// What a leave link is about. Changes nothing.
pub(crate) async fn leave_view(engine: &Inner, token: &str) -> Result<Option<LinkView>> {
    let Some((_, address, list)) = open(engine, token) else { return Ok(None) };
    match engine.store.address_get(address).await? {
        Some(row) => view(engine, &row, list).await,
        None => Ok(None),
    }
}

/// The stop on a page or by one click: at once, repeatable, without an acknowledgement (R22: the page says it).
pub(crate) async fn leave(engine: &Inner, token: &str, how: LeaveBy) -> Result<Option<LinkView>> {
    let Some((id, address, list)) = open(engine, token) else { return Ok(None) };
    let kind = if how == LeaveBy::OneClick { "one_click" } else { "post" };
    let act = ConsentAction { kind: kind.to_owned(), token_id: Some(token_id(id)), ..ConsentAction::default() };
    let mut m = stop(engine, address, list, By { act, ..By::new("person", "link", "") });
    if engine.list(list).is_none()
        && let Some(name) = name_of(engine, list).await?
    {
        Arc::make_mut(&mut m.draft).list.name = name;
    }
    engine.store.consent_apply(vec![m], engine.clock.now()).await?;
    leave_view(engine, token).await
}

/// An operator enters a withdrawal (R21): one list, or every list that the address has a consent for; all of them, if it has none yet.
pub(crate) async fn withdraw(engine: &Inner, address: &Address, list: Option<ListId>, actor: &str) -> Result<u64> {
    let found = engine.store.address_find(address.clone()).await?;
    let row = found.ok_or_else(|| EngineError::Unknown { what: "address", name: address.masked() })?;
    let lists: Vec<ListId> = match list {
        Some(list) => vec![list],
        None if row.consents.is_empty() => engine.lists.iter().map(|(id, _)| *id).collect(),
        None => row.consents.iter().map(|c| c.list).collect(),
    };
    let by = || By::new(actor, "command", "operator");
    let moves = lists.into_iter().map(|list| stop(engine, row.id, list, by())).collect();
    Ok(changed(&engine.store.consent_apply(moves, engine.clock.now()).await?))
}

fn changed(moved: &[ConsentResult]) -> u64 {
    moved.iter().filter(|m| matches!(m, ConsentResult::Done { changed: true, .. })).count() as u64
}

/// Closes a list: it takes nobody any more, and every consent of it is terminated.
pub(crate) async fn close_list(engine: &Inner, list: ListId, actor: &str) -> Result<u64> {
    let now = engine.clock.now();
    engine.closed.lock().unwrap_or_else(PoisonError::into_inner).insert(list);
    let everybody: FanOutChooser = Arc::new(|_| FanOutChoice::Skip(0, Refusal::Terminated));
    let draft = Arc::new(draft(engine, list, "de", By::new(actor, "command", "operator")));
    let (mut after, mut ended) = (ContactId(0), 0);
    loop {
        let page = engine.store.fan_out_explain(list, Arc::clone(&everybody), after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.contact;
        let mut moves = Vec::with_capacity(page.len());
        for person in page {
            let Some(contact) = engine.store.contact_get(person.contact).await? else { continue };
            let of_list = |a: &&AddressRow| a.consents.iter().any(|c| c.list == list);
            moves.extend(contact.addresses.iter().filter(of_list).map(|a| ConsentChange {
                target: ConsentTarget::Ids(a.id, list),
                event: Event::CloseList,
                draft: Arc::clone(&draft),
                request: None,
                services: Vec::new(),
            }));
        }
        ended += changed(&engine.store.consent_apply(moves, now).await?);
    }
    engine.store.list_close(list, now).await?;
    Ok(ended)
}
