//! What plugins are asked beside messages, on the real program: they forget who was erased, also one that was down; they say how their account is and
//! whether they hear; they walk the admin through a set-up.

use rundruf_tests::{Artifacts, Daemon, daemon};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(30);

struct Fixture {
    daemon: Daemon,
    dir: tempfile::TempDir,
}

/// Two sandboxes: `kasten` and, by a copy of the library, `zweiter`.
fn settings(dir: &Path) -> String {
    let folder = |name: &str| dir.join(name).display().to_string();
    daemon::settings(
        dir,
        &format!(
            "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\n\n[admin]\nlanguage = \"en\"\nhealth_every = \"1s\"\nnotify = [{{transport = \"zweiter\", address = \"chef@krume.example\"}}]\n\n\
             [lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote\"\ntransports = [\"kasten\", \"zweiter\"]\n\n\
             [transports.kasten]\nplugin = \"sandbox\"\n[transports.kasten.config]\nfolder = \"{}\"\n\n\
             [transports.zweiter]\nplugin = \"{}\"\n[transports.zweiter.config]\nfolder = \"{}\"\n",
            folder("m1"),
            library(dir).display(),
            folder("m2"),
        ),
    )
}

fn library(dir: &Path) -> PathBuf {
    dir.join("plugin.so")
}

fn copy_library(dir: &Path) {
    let copy = library(dir);
    fs::copy(Artifacts::get().plugins.join("librundruf_sandbox.so"), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
}

impl Fixture {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        copy_library(dir.path());
        let daemon = Daemon::start(dir.path(), &settings(dir.path()));
        Self { daemon, dir }
    }

    fn transport(&self, name: &str) -> Value {
        let all = self.daemon.json(&["transport", "list"]);
        all.into_iter().find(|t| t["name"] == name).unwrap()
    }

    /// A message of the transport that holds this.
    fn delivered(&self, folder: &str, needle: &str) -> Option<String> {
        let files = fs::read_dir(self.dir.path().join(folder)).ok()?;
        files.flatten().filter_map(|e| fs::read_to_string(e.path()).ok()).find(|text| text.contains(needle))
    }

    fn confirm_by_chat(&self, address: &str) {
        let _ = self.daemon.json(&["consent", "request", address, "--list", "angebote"]);
        let id = address.split_once(':').unwrap().1.to_owned();
        self.daemon.wait_for("the request", SOON, || self.delivered("m1", &id));
        let incoming = self.dir.path().join("m1/in");
        fs::write(incoming.join(".new"), "JA").unwrap();
        fs::rename(incoming.join(".new"), incoming.join(format!("{address}.txt"))).unwrap();
        self.daemon.wait_for("the yes", SOON, || {
            let shown = self.daemon.json_either_way(&["consent", "show", address]);
            shown.iter().any(|v| v.to_string().contains("\"confirmed\"")).then_some(())
        });
    }
}

/// Files below a folder in which, or in whose name, a text is.
fn files_with(folder: &Path, text: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if entry.file_type().unwrap().is_dir() {
            files_with(&path, text, found);
        } else if let Ok(bytes) = fs::read(&path)
            && (String::from_utf8_lossy(&bytes).to_lowercase().contains(text)
                || entry.file_name().to_string_lossy().to_lowercase().contains(text))
        {
            found.push(path);
        }
    }
}

fn assert_nothing_names(dir: &Path, text: &str, log: &str) {
    let mut found = Vec::new();
    files_with(dir, text, &mut found);
    assert!(found.is_empty(), "`{text}` is in {found:?}\n{log}");
}

