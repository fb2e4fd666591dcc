//! Every stop, by number and keyed hash, in a small file beside the database that only grows and is on disk before the stop is committed. An older copy
//! of the database that is brought back does not know the last stops: `stop_replay.rs` enters them again when it is opened. Where the file is
//! missing, too, nothing is sent until the admin says that the stops since then are entered.

use super::codes::{PAUSED, SCHEDULED};
use crate::StoreError;
use crate::error::Result;
use crate::private_file::{self, beside};
use const_format::formatcp;
use rundruf_consent::suppression::{Pepper, mailbox_hash};
use rundruf_consent::text::{hex, unhex};
use rundruf_consent::{Address, Event, ListId, Time};
use rusqlite::{Connection, OptionalExtension, params};
use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Ending of its name.
pub(crate) const ENDING: &str = "stops";
/// The number of the last line that the database knows, in `meta`.
const KNOWN: &str = "stops";
/// The time since when stops may be missing, in `meta`; absent if none are.
const MISSING_SINCE: &str = "stops-missing-since";
/// Stands for all lists.
pub(super) const ALL_LISTS: &str = "*";

/// One stop as a line: `NUMBER MILLISECONDS EVENT HASH LIST`.
pub(super) struct StopLine {
    number: i64,
    pub(super) at: Time,
    pub(super) event: Event,
    pub(super) hash: [u8; 32],
    /// Name of the list, or [`ALL_LISTS`].
    pub(super) list: String,
}

impl StopLine {
    fn text(&self) -> String {
        format!("{} {} {} {} {}\n", self.number, self.at.0, self.event.word(), hex(&self.hash), self.list)
    }

    /// A line that was cut off, or of another form, is none.
    fn parse(line: &str) -> Option<Self> {
        let mut parts = line.splitn(5, ' ');
        let (number, at) = (parts.next()?.parse().ok()?, Time(parts.next()?.parse().ok()?));
        let word = parts.next()?;
        let event = [Event::Stop, Event::StopAll, Event::Hold].into_iter().find(|e| e.word() == word)?;
        let (hash, list) = (unhex::<32>(parts.next()?)?, parts.next()?.to_owned());
        (!list.is_empty()).then_some(Self { number, at, event, hash, list })
    }
}

fn known(c: &Connection) -> Result<i64> {
    let found =
        c.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([KNOWN], |r| r.get(0)).optional()?;
    Ok(found.unwrap_or(0))
}

fn set_known(c: &Connection, number: i64) -> Result<()> {
    c.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?.execute(params![KNOWN, number])?;
    Ok(())
}

/// Where the lines of a group are kept until it is committed.
pub(super) type StopLines = RefCell<Vec<String>>;

/// Notes a stop or a hold of the mailbox of an address, for a list or (0) for all: it is in the file before this transaction is committed.
pub(super) fn note(
    c: &Connection,
    (pepper, lines): (&Pepper, &StopLines),
    (address, list): (&Address, ListId),
    event: Event,
    at: Time,
) -> Result<()> {
    let name = if list.0 == 0 {
        Some(ALL_LISTS.to_owned())
    } else {
        c.prepare_cached("SELECT name FROM list WHERE id = ?1")?.query_row([list.0], |r| r.get(0)).optional()?
    };
    let Some(list) = name else { return Ok(()) };
    let number = known(c)? + 1;
    set_known(c, number)?;
    let line = StopLine { number, at, event, hash: mailbox_hash(pepper, address), list };
    lines.borrow_mut().push(line.text());
    Ok(())
}

/// The lines that the file has and the database does not know.
pub(super) fn unknown(c: &Connection, database: &Path) -> Result<Vec<StopLine>> {
    let known = known(c)?;
    let path = beside(database, ENDING);
    // What cannot be read is not passed over in silence: then people might be written to who have said stop.
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(StoreError::Unusable { path, cause: e.into() }),
    };
    Ok(text.lines().filter_map(StopLine::parse).filter(|line| line.number > known).collect())
}

/// From now on the database knows these lines.
pub(super) fn are_known(c: &Connection, lines: &[StopLine]) -> Result<()> {
    lines.iter().map(|line| line.number).max().map_or(Ok(()), |last| set_known(c, last))
}

/// Makes the file, so that its absence means something.
pub(super) fn create(database: &Path) -> Result<()> {
    private_file::create(&beside(database, ENDING))
}

/// Writes the lines of a group; they are on disk when this returns.
pub(super) fn append(database: &Path, lines: &[String]) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let path = beside(database, ENDING);
    private_file::create(&path)?;
    let write = || -> io::Result<()> {
        let mut file = fs::OpenOptions::new().read(true).append(true).open(&path)?;
        let mut text = lines.concat();
        // A crash may have cut the last line off.
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                text.insert(0, '\n');
            }
        }
        file.write_all(text.as_bytes())?;
        file.sync_data()?;
        // Without its name the file would be of no use after a power loss.
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        File::open(folder)?.sync_all()
    };
    write().map_err(|e| match e.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full(path.clone()),
        _ => StoreError::Unusable { path: path.clone(), cause: e.into() },
    })
}

/// Whether the file is there.
pub(crate) fn is_there(database: &Path) -> bool {
    beside(database, ENDING).is_file()
}

/// The time since when stops may be missing; `None` if all are known.
pub(super) fn missing_since(c: &Connection) -> Result<Option<Time>> {
    let mut one = c.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(one.query_row([MISSING_SINCE], |r| r.get(0)).optional()?.map(Time))
}

/// No stops are missing any more.
pub(super) fn set_complete(c: &Connection) -> Result<()> {
    c.execute("DELETE FROM meta WHERE key = ?1", [MISSING_SINCE])?;
    Ok(())
}

/// From now on nothing is sent, because stops since this time may be missing; without a time, since the last event.
pub(super) fn set_missing(c: &Connection, since: Option<Time>) -> Result<()> {
    c.execute(
        "INSERT INTO meta (key, value) VALUES (?1, coalesce(?2, (SELECT max(at) FROM event), 0)) \
         ON CONFLICT (key) DO UPDATE SET value = min(value, excluded.value)",
        params![MISSING_SINCE, since.map(|t| t.0)],
    )?;
    c.execute(formatcp!("UPDATE broadcast SET state = {PAUSED}, waits = 1 WHERE state = {SCHEDULED}"), [])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written_and_a_cut_one_is_none() {
        let line =
            StopLine { number: 7, at: Time(-5), event: Event::StopAll, hash: [9; 32], list: "angebote".to_owned() };
        let text = line.text();
        let again = StopLine::parse(text.trim_end()).unwrap();
        assert_eq!(again.text(), text);
        for cut in 0..text.trim_end().len() - "angebote".len() + 1 {
            assert!(StopLine::parse(&text[..cut]).is_none(), "{cut}");
        }
        assert!(StopLine::parse(&text.replace("stop_all", "confirm")).is_none());
    }

    #[test]
    fn lines_follow_a_cut_one_on_a_line_of_their_own() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("s.db");
        append(&database, &[]).unwrap();
        assert!(!is_there(&database));
        append(&database, &["one\n".to_owned(), "tw".to_owned()]).unwrap();
        append(&database, &["three\n".to_owned()]).unwrap();
        assert_eq!(fs::read_to_string(beside(&database, ENDING)).unwrap(), "one\ntw\nthree\n");
    }
}
