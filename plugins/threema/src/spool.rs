//! Callbacks that cannot be read yet, because the sender's key or a file must be fetched, or the host is busy: one file each, on disk before the
//! gateway is answered. What no key opens is put aside and tried again at the next start, when the settings may be right.

use crate::id::ThreemaId;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::Notify;

/// Most callbacks that wait; the gateway is asked to send more again.
const MAX_WAITING: usize = 10_000;
/// Most callbacks that are put aside; the newest ones stay.
const MAX_ASIDE: usize = 1_000;

/// At the end of the name of a callback that is known to be a receipt.
const RECEIPT: &str = "-receipt";

/// A callback that waits: its name, and who wrote.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct WaitingCallback {
    pub(crate) name: String,
    pub(crate) from: ThreemaId,
}

impl WaitingCallback {
    fn is_receipt(&self) -> bool {
        self.name.ends_with(RECEIPT)
    }

    /// What must stay in order: the messages of one sender. A receipt that waits for its message holds nothing up.
    pub(crate) fn queue(&self) -> &str {
        if self.is_receipt() { &self.name } else { self.from.as_str() }
    }
}

/// The folder of waiting callbacks.
pub(crate) struct CallbackSpool {
    dir: PathBuf,
    aside: PathBuf,
    next: AtomicU64,
    /// How many wait in each queue.
    waiting: Mutex<HashMap<String, usize>>,
    pub(crate) arrived: Notify,
}

impl CallbackSpool {
    /// Opens the folder. What was put aside waits again.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub(crate) fn open(state_dir: &Path) -> io::Result<Self> {
        let dir = state_dir.join("callbacks");
        let aside = state_dir.join("unopened");
        fs::create_dir_all(&dir)?;
        fs::create_dir_all(&aside)?;
        for one in names(&aside)? {
            fs::rename(aside.join(&one.name), dir.join(&one.name))?;
        }
        let all = names(&dir)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Names go on from the newest, also if the clock was set back.
        let newest = all.last().and_then(|one| one.name.split('-').next()?.parse::<u64>().ok()).unwrap_or(0);
        let next = u64::try_from(now.as_nanos()).unwrap_or(0).max(newest + 1);
        let mut waiting = HashMap::new();
        all.iter().for_each(|one| *waiting.entry(one.queue().to_owned()).or_insert(0) += 1);
        Ok(Self { dir, aside, next: AtomicU64::new(next), waiting: Mutex::new(waiting), arrived: Notify::new() })
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a message of this sender waits.
    pub(crate) fn has(&self, from: ThreemaId) -> bool {
        self.waiting().contains_key(from.as_str())
    }

    /// Stores a callback durably.
    ///
    /// # Errors
    /// It is not stored: the gateway must send it again.
    pub(crate) fn put(&self, from: ThreemaId, is_receipt: bool, body: &[u8]) -> io::Result<()> {
        let kind = if is_receipt { RECEIPT } else { "" };
        let name = format!("{:020}-{}{kind}", self.next.fetch_add(1, Ordering::Relaxed), from.as_str());
        let one = WaitingCallback { name, from };
        {
            let mut waiting = self.waiting();
            if waiting.values().sum::<usize>() >= MAX_WAITING {
                return Err(io::Error::from(io::ErrorKind::StorageFull));
            }
            *waiting.entry(one.queue().to_owned()).or_insert(0) += 1;
        }
        let written = self.write(&one.name, body);
        match &written {
            Ok(()) => self.arrived.notify_one(),
            Err(_) => self.count_down(&one),
        }
        written
    }

    fn write(&self, name: &str, body: &[u8]) -> io::Result<()> {
        let incomplete = self.dir.join(format!("{name}.new"));
        let mut file = File::create(&incomplete)?;
        file.write_all(body)?;
        file.sync_all()?;
        fs::rename(incomplete, self.dir.join(name))?;
        File::open(&self.dir)?.sync_all()
    }

