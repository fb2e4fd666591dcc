//! The SQLite backend: one file, one writer thread that commits waiting requests together, and up to four readers.

mod after_upgrade; // what a schema step leaves for code
mod alert; // problems and notices to the admin
mod audit; // who changed what, and when
mod broadcast; // broadcasts: start, pause, end
mod candidate; // a row that may be claimed, and the gate's answer
mod claim; // which rows may leave now
mod clock; // the clock of the last process; an earlier clock is right
pub(crate) mod codes; // numbers of states, named for SQL
mod consent; // the row of a consent
mod consent_change; // what happens to consents
mod contact; // people and addresses
mod continuity; // whether this is the database that was used last
mod counters; // running counters of broadcasts
mod delivery; // deliveries for people, what is decided about unknown ones
mod delivery_row; // a delivery as people see it
mod doctor; // consistency checks
mod erase; // addresses that are erased
pub(crate) mod erasure_journal; // so that they stay erased when an older copy is brought back
mod event; // evidence and log leaf in one row; proofs
mod fanout; // one delivery for each contact, page by page
mod frequency; // who has got enough messages of a list
mod import; // imports
mod in_doubt; // claims without an outcome, found at start
mod inbound; // inbound messages
mod inbox; // messages that wait for a person
mod late_outcome; // outcomes that correct an unknown one
mod left_transport; // transports that are not in the settings any more
mod legal_hold; // data that is kept for legal claims
mod list; // lists and transports
mod list_change; // what admins say about a changed list
mod list_hold; // lists that send nothing for now
mod log; // head, checkpoints, hashes
mod merge; // two contacts or addresses become one
mod number; // numbers that only grow
mod outcome; // settlements
mod person; // what is known about a contact is changed
mod person_messages; // everything that passed between us and one person
mod receipt; // later reports about deliveries
mod rekey; // keys for the addresses of an older database
mod request; // confirmation requests and their limits
mod retention; // deletion after retention time, attachments
mod sent_detail; // ids, parts and cost of what was sent
mod service; // messages outside of broadcasts
pub(crate) mod stop_journal; // stops, for an older copy that is brought back
mod stop_replay; // enters them again
mod store; // the trait, method by method
mod suppression; // addresses that must not get messages
mod target; // which address and list a consent change is about
mod text; // texts by digest
mod timers; // consents whose time is over
mod writer; // the writer thread

#[cfg(test)]
#[path = "../tests/unit/codes.rs"]
mod code_tests; // numbers agree with the schema
#[cfg(test)]
#[path = "../tests/unit/plans.rs"]
mod plans; // hot statements use their indexes

use crate::connection::{PRAGMAS, connect, reader, writable};
use crate::error::Result;
use crate::keys::KeyStore;
use crate::private_file::{self, beside};
use crate::{AuditEnd, AuditStart, Finding, ListRow, ListStats, Secrets, StopListener, StoreError, schema};
use rundruf_consent::Time;
use rundruf_consent::proof::LogBreak;
use rusqlite::Connection;
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use writer::{Writer, WriterThread};

/// For benchmarks: the statements of the hot path.
#[cfg(feature = "bench")]
pub(crate) use {claim::NEXT, outcome::SETTLE_SENT};

/// How a store is opened.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// The machine's key; default: beside the database, with `.kek` at the end.
    pub kek: Option<PathBuf>,
}

/// The lists of a database with their numbers, on a connection that only reads.
pub(crate) fn read_lists(path: &Path) -> Result<Option<Vec<(ListRow, ListStats)>>> {
    if !path.exists() {
        return Ok(None);
    }
    let connection = reader(path)?;
    if !schema::is_newest(&connection)? {
        return Ok(None);
    }
    Ok(Some(list::list_all(&connection)?.into_iter().zip(list::list_stats(&connection)?).collect()))
}

/// Readers that are kept.
const READERS: usize = 4;

pub(crate) struct Sqlite {
    path: PathBuf,
    secrets: Secrets,
    /// Breaks of the log, as of the start: a running daemon makes none.
    breaks: Vec<LogBreak>,
    writer: WriterThread,
    readers: Arc<Mutex<Vec<Connection>>>,
    high_water: Arc<log::HighWaterMark>,
    on_stop: Arc<Mutex<Option<StopListener>>>,
    /// Locked while the store is open, so that a second daemon is refused.
    lock: Mutex<Option<File>>,
}

