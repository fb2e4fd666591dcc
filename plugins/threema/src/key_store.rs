//! The public keys of people: asked once, kept, and pinned. A key of a Threema ID never changes; if the gateway says another one, nothing is sent to
//! that person until the admin has decided.

use crate::gateway::{Gateway, GatewayError};
use crate::id::ThreemaId;
use crate::seal::PublicKey;
use futures_util::{StreamExt, stream};
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Days after which the gateway is asked again whether a key is still the same.
const RECHECK_DAYS: u32 = 7;
/// Days after which it is asked again what an app can do.
const CAPABILITY_DAYS: u32 = 30;
/// Questions about single IDs at once.
const AT_ONCE: usize = 16;

/// What is known about one ID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Pin {
    key: PublicKey,
    /// Day when the gateway last said the same, since 1970.
    checked: u32,
    /// Whether the app takes files, and the day when the gateway said so.
    takes_files: Option<(bool, u32)>,
}

/// The key of an ID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum KeyState {
    /// Its key.
    Known(PublicKey),
    /// There is no such ID, or its key is not a valid one.
    Missing,
    /// The gateway says another key than before.
    Changed,
}

/// The keys, in memory and in a file of the state folder.
pub(crate) struct PublicKeyStore {
    trusted: HashMap<ThreemaId, PublicKey>,
    state: Mutex<StoreState>,
    /// The gateway does not know the call for many keys.
    lacks_bulk: AtomicBool,
}

struct StoreState {
    path: PathBuf,
    pins: HashMap<ThreemaId, Pin>,
    /// IDs whose key changed, told once.
    changed: HashSet<ThreemaId>,
    file: File,
}

fn today() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs() / 86_400).unwrap_or(u32::MAX)
}

impl Pin {
    fn line(&self, id: ThreemaId) -> String {
        let files = self
            .takes_files
            .map_or_else(|| "-".to_owned(), |(takes, day)| format!("{}{day}", if takes { '+' } else { '!' }));
        format!("{} {} {} {files}\n", id.as_str(), self.key.to_hex(), self.checked)
    }

    fn read(line: &str) -> Option<(ThreemaId, Self)> {
        let mut words = line.split(' ');
        let id = ThreemaId::parse(words.next()?)?;
        let (key, checked) = (PublicKey::parse(words.next()?)?, words.next()?.parse().ok()?);
        // The last word ends each line: without it the line was cut.
        let files = words.next()?;
        let takes_files = match files.split_at_checked(1)? {
            ("+", day) => Some((true, day.parse().ok()?)),
            ("!", day) => Some((false, day.parse().ok()?)),
            ("-", "") => None,
            _ => return None,
        };
        Some((id, Self { key, checked, takes_files }))
    }
}

impl PublicKeyStore {
    /// Reads the file of the state folder and writes it anew, each ID once.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub(crate) fn open(state_dir: &Path, trusted: HashMap<ThreemaId, PublicKey>) -> io::Result<Self> {
        let path = state_dir.join("keys");
        let pins = match File::open(&path) {
            Ok(file) => read_pins(file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => HashMap::new(),
            Err(error) => return Err(error),
        };
        let file = write_pins(&path, &pins)?;
        let state = Mutex::new(StoreState { path, pins, changed: HashSet::new(), file });
        Ok(Self { trusted, state, lacks_bulk: AtomicBool::new(false) })
    }

    fn lock(&self) -> MutexGuard<'_, StoreState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of an ID, if it can be said without asking the gateway.
    pub(crate) fn known(&self, id: ThreemaId) -> Option<PublicKey> {
        self.trusted.get(&id).copied().or_else(|| self.lock().pins.get(&id).map(|pin| pin.key))
    }

