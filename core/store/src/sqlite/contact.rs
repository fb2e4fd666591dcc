//! Contacts and addresses.

use super::number::{self, RANDOM_LINK};
use super::suppression;
use super::writer::Writer;
use crate::error::Result;
use crate::{AddressRow, ConsentRow, ContactRow, NewContact, StoreError, UndeliverableRow};
use const_format::formatcp;
use rundruf_consent::{Address, AddressFlags, AddressId, Channel, ContactId, EventId, ListId, State, Time};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;

const ADDRESS: &str = "SELECT id, contact, channel, value, flags, link FROM address";
const BY_KEY: &str = "SELECT k.id, k.contact, k.flags FROM address a JOIN address k ON k.id = coalesce(a.alias_of, a.id) \
     WHERE a.channel = ?1 AND a.key = ?2";
const BY_MAILBOX: &str = "SELECT id, contact, value FROM address WHERE channel = ?1 AND key = ?2 AND alias_of IS NULL \
     UNION ALL SELECT id, contact, value FROM address WHERE channel = ?1 AND mailbox = ?2 AND alias_of IS NULL";
const INSERT_CONTACT: &str = "INSERT INTO contact (id, language, vars, created) VALUES (?4, ?1, ?2, ?3)";
const INSERT_ADDRESS: &str = formatcp!(
    "INSERT INTO address (id, contact, channel, value, flags, key, mailbox, link) VALUES (?7, ?1, ?2, ?3, ?4, ?5, ?6, {RANDOM_LINK})"
);
const CONSENTS: &str = "SELECT c.list, c.state, c.since, c.evidence FROM consent c JOIN list l ON l.id = c.list \
     WHERE c.list IN (SELECT id FROM list) AND c.contact = ?1 AND c.address = ?2 ORDER BY l.name";

/// Variables as stored: a JSON object; empty text if there are none.
pub(super) fn vars_text(vars: &BTreeMap<String, String>) -> String {
    let kept: BTreeMap<_, _> = vars.iter().filter(|(_, v)| !v.is_empty()).collect();
    if kept.is_empty() { String::new() } else { serde_json::to_string(&kept).unwrap_or_default() }
}

pub(super) fn vars_of(text: &str) -> BTreeMap<String, String> {
    serde_json::from_str(text).unwrap_or_default()
}

/// Number, owner and flags of an address.
pub(super) fn find(c: &Connection, address: &Address) -> Result<Option<(AddressId, ContactId, AddressFlags)>> {
    Ok(c.prepare_cached(BY_KEY)?
        .query_row(params![address.channel().code(), address.key()], |r| {
            Ok((AddressId(r.get(0)?), ContactId(r.get(1)?), AddressFlags(r.get(2)?)))
        })
        .optional()?)
}

