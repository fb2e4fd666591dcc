//! Plugins that go wrong in every way we know: the daemon and every other transport go on, each message ends in the right state, and the
//! plugin's process comes back. Prints the table.

use rundruf_tests::daemon::{self, signal};
use rundruf_tests::project::gcc;
use rundruf_tests::sample::COLUMNS;
use rundruf_tests::{Artifacts, Daemon, measure};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The fifth of eight people is the one whom the plugin cannot bear.
const PEOPLE: [&str; 8] = ["anna", "ben", "clara", "david", "fault", "gustav", "hanna", "ida"];
const BEFORE: u64 = 4;
const ALL: u64 = 8;
/// Who gets messages by the healthy transport all the time, and how many a second.
const OTHERS: u64 = 60_000;
const RATE: u64 = 400;
/// A hanging process is noticed after 20 seconds at most; a busy machine may take longer.
const PATIENCE: Duration = Duration::from_secs(90);
/// What the daemon may keep of a flood, in KiB.
const FLOOD_KEPT: u64 = 64 << 10;

/// How it must end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The process dies, and the log says so: what it had told is sent, the rest is unknown.
    Dies(&'static str),
    /// The process dies; what its SDK had not told yet is unknown.
    DiesUntold(&'static str),
    /// One message is unknown, nothing else happens.
    OneUnknown,
    /// Nothing happens at all.
    Nothing,
    /// One message never gets an outcome; it is unknown when the process has gone.
    OneMissing,
}

struct Fault {
    kind: &'static str,
    name: &'static str,
    plugin: &'static str,
    config: &'static str,
    end: End,
}

const fn in_c(kind: &'static str, name: &'static str, end: End) -> Fault {
    Fault { kind, name, plugin: "", config: "", end }
}

const fn in_rust(kind: &'static str, name: &'static str, config: &'static str, end: End) -> Fault {
    Fault { kind, name, plugin: "panics", config, end }
}

const FAULTS: &[Fault] = &[
    in_rust("panic", "panic", "escapes = false", End::OneUnknown),
    in_rust("escaped panic", "escaped", "escapes = true", End::DiesUntold("signal 6")),
    in_c("abort", "abort", End::Dies("signal 6")),
    in_c("exit", "exit", End::Dies("status 3")),
    in_c("SIGSEGV", "segv", End::Dies("signal 11")),
    in_c("stack overflow", "stack", End::Dies("signal")),
    in_c("endless loop", "loop", End::Dies("did not answer")),
    in_c("deadlock", "deadlock", End::Dies("did not answer")),
    in_c("memory balloon", "balloon", End::Dies("signal")),
    in_c("flood of outcomes", "flood", End::Nothing),
    in_c("double outcomes", "double", End::Nothing),
    in_c("missing outcome", "missing", End::OneMissing),
    in_c("lying length", "length", End::Dies("spoke nonsense")),
    in_c("garbage frame", "garbage", End::Dies("spoke nonsense")),
    in_c("forged outcomes", "forged", End::Dies("spoke nonsense")),
    in_c("frame that never ends", "cut", End::Dies("did not answer")),
    in_c("flood of frames", "frames", End::Nothing),
    in_c("fork bomb", "fork", End::Dies("signal 6")),
];

fn build(folder: &Path) -> PathBuf {
    let library = folder.join("libfaulty.so");
    gcc("core/host/tests/c/faulty.c", &library, &["-O1"]);
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
    daemon.json(&["broadcast", "send", "--list", list, "--text", "Brot"])[0]["id"].as_i64().unwrap()
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
    daemon.wait_for(what, PATIENCE, look)
}

/// Milliseconds of the day at which a line was written.
fn stamp(line: &str) -> f64 {
    let time = line.split_once('T').unwrap().1.split_once('Z').unwrap().0;
    let parts: Vec<f64> = time.split(':').map(|p| p.parse().unwrap()).collect();
    ((parts[0] * 60.0 + parts[1]) * 60.0 + parts[2]) * 1_000.0
}

fn strike(daemon: &Daemon, healthy: i64, fault: &Fault) -> String {
    let &Fault { kind, name, end, .. } = fault;
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
    let status = if end == End::OneMissing {
        wait(daemon, kind, || {
            let status = daemon.status(broadcast);
            (count(&status, "sent") == ALL - 1).then_some(())
        });
        assert_eq!(count(&daemon.status(broadcast), "in_flight"), 1, "{kind}: nobody guesses");
        let child = measure::children(daemon.pid()).into_iter().find(|c| holds(*c, daemon, name)).expect("its process");
        signal(child, rustix::process::Signal::KILL).unwrap();
        wait(daemon, kind, look)
    } else {
        wait(daemon, kind, &mut look)
    };
    // The time of the fault is short; the other transport must have had the chance to send anything.
    std::thread::sleep(Duration::from_millis(250));
    let during = rate.end(daemon);

    let [sent, unknown] = ["sent", "unknown"].map(|f| count(&status, f));
    match end {
        End::Dies(_) => assert_eq!((sent, unknown), (BEFORE, ALL - BEFORE), "{kind}: {status}\n{}", daemon.log()),
        End::DiesUntold(_) => assert!(sent <= BEFORE && sent + unknown == ALL, "{kind}: {status}"),
        End::OneUnknown | End::OneMissing => assert_eq!((sent, unknown), (ALL - 1, 1), "{kind}: {status}"),
        End::Nothing => assert_eq!((sent, unknown), (ALL, 0), "{kind}: {status}\n{}", daemon.log()),
    }
    let restart = match end {
        End::Dies(words) | End::DiesUntold(words) => restarted(daemon, name, words),
        End::OneMissing => restarted(daemon, name, "signal 9"),
        End::OneUnknown | End::Nothing => {
            assert!(lines(daemon, name, "has gone").is_empty(), "{kind}: it lives\n{}", daemon.log());
            "–".to_owned()
        }
    };
    assert!(during > 0.0, "{kind}: another transport stood still");
    assert!(peak - memory < FLOOD_KEPT, "{kind}: the daemon grew by {} KiB", peak - memory);
    // It works again, and whoever was not reached is not forgotten.
    let again = daemon.wait_done(send(daemon, name), PATIENCE);
    assert_eq!(count(&again, "sent"), ALL, "{kind}: {again}\n{}", daemon.log());
    let row = format!("| {kind} | {before:.0} | {during:.0} | {sent} sent, {unknown} unknown | {restart} |");
    println!("{row}");
    row
}

/// How long it took from the death to the next life, in the log's own words.
fn restarted(daemon: &Daemon, name: &str, words: &str) -> String {
    let gone = wait(daemon, name, || lines(daemon, name, "has gone").first().cloned());
    assert!(gone.contains(words), "{name}: {words}: {gone}");
    let back = wait(daemon, name, || lines(daemon, name, "runs again").first().cloned());
    format!("{:.0} ms", (stamp(&back) - stamp(&gone)).rem_euclid(86_400_000.0))
}

/// Whether this process holds the lock of the transport's state folder.
fn holds(pid: u32, daemon: &Daemon, name: &str) -> bool {
    let lock = daemon.dir().join("transports").join(name).join("lock");
    let all = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    all.filter_map(|e| fs::read_link(e.path()).ok()).any(|to| to == lock)
}

/// Processes of the plugin's kind that nobody is the parent of any more.
fn strays(library: &Path) -> Vec<String> {
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
fn whatever_a_plugin_does_the_others_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let library = build(dir.path());
    let _ = Artifacts::get();
    rundruf_store::bench::seed(&dir.path().join("rundruf.db"), "healthy", OTHERS).unwrap();
    let daemon = Daemon::start(dir.path(), &settings(dir.path(), &library));
    let mut csv = format!("{COLUMNS}\n");
    for who in PEOPLE {
        let _ = writeln!(
            csv,
            "email,{who}@x.example,{who},,de,2026-11-01T10:00:00Z,2026-11-01T10:05:00Z,shop,Ja,2026-11-20T10:00:00Z"
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
    let rows: Vec<_> = FAULTS.iter().map(|fault| strike(&daemon, healthy, fault)).collect();
    println!(
        "\n| fault | other transport, messages/s before | during | the eight messages | until restart |\n| --- | --- | --- | --- | --- |\n{}",
        rows.join("\n")
    );

    assert_eq!(daemon.pid(), pid);
    wait(&daemon, "what a fork bomb left", || strays(&library).is_empty().then_some(()));
    let log = daemon.log();
    assert!(log.contains("bad luck with …@… and …67"), "what a plugin prints is in the log, without people\n{log}");
    assert!(!log.contains("anna@mail.example"), "{log}");
    let flood = log.matches("a flood of lines").count();
    assert!((1..500).contains(&flood), "{flood} lines of a flood of 1000 are in the log");
    let status = daemon.status(healthy);
    assert_eq!(count(&status, "unknown") + count(&status, "failed"), 0, "{status}");
    assert!(daemon.terminate().success());
}
