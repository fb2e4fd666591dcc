//! The journal that a plugin process writes when the daemon has died: every outcome that was not acknowledged. It is complete: a message that
//! was claimed for its session and is neither settled nor in the journal never reached the process.

use crate::error::HostError;
use crate::event::{MAX_ID, MAX_LINE, MessageOutcome, PartsAndCost, cut};
use crate::id::{MessageId, SessionId};
use crate::{orphan, state_dir};
use ring::digest::{SHA256, digest};
use rundruf_abi::OutcomeCode;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// File name of the journal in the state folder.
const JOURNAL: &str = "orphan.journal";
/// Largest journal that is read, in bytes and in outcomes: a plugin can write a forged one of any size. A window has 65,536 messages, and its
/// outcomes wait twice at most: here, and for the store.
const MAX_BYTES: u64 = 64 << 20;
const MAX_OUTCOMES: usize = 1 << 18;
/// How long the lock may be held on after the noted process has ended: by one that was not noted yet.
const AFTER_END: Duration = Duration::from_secs(15);

#[derive(Serialize)]
struct JournalRecord<'a> {
    session: SessionId,
    outcomes: Vec<JournalOutcome<'a>>,
}

#[derive(Serialize, Deserialize)]
struct JournalOutcome<'a> {
    message_id: MessageId,
    code: u16,
    retry_after_ms: u32,
    remote_code: i32,
    remote_id: &'a str,
    detail: &'a str,
    parts: Option<PartsAndCost>,
}

/// The journal of a plugin process.
#[derive(Debug)]
pub struct Journal {
    /// The session of the process that wrote it.
    pub session: SessionId,
    /// Every outcome that the daemon had not acknowledged.
    pub outcomes: Vec<MessageOutcome>,
    path: PathBuf,
}

impl Journal {
    /// Removes the file, after all its outcomes were stored.
    ///
    /// # Errors
    /// If the file cannot be removed. The next start then reads it again, which is harmless: outcomes are settled once.
    pub fn remove(self) -> Result<(), HostError> {
        fs::remove_file(&self.path).map_err(|cause| HostError::State { path: self.path, cause })
    }
}

/// Waits until no plugin process uses this state folder, then reads its journal. A process that does not end in that time is killed. Without a
/// journal (`None`), what became of its messages is unknown.
///
/// # Errors
/// [`HostError::StillRunning`] if the process lives on; [`HostError::State`] if the folder cannot be used.
pub fn collect(state_dir: &Path, wait: Duration) -> Result<Option<Journal>, HostError> {
    let failed = |cause| HostError::State { path: state_dir.to_owned(), cause };
    state_dir::make(state_dir).map_err(failed)?;
    let ended = orphan::end(state_dir, wait).map_err(failed)?;
    // An honest process holds the lock as well, and has had its time.
    let held = if ended { orphan::lock_folder(state_dir, AFTER_END.min(wait)).map_err(failed)? } else { None };
    if held.is_none() {
        return Err(HostError::StillRunning { path: state_dir.to_owned() });
    }
    let path = state_dir.join(JOURNAL);
    let failed = |cause| HostError::State { path: path.clone(), cause };
    let mut bytes = Vec::new();
    match state_dir::open(&path, File::options().read(true)) {
        Ok(file) if file.metadata().map_err(failed)?.len() > MAX_BYTES => return Ok(None),
        Ok(file) => file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(failed)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(failed(e)),
    };
    // An incomplete journal proves nothing.
    Ok(parse(&bytes).map(|(session, outcomes)| Journal { session, outcomes, path }))
}

/// Whether a plugin process uses this state folder now. One that cannot be looked at counts as unused: the next start there says why.
#[must_use]
pub fn is_in_use(state_dir: &Path) -> bool {
    state_dir.is_dir() && orphan::is_in_use(state_dir).unwrap_or(false)
}

impl From<JournalOutcome<'_>> for MessageOutcome {
    fn from(w: JournalOutcome<'_>) -> Self {
        Self {
            message_id: w.message_id,
            code: OutcomeCode(w.code),
            retry_after: (w.retry_after_ms > 0).then(|| Duration::from_millis(u64::from(w.retry_after_ms))),
            remote_code: w.remote_code,
            remote_id: cut(w.remote_id, MAX_ID).into(),
            detail: cut(w.detail, MAX_LINE).into(),
            parts: w.parts.map(|parts| Box::new(parts.bounded())),
        }
    }
}

fn parse(bytes: &[u8]) -> Option<(SessionId, Vec<MessageOutcome>)> {
    let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if digest(&SHA256, body).as_ref() != sum {
        return None;
    }
    // Decoded one by one, as the number may be false.
    let ((session, count), mut rest) = postcard::take_from_bytes::<(SessionId, usize)>(body).ok()?;
    let mut outcomes = Vec::new();
    for _ in 0..Some(count).filter(|n| *n <= MAX_OUTCOMES)? {
        let (one, behind) = postcard::take_from_bytes::<JournalOutcome<'_>>(rest).ok()?;
        outcomes.push(one.into());
        rest = behind;
    }
    rest.is_empty().then_some((session, outcomes))
}