impl Sqlite {
    pub(crate) fn open(path: &Path, options: OpenOptions) -> Result<Self> {
        let OpenedFiles { lock, connection, mut keys, secrets, high_water } = OpenedFiles::open(path, options)?;
        continuity::check(&connection, &keys, path, high_water.size())?;
        continuity::renew(&connection, &mut keys)?;
        let breaks = continuity::breaks(&connection)?;
        let ending = broadcast::unfinished(&connection)?;
        let mut writer = Writer::new(connection, keys, secrets.clone(), path.to_owned());
        writer.ending = ending;
        after_upgrade::run(&mut writer).map_err(|e| e.at(path))?;
        let stops = stop_replay::replay(&mut writer).map_err(|e| e.at(path))?;
        if stops > 0 {
            tracing::warn!(
                stops,
                "the database did not know the last stops: they were entered from the journal beside it"
            );
        }
        stop_journal::create(path)?;
        let on_stop = Arc::clone(&writer.on_stop);
        Ok(Self {
            path: path.to_owned(),
            secrets,
            breaks,
            writer: WriterThread::start(writer)?,
            readers: Arc::default(),
            high_water: Arc::new(high_water),
            on_stop,
            lock: Mutex::new(Some(lock)),
        })
    }

    /// Writes a whole entry into the audit log of a database that no daemon uses.
    pub(crate) fn audit_note(
        path: &Path,
        options: OpenOptions,
        start: &AuditStart,
        end: &AuditEnd,
        now: Time,
    ) -> Result<()> {
        let files = OpenedFiles::open(path, options)?;
        let id = audit::begin(&files.connection, start, now)?;
        audit::end(&files.connection, id, end, now)
    }

    /// Marks a break of the log of a database that no daemon uses: it is continued although it is an older copy, or was brought back. Answers it, and
    /// whether stops since then (`since`, else the last event) may be missing: the journal of stops is not there.
    pub(crate) fn mark_break(
        path: &Path,
        options: OpenOptions,
        (kind, reason): (&str, &str),
        since: Option<Time>,
        now: Time,
    ) -> Result<(LogBreak, bool)> {
        let mut files = OpenedFiles::open(path, options)?;
        let high = files.high_water.size();
        let (size, signed) = (log::frontier(&files.connection)?.size(), continuity::signed(&files.keys, high)?);
        if kind == "restore" && size < signed {
            return Err(StoreError::OldCopy { path: path.to_owned(), size, signed });
        }
        let missing = !stop_journal::is_there(path);
        let one = continuity::mark_break(&mut files.connection, &mut files.keys, kind, reason, high, now)?;
        if missing {
            stop_journal::set_missing(&files.connection, since)?;
        }
        files.high_water.lower(one.size)?;
        Ok((one, missing))
    }

    /// Stops the writer thread and releases the files.
    fn close(&self) {
        self.writer.close();
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Runs in the writer, in a transaction that is committed before this returns.
    async fn write<T, F>(&self, call: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Writer) -> Result<T> + Send + 'static,
    {
        self.writer.call(call).await
    }

    /// Runs with a reader, on a thread that may wait for the disk.
    async fn read<T, F>(&self, call: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        // One snapshot for everything that the call reads.
        self.read_in_pieces(|c| {
            let _moment = c.unchecked_transaction()?;
            call(c)
        })
        .await
    }

    /// As [`Sqlite::read`], for a call that begins its snapshots itself: a long one keeps the WAL from being used again.
    async fn read_in_pieces<T, F>(&self, call: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (path, readers) = (self.path.clone(), Arc::clone(&self.readers));
        let run = move || {
            let kept = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match kept {
                Some(connection) => connection,
                None => reader(&path)?,
            };
            let result = call(&connection).map_err(|e| e.at(&path));
            let mut readers = readers.lock().unwrap_or_else(PoisonError::into_inner);
            if readers.len() < READERS {
                readers.push(connection);
            }
            result
        };
        tokio::task::spawn_blocking(run).await.map_err(|e| StoreError::Database(e.to_string().into()))?
    }
}

/// The files of a store, opened and up to date.
struct OpenedFiles {
    lock: File,
    connection: Connection,
    keys: KeyStore,
    secrets: Secrets,
    high_water: log::HighWaterMark,
}

impl OpenedFiles {
    fn open(path: &Path, options: OpenOptions) -> Result<Self> {
        let unusable = |cause: std::io::Error| StoreError::Unusable { path: path.to_owned(), cause: cause.into() };
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).map_err(unusable)?;
        }
        let lock = beside(path, "lock");
        private_file::create(&lock)?;
        let lock = File::options().write(true).open(lock).map_err(unusable)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(StoreError::InUse(path.to_owned())),
            Err(e) => return Err(unusable(e.into())),
        }
        private_file::create(path)?;
        let mut connection = connect(path).map_err(|e| StoreError::from_open(path, &e))?;
        // Keys come first: a process killed between the two finds them at its next start, beside a fresh database.
        let fresh = schema::is_fresh(&connection, path)?;
        let kek = options.kek.unwrap_or_else(|| beside(path, "kek"));
        let mut keys = KeyStore::open(&beside(path, "keys"), &kek, fresh)?;
        let secrets = keys.secrets()?;
        connection.execute_batch(PRAGMAS).map_err(|e| StoreError::from_open(path, &e))?;
        schema::migrate(&mut connection, path)?;
        let high_water = log::HighWaterMark::read(beside(path, "highwater"))?;
        Ok(Self { lock, connection, keys, secrets, high_water })
    }
}

