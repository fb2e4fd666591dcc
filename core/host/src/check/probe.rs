//! What one check has in its hands, in a process of its own: the library, settings that open it, a place to send to, a way to say how it ended.

use super::letters::Mail;
use super::machine::Chance;
use super::remote::{Mode, Remote, Speaks};
use super::settings::{Filling, Settings};
use super::stand::{Opening, Shape, Stand};
use super::{Effort, Verdict};
use crate::Manifest;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW, Symbol};
use rundruf_abi::{ABI, Descriptor, Entry, EntryFn, MAGIC, Status, TransportTable};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Not in libloading: keeps the code mapped whatever happens (Linux value).
const RTLD_NODELETE: i32 = 0x1000;
/// Longer than any honest answer takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One check to run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    pub(crate) library: PathBuf,
    pub(crate) config: Option<serde_json::Value>,
    pub(crate) seed: u64,
    pub(crate) effort: Effort,
    /// A folder of this check's own.
    pub(crate) folder: PathBuf,
    /// A remote that runs elsewhere: the check itself may not listen.
    pub(crate) port: Option<u16>,
}

/// How a check ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct End {
    pub(crate) verdict: Verdict,
    pub(crate) why: String,
}

/// What a check returns: `?` ends it early.
pub(crate) type Ran = Result<End, End>;

impl End {
    /// As it should be.
    pub(crate) fn passed(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Passed, why: why.into() }
    }

    /// Not forbidden, but somebody should look.
    pub(crate) fn warned(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warned, why: why.into() }
    }

    /// Not as the contract demands.
    pub(crate) fn failed(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Failed, why: why.into() }
    }

    /// It could not be tried.
    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, why: why.into() }
    }
}

/// `Err(failed)` unless this is so.
pub(crate) fn demand(so: bool, why: impl FnOnce() -> String) -> Result<(), End> {
    if so { Ok(()) } else { Err(End::failed(why())) }
}

/// Everything a check needs.
pub(crate) struct Probe {
    pub(crate) job: Job,
    pub(crate) manifest: Manifest,
    out: OwnedFd,
    places: AtomicU32,
}

/// A place to send to: settings, folders, and the other side if there is one.
pub(crate) struct Place {
    pub(crate) settings: Settings,
    pub(crate) folder: PathBuf,
    pub(crate) state: PathBuf,
    pub(crate) port: u16,
    pub(crate) remote: Option<Remote>,
}

impl Place {
    /// What fills the holes here.
    pub(crate) fn filling(&self) -> Filling<'_> {
        Filling { port: self.port, folder: &self.folder }
    }

    /// The settings as the plugin gets them.
    pub(crate) fn config(&self) -> String {
        self.settings.filled(&self.filling()).to_string()
    }

    /// Tells the other side how to behave, if there is one.
    pub(crate) fn be(&self, mode: Mode) {
        if let Some(remote) = &self.remote {
            remote.be(mode);
        }
    }
}

impl Probe {
    /// Reads the manifest; the reason if there is none.
    pub(crate) fn new(job: Job, out: OwnedFd) -> Result<Self, (End, OwnedFd)> {
        match Manifest::read(&job.library) {
            Ok(manifest) => Ok(Self { job, manifest, out, places: AtomicU32::new(0) }),
            Err(error) => Err((End::skipped(format!("the manifest cannot be read: {error}")), out)),
        }
    }

    /// What the check is about to do: said when the process does not survive it.
    pub(crate) fn step(&self, what: &str) {
        say(&self.out, &serde_json::json!({"step": what}));
    }

    /// Where the ending is said.
    pub(crate) fn out(&self) -> i32 {
        self.out.as_raw_fd()
    }

    /// The end.
    pub(crate) fn end(&self, end: &End) {
        say(&self.out, &serde_json::json!({"verdict": end.verdict, "why": end.why}));
    }

    /// Numbers of this check's own.
    pub(crate) fn chance(&self) -> Chance {
        let own = self.job.id.bytes().fold(self.job.seed, |s, b| s.wrapping_mul(31).wrapping_add(u64::from(b)));
        Chance::new(own)
    }

    /// Opens the library; the loader's words if that fails.
    pub(crate) fn open_library(&self) -> Result<EntryFn, String> {
        // SAFETY: opening runs the library's constructors; this process exists for that.
        let library = unsafe { Library::open(Some(&self.job.library), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) }
            .map_err(|e| e.to_string())?;
        // SAFETY: the contract fixes the type of this symbol.
        let symbol: Symbol<EntryFn> = unsafe { library.get(rundruf_abi::ENTRY_SYMBOL) }
            .map_err(|_| "it does not export `rundruf_plugin_v1`".to_owned())?;
        let entry = *symbol;
        // A library that was opened is never closed.
        std::mem::forget(library);
        Ok(entry)
    }

    /// Entry, descriptor and table, as far as they must be there for anything else to be tried.
    pub(crate) fn tables(&self) -> Result<(&'static Entry, &'static Descriptor, &'static TransportTable), String> {
        let symbol = self.open_library()?;
        // SAFETY: the contract: no effect, any number of calls; clause *static*.
        let entry = unsafe { symbol().as_ref() }.ok_or("its entry is null")?;
        if entry.magic != MAGIC || !ABI.accepts(entry.abi) {
            return Err("its entry is of another version of the contract".to_owned());
        }
        // SAFETY: clause *static*.
        let descriptor = unsafe { entry.descriptor.as_ref() }.ok_or("its descriptor is null")?;
        // SAFETY: clause *static*.
        let table = unsafe { descriptor.table.as_ref() }.ok_or("its function table is null")?;
        Ok((entry, descriptor, table))
    }

