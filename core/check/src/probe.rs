//! What one check has in its hands, in a process of its own: the library, settings that open it, a place to send to, a way to say how it ended.

use crate::ground::{Ground, Spot};
use crate::letters::Mail;
use crate::line::{Ask, Line, Note, Said, Stage};
use crate::machine::{self, Chance};
use crate::remote::Mode;
use crate::settings::{Filling, Settings};
use crate::stand::{Opening, Shape, Stand};
use crate::{Effort, Verdict, find, first, pages};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW, Symbol};
use rundruf_abi::{ABI, Descriptor, Entry, EntryFn, MAGIC, Status, TransportTable};
use rundruf_host::confinement::{self, MissingFeature};
use rundruf_host::{Manifest, library_in_memory};
use serde::{Deserialize, Serialize};
use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Not in libloading: keeps the code mapped whatever happens (Linux value).
const RTLD_NODELETE: i32 = 0x1000;
/// Longer than any honest answer takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The exit code of a check whose line to its keeper is gone.
pub(crate) const LOST: i32 = 9;

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
    /// Longest time.
    pub(crate) limit_ms: u64,
    /// Whether the plugin sits in the fence, as with `isolation = "process"`.
    pub(crate) fenced: bool,
    /// The outcome of an ordinary message without the fence, where it is known.
    pub(crate) plain: Option<u16>,
}

/// How a check ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct End {
    pub(crate) verdict: Verdict,
    pub(crate) why: String,
    /// The check whose matter it is, if that is another one: where that fails as well, it says it alone.
    pub(crate) matter: Option<String>,
}

/// What a check returns: `?` ends it early.
pub(crate) type Ran = Result<End, End>;

impl End {
    pub(crate) fn new(verdict: Verdict, why: impl Into<String>) -> Self {
        Self { verdict, why: why.into(), matter: None }
    }

    /// The same with more words.
    pub(crate) fn told(self, words: impl FnOnce(&str) -> String) -> Self {
        Self { why: words(&self.why), ..self }
    }

    /// The same as the matter of another check.
    pub(crate) fn matter(self, check: &str) -> Self {
        Self { matter: Some(check.to_owned()), ..self }
    }

    /// As it should be.
    pub(crate) fn passed(why: impl Into<String>) -> Self {
        Self::new(Verdict::Passed, why)
    }

    /// Not forbidden, but somebody should look.
    pub(crate) fn warned(why: impl Into<String>) -> Self {
        Self::new(Verdict::Warned, why)
    }

    /// Not as the contract demands.
    pub(crate) fn failed(why: impl Into<String>) -> Self {
        Self::new(Verdict::Failed, why)
    }

    /// It could not be tried.
    pub(crate) fn skipped(why: impl Into<String>) -> Self {
        Self::new(Verdict::Skipped, why)
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
    /// The library as it is in the file.
    pub(crate) bytes: Vec<u8>,
    /// What the fence lacks; `None` without a fence.
    pub(crate) lacks: Option<Vec<MissingFeature>>,
    settings: Result<Settings, String>,
    spots: Vec<Spot>,
    closed: Spot,
    memory: OwnedFd,
    line: &'static Line,
    places: AtomicUsize,
}

/// A place to send to: settings, folders, and the other side if there is one.
pub(crate) struct Place<'a> {
    pub(crate) settings: Settings,
    pub(crate) folder: PathBuf,
    pub(crate) state: PathBuf,
    port: u16,
    number: usize,
    line: &'a Line,
}

impl Place<'_> {
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
        self.line.ask(Ask::Be(self.number, mode));
    }

    /// The other side keeps what comes from now on.
    pub(crate) fn keep(&self) {
        self.line.ask(Ask::Keep(self.number));
    }

    /// What it kept, and what lies in the folder.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.line.ask(Ask::Texts(self.number)).texts
    }

    /// Messages that were there whole, and connections.
    pub(crate) fn counts(&self) -> (u64, u64) {
        self.line.ask(Ask::Counts(self.number)).counts
    }

    /// Takes the folder away.
    pub(crate) fn lose_folder(&self) -> Result<(), End> {
        works(self.line.ask(Ask::Lose(self.number)).fault.map_or(Ok(()), Err))
    }
}

