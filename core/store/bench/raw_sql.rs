//! Yardsticks: the same statements on the same schema, bare: one loop, no threads, no engine. And a quick way to fill a store.

use crate::error::Result;
use crate::open;
use crate::sqlite::OpenOptions;
use rusqlite::{Connection, params};
use std::path::Path;
use std::time::Instant;

const CONSENT: &str = "INSERT INTO consent (list, contact, address, state, since, evidence, number, uid) \
     VALUES (1, ?1, ?1, 2, 0, ?1, 1, zeroblob(16))";
const DELIVERY: &str =
    "INSERT INTO delivery (id, broadcast, contact, address, transport, evidence) VALUES (?1, 1, ?1, ?1, 1, ?1)";
const EVENT: &str = "INSERT INTO event (id, record, address, list, kind, state, at, commitment, sealed) \
     VALUES (?1, zeroblob(16), ?1, 1, 'import_a', 2, 0, zeroblob(32), ?2)";

fn connect(path: &Path) -> Result<Connection> {
    let mut connection = crate::connection::connect(path)?;
    connection.execute_batch(crate::connection::PRAGMAS)?;
    crate::schema::migrate(&mut connection, path)?;
    Ok(connection)
}

/// Fills a new store with confirmed people of one list, each with one e-mail address and a first name.
///
/// # Errors
/// If the store cannot be written.
pub fn seed(path: &Path, list: &str, recipients: u64) -> Result<()> {
    drop(open(&format!("sqlite:{}", path.display()), OpenOptions::default())?);
    let mut c = connect(path)?;
    c.execute("INSERT INTO list (name) VALUES (?1)", [list])?;
    people(&mut c, recipients, false)?;
    c.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(())
}

fn people(c: &mut Connection, recipients: u64, with_deliveries: bool) -> Result<()> {
    let mut from = 1;
    while from <= recipients {
        let to = (from + 99_999).min(recipients);
        let tx = c.transaction()?;
        {
            let mut contact =
                tx.prepare_cached("INSERT INTO contact (id, language, vars, created) VALUES (?1, 'de', ?2, 0)")?;
            let mut address =
                tx.prepare_cached("INSERT INTO address (id, contact, channel, value, key) VALUES (?1, ?1, 1, ?2, ?2)")?;
            let mut consent = tx.prepare_cached(CONSENT)?;
            let mut delivery = tx.prepare_cached(DELIVERY)?;
            for n in from..=to {
                let id = n.cast_signed();
                contact.execute(params![id, format!("{{\"first_name\":\"Name{n}\"}}")])?;
                address.execute(params![id, format!("person{n:08}@mail.example")])?;
                consent.execute([id])?;
                if with_deliveries {
                    delivery.execute([id])?;
                }
            }
        }
        tx.commit()?;
        from = to + 1;
    }
    // As if their numbers had been taken.
    c.execute("UPDATE number SET next = max(next, ?1)", [recipients.cast_signed() + 1])?;
    Ok(())
}

/// The loop of the engine, bare: settle the chunk before, move the cursor, read and join the next chunk, add to the counters, commit. Returns
/// deliveries a second.
///
/// # Errors
/// If the store cannot be written.
pub fn bare(dir: &Path, recipients: u64, chunk: u32) -> Result<f64> {
    let mut c = connect(&dir.join("bare.db"))?;
    c.execute("INSERT INTO list (name) VALUES ('l')", [])?;
    c.execute(
        "INSERT INTO broadcast (list, key, content, state, created, fanned, total, queued, first, last) \
         VALUES (1, zeroblob(8), '', 1, 0, 1, ?1, ?1, 1, ?1)",
        [recipients.cast_signed()],
    )?;
    people(&mut c, recipients, true)?;
    c.execute(
        "INSERT INTO lease (broadcast, transport, first, last, cursor) VALUES (1, 1, 1, ?1, 1)",
        [recipients.cast_signed()],
    )?;
    c.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    let begin = Instant::now();
    let mut held: Vec<(i64, i64)> = Vec::new();
    let mut cursor = 1_i64;
    loop {
        let tx = c.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut settled = 0_i64;
        {
            let mut settle = tx.prepare_cached(crate::sqlite::SETTLE_SENT)?;
            for (id, evidence) in held.drain(..) {
                settle.execute(params![id, 1_795_000_000_000_i64, evidence, None::<&str>])?;
                settled += 1;
            }
        }
        let mut seen = 0_usize;
        {
            let mut next = tx.prepare_cached(crate::sqlite::NEXT)?;
            let mut rows = next.query(params![1, cursor, recipients.cast_signed(), chunk])?;
            while let Some(row) = rows.next()? {
                let (id, state, evidence): (i64, u8, i64) = (row.get(0)?, row.get(5)?, row.get(6)?);
                seen += row.get_ref(3)?.as_str().map_or(0, str::len) + row.get_ref(8)?.as_str().map_or(0, str::len);
                if state == rundruf_consent::State::Confirmed.code() {
                    held.push((id, evidence));
                }
                cursor = id + 1;
            }
        }
        std::hint::black_box(seen);
        let open = i64::try_from(held.len()).unwrap_or(0);
        tx.prepare_cached("UPDATE lease SET cursor = ?1, open = open + ?2 WHERE id = 1")?
            .execute(params![cursor, open - settled])?;
        tx.prepare_cached(
            "UPDATE broadcast SET queued = queued - ?1, in_flight = in_flight + ?1 - ?2, sent = sent + ?2 WHERE id = 1",
        )?
        .execute(params![open, settled])?;
        tx.commit()?;
        if open == 0 {
            break;
        }
    }
    Ok(recipients as f64 / begin.elapsed().as_secs_f64())
}

/// Bare inserts of what an import writes: contact, address with its unique index, consent, event with its sealed evidence, key. Returns
/// rows a second.
///
/// # Errors
/// If the store cannot be written.
pub fn bare_import(dir: &Path, rows: u64) -> Result<f64> {
    let mut c = connect(&dir.join("bare.db"))?;
    c.execute_batch(crate::connection::MANY_ROWS)?;
    let mut keys = Connection::open(dir.join("bare.db.keys"))?;
    keys.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    keys.execute_batch(crate::schema::KEYS)?;
    let sealed = vec![7_u8; 900];
    let begin = Instant::now();
    let mut from = 1;
    while from <= rows {
        let to = (from + 19_999).min(rows);
        let tx = keys.transaction()?;
        {
            let mut key =
                tx.prepare_cached("INSERT OR REPLACE INTO subject (address, wrapped) VALUES (?1, zeroblob(60))")?;
            for n in from..=to {
                key.execute([n.cast_signed()])?;
            }
        }
        tx.commit()?;
        let tx = c.transaction()?;
        {
            let mut contact =
                tx.prepare_cached("INSERT INTO contact (language, vars, created) VALUES ('de', ?1, 0)")?;
            let mut address = tx.prepare_cached(
                "INSERT INTO address (contact, channel, value, flags, key) VALUES (?1, 1, ?2, 0, ?2)",
            )?;
            let mut consent = tx.prepare_cached(CONSENT)?;
            let mut event = tx.prepare_cached(EVENT)?;
            for n in from..=to {
                let id = n.cast_signed();
                contact.execute([format!("{{\"first_name\":\"Name{n}\",\"last_name\":\"Muster\"}}")])?;
                address.execute(params![id, format!("person{n:08}@mail.example")])?;
                consent.execute([id])?;
                event.execute(params![id, sealed])?;
            }
        }
        tx.commit()?;
        from = to + 1;
    }
    Ok(rows as f64 / begin.elapsed().as_secs_f64())
}
