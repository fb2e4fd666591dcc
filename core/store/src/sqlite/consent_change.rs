//! Applies changes of consents: state, evidence, leaf, suppression, request and messages in one transaction.

use super::consent::{self, StoredConsent, get};
use super::target::target;
use super::writer::Writer;
use super::{contact, event, request, service, suppression};
use crate::error::Result;
use crate::{ConsentChange, ConsentResult, ConsentTarget, NewService};
use rundruf_consent::evidence::EvidenceDraft;
use rundruf_consent::state::{IllegalTransition, Suppress};
use rundruf_consent::text::hex;
use rundruf_consent::{Address, AddressFlags, AddressId, DeliveryId, Event, ListId, State, Time, transition};

pub(super) fn apply(w: &mut Writer, changes: Vec<ConsentChange>, now: Time) -> Result<Vec<ConsentResult>> {
    changes.into_iter().map(|m| apply_one(w, m, now)).collect()
}

fn apply_one(w: &mut Writer, mut m: ConsentChange, now: Time) -> Result<ConsentResult> {
    let Some(((contact, id, address), list)) = target(&w.connection, &m.target)? else {
        return Ok(ConsentResult::NoTarget);
    };
    let stored = match get(&w.connection, list, contact, id)? {
        Some(stored) => stored,
        None => StoredConsent::fresh(list, contact, id, now, crate::keys::random()?),
    };
    let before = stored.row.state;
    let unchanged = ConsentResult::Done { consent: stored.row, before, changed: false };
    // A link answers its own request and no other: one that was answered, replaced or withdrawn changes nothing (R13).
    if let ConsentTarget::Request(asked) = m.target
        && !request::is_open(&w.connection, asked)?
    {
        return Ok(unchanged);
    }
    let illegal = IllegalTransition { from: before, event: m.event };
    let known = suppression::look(&w.connection, &w.secrets.pepper, &address, list)?;
    if matches!(m.event, Event::Import(_)) && known.any() {
        return Ok(ConsentResult::Illegal(illegal));
    }
    let step = match transition(before, m.event, stored.row.since, now) {
        Ok(step) => step,
        Err(illegal) => {
            // The person has left, whatever the state of this list is.
            if m.event == Event::StopAll {
                stop_others(w, (&address, id), (m.event, list), &m.draft, now)?;
                suppress(w, &address, list, Suppress::Sender, now)?;
            }
            return Ok(ConsentResult::Illegal(illegal));
        }
    };
    if m.event == Event::SignUp {
        // A no holds although its address was forgotten.
        let said_no = request::declined(&w.connection, &w.secrets.pepper, &address, list)?;
        if let Some(illegal) = said_no.and_then(|at| transition(State::Declined, m.event, at, now).err())
            && before == State::None
        {
            return Ok(ConsentResult::Illegal(illegal));
        }
        if request::too_many(&w.connection, &w.secrets.pepper, &address, now)? {
            return Ok(ConsentResult::TooMany);
        }
    }
    // A repeated stop changes nothing of its own, but may find a tag of the mailbox that has said yes since.
    let others = stop_others(w, (&address, id), (m.event, list), &m.draft, now)?;
    if others > 0 {
        suppress(w, &address, list, step.suppress, now)?;
    }
    // A sign-up is an event even where the state stays (somebody confirmed asks again), and so is the first stop for everything of somebody who
    // had left this list before; a repeated stop or yes is not.
    let changed = step.to != before;
    let reaches_further = step.suppress == Suppress::Sender && !known.everywhere;
    if !changed && !reaches_further && !matches!(m.event, Event::SignUp | Event::Renew) {
        if others > 0 {
            queue(w, m.services, id, list, now)?;
        }
        return Ok(ConsentResult::Done { consent: stored.row, before, changed: others > 0 });
    }
    // The messages come first: the record of the event names the first of them by the id that it leaves with.
    if let Some(queued) = queue(w, m.services, id, list, now)?
        && m.draft.outbound.is_some()
        && let Some(outbound) = &mut std::sync::Arc::make_mut(&mut m.draft).outbound
    {
        outbound.message_id = hex(&service::message_id(w.secrets.instance_key, queued));
    }
    let stored = event::record(w, &stored, &address, m.event, step.to, &m.draft, now)?;
    suppress(w, &address, list, step.suppress, now)?;
    if step.lift {
        suppression::reopen(w, &address, list)?;
        consent::reopen(&w.connection, &stored.row)?;
    }
    request::close(&w.connection, id, list)?;
    if let Some(request) = m.request {
        request::insert(&w.connection, &stored.row, request, now)?;
    }
    Ok(ConsentResult::Done { consent: stored.row, before, changed })
}

/// Queues messages that follow from a change. Returns the first of them.
fn queue(w: &Writer, services: Vec<NewService>, id: AddressId, list: ListId, now: Time) -> Result<Option<DeliveryId>> {
    let mut first = None;
    for mut new in services {
        new.address = new.address.or(Some(id));
        new.list = new.list.or(Some(list));
        let queued = service::insert(&w.connection, &new, now)?;
        first = first.or(Some(queued));
    }
    Ok(first)
}

/// Suppresses the mailbox of an address as far as an event reaches.
fn suppress(w: &Writer, address: &Address, list: ListId, far: Suppress, now: Time) -> Result<()> {
    match far {
        Suppress::Nothing => Ok(()),
        Suppress::List => suppression::add(w, address, list, now),
        Suppress::Sender => {
            suppression::add(w, address, suppression::EVERYWHERE, now)?;
            for (id, contact, _) in contact::mailbox(&w.connection, address)? {
                consent::shut(&w.connection, contact, id)?;
                contact::set_flags(&w.connection, id, AddressFlags::SUPPRESSED, AddressFlags::default())?;
            }
            Ok(())
        }
    }
}

/// Ends the consents of the other addresses of a mailbox, for a list or (`StopAll`) for all: a person who says stop under one name does not wait for
/// messages under another. Returns how many ended.
fn stop_others(
    w: &mut Writer,
    (address, id): (&Address, AddressId),
    (stop, list): (Event, ListId),
    draft: &EvidenceDraft,
    now: Time,
) -> Result<u32> {
    if !matches!(stop, Event::Stop | Event::StopAll) {
        return Ok(0);
    }
    let mut ended = 0;
    for (other, contact, spelling) in contact::mailbox(&w.connection, address)?.into_iter().filter(|(o, ..)| *o != id) {
        let row = contact::address_get(&w.connection, other)?;
        let lists = row.into_iter().flat_map(|row| row.consents).map(|c| c.list);
        for about in lists.filter(|about| stop == Event::StopAll || *about == list) {
            let Some(stored) = get(&w.connection, about, contact, other)? else { continue };
            let Ok(step) = transition(stored.row.state, stop, stored.row.since, now) else { continue };
            if step.to == stored.row.state {
                continue;
            }
            let mut draft = draft.clone();
            if about != list
                && let Some(earlier) = event::last_draft(w, &stored)?
            {
                draft.list = earlier.list;
            }
            event::record(w, &stored, &spelling, stop, step.to, &draft, now)?;
            request::close(&w.connection, other, about)?;
            ended += 1;
        }
    }
    Ok(ended)
}
