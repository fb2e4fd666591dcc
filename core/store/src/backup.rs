//! Backups: one folder with a consistent copy of both databases, the high-water mark, the machine's key and the settings. Made while a daemon
//! runs or not; checked without one; brought back only where there is no database.

use crate::error::Result;
use crate::private_file::{self, beside};
use crate::sqlite::{self, OpenOptions, Sqlite, erasure_journal, stop_journal};
use crate::{Finding, StoreError};
use ring::digest::{Context, SHA256};
use rundruf_consent::Time;
use rundruf_consent::text::hex;
use rundruf_lang::{Message, msg};
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Names in a backup.
const DATABASE: &str = "rundruf.db";
const KEYS: &str = "rundruf.db.keys";
const MACHINE_KEY: &str = "rundruf.db.kek";
const HIGH_WATER: &str = "rundruf.db.highwater";
const ERASED: &str = "rundruf.db.erased";
const STOPS: &str = "rundruf.db.stops";
const SETTINGS: &str = "settings";
const MANIFEST: &str = "BACKUP.json";
const VERSION: u32 = 1;

/// What a backup is made of.
#[derive(Clone, Debug)]
pub struct BackupSource {
    /// The database of the daemon.
    pub database: PathBuf,
    /// The machine's key, if it is not beside the database.
    pub kek: Option<PathBuf>,
    /// Files of the settings.
    pub settings: Vec<PathBuf>,
    /// Whether the machine's key goes into the backup.
    pub with_machine_key: bool,
}

/// What a backup says about itself: the file `BACKUP.json`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BackupSummary {
    /// Version of the form.
    pub version: u32,
    /// When it was made, milliseconds UTC.
    pub made: i64,
    /// Entries of the consent log.
    pub log_size: u64,
    /// Root of the consent log, hexadecimal.
    pub log_root: String,
    /// Broadcasts that were running.
    pub running: u64,
    /// Whether the machine's key is in it.
    pub machine_key: bool,
    /// SHA-256 of each file by name, hexadecimal.
    pub files: BTreeMap<String, String>,
}

fn unusable(path: &Path, cause: &std::io::Error) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), cause: cause.into() }
}

fn refused(path: &Path, cause: Message) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), cause }
}

/// Makes a backup in a folder, which must be empty or not there. A running daemon goes on meanwhile; the copy is of one moment.
///
/// # Errors
/// If the folder holds something, or a file cannot be read or written.
pub fn create(source: &BackupSource, folder: &Path, now: Time) -> Result<BackupSummary> {
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(refused(folder, msg!("store-backup-folder-used")));
    }
    // What cannot be looked at may well be there.
    if let Err(cause) = fs::metadata(&source.database)
        && cause.kind() != std::io::ErrorKind::NotFound
    {
        return Err(unusable(&source.database, &cause));
    }
    if !source.database.is_file() {
        return Err(refused(&source.database, msg!("store-backup-no-database")));
    }
    let folders = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder.join(SETTINGS));
    folders.map_err(|e| unusable(folder, &e))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(|e| unusable(folder, &e))?;
    let (database, keys) = (folder.join(DATABASE), folder.join(KEYS));
    // The keys come second: a key is stored before the first event that needs it, so every event of the first copy has its key in the second.
    copy_database(&source.database, &database)?;
    copy_database(&beside(&source.database, "keys"), &keys)?;
    let signed = sqlite::settle_copy(&database, &keys)?;
    private_file::write_whole(&folder.join(HIGH_WATER), signed.to_string().as_bytes())
        .map_err(|e| unusable(folder, &e))?;
    let erased = beside(&source.database, erasure_journal::ENDING);
    if erased.is_file() {
        copy_file(&erased, &folder.join(ERASED))?;
    }
    let stops = beside(&source.database, stop_journal::ENDING);
    if stops.is_file() {
        copy_file(&stops, &folder.join(STOPS))?;
    }
    if source.with_machine_key {
        let kek = source.kek.clone().unwrap_or_else(|| beside(&source.database, "kek"));
        copy_file(&kek, &folder.join(MACHINE_KEY))?;
    }
    for file in &source.settings {
        let name = file.file_name().unwrap_or_default();
        copy_file(file, &folder.join(SETTINGS).join(name))?;
    }
    let copy = immutable(&database)?;
    let (log_size, log_root) = sqlite::log_root(&copy)?;
    let running = sqlite::running(&copy)?;
    drop(copy);
    let mut files = BTreeMap::new();
    for name in names(folder)? {
        files.insert(name.clone(), digest(&folder.join(name))?);
    }
    let summary = BackupSummary {
        version: VERSION,
        made: now.0,
        log_size,
        log_root,
        running,
        machine_key: source.with_machine_key,
        files,
    };
    let json = serde_json::to_vec_pretty(&summary).unwrap_or_default();
    private_file::write_whole(&folder.join(MANIFEST), &json).map_err(|e| unusable(folder, &e))?;
    Ok(summary)
}

