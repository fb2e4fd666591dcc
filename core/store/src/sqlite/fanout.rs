//! Fan-out: writes one delivery for each contact, page by page; and the same as a dry run.

use super::candidate::FLAGS;
use super::codes::{DONE, ERASED, FAILED, NEVER_ASKED, RETRY, RUNNING, SKIPPED};
use super::counters::CounterDeltas;
use super::frequency::PlannedCap;
use super::number;
use super::writer::Writer;
use crate::error::Result;
use crate::{
    BroadcastState, FanOutCandidate, FanOutChoice, FanOutChooser, FanOutPreview, FanOutPreviewRow, FanOutProgress,
    FrequencyLimit, StoreError, TransportId,
};
use const_format::formatcp;
use rundruf_consent::{
    Address, AddressFlags, AddressId, BroadcastId, Channel, ContactId, DeliveryId, EventId, ListId, Refusal, State,
    Time,
};
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, params};

/// All consents of a list except never asked and erased ones, in the order of the primary key.
pub(super) const CONTACTS: &str = formatcp!(
    "SELECT c.contact, c.address, a.channel, {FLAGS}, c.state, c.evidence FROM consent c \
     CROSS JOIN address a ON a.id = c.address WHERE c.list = ?1 AND c.contact > ?2 AND c.state NOT IN ({NEVER_ASKED}, {ERASED}) ORDER BY c.contact"
);
const BROADCAST: &str = "SELECT b.list, b.state, b.cursor, b.fanned, coalesce((SELECT cap_from IS NOT NULL FROM list WHERE id = b.list), 0) \
     FROM broadcast b WHERE b.id = ?1";
const QUEUE: &str = "INSERT INTO delivery (id, broadcast, contact, address, transport, evidence, cap_list) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const SKIP: &str = formatcp!(
    "INSERT INTO delivery (id, broadcast, contact, address, state, reason, at) VALUES (?1, ?2, ?3, ?4, {SKIPPED}, ?5, ?6)"
);
const LEASE: &str = "INSERT INTO lease (broadcast, transport, first, last, cursor) VALUES (?1, ?2, ?3, ?4, ?3)";
const EXPLAIN: &str =
    "SELECT a.value, k.language, k.vars FROM address a LEFT JOIN contact k ON k.id = ?2 WHERE a.id = ?1";
const PROGRESS: &str = "UPDATE broadcast SET cursor = coalesce(?2, cursor), fanned = ?3, \
     first = CASE WHEN first = 0 THEN ?4 ELSE first END, last = ?5 WHERE id = ?1";

/// Reads the contacts of a list in order, with all their consents for it, and calls `each` for every contact. Returns the last contact if
/// the page was full.
fn contacts(
    c: &Connection,
    list: ListId,
    after: i64,
    page: u32,
    mut each: impl FnMut(ContactId, &[FanOutCandidate]) -> Result<()>,
) -> Result<Option<i64>> {
    let mut all = c.prepare_cached(CONTACTS)?;
    let mut rows = all.query(params![list.0, after])?;
    let mut candidates: Vec<FanOutCandidate> = Vec::new();
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
        let (contact, flags) = (ContactId(contact), AddressFlags(r.get(3)?));
        candidates.push(FanOutCandidate { contact, address, channel, flags, state, evidence });
    }
    if !candidates.is_empty() {
        each(ContactId(current), &candidates)?;
    }
    Ok(None)
}

struct PlannedDelivery {
    contact: ContactId,
    address: AddressId,
    evidence: EventId,
    verdict: std::result::Result<TransportId, Refusal>,
}