    /// The keys of these IDs. Those that are not known, or were not checked for days, are asked for together.
    ///
    /// # Errors
    /// The gateway does not say, and one of them is not known. Nothing was sent to anybody.
    pub(crate) async fn get(&self, gateway: &Gateway, ids: &[ThreemaId]) -> Result<Vec<KeyState>, GatewayError> {
        let day = today();
        let (mut ask, mut unknown) = (Vec::new(), false);
        {
            let state = self.lock();
            for id in ids.iter().filter(|id| !self.trusted.contains_key(id)) {
                let pin = state.pins.get(id);
                unknown |= pin.is_none();
                if pin.is_none_or(|pin| day.saturating_sub(pin.checked) >= RECHECK_DAYS || state.changed.contains(id)) {
                    ask.push(*id);
                }
            }
        }
        ask.sort_unstable();
        ask.dedup();
        let mut missing = HashSet::new();
        if !ask.is_empty() {
            match self.ask(gateway, &ask).await {
                Ok(fresh) => {
                    missing.extend(ask.iter().filter(|id| !fresh.contains_key(id)).copied());
                    self.learn(&fresh, day);
                }
                Err(error) if unknown => return Err(error),
                // All are known: what is pinned counts until the gateway says more.
                Err(error) => tracing::debug!(%error, "keys could not be checked again"),
            }
        }
        let state = self.lock();
        let of = |id: &ThreemaId| match (self.trusted.get(id), state.pins.get(id)) {
            (Some(key), _) => KeyState::Known(*key),
            (None, Some(_)) if state.changed.contains(id) => KeyState::Changed,
            (None, _) if missing.contains(id) => KeyState::Missing,
            (None, Some(pin)) => KeyState::Known(pin.key),
            (None, None) => KeyState::Missing,
        };
        Ok(ids.iter().map(of).collect())
    }

    /// The key that the gateway says now, whatever is pinned.
    pub(crate) async fn fresh(&self, gateway: &Gateway, id: ThreemaId) -> Result<KeyState, GatewayError> {
        let Some(key) = gateway.public_key(id).await? else { return Ok(KeyState::Missing) };
        self.learn(&HashMap::from([(id, key)]), today());
        Ok(KeyState::Known(key))
    }

    /// Removes the keys of these people, in memory and on disk. What the settings name stays.
    ///
    /// # Errors
    /// The file cannot be written: they may still be in it.
    pub(crate) fn forget(&self, ids: &[ThreemaId]) -> io::Result<()> {
        let mut state = self.lock();
        let before = state.pins.len();
        state.pins.retain(|id, _| !ids.contains(id));
        state.changed.retain(|id| !ids.contains(id));
        // An earlier try may have failed at the file: it is written also if nothing of them is in memory.
        if state.pins.len() < before
            || fs::read(&state.path)?.windows(8).any(|w| ids.iter().any(|id| id.as_str().as_bytes() == w))
        {
            state.file = write_pins(&state.path, &state.pins)?;
        }
        Ok(())
    }

    async fn ask(&self, gateway: &Gateway, ids: &[ThreemaId]) -> Result<HashMap<ThreemaId, PublicKey>, GatewayError> {
        if ids.len() > 1 && !self.lacks_bulk.load(Ordering::Relaxed) {
            match gateway.public_keys(ids).await {
                Err(GatewayError::Status(404 | 405 | 501, _)) => self.lacks_bulk.store(true, Ordering::Relaxed),
                answered => return answered,
            }
        }
        let each = stream::iter(ids.to_vec()).map(|id| async move { (id, gateway.public_key(id).await) });
        let answers: Vec<_> = each.buffer_unordered(AT_ONCE).collect().await;
        let found = answers.into_iter().filter_map(|(id, key)| key.map(|key| Some((id, key?))).transpose());
        found.collect()
    }

    /// Takes what the gateway says. A key that is pinned stays, whatever it says.
    fn learn(&self, fresh: &HashMap<ThreemaId, PublicKey>, day: u32) {
        let mut locked = self.lock();
        let state = &mut *locked;
        let mut lines = String::new();
        for (id, key) in fresh {
            let takes_files = match state.pins.get_mut(id) {
                Some(pin) if pin.key != *key => {
                    // Asked again also after a restart.
                    pin.checked = 0;
                    lines.push_str(&pin.line(*id));
                    if !self.trusted.contains_key(id) && state.changed.insert(*id) {
                        tracing::error!(
                            "the gateway says another key for a person than before: nothing is sent to them until you have compared their QR code and written the key under `trusted_keys`"
                        );
                    }
                    continue;
                }
                Some(pin) => pin.takes_files,
                None => None,
            };
            state.changed.remove(id);
            let pin = Pin { key: *key, checked: day, takes_files };
            lines.push_str(&pin.line(*id));
            state.pins.insert(*id, pin);
        }
        append(&mut state.file, &lines);
    }

