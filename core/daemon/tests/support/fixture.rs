//! Temporary folders, commands and daemons for the tests.

use serde_json::Value;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A limit that no step of a test should reach.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// The folder of the built program, with the plugins beside it.
pub(crate) fn built() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_rundruf")).parent().unwrap().to_owned();
    let libraries = ["sandbox", "null", "email"].map(|n| folder.join(format!("librundruf_{n}.so")));
    if !libraries.iter().all(|l| l.exists()) {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args([
            "build",
            "--quiet",
            "--locked",
            "-p",
            "rundruf-sandbox",
            "-p",
            "rundruf-null",
            "-p",
            "rundruf-email",
        ]);
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success(), "the plugins do not build");
    }
    folder
}

/// The output of a command.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl CommandOutput {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the program speaks UTF-8");
        Self { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Expects success and an empty stderr.
    #[track_caller]
    pub(crate) fn done(self) -> Self {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{self:?}");
        self
    }

    /// The one JSON object on stdout.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    /// One JSON object per line of stdout.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.out.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
    }

    /// Expects a failure: its exit code, its text on stderr, and with `--json` its object on stdout. Returns the error's code.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, words: &[&str]) -> String {
        assert_eq!(self.code, code, "{self:?}");
        assert!(words.iter().all(|w| self.err.contains(w)), "{words:?} {self:?}");
        if self.out.is_empty() {
            return String::new();
        }
        let error = self.json()["error"].clone();
        for field in ["code", "message", "help"] {
            assert!(error[field].is_string(), "{error}");
        }
        assert!(!error["message"].as_str().unwrap().is_empty(), "{error}");
        error["code"].as_str().unwrap().to_owned()
    }
}

/// A command in this folder, in English, without the environment of the tester.
pub(crate) fn command(dir: &Path, args: &[&str]) -> Command {
    built();
    let mut command = Command::new(env!("CARGO_BIN_EXE_rundruf"));
    for name in ["RUNDRUF_CONFIG", "LANG", "LC_MESSAGES", "NOTIFY_SOCKET", "CREDENTIALS_DIRECTORY", "WATCHDOG_USEC"] {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").args(args).current_dir(dir).stdin(Stdio::null());
    command
}

/// Runs a command and waits for its end.
#[track_caller]
pub(crate) fn run(dir: &Path, args: &[&str]) -> CommandOutput {
    CommandOutput::of(command(dir, args).output().unwrap())
}

/// Runs `serve` until it ends (then with its exit code), or until it is ready: it is killed then, and the code is 0.
#[track_caller]
pub(crate) fn serve(mut command: Command) -> CommandOutput {
    let (log, deadline) = (tempfile::NamedTempFile::new().unwrap(), Instant::now() + Duration::from_secs(60));
    let said = || std::fs::read_to_string(log.path()).unwrap();
    let mut child = command.stdout(Stdio::null()).stderr(log.reopen().unwrap()).spawn().unwrap();
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code().unwrap_or(-1);
        }
        if said().contains(" ready ") {
            child.kill().unwrap();
            child.wait().unwrap();
            break 0;
        }
        assert!(Instant::now() < deadline, "neither ready nor ended: {}", said());
        std::thread::sleep(Duration::from_millis(10));
    };
    CommandOutput { code, out: String::new(), err: said() }
}

/// Settings with one list and the sandbox transport.
pub(crate) const SETTINGS: &str = r#"
default_region = "DE"
[sender]
name = "Bäckerei Krume GmbH"
imprint_url = "https://krume.example/impressum"
privacy_url = "https://krume.example/datenschutz"
[store]
url = "sqlite:rundruf.db"
[web]
listen = "127.0.0.1:0"
public_url = "https://news.krume.example"
[retry]
first = "100ms"
longest = "200ms"
[lists.angebote]
title = { de = "Angebote der Woche", en = "Weekly offers" }
purpose = { de = "Angebote der Bäckerei", en = "Offers of the bakery" }
transports = ["sandbox"]
[transports.sandbox]
plugin = "sandbox"
[transports.sandbox.config]
folder = "messages"
slow_ms = 20
"#;

/// People with proof, as evidence class A requires.
pub(crate) const PEOPLE: &str = "channel,address,first_name,last_name,language,requested_at,confirmed_at,source,consent_text\n\
    email,anna@kunde.example,Anna,Arndt,de,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.\"\n\
    email,refuse@kunde.example,Rolf,Roth,de,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.\"\n\
    sms,0170 1234567,Bert,Bach,en,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.\"\n\
    threema,CUTT2345,Carl,Cohn,de,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.\"\n";

/// A temporary folder with these settings.
pub(crate) fn folder(settings: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("rundruf.toml"), settings).unwrap();
    dir
}

/// A running daemon.
pub(crate) struct Daemon {
    child: Child,
    pub(crate) dir: tempfile::TempDir,
}

impl Daemon {
    /// Starts a daemon with the usual settings.
    pub(crate) fn start() -> Self {
        Self::start_in(folder(SETTINGS))
    }

    /// Starts a daemon in this folder and waits until it answers.
    pub(crate) fn start_in(dir: tempfile::TempDir) -> Self {
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let mut child = command(dir.path(), &["serve"]).stderr(log).stdout(Stdio::null()).spawn().unwrap();
        let told = || std::fs::read_to_string(dir.path().join("log")).unwrap();
        let until = Instant::now() + TIMEOUT;
        while UnixStream::connect(dir.path().join("rundruf.sock")).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "the daemon ended: {}", told());
            assert!(Instant::now() < until, "the daemon does not answer: {}", told());
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { child, dir }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Runs a command with the daemon's settings.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str]) -> CommandOutput {
        run(self.dir.path(), args)
    }

    /// Runs a command that must succeed and returns its JSON object.
    #[track_caller]
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        self.run(&[args, &["--json"]].concat()).done().json()
    }

    /// Runs a command that must succeed and returns its JSON lines.
    #[track_caller]
    pub(crate) fn lines(&self, args: &[&str]) -> Vec<Value> {
        self.run(&[args, &["--json"]].concat()).done().lines()
    }

    /// Imports the usual people.
    #[track_caller]
    pub(crate) fn people(&self) -> Value {
        std::fs::write(self.path("people.csv"), PEOPLE).unwrap();
        self.json(&["import", "people.csv", "--list", "angebote", "--evidence", "A"])
    }

    /// Files that the sandbox transport has written, with this ending.
    pub(crate) fn messages(&self, ending: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("messages")).unwrap().flatten().map(|e| e.path());
        let mut files: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == ending)).collect();
        files.sort();
        files.iter().map(|f| std::fs::read_to_string(f).unwrap()).collect()
    }

    /// Sends the daemon a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// The daemon's log.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap()
    }

    /// Stops the daemon and returns its exit code.
    pub(crate) fn stop(&mut self) -> i32 {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let until = Instant::now() + TIMEOUT;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        -1
    }

    /// Stops the daemon and keeps its folder.
    pub(crate) fn end(mut self) -> tempfile::TempDir {
        assert_eq!(self.stop(), 0, "{}", self.log());
        std::mem::replace(&mut self.dir, tempfile::tempdir().unwrap())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Polls until `look` returns a value; panics with `what` after the limit.
#[track_caller]
pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + TIMEOUT;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "{what}: never");
        std::thread::sleep(Duration::from_millis(10));
    }
}
