//! The real binary in an empty folder: starts it, sends commands and requests, kills it.

use crate::{Artifacts, measure};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// A daemon that a test owns. It is killed when it is dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    dir: PathBuf,
    /// When the process was started, for measurements.
    pub started: Instant,
}

/// A whole settings file: plugins, sender and store for this folder, then `rest`.
#[must_use]
pub fn settings(dir: &Path, rest: &str) -> String {
    let dir = dir.display();
    let plugins = Artifacts::get().plugins.display();
    format!(
        "plugin_dir = \"{plugins}\"\ndefault_region = \"DE\"\n\n[sender]\nname = \"Bäckerei Krume GmbH\"\n\
         imprint_url = \"https://krume.example/impressum\"\nprivacy_url = \"https://krume.example/datenschutz\"\n\n\
         [store]\nurl = \"sqlite:{dir}/rundruf.db\"\n\n{rest}"
    )
}

impl Daemon {
    /// Writes `rundruf.toml` into the folder and starts `rundruf serve` there. Returns when it serves.
    ///
    /// # Panics
    /// If it does not serve within 30 seconds; its log is part of the message.
    #[must_use]
    pub fn start(dir: &Path, toml: &str) -> Self {
        fs::write(dir.join("rundruf.toml"), toml).expect("the folder can be written");
        Self::restart(dir)
    }

    /// Starts `rundruf serve` with the settings that are there.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    #[must_use]
    pub fn restart(dir: &Path) -> Self {
        Self::restart_with(dir, &[])
    }

    /// As [`Daemon::restart`], with these variables in its environment.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    #[must_use]
    pub fn restart_with(dir: &Path, environment: &[(&str, &str)]) -> Self {
        Self::spawn_with(dir, environment).serves()
    }

    /// Waits until it serves.
    fn serves(self) -> Self {
        let mut daemon = self;
        let deadline = Instant::now() + Duration::from_secs(30);
        while daemon.api("GET", "/api/health", "").is_none() {
            if let Some(status) = daemon.child.try_wait().expect("own child") {
                panic!("the daemon ended with {status}:\n{}", daemon.log());
            }
            assert!(Instant::now() < deadline, "the daemon does not serve:\n{}", daemon.log());
            std::thread::sleep(Duration::from_millis(2));
        }
        daemon
    }

