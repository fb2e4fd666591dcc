//! Real servers on free loopback ports. A missing program fails loudly and says how to install it.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A free port of this machine.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

/// Waits until somebody listens.
///
/// # Panics
/// After 20 seconds.
pub fn wait_for(port: u16) {
    let until = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "nobody listens on port {port}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Path of a program of the peers.
///
/// # Panics
/// If it is not installed.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/usr/lib/dovecot"])
        .map(|folder| Path::new(folder).join(name))
        .find(|p| p.exists())
        .unwrap_or_else(|| panic!("`{name}` is missing: run tests/peers --install"))
}

/// `smtp-sink`, which takes everything.
#[derive(Debug)]
pub struct Sink {
    child: Child,
    /// Where it listens.
    pub port: u16,
}

impl Sink {
    /// Starts one. `args` come before the address: `-D FILE` to keep everything in one file, `-q .` to cut connections, …
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(args: &[&str]) -> Self {
        let port = free_port();
        let mut command = Command::new(program("smtp-sink"));
        command.args(["-u", "root"]).args(args).arg(format!("127.0.0.1:{port}")).arg("512");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("smtp-sink starts");
        wait_for(port);
        Self { child, port }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `smtp-source` into a port: messages a second over `count` messages of `size` bytes in `sessions` sessions.
///
/// # Panics
/// If it fails.
#[must_use]
pub fn smtp_source(port: u16, count: u64, size: usize, sessions: u32) -> f64 {
    let begin = Instant::now();
    let status = Command::new(program("smtp-source"))
        .args(["-d", "-s", &sessions.to_string(), "-m", &count.to_string(), "-l", &size.to_string()])
        .args(["-f", "from@example.org", "-t", "to@example.org"])
        .arg(format!("127.0.0.1:{port}"))
        .status()
        .expect("smtp-source runs");
    assert!(status.success(), "smtp-source failed");
    count as f64 / begin.elapsed().as_secs_f64()
}
