//! Every check has a faulty plugin: it breaks exactly what the check looks at, and fails that check and no other. The control fails none, and neither
//! do our own plugins.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "../../host/tests/support/compile.rs"]
mod compile;

use compile::{compile, example};
use rundruf_check::{CHECKS, Check, CheckFinding, CheckPlan, CheckVerdict, Effort, Isolation, find, run};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// In which modes a faulty plugin fails.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum In {
    Both,
    Only(Isolation),
}
use In::{Both, Only};

const CONFINED: In = Only(Isolation::Process);
const UNCONFINED: In = Only(Isolation::None);

/// What a fault breaks besides: who goes on taking messages keeps `close` waiting, too.
const ALSO: &[(u32, &str)] = &[(14, "close-in-flight")];

/// The number of a fault, what the plugin does, the check that must fail, and in which modes. 0 is the control, and 46 is allowed.
const FAULTS: &[(u32, &str, &str, In)] = &[
    (0, "keeps the contract", "", Both),
    (1, "its manifest names another version than its descriptor", "manifest-section", Both),
    (2, "exports a second symbol", "one-symbol", Both),
    (3, "needs a library that not every system has", "rtld-now-local", Both),
    (4, "takes a signal over when it is loaded", "scan-time", Both),
    (5, "returns another entry at every second call", "entry-idempotent", Both),
    (6, "sets an unknown flag", "descriptor-sane", Both),
    (7, "compares the host's `size` with its own sizeof", "older-host", Both),
    (8, "has every extension that begins with a known name", "unknown-extension", Both),
    (9, "refuses settings without a word", "open-bad-config", Both),
    (10, "leaks a descriptor each time it is opened", "open-close-loop", Both),
    (11, "keeps the host's table in a global", "two-instances", Both),
    (12, "has a thread that logs after `close`", "close-quiet", Both),
    (13, "forgets its queue when it is closed", "close-in-flight", Both),
    (14, "goes on taking and sending after `drain`", "drain", Both),
    (15, "completes the first message of a batch of 255 twice", "exactly-once", Both),
    (16, "walks arrays by sizeof", "stride", Both),
    (17, "looks at a batch after its last outcome", "poisoned-batch", Both),
    (18, "never calls `ready`", "busy", Both),
    (19, "reads the first byte of an empty address", "bad-input", Both),
    (20, "does not look at the deadline", "cancel", Both),
    (21, "waits in `submit` while something is out", "latency-of-calls", Both),
    (22, "calls a message sent whose connection was cut", "remote-faults", Both),
    (23, "acknowledges a message before the host has it", "inbound-backpressure", Both),
    (24, "completes again when the host answers with a fault", "host-faults", Both),
    (25, "does not guard `submit` against other threads", "confinement-and-fuzz", Both),
    (26, "reads a file outside its folders", "confinement-and-fuzz", CONFINED),
    (27, "completes an index beyond the batch", "exactly-once", Both),
    (28, "completes each message twice", "exactly-once", Both),
    (29, "forgets every two thousandth message", "exactly-once", Both),
    (30, "leaks a descriptor before it reads the settings", "open-close-loop", Both),
    (31, "keeps 16 KiB of each message", "open-close-loop", Both),
    (32, "sets the locale when it is loaded", "scan-time", Both),
    (33, "sets the umask when it is opened", "open-close-loop", UNCONFINED),
    (34, "leaves a thread behind that works", "close-quiet", Both),
    (35, "leaves a thread behind that sleeps", "open-close-loop", Both),
    (36, "names the recipient in an outcome", "exactly-once", Both),
    (37, "prints the recipient", "exactly-once", Both),
    (38, "does not declare the port that it connects to", "confinement-and-fuzz", CONFINED),
    (39, "ends the process at an empty address, as if all were well", "bad-input", Both),
    (40, "says \"passed\" on every descriptor and ends the process", "exactly-once", Both),
    (41, "calls sent what it does not send any more", "cancel", Both),
    (42, "completes a message of a batch that it refuses", "busy", Both),
    (43, "cuts the stride to sixteen bits", "stride", Both),
    (44, "leaves a process behind", "close-quiet", UNCONFINED),
    (46, "prints megabytes", "", Both),
    (47, "kills the process above it", "confinement-and-fuzz", UNCONFINED),
    (51, "refuses a whole batch for one bad address", "bad-input", Both),
    (52, "tells the outcomes of the first two messages the wrong way round", "bad-input", Both),
    (48, "aborts while it is loaded", "scan-time", Both),
    (53, "sends one person's text to everybody in the batch", "core-promise", Both),
    (54, "sends every message to the first recipient", "core-promise", Both),
    (55, "sends each message twice", "core-promise", Both),
    (56, "sends no text", "core-promise", Both),
    (57, "claims attachments and drops them", "core-promise", Both),
    (58, "writes the recipients into a file outside its folder", "no-traces", UNCONFINED),
    (59, "logs the name of the recipient", "no-traces", Both),
    (60, "prints the name of the recipient", "no-traces", Both),
    (66, "logs the text", "no-traces", Both),
    (67, "gives the address as `remote_id`", "no-traces", Both),
    (61, "claims a look-up that it does not have", "claims", Both),
    (62, "claims receipts that never come", "claims", Both),
    (71, "offers to give messages back and gives none", "claims", Both),
    (63, "misspells a word of `x-path`", "schema-words", Both),
    (64, "misspells a word of the schema", "schema-words", Both),
    (65, "requires a key that does not exist", "schema-words", Both),
    (69, "runs over its stack in `submit`", "exactly-once", Both),
];

