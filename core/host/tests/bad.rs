//! Every check has a bad twin: a plugin that breaks exactly what the check looks at. It fails that check and no other; the control fails none,
//! and neither do our own plugins.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "harness/built.rs"]
mod built;

use built::{compile, host_program};
use rundruf_host::check::{CHECKS, Effort, Finding, Plan, Verdict, run};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a twin does, and the check that must notice. 0 is the control.
const TWINS: &[(u32, &str, &str)] = &[
    (0, "keeps the contract", ""),
    (1, "its manifest names another version than its descriptor", "manifest-section"),
    (2, "exports a second symbol", "one-symbol"),
    (3, "needs a library that not everybody has", "rtld-now-local"),
    (4, "takes a signal over when it is loaded", "scan-time"),
    (5, "returns another entry at every second call", "entry-idempotent"),
    (6, "sets a flag that nobody knows", "descriptor-sane"),
    (7, "compares the host's `size` with its own sizeof", "older-host"),
    (8, "has every extension that begins with a known name", "unknown-extension"),
    (9, "refuses settings without a word", "open-bad-config"),
    (10, "leaks a descriptor each time it is opened", "open-close-loop"),
    (11, "keeps the host's table in a global", "two-instances"),
    (12, "has a thread that logs after `close`", "close-quiet"),
    (13, "forgets its queue when it is closed", "close-in-flight"),
    (14, "goes on taking and sending after `drain`", "drain"),
    (15, "completes the first letter of a batch of 255 twice", "exactly-once"),
    (16, "walks arrays by sizeof", "stride"),
    (17, "looks at a batch after its last outcome", "poisoned-batch"),
    (18, "never calls `ready`", "busy"),
    (19, "reads the first byte of an empty address", "bad-input"),
    (20, "does not look at the deadline", "cancel"),
    (21, "waits in `submit` while something is out", "latency-of-calls"),
    (22, "calls a message sent whose connection was cut", "remote-faults"),
    (23, "acknowledges a message before the host has it", "inbound-backpressure"),
    (24, "completes again when the host answers with a fault", "host-faults"),
    (25, "does not guard `submit` against other threads", "sandbox-and-fuzz"),
    (26, "reads a file outside its folders", "sandbox-and-fuzz"),
];

fn build(twin: u32, folder: &Path) -> PathBuf {
    let (library, twin_is) = (folder.join(format!("libtwin_{twin}.so")), format!("-DTWIN={twin}"));
    let mut flags = vec!["-std=c11", "-O1", "-Wl,-z,relro,-z,now,-z,noexecstack", &twin_is];
    if twin == 3 {
        flags.extend(["-Wl,--no-as-needed", "-l:libBrokenLocale.so.1"]);
    }
    compile("gcc", "tests/bad/twin.c", &library, &flags);
    library
}

fn check(library: &Path, folder: &Path) -> Vec<Finding> {
    let plan = Plan {
        library: library.to_owned(),
        config: None,
        program: host_program(),
        folder: folder.to_owned(),
        seed: 41,
        effort: Effort::QUICK,
        // Most of them wait most of the time.
        jobs: 6,
        limit: Duration::from_secs(60),
    };
    run(&plan, &CHECKS.iter().collect::<Vec<_>>(), |_| {})
}

fn table(findings: &[Finding]) -> String {
    findings.iter().map(|f| format!("  {:<22} {:<8} {:?} {}\n", f.check.id, f.verdict.word(), f.took, f.why)).collect()
}

#[test]
fn each_twin_fails_its_own_check_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut wrong = String::new();
    for (twin, what, fails) in TWINS {
        let library = build(*twin, dir.path());
        let findings = check(&library, &dir.path().join(format!("twin-{twin}")));
        assert_eq!(findings.len(), 25);
        let bad: Vec<&str> = findings.iter().filter(|f| f.verdict.is_bad()).map(|f| f.check.id).collect();
        let own = findings.iter().find(|f| f.verdict.is_bad()).map_or("", |f| f.why.as_str());
        println!("{twin:>2} {what}: {} {own}", bad.join(", "));
        let wanted: Vec<&str> = Some(*fails).filter(|f| !f.is_empty()).into_iter().collect();
        // Nothing may hide behind "skipped": the control can do everything.
        let skipped = findings.iter().any(|f| f.verdict == Verdict::Skipped);
        if bad != wanted || skipped {
            wrong.push_str(&format!("twin {twin} ({what}) must fail {wanted:?}, fails {bad:?}:\n{}", table(&findings)));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_check_has_a_twin() {
    let twins: BTreeSet<&str> = TWINS.iter().map(|t| t.2).filter(|t| !t.is_empty()).collect();
    let checks: BTreeSet<&str> = CHECKS.iter().map(|c| c.id).collect();
    assert_eq!((twins, CHECKS.len()), (checks, 25));
}

/// Ours pass everything that can be tried with them.
#[test]
fn our_own_plugins_fail_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let target = host_program().ancestors().nth(2).unwrap().to_owned();
    for (name, skipped) in [
        ("sandbox", &[][..]),
        ("email", &["inbound-backpressure"]),
        ("null", &["remote-faults", "inbound-backpressure"]),
    ] {
        let library = rundruf_host::discover::find(name, &[target.clone(), target.join("deps")])
            .unwrap_or_else(|e| panic!("{e}: run `cargo build --workspace` first"));
        let findings = check(&library, &dir.path().join(name));
        let of = |wanted: fn(&Finding) -> bool| {
            findings.iter().filter(|f| wanted(f)).map(|f| f.check.id).collect::<Vec<_>>()
        };
        println!("{name}\n{}", table(&findings));
        assert!(of(|f| f.verdict.is_bad()).is_empty(), "{name}:\n{}", table(&findings));
        assert_eq!(of(|f| f.verdict == Verdict::Skipped), skipped, "{name}:\n{}", table(&findings));
    }
}

#[test]
fn what_is_no_plugin_fails_the_first_check_and_skips_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("no.so");
    std::fs::write(&file, "no library").unwrap();
    let findings = check(&file, dir.path());
    assert_eq!(findings[0].verdict, Verdict::Failed);
    assert!(findings[0].why.contains("no.so"), "{}", findings[0].why);
    assert!(findings[1..].iter().all(|f| f.verdict == Verdict::Skipped));
}
