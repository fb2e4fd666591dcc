//! `plugin check`: 29 checks over one plugin, each in a process of its own.

use super::library::failed;
use crate::cli::context::{CommandContext, folders};
use crate::client::CommandFailure;
use clap::ArgMatches;
use rundruf_check::{
    self as check, CHECKS, Check, CheckFinding, CheckPlan, CheckReport, CheckVerdict, Effort, Isolation, ModeFinding,
};
use rundruf_host::{Manifest, discover};
use rundruf_lang::{Language, msg};
use serde_json::{Value, json};
use std::fs::{self, DirBuilder};
use std::hash::{BuildHasher, Hasher};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) fn run(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let name = m.get_one::<String>("path").map_or("", String::as_str);
    let library = discover::find(name, &folders(context)).map_err(|e| failed(&e))?;
    let checks = wanted(m)?;
    let folder = folder()?;
    let seconds = m.get_one::<u64>("seconds").copied();
    let fuzz_ms = seconds.map_or(Effort::FULL.fuzz_ms, |s| s.saturating_mul(1_000));
    let plan = CheckPlan {
        library: library.clone(),
        config: own_settings(context, m)?,
        modes: modes(context, m)?,
        program: PathBuf::from("/proc/self/exe"),
        folder: folder.clone(),
        seed: m.get_one::<u64>("seed").copied().unwrap_or_else(random_seed),
        effort: Effort { fuzz_ms, ..Effort::FULL },
        // More jobs than cores: most checks wait most of the time.
        jobs: std::thread::available_parallelism().map_or(2, usize::from) + 2,
        limit: Duration::from_secs(60).saturating_add(Duration::from_millis(fuzz_ms)),
    };
    let mut progress = context.output.progress(&msg!("daemon-checked").text(context.language), checks.len() as u64);
    let mut done = 0;
    let report = check::run(&plan, &checks, |_| {
        done += 1;
        progress.at(done);
    });
    progress.end();
    let _ = fs::remove_dir_all(&folder);
    tell(context, &library, plan.seed, &report)
}

/// A random seed. It is printed, so that a run can be repeated.
fn random_seed() -> u64 {
    std::hash::RandomState::new().build_hasher().finish() >> 16
}

/// The isolation modes to check: confined, unless `--isolation` wishes another. Without confinement the plugin's code can do all that this user can,
/// so that is never done as root.
fn modes(context: &CommandContext, m: &ArgMatches) -> Result<Vec<Isolation>, CommandFailure> {
    let modes = match m.get_one::<String>("isolation").map(String::as_str) {
        Some("none") => vec![Isolation::None],
        Some("both") => vec![Isolation::Process, Isolation::None],
        _ => return Ok(vec![Isolation::Process]),
    };
    if rustix::process::geteuid().is_root() {
        let message = msg!("daemon-never-unconfined-as-root");
        return Err(CommandFailure::new("root", message, msg!("daemon-never-unconfined-as-root-help")));
    }
    context.output.remark(&msg!("daemon-unconfined-warning").text(context.language));
    Ok(modes)
}

fn wanted(m: &ArgMatches) -> Result<Vec<&'static Check>, CommandFailure> {
    let Some(ids) = m.get_many::<String>("only") else { return Ok(CHECKS.iter().collect()) };
    let one = |id: &String| {
        check::find(id).ok_or_else(|| {
            let message = msg!("daemon-no-such-check", id = %id);
            CommandFailure::new("no_check", message, CHECKS.iter().map(|c| c.id).collect::<Vec<_>>().join(", "))
        })
    };
    ids.map(one).collect()
}

/// Creates a temporary folder for the checks that only the current user can read.
fn folder() -> Result<PathBuf, CommandFailure> {
    let folder = std::env::temp_dir().join(format!("rundruf-check-{}-{:x}", std::process::id(), random_seed()));
    let made = DirBuilder::new().mode(0o700).create(&folder);
    let help = msg!("daemon-tmpdir");
    made.map_err(|e| CommandFailure::new("file", format!("`{}`: {e}", folder.display()), help))?;
    Ok(folder)
}

/// Reads the plugin's settings from `--settings`, else from `--config`. A daemon's settings file is refused: samples would be sent for real.
fn own_settings(context: &CommandContext, m: &ArgMatches) -> Result<Option<Value>, CommandFailure> {
    let given = m.get_one::<String>("settings").or(context.config.as_ref());
    let Some(path) = given else { return Ok(None) };
    let fault = |why: String| CommandFailure::new("settings", format!("`{path}`: {why}"), "");
    let text = fs::read_to_string(path).map_err(|e| fault(e.to_string()))?;
    let is_json = Path::new(path).extension().is_some_and(|e| e == "json");
    let value: Value = if is_json {
        serde_json::from_str(&text).map_err(|e| fault(e.to_string()))?
    } else {
        toml::from_str(&text).map_err(|e| fault(e.to_string()))?
    };
    let is_daemons = ["sender", "store", "transports"].iter().any(|key| value.get(key).is_some());
    Ok(Some(value).filter(|_| !is_daemons))
}