    /// Starts `rundruf serve` and does not wait.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn spawn(dir: &Path) -> Self {
        Self::spawn_with(dir, &[])
    }

    /// As [`Daemon::spawn`], with these variables in its environment.
    ///
    /// # Panics
    /// If it cannot be started.
    #[must_use]
    pub fn spawn_with(dir: &Path, environment: &[(&str, &str)]) -> Self {
        Self::run(dir, Command::new(&Artifacts::get().rundruf), environment)
    }

    /// As [`Daemon::restart`], on a kernel without Landlock: see `without_landlock.py`.
    ///
    /// # Panics
    /// As [`Daemon::start`].
    #[must_use]
    pub fn restart_without_landlock(dir: &Path) -> Self {
        let mut python = Command::new("python3");
        python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/without_landlock.py"));
        python.arg(&Artifacts::get().rundruf);
        Self::run(dir, python, &[]).serves()
    }

    /// Runs `rundruf`, however it is called.
    fn run(dir: &Path, mut program: Command, environment: &[(&str, &str)]) -> Self {
        let log = fs::OpenOptions::new().create(true).append(true).open(dir.join("log")).expect("log");
        let child = program
            .args(["serve", "--config"])
            .arg(dir.join("rundruf.toml"))
            .current_dir(dir)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("log"))
            .stderr(log)
            .spawn()
            .expect("rundruf starts");
        Self { child, dir: dir.to_owned(), started: Instant::now() }
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The daemon's folder: settings, log and database.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Runs the command line against this daemon.
    ///
    /// # Panics
    /// If the program cannot be started.
    #[must_use]
    pub fn cli(&self, args: &[&str]) -> Output {
        Command::new(&Artifacts::get().rundruf)
            .args(args)
            .env("RUNDRUF_CONFIG", self.dir.join("rundruf.toml"))
            .env("LC_ALL", "en_US.UTF-8")
            .current_dir(&self.dir)
            .stdin(Stdio::null())
            .output()
            .expect("rundruf runs")
    }

    /// Runs the command line with `--json` and returns the lines it printed.
    ///
    /// # Panics
    /// If it fails: with what it said.
    #[must_use]
    pub fn json(&self, args: &[&str]) -> Vec<Value> {
        let mut all = args.to_vec();
        all.push("--json");
        let output = self.cli(&all);
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "`rundruf {}` failed: {out}{err}\n{}", args.join(" "), self.log());
        out.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("not JSON ({e}): {l}"))).collect()
    }

    /// As [`Daemon::json`], whether the command succeeds or not: an import that takes no row fails.
    ///
    /// # Panics
    /// If what it printed is not JSON.
    #[must_use]
    pub fn json_either_way(&self, args: &[&str]) -> Vec<Value> {
        let output = self.cli(&[args, &["--json"]].concat());
        let out = String::from_utf8_lossy(&output.stdout);
        out.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("not JSON ({e}): {l}"))).collect()
    }

    /// Asks the local API directly: one JSON value, or `None` if the daemon does not answer (yet).
    #[must_use]
    pub fn api(&self, method: &str, path: &str, body: &str) -> Option<Value> {
        let mut stream = UnixStream::connect(self.dir.join("rundruf.sock")).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: local\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let (_, json) = text.split_once("\r\n\r\n")?;
        serde_json::from_str(json).ok()
    }

    /// Counters of a broadcast.
    ///
    /// # Panics
    /// If the daemon does not answer.
    #[must_use]
    pub fn status(&self, broadcast: i64) -> Value {
        self.api("GET", &format!("/api/broadcasts/{broadcast}"), "")
            .unwrap_or_else(|| panic!("the daemon does not answer:\n{}", self.log()))
    }

    /// Waits until a broadcast is done.
    ///
    /// # Panics
    /// If it is not within the deadline.
    pub fn wait_done(&self, broadcast: i64, deadline: Duration) -> Value {
        let until = Instant::now() + deadline;
        loop {
            let status = self.status(broadcast);
            if status["state"] == "done" {
                return status;
            }
            assert!(Instant::now() < until, "not done in time: {status}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Calls `look` every 5 ms until it returns something.
    ///
    /// # Panics
    /// If it is not within that time: with the log.
    #[track_caller]
    pub fn wait_for<T>(&self, what: &str, deadline: Duration, mut look: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + deadline;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < until, "{what}: not in time\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// SIGKILL for the daemon alone; its plugins live on.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGKILL for the daemon and all its children, as when a whole group is killed.
    pub fn kill_group(mut self) {
        // Children are found before their parent dies, and killed first: none of them sees an orderly end.
        let children = measure::children(self.child.id());
        let _ = signal(self.child.id(), rustix::process::Signal::STOP);
        for child in children {
            let _ = signal(child, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and how it ended.
    ///
    /// # Panics
    /// If it does not end within 60 seconds.
    pub fn terminate(mut self) -> ExitStatus {
        let _ = signal(self.child.id(), rustix::process::Signal::TERM);
        let until = Instant::now() + Duration::from_secs(60);
        loop {
            if let Some(status) = self.child.try_wait().expect("own child") {
                return status;
            }
            assert!(Instant::now() < until, "SIGTERM does not end the daemon:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Sends a signal to a process that this program started.
///
/// # Errors
/// If it has gone.
pub fn signal(pid: u32, signal: rustix::process::Signal) -> rustix::io::Result<()> {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw).ok_or(rustix::io::Errno::SRCH)?;
    rustix::process::kill_process(pid, signal)
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let children = measure::children(self.child.id());
            let _ = self.child.kill();
            let _ = self.child.wait();
            for child in children {
                let _ = signal(child, rustix::process::Signal::KILL);
            }
        }
    }
}
