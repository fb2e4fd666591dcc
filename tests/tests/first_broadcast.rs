//! The whole product by the command line alone: three lists, two transports, people with proof, one broadcast, one yes by
//! chat, one yes by mail, one stop, one proof.

use rundruf_tests::{Daemon, daemon};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

struct Setup {
    daemon: Daemon,
    folder: PathBuf,
    port: u16,
    _dir: tempfile::TempDir,
}

fn start() -> Setup {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("messages");
    fs::create_dir_all(folder.join("in")).unwrap();
    let second = dir.path().join("second");
    fs::create_dir_all(&second).unwrap();
    let port = rundruf_tests::servers::free_port();
    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\n\
             [lists.angebote]\ntitle = {{ de = \"Angebote der Woche\", en = \"Weekly offers\" }}\npurpose = \"Angebote der Bäckerei\"\n\
             transports = [\"kasten\"]\n\n\
             [lists.rezepte]\ntitle = \"Rezepte\"\npurpose = \"Rezepte zum Nachbacken\"\ntransports = [\"zweiter\", \"kasten\"]\n\n\
             [lists.stellen]\ntitle = \"Stellen\"\npurpose = \"Offene Stellen\"\ntransports = [\"kasten\"]\n\n\
             [transports.kasten]\nplugin = \"sandbox\"\n[transports.kasten.config]\nfolder = \"{}\"\n\n\
             [transports.zweiter]\nplugin = \"sandbox\"\n[transports.zweiter.config]\nfolder = \"{}\"\n",
            folder.display(),
            second.display()
        ),
    );
    Setup { daemon: Daemon::start(dir.path(), &toml), folder, port, _dir: dir }
}

