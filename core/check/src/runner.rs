//! Every check in every way of running a plugin, each in a process of its own: starts them, waits for them, and puts together what they tell.

use crate::first::{Fault, IN_FENCE, LOOK};
use crate::keeper::{Told, keep};
use crate::line::Stage;
use crate::probe::{End, Job};
use crate::{CHECKS, Check, Effort, Finding, InMode, Isolation, Verdict};
use rundruf_abi::Entry;
use rundruf_host::Manifest;
use std::collections::VecDeque;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
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
    /// The ways of running it that are tried.
    pub modes: Vec<Isolation>,
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

/// What became of it.
#[derive(Clone, Debug)]
pub struct Report {
    /// In the order of the checks.
    pub findings: Vec<Finding>,
    /// The ways of running it that were tried.
    pub modes: Vec<Isolation>,
    /// Those that were not, and why.
    pub left_out: Vec<(Isolation, String)>,
}

/// Longest time for a first look: whoever needs longer for one message is stuck.
const LOOK_LIMIT: Duration = Duration::from_secs(45);

/// Runs these checks, and tells whenever one is over.
pub fn run(plan: &Plan, checks: &[&'static Check], over: impl FnMut(&'static Check)) -> Report {
    if let Err(error) = Manifest::read(&plan.library) {
        return unreadable(plan, checks, &error.to_string(), over);
    }
    let looks = Looks::take(plan);
    let mut report = Report { findings: Vec::new(), modes: Vec::new(), left_out: Vec::new() };
    for mode in &plan.modes {
        match looks.forbids(*mode) {
            Some(why) => report.left_out.push((*mode, why)),
            None => report.modes.push(*mode),
        }
    }
    let parts = all(plan, checks, &report.modes, &looks, over);
    report.findings = checks.iter().map(|c| together(c, &parts)).collect();
    report.findings.sort_by_key(|f| CHECKS.iter().position(|c| c.id == f.check.id));
    report
}

/// Without a manifest there is nothing else to look at.
fn unreadable(plan: &Plan, checks: &[&'static Check], why: &str, mut over: impl FnMut(&'static Check)) -> Report {
    let found = |check: &'static Check| {
        let (verdict, why) = if check.id == "manifest-section" {
            (Verdict::Failed, why.to_owned())
        } else {
            (Verdict::Skipped, "the manifest cannot be read".to_owned())
        };
        Finding { check, verdict, why, took: Duration::ZERO, modes: Vec::new() }
    };
    let findings = checks.iter().map(|c| found(c)).inspect(|f| over(f.check)).collect();
    Report { findings, modes: plan.modes.clone(), left_out: Vec::new() }
}

/// First looks, in the fence and without.
struct Looks {
    fenced: Option<Told>,
    plain: Option<Told>,
}

impl Looks {
    fn take(plan: &Plan) -> Self {
        let look = |mode| alone(plan, &LOOK, Some(mode), None);
        let wanted = |mode| plan.modes.contains(&mode).then_some(mode);
        let (fenced, plain) = std::thread::scope(|scope| {
            let fenced = wanted(Isolation::Process).map(|mode| scope.spawn(move || look(mode)));
            let plain = wanted(Isolation::None).map(look);
            (fenced.and_then(|f| f.join().ok()), plain)
        });
        // The fence is only blamed for what works without it.
        let is_fine = |told: &Told| told.end.verdict == Verdict::Passed && told.note.code.is_none_or(|c| c / 100 == 1);
        let plain = plain.or_else(|| fenced.as_ref().filter(|f| !is_fine(f)).map(|_| look(Isolation::None)));
        Self { fenced, plain }
    }

    /// Why a plugin cannot be run like this.
    fn forbids(&self, mode: Isolation) -> Option<String> {
        match mode {
            Isolation::Process => {
                let told = self.fenced.as_ref().filter(|t| t.stage == Stage::Fence)?;
                Some(told.end.why.clone())
            }
            Isolation::None => {
                let flags = [&self.fenced, &self.plain].into_iter().flatten().find_map(|t| t.note.flags)?;
                let why = if flags & Entry::GO_RUNTIME != 0 {
                    "it contains a Go runtime"
                } else if flags & Entry::PANIC_ABORT != 0 {
                    "it was built with `panic = \"abort\"`"
                } else {
                    return None;
                };
                Some(why.to_owned())
            }
        }
    }

    /// What is known already.
    fn fault(&self, mode: Isolation) -> Option<Fault> {
        match (mode, &self.fenced, &self.plain) {
            (Isolation::Process, Some(fenced), Some(plain)) => Fault::of_fence(fenced, plain),
            (Isolation::Process, told, _) | (Isolation::None, _, told) => Fault::of(told.as_ref()?),
        }
    }

    fn plain_code(&self) -> Option<u16> {
        self.plain.as_ref().and_then(|p| p.note.code)
    }
}

/// One check in one mode; a check of the file alone has none.
#[derive(Debug)]
struct Part {
    check: &'static Check,
    mode: Option<Isolation>,
    end: End,
    took: Duration,
}

