//! What one check works with, in a process of its own: the library, settings that open it, endpoints to send to, and the connection to the supervisor.

use crate::batch::TestMessage;
use crate::environment::{Endpoint, Environment};
use crate::fake_server::Behaviour;
use crate::guard_pages;
use crate::instance::{HostTableShape, OpenRefused, TestInstance};
use crate::job::CheckJob;
use crate::outcome::{CheckOutcome, CheckResult, EXACTLY_ONCE, ensure};
use crate::proc_info;
use crate::protocol::{CheckConnection, CheckEvent, CheckStage, PluginFacts, ServerCommand};
use crate::random::SeededRandom;
use crate::readings::Reading;
use crate::settings::{Placeholders, TestSettings};
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW, Symbol};
use rundruf_abi::{ABI, Descriptor, Entry, EntryFn, MAGIC, Status, TransportTable};
use rundruf_host::confinement::{self, MissingFeature};
use rundruf_host::host_calls::OpenParams;
use rundruf_host::{Manifest, library_in_memory};
use rundruf_lang::{Message, msg};
use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Not in libloading: the loader never unmaps the library (Linux value).
const RTLD_NODELETE: i32 = 0x1000;
/// Longest time for an outcome of an ordinary message.
pub(crate) const OUTCOME_TIMEOUT: Duration = Duration::from_secs(20);
/// Exit code of a check that has lost the connection to its supervisor.
pub(crate) const EXIT_CONNECTION_LOST: i32 = 9;

/// Everything that a check works with.
pub(crate) struct CheckContext {
    pub(crate) job: CheckJob,
    pub(crate) manifest: Manifest,
    /// The bytes of the library's file.
    pub(crate) bytes: Vec<u8>,
    /// Parts of the confinement that this system does not have; `None` without confinement.
    pub(crate) confinement_gaps: Option<Vec<MissingFeature>>,
    settings: Result<TestSettings, Message>,
    endpoints: Vec<Endpoint>,
    closed_endpoint: Endpoint,
    /// The sealed copy of the library.
    memory: OwnedFd,
    connection: &'static CheckConnection,
    /// Number of endpoints that are in use.
    used_endpoints: AtomicUsize,
}

/// An endpoint in use: settings, folders, and a fake server if the settings name its port.
pub(crate) struct EndpointHandle<'a> {
    pub(crate) settings: TestSettings,
    folder: PathBuf,
    state: PathBuf,
    port: u16,
    number: usize,
    connection: &'a CheckConnection,
}

impl EndpointHandle<'_> {
    pub(crate) fn placeholders(&self) -> Placeholders<'_> {
        Placeholders { port: self.port, folder: &self.folder }
    }

    /// The settings for the plugin, as JSON.
    pub(crate) fn config(&self) -> String {
        self.settings.resolved(&self.placeholders()).to_string()
    }

    /// Changes the behaviour of the fake server, if there is one.
    pub(crate) fn set_behaviour(&self, behaviour: Behaviour) {
        self.connection.request(ServerCommand::SetBehaviour(self.number, behaviour));
    }

    /// The fake server records the messages that arrive from now on.
    pub(crate) fn record(&self) {
        self.connection.request(ServerCommand::Record(self.number));
    }

    /// The recorded messages, and the texts of the files in the folder.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.connection.request(ServerCommand::Texts(self.number)).texts
    }

    /// What the provider has received, and the files in the folder, read in every way.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        self.texts().iter().map(|text| Reading::of(text.as_bytes())).collect()
    }

    /// The state folder of the instance.
    pub(crate) fn state(&self) -> &Path {
        &self.state
    }

    /// Number of complete messages, and of connections.
    pub(crate) fn counts(&self) -> (u64, u64) {
        self.connection.request(ServerCommand::Counts(self.number)).counts
    }

    /// Replaces the folder by a file.
    pub(crate) fn remove_folder(&self) -> Result<(), CheckOutcome> {
        self.connection
            .request(ServerCommand::RemoveFolder(self.number))
            .fault
            .map_or(Ok(()), |why| Err(kit_fault(why)))
    }
}

