//! The frequency cap of a list: at most N of its messages for each person in a period. Contacts that share a mailbox, by a +tag, or that
//! were merged, count as one person.
//!
//! Counted is what was sent in the period or may have been, and what is open and has a smaller number: of two open deliveries the earlier one
//! goes first, whichever is claimed first.

use super::codes::{DELIVERED, HELD, IN_FLIGHT, QUEUED, READ, RETRY, SENT, UNKNOWN};
use crate::FrequencyLimit;
use crate::error::Result;
use const_format::formatcp;
use rundruf_consent::{ContactId, ListId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// Deliveries that are marked in one transaction.
const AT_ONCE: i64 = 10_000;

/// All contacts of a person.
const PERSON: &str = "WITH RECURSIVE person (id) AS (VALUES (?1) \
       UNION SELECT o.contact FROM person p CROSS JOIN address a INDEXED BY address_contact ON a.contact = p.id \
         CROSS JOIN address o INDEXED BY address_mailbox ON o.channel = a.channel AND o.mailbox = coalesce(a.mailbox, a.key) \
       UNION SELECT o.contact FROM person p CROSS JOIN address a INDEXED BY address_contact ON a.contact = p.id AND a.mailbox IS NOT NULL \
         CROSS JOIN address o INDEXED BY address_key ON o.channel = a.channel AND o.key = a.mailbox \
       UNION SELECT m.id FROM person p CROSS JOIN contact m INDEXED BY contact_merged ON m.merged_into = p.id \
       UNION SELECT m.merged_into FROM person p CROSS JOIN contact m ON m.id = p.id AND m.merged_into IS NOT NULL)";
const CONTACTS: &str = formatcp!("{PERSON} SELECT id FROM person");
/// The smallest number of the person's contacts, how many contacts there are, and how many deliveries count.
pub(super) const COUNT: &str = formatcp!(
    "{PERSON} \
     SELECT min(person.id), count(*), sum((SELECT count(*) FROM delivery d INDEXED BY delivery_capped \
       WHERE d.cap_list = ?2 AND d.contact = person.id AND d.id <> ?3 \
       AND (d.state IN ({SENT}, {DELIVERED}, {READ}, {UNKNOWN}) AND coalesce(d.at, ?4 + 1) > ?4 \
         OR d.state IN ({QUEUED}, {IN_FLIGHT}, {RETRY}, {HELD}) AND d.id < ?3))) FROM person"
);
const MARK: &str = "UPDATE delivery SET cap_list = ?1 WHERE id >= ?2 AND id < ?3 AND broadcast IN (SELECT id FROM broadcast WHERE list = ?1)";

/// What one person got.
struct Counted {
    /// The contact that stands for all of the person's.
    person: i64,
    contacts: i64,
    messages: i64,
}

fn count(c: &Connection, limit: &FrequencyLimit, contact: ContactId, before: i64) -> Result<Counted> {
    let row = params![contact.0, limit.list.0, before, limit.since.0];
    let read = |r: &rusqlite::Row<'_>| Ok(Counted { person: r.get(0)?, contacts: r.get(1)?, messages: r.get(2)? });
    Ok(c.prepare_cached(COUNT)?.query_row(row, read)?)
}

/// All contacts of the person that this one stands for, itself included.
pub(super) fn contacts_of(c: &Connection, contact: ContactId) -> Result<Vec<ContactId>> {
    let mut all = c.prepare_cached(CONTACTS)?;
    let rows = all.query_map([contact.0], |r| Ok(ContactId(r.get(0)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Whether a delivery would be one more than the list allows this person.
pub(super) fn is_reached(c: &Connection, limit: &FrequencyLimit, contact: ContactId, delivery: i64) -> Result<bool> {
    Ok(count(c, limit, contact, delivery)?.messages >= i64::from(limit.most))
}

/// The cap of a list for a broadcast that is not written yet.
#[derive(Default)]
pub(super) struct PlannedCap {
    limit: Option<FrequencyLimit>,
    /// Messages of this broadcast to people with several contacts.
    planned: HashMap<i64, i64>,
}

impl PlannedCap {
    pub(super) fn new(limit: Option<FrequencyLimit>) -> Self {
        Self { limit, planned: HashMap::new() }
    }

    /// Whether this contact would get the broadcast.
    pub(super) fn admits(&mut self, c: &Connection, contact: ContactId) -> Result<bool> {
        let Some(limit) = &self.limit else { return Ok(true) };
        let counted = count(c, limit, contact, i64::MAX)?;
        let planned = self.planned.get(&counted.person).copied().unwrap_or(0);
        let admits = counted.messages + planned < i64::from(limit.most);
        if admits && counted.contacts > 1 {
            *self.planned.entry(counted.person).or_default() += 1;
        }
        Ok(admits)
    }
}

/// Marks deliveries of a list that has a cap, so that they are found by index; those that fan-out writes from now on are marked too. Answers
/// whether there are more.
pub(super) fn mark(c: &Connection, list: ListId) -> Result<bool> {
    let state = "SELECT cap_from, (SELECT coalesce(min(first), 0) FROM broadcast WHERE list = ?1 AND first > 0), \
                 (SELECT coalesce(max(last), 0) FROM broadcast WHERE list = ?1) FROM list WHERE id = ?1";
    let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, Option<i64>>(0)?, r.get::<_, i64>(1)?, r.get::<_, i64>(2)?));
    let Some((marked, first, last)) = c.query_row(state, [list.0], read).optional()? else { return Ok(false) };
    let to = marked.unwrap_or(last + 1);
    let from = (to - AT_ONCE).max(first).min(to);
    if marked != Some(from) {
        c.execute(MARK, params![list.0, from, to])?;
        c.execute("UPDATE list SET cap_from = ?2 WHERE id = ?1", [list.0, from])?;
    }
    Ok(from > first)
}