    fn count_down(&self, one: &WaitingCallback) {
        let mut waiting = self.waiting();
        if let Some(count) = waiting.get_mut(one.queue()) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(one.queue());
            }
        }
    }

    /// The waiting callbacks, oldest first.
    pub(crate) fn list(&self) -> Vec<WaitingCallback> {
        names(&self.dir).unwrap_or_default()
    }

    /// The body of a callback; `None` if it cannot be read.
    pub(crate) fn get(&self, one: &WaitingCallback) -> Option<Vec<u8>> {
        fs::read(self.dir.join(&one.name)).ok()
    }

    /// The callback is stored elsewhere, or nobody needs it.
    pub(crate) fn remove(&self, one: &WaitingCallback) {
        if fs::remove_file(self.dir.join(&one.name)).is_ok() {
            self.count_down(one);
        }
    }

    /// Removes what waits of these people.
    pub(crate) fn forget(&self, ids: &[ThreemaId]) -> io::Result<()> {
        for one in names(&self.dir)?.iter().filter(|one| ids.contains(&one.from)) {
            self.remove(one);
        }
        for one in names(&self.aside)?.iter().filter(|one| ids.contains(&one.from)) {
            fs::remove_file(self.aside.join(&one.name))?;
        }
        let left = names(&self.dir)?.iter().any(|one| ids.contains(&one.from));
        if left { Err(io::Error::from(io::ErrorKind::PermissionDenied)) } else { Ok(()) }
    }

    /// Nothing opens the callback with these settings: it waits for the next start.
    pub(crate) fn put_aside(&self, one: &WaitingCallback) {
        if fs::rename(self.dir.join(&one.name), self.aside.join(&one.name)).is_ok() {
            self.count_down(one);
        }
        let aside = names(&self.aside).unwrap_or_default();
        for old in aside.iter().take(aside.len().saturating_sub(MAX_ASIDE)) {
            let _ = fs::remove_file(self.aside.join(&old.name));
        }
    }
}

/// Complete files, in order of their names.
fn names(dir: &Path) -> io::Result<Vec<WaitingCallback>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let parts = name.split_once('-').filter(|(n, _)| n.len() == 20 && n.bytes().all(|b| b.is_ascii_digit()));
        if let Some(from) = parts.and_then(|(_, from)| ThreemaId::parse(from.strip_suffix(RECEIPT).unwrap_or(from))) {
            all.push(WaitingCallback { name, from });
        }
    }
    all.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_wait_in_order_also_over_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let [anna, bert] = ["ANNA2345", "*BERT234"].map(|id| ThreemaId::parse(id).unwrap());
        let open = || CallbackSpool::open(dir.path()).unwrap();
        let bodies = |spool: &CallbackSpool| spool.list().iter().map(|one| spool.get(one).unwrap()).collect::<Vec<_>>();
        let spool = open();
        spool.put(anna, false, b"one").unwrap();
        spool.put(bert, false, b"two").unwrap();
        fs::write(dir.path().join("callbacks/00000000000000000009-ANNA2345.new"), b"cut").unwrap();
        drop(spool);
        let spool = open();
        spool.put(anna, false, b"three").unwrap();
        assert_eq!(bodies(&spool), [&b"one"[..], b"two", b"three"]);
        assert!(spool.has(anna) && spool.has(bert));
        let all = spool.list();
        spool.put_aside(&all[1]);
        spool.remove(&all[0]);
        assert!(spool.has(anna) && !spool.has(bert));
        assert_eq!(bodies(&spool), [b"three"]);
        spool.remove(&all[2]);
        assert!(!spool.has(anna));
        spool.forget(&[anna]).unwrap();
        assert_eq!(open().list().len(), 1, "nothing of others is forgotten");
        spool.put(anna, true, b"receipt").unwrap();
        assert!(!spool.has(anna), "a receipt holds nobody's message up");
        drop(spool);
        let spool = open();
        assert_eq!(bodies(&spool), [&b"two"[..], b"receipt"], "what was put aside is tried again");
        assert!(spool.has(bert) && !spool.has(anna));
    }
}
