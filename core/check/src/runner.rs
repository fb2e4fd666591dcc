//! Runs every check in every mode, each in a process of its own, and puts the results together.

use crate::catalogue::{CHECKS, Check, find};
use crate::job::{CheckJob, Effort};
use crate::outcome::{CheckOutcome, CheckVerdict};
use crate::protocol::{CheckStage, SupervisorReport};
use crate::smoke::{CONFINEMENT_CHECK, SMOKE, SmokeFault};
use crate::supervisor::supervise;
use rundruf_abi::{Entry, OutcomeCode};
use rundruf_host::{Isolation, Manifest};
use rundruf_lang::{Message, msg};
use std::collections::VecDeque;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What is checked, and how.
#[derive(Clone, Debug)]
pub struct CheckPlan {
    /// The library.
    pub library: PathBuf,
    /// Settings that open the plugin; `None`: they are made from its schema.
    pub config: Option<serde_json::Value>,
    /// The ways of running the plugin that are tried.
    pub modes: Vec<Isolation>,
    /// The program that runs one check, called as `PROGRAM plugin-check`: it calls [`child`].
    pub program: PathBuf,
    /// A folder for everything that the checks write. Failed checks leave files in it.
    pub folder: PathBuf,
    /// Seed of all random numbers.
    pub seed: u64,
    /// How much is tried.
    pub effort: Effort,
    /// Number of checks that run at the same time.
    pub jobs: usize,
    /// Longest time of one check.
    pub limit: Duration,
}

/// The results of a plan.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// One result for each check, in the order of [`CHECKS`].
    pub findings: Vec<CheckFinding>,
    /// The ways of running the plugin that were tried.
    pub modes: Vec<Isolation>,
    /// The ways that were not tried, and why.
    pub left_out: Vec<(Isolation, Message)>,
}

/// The result of one check.
#[derive(Clone, Debug)]
pub struct CheckFinding {
    /// The check.
    pub check: &'static Check,
    /// The worst verdict of all modes.
    pub verdict: CheckVerdict,
    /// The reason for that verdict.
    pub why: Message,
    /// Time in all modes together.
    pub took: Duration,
    /// The result in each mode; empty for a check of the file alone.
    pub modes: Vec<ModeFinding>,
}

/// The result of one check in one way of running the plugin.
#[derive(Clone, Debug)]
pub struct ModeFinding {
    /// The way of running the plugin.
    pub isolation: Isolation,
    /// How the check ended.
    pub verdict: CheckVerdict,
    /// The reason for the verdict.
    pub why: Message,
    /// Time from start to end.
    pub took: Duration,
}

/// Longest time of the smoke check: a plugin that needs longer for a message hangs.
const SMOKE_LIMIT: Duration = Duration::from_secs(45);
/// A supervisor ends its check in time by itself; after this much longer it is killed.
const SUPERVISOR_GRACE: Duration = Duration::from_secs(15);

/// Runs these checks. Calls `on_done` whenever one is over in all modes.
pub fn run(plan: &CheckPlan, checks: &[&'static Check], on_done: impl FnMut(&'static Check)) -> CheckReport {
    if let Err(error) = Manifest::read(&plan.library) {
        return unreadable_manifest(plan, checks, &error.message(), on_done);
    }
    let smoke = SmokeReports::take(plan);
    let mut report = CheckReport { findings: Vec::new(), modes: Vec::new(), left_out: Vec::new() };
    for mode in &plan.modes {
        match smoke.forbids(*mode) {
            Some(why) => report.left_out.push((*mode, why)),
            None => report.modes.push(*mode),
        }
    }
    let outcomes = run_all(plan, checks, &report.modes, &smoke, on_done);
    report.findings = checks.iter().map(|c| finding(c, &outcomes)).collect();
    report.findings.sort_by_key(|f| CHECKS.iter().position(|c| c.id == f.check.id));
    report
}