/// Checks a backup without changing it: every file, both databases, the log, and that the keys open with the machine's key. Answers what it
/// says about itself, and what is wrong; nothing wrong means that it can be restored.
///
/// # Errors
/// If it is not a backup.
pub fn verify(folder: &Path, kek: Option<&Path>) -> Result<(BackupSummary, Vec<Finding>)> {
    let manifest = folder.join(MANIFEST);
    let json = fs::read(&manifest).map_err(|_| refused(folder, msg!("store-backup-none")))?;
    let summary: BackupSummary =
        serde_json::from_slice(&json).map_err(|_| refused(folder, msg!("store-backup-none")))?;
    if summary.version != VERSION {
        return Err(refused(folder, msg!("store-backup-none")));
    }
    let mut found = Vec::new();
    let mut fault = |text: Message| found.push(Finding { fault: true, text });
    let there = names(folder)?;
    for name in there.iter().filter(|name| !summary.files.contains_key(*name)) {
        fault(msg!("store-backup-file-more", name = name));
    }
    for (name, want) in &summary.files {
        if !there.contains(name) || digest(&folder.join(name))? != *want {
            fault(msg!("store-backup-file-changed", name = name));
        }
    }
    if !found.is_empty() {
        return Ok((summary, found));
    }
    let database = folder.join(DATABASE);
    let copy = immutable(&database)?;
    found.extend(sqlite::contents(&copy, &database)?);
    if sqlite::log_root(&copy)? != (summary.log_size, summary.log_root.clone()) {
        found.push(Finding { fault: true, text: msg!("store-backup-log") });
    }
    let own = folder.join(MACHINE_KEY);
    match kek.or_else(|| summary.machine_key.then_some(own.as_path())) {
        Some(kek) => {
            if let Err(error) = sqlite::secrets_open(&folder.join(KEYS), kek) {
                found.push(Finding { fault: true, text: error.message() });
            }
        }
        None => found.push(Finding { fault: false, text: msg!("store-backup-without-key") }),
    }
    Ok((summary, found))
}

