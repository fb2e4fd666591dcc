//! Two contacts, or two addresses with one key, become one. Nothing is lost: the one that goes keeps its number, which leads to the other, and its
//! events stay in the log under their own key. Of two consents for one list the stricter one stays (SPEC §2.4).

use super::codes::{PAUSED, RUNNING, SCHEDULED};
use super::consent::{PUT, StoredConsent, get, put_with};
use super::writer::Writer;
use super::{contact, legal_hold};
use crate::error::Result;
use crate::{ConsentRow, NewContact};
use const_format::formatcp;
use rundruf_consent::state::stricter;
use rundruf_consent::text::hex;
use rundruf_consent::{AddressId, ContactId, ListId, State};
use rusqlite::{Connection, OptionalExtension, params};

/// Contacts and addresses that went, each with the one that stays.
#[derive(Default)]
pub(super) struct MergedRows {
    contacts: Vec<(ContactId, ContactId)>,
    addresses: Vec<(AddressId, AddressId)>,
}

/// Moves everything of the contact `gone` to `keep`; what `keep` lacks of language and variables is filled in.
pub(super) fn contacts(w: &Writer, keep: ContactId, gone: ContactId, moved: &mut MergedRows) -> Result<()> {
    let c = &w.connection;
    let found: Option<(Option<String>, String)> = c
        .prepare_cached("SELECT language, vars FROM contact WHERE id = ?1")?
        .query_row([gone.0], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    if let Some((language, vars)) = found {
        let of_gone = NewContact { language, vars: contact::vars_of(&vars), addresses: Vec::new() };
        contact::fill_in(c, keep, &of_gone)?;
    }
    legal_hold::merge(c, keep, gone)?;
    for sql in [
        "UPDATE address SET contact = ?1 WHERE contact = ?2",
        "UPDATE consent SET contact = ?1 WHERE list IN (SELECT id FROM list) AND contact = ?2",
        "UPDATE request SET contact = ?1 WHERE contact = ?2",
        "UPDATE contact SET merged_into = ?1 WHERE merged_into = ?2",
        "UPDATE contact SET merged_into = ?1, language = NULL, vars = '' WHERE id = ?2",
    ] {
        c.prepare_cached(sql)?.execute([keep.0, gone.0])?;
    }
    moved.contacts.push((gone, keep));
    Ok(())
}

/// Makes the address `gone` an alias of `keep`, and their contacts one. Says in words what became of consents that both had.
pub(super) fn addresses(w: &Writer, keep: AddressId, gone: AddressId, moved: &mut MergedRows) -> Result<Vec<String>> {
    let c = &w.connection;
    let owner = |id: AddressId| -> Result<ContactId> {
        let mut one = c.prepare_cached("SELECT contact FROM address WHERE id = ?1")?;
        Ok(one.query_row([id.0], |r| r.get(0).map(ContactId))?)
    };
    let (contact, other) = (owner(keep)?, owner(gone)?);
    if contact != other {
        contacts(w, contact, other, moved)?;
    }
    let mut told = Vec::new();
    for list in lists_of(c, contact, gone)? {
        told.extend(consent(c, list, contact, (keep, gone))?);
    }
    for sql in [
        "UPDATE request SET address = ?1 WHERE address = ?2",
        "UPDATE service SET address = ?1 WHERE address = ?2",
        "UPDATE merged_consent SET address = ?1 WHERE address = ?2",
        "UPDATE address SET flags = flags | (SELECT flags FROM address WHERE id = ?2) WHERE id = ?1",
        "UPDATE address SET alias_of = ?1, key = NULL, mailbox = NULL, contact = 0 WHERE id = ?2",
    ] {
        c.prepare_cached(sql)?.execute([keep.0, gone.0])?;
    }
    for list in lists_of(c, contact, keep)? {
        close_requests(c, list, contact, keep)?;
    }
    moved.addresses.push((gone, keep));
    Ok(told)
}

fn lists_of(c: &Connection, contact: ContactId, address: AddressId) -> Result<Vec<ListId>> {
    let mut all = c.prepare_cached(
        "SELECT list FROM consent WHERE list IN (SELECT id FROM list) AND contact = ?1 AND address = ?2",
    )?;
    Ok(all.query_map([contact.0, address.0], |r| r.get(0).map(ListId))?.collect::<rusqlite::Result<_>>()?)
}

/// Moves the consent of `gone`, or decides between it and the one of `keep`.
fn consent(
    c: &Connection,
    list: ListId,
    contact: ContactId,
    (keep, gone): (AddressId, AddressId),
) -> Result<Option<String>> {
    let Some(other) = get(c, list, contact, gone)? else { return Ok(None) };
    let stays = get(c, list, contact, keep)?;
    c.prepare_cached("DELETE FROM consent WHERE list = ?1 AND contact = ?2 AND address = ?3")?
        .execute([list.0, contact.0, gone.0])?;
    let other = StoredConsent { row: ConsentRow { address: keep, ..other.row }, ..other };
    let Some(stays) = stays else {
        put_with(&mut c.prepare_cached(PUT)?, &other)?;
        return Ok(None);
    };
    let (winner, loser) = match stricter(stays.row.state, other.row.state) == stays.row.state {
        true => (stays, other),
        false => (other, stays),
    };
    put_with(&mut c.prepare_cached(PUT)?, &winner)?;
    c.prepare_cached(
        "INSERT OR REPLACE INTO merged_consent (uid, address, list, state, since, evidence, number) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        loser.uid,
        keep.0,
        list.0,
        loser.row.state.code(),
        loser.row.since.0,
        loser.row.evidence.0,
        loser.number
    ])?;
    Ok(Some(format!(
        "list {list}: consent {} stays {}, consent {} ({}) gives way",
        hex(&winner.uid),
        winner.row.state.word(),
        hex(&loser.uid),
        loser.row.state.word()
    )))
}