/// The report for a library without a readable manifest: nothing else can be checked.
fn unreadable_manifest(
    plan: &CheckPlan,
    checks: &[&'static Check],
    why: &Message,
    mut on_done: impl FnMut(&'static Check),
) -> CheckReport {
    let finding = |check: &'static Check| {
        let (verdict, why) = if check.id == "manifest-section" {
            (CheckVerdict::Failed, why.clone())
        } else {
            (CheckVerdict::Skipped, msg!("check-unreadable-manifest"))
        };
        CheckFinding { check, verdict, why, took: Duration::ZERO, modes: Vec::new() }
    };
    let findings = checks.iter().map(|c| finding(c)).inspect(|f| on_done(f.check)).collect();
    CheckReport { findings, modes: plan.modes.clone(), left_out: Vec::new() }
}

/// Reports of the smoke check in both modes; `None` where it was not needed.
struct SmokeReports {
    confined: Option<SupervisorReport>,
    unconfined: Option<SupervisorReport>,
}

impl SmokeReports {
    fn take(plan: &CheckPlan) -> Self {
        let smoke = |mode| run_check(plan, &SMOKE, Some(mode), None);
        let wanted = |mode| plan.modes.contains(&mode).then_some(mode);
        let (confined, unconfined) = std::thread::scope(|scope| {
            let confined = wanted(Isolation::Process).map(|mode| scope.spawn(move || smoke(mode)));
            let unconfined = wanted(Isolation::None).map(smoke);
            (confined.and_then(|c| c.join().ok()), unconfined)
        });
        // Only what works without the confinement is a fault of the confined plugin.
        let is_fine = |report: &SupervisorReport| {
            report.outcome.verdict == CheckVerdict::Passed
                && report.facts.code.is_none_or(|c| OutcomeCode(c).class() == 1)
        };
        // A plugin is never run unconfined unless that was asked for: its author may be nobody that one knows.
        let needs_other = confined.as_ref().is_some_and(|c| !is_fine(c)) && plan.modes.contains(&Isolation::None);
        let unconfined = unconfined.or_else(|| needs_other.then(|| smoke(Isolation::None)));
        Self { confined, unconfined }
    }

    /// Why the plugin cannot run in this mode.
    fn forbids(&self, mode: Isolation) -> Option<Message> {
        match mode {
            Isolation::Process => {
                let report = self.confined.as_ref().filter(|r| r.stage == CheckStage::Confine)?;
                (report.outcome.verdict != CheckVerdict::Error).then(|| report.outcome.why.clone())
            }
            Isolation::None => {
                let flags = [&self.confined, &self.unconfined].into_iter().flatten().find_map(|r| r.facts.flags)?;
                if flags & Entry::GO_RUNTIME != 0 {
                    Some(msg!("check-has-go-runtime"))
                } else {
                    (flags & Entry::PANIC_ABORT != 0).then(|| msg!("check-has-panic-abort"))
                }
            }
        }
    }

    /// The fault that the smoke check has found in this mode.
    fn fault(&self, mode: Isolation) -> Option<SmokeFault> {
        match (mode, &self.confined, &self.unconfined) {
            (Isolation::Process, Some(confined), Some(unconfined)) => SmokeFault::of_confinement(confined, unconfined),
            (Isolation::Process, report, _) | (Isolation::None, _, report) => SmokeFault::of(report.as_ref()?),
        }
    }

    fn unconfined_code(&self) -> Option<u16> {
        self.unconfined.as_ref().and_then(|r| r.facts.code)
    }
}

/// The outcome of one check in one mode; a check of the file alone has no mode.
#[derive(Debug)]
struct ModeOutcome {
    check: &'static Check,
    mode: Option<Isolation>,
    outcome: CheckOutcome,
    took: Duration,
}

/// Runs every check in every mode, `plan.jobs` at a time.
fn run_all(
    plan: &CheckPlan,
    checks: &[&'static Check],
    modes: &[Isolation],
    smoke: &SmokeReports,
    mut on_done: impl FnMut(&'static Check),
) -> Vec<ModeOutcome> {
    // A fault whose check is not among these: each check finds it by itself.
    let is_reported = |f: &SmokeFault| checks.iter().any(|c| c.id == f.owner);
    let faults: Vec<(Isolation, Option<SmokeFault>)> =
        modes.iter().map(|m| (*m, smoke.fault(*m).filter(is_reported))).collect();
    // A file is the same in every mode.
    let modes_of = |check: &Check| match check.needs {
        CheckStage::File => vec![None],
        _ => modes.iter().copied().map(Some).collect(),
    };
    let tasks = checks.iter().flat_map(|c| modes_of(c).into_iter().map(move |m| (*c, m)));
    let queue: Mutex<VecDeque<(&'static Check, Option<Isolation>)>> = Mutex::new(tasks.collect());
    let (sender, receiver) = channel();
    let mut outcomes: Vec<ModeOutcome> = Vec::new();
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            let (sender, queue, faults) = (sender.clone(), &queue, &faults);
            scope.spawn(move || {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                    let Some((check, mode)) = next else { return };
                    let started = Instant::now();
                    let fault = faults.iter().find(|f| Some(f.0) == mode).and_then(|f| f.1.as_ref());
                    let known = fault.and_then(|f| f.decides(check));
                    let outcome =
                        known.unwrap_or_else(|| run_check(plan, check, mode, smoke.unconfined_code()).outcome);
                    if sender.send(ModeOutcome { check, mode, outcome, took: started.elapsed() }).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for outcome in receiver {
            let check = outcome.check;
            outcomes.push(outcome);
            if outcomes.iter().filter(|o| o.check.id == check.id).count() == modes_of(check).len() {
                on_done(check);
            }
        }
    });
    report_once(&mut outcomes);
    outcomes
}

/// Skips a check that reports a fault of another check, where that one has found it as well.
fn report_once(outcomes: &mut [ModeOutcome]) {
    for n in 0..outcomes.len() {
        let Some(this) = outcomes.get(n) else { continue };
        let owner = this.outcome.owner.clone().filter(|o| this.outcome.verdict.is_bad() && o != this.check.id);
        let Some(owner) = owner else { continue };
        let mode = this.mode;
        if outcomes.iter().any(|o| o.check.id == owner && o.mode == mode && o.outcome.verdict.is_bad())
            && let Some(this) = outcomes.get_mut(n)
        {
            this.outcome = CheckOutcome::skipped(msg!("check-reported-by", owner = owner));
        }
    }
}

/// The result of a check from its outcomes in all modes: the worst counts.
fn finding(check: &'static Check, outcomes: &[ModeOutcome]) -> CheckFinding {
    let rank = |v: CheckVerdict| match v {
        CheckVerdict::Skipped => 0,
        CheckVerdict::Passed => 1,
        CheckVerdict::Warned => 2,
        CheckVerdict::Error => 3,
        CheckVerdict::Failed => 4,
        CheckVerdict::Crashed => 5,
    };
    let outcomes: Vec<&ModeOutcome> = outcomes.iter().filter(|o| o.check.id == check.id).collect();
    let in_mode = |isolation, o: &ModeOutcome| ModeFinding {
        isolation,
        verdict: o.outcome.verdict,
        why: o.outcome.why.clone(),
        took: o.took,
    };
    let mut modes: Vec<ModeFinding> = outcomes.iter().filter_map(|o| Some(in_mode(o.mode?, o))).collect();
    modes.sort_by_key(|m| m.isolation == Isolation::None);
    let took = outcomes.iter().map(|o| o.took).sum();
    // Of two equal ones the confined counts, because that is how plugins run.
    let worst = outcomes.iter().max_by_key(|o| (rank(o.outcome.verdict), o.mode == Some(Isolation::Process)));
    let Some(worst) = worst else {
        return CheckFinding { check, verdict: CheckVerdict::Skipped, why: msg!("check-no-mode"), took, modes };
    };
    let CheckOutcome { verdict, why, .. } = &worst.outcome;
    let differ = modes.iter().any(|m| m.verdict != *verdict) && rank(*verdict) > 1;
    let why = match worst.mode.filter(|_| differ) {
        Some(mode) => msg!("check-with-isolation", mode = mode.word(), why = why),
        None => why.clone(),
    };
    CheckFinding { check, verdict: *verdict, why, took, modes }
}

/// Runs one check under a supervisor.
fn run_check(
    plan: &CheckPlan,
    check: &'static Check,
    mode: Option<Isolation>,
    unconfined_code: Option<u16>,
) -> SupervisorReport {
    let mut child = match start(plan, check, mode, unconfined_code) {
        Ok(child) => child,
        Err(error) => {
            let why = msg!("check-not-started", why = Message::from(error));
            return SupervisorReport::not_started(CheckOutcome::error(why));
        }
    };
    let until = Instant::now() + limit(plan, check) + SUPERVISOR_GRACE;
    while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
        std::thread::sleep(Duration::from_millis(2));
    }
    kill_group(child.id());
    let _ = child.wait();
    let mut text = String::new();
    if let Some(mut out) = child.stdout.take() {
        let _ = out.read_to_string(&mut text);
    }
    serde_json::from_str(&text).unwrap_or_else(|_| {
        SupervisorReport::not_started(CheckOutcome::new(CheckVerdict::Crashed, msg!("check-supervisor-died")))
    })
}

fn limit(plan: &CheckPlan, check: &Check) -> Duration {
    if check.id == SMOKE.id { plan.limit.min(SMOKE_LIMIT) } else { plan.limit }
}

fn start(
    plan: &CheckPlan,
    check: &'static Check,
    mode: Option<Isolation>,
    unconfined_code: Option<u16>,
) -> std::io::Result<Child> {
    let folder = plan.folder.join(check.id).join(mode.map_or("file", Isolation::word));
    fs::create_dir_all(&folder)?;
    let job = CheckJob {
        id: check.id.to_owned(),
        library: std::path::absolute(&plan.library)?,
        config: plan.config.clone(),
        seed: plan.seed,
        effort: plan.effort,
        folder: std::path::absolute(folder)?,
        limit_ms: u64::try_from(limit(plan, check).as_millis()).unwrap_or(u64::MAX),
        confined: mode != Some(Isolation::None),
        unconfined_code: unconfined_code.filter(|_| check.id == CONFINEMENT_CHECK),
    };
    let mut child = Command::new(&plan.program)
        .arg("plugin-check")
        .env_clear()
        .env("RUST_BACKTRACE", "0")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let text = serde_json::to_vec(&job)?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&text)?;
    }
    Ok(child)
}

fn kill_group(child: u32) {
    if let Some(group) = i32::try_from(child).ok().and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

/// The main function of a supervisor process: reads the job from the standard input and writes the report to the standard output. Returns the
/// exit code.
#[must_use]
pub fn child() -> i32 {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    let Some(job) = read.ok().and_then(|_| serde_json::from_str::<CheckJob>(&text).ok()) else { return 2 };
    let Some(check) = find(&job.id).or_else(|| (job.id == SMOKE.id).then_some(&SMOKE)) else { return 2 };
    let report = serde_json::to_string(&supervise(job, check.run)).unwrap_or_default();
    let written = std::io::stdout().write_all(report.as_bytes()).and_then(|()| std::io::stdout().flush());
    i32::from(written.is_err())
}