    /// Which of these IDs take files. What is not known is asked; where the gateway does not say, they do: every app since 2015 does.
    pub(crate) async fn take_files(&self, gateway: &Gateway, ids: &[ThreemaId]) -> HashSet<ThreemaId> {
        let day = today();
        let known = |id: &ThreemaId| self.lock().pins.get(id).and_then(|pin| pin.takes_files);
        let is_fresh = |at: u32| day.saturating_sub(at) < CAPABILITY_DAYS;
        let (mut takers, mut ask) = (HashSet::new(), Vec::new());
        for id in ids {
            match known(id) {
                Some((takes, at)) if is_fresh(at) => _ = takes.then(|| takers.insert(*id)),
                _ => ask.push(*id),
            }
        }
        let each = stream::iter(ask).map(|id| async move { (id, gateway.capabilities(id).await) });
        let answers: Vec<_> = each.buffer_unordered(AT_ONCE).collect().await;
        let mut state = self.lock();
        let mut lines = String::new();
        for (id, answer) in answers {
            let Ok(answer) = answer else {
                takers.insert(id);
                continue;
            };
            let takes = answer.is_some_and(|words| words.iter().any(|word| word == "file"));
            if let Some(pin) = state.pins.get_mut(&id) {
                pin.takes_files = Some((takes, day));
                lines.push_str(&pin.line(id));
            }
            if takes {
                takers.insert(id);
            }
        }
        append(&mut state.file, &lines);
        takers
    }
}

fn append(file: &mut File, lines: &str) {
    // What is lost here is asked again; a pin that is lost was one of this run.
    if let Err(error) = file.write_all(lines.as_bytes()) {
        tracing::warn!("keys cannot be written down: {}", error.kind());
    }
}

fn read_pins(file: File) -> io::Result<HashMap<ThreemaId, Pin>> {
    let mut pins = HashMap::new();
    for line in BufReader::new(file).split(b'\n') {
        let line = line?;
        pins.extend(std::str::from_utf8(&line).ok().and_then(Pin::read));
    }
    Ok(pins)
}

/// Writes the file anew, whole or not at all, and opens it for more.
fn write_pins(path: &Path, pins: &HashMap<ThreemaId, Pin>) -> io::Result<File> {
    let new = path.with_extension("new");
    let lines: String = pins.iter().map(|(id, pin)| pin.line(*id)).collect();
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&new)?;
    file.write_all(lines.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    OpenOptions::new().append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ThreemaId {
        ThreemaId::parse(text).unwrap()
    }

    fn key(byte: u8) -> PublicKey {
        PublicKey::new([byte; 32]).unwrap()
    }

    #[test]
    fn pins_survive_and_hold() {
        let dir = tempfile::tempdir().unwrap();
        let open = || PublicKeyStore::open(dir.path(), HashMap::from([(id("CARL2345"), key(9))])).unwrap();
        let store = open();
        store.learn(&HashMap::from([(id("ANNA2345"), key(3)), (id("BERT2345"), key(4))]), 20_000);
        store.learn(&HashMap::from([(id("ANNA2345"), key(5)), (id("CARL2345"), key(5))]), 20_001);
        assert_eq!(store.known(id("ANNA2345")), Some(key(3)), "the first key stays");
        assert!(store.lock().changed.contains(&id("ANNA2345")));
        assert_eq!(store.known(id("CARL2345")), Some(key(9)), "what the admin has verified counts");
        drop(store);
        let mut file = OpenOptions::new().append(true).open(dir.path().join("keys")).unwrap();
        file.write_all(b"\xff\nDORA2345 0000 1 -\nEMIL2345 0303").unwrap();
        let store = open();
        assert_eq!((store.known(id("ANNA2345")), store.known(id("BERT2345"))), (Some(key(3)), Some(key(4))));
        assert_eq!((store.known(id("DORA2345")), store.known(id("EMIL2345"))), (None, None));
        store.learn(&HashMap::from([(id("FRED2345"), key(6))]), 20_002);
        drop(store);
        let store = open();
        assert_eq!(store.known(id("FRED2345")), Some(key(6)), "it is appended to the new file");
        store.forget(&[id("FRED2345"), id("GERD2345")]).unwrap();
        assert_eq!((store.known(id("FRED2345")), store.known(id("BERT2345"))), (None, Some(key(4))));
        let file = fs::read_to_string(dir.path().join("keys")).unwrap();
        assert!(!file.contains("FRED2345") && file.contains("BERT2345"), "also on disk");
    }

    #[test]
    fn lines() {
        for takes_files in [None, Some((true, 20_000)), Some((false, 1))] {
            let pin = Pin { key: key(7), checked: 20_001, takes_files };
            assert_eq!(Pin::read(pin.line(id("ANNA2345")).trim_end()), Some((id("ANNA2345"), pin)));
        }
    }
}