/// Of several open requests of one consent the newest stays open, and none if the consent does not wait for an answer.
fn close_requests(c: &Connection, list: ListId, contact: ContactId, address: AddressId) -> Result<()> {
    let waits = get(c, list, contact, address)?.is_some_and(|s| s.row.state == State::Requested);
    c.prepare_cached(
        "UPDATE request SET open = 0 WHERE address = ?1 AND list = ?2 AND open = 1 AND (NOT ?3 OR id <> (SELECT id FROM request \
         WHERE address = ?1 AND list = ?2 AND open = 1 ORDER BY created DESC, id LIMIT 1))",
    )?
    .execute(params![address.0, list.0, waits])?;
    Ok(())
}

/// Broadcasts that may still send.
const ACTIVE: &str = formatcp!(
    "SELECT first, last FROM broadcast WHERE state IN ({SCHEDULED}, {RUNNING}, {PAUSED}) AND last >= first AND first > 0"
);

/// Deliveries of broadcasts that may still send follow to what stays; a person who would get one twice keeps the first. Deliveries that are over
/// keep the numbers that they were made with.
pub(super) fn deliveries(c: &Connection, moved: &MergedRows) -> Result<()> {
    if moved.contacts.is_empty() && moved.addresses.is_empty() {
        return Ok(());
    }
    let ranges: Vec<(i64, i64)> = {
        let mut all = c.prepare_cached(ACTIVE)?;
        all.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?
    };
    if ranges.is_empty() {
        return Ok(());
    }
    c.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS moved_contact (gone INTEGER PRIMARY KEY, keep INTEGER NOT NULL);
         CREATE TEMP TABLE IF NOT EXISTS moved_address (gone INTEGER PRIMARY KEY, keep INTEGER NOT NULL);
         DELETE FROM moved_contact; DELETE FROM moved_address;",
    )?;
    for (gone, keep) in &moved.contacts {
        c.prepare_cached("INSERT OR REPLACE INTO moved_contact VALUES (?1, ?2)")?.execute([gone.0, keep.0])?;
    }
    for (gone, keep) in &moved.addresses {
        c.prepare_cached("INSERT OR REPLACE INTO moved_address VALUES (?1, ?2)")?.execute([gone.0, keep.0])?;
    }
    // A contact may have moved more than once: the last of the chain counts.
    c.execute_batch(
        "UPDATE moved_contact SET keep = coalesce((SELECT t.merged_into FROM contact t WHERE t.id = moved_contact.keep), keep)",
    )?;
    for range in ranges {
        c.prepare_cached(
            "UPDATE delivery SET contact = (SELECT keep FROM moved_contact WHERE gone = contact) \
             WHERE id >= ?1 AND id <= ?2 AND contact IN (SELECT gone FROM moved_contact)",
        )?
        .execute(params![range.0, range.1])?;
        // The first delivery of an address that went follows, unless the one that stays has a delivery of its own: that one is enough.
        // The others find no consent at their claim, and are skipped.
        c.prepare_cached(
            "UPDATE delivery SET address = (SELECT keep FROM moved_address WHERE gone = address) WHERE id IN ( \
               SELECT min(d.id) FROM delivery d JOIN moved_address m ON m.gone = d.address WHERE d.id >= ?1 AND d.id <= ?2 \
               AND m.keep NOT IN (SELECT o.address FROM delivery o WHERE o.id >= ?1 AND o.id <= ?2 \
                 AND o.broadcast = d.broadcast AND o.address IN (SELECT keep FROM moved_address)) GROUP BY d.broadcast, m.keep)",
        )?
        .execute(params![range.0, range.1])?;
    }
    Ok(())
}
