//! The process around one check: it makes the environment, forks the check's own process, runs the fake servers for it, ends it with everything that
//! it started when its time is over, and judges how it ended.

use crate::batch::{names_canary, names_test_recipient};
use crate::call_state;
use crate::context::{self, CheckContext};
use crate::environment::{Environment, FakeServers};
use crate::job::CheckJob;
use crate::outcome::{CheckOutcome, CheckResult, CheckVerdict, EXACTLY_ONCE};
use crate::protocol::{self, CheckEvent, CheckStage, PluginFacts, SupervisorReport};
use rundruf_host::signal_name;
use rundruf_lang::{Message, msg};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait, waitpid};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes that are kept of what a plugin prints, from the beginning and from the end.
const KEPT_OUTPUT: usize = 64 * 1024;
/// Most unread bytes of a check; a check never writes as much at once.
const MAX_UNREAD: usize = 1 << 20;

/// Runs one check in a process of its own, and reports how it ended. Needs a process with a single thread.
pub(crate) fn supervise(job: CheckJob, run: fn(&CheckContext) -> CheckResult) -> SupervisorReport {
    let failed = |e: std::io::Error| SupervisorReport::not_started(context::kit_fault(e));
    become_subreaper();
    let (environment, servers) = match Environment::prepare(&job) {
        Ok(prepared) => prepared,
        Err(outcome) => return SupervisorReport::not_started(outcome),
    };
    let pair = UnixStream::pair().and_then(|pair| Ok((pair, std::io::pipe()?)));
    let ((socket, check_socket), (output, check_output)) = match pair {
        Ok(pair) => pair,
        Err(error) => return failed(error),
    };
    call_state::share();
    let token = format!("{:016x}", std::hash::RandomState::new().build_hasher().finish());
    // SAFETY: this process has one thread, so the copy is whole.
    match unsafe { libc::fork() } {
        0 => context::child(job, environment, run, check_socket.into(), check_output.into(), token),
        pid if pid > 0 => {
            drop((check_socket, check_output));
            let supervisor = CheckSupervisor {
                job,
                environment,
                servers,
                socket,
                output: CapturedOutput::follow(output.into()),
                token,
                pid,
                unread: Vec::new(),
                step: None,
                stage: CheckStage::File,
                facts: PluginFacts::default(),
                outcome: None,
                forged: false,
            };
            supervisor.watch()
        }
        _ => failed(std::io::Error::last_os_error()),
    }
}

/// Processes whose parent dies become children of this process, and this process dies with its own parent.
fn become_subreaper() {
    // SAFETY: both take plain numbers.
    unsafe {
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1_usize, 0_usize, 0_usize, 0_usize);
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as usize, 0_usize, 0_usize, 0_usize);
    }
}

struct CheckSupervisor {
    job: CheckJob,
    environment: Environment,
    servers: FakeServers,
    socket: UnixStream,
    output: Arc<Mutex<CapturedOutput>>,
    token: String,
    /// Process id of the check.
    pid: i32,
    /// Bytes of the check that are not yet a whole line.
    unread: Vec<u8>,
    step: Option<Message>,
    stage: CheckStage,
    facts: PluginFacts,
    outcome: Option<CheckOutcome>,
    /// Whether a line without the token has arrived: the plugin writes to descriptors that it has not opened.
    forged: bool,
}