fn encode(session: SessionId, outcomes: &[MessageOutcome], with_detail: bool) -> io::Result<Vec<u8>> {
    let outcomes = outcomes.iter().map(|o| JournalOutcome {
        message_id: o.message_id,
        code: o.code.0,
        retry_after_ms: o.retry_after.map_or(0, |d| u32::try_from(d.as_millis()).unwrap_or(u32::MAX)),
        remote_code: o.remote_code,
        remote_id: &o.remote_id,
        detail: if with_detail { &o.detail } else { "" },
        parts: o.parts.as_deref().cloned(),
    });
    postcard::to_stdvec(&JournalRecord { session, outcomes: outcomes.collect() })
        .map_err(|e| io::Error::other(e.to_string()))
}

/// Writes the journal atomically, and syncs it to disk.
pub(crate) fn write(state_dir: &Path, session: SessionId, outcomes: &[MessageOutcome]) -> io::Result<()> {
    if outcomes.len() > MAX_OUTCOMES {
        // A part of them would mean that the others never reached the plugin.
        return Err(io::Error::other("more outcomes than a journal holds"));
    }
    let mut bytes = encode(session, outcomes, true)?;
    if bytes.len() as u64 + 32 > MAX_BYTES {
        // What became of a message counts more than the words about it.
        bytes = encode(session, outcomes, false)?;
    }
    let sum = digest(&SHA256, &bytes);
    bytes.extend_from_slice(sum.as_ref());
    let temporary = state_dir.join("orphan.journal.new");
    let mut file = File::create(&temporary)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, state_dir.join(JOURNAL))?;
    File::open(state_dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_read_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        assert!(collect(&state, Duration::ZERO).unwrap().is_none());
        let outcome = MessageOutcome::of(MessageId([7; 16]), OutcomeCode::SENT, "d");
        write(&state, SessionId([1; 16]), std::slice::from_ref(&outcome)).unwrap();
        let journal = collect(&state, Duration::ZERO).unwrap().unwrap();
        assert_eq!((journal.session, journal.outcomes.as_slice()), (SessionId([1; 16]), [outcome].as_slice()));
        let path = state.join(JOURNAL);
        let bytes = fs::read(&path).unwrap();
        for cut in 0..bytes.len() {
            fs::write(&path, &bytes[..cut]).unwrap();
            assert!(collect(&state, Duration::ZERO).unwrap().is_none(), "cut at {cut}");
        }
        fs::write(&path, &bytes).unwrap();
        collect(&state, Duration::ZERO).unwrap().unwrap().remove().unwrap();
        assert!(!path.exists());
        assert!(!is_in_use(&state) && !is_in_use(&dir.path().join("none")));
        let lock = orphan::lock_folder(&state, Duration::ZERO).unwrap();
        assert!(is_in_use(&state));
        assert!(matches!(collect(&state, Duration::from_millis(5)), Err(HostError::StillRunning { .. })));
        drop(lock);
    }

    #[test]
    fn a_forged_journal_is_bounded() {
        let sealed = |body: &[u8]| [body, digest(&SHA256, body).as_ref()].concat();
        let outcome = MessageOutcome {
            remote_id: "ü".repeat(9_000).into(),
            ..MessageOutcome::of(MessageId([7; 16]), OutcomeCode::SENT, "d")
        };
        let one = JournalOutcome {
            message_id: outcome.message_id,
            code: 100,
            retry_after_ms: 0,
            remote_code: 0,
            remote_id: &outcome.remote_id,
            detail: "d",
            parts: None,
        };
        let body = |count: usize| {
            let head = postcard::to_stdvec(&([1_u8; 16], count)).unwrap();
            [head, postcard::to_stdvec(&one).unwrap()].concat()
        };
        let (_, read) = parse(&sealed(&body(1))).unwrap();
        assert_eq!(read[0].remote_id.len(), MAX_ID, "as if it had come by the pipe");
        for lie in [0, 2, MAX_OUTCOMES, MAX_OUTCOMES + 1, usize::MAX] {
            assert!(parse(&sealed(&body(lie))).is_none(), "{lie} outcomes");
        }
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("state");
        fs::create_dir(&state).unwrap();
        std::os::unix::fs::symlink("/dev/zero", state.join(JOURNAL)).unwrap();
        assert!(collect(&state, Duration::ZERO).unwrap().is_none(), "no link is followed");
        assert!(fs::symlink_metadata(state.join(JOURNAL)).is_err());
        // Larger than any journal: not even read.
        File::create(state.join(JOURNAL)).unwrap().set_len(1 << 40).unwrap();
        assert!(collect(&state, Duration::ZERO).unwrap().is_none());
        // One that would be too large is written without the words, and is read.
        let detail = "d".repeat(MAX_LINE).into_boxed_str();
        let many = |n| {
            vec![
                MessageOutcome {
                    detail: Box::clone(&detail),
                    ..MessageOutcome::of(MessageId([n; 16]), OutcomeCode::SENT, "")
                };
                150_000
            ]
        };
        write(&state, SessionId([1; 16]), &many(1)).unwrap();
        let journal = collect(&state, Duration::ZERO).unwrap().unwrap();
        assert_eq!((journal.outcomes.len(), &*journal.outcomes[0].detail), (150_000, ""));
    }
}
