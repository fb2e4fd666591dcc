//! The consent log: right edge, checkpoints, stored hashes.

use crate::error::Result;
use crate::{LogHead, StoreError};
use rundruf_consent::Time;
use rundruf_consent::evidence::leaf;
use rundruf_consent::log::{Checkpoint, Frontier, LogKey, Nodes, root_at};
use rundruf_consent::text::Digest;
use rundruf_lang::msg;
use rusqlite::{Connection, OptionalExtension, params};
use std::borrow::Borrow;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

pub(super) fn frontier(c: &Connection) -> Result<Frontier> {
    let found: Option<Vec<u8>> =
        c.prepare_cached("SELECT value FROM meta WHERE key = 'frontier'")?.query_row([], |r| r.get(0)).optional()?;
    match found {
        None => Ok(Frontier::default()),
        Some(bytes) => Frontier::from_bytes(&bytes).ok_or_else(|| StoreError::Database(msg!("store-frontier-damaged"))),
    }
}

/// The newest checkpoint: size, root, note.
pub(super) fn last_checkpoint(c: &Connection) -> Result<Option<(u64, Digest, String)>> {
    let read = |r: &rusqlite::Row<'_>| Ok((r.get::<_, i64>(0)?.max(0).cast_unsigned(), r.get(1)?, r.get(2)?));
    Ok(c.prepare_cached("SELECT size, root, note FROM checkpoint ORDER BY size DESC LIMIT 1")?
        .query_row([], read)
        .optional()?)
}

pub(super) fn head(c: &Connection) -> Result<LogHead> {
    let frontier = frontier(c)?;
    let checkpoint = last_checkpoint(c)?.map(|(_, _, note)| note);
    Ok(LogHead { size: frontier.size(), root: frontier.root(), checkpoint })
}

/// Signs the head and returns the note with its size. Refuses a second root for one size, and a log shorter than one that was signed.
pub(super) fn sign(c: &Connection, frontier: &Frontier, signer: &LogKey, now: Time) -> Result<(String, u64)> {
    let root = frontier.root();
    if let Some((size, signed, note)) = last_checkpoint(c)? {
        if size > frontier.size() {
            return Err(StoreError::State(msg!("store-log-shorter", size = frontier.size(), signed = size)));
        }
        let then = if size == frontier.size() { Some(root) } else { root_at(&StoredNodes(c), size) };
        if then != Some(signed) {
            return Err(StoreError::State(msg!("store-log-altered")));
        }
        let same_signer = Checkpoint::open(&note, &signer.vkey()).is_some();
        if size == frontier.size() && same_signer {
            return Ok((note, size));
        }
    }
    let note = signer.checkpoint(frontier.size(), &root);
    c.execute(
        "INSERT OR REPLACE INTO checkpoint (size, root, note, at) VALUES (?1, ?2, ?3, ?4)",
        params![frontier.size().cast_signed(), root, note, now.0],
    )?;
    Ok((note, frontier.size()))
}

/// The size of the log when it was last signed, in a file beside the database, so that an old copy of the database is noticed.
pub(super) struct HighWaterMark {
    path: PathBuf,
    size: Mutex<u64>,
}

impl HighWaterMark {
    /// Reads the file.
    pub(super) fn read(path: PathBuf) -> Result<Self> {
        let high = match std::fs::read_to_string(&path) {
            Ok(text) => text
                .trim()
                .parse()
                .map_err(|_| StoreError::Unusable { path: path.clone(), cause: msg!("store-not-a-number") })?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => 0,
            Err(e) => return Err(StoreError::Unusable { path, cause: e.into() }),
        };
        Ok(Self { path, size: Mutex::new(high) })
    }

    /// The stored size.
    pub(super) fn size(&self) -> u64 {
        *self.size.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lowers the stored size after a break of the log.
    pub(super) fn lower(&self, size: u64) -> Result<()> {
        *self.size.lock().unwrap_or_else(PoisonError::into_inner) = 0;
        self.raise(size)
    }

    /// Raises the stored size; call it after the checkpoint is committed.
    pub(super) fn raise(&self, size: u64) -> Result<()> {
        let mut high = self.size.lock().unwrap_or_else(PoisonError::into_inner);
        if size > *high {
            crate::private_file::write_whole(&self.path, size.to_string().as_bytes())
                .map_err(|e| StoreError::Unusable { path: self.path.clone(), cause: e.into() })?;
            *high = size;
        }
        Ok(())
    }
}

/// Reads the stored hashes, with a connection of its own or a borrowed one.
pub(super) struct StoredNodes<C>(pub(super) C);

impl<C: Borrow<Connection>> Nodes for StoredNodes<C> {
    fn range(&self, level: u8, first: u64, count: u64) -> Option<Vec<Digest>> {
        range(self.0.borrow(), level, first, count).ok().flatten()
    }
}

fn range(c: &Connection, level: u8, first: u64, count: u64) -> Result<Option<Vec<Digest>>> {
    let from = first.cast_signed();
    let to = first.saturating_add(count).cast_signed();
    let hashes: Vec<Digest> = if level == 0 {
        let mut all = c.prepare_cached("SELECT commitment FROM event WHERE id > ?1 AND id <= ?2 ORDER BY id")?;
        all.query_map([from, to], |r| Ok(leaf(&r.get(0)?)))?.collect::<rusqlite::Result<_>>()?
    } else {
        let mut all =
            c.prepare_cached("SELECT hash FROM node WHERE level = ?1 AND idx >= ?2 AND idx < ?3 ORDER BY idx")?;
        all.query_map(params![level, from, to], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    Ok((hashes.len() as u64 == count).then_some(hashes))
}
