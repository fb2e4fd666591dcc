//! Broadcasts: their life, and fan-out page by page.

use super::Result;
use super::outcome::{Change, Changes};
use super::writer::Writer;
use crate::{
    BroadcastMove, BroadcastRow, BroadcastState, Candidate, Choice, Choose, FanOut, NewBroadcast, Preview, PreviewRow,
    RefusalKey, StoreError, Tally, TransportId,
};
use rundruf_consent::{
    Address, AddressId, BroadcastId, Channel, ContactId, EventId, Flags, ListId, Refusal, State, Time,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

const COLUMNS: &str = "id, list, key, content, state, created, start_at, expires_at, fanned, total, queued, in_flight, retry, sent, failed, unknown, \
     held, skipped, delivered, \"read\"";

pub(super) fn add(c: &Connection, new: &NewBroadcast, now: Time) -> Result<BroadcastId> {
    let state = if new.start_at.is_some_and(|t| t > now) { BroadcastState::Scheduled } else { BroadcastState::Running };
    c.execute(
        "INSERT INTO broadcast (list, key, content, state, created, start_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![new.list.0, new.key, new.content, state as u8, now.0, new.start_at.map(|t| t.0), new.expires_at.map(|t| t.0)],
    )?;
    Ok(BroadcastId(c.last_insert_rowid()))
}

fn row(r: &Row<'_>) -> rusqlite::Result<BroadcastRow> {
    let n = |column: usize| Ok::<u64, rusqlite::Error>(r.get::<_, i64>(column)?.max(0).cast_unsigned());
    Ok(BroadcastRow {
        id: BroadcastId(r.get(0)?),
        list: ListId(r.get(1)?),
        key: r.get(2)?,
        content: r.get(3)?,
        state: BroadcastState::from_code(r.get(4)?).unwrap_or(BroadcastState::Paused),
        created: Time(r.get(5)?),
        start_at: r.get::<_, Option<i64>>(6)?.map(Time),
        expires_at: r.get::<_, Option<i64>>(7)?.map(Time),
        fanned_out: r.get(8)?,
        tally: Tally {
            total: n(9)?,
            queued: n(10)?,
            in_flight: n(11)?,
            retry: n(12)?,
            sent: n(13)?,
            failed: n(14)?,
            unknown: n(15)?,
            held: n(16)?,
            skipped: n(17)?,
            delivered: n(18)?,
            read: n(19)?,
            skipped_by: std::collections::BTreeMap::new(),
        },
    })
}

fn with_skips(c: &Connection, mut row: BroadcastRow) -> Result<BroadcastRow> {
    let mut all = c.prepare_cached("SELECT reason, n FROM skip_tally WHERE broadcast = ?1")?;
    for skip in all.query_map([row.id.0], |r| Ok((r.get::<_, u8>(0)?, r.get::<_, i64>(1)?)))? {
        let (reason, n) = skip?;
        if let Some(reason) = Refusal::from_code(reason) {
            row.tally.skipped_by.insert(RefusalKey(reason), n.max(0).cast_unsigned());
        }
    }
    Ok(row)
}

pub(super) fn get(c: &Connection, id: BroadcastId) -> Result<Option<BroadcastRow>> {
    let found = c
        .prepare_cached(&format!("SELECT {COLUMNS} FROM broadcast WHERE id = ?1"))?
        .query_row([id.0], row)
        .optional()?;
    found.map(|r| with_skips(c, r)).transpose()
}

pub(super) fn list(c: &Connection, active_only: bool, limit: u32) -> Result<Vec<BroadcastRow>> {
    let filter = if active_only { "WHERE state IN (0, 1, 2)" } else { "" };
    let mut all = c.prepare_cached(&format!("SELECT {COLUMNS} FROM broadcast {filter} ORDER BY id DESC LIMIT ?1"))?;
    let rows: Vec<_> = all.query_map([limit], row)?.collect::<rusqlite::Result<_>>()?;
    rows.into_iter().map(|r| with_skips(c, r)).collect()
}

pub(super) fn change(w: &mut Writer, id: BroadcastId, to: BroadcastMove, now: Time) -> Result<BroadcastRow> {
    use BroadcastState::{Cancelled, Expired, Paused, Running, Scheduled};
    let c = &w.connection;
    let row = get(c, id)?.ok_or_else(|| StoreError::Missing(format!("broadcast `{id}`")))?;
    let set =
        |state: BroadcastState| c.execute("UPDATE broadcast SET state = ?2 WHERE id = ?1", params![id.0, state as u8]);
    match (to, row.state) {
        // A broadcast that was paused before its time waits for it again.
        (BroadcastMove::Resume, Paused) if row.start_at.is_some_and(|t| t > now) => {
            set(Scheduled)?;
        }
        (BroadcastMove::Start, Scheduled) | (BroadcastMove::Resume, Paused) => {
            set(Running)?;
            super::outcome::finish_if_done(c, id)?;
        }
        (BroadcastMove::Pause, Running | Scheduled) => {
            set(Paused)?;
        }
        (BroadcastMove::Cancel, Scheduled | Running | Paused)
        | (BroadcastMove::Expire, Scheduled | Running | Paused) => {
            let mut changes = Changes::default();
            end(c, id, to, now, &mut changes)?;
            changes.write(c)?;
        }
        (BroadcastMove::Start | BroadcastMove::Resume, Running)
        | (BroadcastMove::Pause, Paused)
        | (BroadcastMove::Cancel, Cancelled)
        | (BroadcastMove::Expire, Expired) => {}
        (_, state) => {
            return Err(StoreError::State(format!("broadcast `{id}` is {}", state.word())));
        }
    }
    get(c, id)?.ok_or_else(|| StoreError::Missing(format!("broadcast `{id}`")))
}

/// Ends a broadcast for good: what is queued or to be retried becomes skipped, what is in flight finishes.
pub(super) fn end(c: &Connection, id: BroadcastId, how: BroadcastMove, now: Time, changes: &mut Changes) -> Result<()> {
    let (state, reason) = match how {
        BroadcastMove::Expire => (BroadcastState::Expired, Refusal::BroadcastExpired),
        _ => (BroadcastState::Cancelled, Refusal::Cancelled),
    };
    let mut leases = c.prepare_cached("SELECT cursor, last FROM lease WHERE broadcast = ?1 AND cursor <= last")?;
    let ranges: Vec<(i64, i64)> =
        leases.query_map([id.0], |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let mut skip = c.prepare_cached(
        "UPDATE delivery SET state = 9, reason = ?3, at = ?4 WHERE id >= ?1 AND id <= ?2 AND +state = 0",
    )?;
    let mut queued = 0;
    for (from, to) in ranges {
        queued += i64::try_from(skip.execute(params![from, to, reason.code(), now.0])?).unwrap_or(0);
    }
    let retried = c.execute(
        "UPDATE delivery SET state = 9, reason = ?2, at = ?3 WHERE broadcast = ?1 AND state = 2",
        params![id.0, reason.code(), now.0],
    )?;
    let retried = i64::try_from(retried).unwrap_or(0);
    c.execute("UPDATE lease SET last = cursor - 1 WHERE broadcast = ?1 AND cursor <= last", [id.0])?;
    c.execute("DELETE FROM lease WHERE broadcast = ?1 AND open = 0", [id.0])?;
    c.execute("UPDATE broadcast SET state = ?2, fanned = 1 WHERE id = ?1", params![id.0, state as u8])?;
    let change = changes.of(id);
    change.queued -= queued;
    change.retry -= retried;
    change.skipped += queued + retried;
    *change.skipped_by.entry(reason.code()).or_insert(0) += queued + retried;
    Ok(())
}

/// Reads the contacts of a list in order, with all their consents for it, and calls `each` for every contact. Returns the last contact if
/// the page was full.
fn contacts(
    c: &Connection,
    list: ListId,
    after: i64,
    page: u32,
    mut each: impl FnMut(ContactId, &[Candidate]) -> Result<()>,
) -> Result<Option<i64>> {
    let mut all = c.prepare_cached(
        "SELECT c.contact, c.address, a.channel, a.flags, c.state, c.evidence FROM consent c CROSS JOIN address a ON a.id = c.address \
         WHERE c.list = ?1 AND c.contact > ?2 AND c.state NOT IN (0, 13) ORDER BY c.contact",
    )?;
    let mut rows = all.query(params![list.0, after])?;
    let mut candidates: Vec<Candidate> = Vec::new();
    let (mut current, mut seen) = (0, 0);
    while let Some(r) = rows.next()? {
        let contact: i64 = r.get(0)?;
        if contact != current {
            if !candidates.is_empty() {
                each(ContactId(current), &candidates)?;
                candidates.clear();
                seen += 1;
                if seen >= page {
                    return Ok(Some(current));
                }
            }
            current = contact;
        }
        let (Some(channel), Some(state)) = (Channel::from_code(r.get(2)?), State::from_code(r.get(4)?)) else {
            continue;
        };
        let (address, evidence) = (AddressId(r.get(1)?), EventId(r.get(5)?));
        candidates.push(Candidate { address, channel, flags: Flags(r.get(3)?), state, evidence });
    }
    if !candidates.is_empty() {
        each(ContactId(current), &candidates)?;
    }
    Ok(None)
}

struct Planned {
    contact: ContactId,
    address: AddressId,
    evidence: EventId,
    verdict: std::result::Result<TransportId, Refusal>,
}

pub(super) fn fan_out(w: &mut Writer, id: BroadcastId, page: u32, choose: &Choose, now: Time) -> Result<FanOut> {
    let c = &w.connection;
    let found: Option<(i64, u8, i64, bool)> = c
        .query_row("SELECT list, state, cursor, fanned FROM broadcast WHERE id = ?1", [id.0], |r| {
            Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?))
        })
        .optional()?;
    let (list, state, cursor, fanned) = found.ok_or_else(|| StoreError::Missing(format!("broadcast `{id}`")))?;
    if fanned || state != BroadcastState::Running as u8 {
        return Ok(FanOut { written: 0, finished: fanned });
    }
    let mut planned = Vec::new();
    let next = contacts(c, ListId(list), cursor, page.clamp(1, 10_000), |contact, candidates| {
        let choice = choose(candidates);
        let (at, verdict) = match choice {
            Choice::Send(at, transport) => (at, Ok(transport)),
            Choice::Skip(at, refusal) => (at, Err(refusal)),
        };
        if let Some(candidate) = candidates.get(at) {
            planned.push(Planned { contact, address: candidate.address, evidence: candidate.evidence, verdict });
        }
        Ok(())
    })?;
    // One run of ids for each transport: a lease is a range.
    planned.sort_by_key(|p| p.verdict.map_or(i64::MAX, |t| t.0));
    let mut changes = Changes::default();
    write_page(c, id, &planned, now, &mut changes)?;
    changes.of(id).total = i64::try_from(planned.len()).unwrap_or(i64::MAX);
    let finished = next.is_none();
    c.prepare_cached("UPDATE broadcast SET cursor = coalesce(?2, cursor), fanned = ?3 WHERE id = ?1")?
        .execute(params![id.0, next, finished])?;
    changes.write(c)?;
    Ok(FanOut { written: planned.len() as u64, finished })
}

