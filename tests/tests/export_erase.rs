//! "What do you have on me?" and "forget me", on the real program: nothing of another person in the answer, no spelling left in the state folder,
//! proofs of before verify, and a later import is refused.

use rundruf_tests::{Daemon, daemon};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const MAIL: &str = "email:Erika.Muster@möhrle.example";
/// Parts of every spelling: local part, number and name occur nowhere else.
const TRACES: [&str; 4] = ["erika.muster", "ERIKA234", "Erikalein", "bin umgezogen"];

struct Setup {
    daemon: Daemon,
    /// The state folder.
    state: PathBuf,
    /// What was delivered: outside of Rundruf.
    outside: PathBuf,
    _dirs: (tempfile::TempDir, tempfile::TempDir),
}

fn start() -> Setup {
    let (dir, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::create_dir_all(out.path().join("in")).unwrap();
    let port = rundruf_tests::servers::free_port();
    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:{port}\"\n\n[lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote\"\n\
             transports = [\"kasten\"]\n\n[transports.kasten]\nplugin = \"sandbox\"\n[transports.kasten.config]\nfolder = \"{}\"\n",
            out.path().display()
        ),
    );
    let daemon = Daemon::start(dir.path(), &toml);
    Setup { daemon, state: dir.path().to_owned(), outside: out.path().to_owned(), _dirs: (dir, out) }
}

impl Setup {
    fn says(&self, from: &str, text: &str) {
        let temp = self.outside.join("in").join(".new");
        fs::write(&temp, text).unwrap();
        fs::rename(temp, self.outside.join("in").join(format!("{from}.txt"))).unwrap();
    }

    fn wait_for_state(&self, address: &str, want: &str) {
        self.daemon.wait_for(want, Duration::from_secs(20), || {
            // An erased address is not known until the person comes back.
            let shown = self.daemon.cli(&["consent", "show", address, "--json"]).stdout;
            String::from_utf8_lossy(&shown).contains(&format!("\"state\":\"{want}\"")).then_some(())
        });
    }

    fn confirm_by_chat(&self, address: &str) {
        let _ = self.daemon.json(&["consent", "request", address, "--list", "angebote"]);
        self.daemon.wait_for("request", Duration::from_secs(20), || self.delivered(&["JA antworten", &address[8..]]));
        self.says(address, "JA");
        self.wait_for_state(address, "confirmed");
    }

    /// The first message that was delivered with all of these in it.
    fn delivered(&self, needles: &[&str]) -> Option<String> {
        let texts = fs::read_dir(&self.outside).unwrap().flatten().filter_map(|e| fs::read_to_string(e.path()).ok());
        texts.into_iter().find(|text| needles.iter().all(|n| text.contains(n)))
    }
}

/// Files below a folder that contain a text, whatever its case, or its base64 in one of three positions.
fn files_with(folder: &Path, text: &str, found: &mut Vec<PathBuf>) {
    let needles: Vec<Vec<u8>> = std::iter::once(text.to_lowercase().into_bytes()).chain(in_base64(text)).collect();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            files_with(&path, text, found);
        } else if let Ok(bytes) = fs::read(&path) {
            let lower = bytes.to_ascii_lowercase();
            let has = |n: &Vec<u8>, first: bool| {
                let hay = if first { &lower } else { &bytes };
                hay.windows(n.len()).any(|w| w == n)
            };
            let name = entry.file_name().to_string_lossy().to_lowercase();
            if needles.iter().zip(0..).any(|(n, at)| has(n, at == 0)) || name.contains(&text.to_lowercase()) {
                found.push(path);
            }
        }
    }
}

/// The characters of a text's base64 that do not depend on its neighbours, for each of the three positions.
fn in_base64(text: &str) -> Vec<Vec<u8>> {
    const TABLE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..3)
        .map(|shift| {
            let mut bytes = vec![0; shift];
            bytes.extend(text.bytes());
            let whole = bytes.chunks_exact(3).flat_map(|c| {
                let n = u32::from(c[0]) << 16 | u32::from(c[1]) << 8 | u32::from(c[2]);
                [n >> 18, n >> 12 & 63, n >> 6 & 63, n & 63].map(|i| TABLE[i as usize])
            });
            whole.skip(if shift == 0 { 0 } else { 4 }).collect()
        })
        .collect()
}