/// The outcome of a check that fails for a reason outside the plugin.
pub(crate) fn kit_fault(why: impl Into<Message>) -> CheckOutcome {
    CheckOutcome::error(msg!("check-kit-fault", why = why.into()))
}

/// The outcome of a check whose plugin cannot be loaded: the loading checks report that.
pub(crate) fn not_loaded(why: Message) -> CheckOutcome {
    CheckOutcome::skipped(msg!("check-not-loaded", why = why))
}

/// The outcome of a check whose plugin refuses the settings of the check: `open-close-loop` reports that.
pub(crate) fn not_opened(refused: OpenRefused) -> CheckOutcome {
    CheckOutcome::skipped(msg!("check-not-opened", why = refused.why()))
}

/// The main function of the process of a check, from the fork to its end.
pub(crate) fn child(
    job: CheckJob,
    environment: Environment,
    run: fn(&CheckContext) -> CheckResult,
    socket: OwnedFd,
    output: OwnedFd,
    token: String,
) -> ! {
    let code = redirect_streams(socket, output).map_or(EXIT_CONNECTION_LOST, |socket| {
        let connection: &'static CheckConnection = Box::leak(Box::new(CheckConnection::new(socket, token)));
        connection.send(&CheckEvent::Reached(CheckStage::Confine));
        let outcome = CheckContext::enter(job, environment, connection).and_then(|context| {
            context.reached(CheckStage::Load);
            run(&context)
        });
        connection.send(&CheckEvent::Outcome(outcome.unwrap_or_else(|outcome| outcome)));
        if connection.is_lost() { EXIT_CONNECTION_LOST } else { 0 }
    });
    // Without destructors: the library must never be unloaded.
    // SAFETY: `_exit` only ends the process.
    unsafe { libc::_exit(code) }
}

/// Closes every descriptor of the supervisor but the socket, and sends what the plugin prints into the pipe `output`.
fn redirect_streams(socket: OwnedFd, output: OwnedFd) -> std::io::Result<UnixStream> {
    let _ = rustix::process::setsid();
    // SAFETY: plain numbers. The supervisor is the parent; this process ends with it.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as usize, 0_usize, 0_usize, 0_usize) };
    rustix::stdio::dup2_stdin(fs::File::open("/dev/null")?)?;
    rustix::stdio::dup2_stdout(&output)?;
    rustix::stdio::dup2_stderr(&output)?;
    let high = rustix::io::fcntl_dupfd_cloexec(&socket, 100)?;
    // SAFETY: every other descriptor from 3 on belongs to a value of the supervisor that is never dropped in this process.
    unsafe {
        let number = libc::c_uint::try_from(high.as_raw_fd()).unwrap_or(100);
        libc::close_range(3, number - 1, 0);
        libc::close_range(number + 1, libc::c_uint::MAX, 0);
    }
    std::mem::forget((socket, output));
    let low = rustix::io::fcntl_dupfd_cloexec(&high, 3)?;
    drop(high);
    Ok(low.into())
}

impl CheckContext {
    /// Sets up the confinement, if the job asks for it.
    fn enter(
        job: CheckJob,
        environment: Environment,
        connection: &'static CheckConnection,
    ) -> Result<Self, CheckOutcome> {
        let grant = environment.grant();
        let Environment { manifest, bytes, settings, endpoints, closed: closed_endpoint } = environment;
        let memory = library_in_memory(&bytes).and_then(|m| proc_info::open_proc_files().map(|()| m));
        let memory = memory.map_err(kit_fault)?;
        let enforced = job.confined.then(|| confinement::enter(&grant)).transpose();
        let enforced = enforced.map_err(|e| CheckOutcome::skipped(msg!("check-no-confinement", why = e.message())))?;
        let confinement_gaps = enforced.map(|e| e.missing);
        guard_pages::report_faults_on(connection);
        let used_endpoints = AtomicUsize::new(0);
        Ok(Self {
            job,
            manifest,
            bytes,
            confinement_gaps,
            settings,
            endpoints,
            closed_endpoint,
            memory,
            connection,
            used_endpoints,
        })
    }

    /// Tells the supervisor what the check does next: it is reported if the process dies during it.
    pub(crate) fn step(&self, what: Message) {
        self.connection.send(&CheckEvent::Step(what));
    }