fn tell(context: &CommandContext, library: &Path, seed: u64, report: &CheckReport) -> Result<u8, CommandFailure> {
    let findings = &report.findings;
    let count = |wanted: &[CheckVerdict]| findings.iter().filter(|f| wanted.contains(&f.verdict)).count();
    let counts = [
        count(&[CheckVerdict::Passed]),
        count(&[CheckVerdict::Warned]),
        count(&[CheckVerdict::Failed, CheckVerdict::Crashed]),
        count(&[CheckVerdict::Skipped]),
        count(&[CheckVerdict::Error]),
    ];
    let manifest = Manifest::read(library).ok();
    let id = manifest.as_ref().map_or_else(|| library.display().to_string(), |m| m.id.clone());
    let [passed, warned, bad, skipped, errors] = counts;
    let left_out = report.left_out.iter().map(|(mode, why)| json!({"isolation": mode.word(), "why": why.to_string()}));
    let value = json!({
        "plugin": id, "path": library.display().to_string(), "seed": seed,
        "passed": passed, "warned": warned, "failed": bad, "skipped": skipped, "errors": errors,
        "isolation": report.modes.iter().map(|m| m.word()).collect::<Vec<_>>(),
        "left_out": left_out.collect::<Vec<_>>(),
        "checks": findings.iter().map(view).collect::<Vec<_>>(),
    });
    let text = text(context.language, &id, seed, report, counts);
    if bad == 0 && errors == 0 && !report.modes.is_empty() {
        context.output.result(&value, || text);
        return Ok(0);
    }
    let message = if report.modes.is_empty() {
        msg!("daemon-cannot-run-like-this")
    } else if bad > 0 {
        msg!("daemon-contract-not-kept", bad = bad, all = findings.len())
    } else {
        msg!("daemon-checks-did-not-run", errors = errors, all = findings.len())
    };
    context.output.refusal(value, &text, &CommandFailure::new("check", message, ""));
    Ok(1)
}

fn view(f: &CheckFinding) -> Value {
    let ms = |took: Duration| u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let mode = |m: &ModeFinding| json!({"isolation": m.isolation.word(), "verdict": m.verdict.word(), "why": m.why.to_string(), "ms": ms(m.took)});
    json!({
        "id": f.check.id, "verdict": f.verdict.word(), "why": f.why.to_string(),
        "demands": f.check.demands().to_string(), "help": f.check.advice().to_string(), "ms": ms(f.took),
        "modes": f.modes.iter().map(mode).collect::<Vec<_>>(),
    })
}

/// One line per check, with advice for each that did not pass.
fn text(
    language: Language,
    id: &str,
    seed: u64,
    report: &CheckReport,
    [passed, warned, bad, skipped, errors]: [usize; 5],
) -> String {
    let word = |v: CheckVerdict| match v {
        CheckVerdict::Passed => msg!("daemon-passed").text(language),
        CheckVerdict::Warned => msg!("daemon-warned").text(language),
        CheckVerdict::Failed => msg!("daemon-failed").text(language),
        CheckVerdict::Skipped => msg!("daemon-skipped").text(language),
        CheckVerdict::Crashed => msg!("daemon-crashed").text(language),
        CheckVerdict::Error => msg!("daemon-did-not-run").text(language),
    };
    let modes: Vec<&str> = report.modes.iter().map(|m| m.word()).collect();
    let modes = if modes.is_empty() { String::new() } else { format!(", isolation {}", modes.join(", ")) };
    let mut out = format!("{id}, {} {seed}{modes}\n", msg!("daemon-seed").text(language));
    for (mode, why) in &report.left_out {
        let left_out = msg!("daemon-not-tried-with").text(language);
        out.push_str(&format!("  {left_out} isolation = \"{}\": {}\n", mode.word(), why.text(language)));
    }
    for f in &report.findings {
        out.push_str(&format!("  {:<13} {:<21} {}\n", word(f.verdict), f.check.id, f.why.text(language)));
        // The result of the other mode, where it differs.
        for m in f.modes.iter().filter(|m| m.verdict != f.verdict) {
            let (verdict, why) = (word(m.verdict).to_lowercase(), m.why.text(language));
            out.push_str(&format!("  {:<13} {:<21} {}: {verdict}, {why}\n", "", "", m.isolation.word()));
        }
        if f.verdict == CheckVerdict::Warned || f.verdict.is_bad() {
            let (demands, advice) = (f.check.demands().text(language), f.check.advice().text(language));
            out.push_str(&format!("  {:<13} {:<21} {}: {demands}\n", "", "", msg!("daemon-demanded").text(language)));
            out.push_str(&format!("  {:<13} {:<21} {}: {advice}\n", "", "", msg!("daemon-what-helps").text(language)));
        }
    }
    out.push_str(
        &msg!("daemon-check-summary", passed = %passed, warned = %warned, bad = %bad, skipped = %skipped, errors = errors)
            .text(language),
    );
    out
}