#[test]
fn the_answer_is_whole_and_about_one_person_and_then_nothing_is_left() {
    let s = start();
    let add = |args: &[&str]| s.daemon.json(&[&["contact", "add"], args].concat());
    let erika = add(&[MAIL, "threema:ERIKA234", "--first-name", "Erikalein", "--language", "de"]);
    add(&["threema:ANDER234", "--first-name", "Andrea"]);
    for address in ["threema:ERIKA234", "threema:ANDER234"] {
        s.confirm_by_chat(address);
    }
    let sent = s.daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Hallo {{ first_name }}, Brot!"]);
    let broadcast = sent[0]["id"].as_i64().unwrap();
    let before = s.daemon.wait_done(broadcast, Duration::from_secs(30));
    assert_eq!(before["sent"], 2, "{before}");
    s.says("threema:ERIKA234", "Ich bin umgezogen, meine Adresse ist erika.muster@möhrle.example");
    s.says(
        "threema:ANDER234",
        "Schreiben Sie bitte auch ERIKA.muster@xn--mhrle-jua.example und frederika.muster@möhrle.example",
    );
    s.daemon.wait_for("two messages wait", Duration::from_secs(20), || {
        (s.daemon.json(&["inbox", "list"]).iter().filter(|v| v["kind"] == "message").count() == 2).then_some(())
    });

    // What do you have on me?
    let folder = s.state.parent().unwrap().join(format!("{}-export", s.state.file_name().unwrap().to_string_lossy()));
    let _ = s.daemon.json(&["contact", "export", "threema:erika234", "-o", &folder.display().to_string()]);
    let text = fs::read_to_string(folder.join("export.json")).unwrap();
    let data: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(data["subject"]["addresses"].as_array().unwrap().len(), 2, "{text}");
    assert_eq!(data["consents"][0]["state"], "confirmed", "{text}");
    let events: Vec<&str> =
        data["consents"][0]["events"].as_array().unwrap().iter().map(|e| e["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["sign_up", "confirm"], "{text}");
    assert!(data["consents"][0]["texts"].as_object().unwrap().len() == 1, "{text}");
    assert_eq!(data["messages_sent"].as_array().unwrap().len(), 1, "{text}");
    assert!(data["service_messages"].as_array().unwrap().len() >= 2, "request and receipt: {text}");
    assert_eq!(data["messages_received"].as_array().unwrap().len(), 2, "JA and the move: {text}");
    assert_eq!(data["recipients"][0]["transport"], "kasten", "{text}");
    for other in ["ANDER234", "Andrea", "frederika"] {
        assert!(!text.contains(other), "{other} is another person: {text}");
    }
    let page = fs::read_to_string(folder.join("readme.html")).unwrap();
    assert!(
        page.contains("<html lang=\"en\">") && page.contains("ERIKA234") && page.contains("bin umgezogen"),
        "{page}"
    );
    in_chromium(&folder.join("readme.html"));
    fs::remove_dir_all(&folder).unwrap();
    let proof = s.outside.join("proof.zip").display().to_string();
    let _ = s.daemon.json(&["consent", "proof", "threema:ERIKA234", "--list", "angebote", "-o", &proof]);

    // Forget me.
    let unasked = s.daemon.cli(&["contact", "erase", "threema:ERIKA234"]);
    assert!(!unasked.status.success(), "without a terminal it needs --yes");
    let erased = s.daemon.json(&["contact", "erase", "email:ERIKA.MUSTER@xn--mhrle-jua.example", "--yes"]);
    assert_eq!((&erased[0]["complete"], &erased[0]["in_flight"]), (&true.into(), &0.into()), "{erased:?}");
    assert_eq!(erased[0]["addresses"].as_array().unwrap().len(), 2, "{erased:?}");
    for trace in TRACES {
        let mut found = Vec::new();
        files_with(&s.state, trace, &mut found);
        // Somebody with a longer address is another person.
        if trace == "erika.muster" {
            found.retain(|p| !only_frederika(p));
        }
        assert!(found.is_empty(), "`{trace}` is in {found:?}\n{}", s.daemon.log());
    }
    assert!(!s.daemon.cli(&["contact", "show", "threema:ERIKA234"]).status.success());
    let id = erika[0]["contact"].as_i64().unwrap().to_string();
    assert!(!s.daemon.cli(&["contact", "show", &id]).status.success());

    // What is counted stays counted, the log is whole, the proof of before is true.
    let after = s.daemon.status(broadcast);
    assert_eq!((&after["sent"], &after["total"]), (&2.into(), &2.into()), "{after}");
    let deliveries = s.daemon.json(&["broadcast", "deliveries", &broadcast.to_string()]);
    assert_eq!(deliveries.len(), 2, "{deliveries:?}");
    let doctor = s.daemon.json(&["doctor"]);
    assert_eq!(doctor[0]["ok"], true, "{doctor:?}");
    assert_eq!(s.daemon.json(&["log", "verify"])[0]["ok"], true);
    let verified = s.daemon.cli(&["log", "verify", &proof, "--json"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));

    // Nobody brings the address back but the person.
    let csv = s.outside.join("again.csv");
    fs::write(&csv, "channel,address\nthreema,ERIKA234\nemail,Erika.Muster@möhrle.example\n").unwrap();
    let report = s.outside.join("report.jsonl").display().to_string();
    let again = s.daemon.json_either_way(&[
        "import",
        &csv.display().to_string(),
        "--list",
        "angebote",
        "--evidence",
        "C",
        "--report",
        &report,
    ]);
    assert_eq!((&again[0]["refused"], &again[0]["contacts"]), (&2.into(), &0.into()), "{again:?}");
    s.says("threema:ERIKA234", "START");
    s.wait_for_state("threema:ERIKA234", "requested");
    assert!(s.daemon.terminate().success());
}

/// Whether every place in a file is inside of the longer address.
fn only_frederika(path: &Path) -> bool {
    let bytes = fs::read(path).unwrap().to_ascii_lowercase();
    let needle = b"erika.muster";
    bytes
        .windows(needle.len())
        .enumerate()
        .filter(|(_, w)| *w == needle)
        .all(|(at, _)| at >= 4 && &bytes[at - 4..at] == b"fred")
}

/// The page renders without a request to anywhere: Chromium may use no network, and prints what it made of the page.
fn in_chromium(page: &Path) {
    let profile = tempfile::tempdir().unwrap();
    let out = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--proxy-server=127.0.0.1:9",
            "--virtual-time-budget=2000",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("chromium is missing: tests/peers --install");
    let (dom, log) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(dom.contains("<h1>What is stored about you</h1>") && dom.contains("lang=\"en\""), "{dom}{log}");
    assert!(!log.contains("CONSOLE"), "the page's own policy refused something: {log}");
    let elsewhere = ["src=", "<link", "<script", "@import", "url("];
    assert!(elsewhere.iter().all(|e| !dom.contains(e)), "{dom}");
}

/// Deliveries of a person who is erased in the middle of a broadcast are skipped with the reason, and everything adds up.
#[test]
fn an_erasure_in_the_middle_of_a_broadcast_leaves_nothing_uncounted() {
    let s = start();
    rundruf_tests::sample_people::csv(&s.outside.join("people.csv"), 0..3_000).unwrap();
    let csv = s.outside.join("people.csv").display().to_string();
    let report = s.outside.join("report.jsonl").display().to_string();
    let _ = s.daemon.json(&["import", &csv, "--list", "angebote", "--evidence", "A", "--report", &report]);
    let _ = s.daemon.json(&["transport", "pause", "kasten"]);
    let sent = s.daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Hallo"]);
    let id = sent[0]["id"].as_i64().unwrap();
    s.daemon
        .wait_for("all are queued", Duration::from_secs(30), || (s.daemon.status(id)["total"] == 3_000).then_some(()));
    for n in [3_u64, 2_999, 1_500] {
        let erased =
            s.daemon.json(&["contact", "erase", &format!("email:{}", rundruf_tests::sample_people::email(n)), "--yes"]);
        assert_eq!(erased[0]["complete"], true, "{erased:?}");
    }
    let _ = s.daemon.json(&["transport", "resume", "kasten"]);
    let status = s.daemon.wait_done(id, Duration::from_secs(60));
    assert_eq!(
        (&status["sent"], &status["skipped"], &status["total"]),
        (&2_997.into(), &3.into(), &3_000.into()),
        "{status}"
    );
    assert_eq!(status["skipped_by"]["erased"], 3, "{status}");
    assert_eq!(s.daemon.json(&["broadcast", "deliveries", &id.to_string()]).len(), 3_000);
    let doctor = s.daemon.json(&["doctor"]);
    assert_eq!(doctor[0]["ok"], true, "{doctor:?}");
}