pub(super) fn fan_out(
    w: &mut Writer,
    id: BroadcastId,
    page: u32,
    choose: &FanOutChooser,
    now: Time,
) -> Result<FanOutProgress> {
    let c = &w.connection;
    let found: Option<(i64, u8, i64, bool, bool)> =
        c.query_row(BROADCAST, [id.0], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?, r.get(4)?))).optional()?;
    let (list, state, cursor, fanned, has_cap) =
        found.ok_or_else(|| StoreError::Missing(msg!("store-no-broadcast", id = %id)))?;
    if fanned || state != BroadcastState::Running as u8 {
        return Ok(FanOutProgress { written: 0, finished: fanned });
    }
    let mut planned = Vec::new();
    let next = contacts(c, ListId(list), cursor, page.clamp(1, 10_000), |contact, candidates| {
        let choice = choose(candidates);
        let (at, verdict) = match choice {
            FanOutChoice::Send(at, transport) => (at, Ok(transport)),
            FanOutChoice::Skip(at, refusal) => (at, Err(refusal)),
        };
        if let Some(candidate) = candidates.get(at) {
            planned.push(PlannedDelivery {
                contact,
                address: candidate.address,
                evidence: candidate.evidence,
                verdict,
            });
        }
        Ok(())
    })?;
    // One run of ids for each transport: a lease is a range.
    planned.sort_by_key(|p| p.verdict.map_or(i64::MAX, |t| t.0));
    let mut deltas = CounterDeltas::default();
    let (first, last) = write_page(c, id, has_cap.then_some(list), (&planned, now), &mut deltas)?;
    deltas.of(id).total = i64::try_from(planned.len()).unwrap_or(i64::MAX);
    let finished = next.is_none();
    c.prepare_cached(PROGRESS)?.execute(params![id.0, next, finished, first, last])?;
    deltas.write(c)?;
    Ok(FanOutProgress { written: planned.len() as u64, finished })
}

/// Writes the rows of a page and a lease for each run of one transport. Returns the first and last id.
fn write_page(
    c: &Connection,
    id: BroadcastId,
    cap_list: Option<i64>,
    (planned, now): (&[PlannedDelivery], Time),
    deltas: &mut CounterDeltas,
) -> Result<(i64, i64)> {
    let first = number::take(c, number::DELIVERY, i64::try_from(planned.len()).unwrap_or(i64::MAX))?;
    let (mut queue, mut skip) = (c.prepare_cached(QUEUE)?, c.prepare_cached(SKIP)?);
    let mut next = first;
    for run in planned.chunk_by(|a, b| a.verdict.ok() == b.verdict.ok()) {
        let begin = next;
        for (p, n) in run.iter().zip(begin..) {
            next = n + 1;
            match p.verdict {
                Ok(transport) => {
                    queue.execute(params![n, id.0, p.contact.0, p.address.0, transport.0, p.evidence.0, cap_list])?
                }
                Err(refusal) => {
                    deltas.skip(id, refusal);
                    skip.execute(params![n, id.0, p.contact.0, p.address.0, refusal.code(), now.0])?
                }
            };
        }
        if let Some(Ok(transport)) = run.first().map(|p| p.verdict) {
            deltas.of(id).queued += next - begin;
            c.prepare_cached(LEASE)?.execute(params![id.0, transport.0, begin, next - 1])?;
        }
    }
    Ok((first, next - 1))
}

const TRIED: &str =
    formatcp!("SELECT broadcast, contact, address, cap_list FROM delivery WHERE id = ?1 AND state = {FAILED}");
const TRY: &str = "INSERT OR IGNORE INTO tried_address (broadcast, contact, address) VALUES (?1, ?2, ?3)";
/// The consents of one person for a list, without the addresses that the broadcast has tried.
const OTHERS: &str = formatcp!(
    "SELECT c.contact, c.address, a.channel, {FLAGS}, c.state, c.evidence FROM consent c CROSS JOIN address a ON a.id = c.address \
     WHERE c.list = ?1 AND c.contact = ?2 AND c.state NOT IN ({NEVER_ASKED}, {ERASED}) \
     AND NOT EXISTS (SELECT 1 FROM tried_address t WHERE t.broadcast = ?3 AND t.contact = ?2 AND t.address = c.address) ORDER BY c.address"
);
const ADD: &str = formatcp!(
    "INSERT INTO delivery (id, broadcast, contact, address, transport, evidence, state, due, first_try, cap_list) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, {RETRY}, ?7, ?7, ?8)"
);
const ADDED: &str = formatcp!(
    "UPDATE broadcast SET last = max(last, ?2), state = CASE WHEN state = {DONE} THEN {RUNNING} ELSE state END WHERE id = ?1"
);

