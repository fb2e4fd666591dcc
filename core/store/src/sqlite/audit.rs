//! The audit log: entries are added and read, and nothing else.

use crate::error::Result;
use crate::{AuditEnd, AuditRow, AuditStart};
use rundruf_consent::Time;
use rusqlite::{Connection, params};

pub(super) fn begin(c: &Connection, start: &AuditStart, now: Time) -> Result<i64> {
    c.prepare_cached("INSERT INTO audit (at, actor, action, object) VALUES (?1, ?2, ?3, ?4)")?.execute(params![
        now.0,
        start.actor,
        start.action,
        start.object
    ])?;
    Ok(c.last_insert_rowid())
}

/// The first end of an entry counts.
pub(super) fn end(c: &Connection, id: i64, end: &AuditEnd, now: Time) -> Result<()> {
    c.prepare_cached(
        "INSERT OR IGNORE INTO audit_end (audit, at, outcome, object, was, became) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![id, now.0, end.outcome, end.object, end.was, end.became])?;
    Ok(())
}

/// Entries before this one, newest first.
pub(super) fn list(c: &Connection, before: i64, limit: u32) -> Result<Vec<AuditRow>> {
    let mut all = c.prepare_cached(
        "SELECT a.id, a.at, a.actor, a.action, a.object, e.outcome, e.object, e.was, e.became \
         FROM audit a LEFT JOIN audit_end e ON e.audit = a.id WHERE a.id < ?1 ORDER BY a.id DESC LIMIT ?2",
    )?;
    let rows = all.query_map(params![before, limit], |r| {
        let start = AuditStart { actor: r.get(2)?, action: r.get(3)?, object: r.get(4)? };
        let end = match r.get::<_, Option<String>>(5)? {
            Some(outcome) => Some(AuditEnd { outcome, object: r.get(6)?, was: r.get(7)?, became: r.get(8)? }),
            None => None,
        };
        Ok(AuditRow { id: r.get(0)?, at: Time(r.get(1)?), start, end })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_never_changed_and_the_first_end_counts() {
        let mut c = Connection::open_in_memory().unwrap();
        crate::schema::migrate(&mut c, std::path::Path::new("x")).unwrap();
        let text = |text: &str| text.to_owned();
        let start = AuditStart { actor: text("operator:7"), action: text("broadcast send"), object: String::new() };
        let id = begin(&c, &start, Time(5)).unwrap();
        assert_eq!(list(&c, i64::MAX, 9).unwrap()[0].end, None, "begun, and never ended");
        let done = AuditEnd { outcome: text("done"), object: text("12"), was: String::new(), became: text("angebote") };
        end(&c, id, &done, Time(6)).unwrap();
        end(&c, id, &AuditEnd { outcome: text("failed"), ..done.clone() }, Time(7)).unwrap();
        begin(&c, &AuditStart { object: text("12"), ..start.clone() }, Time(8)).unwrap();
        let rows = list(&c, i64::MAX, 9).unwrap();
        assert_eq!((rows.len(), rows[0].at), (2, Time(8)), "newest first");
        assert_eq!(rows[1], AuditRow { id, at: Time(5), start, end: Some(done) });
        assert_eq!(list(&c, rows[0].id, 9).unwrap().len(), 1);
        for sql in [
            "DELETE FROM audit",
            "UPDATE audit SET actor = 'x'",
            "DELETE FROM audit_end",
            "UPDATE audit_end SET was = 'x'",
        ] {
            let refused = c.execute(sql, []).expect_err(sql).to_string();
            assert!(refused.contains("only grows"), "{refused}");
        }
    }
}