fn build(fault: u32, folder: &Path) -> PathBuf {
    let (library, define) = (folder.join(format!("libfaulty_{fault}.so")), format!("-DFAULT={fault}"));
    let mut flags = vec!["-std=c11", "-O1", "-Wl,-z,relro,-z,now,-z,noexecstack", &define];
    if fault == 3 {
        flags.extend(["-Wl,--no-as-needed", "-l:libBrokenLocale.so.1"]);
    }
    compile("gcc", "tests/faulty_plugins/faulty_plugin.c", &library, &flags);
    library
}

fn check(library: &Path, folder: &Path) -> Vec<CheckFinding> {
    check_within(library, folder, Duration::from_secs(60))
}

fn check_within(library: &Path, folder: &Path, limit: Duration) -> Vec<CheckFinding> {
    check_these(&CHECKS.iter().collect::<Vec<_>>(), library, folder, limit)
}

fn check_these(checks: &[&'static Check], library: &Path, folder: &Path, limit: Duration) -> Vec<CheckFinding> {
    let plan = CheckPlan {
        library: library.to_owned(),
        config: None,
        modes: vec![Isolation::Process, Isolation::None],
        program: example("plugin_check"),
        folder: folder.to_owned(),
        seed: 41,
        effort: Effort::QUICK,
        // Most checks wait most of the time.
        jobs: 8,
        limit,
    };
    run(&plan, checks, |_| {}).findings
}

fn table(findings: &[CheckFinding]) -> String {
    let modes = |f: &CheckFinding| f.modes.iter().map(|m| m.verdict.word()).collect::<Vec<_>>().join("/");
    let line = |f: &CheckFinding| format!("  {:<22} {:<15} {:?} {}\n", f.check.id, modes(f), f.took, f.why);
    findings.iter().map(line).collect()
}

/// The modes in which a check failed; none for a check of the file.
fn bad_in(finding: &CheckFinding) -> Vec<Isolation> {
    finding.modes.iter().filter(|m| m.verdict.is_bad()).map(|m| m.isolation).collect()
}

fn is_in(finding: &CheckFinding, place: In) -> bool {
    match place {
        Both => bad_in(finding).len() == finding.modes.len(),
        Only(mode) => bad_in(finding) == [mode],
    }
}

#[test]
fn each_faulty_plugin_fails_its_own_check_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = String::new();
    for (fault, what, fails, place) in FAULTS {
        let library = build(*fault, dir.path());
        let findings = check(&library, &dir.path().join(format!("fault-{fault}")));
        assert_eq!(findings.len(), 29);
        let bad: Vec<&CheckFinding> =
            findings.iter().filter(|f| f.verdict.is_bad() && !ALSO.contains(&(*fault, f.check.id))).collect();
        let ids: Vec<&str> = bad.iter().map(|f| f.check.id).collect();
        let (modes, why) = bad.first().map_or((Vec::new(), String::new()), |f| (bad_in(f), f.why.to_string()));
        println!("{fault:>2} {what}: {} {modes:?} {why}", ids.join(", "));
        let wanted: Vec<&str> = Some(*fails).filter(|f| !f.is_empty()).into_iter().collect();
        // Nothing may be skipped, because the control can do everything, except after a fault that the smoke check has found.
        let see = format!("see `{fails}`");
        let hidden = findings.iter().any(|f| f.verdict == CheckVerdict::Skipped && !f.why.to_string().contains(&see));
        if ids != wanted || hidden || !bad.iter().all(|f| is_in(f, *place)) {
            let table = table(&findings);
            wrong.push_str(&format!("fault {fault} ({what}) must fail {wanted:?} {place:?}, fails {ids:?}:\n{table}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_check_has_a_faulty_plugin() {
    let faulty: BTreeSet<&str> = FAULTS.iter().map(|t| t.2).filter(|t| !t.is_empty()).collect();
    let checks: BTreeSet<&str> = CHECKS.iter().map(|c| c.id).collect();
    assert_eq!((faulty, CHECKS.len()), (checks, 29));
}

/// Our own plugins pass every check that applies to them.
#[test]
fn our_own_plugins_fail_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let target = example("plugin_check").ancestors().nth(2).unwrap().to_owned();
    for (name, skipped) in [
        ("sandbox", &[][..]),
        ("email", &["inbound-backpressure"]),
        ("threema", &["inbound-backpressure"]),
        ("null", &["remote-faults", "inbound-backpressure", "core-promise"]),
    ] {
        let library = rundruf_host::discover::find(name, &[target.clone(), target.join("deps")])
            .unwrap_or_else(|e| panic!("{e}: run `cargo build --workspace` first"));
        let findings = check(&library, &dir.path().join(name));
        let of = |wanted: fn(&CheckFinding) -> bool| {
            findings.iter().filter(|f| wanted(f)).map(|f| f.check.id).collect::<Vec<_>>()
        };
        println!("{name}\n{}", table(&findings));
        assert!(of(|f| f.verdict.is_bad()).is_empty(), "{name}:\n{}", table(&findings));
        assert_eq!(of(|f| f.verdict == CheckVerdict::Skipped), skipped, "{name}:\n{}", table(&findings));
    }
}

/// Each diagnosis names the cause.
#[test]
fn a_diagnosis_names_the_cause() {
    let dir = tempfile::tempdir().unwrap();
    for (fault, fails, words) in [
        (68, "latency-of-calls", "`submit` did not return within 8 seconds"),
        (69, "exactly-once", "its stack has run over"),
        (53, "core-promise", "is in nothing that left"),
        (54, "core-promise", "did not go to that recipient's address alone"),
        (55, "core-promise", "left 2 times"),
        (56, "core-promise", "left without its text"),
        (57, "core-promise", "the attachment is in nothing that left"),
        (58, "no-traces", "which is outside of its folders"),
        (67, "no-traces", "the address of a recipient is in the `remote_id`"),
        (65, "schema-words", "the required key `tokn` does not exist"),
        (63, "schema-words", "`foldr`"),
        (62, "claims", "x-check.receipt"),
        (71, "claims", "gave back none of 1024 messages"),
    ] {
        let library = build(fault, dir.path());
        let findings = check_within(&library, &dir.path().join(format!("{fault}")), Duration::from_secs(8));
        let bad: Vec<&CheckFinding> = findings.iter().filter(|f| f.verdict.is_bad()).collect();
        let ids: Vec<&str> = bad.iter().map(|f| f.check.id).collect();
        assert_eq!(ids, [fails], "fault {fault}\n{}", table(&findings));
        assert!(bad[0].why.to_string().contains(words), "fault {fault}: {}", bad[0].why);
    }
}

/// What cannot be tried for want of settings fails, and says what to give.
#[test]
fn want_of_settings_is_a_failure() {
    let dir = tempfile::tempdir().unwrap();
    let library = build(70, dir.path());
    let findings = check(&library, &dir.path().join("none"));
    let bad: Vec<&CheckFinding> = findings.iter().filter(|f| f.verdict.is_bad()).collect();
    let ids: Vec<&str> = bad.iter().map(|f| f.check.id).collect();
    assert_eq!(ids, ["open-close-loop"], "{}", table(&findings));
    assert!(bad[0].why.to_string().contains("`--settings FILE`"), "{}", bad[0].why);
}

/// A plugin that hangs costs the time limit once, not once for each check.
#[test]
fn a_plugin_that_hangs_is_ended_and_reported_by_one_check() {
    let dir = tempfile::tempdir().unwrap();
    for (fault, fails, what) in
        [(45, "scan-time", "loading it"), (49, "open-close-loop", "opening it"), (50, "close-quiet", "closing it")]
    {
        let library = build(fault, dir.path());
        let findings = check_within(&library, &dir.path().join(format!("{fault}")), Duration::from_secs(8));
        let bad: Vec<&CheckFinding> =
            findings.iter().filter(|f| f.verdict.is_bad() && !ALSO.contains(&(fault, f.check.id))).collect();
        let ids: Vec<&str> = bad.iter().map(|f| f.check.id).collect();
        assert_eq!(ids, [fails], "{}", table(&findings));
        assert_eq!(bad[0].why.to_string(), format!("it did not end within 8 seconds while {what}"));
    }
}

/// A fault of a check that does not run is reported by the check that meets it.
#[test]
fn a_check_that_runs_alone_reports_faults_of_others() {
    let dir = tempfile::tempdir().unwrap();
    let library = build(28, dir.path());
    let findings = check_these(&[find("drain").unwrap()], &library, dir.path(), Duration::from_secs(60));
    assert_eq!((findings.len(), findings[0].verdict), (1, CheckVerdict::Failed), "{}", table(&findings));
    assert!(findings[0].why.to_string().contains("twice"), "{}", findings[0].why);
}

/// A check that cannot run, here because its folder cannot be made, is neither passed nor skipped, and says nothing about the plugin.
#[test]
fn a_check_that_cannot_run_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let library = build(0, dir.path());
    let checks: Vec<_> = ["one-symbol", "drain"].iter().map(|id| find(id).unwrap()).collect();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let findings = check_these(&checks, &library, &dir.path().join("file/below"), Duration::from_secs(60));
    assert_eq!(findings.len(), 2, "{}", table(&findings));
    for finding in &findings {
        assert_eq!(finding.verdict, CheckVerdict::Error, "{}", table(&findings));
        assert!(finding.why.to_string().contains("could not be started: "), "{}", finding.why);
    }
}

#[test]
fn a_file_that_is_not_a_plugin_fails_the_first_check_and_skips_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("no.so");
    std::fs::write(&file, "no library").unwrap();
    let findings = check(&file, dir.path());
    assert_eq!(findings[0].verdict, CheckVerdict::Failed);
    assert!(findings[0].why.to_string().contains("no.so"), "{}", findings[0].why);
    assert!(findings[1..].iter().all(|f| f.verdict == CheckVerdict::Skipped));
}