/// Adds a delivery to the person's next address for the same broadcast. Returns its transport.
pub(super) fn elsewhere(
    w: &Writer,
    delivery: DeliveryId,
    choose: &FanOutChooser,
    now: Time,
) -> Result<Option<TransportId>> {
    let c = &w.connection;
    let tried: Option<(i64, i64, i64, Option<i64>)> = c
        .prepare_cached(TRIED)?
        .query_row([delivery.0], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
        .optional()?;
    let Some((broadcast, contact, address, cap_list)) = tried else { return Ok(None) };
    let id = BroadcastId(broadcast);
    c.prepare_cached(TRY)?.execute([broadcast, contact, address])?;
    let (list, expires): (i64, Option<i64>) =
        c.query_row("SELECT list, expires_at FROM broadcast WHERE id = ?1", [broadcast], |r| {
            Ok((r.get(0)?, r.get(1)?))
        })?;
    if super::counters::reason_of_end(c, id)?.is_some() || expires.is_some_and(|at| at <= now.0) {
        return Ok(None);
    }
    let mut candidates = Vec::new();
    {
        let mut all = c.prepare_cached(OTHERS)?;
        let mut rows = all.query(params![list, contact, broadcast])?;
        while let Some(r) = rows.next()? {
            let (Some(channel), Some(state)) = (Channel::from_code(r.get(2)?), State::from_code(r.get(4)?)) else {
                continue;
            };
            let (address, evidence) = (AddressId(r.get(1)?), EventId(r.get(5)?));
            let (contact, flags) = (ContactId(contact), AddressFlags(r.get(3)?));
            candidates.push(FanOutCandidate { contact, address, channel, flags, state, evidence });
        }
    }
    let FanOutChoice::Send(at, transport) = choose(&candidates) else { return Ok(None) };
    let Some(next) = candidates.get(at) else { return Ok(None) };
    let new = number::take(c, number::DELIVERY, 1)?;
    let row = params![new, broadcast, contact, next.address.0, transport.0, next.evidence.0, now.0, cap_list];
    c.prepare_cached(ADD)?.execute(row)?;
    c.prepare_cached(TRY)?.execute([broadcast, contact, next.address.0])?;
    c.prepare_cached(ADDED)?.execute(params![broadcast, new])?;
    let mut deltas = CounterDeltas::default();
    (deltas.of(id).total, deltas.of(id).retry) = (1, 1);
    deltas.write(c)?;
    Ok(Some(transport))
}

/// What a chooser and a frequency cap say about one contact.
fn planned(
    c: &Connection,
    cap: &mut PlannedCap,
    contact: ContactId,
    choice: FanOutChoice,
) -> Result<(usize, std::result::Result<TransportId, Refusal>)> {
    Ok(match choice {
        FanOutChoice::Send(at, _) if !cap.admits(c, contact)? => (at, Err(Refusal::FrequencyCap)),
        FanOutChoice::Send(at, transport) => (at, Ok(transport)),
        FanOutChoice::Skip(at, refusal) => (at, Err(refusal)),
    })
}

pub(super) fn preview(
    c: &Connection,
    list: ListId,
    choose: &FanOutChooser,
    limit: Option<FrequencyLimit>,
) -> Result<FanOutPreview> {
    let (mut preview, mut cap) = (FanOutPreview::default(), PlannedCap::new(limit));
    contacts(c, list, 0, u32::MAX, |contact, candidates| {
        preview.total += 1;
        match planned(c, &mut cap, contact, choose(candidates))? {
            (at, Ok(_)) => {
                let word = candidates.get(at).map_or("", |k| k.channel.word());
                *preview.by_channel.entry(word).or_insert(0) += 1;
            }
            (_, Err(refusal)) => *preview.skipped_by.entry(refusal.word()).or_insert(0) += 1,
        }
        Ok(())
    })?;
    Ok(preview)
}

pub(super) fn explain(
    c: &Connection,
    list: ListId,
    choose: &FanOutChooser,
    limit: Option<FrequencyLimit>,
    (after, at_most): (ContactId, u32),
) -> Result<Vec<FanOutPreviewRow>> {
    let (mut out, mut cap) = (Vec::new(), PlannedCap::new(limit));
    contacts(c, list, after.0, at_most.clamp(1, 10_000), |contact, candidates| {
        let (at, verdict) = planned(c, &mut cap, contact, choose(candidates))?;
        if let Some(candidate) = candidates.get(at) {
            let (value, language, vars): (String, Option<String>, Option<String>) = c
                .prepare_cached(EXPLAIN)?
                .query_row([candidate.address.0, contact.0], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?;
            let (address, vars) = (Address::from_normal(candidate.channel, &value), vars.unwrap_or_default());
            out.push(FanOutPreviewRow { contact, address, verdict, language, vars: super::contact::vars_of(&vars) });
        }
        Ok(())
    })?;
    Ok(out)
}
