//! SIGKILL at random moments of a running broadcast, then every message is accounted for: what the database says against what the
//! sandbox and the SMTP server really received. In turn: sandbox and a real SMTP server; the daemon alone and the daemon with its children.

use crate::options::Options;
use rundruf_tests::sample_people::{self, SeededRandom};
use rundruf_tests::servers::SmtpSink;
use rundruf_tests::{Daemon, daemon};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Kills in one broadcast at most: then it is allowed to finish and is counted.
const KILLS_A_BROADCAST: u64 = 8;

/// Window of both transports: what a whole group's death may leave unknown.
const WINDOW: u32 = 256;

#[derive(Default)]
struct Totals {
    points: u64,
    broadcasts: u64,
    lost: u64,
    doubled_unseen: u64,
    unknown_daemon_only: u64,
    unknown_group_max: u64,
    restart_ms_max: f64,
    unaccounted: u64,
    faults: u64,
}

pub(crate) fn run(options: &Options) -> Value {
    let recipients = options.recipients.unwrap_or(10_000);
    let window = options.window.unwrap_or(WINDOW);
    let mut random = SeededRandom(options.seed);
    let mut totals = Totals::default();
    let dir = tempfile::tempdir().expect("a folder");
    let received = dir.path().join("received");
    let sandbox = dir.path().join("messages");
    fs::create_dir_all(&sandbox).expect("a folder");
    fs::create_dir_all(&received).expect("a folder");
    let sink = SmtpSink::start(&["-d", &received.join("m").display().to_string()]);
    let toml = settings(dir.path(), &sandbox, sink.port, window);
    let mut daemon = Daemon::start(dir.path(), &toml);
    let people = dir.path().join("people.csv");
    sample_people::csv(&people, 0..recipients).expect("a CSV");
    for list in ["kasten", "post"] {
        let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", list, "--evidence", "A"]);
        options.say(&format!("imported into {list}: {}", done.last().unwrap_or(&Value::Null)));
    }
    // How long a broadcast takes when nobody disturbs it: the kills are spread over it.
    let mut undisturbed = HashMap::new();
    for list in ["kasten", "post"] {
        let begin = Instant::now();
        let id = send(&daemon, list);
        let status = daemon.wait_done(id, Duration::from_secs(120));
        undisturbed.insert(list, begin.elapsed());
        let got = if list == "kasten" { from_sandbox(&sandbox) } else { from_sink(&received) };
        account(&daemon, id, &status, &got, &mut totals);
        clear([&sandbox, &received]);
        options.say(&format!("{list}: undisturbed in {:.2} s", begin.elapsed().as_secs_f64()));
    }
    while totals.points < options.points {
        let round = totals.broadcasts;
        let list = if round % 2 == 0 { "kasten" } else { "post" };
        let whole_group = (round / 2) % 2 == 1;
        let id = send(&daemon, list);
        let span = u64::try_from(undisturbed[list].as_micros()).unwrap_or(u64::MAX) / 4;
        let mut kills = 0;
        while kills < KILLS_A_BROADCAST && totals.points < options.points {
            std::thread::sleep(Duration::from_micros(random.below(span.max(1_000))));
            let before = daemon.status(id);
            if before["state"] == "done" {
                break;
            }
            if whole_group {
                daemon.kill_group()
            } else {
                daemon.kill()
            }
            totals.points += 1;
            kills += 1;
            daemon = Daemon::spawn(dir.path());
            let after = first_sign(&daemon, id, &before);
            let restart = daemon.started.elapsed().as_secs_f64() * 1e3;
            totals.restart_ms_max = totals.restart_ms_max.max(restart);
            let unknown = count(&after, "unknown").saturating_sub(count(&before, "unknown"));
            if whole_group {
                totals.unknown_group_max = totals.unknown_group_max.max(unknown);
            } else {
                totals.unknown_daemon_only += unknown;
            }
        }
        let status = daemon.wait_done(id, Duration::from_secs(120));
        let got = if list == "kasten" { from_sandbox(&sandbox) } else { from_sink(&received) };
        account(&daemon, id, &status, &got, &mut totals);
        totals.broadcasts += 1;
        clear([&sandbox, &received]);
        options.say(&format!(
            "broadcast {round} ({list}, {}): {kills} kills, {} so far; sent {} unknown {} · lost {} doubled {} · slowest restart {:.0} ms",
            if whole_group { "group" } else { "daemon" },
            totals.points, status["sent"], status["unknown"], totals.lost, totals.doubled_unseen, totals.restart_ms_max
        ));
    }
    let doctor = daemon.api("GET", "/api/doctor", "").unwrap_or_default();
    if doctor["ok"] != true {
        totals.faults += 1;
        options.say(&format!("doctor: {doctor}"));
    }
    let ended = daemon.terminate();
    json!({
        "bench": "kill", "recipients": recipients, "points": totals.points, "broadcasts": totals.broadcasts,
        "lost": totals.lost, "doubled_unseen": totals.doubled_unseen, "unaccounted": totals.unaccounted,
        "unknown_daemon_only": totals.unknown_daemon_only, "unknown_group_max": totals.unknown_group_max,
        "window": window, "restart_ms_max": totals.restart_ms_max.round(), "doctor_faults": totals.faults,
        "ended_well": ended.success(), "seed": options.seed,
    })
}

