//! Applies changes of consents: state, evidence, leaf, suppression, request and messages in one transaction.

use super::consent::{self, StoredConsent, get};
use super::target::target;
use super::writer::Writer;
use super::{event, request, service, suppression};
use crate::error::Result;
use crate::{ConsentChange, ConsentResult, ConsentTarget};
use rundruf_consent::state::{IllegalTransition, Suppress};
use rundruf_consent::text::hex;
use rundruf_consent::{Address, AddressFlags, AddressId, ContactId, Event, ListId, Time, transition};

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
                suppress(w, (contact, id, &address), list, Suppress::Sender, now)?;
            }
            return Ok(ConsentResult::Illegal(illegal));
        }
    };
    if m.event == Event::SignUp && request::too_many(&w.connection, id, now)? {
        return Ok(ConsentResult::TooMany);
    }
    // A sign-up is an event even where the state stays (somebody confirmed asks again), and so is the first stop for everything of somebody who
    // had left this list before; a repeated stop or yes is not.
    let changed = step.to != before;
    let reaches_further = step.suppress == Suppress::Sender && !known.everywhere;
    if !changed && !reaches_further && !matches!(m.event, Event::SignUp | Event::Renew) {
        return Ok(unchanged);
    }
    // The messages come first: the record of the event names the first of them by the id that it leaves with.
    let mut first = None;
    for mut new in m.services {
        new.address = new.address.or(Some(id));
        new.list = new.list.or(Some(list));
        let queued = service::insert(&w.connection, &new, now)?;
        first = first.or(Some(queued));
    }
    if let Some(queued) = first
        && m.draft.outbound.is_some()
        && let Some(outbound) = &mut std::sync::Arc::make_mut(&mut m.draft).outbound
    {
        outbound.message_id = hex(&service::message_id(w.secrets.instance_key, queued));
    }
    let stored = event::record(w, &stored, &address, m.event, step.to, &m.draft, now)?;
    suppress(w, (contact, id, &address), list, step.suppress, now)?;
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

/// Puts an address on the suppression list as far as an event reaches.
fn suppress(
    w: &Writer,
    (contact, id, address): (ContactId, AddressId, &Address),
    list: ListId,
    far: Suppress,
    now: Time,
) -> Result<()> {
    match far {
        Suppress::Nothing => Ok(()),
        Suppress::List => suppression::add(w, address, list, now),
        Suppress::Sender => {
            suppression::add(w, address, suppression::EVERYWHERE, now)?;
            consent::shut(&w.connection, contact, id)?;
            super::contact::set_flags(&w.connection, id, AddressFlags::SUPPRESSED, AddressFlags::default())?;
            Ok(())
        }
    }
}
