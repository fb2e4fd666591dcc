//! Which messages of people have come already: the gateway repeats a callback that it could not deliver, and somebody else might.

use crate::id::{ThreemaId, ThreemaMessageId};
use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// How long a message is remembered, in hours. The gateway repeats for a quarter of an hour; somebody who has got hold of a callback may do it later.
const KEPT: u32 = 365 * 24;
/// Most messages that are remembered; the host remembers more.
const MAX_KEPT: usize = 500_000;
/// Bytes of one record: the digest, and the hour when it came.
const RECORD: usize = 20;

type MessageDigest = [u8; 16];

/// Messages that are stored, by a digest of sender and id.
pub(crate) struct SeenMessages(Mutex<SeenState>);

struct SeenState {
    hours: HashMap<MessageDigest, u32>,
    file: File,
}

fn hour() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs() / 3_600).unwrap_or(u32::MAX)
}

fn digest(from: ThreemaId, id: ThreemaMessageId) -> MessageDigest {
    let digest = ring::digest::digest(&ring::digest::SHA256, &[from.as_str().as_bytes(), &id.0].concat());
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

impl SeenMessages {
    /// Reads the file of the state folder and writes it anew without what is old.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(crate) fn open(state_dir: &Path) -> io::Result<Self> {
        let path = state_dir.join("seen");
        let old = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let now = hour();
        let mut hours = HashMap::new();
        // A record that was cut is not one.
        for record in old.as_chunks::<RECORD>().0 {
            let Some((digest, at)) = record.split_first_chunk() else { continue };
            let at = at.first_chunk().map_or(0, |at| u32::from_le_bytes(*at));
            if now.saturating_sub(at) < KEPT && hours.len() < MAX_KEPT {
                hours.insert(*digest, at);
            }
        }
        let new = path.with_extension("new");
        let bytes: Vec<u8> = hours.iter().flat_map(|(digest, at)| record(digest, *at)).collect();
        fs::write(&new, bytes)?;
        fs::rename(&new, &path)?;
        let file = OpenOptions::new().append(true).open(&path)?;
        Ok(Self(Mutex::new(SeenState { hours, file })))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, SeenState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a message with this date (Unix seconds) could have been forgotten by now.
    pub(crate) fn may_have_forgotten(date: i64) -> bool {
        date.div_euclid(3_600) < i64::from(hour()) - i64::from(KEPT)
    }

    /// Whether the message was stored within the last year.
    pub(crate) fn contains(&self, from: ThreemaId, id: ThreemaMessageId) -> bool {
        let now = hour();
        self.lock().hours.get(&digest(from, id)).is_some_and(|at| now.saturating_sub(*at) < KEPT)
    }

    /// The message is stored now.
    pub(crate) fn add(&self, from: ThreemaId, id: ThreemaMessageId) {
        let (digest, now) = (digest(from, id), hour());
        let mut state = self.lock();
        if state.hours.len() >= MAX_KEPT {
            let mut all: Vec<u32> = state.hours.values().copied().collect();
            let quarter = all.len() / 4;
            let oldest = *all.select_nth_unstable(quarter).1;
            state.hours.retain(|_, at| *at > oldest);
        }
        state.hours.insert(digest, now);
        // What is lost here the host still knows by its remote id.
        let _ = state.file.write_all(&record(&digest, now));
    }
}

fn record(digest: &MessageDigest, at: u32) -> [u8; RECORD] {
    let mut record = [0; RECORD];
    let bytes = digest.iter().copied().chain(at.to_le_bytes());
    record.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte);
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_remembered_for_each_sender() {
        let dir = tempfile::tempdir().unwrap();
        let [anna, bert] = ["ANNA2345", "BERT2345"].map(|id| ThreemaId::parse(id).unwrap());
        let id = ThreemaMessageId([0, 10, 255, 0, 0, 0, 0, 1]);
        let seen = SeenMessages::open(dir.path()).unwrap();
        assert!(!seen.contains(anna, id));
        seen.add(anna, id);
        assert!(seen.contains(anna, id) && !seen.contains(bert, id));
        drop(seen);
        let path = dir.path().join("seen");
        let mut bytes = fs::read(&path).unwrap();
        bytes.extend(record(&digest(bert, id), hour() - KEPT));
        bytes.extend([1, 2, 3]);
        fs::write(&path, bytes).unwrap();
        let seen = SeenMessages::open(dir.path()).unwrap();
        assert!(seen.contains(anna, id), "also after a restart");
        assert!(!seen.contains(bert, id), "not after a year");
        assert_eq!(fs::read(&path).unwrap().len(), RECORD);
        assert!(!fs::read(&path).unwrap().windows(8).any(|w| w == b"ANNA2345"), "no name is written down");
    }
}
