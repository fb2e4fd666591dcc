//! Consents whose time is over: those that were not used for too long (R29). It only reads.

use super::codes::{CONFIRMED, DELIVERED, READ, SENT};
use crate::error::Result;
use const_format::formatcp;
use rundruf_consent::{AddressId, ContactId, ListId, Time};
use rusqlite::{Connection, Row, params};
use std::collections::{BTreeMap, HashMap};

/// Consents of one list that are old enough, from a contact on.
const OLD: &str = formatcp!(
    "SELECT contact, address FROM consent WHERE list = ?1 AND contact > ?2 AND state = {CONFIRMED} AND since <= ?3 ORDER BY contact LIMIT ?4"
);
/// Broadcasts of a list that may have been sent after a time, newest first.
const BROADCASTS: &str = "SELECT id, first, last FROM broadcast WHERE list = ?1 AND last >= first AND coalesce(ended, ?2) >= ?2 ORDER BY id DESC";
const USED: &str = formatcp!(
    "SELECT address FROM delivery WHERE id >= ?1 AND id <= ?2 AND broadcast = ?3 AND +state IN ({SENT}, {DELIVERED}, {READ}) AND at > ?4"
);

/// Confirmed consents of a list, from a contact on, for which nothing was sent since this time; and the contact to go on behind, if there may be
/// more. Most lists are used: then the newest broadcast alone is read.
pub(super) fn unused_since(
    c: &Connection,
    list: ListId,
    before: Time,
    after: ContactId,
    limit: u32,
) -> Result<(Vec<AddressId>, Option<ContactId>)> {
    let pair = |r: &Row<'_>| Ok((r.get::<_, i64>(0)?, r.get::<_, i64>(1)?));
    let mut old = c.prepare_cached(OLD)?;
    let rows: Vec<(i64, i64)> =
        old.query_map(params![list.0, after.0, before.0, limit], pair)?.collect::<rusqlite::Result<_>>()?;
    let is_full = u32::try_from(rows.len()).is_ok_and(|n| n >= limit);
    // A contact whose addresses go on behind the page is read whole with the next page.
    let last = rows.last().map(|(contact, _)| *contact);
    let first = rows.first().map(|(contact, _)| *contact);
    let cut = last.filter(|_| is_full && first != last);
    let mut left: HashMap<i64, i64> = rows
        .into_iter()
        .filter(|(contact, _)| Some(*contact) != cut)
        .map(|(contact, address)| (address, contact))
        .collect();
    let go_on = match (is_full, cut, last) {
        (true, Some(cut), _) => Some(ContactId(cut - 1)),
        (true, None, Some(last)) => Some(ContactId(last)),
        _ => None,
    };
    let mut broadcasts = c.prepare_cached(BROADCASTS)?;
    let mut sent = c.prepare_cached(USED)?;
    let mut ranges = broadcasts.query(params![list.0, before.0])?;
    while let Some(range) = ranges.next()?.filter(|_| !left.is_empty()) {
        let (id, first, last): (i64, i64, i64) = (range.get(0)?, range.get(1)?, range.get(2)?);
        let mut used = sent.query(params![first, last, id, before.0])?;
        while let Some(row) = used.next()? {
            left.remove(&row.get::<_, i64>(0)?);
        }
    }
    let ordered: BTreeMap<i64, i64> = left.into_iter().collect();
    Ok((ordered.into_keys().map(AddressId).collect(), go_on))
}