fn settings(dir: &Path, sandbox: &Path, port: u16, window: u32) -> String {
    daemon::settings(
        dir,
        &format!(
            "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.krume.example\"\n\n\
             [lists.kasten]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"kasten\"]\n\n\
             [lists.post]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"post\"]\n\n\
             [transports.kasten]\nplugin = \"sandbox\"\nwindow = {window}\n[transports.kasten.config]\nfolder = \"{}\"\n\n\
             [transports.post]\nplugin = \"email\"\nwindow = {window}\n[transports.post.config]\nhost = \"127.0.0.1\"\nport = {port}\n\
             tls = \"none\"\nfrom = \"news@krume.example\"\nsessions = 16\nmessages_per_connection = 0\n",
            sandbox.display()
        ),
    )
}

fn send(daemon: &Daemon, list: &str) -> i64 {
    let sent = daemon.json(&[
        "broadcast",
        "send",
        "--list",
        list,
        "--text",
        "Hallo {{ first_name }}, heute frisch.",
        "--subject",
        "Brot",
        "--again",
    ]);
    sent.last().and_then(|v| v["id"].as_i64()).expect("an id")
}

fn count(status: &Value, field: &str) -> u64 {
    status[field].as_u64().unwrap_or(0)
}

/// Waits until the restarted daemon sends again, or has nothing left to send: its counters tell.
fn first_sign(daemon: &Daemon, id: i64, before: &Value) -> Value {
    let until = Instant::now() + Duration::from_secs(30);
    let path = format!("/api/broadcasts/{id}");
    let mut first: Option<Value> = None;
    loop {
        if let Some(status) = daemon.api("GET", &path, "") {
            let moved = |v: &Value| count(v, "sent") + count(v, "failed") + count(v, "skipped");
            let base = first.get_or_insert_with(|| status.clone());
            let going = moved(&status) > moved(base) || count(&status, "in_flight") > 0;
            if status["state"] == "done" || going || moved(&status) > moved(before) + u64::from(WINDOW) {
                return status;
            }
        }
        assert!(Instant::now() < until, "the daemon does not go on:\n{}", daemon.log());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// How often each message arrived, by the number of its delivery: the last eight bytes of its id, in hexadecimal digits.
fn from_sandbox(folder: &Path) -> HashMap<String, u64> {
    let mut got = HashMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(id) = name.strip_suffix(".eml") else { continue };
        // A second message of the same id is written as `ID.double-N`.
        let number = id.split('.').next().and_then(|id| id.get(16..)).unwrap_or(id);
        *got.entry(number.to_owned()).or_insert(0) += 1;
    }
    got
}

/// The same from the SMTP server, which keeps one file for each message, by the recipient: nothing in an e-mail shows the number.
fn from_sink(folder: &Path) -> HashMap<String, u64> {
    let mut got = HashMap::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let bytes = fs::read(entry.path()).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        if let Some(to) = text.lines().find_map(|l| l.strip_prefix("To: ")) {
            let address = to.rsplit(['<', ' ']).next().unwrap_or(to).trim_end_matches(['>', '\r']);
            *got.entry(address.to_owned()).or_insert(0) += 1;
        }
    }
    got
}

fn clear(folders: [&Path; 2]) {
    for folder in folders {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_file() {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Compares the database with what arrived, delivery by delivery.
fn account(daemon: &Daemon, id: i64, status: &Value, got: &HashMap<String, u64>, totals: &mut Totals) {
    let sum: u64 = ["queued", "in_flight", "retry", "sent", "failed", "unknown", "held", "skipped"]
        .iter()
        .map(|f| count(status, f))
        .sum();
    if sum != count(status, "total") {
        totals.unaccounted += 1;
    }
    let rows = daemon.json(&["broadcast", "deliveries", &id.to_string(), "--addresses"]);
    if rows.len() as u64 != count(status, "total") {
        totals.unaccounted += 1;
    }
    for row in &rows {
        let number = format!("{:016x}", row["delivery"].as_i64().unwrap_or(0));
        let address = row["address"].as_str().unwrap_or("");
        let arrived = got.get(&number).or_else(|| got.get(address)).copied().unwrap_or(0);
        let state = row["state"].as_str().unwrap_or("");
        match (state, arrived) {
            ("sent" | "delivered" | "read", 0) => totals.lost += 1,
            ("failed" | "skipped" | "queued" | "retry" | "held", 1..) => totals.unaccounted += 1,
            ("queued" | "in_flight" | "retry", _) => totals.unaccounted += 1,
            _ => {}
        }
        if arrived > 1 {
            totals.doubled_unseen += arrived - 1;
        }
    }
}