/// Brings a backup back. The database of these options must not exist. Broadcasts that were running are paused and what waited outside of
/// broadcasts becomes unknown, because it may have been sent since; every later proof shows that the log was brought back. Answers what the backup
/// says about itself, and whether stops since then may be missing, because there is no journal of stops (`….stops`): then nothing is sent until
/// [`crate::Store::stops_complete`].
///
/// # Errors
/// If the backup is faulty, there is a database already, or the machine's key is missing.
pub fn restore(
    folder: &Path,
    database: &Path,
    options: &OpenOptions,
    kek: Option<&Path>,
    now: Time,
) -> Result<(BackupSummary, bool)> {
    let (summary, found) = verify(folder, kek)?;
    if let Some(first) = found.into_iter().find(|f| f.fault) {
        return Err(refused(folder, first.text));
    }
    for file in [database.to_owned(), beside(database, "keys")] {
        if file.exists() {
            return Err(refused(&file, msg!("store-restore-exists")));
        }
    }
    let own = folder.join(MACHINE_KEY);
    let target_kek = options.kek.clone().unwrap_or_else(|| beside(database, "kek"));
    let kek = kek.or_else(|| summary.machine_key.then_some(own.as_path()));
    if let Some(parent) = database.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|e| unusable(parent, &e))?;
    }
    match kek {
        Some(kek) => {
            let bytes = fs::read(kek).map_err(|e| unusable(kek, &e))?;
            if fs::read(&target_kek).is_ok_and(|other| other != bytes) {
                return Err(refused(&target_kek, msg!("store-restore-other-key")));
            }
            private_file::write_whole(&target_kek, &bytes).map_err(|e| unusable(&target_kek, &e))?;
        }
        None if target_kek.is_file() => {}
        None => return Err(refused(folder, msg!("store-backup-without-key"))),
    }
    // What this machine remembers of a longer log is kept: then the start refuses, and `log fork` says so in every proof.
    let remembered = fs::read_to_string(beside(database, "highwater")).ok().and_then(|t| t.trim().parse::<u64>().ok());
    copy_file(&folder.join(KEYS), &beside(database, "keys"))?;
    let high = fs::read_to_string(folder.join(HIGH_WATER)).ok().and_then(|t| t.trim().parse::<u64>().ok()).unwrap_or(0);
    let high = high.max(remembered.unwrap_or(0));
    let file = beside(database, "highwater");
    private_file::write_whole(&file, high.to_string().as_bytes()).map_err(|e| unusable(&file, &e))?;
    // Who was erased since the backup was made is erased again at the start.
    let erased = beside(database, erasure_journal::ENDING);
    let lines = erasure_journal::union(&folder.join(ERASED), &erased);
    if !lines.is_empty() {
        private_file::write_whole(&erased, lines.as_bytes()).map_err(|e| unusable(&erased, &e))?;
    }
    // Stops that came after the backup are in the journal of this machine, if it has one; what the backup's own journal says more is joined to it.
    let stops = beside(database, stop_journal::ENDING);
    if stops.is_file() {
        let lines = erasure_journal::union(&folder.join(STOPS), &stops);
        private_file::write_whole(&stops, lines.as_bytes()).map_err(|e| unusable(&stops, &e))?;
    }
    // The database comes last: a restore that was interrupted leaves none, and is begun again after its files are moved away.
    copy_file(&folder.join(DATABASE), database)?;
    let reason = msg!("store-restore-reason", made = summary.made).to_string();
    let since = Some(Time(summary.made));
    let (_, missing) = Sqlite::mark_break(database, options.clone(), ("restore", &reason), since, now)?;
    if missing && folder.join(STOPS).is_file() {
        copy_file(&folder.join(STOPS), &stops)?;
    }
    Ok((summary, missing))
}

/// The settings in a backup.
///
/// # Errors
/// If the folder cannot be read.
pub fn settings(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.join(SETTINGS);
    let entries = fs::read_dir(&folder).map_err(|e| unusable(&folder, &e))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
    files.sort();
    Ok(files)
}

fn copy_database(from: &Path, to: &Path) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let c = Connection::open_with_flags(from, flags).map_err(|e| StoreError::from_open(from, &e))?;
    c.execute_batch("PRAGMA busy_timeout = 10000; PRAGMA cache_size = -2000;")?;
    private_file::create(to)?;
    let name = to.to_str().ok_or_else(|| refused(to, msg!("store-backup-folder-name")))?;
    c.execute("VACUUM INTO ?1", [name]).map_err(|e| StoreError::from_open(to, &e))?;
    fs::File::open(to).and_then(|f| f.sync_all()).map_err(|e| unusable(to, &e))
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    private_file::create(to)?;
    fs::copy(from, to).map_err(|e| unusable(from, &e))?;
    fs::set_permissions(to, fs::Permissions::from_mode(0o600)).map_err(|e| unusable(to, &e))?;
    fs::File::open(to).and_then(|f| f.sync_all()).map_err(|e| unusable(to, &e))
}

/// Opens a copy so that nothing is written beside it.
fn immutable(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let shown = path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let c = Connection::open_with_flags(format!("file:{shown}?immutable=1"), flags);
    c.map_err(|e| StoreError::from_open(path, &e))
}

/// Names of all files in a backup but its manifest.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for (sub, prefix) in [(folder.to_owned(), String::new()), (folder.join(SETTINGS), format!("{SETTINGS}/"))] {
        for entry in fs::read_dir(&sub).map_err(|e| unusable(&sub, &e))?.flatten() {
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_file() && name != MANIFEST {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}

fn digest(path: &Path) -> Result<String> {
    let mut file = fs::File::open(path).map_err(|e| unusable(path, &e))?;
    let (mut context, mut buffer) = (Context::new(&SHA256), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer).map_err(|e| unusable(path, &e))? {
            0 => return Ok(hex(context.finish().as_ref())),
            n => context.update(buffer.get(..n).unwrap_or_default()),
        }
    }
}