/// Every check in every mode.
fn all(
    plan: &Plan,
    checks: &[&'static Check],
    modes: &[Isolation],
    looks: &Looks,
    mut over: impl FnMut(&'static Check),
) -> Vec<Part> {
    // A fault that no check here would tell keeps none of them from finding it.
    let told = |f: &Fault| checks.iter().any(|c| c.id == f.owner);
    let faults: Vec<(Isolation, Option<Fault>)> = modes.iter().map(|m| (*m, looks.fault(*m).filter(told))).collect();
    // A file is the same in every mode.
    let ways = |check: &Check| match check.touches {
        Stage::File => vec![None],
        _ => modes.iter().copied().map(Some).collect(),
    };
    let tasks = checks.iter().flat_map(|c| ways(c).into_iter().map(move |m| (*c, m)));
    let queue: Mutex<VecDeque<(&'static Check, Option<Isolation>)>> = Mutex::new(tasks.collect());
    let (sender, receiver) = channel();
    let mut parts: Vec<Part> = Vec::new();
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
                    let end = known.unwrap_or_else(|| alone(plan, check, mode, looks.plain_code()).end);
                    if sender.send(Part { check, mode, end, took: started.elapsed() }).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for part in receiver {
            let check = part.check;
            parts.push(part);
            if parts.iter().filter(|p| p.check.id == check.id).count() == ways(check).len() {
                over(check);
            }
        }
    });
    once(&mut parts);
    parts
}

/// One fault is told once: by the check whose matter it is, where that has found it as well.
fn once(parts: &mut [Part]) {
    for n in 0..parts.len() {
        let Some((check, mode, end)) = parts.get(n).map(|p| (p.check.id, p.mode, &p.end)) else { continue };
        let matter = end.matter.clone().filter(|m| end.verdict.is_bad() && m != check);
        let Some(matter) = matter else { continue };
        if parts.iter().any(|p| p.check.id == matter && p.mode == mode && p.end.verdict.is_bad())
            && let Some(part) = parts.get_mut(n)
        {
            part.end = End::skipped(format!("not told twice: see `{matter}`"));
        }
    }
}

/// One finding of all modes: the worst counts.
fn together(check: &'static Check, parts: &[Part]) -> Finding {
    let rank = |v: Verdict| match v {
        Verdict::Skipped => 0,
        Verdict::Passed => 1,
        Verdict::Warned => 2,
        Verdict::Failed => 3,
        Verdict::Crashed => 4,
    };
    let parts: Vec<&Part> = parts.iter().filter(|p| p.check.id == check.id).collect();
    let one = |isolation, p: &Part| InMode { isolation, verdict: p.end.verdict, why: p.end.why.clone(), took: p.took };
    let mut modes: Vec<InMode> = parts.iter().filter_map(|p| Some(one(p.mode?, p))).collect();
    modes.sort_by_key(|m| m.isolation == Isolation::None);
    let took = parts.iter().map(|p| p.took).sum();
    // Of two that are alike the fence speaks: that is how plugins run.
    let worst = parts.iter().max_by_key(|p| (rank(p.end.verdict), p.mode == Some(Isolation::Process)));
    let Some(worst) = worst else {
        let why = "it can be run in none of these ways".to_owned();
        return Finding { check, verdict: Verdict::Skipped, why, took, modes };
    };
    let differ = modes.iter().any(|m| m.verdict != worst.end.verdict) && rank(worst.end.verdict) > 1;
    let why = match worst.mode.filter(|_| differ) {
        Some(mode) => format!("with isolation = \"{}\": {}", mode.word(), worst.end.why),
        None => worst.end.why.clone(),
    };
    Finding { check, verdict: worst.end.verdict, why, took, modes }
}

/// One check in a process of its own.
fn alone(plan: &Plan, check: &'static Check, mode: Option<Isolation>, plain: Option<u16>) -> Told {
    let broken = |e: std::io::Error| Told::early(End::skipped(format!("the check could not be started: {e}")));
    let mut child = match start(plan, check, mode, plain) {
        Ok(child) => child,
        Err(error) => return broken(error),
    };
    // The keeper ends in time by itself; if somebody holds it up, it is not waited for.
    let until = Instant::now() + limit(plan, check) + Duration::from_secs(15);
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
        Told::early(End::new(Verdict::Crashed, "the process that watches over the check did not survive it"))
    })
}

fn limit(plan: &Plan, check: &Check) -> Duration {
    if check.id == LOOK.id { plan.limit.min(LOOK_LIMIT) } else { plan.limit }
}

fn start(plan: &Plan, check: &'static Check, mode: Option<Isolation>, plain: Option<u16>) -> std::io::Result<Child> {
    let folder = plan.folder.join(check.id).join(mode.map_or("file", Isolation::word));
    fs::create_dir_all(&folder)?;
    let job = Job {
        id: check.id.to_owned(),
        library: std::path::absolute(&plan.library)?,
        config: plan.config.clone(),
        seed: plan.seed,
        effort: plan.effort,
        folder: std::path::absolute(folder)?,
        limit_ms: u64::try_from(limit(plan, check).as_millis()).unwrap_or(u64::MAX),
        fenced: mode == Some(Isolation::Process),
        plain: plain.filter(|_| check.id == IN_FENCE),
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

/// What a process that keeps one check does: the job comes on stdin, the ending goes to stdout. Returns an exit code.
#[must_use]
pub fn child() -> i32 {
    let mut text = String::new();
    let read = std::io::stdin().read_to_string(&mut text);
    let Ok(job) = read.map_err(|_| ()).and_then(|_| serde_json::from_str::<Job>(&text).map_err(|_| ())) else {
        return 2;
    };
    let told = serde_json::to_string(&keep(job)).unwrap_or_default();
    let written = std::io::stdout().write_all(told.as_bytes()).and_then(|()| std::io::stdout().flush());
    i32::from(written.is_err())
}
