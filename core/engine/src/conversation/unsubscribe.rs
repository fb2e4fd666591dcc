//! Withdrawals: by link, by one click, by an operator, by closing a list. At once, without a question, repeatable. A stop without a list is about
//! the sender: it holds for every list, present and future.

use super::evidence::{Provenance, change, draft, language_of, token_id};
use super::link;
use crate::context::EngineContext;
use crate::error::{EngineError, Result};
use crate::view::{LinkView, UnsubscribeMethod};
use rundruf_consent::evidence::ConsentAction;
use rundruf_consent::token::{self, Purpose, UnsubscribeTarget};
use rundruf_consent::{Address, AddressFlags, AddressId, ContactId, Event, ListId, Refusal, State};
use rundruf_lang::msg;
use rundruf_store::{
    AddressRow, BroadcastAction, ConsentChange, ConsentResult, ConsentTarget, FanOutChoice, FanOutChooser, NewContact,
};
use std::sync::{Arc, PoisonError};

/// Broadcasts of a closing list that are cancelled.
const BROADCASTS: u32 = 10_000;
/// Contacts of a closing list that are changed in one transaction.
const PAGE: u32 = 1_000;

/// The change that withdraws a consent: `Stop` for this list, `StopAll` for every list of the sender.
pub(crate) fn withdrawal(
    context: &EngineContext,
    address: AddressId,
    list: ListId,
    event: Event,
    by: Provenance<'_>,
) -> ConsentChange {
    change(address, list, event, Arc::new(draft(context, list, "de", by)))
}

/// The lists whose consents record that a person has left everything: those that the address has a consent for. If none of them is in the
/// settings any more, those of the settings, so that the stop has evidence.
pub(super) fn lists_of(context: &EngineContext, row: &AddressRow) -> Vec<ListId> {
    let mut lists: Vec<ListId> = row.consents.iter().map(|c| c.list).collect();
    if lists.iter().all(|list| context.list(*list).is_none()) {
        lists.extend(context.lists.current.iter().map(|(id, _)| *id).filter(|id| context.open_list(*id).is_ok()));
    }
    lists
}

/// The changes by which an address leaves every list of the sender.
pub(crate) fn withdrawals<'a>(
    context: &EngineContext,
    row: &AddressRow,
    by: impl Fn() -> Provenance<'a>,
) -> Vec<ConsentChange> {
    let lists = lists_of(context, row).into_iter();
    lists.map(|list| withdrawal(context, row.id, list, Event::StopAll, by())).collect()
}

/// The id, address and list of a genuine link. A link whose random part is not the address's was made for another one, before a restore.
async fn open(context: &EngineContext, token: &str) -> Result<Option<([u8; 16], AddressRow, ListId)>> {
    let key = &context.store.secrets().token_key;
    let Some(opened) = token::verify(key, Purpose::Unsubscribe, token, context.clock.now()) else { return Ok(None) };
    let target = UnsubscribeTarget::of(&opened);
    let row = context.store.address_get(target.address).await?.filter(|row| row.link == target.random);
    Ok(row.map(|row| (opened.id, row, target.list)))
}

/// A list's name, also of a list that is not in the settings any more: its links keep working.
async fn name_of(context: &EngineContext, list: ListId) -> Result<Option<String>> {
    let all = context.store.list_all().await?;
    Ok(all.into_iter().find(|s| s.id == list).map(|s| s.name))
}

async fn view(context: &EngineContext, row: &AddressRow, list: ListId) -> Result<Option<LinkView>> {
    let language = language_of(context, row).await?;
    let (list_title, text) = match context.list(list) {
        Some(config) => (config.title.get(language).to_owned(), config.consent_text.get(language).to_owned()),
        None => match name_of(context, list).await? {
            Some(name) => (name, String::new()),
            None => return Ok(None),
        },
    };
    let state = row.consents.iter().find(|c| c.list == list).map_or(State::None, |c| c.state);
    let masked = link::masked(&row.address);
    let came_back = row.consents.iter().any(|c| matches!(c.state, State::Confirmed | State::Held | State::Requested));
    let left_all = row.flags.has(AddressFlags::SUPPRESSED) && !came_back;
    Ok(Some(LinkView { language: language.to_owned(), list_title, text, state, expired: false, masked, left_all }))
}

/// What an unsubscribe link is about; `None` if it is not genuine. Changes nothing.
pub(crate) async fn show(context: &EngineContext, token: &str) -> Result<Option<LinkView>> {
    let Some((_, row, list)) = open(context, token).await? else { return Ok(None) };
    view(context, &row, list).await
}

