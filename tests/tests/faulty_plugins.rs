//! Plugins with every fault we know: the daemon and every other transport go on, each delivery ends in the right state, and the plugin's process
//! is restarted. Prints a table.

use rundruf_tests::daemon::{self, signal};
use rundruf_tests::plugin_project::compile_c;
use rundruf_tests::sample_people::COLUMNS;
use rundruf_tests::{Artifacts, Daemon, measure};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The plugin's fault strikes at the fifth of eight recipients.
const PEOPLE: [&str; 8] = ["anna", "ben", "clara", "david", "fault", "gustav", "hanna", "ida"];
const BEFORE: u64 = 4;
const ALL: u64 = 8;
/// Recipients of the healthy transport, and its rate limit in messages a second.
const OTHERS: u64 = 60_000;
const RATE: u64 = 400;
/// A hanging process is noticed after 20 seconds at most; a busy machine may take longer.
const DEADLINE: Duration = Duration::from_secs(90);
/// Most KiB by which the daemon's memory may grow in a flood.
const MOST_GROWTH_KIB: u64 = 64 << 10;

/// How a fault must end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// The process dies with these words in the log: reported outcomes are sent, the rest is unknown.
    Dies(&'static str),
    /// The process dies before its SDK has reported: everything may be unknown.
    DiesBeforeReport(&'static str),
    /// One message is unknown, nothing else happens.
    OneUnknown,
    /// All are sent and the process lives.
    NoEffect,
    /// One message never gets an outcome; it is unknown when the process has gone.
    OneMissing,
}

struct Fault {
    kind: &'static str,
    name: &'static str,
    plugin: &'static str,
    config: &'static str,
    expected: Expected,
}

const fn in_c(kind: &'static str, name: &'static str, expected: Expected) -> Fault {
    Fault { kind, name, plugin: "", config: "", expected }
}

const fn in_rust(kind: &'static str, name: &'static str, config: &'static str, expected: Expected) -> Fault {
    Fault { kind, name, plugin: "panics", config, expected }
}

const FAULTS: &[Fault] = &[
    in_rust("panic", "panic", "escapes = false", Expected::OneUnknown),
    in_rust("escaped panic", "escaped", "escapes = true", Expected::DiesBeforeReport("signal 6")),
    in_c("abort", "abort", Expected::Dies("signal 6")),
    in_c("exit", "exit", Expected::Dies("status 3")),
    in_c("SIGSEGV", "segv", Expected::Dies("signal 11")),
    in_c("stack overflow", "stack", Expected::Dies("signal")),
    in_c("endless loop", "loop", Expected::Dies("did not answer")),
    in_c("deadlock", "deadlock", Expected::Dies("did not answer")),
    in_c("memory balloon", "balloon", Expected::Dies("signal")),
    in_c("flood of outcomes", "flood", Expected::NoEffect),
    in_c("double outcomes", "double", Expected::NoEffect),
    in_c("missing outcome", "missing", Expected::OneMissing),
    in_c("wrong length", "length", Expected::Dies("protocol violation")),
    in_c("garbage frame", "garbage", Expected::Dies("protocol violation")),
    in_c("forged outcomes", "forged", Expected::Dies("protocol violation")),
    in_c("frame that never ends", "cut", Expected::Dies("did not answer")),
    in_c("flood of frames", "frames", Expected::NoEffect),
    in_c("fork bomb", "fork", Expected::Dies("signal 6")),
];

fn build(folder: &Path) -> PathBuf {
    let library = folder.join("libfaulty.so");
    compile_c("core/host/tests/c/faulty.c", &library, &["-O1"]);
    library
}

fn settings(dir: &Path, library: &Path) -> String {
    let mut rest = format!(
        "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\n\n\
         [lists.healthy]\ntitle = \"L\"\npurpose = \"P\"\ntransports = [\"healthy\"]\n\n\
         [transports.healthy]\nplugin = \"null\"\nrate_per_s = {RATE}\n\n"
    );
    for Fault { name, plugin, config, .. } in FAULTS {
        let library = library.display().to_string();
        let (plugin, config) = match *plugin {
            "" => (library.as_str(), format!("fault = \"{name}\"")),
            plugin => (plugin, (*config).to_owned()),
        };
        let _ = write!(
            rest,
            "[lists.{name}]\ntitle = \"L\"\npurpose = \"P\"\ntransports = [\"{name}\"]\n\n\
             [transports.{name}]\nplugin = \"{plugin}\"\n[transports.{name}.config]\n{config}\n\n"
        );
    }
    daemon::settings(dir, &rest)
}

fn send(daemon: &Daemon, list: &str) -> i64 {
    daemon.json(&["broadcast", "send", "--list", list, "--text", "Brot", "--again"])[0]["id"].as_i64().unwrap()
}

fn count(status: &Value, field: &str) -> u64 {
    status[field].as_u64().unwrap_or_else(|| panic!("{field}: {status}"))
}

/// Messages a second by the healthy transport since an earlier look.
struct Rate {
    broadcast: i64,
    sent: u64,
    since: Instant,
}

impl Rate {
    fn begin(daemon: &Daemon, broadcast: i64) -> Self {
        Self { broadcast, sent: count(&daemon.status(broadcast), "sent"), since: Instant::now() }
    }

    fn end(self, daemon: &Daemon) -> f64 {
        let sent = count(&daemon.status(self.broadcast), "sent") - self.sent;
        f64::from(u32::try_from(sent).unwrap()) / self.since.elapsed().as_secs_f64()
    }
}

/// Lines of the log about a transport that contain the words.
fn lines(daemon: &Daemon, transport: &str, words: &str) -> Vec<String> {
    let about = format!("transport={transport} ");
    let log = daemon.log();
    log.lines().filter(|l| format!("{l} ").contains(&about) && l.contains(words)).map(str::to_owned).collect()
}

#[track_caller]
fn wait<T>(daemon: &Daemon, what: &str, look: impl FnMut() -> Option<T>) -> T {
    daemon.wait_for(what, DEADLINE, look)
}

/// Milliseconds of the day at which a line was written.
fn log_time_ms(line: &str) -> f64 {
    let time = line.split_once('T').unwrap().1.split_once('Z').unwrap().0;
    let parts: Vec<f64> = time.split(':').map(|p| p.parse().unwrap()).collect();
    ((parts[0] * 60.0 + parts[1]) * 60.0 + parts[2]) * 1_000.0
}

fn run_fault(daemon: &Daemon, healthy: i64, fault: &Fault) -> String {
    let &Fault { kind, name, expected, .. } = fault;
    let rate = Rate::begin(daemon, healthy);
    std::thread::sleep(Duration::from_millis(500));
    let before = rate.end(daemon);
    let memory = measure::own(daemon.pid()).rss_kib;
    let rate = Rate::begin(daemon, healthy);
    let broadcast = send(daemon, name);
    let mut peak = memory;
    let mut look = || {
        peak = peak.max(measure::own(daemon.pid()).rss_kib);
        let status = daemon.status(broadcast);
        (status["state"] == "done").then_some(status)
    };
    let status = if expected == Expected::OneMissing {
        wait(daemon, kind, || {
            let status = daemon.status(broadcast);
            (count(&status, "sent") == ALL - 1).then_some(())
        });
        assert_eq!(count(&daemon.status(broadcast), "in_flight"), 1, "{kind}: its outcome is not guessed");
        let child = measure::children(daemon.pid()).into_iter().find(|c| holds(*c, daemon, name)).expect("its process");
        signal(child, rustix::process::Signal::KILL).unwrap();
        wait(daemon, kind, look)
    } else {
        wait(daemon, kind, &mut look)
    };
    // Short faults: the healthy transport gets time enough for a rate.
    std::thread::sleep(Duration::from_millis(250));
    let during = rate.end(daemon);

    let [sent, unknown] = ["sent", "unknown"].map(|f| count(&status, f));
    match expected {
        Expected::Dies(_) => assert_eq!((sent, unknown), (BEFORE, ALL - BEFORE), "{kind}: {status}\n{}", daemon.log()),
        Expected::DiesBeforeReport(_) => assert!(sent <= BEFORE && sent + unknown == ALL, "{kind}: {status}"),
        Expected::OneUnknown | Expected::OneMissing => assert_eq!((sent, unknown), (ALL - 1, 1), "{kind}: {status}"),
        Expected::NoEffect => assert_eq!((sent, unknown), (ALL, 0), "{kind}: {status}\n{}", daemon.log()),
    }
    let restart = match expected {
        Expected::Dies(words) | Expected::DiesBeforeReport(words) => restarted(daemon, name, words),
        Expected::OneMissing => restarted(daemon, name, "signal 9"),
        Expected::OneUnknown | Expected::NoEffect => {
            assert!(lines(daemon, name, "has gone").is_empty(), "{kind}: it was restarted\n{}", daemon.log());
            "–".to_owned()
        }
    };
    // Not slower than a tenth of its limit, and not faster than it: a fault must neither stop others nor lift their limit.
    let limit = RATE as f64;
    assert!(
        (limit / 10.0..limit * 2.0).contains(&during),
        "{kind}: the healthy transport sent {during:.0}/s of {limit:.0}"
    );
    assert!(peak - memory < MOST_GROWTH_KIB, "{kind}: the daemon grew by {} KiB", peak - memory);
    // It works again.
    let again = daemon.wait_done(send(daemon, name), DEADLINE);
    assert_eq!(count(&again, "sent"), ALL, "{kind}: {again}\n{}", daemon.log());
    let row = format!("| {kind} | {before:.0} | {during:.0} | {sent} sent, {unknown} unknown | {restart} |");
    println!("{row}");
    row
}

/// Milliseconds between death and restart, by the log's times.
fn restarted(daemon: &Daemon, name: &str, words: &str) -> String {
    let gone = wait(daemon, name, || lines(daemon, name, "has gone").first().cloned());
    assert!(gone.contains(words), "{name}: {words}: {gone}");
    let back = wait(daemon, name, || lines(daemon, name, "runs again").first().cloned());
    format!("{:.0} ms", (log_time_ms(&back) - log_time_ms(&gone)).rem_euclid(86_400_000.0))
}

/// Whether this process holds the lock of the transport's state folder.
fn holds(pid: u32, daemon: &Daemon, name: &str) -> bool {
    let lock = daemon.dir().join("transports").join(format!("{name}.lock"));
    let all = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    all.filter_map(|e| fs::read_link(e.path()).ok()).any(|to| to == lock)
}

/// Ids of orphaned processes that have the plugin's library mapped.
fn orphans(library: &Path) -> Vec<String> {
    let mut out = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let maps = fs::read_to_string(entry.path().join("maps")).unwrap_or_default();
        let status = fs::read_to_string(entry.path().join("status")).unwrap_or_default();
        if maps.contains(&*library.to_string_lossy()) && status.contains("\nPPid:\t1\n") {
            out.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    out
}

#[test]
fn a_faulty_plugin_harms_no_other_transport() {
    let dir = tempfile::tempdir().unwrap();
    let library = build(dir.path());
    let _ = Artifacts::get();
    rundruf_store::bench::seed(&dir.path().join("rundruf.db"), "healthy", OTHERS).unwrap();
    let daemon = Daemon::start(dir.path(), &settings(dir.path(), &library));
    let mut csv = format!("{COLUMNS}\n");
    for who in PEOPLE {
        let _ = writeln!(
            csv,
            "email,{who}@x.example,{who},,de,2026-11-01T10:00:00Z,2026-11-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir ihre Angebote der Woche schicken. Abmelden jederzeit.\",2026-11-20T10:00:00Z"
        );
    }
    fs::write(dir.path().join("people.csv"), csv).unwrap();
    for Fault { name, .. } in FAULTS {
        let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", name, "--evidence", "A"]);
        assert_eq!(done.last().unwrap()["confirmed"], ALL, "{done:?}");
    }
    let pid = daemon.pid();
    let healthy = send(&daemon, "healthy");
    wait(&daemon, "the healthy one begins", || (count(&daemon.status(healthy), "sent") > 0).then_some(()));
    let rows: Vec<_> = FAULTS.iter().map(|fault| run_fault(&daemon, healthy, fault)).collect();
    println!(
        "\n| fault | other transport, messages/s before | during | the eight messages | until restart |\n| --- | --- | --- | --- | --- |\n{}",
        rows.join("\n")
    );

    assert_eq!(daemon.pid(), pid);
    wait(&daemon, "what a fork bomb left", || orphans(&library).is_empty().then_some(()));
    let log = daemon.log();
    assert!(log.contains("bad luck with …@… and …67"), "what a plugin prints is in the log, without people\n{log}");
    assert!(!log.contains("anna@mail.example"), "{log}");
    let flood = log.matches("a flood of lines").count();
    assert!((1..500).contains(&flood), "{flood} lines of a flood of 1000 are in the log");
    let status = daemon.status(healthy);
    assert_eq!(count(&status, "unknown") + count(&status, "failed"), 0, "{status}");
    assert!(daemon.terminate().success());
}
