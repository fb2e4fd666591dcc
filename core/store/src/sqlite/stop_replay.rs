//! Enters the stops that the journal beside the database knows and the database does not: an older copy was brought back, or the process died between
//! the two.

use super::stop_journal::{self, ALL_LISTS, StopLine};
use super::writer::Writer;
use super::{consent, contact, event, list, list_hold, request, suppression};
use crate::error::Result;
use rundruf_consent::evidence::{ConsentAction, Controller, EvidenceDraft, EvidenceSource, ListRef};
use rundruf_consent::suppression::mailbox_hash;
use rundruf_consent::{Address, AddressFlags, AddressId, Channel, ContactId, Event, Time, transition};
use rusqlite::Connection;
use std::collections::HashMap;

/// What the evidence says.
const DETAIL: &str = "journal of stops: an older copy of the database was brought back";

/// The admin says that all stops are entered: lists go on. Answers since when stops were missing.
pub(super) fn complete(c: &Connection, now: Time) -> Result<Option<Time>> {
    let since = stop_journal::missing_since(c)?;
    if since.is_some() {
        stop_journal::set_complete(c)?;
        list_hold::resume_all(c, now)?;
    }
    Ok(since)
}

/// Enters the stops that the file knows and the database does not. Answers how many.
pub(super) fn replay(w: &mut Writer) -> Result<usize> {
    let lines = stop_journal::unknown(&w.connection, &w.path)?;
    if lines.is_empty() {
        return Ok(0);
    }
    let people = people(w, &lines)?;
    w.alone(|w| {
        for line in &lines {
            enter(w, line, people.get(&line.hash).map_or(&[], Vec::as_slice))?;
        }
        // They are in the file.
        w.stop_lines.borrow_mut().clear();
        stop_journal::are_known(&w.connection, &lines)
    })?;
    Ok(lines.len())
}

type Addresses = Vec<(AddressId, ContactId, Address)>;

/// The stored addresses behind these stops.
fn people(w: &Writer, lines: &[StopLine]) -> Result<HashMap<[u8; 32], Addresses>> {
    let mut found: HashMap<[u8; 32], Addresses> = lines.iter().map(|line| (line.hash, Vec::new())).collect();
    let mut all = w.connection.prepare("SELECT id, contact, channel, value FROM address WHERE alias_of IS NULL")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let Some(channel) = Channel::from_code(row.get(2)?) else { continue };
        let address = Address::from_normal(channel, &row.get::<_, String>(3)?);
        if let Some(people) = found.get_mut(&mailbox_hash(&w.secrets.pepper, &address)) {
            people.push((AddressId(row.get(0)?), ContactId(row.get(1)?), address));
        }
    }
    Ok(found)
}

fn enter(w: &mut Writer, line: &StopLine, people: &[(AddressId, ContactId, Address)]) -> Result<()> {
    let about =
        if line.list == ALL_LISTS { suppression::EVERYWHERE } else { list::number_of(&w.connection, &line.list)? };
    for (id, contact, address) in people {
        let row = contact::address_get(&w.connection, *id)?;
        let lists = row.into_iter().flat_map(|row| row.consents).map(|c| c.list);
        for list in lists.filter(|list| about == suppression::EVERYWHERE || *list == about) {
            let Some(stored) = consent::get(&w.connection, list, *contact, *id)? else { continue };
            let Ok(step) = transition(stored.row.state, line.event, stored.row.since, line.at) else { continue };
            if step.to == stored.row.state {
                continue;
            }
            let last = event::last_draft(w, &stored)?;
            event::record(w, &stored, address, line.event, step.to, &draft(last, line), line.at)?;
            request::close(&w.connection, *id, list)?;
        }
    }
    if line.event == Event::Hold {
        return Ok(());
    }
    suppression::add_hash(w, line.hash, about, line.at)?;
    for (id, contact, _) in people.iter().filter(|_| about == suppression::EVERYWHERE) {
        consent::shut(&w.connection, *contact, *id)?;
        contact::set_flags(&w.connection, *id, AddressFlags::SUPPRESSED, AddressFlags::default())?;
    }
    Ok(())
}

/// Sender and list as in the last event of the consent, if it can be read.
fn draft(last: Option<EvidenceDraft>, line: &StopLine) -> EvidenceDraft {
    let (controller, list) = last.map_or_else(
        || {
            let none = String::new;
            let controller = Controller { imprint_url: none(), name: none(), privacy_url: none() };
            (controller, ListRef { name: none(), purpose: none(), title: none() })
        },
        |last| (last.controller, last.list),
    );
    EvidenceDraft {
        time: line.at,
        controller,
        list,
        text: None,
        source: EvidenceSource { kind: "file".to_owned(), detail: Some(DETAIL.to_owned()) },
        act: ConsentAction { kind: "timer".to_owned(), ..ConsentAction::default() },
        outbound: None,
        ip_prefix: None,
        earlier: None,
        actor: "system".to_owned(),
    }
}