    /// The functions. What cannot be loaded is the loading checks' to tell.
    pub(crate) fn load(&self) -> Result<&'static TransportTable, End> {
        let (_, _, table) = self.tables().map_err(|why| End::skipped(format!("it cannot be loaded: {why}")))?;
        Ok(table)
    }

    /// A place of its own, with a remote that behaves like this if the settings have a port.
    pub(crate) fn place(&self, mode: Mode) -> Result<Place, End> {
        let failed = |e: std::io::Error| End::skipped(format!("the kit cannot work here: {e}"));
        let settings = self.settings()?;
        let remote = match (settings.speaks, self.job.port) {
            (Some(speaks), None) => Some(Remote::start(speaks, mode).map_err(failed)?),
            _ => None,
        };
        let port = remote.as_ref().map(|r| r.port).or(self.job.port).unwrap_or(9);
        self.place_at(settings, port, remote)
    }

    /// A place whose port belongs to nobody.
    pub(crate) fn place_closed(&self) -> Result<Place, End> {
        let failed = |e: std::io::Error| End::skipped(format!("the kit cannot work here: {e}"));
        self.place_at(self.settings()?, Remote::closed_port().map_err(failed)?, None)
    }

    fn place_at(&self, settings: Settings, port: u16, remote: Option<Remote>) -> Result<Place, End> {
        let n = self.places.fetch_add(1, Ordering::Relaxed);
        let (folder, state) = (self.job.folder.join(format!("folder-{n}")), self.job.folder.join(format!("state-{n}")));
        let made = fs::create_dir_all(&folder).and_then(|()| fs::create_dir_all(&state));
        made.map_err(|e| End::skipped(format!("the kit cannot work here: {e}")))?;
        Ok(Place { settings, folder, state, port, remote })
    }

    /// Settings that should open it.
    pub(crate) fn settings(&self) -> Result<Settings, End> {
        Settings::find(&self.manifest.config_schema, &self.manifest.channels, self.job.config.as_ref())
            .map_err(|why| End::skipped(format!("no settings to open it with: {why}")))
    }

    /// An instance. Which settings are refused is told by `open-close-loop`.
    pub(crate) fn stand(&self, table: &'static TransportTable, place: &Place, window: u32) -> Result<Stand, End> {
        self.stand_with(table, place, place.config().as_bytes(), window, Shape::Own)
            .map_err(|words| End::skipped(format!("it does not open with the settings of the check: {words}")))
    }

    /// The same in every detail; the plugin's words if it refuses.
    pub(crate) fn stand_with(
        &self,
        table: &'static TransportTable,
        place: &Place,
        config: &[u8],
        window: u32,
        shape: Shape,
    ) -> Result<Stand, String> {
        let how = Opening { config, state_dir: &place.state, window, shape };
        Stand::open(table, &how).map_err(|r| match r.words.trim() {
            "" => format!("it said nothing (status {})", r.status.0),
            words => words.to_owned(),
        })
    }

    /// The channel that is tried.
    pub(crate) fn channel(&self) -> &str {
        self.manifest.channels.first().map_or("", String::as_str)
    }

    /// An ordinary message to so many people.
    pub(crate) fn mail(&self, people: u64) -> Mail {
        Mail::new(self.channel(), 0..people)
    }

    /// Largest batch.
    pub(crate) fn max_batch(&self) -> u64 {
        u64::from(self.manifest.max_batch.clamp(1, 65_536))
    }

    /// Sends one message and waits for its outcome.
    pub(crate) fn send_one(&self, stand: &Stand) -> Result<u16, End> {
        let (id, status) = stand.send(&self.mail(1), PATIENCE);
        demand(status == Some(Status::OK), || refused_batch(status))?;
        demand(stand.book.wait(PATIENCE, |s| s.batches.get(&id).is_some_and(|b| b.open == 0)), || {
            "a message had no outcome after 20 seconds".to_owned()
        })?;
        Ok(stand.book.seen().batches.get(&id).and_then(|b| b.codes.first().copied()).unwrap_or(0))
    }

    /// Whether there is another side to look at.
    pub(crate) fn speaks(&self) -> Option<Speaks> {
        self.settings().ok()?.speaks
    }

    /// A folder of this check for anything else.
    pub(crate) fn folder(&self) -> &Path {
        &self.job.folder
    }
}

/// Words for a batch that was not taken.
pub(crate) fn refused_batch(status: Option<Status>) -> String {
    match status {
        None => "it was busy for 20 seconds with nothing to do".to_owned(),
        Some(status) => format!("it refused an ordinary batch (status {})", status.0),
    }
}

/// Writes a line of the kit's protocol.
pub(crate) fn say(out: &OwnedFd, line: &serde_json::Value) {
    if let Ok(out) = out.try_clone() {
        let _ = fs::File::from(out).write_all(format!("{line}\n").as_bytes());
    }
}

/// Waits until every letter has its outcome and nothing is wrong.
pub(crate) fn settle(stand: &Stand, within: Duration) -> Result<(), End> {
    stand.book.wait(within, |s| s.open == 0 || !s.wrong.is_empty());
    no_wrong(stand)?;
    let open = stand.book.seen().open;
    demand(open == 0, || format!("{open} letters had no outcome after {} seconds", within.as_secs()))
}

/// The first thing that was wrong whatever the check is about.
pub(crate) fn no_wrong(stand: &Stand) -> Result<(), End> {
    match stand.book.seen().wrong.first() {
        Some(first) => Err(End::failed(first.clone())),
        None => Ok(()),
    }
}
