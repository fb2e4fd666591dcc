//! A message that crashes its plugin is found within few crashes and fails; all others are sent.

use rundruf_tests::plugin_project::compile_c;
use rundruf_tests::sample_people::COLUMNS;
use rundruf_tests::{Artifacts, Daemon, daemon};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const PEOPLE: usize = 1_500;
const DEADLINE: Duration = Duration::from_secs(120);

/// Positions of the deadly recipients; the window; whether the plugin reports earlier outcomes before it dies.
struct Case {
    name: &'static str,
    deadly: &'static [usize],
    window: u64,
    reports: bool,
}

const CASES: &[Case] = &[
    Case { name: "one-late", deadly: &[700], window: 1, reports: false },
    Case { name: "first-late", deadly: &[0], window: 64, reports: false },
    Case { name: "few-late", deadly: &[700], window: 64, reports: false },
    Case { name: "many-late", deadly: &[700], window: 1_024, reports: false },
    Case { name: "two-one", deadly: &[3, 4], window: 1, reports: true },
    Case { name: "two-few", deadly: &[20, 900], window: 64, reports: true },
    Case { name: "two-many", deadly: &[20, 21], window: 1_024, reports: true },
    Case { name: "two-many-late", deadly: &[20, 900], window: 1_024, reports: false },
];

/// Builds the small plugin in C, which dies on deadly addresses.
fn build(folder: &Path, reports: bool) -> PathBuf {
    let library = folder.join(format!("libdies-{reports}.so"));
    let (deadly, id) = (format!("-DDEADLY={}", 1 + u8::from(reports)), format!("-DID=\"org.example.dies.{reports}\""));
    compile_c("core/host/tests/c/minimal.c", &library, &["-O1", &deadly, &id]);
    library
}

fn transport(name: &str, library: &Path, window: u64, on_unknown: &str) -> String {
    format!(
        "[lists.{name}]\ntitle = \"L\"\npurpose = \"P\"\ntransports = [\"{name}\"]\n\n\
         [transports.{name}]\nplugin = \"{}\"\nwindow = {window}\non_unknown = \"{on_unknown}\"\n\n",
        library.display()
    )
}

fn import(daemon: &Daemon, list: &str, deadly: &[usize]) {
    let mut csv = format!("{COLUMNS}\n");
    for n in 0..PEOPLE {
        // In the order of the list: an import sorts by address.
        let who = if deadly.contains(&n) { "-deadly" } else { "" };
        let _ = writeln!(
            csv,
            "email,p{n:04}{who}@{list}.example,A,B,de,2026-11-01T10:00:00Z,2026-11-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir ihre Angebote der Woche schicken. Abmelden jederzeit.\",2026-11-20T10:00:00Z"
        );
    }
    fs::write(daemon.dir().join("people.csv"), csv).unwrap();
    let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", list, "--evidence", "A"]);
    assert_eq!(done.last().unwrap()["confirmed"], PEOPLE, "{done:?}");
}

fn send(daemon: &Daemon, list: &str) -> (i64, Value) {
    let id =
        daemon.json(&["broadcast", "send", "--list", list, "--text", "Brot", "--again"])[0]["id"].as_i64().unwrap();
    (id, daemon.wait_done(id, DEADLINE))
}

fn deaths(daemon: &Daemon, transport: &str) -> usize {
    let about = format!("transport={transport} ");
    let log = daemon.log();
    log.lines().filter(|l| format!("{l} ").contains(&about) && l.contains("has gone")).count()
}

/// How often each message was written, by its delivery.
fn written(daemon: &Daemon, transport: &str) -> HashMap<i64, u64> {
    let file = daemon.dir().join("transports").join(transport).join("sent.txt");
    let mut out = HashMap::new();
    for line in fs::read_to_string(file).unwrap().lines().filter(|l| l.contains(".example ")) {
        let id = i64::from_str_radix(&line[16..32], 16).unwrap();
        *out.entry(id).or_default() += 1;
    }
    out
}

fn run_case(daemon: &Daemon, case: &Case) -> String {
    let &Case { name, deadly, window, reports } = case;
    import(daemon, name, deadly);
    let (id, status) = send(daemon, name);
    let culprits = deadly.len();
    for (field, want) in [("sent", PEOPLE - culprits), ("failed", culprits), ("unknown", 0), ("skipped", 0)] {
        assert_eq!(status[field], want, "{name}: {field}: {status}\n{}", daemon.log());
    }
    let written = written(daemon, name);
    let (mut again, mut most) = (0, 0);
    for row in daemon.json(&["broadcast", "deliveries", &id.to_string(), "--addresses"]) {
        let delivery = row["delivery"].as_i64().unwrap();
        let times = written.get(&delivery).copied().unwrap_or(0);
        if row["state"] == "failed" {
            assert!(row["address"].as_str().unwrap().contains("deadly"), "{name}: {row}");
            assert!(row["reason"].as_str().unwrap().contains("died three times"), "{name}: {row}");
            continue;
        }
        let attempts = row["attempts"].as_u64().unwrap();
        assert!(times >= 1, "{name}: lost: {row}");
        assert!(attempts >= times, "{name}: written {times} times, and nobody can see it: {row}");
        assert!(times == 1 || !reports, "{name}: a reported one was sent again: {row}");
        again += u64::from(times > 1);
        most = most.max(times);
    }
    let deaths = deaths(daemon, name);
    let log2 = window.ilog2() as usize + 1;
    assert!(deaths <= culprits * (log2 + 4), "{name}: {deaths} deaths\n{}", daemon.log());
    let up = daemon.json(&["transport", "list"]).into_iter().find(|t| t["name"] == name).unwrap();
    assert_eq!(up["state"], "up", "{name}: {up}");
    let row = format!("| {window} | {culprits} | {reports} | {deaths} | {again} | {most} |");
    println!("{row}");
    row
}

#[test]
fn the_deadly_message_is_found_and_all_others_are_sent() {
    let dir = tempfile::tempdir().unwrap();
    let libraries = [build(dir.path(), false), build(dir.path(), true)];
    let _ = Artifacts::get();
    let mut rest = "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\n\n".to_owned();
    for case in CASES {
        rest.push_str(&transport(case.name, &libraries[usize::from(case.reports)], case.window, "resend"));
    }
    rest.push_str(&transport("held", &libraries[0], 64, "hold"));
    let daemon = Daemon::start(dir.path(), &daemon::settings(dir.path(), &rest));
    let rows: Vec<_> = CASES.iter().map(|case| run_case(&daemon, case)).collect();
    println!(
        "\n| window | culprits | reported before | deaths | written again | most |\n| --- | --- | --- | --- | --- | --- |\n{}",
        rows.join("\n")
    );

    // Without permission to repeat, what it held waits for a person, and nothing is searched.
    import(&daemon, "held", &[700]);
    let (_, status) = send(&daemon, "held");
    let unknown = status["unknown"].as_u64().unwrap();
    assert!((1..=64).contains(&unknown), "{status}");
    assert_eq!(
        (status["failed"].as_u64(), status["sent"].as_u64()),
        (Some(0), Some(PEOPLE as u64 - unknown)),
        "{status}"
    );
    assert_eq!(deaths(&daemon, "held"), 1);
    assert!(written(&daemon, "held").values().all(|times| *times == 1));
    assert!(daemon.terminate().success());
}
