//! One process for each check: starts it, waits for it, and says what became of it. And what such a process does.

use super::probe::{End, Job, Probe, say};
use super::remote::{Mode, Remote};
use super::settings::Settings;
use super::{CHECKS, Check, Effort, Finding, IN_SANDBOX, OPENS, Verdict, find, pages};
use crate::Manifest;
use serde::Deserialize;
use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is to be checked, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The library.
    pub library: PathBuf,
    /// Settings that open it; without them they are made from its schema.
    pub config: Option<serde_json::Value>,
    /// The program that runs one check, called as `PROGRAM plugin-check`: it calls [`child`].
    pub program: PathBuf,
    /// A folder for everything that the checks write.
    pub folder: PathBuf,
    /// Where chance begins.
    pub seed: u64,
    /// How much is tried.
    pub effort: Effort,
    /// Checks at once.
    pub jobs: usize,
    /// Longest time for one check.
    pub limit: Duration,
}

/// Runs these checks and tells of each as soon as it is known. The findings come back in the order of the checks.
pub fn run(plan: &Plan, checks: &[&'static Check], mut known: impl FnMut(&Finding)) -> Vec<Finding> {
    if let Err(error) = Manifest::read(&plan.library) {
        return unreadable(checks, &error.to_string(), known);
    }
    let queue: Mutex<VecDeque<&'static Check>> = Mutex::new(checks.iter().copied().collect());
    let (sender, receiver) = channel();
    let mut all = std::thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            let (sender, queue) = (sender.clone(), &queue);
            scope.spawn(move || {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some(check) = next else { return };
                    let started = Instant::now();
                    let end = one(plan, check);
                    let finding = Finding { check, verdict: end.verdict, why: end.why, took: started.elapsed() };
                    if sender.send(finding).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        receiver.iter().inspect(|f| known(f)).collect::<Vec<_>>()
    });
    all.sort_by_key(|f| CHECKS.iter().position(|c| c.id == f.check.id));
    all
}

/// Without a manifest there is nothing else to look at.
fn unreadable(checks: &[&'static Check], why: &str, mut known: impl FnMut(&Finding)) -> Vec<Finding> {
    let found = |check: &'static Check| {
        let (verdict, why) = if check.id == "manifest-section" {
            (Verdict::Failed, why.to_owned())
        } else {
            (Verdict::Skipped, "the manifest cannot be read".to_owned())
        };
        Finding { check, verdict, why, took: Duration::ZERO }
    };
    checks.iter().map(|c| found(c)).inspect(|f| known(f)).collect()
}

/// A line that a check says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    step: Option<String>,
    verdict: Option<Verdict>,
    why: String,
}

/// One check, with what it needs around it.
fn one(plan: &Plan, check: &'static Check) -> End {
    if check.id != IN_SANDBOX {
        return alone(plan, check, None);
    }
    let opens = alone(plan, &OPENS, None);
    if opens.verdict != Verdict::Passed {
        return End { verdict: Verdict::Skipped, ..opens };
    }
    let Ok(manifest) = Manifest::read(&plan.library) else { return opens };
    let settings = Settings::find(&manifest.config_schema, &manifest.channels, plan.config.as_ref());
    let remote = settings.ok().and_then(|s| s.speaks).and_then(|speaks| Remote::start(speaks, Mode::Take).ok());
    alone(plan, check, remote.as_ref().map(|r| r.port))
}

fn alone(plan: &Plan, check: &'static Check, port: Option<u16>) -> End {
    let broken = |e: std::io::Error| End::skipped(format!("the check could not be started: {e}"));
    let folder = plan.folder.join(check.id);
    let started = fs::create_dir_all(&folder).and_then(|()| start(plan, check, &folder, port));
    let (mut child, mut out) = match started {
        Ok(started) => started,
        Err(error) => return broken(error),
    };
    let said = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = out.read_to_string(&mut text);
        text
    });
    let ended = wait(&mut child, plan.limit);
    // Whatever it started goes with it: nobody holds the pipe any longer.
    kill_group(child.id());
    let _ = child.wait();
    let said = said.join().unwrap_or_default();
    let lines: Vec<Line> = said.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    let last_step = lines.iter().rev().find_map(|l| l.step.clone());
    let verdict = lines.iter().rev().find_map(|l| Some((l.verdict?, l.why.clone())));
    let end = judge(ended, verdict, last_step.as_deref(), plan.limit, &folder);
    // What went well leaves nothing behind.
    if !end.verdict.is_bad() {
        let _ = fs::remove_dir_all(&folder);
    }
    end
}