fn write_page(c: &Connection, id: BroadcastId, planned: &[Planned], now: Time, changes: &mut Changes) -> Result<()> {
    let mut next: i64 =
        c.prepare_cached("SELECT coalesce(max(id), 0) + 1 FROM delivery")?.query_row([], |r| r.get(0))?;
    let mut queue = c.prepare_cached(
        "INSERT INTO delivery (id, broadcast, contact, address, transport, evidence) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut skip = c.prepare_cached(
        "INSERT INTO delivery (id, broadcast, contact, address, state, reason, at) VALUES (?1, ?2, ?3, ?4, 9, ?5, ?6)",
    )?;
    let mut lease: Option<(TransportId, i64)> = None;
    let close = |lease: Option<(TransportId, i64)>, end: i64| -> Result<()> {
        if let Some((transport, first)) = lease {
            c.prepare_cached(
                "INSERT INTO lease (broadcast, transport, first, last, cursor) VALUES (?1, ?2, ?3, ?4, ?3)",
            )?
            .execute(params![id.0, transport.0, first, end - 1])?;
        }
        Ok(())
    };
    for p in planned {
        match p.verdict {
            Ok(transport) => {
                if lease.is_none_or(|(t, _)| t != transport) {
                    close(lease, next)?;
                    lease = Some((transport, next));
                }
                queue.execute(params![next, id.0, p.contact.0, p.address.0, transport.0, p.evidence.0])?;
                let change: &mut Change = changes.of(id);
                change.queued += 1;
            }
            Err(refusal) => {
                close(lease.take(), next)?;
                skip.execute(params![next, id.0, p.contact.0, p.address.0, refusal.code(), now.0])?;
                changes.skip(id, refusal);
            }
        }
        next += 1;
    }
    close(lease, next)
}