impl CheckSupervisor {
    /// Reads events until the check ends or its time is over, and ends every process that it started.
    fn watch(mut self) -> SupervisorReport {
        let until = Instant::now() + Duration::from_millis(self.job.limit_ms);
        let _ = self.socket.set_nonblocking(true);
        let mut open = true;
        let status = loop {
            match Pid::from_raw(self.pid).map(|pid| waitpid(Some(pid), WaitOptions::NOHANG)) {
                Some(Ok(Some((_, status)))) => break Some(status),
                Some(Ok(None)) if Instant::now() < until => {}
                _ => break None,
            }
            if open {
                let tick = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };
                let _ = poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&tick));
            } else {
                std::thread::sleep(Duration::from_millis(1));
            }
            open = self.read_events();
        };
        let left = if status.is_some() { children() } else { vec![self.pid] };
        let has_orphans = status.is_some() && !left.is_empty();
        kill_all(left);
        // What the check wrote before it ended.
        self.read_events();
        let report = self.judge(status);
        if has_orphans && !report.outcome.verdict.is_bad() {
            return SupervisorReport { outcome: CheckOutcome::failed(msg!("check-orphans")), ..report };
        }
        report
    }

    /// Reads the events that have arrived; false at the end of the stream.
    fn read_events(&mut self) -> bool {
        let mut bytes = [0_u8; 16 * 1024];
        let open = loop {
            match self.socket.read(&mut bytes) {
                Ok(0) => break false,
                Ok(n) => self.unread.extend_from_slice(bytes.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => break e.kind() == ErrorKind::WouldBlock,
            }
            if self.unread.len() > MAX_UNREAD {
                self.forged = true;
                self.unread.clear();
            }
        };
        while let Some(end) = self.unread.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.unread.drain(..=end).collect();
            match protocol::decode(&self.token, String::from_utf8_lossy(&line).trim_end()) {
                Some(event) => self.handle(event),
                None => self.forged = true,
            }
        }
        open
    }

    fn handle(&mut self, event: CheckEvent) {
        match event {
            CheckEvent::Step(step) => self.step = Some(step),
            CheckEvent::Reached(stage) => self.stage = stage,
            CheckEvent::Facts(facts) => {
                self.facts =
                    PluginFacts { flags: facts.flags.or(self.facts.flags), code: facts.code.or(self.facts.code) };
            }
            CheckEvent::Outcome(outcome) => self.outcome = Some(outcome),
            CheckEvent::Command(command) => {
                let reply = self.servers.execute(&self.environment, command);
                let text = format!("{}\n", serde_json::to_string(&reply).unwrap_or_default());
                // The check waits for the reply, so it reads soon.
                let _ = self.socket.set_nonblocking(false);
                let _ = self.socket.set_write_timeout(Some(Duration::from_secs(5)));
                let _ = self.socket.write_all(text.as_bytes());
                let _ = self.socket.set_nonblocking(true);
            }
        }
    }

    /// What the check was doing at the end.
    fn last_step(&self) -> Message {
        self.step.clone().unwrap_or_else(|| match self.stage {
            CheckStage::File | CheckStage::Confine | CheckStage::Load => msg!("check-step-load"),
            CheckStage::Open => msg!("check-step-open"),
            CheckStage::Send => msg!("check-step-first-message"),
            CheckStage::Close => msg!("check-step-close"),
        })
    }

    /// The outcome of a check whose process has ended with this status; `None`: its time was over.
    fn judge(self, status: Option<WaitStatus>) -> SupervisorReport {
        let output = CapturedOutput::all(&self.output);
        let last = output.lines().rev().find(|l| !l.trim().is_empty());
        let last: Option<String> = last.map(|l| l.chars().take(200).collect());
        let with_last = |why: Message| match &last {
            Some(last) => msg!("check-last-output", why = why, output = last),
            None => why,
        };
        let step = self.last_step();
        let wrote_elsewhere = || CheckOutcome::failed(with_last(msg!("check-wrote-elsewhere", step = &step)));
        let outcome = match (status, status.and_then(WaitStatus::exit_status), self.outcome) {
            (None, ..) => {
                let seconds = self.job.limit_ms / 1_000;
                match call_state::current() {
                    Some(call) => {
                        let call = call.name();
                        let why = msg!("check-call-hangs", call = call, seconds = seconds, step = &step);
                        CheckOutcome::failed(with_last(why)).owned_by("latency-of-calls")
                    }
                    None => CheckOutcome::failed(with_last(msg!("check-timed-out", seconds = seconds, step = &step))),
                }
            }
            (_, Some(0), Some(outcome)) => outcome,
            (_, Some(context::EXIT_CONNECTION_LOST), _) => {
                CheckOutcome::failed(with_last(msg!("check-closed-descriptor", step = &step)))
            }
            (_, Some(code), _) => {
                let why = with_last(msg!("check-exited", code = code, step = &step));
                CheckOutcome::new(CheckVerdict::Crashed, why)
            }
            (Some(status), None, _) => {
                let signal = status.terminating_signal().unwrap_or(0);
                let signal = signal_name(signal).map_or_else(|| format!("signal {signal}"), str::to_owned);
                let step = match call_state::current() {
                    Some(call) => msg!("check-step-in-call", step = &step, call = call.name()),
                    None => step.clone(),
                };
                let why = with_last(msg!("check-died", signal = signal, step = step));
                CheckOutcome::new(CheckVerdict::Crashed, why)
            }
        };
        let is_good = matches!(outcome.verdict, CheckVerdict::Passed | CheckVerdict::Warned);
        let outcome = if self.forged && !outcome.verdict.is_bad() {
            wrote_elsewhere()
        } else if is_good
            && self.job.id == EXACTLY_ONCE
            && names_test_recipient(&self.environment.manifest.channels, &output)
        {
            CheckOutcome::failed(msg!("check-prints-recipient"))
        } else if is_good && self.job.id == "no-traces" && names_canary(u32::try_from(self.pid).unwrap_or(0), &output) {
            let (what, place) = (msg!("check-word-name"), msg!("check-place-output"));
            CheckOutcome::failed(msg!("check-trace", what = what, place = place))
        } else {
            outcome
        };
        // The files of a failed check are kept for the author.
        if outcome.verdict.is_bad() {
            let _ = fs::write(self.job.folder.join("stderr"), output);
        } else {
            let _ = fs::remove_dir_all(&self.job.folder);
        }
        SupervisorReport { outcome, stage: self.stage, facts: self.facts }
    }
}