fn judge(
    ended: Option<ExitStatus>,
    verdict: Option<(Verdict, String)>,
    step: Option<&str>,
    limit: Duration,
    folder: &Path,
) -> End {
    let words = fs::read_to_string(folder.join("stderr")).unwrap_or_default();
    let last = words.lines().rev().find(|l| !l.trim().is_empty());
    let words =
        last.map(|l| format!("; its last words: {}", l.chars().take(200).collect::<String>())).unwrap_or_default();
    let step = step.unwrap_or("loading it");
    match (ended, verdict) {
        (None, _) => End::failed(format!("it did not end within {} seconds while {step}{words}", limit.as_secs())),
        (Some(status), Some((verdict, why))) if status.success() => End { verdict, why },
        (Some(status), _) => {
            let code = status.code().unwrap_or(0);
            let why = match status.signal() {
                Some(signal) => format!("the process died by {} while {step}{words}", name(signal)),
                None => format!("it ended the process by itself (exit code {code}) while {step}{words}"),
            };
            End { verdict: Verdict::Crashed, why }
        }
    }
}

fn name(signal: i32) -> String {
    let known = match signal {
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGILL => "SIGILL",
        libc::SIGSYS => "SIGSYS",
        libc::SIGKILL => "SIGKILL",
        libc::SIGTERM => "SIGTERM",
        libc::SIGPIPE => "SIGPIPE",
        _ => return format!("signal {signal}"),
    };
    known.to_owned()
}

fn start(
    plan: &Plan,
    check: &'static Check,
    folder: &Path,
    port: Option<u16>,
) -> std::io::Result<(Child, std::process::ChildStdout)> {
    let job = Job {
        id: check.id.to_owned(),
        library: std::path::absolute(&plan.library)?,
        config: plan.config.clone(),
        seed: plan.seed,
        effort: plan.effort,
        folder: std::path::absolute(folder)?,
        port,
    };
    let mut child = Command::new(&plan.program)
        .arg("plugin-check")
        .env_clear()
        .env("RUST_BACKTRACE", "0")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(File::create(folder.join("stderr"))?)
        .spawn()?;
    let text = serde_json::to_vec(&job)?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    if let Some(mut stdin) = stdin {
        stdin.write_all(&text)?;
    }
    stdout.map(|out| (child, out)).ok_or_else(|| std::io::Error::other("no pipe"))
}

fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + limit;
    while Instant::now() < until {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) => std::thread::sleep(Duration::from_millis(3)),
            Err(_) => return None,
        }
    }
    None
}

fn kill_group(child: u32) {
    if let Some(group) = i32::try_from(child).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// What a process that runs one check does: the job comes on stdin, the ending goes to what was stdout. Returns an exit code.
#[must_use]
pub fn child() -> i32 {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    let Ok(job) = read.map_err(|_| ()).and_then(|_| serde_json::from_str::<Job>(&text).map_err(|_| ())) else {
        return 2;
    };
    let Some(check) = find(&job.id).or_else(|| (job.id == OPENS.id).then_some(&OPENS)) else { return 2 };
    // What the plugin prints must not come between the lines of the check.
    let Ok(out) = take_stdout() else { return 2 };
    let probe = match Probe::new(job, out) {
        Ok(probe) => probe,
        Err((end, out)) => {
            say(&out, &serde_json::json!({"verdict": end.verdict, "why": end.why}));
            return 0;
        }
    };
    pages::watch(probe.out());
    let end = (check.run)(&probe).unwrap_or_else(|end| end);
    probe.end(&end);
    // Destructors of a library that must never be unloaded are not run.
    // SAFETY: `_exit` only ends the process.
    unsafe { libc::_exit(0) }
}

/// A copy of stdout; stdout itself becomes stderr.
fn take_stdout() -> std::io::Result<OwnedFd> {
    let out = rustix::io::fcntl_dupfd_cloexec(std::io::stdout(), 3)?;
    // SAFETY: both descriptors are this process's own, and nothing is written to either just now.
    let moved = unsafe { libc::dup2(2, 1) };
    if moved < 0 { Err(std::io::Error::last_os_error()) } else { Ok(out) }
}