/// All stored addresses of the mailbox of this one, itself included: other tags of it.
pub(super) fn mailbox(c: &Connection, address: &Address) -> Result<Vec<(AddressId, ContactId, Address)>> {
    let channel = address.channel();
    let mut all = c.prepare_cached(BY_MAILBOX)?;
    let rows = all.query_map(params![channel.code(), address.mailbox()], |r| {
        Ok((AddressId(r.get(0)?), ContactId(r.get(1)?), Address::from_normal(channel, &r.get::<_, String>(2)?)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The address that holds the consents of this one: itself, or what it was merged into.
pub(super) fn kept(c: &Connection, id: AddressId) -> Result<AddressId> {
    let found: Option<Option<i64>> =
        c.prepare_cached("SELECT alias_of FROM address WHERE id = ?1")?.query_row([id.0], |r| r.get(0)).optional()?;
    Ok(found.flatten().map_or(id, AddressId))
}

pub(super) fn mailbox_rows(c: &Connection, address: &Address) -> Result<Vec<AddressRow>> {
    let all = mailbox(c, address)?.into_iter();
    Ok(all.map(|(id, _, _)| address_get(c, id)).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

pub(super) fn contact_add(w: &mut Writer, new: &NewContact, now: Time) -> Result<ContactRow> {
    let c = &w.connection;
    let mut owner = None;
    let mut missing = Vec::new();
    for address in &new.addresses {
        match find(c, address)? {
            None if missing.contains(&address) => {}
            None => missing.push(address),
            Some((_, contact, _)) if owner.is_none_or(|o| o == contact) => owner = Some(contact),
            Some(_) => {
                return Err(StoreError::State(msg!("store-two-contacts")));
            }
        }
    }
    let contact = match owner {
        Some(contact) => {
            fill_in(c, contact, new)?;
            contact
        }
        None => {
            let id = number::take(c, number::CONTACT, 1)?;
            c.prepare_cached(INSERT_CONTACT)?.execute(params![new.language, vars_text(&new.vars), now.0, id])?;
            ContactId(id)
        }
    };
    for address in missing {
        let suppressed = suppression::look(c, &w.secrets.pepper, address, suppression::EVERYWHERE)?;
        let id = number::take(c, number::ADDRESS, 1)?;
        let (channel, flags) = (address.channel().code(), suppressed.flags().0);
        let row = params![contact.0, channel, address.value(), flags, address.key(), address.tagged_mailbox(), id];
        c.prepare_cached(INSERT_ADDRESS)?.execute(row)?;
    }
    contact_get(c, contact)?.ok_or_else(|| StoreError::Missing(msg!("store-no-such-contact")))
}

/// Fills in language and variables that are empty; never overwrites.
pub(super) fn fill_in(c: &Connection, contact: ContactId, new: &NewContact) -> Result<()> {
    if new.language.is_none() && new.vars.values().all(String::is_empty) {
        return Ok(());
    }
    let (language, vars): (Option<String>, String) = c
        .prepare_cached("SELECT language, vars FROM contact WHERE id = ?1")?
        .query_row([contact.0], |r| Ok((r.get(0)?, r.get(1)?)))?;
    let mut merged = vars_of(&vars);
    for (key, value) in new.vars.iter().filter(|(_, v)| !v.is_empty()) {
        merged.entry(key.clone()).or_insert_with(|| value.clone());
    }
    let merged = vars_text(&merged);
    if merged != vars || (language.is_none() && new.language.is_some()) {
        let language = language.or_else(|| new.language.clone());
        c.prepare_cached("UPDATE contact SET language = ?2, vars = ?3 WHERE id = ?1")?
            .execute(params![contact.0, language, merged])?;
    }
    Ok(())
}

fn address_row(row: &Row<'_>) -> rusqlite::Result<Option<AddressRow>> {
    let Some(channel) = Channel::from_code(row.get(2)?) else { return Ok(None) };
    let value: String = row.get(3)?;
    Ok(Some(AddressRow {
        id: AddressId(row.get(0)?),
        contact: ContactId(row.get(1)?),
        address: Address::from_normal(channel, &value),
        flags: AddressFlags(row.get(4)?),
        link: row.get(5)?,
        consents: Vec::new(),
    }))
}

fn with_consents(c: &Connection, mut row: AddressRow) -> Result<AddressRow> {
    let mut all = c.prepare_cached(CONSENTS)?;
    let (contact, address) = (row.contact, row.id);
    let consents = all.query_map([contact.0, address.0], |r| {
        Ok(State::from_code(r.get(1)?)
            .map(|state| (ListId(r.get_unwrap(0)), state, Time(r.get_unwrap(2)), EventId(r.get_unwrap(3)))))
    })?;
    for consent in consents {
        if let Some((list, state, since, evidence)) = consent? {
            row.consents.push(ConsentRow { list, contact, address, state, since, evidence });
        }
    }
    Ok(row)
}

pub(super) fn contact_get(c: &Connection, contact: ContactId) -> Result<Option<ContactRow>> {
    let found = c
        .prepare_cached(
            "SELECT k.id, k.language, k.vars FROM contact t JOIN contact k ON k.id = coalesce(t.merged_into, t.id) WHERE t.id = ?1",
        )?
        .query_row([contact.0], |r| Ok((r.get(0)?, r.get::<_, Option<String>>(1)?, r.get::<_, String>(2)?)))
        .optional()?;
    let Some((id, language, vars)) = found else { return Ok(None) };
    let contact = ContactId(id);
    let mut all = c.prepare_cached(&format!("{ADDRESS} WHERE contact = ?1 ORDER BY id"))?;
    let rows: Vec<_> = all.query_map([contact.0], address_row)?.collect::<rusqlite::Result<_>>()?;
    let addresses: Vec<_> = rows.into_iter().flatten().map(|row| with_consents(c, row)).collect::<Result<_>>()?;
    // An erased person is a number without addresses.
    if addresses.is_empty() {
        return Ok(None);
    }
    Ok(Some(ContactRow { id: contact, language, vars: vars_of(&vars), addresses }))
}

pub(super) fn contact_search(
    c: &Connection,
    texts: &[String],
    after: ContactId,
    limit: u32,
) -> Result<Vec<ContactRow>> {
    let escaped = |text: &String| text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    let patterns: Vec<String> = texts.iter().map(|text| format!("%{}%", escaped(text))).collect();
    let patterns = serde_json::to_string(&patterns).unwrap_or_default();
    let mut all = c.prepare_cached(
        "SELECT t.id FROM contact t WHERE t.id > ?2 AND t.merged_into IS NULL AND EXISTS (SELECT 1 FROM json_each(?1) p \
         WHERE p.value = '%%' OR t.vars LIKE p.value ESCAPE '\\' OR EXISTS (SELECT 1 FROM address a WHERE a.contact = t.id \
         AND (a.value LIKE p.value ESCAPE '\\' OR a.key LIKE p.value ESCAPE '\\'))) ORDER BY t.id LIMIT ?3",
    )?;
    let ids: Vec<i64> =
        all.query_map(params![patterns, after.0, limit.min(10_000)], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(ids
        .into_iter()
        .map(|id| contact_get(c, ContactId(id)))
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect())
}

pub(super) fn address_find(c: &Connection, address: &Address) -> Result<Option<AddressRow>> {
    match find(c, address)? {
        Some((id, _, _)) => address_get(c, id),
        None => Ok(None),
    }
}

pub(super) fn address_get(c: &Connection, address: AddressId) -> Result<Option<AddressRow>> {
    let (asked, address) = (address, kept(c, address)?);
    let found =
        c.prepare_cached(&format!("{ADDRESS} WHERE id = ?1"))?.query_row([address.0], address_row).optional()?;
    let Some(mut row) = found.flatten() else { return Ok(None) };
    if asked != address {
        // Links that were made before two addresses became one carry the random part of their own.
        let own = c.prepare_cached("SELECT link FROM address WHERE id = ?1")?;
        row.link = { own }.query_row([asked.0], |r| r.get(0))?;
    }
    with_consents(c, row).map(Some)
}

/// Sets and clears flags of an address; `SUPPRESSED` also stores the hash of its mailbox, and is never cleared: only a sign-up that the person
/// begins lifts a stop, for that key and list. Returns what holds then.
pub(super) fn address_flag(
    w: &Writer,
    id: AddressId,
    set: AddressFlags,
    clear: AddressFlags,
    now: Time,
) -> Result<AddressFlags> {
    let found =
        address_get(&w.connection, id)?.ok_or_else(|| StoreError::Missing(msg!("store-no-address", id = %id)))?;
    if set.has(AddressFlags::SUPPRESSED) {
        suppression::add(w, &found.address, suppression::EVERYWHERE, now)?;
        super::consent::shut(&w.connection, found.contact, found.id)?;
    }
    set_flags(&w.connection, found.id, set, AddressFlags(clear.0 & !AddressFlags::SUPPRESSED.0))
}

/// Sets and clears flags of an address. Returns what holds then.
pub(super) fn set_flags(c: &Connection, id: AddressId, set: AddressFlags, clear: AddressFlags) -> Result<AddressFlags> {
    if clear.has(AddressFlags::UNDELIVERABLE) {
        c.prepare_cached("DELETE FROM undeliverable WHERE address = ?1")?.execute([id.0])?;
    }
    let flags: u8 = c
        .prepare_cached("UPDATE address SET flags = (flags & ~?3) | ?2 WHERE id = ?1 RETURNING flags")?
        .query_row(params![id.0, set.0, clear.0], |r| r.get(0))?;
    Ok(AddressFlags(flags))
}

/// Marks an address as undeliverable, with the reason. The first reason stays.
pub(super) fn undeliverable(w: &Writer, why: &UndeliverableRow) -> Result<()> {
    let c = &w.connection;
    let id = kept(c, why.address)?;
    set_flags(c, id, AddressFlags::UNDELIVERABLE, AddressFlags::default())?;
    c.prepare_cached("INSERT OR IGNORE INTO undeliverable (address, at, transport, reply) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![id.0, why.at.0, why.transport, why.reply])?;
    Ok(())
}

/// Why these addresses are undeliverable, as far as it is known.
pub(super) fn undeliverable_of(c: &Connection, addresses: &[AddressId]) -> Result<Vec<UndeliverableRow>> {
    let mut one = c.prepare_cached("SELECT at, transport, reply FROM undeliverable WHERE address = ?1")?;
    let mut rows = Vec::new();
    for address in addresses {
        let row = one.query_row([address.0], |r| {
            Ok(UndeliverableRow { address: *address, at: Time(r.get(0)?), transport: r.get(1)?, reply: r.get(2)? })
        });
        rows.extend(row.optional()?);
    }
    Ok(rows)
}