    /// Tells the supervisor how far the check has come.
    pub(crate) fn reached(&self, stage: CheckStage) {
        self.connection.send(&CheckEvent::Reached(stage));
    }

    /// Tells the supervisor what the check has learnt about the plugin.
    pub(crate) fn facts(&self, facts: PluginFacts) {
        self.connection.send(&CheckEvent::Facts(facts));
    }

    /// Folders that the plugin may write to, or that the kit writes.
    pub(crate) fn own_folders(&self) -> Vec<PathBuf> {
        let own =
            self.endpoints.iter().chain([&self.closed_endpoint]).flat_map(|e| [e.folder.clone(), e.state.clone()]);
        // What other checks of the same run write, too.
        own.chain(self.job.folder.parent().map(Path::to_owned)).collect()
    }

    /// Random numbers by the seed of the job and the id of the check.
    pub(crate) fn random(&self) -> SeededRandom {
        let own = self.job.id.bytes().fold(self.job.seed, |s, b| s.wrapping_mul(31).wrapping_add(u64::from(b)));
        SeededRandom::new(own)
    }

    /// Opens the library as the daemon does: from a sealed copy, so that a change of the file has no effect.
    ///
    /// # Errors
    /// The loader's text.
    pub(crate) fn open_library(&self) -> Result<EntryFn, Message> {
        let name = format!("/proc/self/fd/{}", self.memory.as_raw_fd());
        // SAFETY: opening runs the library's constructors; this process exists for that.
        let library = unsafe { Library::open(Some(&name), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE) }
            .map_err(|e| Message::verbatim(e.to_string().replace(&name, &self.job.library.display().to_string())))?;
        // SAFETY: the contract fixes the type of this symbol.
        let symbol: Symbol<EntryFn> =
            unsafe { library.get(rundruf_abi::ENTRY_SYMBOL) }.map_err(|_| msg!("check-no-symbol"))?;
        let entry = *symbol;
        // A library that was opened is never closed.
        std::mem::forget(library);
        Ok(entry)
    }