/// Whatever the kit cannot do is no fault of the plugin.
fn works<T>(done: Result<T, impl std::fmt::Display>) -> Result<T, End> {
    done.map_err(|e| End::skipped(format!("the kit cannot work here: {e}")))
}

/// The check's own process, from the fork to its end.
pub(crate) fn child(job: Job, ground: Ground, socket: OwnedFd, words: OwnedFd, token: String) -> ! {
    let code = settle_in(socket, words).map_or(LOST, |socket| {
        let line: &'static Line = Box::leak(Box::new(Line::new(socket, token)));
        line.say(&Said::Stage(Stage::Fence));
        let end = Probe::enter(job, ground, line).map_or_else(|end| end, |probe| probe.run());
        line.say(&Said::End(end));
        if line.is_lost() { LOST } else { 0 }
    });
    // Destructors of a library that must never be unloaded are not run.
    // SAFETY: `_exit` only ends the process.
    unsafe { libc::_exit(code) }
}

/// Nothing of the keeper's stays open but the socket; what the plugin prints goes into the pipe.
fn settle_in(socket: OwnedFd, words: OwnedFd) -> std::io::Result<UnixStream> {
    let _ = rustix::process::setsid();
    // SAFETY: plain numbers. The keeper is what started us, and what would end us.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as usize, 0_usize, 0_usize, 0_usize) };
    rustix::stdio::dup2_stdin(fs::File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(&words)?;
    rustix::stdio::dup2_stderr(&words)?;
    let mut at = rustix::io::fcntl_dupfd_cloexec(&socket, 100)?;
    // SAFETY: everything from 3 on that is not this copy belongs to values of the keeper, which are never dropped in this process.
    unsafe {
        let number = libc::c_uint::try_from(at.as_raw_fd()).unwrap_or(100);
        libc::close_range(3, number - 1, 0);
        libc::close_range(number + 1, libc::c_uint::MAX, 0);
    }
    std::mem::forget((socket, words));
    at = {
        let low = rustix::io::fcntl_dupfd_cloexec(&at, 3)?;
        drop(at);
        low
    };
    Ok(at.into())
}

impl Probe {
    /// Puts up the fence if there is to be one; the reason if that is impossible.
    fn enter(job: Job, ground: Ground, line: &'static Line) -> Result<Self, End> {
        let grant = ground.grant();
        let Ground { manifest, bytes, settings, spots, closed } = ground;
        let memory = works(library_in_memory(&bytes).and_then(|m| machine::open_eyes().map(|()| m)))?;
        let enforced = job.fenced.then(|| confinement::enter(&grant)).transpose();
        let enforced = enforced.map_err(|e| End::skipped(format!("the sandbox cannot be put up here: {e}")))?;
        let lacks = enforced.map(|e| e.lacks);
        pages::watch(line);
        let places = AtomicUsize::new(0);
        Ok(Self { job, manifest, bytes, lacks, settings, spots, closed, memory, line, places })
    }

    fn run(&self) -> End {
        let Some(check) = find(&self.job.id).or_else(|| (self.job.id == first::LOOK.id).then_some(&first::LOOK)) else {
            return End::skipped("there is no such check");
        };
        self.stage(Stage::Load);
        (check.run)(self).unwrap_or_else(|end| end)
    }

    /// What the check is about to do: said when the process does not survive it.
    pub(crate) fn step(&self, what: &str) {
        self.line.say(&Said::Step(what.to_owned()));
    }

    /// How far it has come.
    pub(crate) fn stage(&self, stage: Stage) {
        self.line.say(&Said::Stage(stage));
    }

    /// Something learnt by the way.
    pub(crate) fn note(&self, note: Note) {
        self.line.say(&Said::Note(note));
    }

    /// Numbers of this check's own.
    pub(crate) fn chance(&self) -> Chance {
        let own = self.job.id.bytes().fold(self.job.seed, |s, b| s.wrapping_mul(31).wrapping_add(u64::from(b)));
        Chance::new(own)
    }

    /// Opens the library; the loader's words if that fails.
    pub(crate) fn open_library(&self) -> Result<EntryFn, String> {
        // As the daemon does: from memory that nobody can change, whatever becomes of the file.
        let name = format!("/proc/self/fd/{}", self.memory.as_raw_fd());
        // SAFETY: opening runs the library's constructors; this process exists for that.
        let library = unsafe { Library::open(Some(&name), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) }
            .map_err(|e| e.to_string().replace(&name, &self.job.library.display().to_string()))?;
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
    pub(crate) fn place(&self, mode: Mode) -> Result<Place<'_>, End> {
        let settings = self.settings()?;
        let number = self.places.fetch_add(1, Ordering::Relaxed);
        let spot = works(self.spots.get(number).ok_or("there are no more places"))?;
        let place = self.place_at(settings, spot, number);
        works(self.line.ask(Ask::Start(number, mode)).fault.map_or(Ok(()), Err))?;
        Ok(place)
    }

    /// A place whose port belongs to nobody.
    pub(crate) fn place_closed(&self) -> Result<Place<'_>, End> {
        Ok(self.place_at(self.settings()?, &self.closed, usize::MAX))
    }

    fn place_at(&self, settings: Settings, spot: &Spot, number: usize) -> Place<'_> {
        let Spot { port, folder, state } = spot.clone();
        Place { settings, folder, state, port, number, line: self.line }
    }

    /// Settings that should open it.
    pub(crate) fn settings(&self) -> Result<Settings, End> {
        self.settings.clone().map_err(|why| End::skipped(format!("no settings to open it with: {why}")))
    }

    /// An instance. Which settings are refused is told by `open-close-loop`.
    pub(crate) fn stand(&self, table: &'static TransportTable, place: &Place<'_>, window: u32) -> Result<Stand, End> {
        self.stand_with(table, place, place.config().as_bytes(), window, Shape::Own)
            .map_err(|words| End::skipped(format!("it does not open with the settings of the check: {words}")))
    }

    /// The same in every detail; the plugin's words if it refuses.
    pub(crate) fn stand_with(
        &self,
        table: &'static TransportTable,
        place: &Place<'_>,
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
        ordinary(status)?;
        demand(stand.book.wait(PATIENCE, |s| s.batches.get(&id).is_some_and(|b| b.open == 0)), || {
            "a message had no outcome after 20 seconds".to_owned()
        })
        .map_err(|e| e.matter(EACH))?;
        Ok(stand.book.seen().batches.get(&id).and_then(|b| b.codes.first().copied()).unwrap_or(0))
    }
}

/// The check that tells when ordinary letters are not answered as they should.
pub(crate) const EACH: &str = "exactly-once";

/// Nobody refuses an ordinary batch for long.
pub(crate) fn ordinary(status: Option<Status>) -> Result<(), End> {
    let why = match status {
        Some(Status::OK) => return Ok(()),
        None => "it was busy for 20 seconds with nothing to do".to_owned(),
        Some(status) => format!("it refused an ordinary batch (status {})", status.0),
    };
    Err(End::failed(why).matter(EACH))
}

/// Waits until every letter has its outcome and nothing is wrong.
pub(crate) fn settle(stand: &Stand, within: Duration) -> Result<(), End> {
    stand.book.wait(within, |s| s.open == 0 || !s.wrong.is_empty());
    no_wrong(stand)?;
    let open = stand.book.seen().open;
    demand(open == 0, || format!("{open} letters had no outcome after {} seconds", within.as_secs()))
        .map_err(|e| e.matter(EACH))
}

/// The first thing that was wrong whatever the check is about.
pub(crate) fn no_wrong(stand: &Stand) -> Result<(), End> {
    stand.book.seen().wrong.first().map_or(Ok(()), |w| Err(w.end()))
}
