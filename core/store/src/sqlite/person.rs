//! What is known about a contact is changed, and two contacts become one: each with its event in the log.

use super::merge::{self, MergedRows};
use super::writer::Writer;
use super::{contact, event};
use crate::error::Result;
use crate::{AddressRow, ContactEdit, ContactRow, StoreError};
use rundruf_consent::evidence::EvidenceDraft;
use rundruf_consent::{AddressFlags, AddressId, ContactId, Event, Time};
use rundruf_lang::msg;
use rusqlite::params;
use std::collections::BTreeMap;
use std::sync::Arc;

fn read(w: &Writer, contact: ContactId) -> Result<ContactRow> {
    contact::contact_get(&w.connection, contact)?.ok_or_else(|| StoreError::Missing(msg!("store-no-such-contact")))
}

/// What differs between two states of a contact, in words for the evidence; `None` if nothing does.
fn difference(before: &ContactRow, language: Option<&str>, vars: &BTreeMap<String, String>) -> Option<String> {
    let mut parts = Vec::new();
    let shown = |value: Option<&str>| value.map_or_else(|| "-".to_owned(), |v| format!("`{v}`"));
    if before.language.as_deref() != language {
        parts.push(format!("language: {} -> {}", shown(before.language.as_deref()), shown(language)));
    }
    let mut names: Vec<&String> = before.vars.keys().chain(vars.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (old, new) = (before.vars.get(name), vars.get(name));
        if old != new {
            parts.push(format!("{name}: {} -> {}", shown(old.map(String::as_str)), shown(new.map(String::as_str))));
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A record of an event about a person: the draft, and behind its source what was done.
fn with_detail(draft: &EvidenceDraft, detail: String) -> EvidenceDraft {
    let mut draft = draft.clone();
    draft.source.detail =
        Some(draft.source.detail.map_or_else(|| detail.clone(), |before| format!("{before} {detail}")));
    draft
}

/// Stores an event about a contact, under the key of its first address. A contact without an address has no evidence.
fn note(
    w: &mut Writer,
    of: &[AddressRow],
    event: Event,
    draft: &EvidenceDraft,
    detail: String,
    now: Time,
) -> Result<()> {
    if let Some(first) = of.first() {
        event::note(w, (first.id, &first.address), event, &with_detail(draft, detail), now)?;
    }
    Ok(())
}

/// Sets language and variables; an empty value removes one. False if nothing changed.
pub(super) fn change(w: &mut Writer, edit: &ContactEdit, now: Time) -> Result<bool> {
    let Some((before, detail)) = write_change(w, edit)? else { return Ok(false) };
    note(w, &before.addresses, Event::Edit, &edit.draft, detail, now)?;
    Ok(true)
}

/// Sets language and variables, and answers the contact as it was and what is different now; `None` if nothing is.
pub(super) fn write_change(w: &Writer, edit: &ContactEdit) -> Result<Option<(ContactRow, String)>> {
    let before = read(w, edit.contact)?;
    let language = match edit.language.as_deref() {
        None => before.language.clone(),
        Some("") => None,
        Some(language) => Some(language.to_owned()),
    };
    let mut vars = before.vars.clone();
    for (name, value) in &edit.vars {
        if value.is_empty() {
            vars.remove(name);
        } else {
            vars.insert(name.clone(), value.clone());
        }
    }
    let Some(detail) = difference(&before, language.as_deref(), &vars) else { return Ok(None) };
    w.connection.prepare_cached("UPDATE contact SET language = ?2, vars = ?3 WHERE id = ?1")?.execute(params![
        before.id.0,
        language,
        contact::vars_text(&vars)
    ])?;
    Ok(Some((before, detail)))
}

pub(super) fn edit(w: &mut Writer, edit: &ContactEdit, now: Time) -> Result<ContactRow> {
    change(w, edit, now)?;
    read(w, edit.contact)
}

/// Ends that an address is undeliverable, with an event in the log. False if it was not.
pub(super) fn revive(w: &mut Writer, address: AddressId, draft: &EvidenceDraft, now: Time) -> Result<bool> {
    let Some(row) = contact::address_get(&w.connection, address)? else {
        return Err(StoreError::Missing(msg!("store-no-address", id = %address)));
    };
    if !row.flags.has(AddressFlags::UNDELIVERABLE) {
        return Ok(false);
    }
    let why = contact::undeliverable_of(&w.connection, &[row.id])?.pop();
    let why = why.map_or_else(|| "-".to_owned(), |why| format!("`{}`", why.reply));
    contact::set_flags(&w.connection, row.id, AddressFlags::default(), AddressFlags::UNDELIVERABLE)?;
    note(w, &[row], Event::Edit, draft, format!("undeliverable: {why} -> -"), now)?;
    Ok(true)
}

/// The contact `gone` becomes a part of `keep`: addresses, consents and what is not delivered yet.
pub(super) fn merge(
    w: &mut Writer,
    keep: ContactId,
    gone: ContactId,
    draft: &Arc<EvidenceDraft>,
    now: Time,
) -> Result<ContactRow> {
    let (keep, gone) = (read(w, keep)?, read(w, gone)?);
    if keep.id == gone.id {
        return Ok(keep);
    }
    let mut moved = MergedRows::default();
    merge::contacts(w, keep.id, gone.id, &mut moved)?;
    merge::deliveries(&w.connection, &moved)?;
    let after = read(w, keep.id)?;
    let named: Vec<String> =
        gone.addresses.iter().map(|a| format!("{}:{}", a.address.channel().word(), a.address.value())).collect();
    let changed =
        difference(&keep, after.language.as_deref(), &after.vars).map_or_else(String::new, |d| format!("; {d}"));
    let detail = format!("contact {} became a part of contact {}: {}{changed}", gone.id, keep.id, named.join(", "));
    let first = if keep.addresses.is_empty() { &gone.addresses } else { &keep.addresses };
    note(w, first, Event::Merge, draft, detail, now)?;
    Ok(after)
}