    /// Opens the library; its entry, descriptor and function table.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub(crate) fn load_tables(
        &self,
    ) -> Result<(&'static Entry, &'static Descriptor, &'static TransportTable), Message> {
        let symbol = self.open_library()?;
        // SAFETY: the contract: no effect, any number of calls; clause *static*.
        let entry = unsafe { symbol().as_ref() }.ok_or_else(|| msg!("check-null-entry"))?;
        if entry.magic != MAGIC || !ABI.accepts(entry.abi) {
            return Err(msg!("check-other-abi"));
        }
        // SAFETY: clause *static*.
        let descriptor = unsafe { entry.descriptor.as_ref() }.ok_or_else(|| msg!("check-null-descriptor"))?;
        // SAFETY: clause *static*.
        let table = unsafe { descriptor.table.as_ref() }.ok_or_else(|| msg!("check-null-table"))?;
        Ok((entry, descriptor, table))
    }

    /// Opens the library; its function table. Skips the check if it cannot be loaded.
    pub(crate) fn load(&self) -> Result<&'static TransportTable, CheckOutcome> {
        self.load_tables().map(|(_, _, table)| table).map_err(not_loaded)
    }

    /// An endpoint that no other instance uses. Starts its fake server with this behaviour, if the settings name a port.
    pub(crate) fn endpoint(&self, behaviour: Behaviour) -> Result<EndpointHandle<'_>, CheckOutcome> {
        let settings = self.settings()?;
        let number = self.used_endpoints.fetch_add(1, Ordering::Relaxed);
        let endpoint = self.endpoints.get(number).ok_or_else(|| kit_fault(msg!("check-no-endpoint")))?;
        let started = self.connection.request(ServerCommand::Start(number, behaviour));
        started.fault.map_or(Ok(()), |why| Err(kit_fault(why)))?;
        Ok(self.endpoint_handle(settings, endpoint, number))
    }

    /// An endpoint whose port refuses connections.
    pub(crate) fn closed_endpoint(&self) -> Result<EndpointHandle<'_>, CheckOutcome> {
        Ok(self.endpoint_handle(self.settings()?, &self.closed_endpoint, usize::MAX))
    }

    fn endpoint_handle(&self, settings: TestSettings, endpoint: &Endpoint, number: usize) -> EndpointHandle<'_> {
        let Endpoint { port, folder, state } = endpoint.clone();
        EndpointHandle { settings, folder, state, port, number, connection: self.connection }
    }

    /// Settings that should open the plugin. Skips the check if there are none.
    pub(crate) fn settings(&self) -> Result<TestSettings, CheckOutcome> {
        self.settings.clone().map_err(|why| CheckOutcome::skipped(msg!("check-no-settings", why = why)))
    }

    /// Opens an instance. Skips the check if the plugin refuses the settings: `open-close-loop` reports that.
    pub(crate) fn open_instance(
        &self,
        table: &'static TransportTable,
        endpoint: &EndpointHandle<'_>,
        window: u32,
    ) -> Result<TestInstance, CheckOutcome> {
        self.open_instance_with(table, endpoint, endpoint.config().as_bytes(), window, HostTableShape::Current)
            .map_err(not_opened)
    }

    /// Opens an instance with these settings and this host table.
    pub(crate) fn open_instance_with(
        &self,
        table: &'static TransportTable,
        endpoint: &EndpointHandle<'_>,
        config: &[u8],
        window: u32,
        shape: HostTableShape,
    ) -> Result<TestInstance, OpenRefused> {
        let params = OpenParams { name: "check", config, state_dir: &endpoint.state, window, threads: 2, flags: 0 };
        TestInstance::open(table, &params, shape)
    }

    /// An ordinary message to `recipients` recipients, on the plugin's first channel.
    pub(crate) fn message(&self, recipients: u64) -> TestMessage {
        TestMessage::new(self.manifest.channels.first().map_or("", String::as_str), 0..recipients)
    }

    /// The largest batch that the manifest allows.
    pub(crate) fn max_batch(&self) -> u64 {
        u64::from(self.manifest.max_batch.clamp(1, 65_536))
    }

    /// Sends an ordinary message to one recipient and waits for its outcome code.
    pub(crate) fn send_one(&self, instance: &TestInstance) -> Result<u16, CheckOutcome> {
        let (id, status) = instance.send(&self.message(1), OUTCOME_TIMEOUT);
        ensure_accepted(status)?;
        let recorder = instance.recorder;
        let is_over = recorder.wait_until(OUTCOME_TIMEOUT, |c| c.batches.get(&id).is_some_and(|b| b.open == 0));
        ensure(is_over, || msg!("check-no-outcome")).map_err(|e| e.owned_by(EXACTLY_ONCE))?;
        Ok(recorder.calls().batches.get(&id).and_then(|b| b.codes.first().copied()).unwrap_or(0))
    }
}

/// Ends the check unless an ordinary batch was accepted.
pub(crate) fn ensure_accepted(status: Option<Status>) -> Result<(), CheckOutcome> {
    let why = match status {
        Some(Status::OK) => return Ok(()),
        None => msg!("check-always-busy"),
        Some(status) => msg!("check-refused-ordinary", status = status.0),
    };
    Err(CheckOutcome::failed(why).owned_by(EXACTLY_ONCE))
}

/// Waits until every message has its outcome. Ends the check if one is missing, or after a violation.
pub(crate) fn await_outcomes(instance: &TestInstance, timeout: Duration) -> Result<(), CheckOutcome> {
    instance.recorder.wait_until(timeout, |c| c.open == 0 || !c.violations.is_empty());
    ensure_no_violation(instance)?;
    let open = instance.recorder.calls().open;
    ensure(open == 0, || msg!("check-missing-outcomes", count = open, seconds = timeout.as_secs()))
        .map_err(|e| e.owned_by(EXACTLY_ONCE))
}

/// Ends the check with the first violation, if there was one.
pub(crate) fn ensure_no_violation(instance: &TestInstance) -> Result<(), CheckOutcome> {
    instance.recorder.calls().violations.first().map_or(Ok(()), |v| Err(v.outcome()))
}