/// Waits for the first message file that contains all of these.
fn wait_for_message(folder: &Path, needles: &[&str]) -> String {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let is_message = entry.path().extension().is_some_and(|e| e == "txt" || e == "eml");
            let text = if is_message { fs::read_to_string(entry.path()).unwrap_or_default() } else { String::new() };
            if !text.is_empty() && needles.iter().all(|n| text.contains(n)) {
                return text;
            }
        }
        assert!(Instant::now() < until, "no message with {needles:?} in {}", folder.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn drop_inbound(folder: &Path, from: &str, text: &str) {
    let temp = folder.join("in").join(".new");
    fs::write(&temp, text).unwrap();
    fs::rename(temp, folder.join("in").join(format!("{from}.txt"))).unwrap();
}

fn state(daemon: &Daemon, address: &str, list: &str) -> String {
    daemon
        .json(&["consent", "show", address])
        .iter()
        .find(|c| c["list"] == list)
        .map_or("none".to_owned(), |c| c["state"].as_str().unwrap_or("").to_owned())
}

fn wait_for_state(daemon: &Daemon, address: &str, list: &str, want: &str) {
    let until = Instant::now() + Duration::from_secs(20);
    while state(daemon, address, list) != want {
        assert!(
            Instant::now() < until,
            "{address} is {} and not {want}\n{}",
            state(daemon, address, list),
            daemon.log()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn http(port: u16, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let kind = "application/x-www-form-urlencoded";
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let status = text.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0);
    (status, text)
}

/// The path of the first link to this kind of page, soft line breaks of quoted-printable undone.
fn link(message: &str, kind: &str) -> String {
    let joined = message.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=");
    let start = joined.find(&format!("/{kind}/")).unwrap_or_else(|| panic!("no /{kind}/ link in {message}"));
    let end = |c: char| !(c.is_ascii_alphanumeric() || "/-_.".contains(c));
    joined[start..].split(end).next().unwrap().trim_end_matches('.').to_owned()
}

fn add(daemon: &Daemon, address: &str, name: &str) {
    let added = daemon.json(&["contact", "add", "--address", address, "--first-name", name, "--language", "de"]);
    assert!(added[0]["contact"].as_i64().is_some(), "{added:?}");
}

fn broadcast(daemon: &Daemon, list: &str, text: &str) -> Value {
    let sent = daemon.json(&["broadcast", "send", "--list", list, "--text", text, "--subject", "Neues", "--again"]);
    daemon.wait_done(sent[0]["id"].as_i64().unwrap(), Duration::from_secs(30))
}

#[test]
fn yes_by_chat_then_a_broadcast_then_stop() {
    let s = start();
    add(&s.daemon, "threema:ANNA2345", "Anna");
    let nobody = broadcast(&s.daemon, "angebote", "Noch fragt niemand.");
    assert_eq!(nobody["sent"], 0, "nobody has asked for it: {nobody}");
    let asked = s.daemon.json(&["consent", "request", "threema:ANNA2345", "--list", "angebote"]);
    assert_eq!(asked[0]["state"], "requested");
    let request = wait_for_message(&s.folder, &["ANNA2345", "JA"]);
    assert!(
        request.contains("Bäckerei Krume GmbH") && request.contains("https://krume.example/datenschutz"),
        "{request}"
    );
    let unconfirmed = broadcast(&s.daemon, "angebote", "Noch hat niemand ja gesagt.");
    assert_eq!(unconfirmed["sent"], 0, "asked is not confirmed: {unconfirmed}");
    assert_eq!(unconfirmed["skipped"], 1);
    drop_inbound(&s.folder, "threema:ANNA2345", "Ja");
    wait_for_state(&s.daemon, "threema:ANNA2345", "angebote", "confirmed");
    let status = broadcast(&s.daemon, "angebote", "Hallo {{ first_name }}, heute **Mohnbrötchen**.");
    assert_eq!((&status["sent"], &status["total"]), (&1.into(), &1.into()), "{status}");
    let message = wait_for_message(&s.folder, &["Hallo Anna", "Mohnbrötchen"]);
    assert!(message.contains("STOP") && message.contains("https://krume.example/impressum"), "{message}");
    drop_inbound(&s.folder, "threema:ANNA2345", "Stopp!");
    wait_for_state(&s.daemon, "threema:ANNA2345", "angebote", "withdrawn");
    wait_for_message(&s.folder, &["ANNA2345", "abgemeldet"]);
    let after = broadcast(&s.daemon, "angebote", "Das darf Anna nicht lesen.");
    assert_eq!(after["sent"], 0, "{after}");
    assert_eq!(after["skipped_by"]["withdrawn"], 1, "{after}");
}

#[test]
fn yes_by_mail_needs_the_button_and_leaving_too() {
    let s = start();
    add(&s.daemon, "email:berta@kunde.example", "Berta");
    let _ = s.daemon.json(&["consent", "request", "email:berta@kunde.example", "--list", "rezepte"]);
    let folder = s.folder.parent().unwrap().join("second");
    let mail = wait_for_message(&folder, &["berta@kunde.example", "/c/"]);
    let path = link(&mail, "c");
    let (status, page) = http(s.port, "GET", &path, "");
    assert_eq!(status, 200);
    assert!(page.contains("<button>") && page.contains("Rezepte"), "{page}");
    assert!(!page.to_lowercase().contains("set-cookie") && !page.contains("<script"), "{page}");
    assert_eq!(state(&s.daemon, "email:berta@kunde.example", "rezepte"), "requested", "GET must change nothing");
    assert_eq!(http(s.port, "POST", &path, "").0, 200);
    assert_eq!(state(&s.daemon, "email:berta@kunde.example", "rezepte"), "confirmed");
    assert_eq!(http(s.port, "POST", &path, "").0, 200, "a second press is not an error");
    let status = broadcast(&s.daemon, "rezepte", "Hallo {{ first_name }}: Streuselkuchen.");
    assert_eq!(status["sent"], 1, "{status}");
    let message = wait_for_message(&folder, &["Streuselkuchen"]);
    let leave = link(&message, "u");
    assert_eq!(http(s.port, "GET", &leave, "").0, 200);
    assert_eq!(state(&s.daemon, "email:berta@kunde.example", "rezepte"), "confirmed", "GET must change nothing");
    let (status, answer) = http(s.port, "POST", &leave, "List-Unsubscribe=One-Click");
    assert_eq!(status, 200, "{answer}");
    assert_eq!(state(&s.daemon, "email:berta@kunde.example", "rezepte"), "withdrawn");
    let forged = format!("{}x", &path[..path.len() - 1]);
    assert_eq!(http(s.port, "POST", &forged, "").0, 404, "a forged token is unknown");
}

#[test]
fn the_proof_is_accepted_by_the_script_and_falsified_by_a_change() {
    let s = start();
    add(&s.daemon, "threema:CARL2345", "Carl");
    let _ = s.daemon.json(&["consent", "request", "threema:CARL2345", "--list", "stellen"]);
    wait_for_message(&s.folder, &["CARL2345", "JA"]);
    drop_inbound(&s.folder, "threema:CARL2345", "JA");
    wait_for_state(&s.daemon, "threema:CARL2345", "stellen", "confirmed");
    let zip = s.daemon.dir().join("proof.zip");
    let zip_text = zip.display().to_string();
    let proof = s.daemon.json(&["consent", "proof", "threema:CARL2345", "--list", "stellen", "-o", &zip_text]);
    assert_eq!(proof[0]["state"], "confirmed", "{proof:?}");
    assert_eq!(proof[0]["events"], 2, "asked and confirmed: {proof:?}");
    let verified = s.daemon.json(&["log", "verify", &zip_text]);
    assert_eq!((&verified[0]["ok"], &verified[0]["verdict"]), (&true.into(), &"valid".into()), "{verified:?}");
    let out = s.daemon.dir().join("proof");
    let unpack = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    let python = |args: &[&str]| Command::new("python3").args(args).current_dir(s.daemon.dir()).output().unwrap();
    assert!(python(&["-c", unpack, &zip_text, &out.display().to_string()]).status.success());
    let script = out.join("verify.py").display().to_string();
    let key = s.daemon.dir().join("consent-log.vkey").display().to_string();
    let good = python(&[&script, "--key", &key]);
    assert!(
        good.status.success(),
        "{}{}",
        String::from_utf8_lossy(&good.stdout),
        String::from_utf8_lossy(&good.stderr)
    );
    let record = out.join("record.json");
    let text = fs::read_to_string(&record).unwrap();
    assert!(text.contains("CARL2345"), "{text}");
    fs::write(&record, text.replace("CARL2345", "DORA2345")).unwrap();
    assert!(!python(&[&script, "--key", &key]).status.success(), "an altered record must not be accepted");
}

#[test]
fn sigterm_drains_and_nothing_is_open() {
    let s = start();
    rundruf_tests::sample_people::csv(&s.daemon.dir().join("people.csv"), 0..3_000).unwrap();
    let done = s.daemon.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
    assert_eq!(done.last().unwrap()["confirmed"], 3_000, "{done:?}");
    let sent = s.daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Hallo {{ first_name }}."]);
    let id = sent[0]["id"].as_i64().unwrap();
    let Setup { daemon, folder, _dir: dir, .. } = s;
    assert!(daemon.terminate().success(), "SIGTERM ends with 0");
    let daemon = Daemon::restart(dir.path());
    let status = daemon.wait_done(id, Duration::from_secs(30));
    assert_eq!((&status["sent"], &status["unknown"]), (&3_000.into(), &0.into()), "{status}");
    let files =
        fs::read_dir(&folder).unwrap().flatten().filter(|e| e.path().extension().is_some_and(|x| x == "eml")).count();
    assert_eq!(files, 3_000, "each once");
}