/// The beginning and the end of what a plugin prints. All of it is read, so that the plugin never blocks; none of it is written to disk.
#[derive(Default)]
struct CapturedOutput {
    first: Vec<u8>,
    last: VecDeque<u8>,
    ended: bool,
}

impl CapturedOutput {
    fn follow(pipe: OwnedFd) -> Arc<Mutex<Self>> {
        let output = Arc::new(Mutex::new(Self::default()));
        let shared = Arc::clone(&output);
        let mut pipe = File::from(pipe);
        let reader = move || {
            let mut bytes = [0_u8; 16 * 1024];
            while let Ok(n) = pipe.read(&mut bytes)
                && n > 0
            {
                shared.lock().unwrap_or_else(PoisonError::into_inner).add(bytes.get(..n).unwrap_or_default());
            }
            shared.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        };
        let started = std::thread::Builder::new().name("output".into()).spawn(reader);
        if started.is_err() {
            output.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        }
        output
    }

    fn add(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT_OUTPUT - self.first.len()));
        self.first.extend_from_slice(first);
        self.last.extend(rest);
        let more = self.last.len().saturating_sub(KEPT_OUTPUT);
        self.last.drain(..more);
    }

    /// The output, once the stream has ended or two seconds later.
    fn all(output: &Mutex<Self>) -> String {
        let until = Instant::now() + Duration::from_secs(2);
        loop {
            let output = output.lock().unwrap_or_else(PoisonError::into_inner);
            if output.ended || Instant::now() >= until {
                let all: Vec<u8> = output.first.iter().chain(&output.last).copied().collect();
                return String::from_utf8_lossy(&all).into_owned();
            }
            drop(output);
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Kills these processes and all their descendants, also those in other process groups.
fn kill_all(mut next: Vec<i32>) {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        for pid in next.iter().filter_map(|p| Pid::from_raw(*p)) {
            let _ = kill_process(pid, Signal::KILL);
        }
        // Children of a killed process become children of this one.
        next = children();
        if next.is_empty() || Instant::now() >= until {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The children of this process.
fn children() -> Vec<i32> {
    let own = std::process::id().to_string();
    let is_child = |pid: &i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name may contain anything; state and parent follow its last bracket.
        stat.rsplit_once(')').is_some_and(|(_, rest)| rest.split_whitespace().nth(1) == Some(own.as_str()))
    };
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) => {}
            Ok(None) => break,
            // There is no child.
            Err(_) => return Vec::new(),
        }
    }
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|e| e.file_name().to_str()?.parse().ok()).filter(is_child).collect()
}
