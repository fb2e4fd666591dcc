//! Applies changes of consents: state, evidence, leaf, suppression, request and messages in one transaction.

use super::consent::{StoredConsent, get};
use super::target::target;
use super::writer::Writer;
use super::{event, request, service, suppression};
use crate::error::Result;
use crate::{ConsentChange, ConsentResult};
use rundruf_consent::{Event, Time, transition};

pub(super) fn apply(w: &mut Writer, changes: Vec<ConsentChange>, now: Time) -> Result<Vec<ConsentResult>> {
    changes.into_iter().map(|m| apply_one(w, m, now)).collect()
}

fn apply_one(w: &mut Writer, m: ConsentChange, now: Time) -> Result<ConsentResult> {
    let Some(((contact, id, address), list)) = target(&w.connection, &m.target)? else {
        return Ok(ConsentResult::NoTarget);
    };
    let stored = match get(&w.connection, list, contact, id)? {
        Some(stored) => stored,
        None => StoredConsent::fresh(list, contact, id, now, crate::keys::random()?),
    };
    let before = stored.row.state;
    let step = match transition(before, m.event, stored.row.since, now) {
        Ok(step) => step,
        Err(illegal) => return Ok(ConsentResult::Illegal(illegal)),
    };
    if m.event == Event::SignUp && request::too_many(&w.connection, id, now)? {
        return Ok(ConsentResult::TooMany);
    }
    // A sign-up is an event even where the state stays (somebody confirmed asks again); a repeated stop or yes is not.
    let changed = step.to != before;
    if !changed && !matches!(m.event, Event::SignUp | Event::Renew) {
        return Ok(ConsentResult::Done { consent: stored.row, before, changed: false });
    }
    let stored = event::record(w, &stored, &address, m.event, step.to, &m.draft, now)?;
    if step.suppress {
        suppression::add(w, &address, list, now)?;
    }
    if step.lift {
        suppression::lift(w, &address, list)?;
    }
    request::close(&w.connection, id, list)?;
    if let Some(request) = m.request {
        request::insert(&w.connection, &stored.row, request, now)?;
    }
    for mut new in m.services {
        new.address = new.address.or(Some(id));
        new.list = new.list.or(Some(list));
        service::insert(&w.connection, &new, now)?;
    }
    Ok(ConsentResult::Done { consent: stored.row, before, changed })
}