#[test]
fn plugins_forget_who_was_erased_also_one_that_was_down() {
    let f = Fixture::start();
    let dir = f.dir.path().to_owned();
    for person in ["threema:ERIKA234", "threema:ANDER234"] {
        let _ = f.daemon.json(&["contact", "add", person]);
        f.confirm_by_chat(person);
    }
    let sent = f.daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Brot"]);
    f.daemon.wait_done(sent[0]["id"].as_i64().unwrap(), SOON);
    // What the second one holds about the person was sent by it before.
    fs::write(dir.join("m2/1.txt"), "To: ERIKA234\nChannel: threema\n\nBrot\n").unwrap();

    // The second plugin's library is away: it is down.
    fs::remove_file(library(&dir)).unwrap();
    assert!(f.daemon.terminate().success());
    let f = Fixture { daemon: Daemon::restart(&dir), dir: f.dir };
    f.daemon.wait_for("the second one is down", SOON, || (f.transport("zweiter")["state"] == "down").then_some(()));
    let erased = f.daemon.json(&["contact", "erase", "threema:ERIKA234", "--yes"]);
    assert_eq!(erased[0]["plugins"], json!({"told": ["kasten"], "pending": ["zweiter"], "cannot": []}), "{erased:?}");
    let m1 = dir.join("m1");
    assert_nothing_names(&m1, "erika234", &f.daemon.log());
    let mut kept = Vec::new();
    files_with(&dir, "erika234", &mut kept);
    assert_eq!(kept, [dir.join("m2/1.txt")], "the one that was down, and nothing else\n{}", f.daemon.log());
    // Whom nobody erased is not forgotten.
    assert!(f.delivered("m1", "ANDER234").is_some());
    let said = f.daemon.cli(&["--lang", "en", "contact", "erase", "threema:ANDER234", "--yes"]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("forgotten by the plugins of: kasten") && said.contains("they can be: zweiter"), "{said}");

    // It is told after a crash of the daemon as well, as soon as it runs.
    f.daemon.kill_group();
    let f = Fixture { daemon: Daemon::restart(&dir), dir: f.dir };
    assert!(dir.join("m2/1.txt").exists());
    copy_library(&dir);
    f.daemon
        .wait_for("the second one forgets", Duration::from_secs(90), || (!dir.join("m2/1.txt").exists()).then_some(()));
    assert_nothing_names(&dir, "erika234", &f.daemon.log());
    assert!(f.daemon.terminate().success());
}

