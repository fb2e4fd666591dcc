//! Gives every address of an older database its key and mailbox. Addresses that turn out to be one are merged (the spelling that was given first
//! stays), stops are widened to their mailbox, and what must not go on ends: the strictest wins. Each merge and each stop is in the log.

use super::consent::{StoredConsent, get};
use super::merge::{self, MergedRows};
use super::writer::Writer;
use super::{contact, event, request, suppression};
use crate::error::Result;
use rundruf_consent::evidence::{ConsentAction, Controller, EvidenceDraft, EvidenceSource, ListRef};
use rundruf_consent::{Address, AddressId, Channel, ContactId, Event, ListId, State, Time, transition};
use rusqlite::{Connection, OptionalExtension, params};

/// Addresses that are read together.
const PAGE: i64 = 10_000;

type OldAddress = (AddressId, Channel, String);

pub(super) fn run(w: &mut Writer) -> Result<()> {
    // The store has no clock: what happens here is as old as the newest thing that is stored.
    let now: Option<i64> = w.connection.query_row(
        "SELECT max(coalesce((SELECT at FROM event ORDER BY id DESC LIMIT 1), 0), coalesce((SELECT max(created) FROM contact), 0))",
        [],
        |r| r.get(0),
    )?;
    let now = Time(now.unwrap_or(0));
    let mut moved = MergedRows::default();
    let mut after = 0;
    loop {
        let page = page(&w.connection, after)?;
        let Some((last, ..)) = page.last() else { break };
        after = last.0;
        for (id, channel, value) in page {
            one(w, (id, channel, &value), now, &mut moved)?;
        }
    }
    merge::deliveries(&w.connection, &moved)?;
    stops(w, now)
}

fn page(c: &Connection, after: i64) -> Result<Vec<OldAddress>> {
    let mut all = c.prepare_cached("SELECT id, channel, value FROM address WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let rows = all.query_map([after, PAGE], |r| Ok((AddressId(r.get(0)?), r.get::<_, u8>(1)?, r.get(2)?)))?;
    let mut page = Vec::new();
    for row in rows {
        let (id, channel, value) = row?;
        // A channel of a newer program is left alone.
        page.extend(Channel::from_code(channel).map(|channel| (id, channel, value)));
    }
    Ok(page)
}

/// What earlier versions wrote is read as it would be read today; what would be refused today stays as it is.
fn read(channel: Channel, value: &str) -> Address {
    Address::parse(channel, value, None).unwrap_or_else(|_| Address::from_normal(channel, value))
}

fn one(
    w: &mut Writer,
    (id, channel, value): (AddressId, Channel, &str),
    now: Time,
    moved: &mut MergedRows,
) -> Result<()> {
    let address = read(channel, value);
    let Some((keep, _, _)) = contact::find(&w.connection, &address)? else {
        w.connection
            .prepare_cached("UPDATE address SET value = ?2, key = ?3, mailbox = ?4 WHERE id = ?1")?
            .execute(params![id.0, address.value(), address.key(), address.tagged_mailbox()])?;
        return Ok(());
    };
    let told = merge::addresses(w, keep, id, moved)?;
    let detail = format!(
        "`{value}` is the same address; {}",
        if told.is_empty() { "no list had both".to_owned() } else { told.join("; ") }
    );
    let draft = match first_consent(&w.connection, keep)? {
        Some(stored) => event::last_draft(w, &stored)?,
        None => None,
    };
    let draft = by_upgrade(draft, detail, now);
    let draft =
        EvidenceDraft { list: ListRef { name: String::new(), purpose: String::new(), title: String::new() }, ..draft };
    event::note(w, (keep, &address), Event::Merge, &draft, now)?;
    Ok(())
}

/// Evidence of what the upgrade did; the sender and list are those of an earlier record.
fn by_upgrade(earlier: Option<EvidenceDraft>, detail: String, now: Time) -> EvidenceDraft {
    let nobody = || Controller { imprint_url: String::new(), name: String::new(), privacy_url: String::new() };
    let no_list = || ListRef { name: String::new(), purpose: String::new(), title: String::new() };
    let (controller, list) = earlier.map_or_else(|| (nobody(), no_list()), |draft| (draft.controller, draft.list));
    EvidenceDraft {
        time: now,
        controller,
        list,
        text: None,
        source: EvidenceSource { kind: "upgrade".to_owned(), detail: Some(detail) },
        act: ConsentAction { kind: "merge".to_owned(), ..ConsentAction::default() },
        outbound: None,
        ip_prefix: None,
        earlier: None,
        actor: "system".to_owned(),
    }
}

fn first_consent(c: &Connection, address: AddressId) -> Result<Option<StoredConsent>> {
    let found: Option<(i64, i64)> = c
        .prepare_cached(
            "SELECT c.list, c.contact FROM address a JOIN consent c ON c.contact = a.contact AND c.address = a.id \
             AND c.list IN (SELECT id FROM list) WHERE a.id = ?1 AND c.evidence > 0 LIMIT 1",
        )?
        .query_row([address.0], |r| Ok((r.get(0)?, r.get(1)?)))
        .optional()?;
    found.map_or(Ok(None), |(list, contact)| get(c, ListId(list), ContactId(contact), address))
}

/// A stop of earlier versions was about one address: now it is about its mailbox. A consent of another tag that is older than the stop ends; one
/// that is newer was a yes after it, and stays.
fn stops(w: &mut Writer, now: Time) -> Result<()> {
    if !w.connection.prepare("SELECT 1 FROM suppression LIMIT 1")?.exists([])? {
        return Ok(());
    }
    let mut after = 0;
    loop {
        let page = page(&w.connection, after)?;
        let Some((last, ..)) = page.last() else { break };
        after = last.0;
        for (_, channel, value) in page {
            suppression::widen(w, &read(channel, &value))?;
        }
    }
    // Only a mailbox with a tag has more than one address.
    let tagged: Vec<(u8, String)> = {
        let mut all =
            w.connection.prepare("SELECT DISTINCT channel, mailbox FROM address WHERE mailbox IS NOT NULL")?;
        all.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?
    };
    for (channel, mailbox) in tagged {
        let Some(channel) = Channel::from_code(channel) else { continue };
        for (id, owner, address) in contact::mailbox(&w.connection, &Address::from_normal(channel, &mailbox))? {
            for consent in contact::address_get(&w.connection, id)?.map(|row| row.consents).unwrap_or_default() {
                let Some(stored) = get(&w.connection, consent.list, owner, id)? else { continue };
                end_or_lift(w, &stored, &address, now)?;
            }
        }
    }
    Ok(())
}

fn end_or_lift(w: &mut Writer, stored: &StoredConsent, address: &Address, now: Time) -> Result<()> {
    let list = stored.row.list;
    let Some(stopped) = suppression::since(w, address, list)? else { return Ok(()) };
    if !matches!(stored.row.state, State::Confirmed | State::Customer | State::Held | State::Requested | State::Stale) {
        return Ok(());
    }
    if stored.row.since > stopped {
        return suppression::reopen(w, address, list);
    }
    if let Ok(step) = transition(stored.row.state, Event::Stop, stored.row.since, now) {
        let earlier = event::last_draft(w, stored)?;
        let draft = by_upgrade(earlier, "the mailbox of this address was stopped before".to_owned(), now);
        event::record(w, stored, address, Event::Stop, step.to, &draft, now)?;
        request::close(&w.connection, stored.row.address, list)?;
    }
    Ok(())
}