/// For backups: makes the marks beside a copy of the main database say how far that copy is. Returns the length of the log that was signed.
pub(crate) fn settle_copy(database: &Path, keys: &Path) -> Result<u64> {
    let main = writable(database)?;
    let signed = log::last_checkpoint(&main)?.map_or(0, |(size, ..)| size);
    continuity::settle_copy(&main, &writable(keys)?, signed)?;
    Ok(signed)
}

/// For backups: length and root of the log.
pub(crate) fn log_root(c: &Connection) -> Result<(u64, String)> {
    continuity::root(c)
}

/// For backups: how many broadcasts are running.
pub(crate) fn running(c: &Connection) -> Result<u64> {
    let count: i64 = c.query_row(
        const_format::formatcp!("SELECT count(*) FROM broadcast WHERE state = {}", codes::RUNNING),
        [],
        |r| r.get(0),
    )?;
    Ok(count.cast_unsigned())
}

/// For backups: what `doctor` finds in the rows.
pub(crate) fn contents(c: &Connection, path: &Path) -> Result<Vec<Finding>> {
    doctor::contents(c, path)
}

/// For backups: whether the secrets open with this machine's key.
pub(crate) fn secrets_open(keys: &Path, kek: &Path) -> Result<()> {
    crate::keys::check(keys, kek)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BroadcastState, ClaimRequest, NewContact, Store, TransportId};
    use rundruf_consent::{Address, BroadcastId, Channel, ContactId, Time};
    use std::time::{Duration, Instant};

    async fn add(store: &Sqlite, from: u64) -> Result<()> {
        let addresses = (from..from + 40)
            .filter_map(|n| Address::parse(Channel::Email, &format!("{n:0>60}@x.example"), None).ok())
            .collect();
        store.contact_add(NewContact { addresses, ..NewContact::default() }, Time(1)).await.map(drop)
    }

    /// Room for this many pages more; none at all means no limit.
    async fn room(store: &Sqlite, pages: Option<i64>) {
        let set = move |w: &mut Writer| {
            let used: i64 = w.connection.query_row("PRAGMA page_count", [], |r| r.get(0))?;
            let most = pages.map_or(1_000_000, |p| used + p);
            w.connection.query_row(&format!("PRAGMA max_page_count = {most}"), [], |_| Ok(()))?;
            Ok(())
        };
        store.write(set).await.unwrap();
    }

    #[tokio::test]
    async fn a_full_disk_is_told_and_costs_nothing_that_was_stored() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let store = Sqlite::open(&path, OpenOptions::default()).unwrap();
        room(&store, Some(10)).await;
        let mut stored = 0;
        let error = loop {
            match add(&store, 1_000 * stored).await {
                Ok(()) => stored += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(&error, StoreError::Full(p) if *p == path), "{error}");
        assert!(error.is_passing() && stored > 0);
        // Requests that wait together fail together, and hear the same.
        let (a, b) = tokio::join!(add(&store, 500_000), add(&store, 600_000));
        assert!(matches!((&a, &b), (Err(StoreError::Full(_)), Err(StoreError::Full(_)))), "{a:?} {b:?}");
        let people = store.contact_find(String::new(), ContactId(0), 10_000).await.unwrap();
        assert_eq!(people.len() as u64, stored);
        room(&store, None).await;
        add(&store, 700_000).await.unwrap();
        let found = store.doctor().await.unwrap();
        assert!(found.is_empty(), "{found:?}");
    }

    /// A broadcast with this many queued deliveries that expires at 100.
    async fn broadcast_of(store: &Sqlite, rows: i64) {
        let fill = move |w: &mut Writer| {
            w.connection.execute_batch(&format!(
                "INSERT INTO list (name) VALUES ('l'); INSERT INTO transport (name) VALUES ('t');
                 INSERT INTO broadcast (id, list, key, content, state, created, expires_at, fanned, total, queued, first, last)
                   VALUES (1, 1, zeroblob(8), '{{}}', {running}, 1, 100, 1, {rows}, {rows}, 1, {rows});
                 INSERT INTO delivery (id, broadcast, contact, address, transport, state)
                   WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i, 1, i, i, 1, {queued} FROM n;
                 INSERT INTO lease (broadcast, transport, first, last, cursor) VALUES (1, 1, 1, {rows}, 1);",
                running = codes::RUNNING,
                queued = codes::QUEUED,
            ))?;
            Ok(())
        };
        store.write(fill).await.unwrap();
    }

    #[tokio::test]
    async fn a_disk_that_fills_after_an_expiry_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&dir.path().join("s.db"), OpenOptions::default()).unwrap();
        broadcast_of(&store, 30_000).await;
        room(&store, Some(0)).await;
        // The claim ends the broadcast, which needs no room; the reasons of its rows need some.
        let claim = ClaimRequest::new(10, Time(200));
        let step = store.dispatch_step(TransportId(1), [1; 16], Vec::new(), Some(claim)).await.unwrap();
        assert!(step.claimed.is_empty());
        let row = || async { store.broadcast_get(BroadcastId(1)).await.unwrap().unwrap() };
        std::thread::sleep(Duration::from_millis(300));
        let full = row().await;
        assert_eq!(full.state, BroadcastState::Expired);
        assert!(full.tally.queued > 0, "the disk was full: {:?}", full.tally);
        room(&store, None).await;
        let begin = Instant::now();
        while row().await.tally.queued > 0 {
            assert!(begin.elapsed() < Duration::from_secs(10), "nothing is left queued: {:?}", row().await.tally);
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(row().await.tally.skipped, 30_000);
        assert!(store.doctor().await.unwrap().is_empty());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn doctor_beside_a_writer_does_not_keep_the_wal_large() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let store = Arc::new(Sqlite::open(&path, OpenOptions::default()).unwrap());
        broadcast_of(&store, 400_000).await;
        let wal = beside(&path, "x").with_file_name("s.db-wal");
        let size = || std::fs::metadata(&wal).unwrap().len();
        let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let writer = tokio::spawn({
            let (store, stop) = (Arc::clone(&store), Arc::clone(&stop));
            async move {
                let mut n: i64 = 0;
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    n += 1;
                    let write = move |w: &mut Writer| {
                        let sql = "INSERT OR REPLACE INTO text (digest, kind, language, body) VALUES (?1, 1, '', hex(zeroblob(100000)))";
                        w.connection.execute(sql, [n % 20])?;
                        Ok(())
                    };
                    store.write(write).await.unwrap();
                }
                n
            }
        });
        for _ in 0..3 {
            let found = store.doctor().await.unwrap();
            assert!(found.is_empty(), "{found:?}");
        }
        let largest = size();
        let begin = Instant::now();
        while size() > 20 << 20 {
            assert!(
                begin.elapsed() < Duration::from_secs(10),
                "the WAL stays at {} MiB, after {largest}",
                size() >> 20
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        let written = writer.await.unwrap();
        assert!(written > 100, "the writer was not held up: {written}");
        assert!(largest < 64 << 20, "{} MiB beside {written} commits", largest >> 20);
    }

    #[tokio::test]
    async fn a_request_that_panics_is_one_that_failed() {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&dir.path().join("s.db"), OpenOptions::default()).unwrap();
        let panics = |w: &mut Writer| -> Result<()> {
            w.connection.execute("INSERT INTO contact (id, created) VALUES (777, 1)", [])?;
            panic!("on purpose")
        };
        assert!(matches!(store.write(panics).await, Err(StoreError::Database(_))));
        add(&store, 1).await.unwrap();
        assert_eq!(store.contact_find(String::new(), ContactId(0), 10).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn requests_that_wait_are_committed_together() {
        let dir = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&dir.path().join("s.db"), OpenOptions::default()).unwrap();
        let slow = store.write(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            Ok(())
        });
        let changes = |w: &mut Writer| Ok(w.connection.is_autocommit());
        let bad = |w: &mut Writer| -> Result<()> {
            w.connection.execute("INSERT INTO contact (id, created) VALUES (777, 1)", [])?;
            Err(StoreError::State("no".into()))
        };
        let (_, in_group, refused, added) = tokio::join!(slow, store.write(changes), store.write(bad), add(&store, 1));
        assert!(!in_group.unwrap() && added.is_ok());
        assert!(matches!(refused, Err(StoreError::State(_))), "one that fails takes nobody with it");
        assert_eq!(store.contact_find(String::new(), ContactId(0), 10).await.unwrap().len(), 1);
    }
}