pub(super) fn preview(c: &Connection, list: ListId, choose: &Choose) -> Result<Preview> {
    let mut preview = Preview::default();
    contacts(c, list, 0, u32::MAX, |_, candidates| {
        preview.total += 1;
        match choose(candidates) {
            Choice::Send(at, _) => {
                let word = candidates.get(at).map_or("", |k| k.channel.word());
                *preview.by_channel.entry(word).or_insert(0) += 1;
            }
            Choice::Skip(_, refusal) => *preview.skipped_by.entry(refusal.word()).or_insert(0) += 1,
        }
        Ok(())
    })?;
    Ok(preview)
}

pub(super) fn explain(
    c: &Connection,
    list: ListId,
    choose: &Choose,
    after: ContactId,
    limit: u32,
) -> Result<Vec<PreviewRow>> {
    let mut out = Vec::new();
    contacts(c, list, after.0, limit.clamp(1, 10_000), |contact, candidates| {
        let (at, verdict) = match choose(candidates) {
            Choice::Send(at, transport) => (at, Ok(transport)),
            Choice::Skip(at, refusal) => (at, Err(refusal)),
        };
        if let Some(candidate) = candidates.get(at) {
            let value: String = c
                .prepare_cached("SELECT value FROM address WHERE id = ?1")?
                .query_row([candidate.address.0], |r| r.get(0))?;
            out.push(PreviewRow { contact, address: Address::from_normal(candidate.channel, &value), verdict });
        }
        Ok(())
    })?;
    Ok(out)
}