#[test]
fn what_a_plugin_says_of_its_account_is_shown_told_and_heeded() {
    let f = Fixture::start();
    let dir = f.dir.path().to_owned();
    let _ = f.daemon.json(&["contact", "add", "threema:ERIKA234"]);
    f.confirm_by_chat("threema:ERIKA234");
    let health = |name: &str| f.transport(name)["health"].clone();
    f.daemon.wait_for("it hears", SOON, || (health("kasten")["hearing"] == "hears").then_some(()));
    assert_eq!(health("kasten")["account_state"], "ready");

    // Deaf, with few credits: shown, told, and no broadcast leaves that promises a stop by reply.
    let ill = json!({"deaf": "no callback since Monday", "credits": 12.5, "alarm": 20, "currency": "EUR"});
    fs::write(dir.join("m1/health.json"), ill.to_string()).unwrap();
    f.daemon.wait_for("it is deaf", SOON, || (f.transport("kasten")["held_deaf"] == true).then_some(()));
    let shown = health("kasten");
    assert_eq!((&shown["credits"], &shown["credits_low"]), (&json!("12.50 EUR"), &json!(true)), "{shown}");
    let said = f.daemon.cli(&["--lang", "en", "transport", "list"]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    for words in ["12.50 EUR left, alarm below 20.00 EUR", "deaf: no callback since Monday", "broadcasts wait"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let doctor = f.daemon.cli(&["--lang", "en", "doctor"]);
    let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned() + &String::from_utf8_lossy(&doctor.stderr);
    assert!(doctor.contains("no callback since Monday") && doctor.contains("12.50 EUR"), "{doctor}");
    for subject in ["transport kasten hears nothing", "few credits are left for transport kasten"] {
        f.daemon.wait_for(subject, SOON, || f.delivered("m2", subject));
    }
    let sent = f.daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Brot und Butter"]);
    let id = sent[0]["id"].as_i64().unwrap();
    f.daemon.wait_for("it is queued", SOON, || (f.daemon.status(id)["total"] == 1).then_some(()));
    // A message outside of broadcasts leaves: it shows that the transport works.
    let tested = f.daemon.json(&["transport", "test", "kasten", "--to", "threema:ECHOECHO"]);
    assert_eq!(tested[0]["ok"], true, "{tested:?}");
    assert!(f.delivered("m1", "Brot und Butter").is_none(), "a broadcast left although nobody hears a STOP");

    // It hears again: everything goes on by itself, and the admin is told so.
    fs::remove_file(dir.join("m1/health.json")).unwrap();
    assert_eq!(f.daemon.wait_done(id, SOON)["sent"], 1);
    f.daemon.wait_for("the end is told", SOON, || f.delivered("m2", "transport kasten hears again"));

    // The account is refused.
    fs::write(dir.join("m1/health.json"), json!({"not_ready": "the account is locked"}).to_string()).unwrap();
    f.daemon.wait_for("the alert", SOON, || f.delivered("m2", "the account is locked"));
    let doctor = f.daemon.json_either_way(&["doctor"]);
    assert_eq!(doctor[0]["ok"], false, "{doctor:?}");
    assert!(f.daemon.terminate().success());
}

/// Runs a command with these lines as its standard input.
fn with_input(dir: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(&Artifacts::get().rundruf)
        .args(args)
        .env("RUNDRUF_CONFIG", dir.join("rundruf.toml"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_set_up_in_the_terminal_makes_what_the_transport_needs() {
    let dir = tempfile::tempdir().unwrap();
    let secret = dir.path().join("webhook.secret");
    let toml = daemon::settings(
        dir.path(),
        "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\n\n[lists.angebote]\ntitle = \"Angebote\"\npurpose = \"Angebote\"\ntransports = [\"kasten\"]\n\n\
         [transports.kasten]\nplugin = \"sandbox\"\n[transports.kasten.config]\nfolder = \"m\"\nwebhook_secret_file = \"webhook.secret\"\n",
    );
    fs::write(dir.path().join("rundruf.toml"), &toml).unwrap();
    let check = with_input(dir.path(), &["config", "check"], "");
    assert!(!check.status.success(), "without the file the daemon would not start");
    // Nobody answers: nothing is made.
    let unanswered = with_input(dir.path(), &["--lang", "en", "transport", "setup", "kasten"], "");
    let said = String::from_utf8_lossy(&unanswered.stderr).into_owned();
    assert!(!unanswered.status.success() && said.contains("nobody answers"), "{said}");
    assert!(!secret.exists());
    let done = with_input(dir.path(), &["--lang", "de", "transport", "setup", "kasten"], "Backstube\n");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{out}{err}");
    for words in
        ["Das ist eine Probe", "▀", "https://rundruf.invalid/sandbox?text=START", "„Backstube“ ist eingerichtet"]
    {
        assert!(out.contains(words), "{words}: {out}{err}");
    }
    assert!(err.contains("Wie soll das Konto heißen?"), "{err}");
    let meta = fs::metadata(&secret).unwrap();
    assert_eq!((meta.permissions().mode() & 0o777, meta.len()), (0o600, 65));
    let made = fs::read_to_string(&secret).unwrap();
    assert!(!out.contains(made.trim()) && !err.contains(made.trim()), "the secret is shown");
    // A key is never replaced.
    let again = with_input(dir.path(), &["transport", "setup", "kasten", "--json"], "Anders\n");
    let out = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(!again.status.success() && out.contains("\"exists\""), "{out}");
    assert_eq!(fs::read_to_string(&secret).unwrap(), made);
    // With it the daemon starts.
    let daemon = Daemon::restart(dir.path());
    assert_eq!(daemon.json(&["transport", "list"])[0]["state"], "up");
    assert!(daemon.terminate().success());
}