/// Withdraws by a link: on its page or by one click, for its list or for all. Sends no acknowledgement (R22: the page says it).
pub(crate) async fn by_link(context: &EngineContext, token: &str, how: UnsubscribeMethod) -> Result<Option<LinkView>> {
    let Some((id, row, list)) = open(context, token).await? else { return Ok(None) };
    let by = || {
        let kind = if how == UnsubscribeMethod::OneClick { "one_click" } else { "post" };
        let act = ConsentAction { kind: kind.to_owned(), token_id: Some(token_id(id)), ..ConsentAction::default() };
        Provenance { act, ..Provenance::new("person", "link", "") }
    };
    let mut changes = if how == UnsubscribeMethod::AllLists { withdrawals(context, &row, by) } else { Vec::new() };
    if changes.is_empty() {
        let event = if how == UnsubscribeMethod::AllLists { Event::StopAll } else { Event::Stop };
        changes.push(withdrawal(context, row.id, list, event, by()));
    }
    for change in &mut changes {
        if let ConsentTarget::Ids(_, list) = &change.target
            && context.list(*list).is_none()
            && let Some(name) = name_of(context, *list).await?
        {
            Arc::make_mut(&mut change.draft).list.name = name;
        }
    }
    context.store.consent_apply(changes, context.clock.now()).await?;
    show(context, token).await
}

/// An operator enters a withdrawal (R21): for one list, or for every list of the sender, present and future. An address that is not stored yet
/// is stored with its stop, so that no import brings it in. Answers how many consents ended.
pub(crate) async fn by_operator(
    context: &EngineContext,
    address: &Address,
    list: Option<ListId>,
    actor: &str,
) -> Result<u64> {
    let rows = context.store.mailbox_find(address.clone()).await?;
    // What is stored may be another tag of the mailbox: the stop reaches it all the same.
    let found = rows.iter().find(|r| r.address == *address).or(rows.first()).cloned();
    let by = || Provenance::new(actor, "command", "operator");
    let Some(list) = list else {
        let row = match found {
            Some(row) => row,
            None => {
                let new = NewContact { addresses: vec![address.clone()], ..NewContact::default() };
                context.store.contact_add(new, context.clock.now()).await?;
                let added = context.store.address_find(address.clone()).await?;
                added.ok_or_else(|| EngineError::Unknown(msg!("engine-no-address", name = %address.masked())))?
            }
        };
        let permits = |s| matches!(s, State::Confirmed | State::Customer | State::Held | State::Requested);
        let ended = rows.iter().flat_map(|r| &r.consents).filter(|c| permits(c.state)).count() as u64;
        let lists = lists_of(context, &row).into_iter();
        let moves: Vec<_> = lists.map(|list| withdrawal(context, row.id, list, Event::StopAll, by())).collect();
        if moves.is_empty() {
            // There is no list at all: the stop holds all the same.
            let (set, clear) = (AddressFlags::SUPPRESSED, AddressFlags::default());
            context.store.address_flag(row.id, set, clear, context.clock.now()).await?;
        }
        context.store.consent_apply(moves, context.clock.now()).await?;
        return Ok(ended);
    };
    let row = found.ok_or_else(|| EngineError::Unknown(msg!("engine-no-address", name = %address.masked())))?;
    let moves = vec![withdrawal(context, row.id, list, Event::Stop, by())];
    Ok(changed(&context.store.consent_apply(moves, context.clock.now()).await?))
}

fn changed(moved: &[ConsentResult]) -> u64 {
    moved.iter().filter(|m| matches!(m, ConsentResult::Done { changed: true, .. })).count() as u64
}

/// Whether a consent is given, paused, unused or asked for: what ends when a list is closed.
const fn is_live(state: State) -> bool {
    matches!(state, State::Confirmed | State::Customer | State::Held | State::Stale | State::Requested)
}

/// Closes a list: it takes nothing any more, its broadcasts are cancelled, and every consent of it is terminated. Answers how many ended.
pub(crate) async fn close_list(context: &EngineContext, list: ListId, actor: &str) -> Result<u64> {
    let now = context.clock.now();
    context.closed_lists.lock().unwrap_or_else(PoisonError::into_inner).insert(list);
    let all: FanOutChooser = Arc::new(|_| FanOutChoice::Skip(0, Refusal::Terminated));
    let draft = Arc::new(draft(context, list, "de", Provenance::new(actor, "command", "operator")));
    let (mut after, mut ended) = (ContactId(0), 0);
    loop {
        let page = context.store.fan_out_explain(list, Arc::clone(&all), None, (after, PAGE)).await?;
        let Some(last) = page.last() else { break };
        after = last.contact;
        let mut moves = Vec::with_capacity(page.len());
        for person in page {
            let Some(contact) = context.store.contact_get(person.contact).await? else { continue };
            let of_list = |a: &&AddressRow| a.consents.iter().any(|c| c.list == list);
            let end = |a: &AddressRow| change(a.id, list, Event::CloseList, Arc::clone(&draft));
            moves.extend(contact.addresses.iter().filter(of_list).map(end));
        }
        let done = context.store.consent_apply(moves, now).await?;
        let was_live =
            |d: &&ConsentResult| matches!(d, ConsentResult::Done { before, changed: true, .. } if is_live(*before));
        ended += done.iter().filter(was_live).count() as u64;
    }
    context.store.list_close(list, now).await?;
    for broadcast in context.store.broadcast_list(true, BROADCASTS).await?.into_iter().filter(|b| b.list == list) {
        context.store.broadcast_change(broadcast.id, BroadcastAction::Cancel, now).await?;
    }
    Ok(ended)
}
