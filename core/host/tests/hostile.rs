//! A plugin that tries what no plugin may: what each attempt gets inside the fence, and that it works where there is none.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is wrong"
)]

#[path = "harness/built.rs"]
mod built;

use built::{compile, host_program};
use rundruf_abi::OutcomeCode;
use rundruf_consent::{Class, DeliveryId, EventId, Flags, Standing, State, Time, authorize};
use rundruf_host::{Content, HostEvent, Instance, Isolation, Letter, Priority, Spec, Stopped, Template, sandbox};
use rustix::io::Errno;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Works inside the fence as well.
const FREE: i32 = 0;
const PERM: i32 = Errno::PERM.raw_os_error();
const ACCES: i32 = Errno::ACCESS.raw_os_error();
const NOENT: i32 = Errno::NOENT.raw_os_error();
const XDEV: i32 = Errno::XDEV.raw_os_error();
const FBIG: i32 = Errno::FBIG.raw_os_error();
const NOMEM: i32 = Errno::NOMEM.raw_os_error();
const NOSYS: i32 = Errno::NOSYS.raw_os_error();

/// Whether an attempt really works where nobody stops it: so the fence is what stops it. The others need more than this process has, or
/// would do harm.
#[derive(Clone, Copy, PartialEq)]
enum Alone {
    Works,
    Untold,
}
use Alone::{Untold, Works};

const ATTEMPTS: &[(&str, &str, i32, Alone)] = &[
    ("own-state", "write into its own state folder", FREE, Works),
    ("declared-file", "read a file that its settings name", FREE, Works),
    ("declared-port", "connect to the port that it declared", FREE, Works),
    ("database", "read the database", ACCES, Works),
    ("database-write", "write to the database", ACCES, Works),
    ("database-truncate", "cut the database off, by path", PERM, Works),
    ("database-chmod", "open the database for everybody (chmod)", PERM, Works),
    ("database-watch", "watch the database change (inotify)", PERM, Works),
    ("database-link", "link the database into its own folder", XDEV, Works),
    ("database-symlink", "read the database through a symbolic link", ACCES, Works),
    ("database-inherited", "find the database among its descriptors", NOENT, Works),
    ("other-state", "list another plugin's state folder", ACCES, Works),
    ("other-secret", "read another plugin's secret", ACCES, Works),
    ("own-library", "overwrite its own library", ACCES, Works),
    ("shadow", "read /etc/shadow", ACCES, Untold),
    ("new-file", "put a file beside the database", ACCES, Works),
    ("daemon-environ", "read the daemon's environment", ACCES, Works),
    ("daemon-maps", "read the daemon's memory map", ACCES, Works),
    ("daemon-mem", "read the daemon's memory as a file", ACCES, Works),
    ("daemon-fd", "list the daemon's descriptors", ACCES, Works),
    ("daemon-root", "walk through the daemon's root folder", ACCES, Works),
    ("environment", "find something in its own environment", NOENT, Works),
    ("daemon-signal", "send the daemon a signal", PERM, Works),
    ("daemon-signal-by-file", "have the kernel send the daemon a signal", PERM, Works),
    ("daemon-ptrace", "attach to the daemon (ptrace)", PERM, Works),
    ("daemon-memory", "read the daemon's memory (process_vm_readv)", PERM, Works),
    ("daemon-limits", "look at the daemon's limits", PERM, Works),
    ("daemon-pidfd", "get hold of the daemon (pidfd_open)", PERM, Works),
    ("undeclared-port", "connect to another port", ACCES, Works),
    ("undeclared-fastopen", "connect to another port by TCP fast open", PERM, Works),
    // Landlock learns about UDP in version 10. Said in the README, so that nobody believes otherwise.
    ("datagram", "send a datagram to another port", FREE, Works),
    ("control-socket", "reach the daemon's control socket", PERM, Works),
    ("bind", "take a port (bind)", ACCES, Works),
    ("listen", "wait for connections (listen)", PERM, Works),
    ("raw-socket", "open a raw socket", PERM, Untold),
    ("packet-socket", "open a packet socket", PERM, Untold),
    ("other-stream", "open a stream that Landlock does not see (MPTCP)", PERM, Untold),
    ("exec", "run a program (execve)", PERM, Works),
    ("fork", "fork", PERM, Works),
    ("spawn", "start a program (posix_spawn)", PERM, Works),
    ("large-file", "write a file of 8 GiB", FBIG, Works),
    ("much-memory", "take 4 GiB of memory", NOMEM, Works),
    ("shared-memory", "take memory that no limit counts", PERM, Works),
    ("memory-file", "make a file in memory", PERM, Works),
    ("core-dump", "allow core dumps again", PERM, Untold),
    ("dumpable", "make its memory readable for others", PERM, Works),
    ("device", "make a device", PERM, Untold),
    ("clone3", "make a process by clone3", NOSYS, Untold),
    ("io-uring", "io_uring_setup", PERM, Untold),
    ("bpf", "bpf", PERM, Untold),
    ("userfaultfd", "userfaultfd", PERM, Untold),
    ("keyctl", "keyctl", PERM, Untold),
    ("perf", "perf_event_open", PERM, Untold),
    ("mount", "mount", PERM, Untold),
    ("unshare", "unshare", PERM, Untold),
    ("setns", "setns", PERM, Untold),
    ("chroot", "chroot", PERM, Untold),
    ("module", "load a kernel module", PERM, Untold),
    ("kexec", "load another kernel", PERM, Untold),
    ("setuid", "become another user", PERM, Untold),
];

fn name(errno: i32) -> String {
    let known = [
        (FREE, "allowed"),
        (PERM, "EPERM"),
        (ACCES, "EACCES"),
        (NOENT, "ENOENT"),
        (XDEV, "EXDEV"),
        (FBIG, "EFBIG"),
        (NOMEM, "ENOMEM"),
        (NOSYS, "ENOSYS"),
    ];
    known.iter().find(|(n, _)| *n == errno).map_or_else(|| format!("errno {errno}"), |(_, name)| (*name).to_owned())
}

fn build(folder: &Path) -> PathBuf {
    let library = folder.join("libhostile.so");
    compile("gcc", "tests/hostile/hostile.c", &library, &["-std=gnu11", "-O2"]);
    library
}

fn start(library: &Path, isolation: Isolation, config: &Value, state_dir: &Path) -> (Instance, Receiver<HostEvent>) {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let spec = Spec {
        name: "hostile".to_owned(),
        library: library.to_owned(),
        sha256: None,
        isolation,
        config: config.to_string(),
        state_dir: state_dir.to_owned(),
        window: 1_024,
        threads: 1,
        child_program: host_program(),
        overdue_after: Duration::from_secs(30),
    };
    (Instance::start(spec, Arc::new(move |e| drop(sender.lock().unwrap().send(e)))).unwrap(), receiver)
}

/// What the plugin told of its attempts.
fn told(events: &Receiver<HostEvent>) -> BTreeMap<String, i32> {
    let mut told = BTreeMap::new();
    while !told.contains_key("end") {
        let event = events.recv_timeout(Duration::from_secs(30)).unwrap();
        let HostEvent::Log { target, message, .. } = event else { continue };
        assert_eq!(target, "hostile", "{message}");
        let (name, errno) = message.split_once(' ').unwrap();
        told.insert(name.to_owned(), errno.parse().unwrap());
    }
    told
}

/// Ends a process that it started.
struct Victim(Child);

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A daemon's folder with everything that a plugin could want.
struct Scene {
    dir: tempfile::TempDir,
    library: PathBuf,
    declared: TcpListener,
    undeclared: TcpListener,
    _control: UnixListener,
    _inherited: std::fs::File,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("transports/other")).unwrap();
        for file in ["rundruf.db", "transports/other/secret", "ca.pem"] {
            std::fs::write(at(file), "x").unwrap();
        }
        let inherited = std::fs::File::open(at("rundruf.db")).unwrap();
        // As a careless library in the daemon would leave it.
        rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty()).unwrap();
        Self {
            library: build(dir.path()),
            declared: TcpListener::bind("127.0.0.1:0").unwrap(),
            undeclared: TcpListener::bind("127.0.0.1:0").unwrap(),
            _control: UnixListener::bind(at("rundruf.sock")).unwrap(),
            _inherited: inherited,
            dir,
        }
    }

    fn config(&self, victim: u32) -> Value {
        let at = |name: &str| self.dir.path().join(name);
        json!({
            "ca": at("ca.pem"), "database": at("rundruf.db"), "other_state": at("transports/other"),
            "other_secret": at("transports/other/secret"), "library": self.library, "socket": at("rundruf.sock"),
            "declared": self.declared.local_addr().unwrap().port(),
            "undeclared": self.undeclared.local_addr().unwrap().port(),
            "victim": victim,
        })
    }

    fn state(&self, name: &str) -> PathBuf {
        self.dir.path().join("transports").join(name)
    }
}

#[test]
fn each_attempt_of_a_hostile_plugin_gets_its_answer() {
    assert_eq!(
        sandbox::support().lacks,
        [],
        "this test wants a kernel that can do everything: Linux 6.7 with Landlock"
    );
    let scene = Scene::new();
    let (inside, events) =
        start(&scene.library, Isolation::Process, &scene.config(std::process::id()), &scene.state("inside"));
    let fenced = told(&events);
    assert_eq!(inside.stop(Duration::from_secs(10)), Stopped::Clean);
    let victim = Victim(Command::new("sleep").arg("1000").spawn().unwrap());
    let (outside, events) =
        start(&scene.library, Isolation::None, &scene.config(victim.0.id()), &scene.state("outside"));
    let free = told(&events);
    let _ = outside.stop(Duration::from_secs(10));
    println!("| attempt | in the plugin's process | without the fence |\n| --- | --- | --- |");
    let mut wrong = Vec::new();
    for (id, what, want, alone) in ATTEMPTS {
        println!("| {what} | {} | {} |", name(fenced[*id]), name(free[*id]));
        if fenced[*id] != *want {
            wrong.push(format!("{what}: {} instead of {}", name(fenced[*id]), name(*want)));
        }
        if *alone == Works && free[*id] != 0 {
            wrong.push(format!("{what}: without the fence {}: so what stops it?", name(free[*id])));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(fenced.len(), ATTEMPTS.len() + 1, "each attempt is in the table");
    assert_eq!(std::fs::read(scene.dir.path().join("rundruf.db")).unwrap(), b"x");
}

#[test]
fn a_plugin_that_declares_no_host_has_no_network() {
    let scene = Scene::new();
    let mut config = scene.config(std::process::id());
    let declared = config["declared"].take();
    let (instance, events) = start(&scene.library, Isolation::Process, &config, &scene.state("silent"));
    let told = told(&events);
    for id in ["undeclared-port", "datagram", "bind", "listen", "control-socket"] {
        assert_eq!(told[id], PERM, "{id}, {declared} was declared before");
    }
    assert_eq!(instance.stop(Duration::from_secs(10)), Stopped::Clean);
}

#[test]
fn a_balloon_bursts_in_its_own_process() {
    let scene = Scene::new();
    let mut config = scene.config(std::process::id());
    config["balloon"] = json!("yes");
    let (instance, events) = start(&scene.library, Isolation::Process, &config, &scene.state("balloon"));
    let standing = Standing { state: State::Confirmed, evidence: EventId(5), flags: Flags::default(), already: 0 };
    let permit = authorize(DeliveryId(1), Some(&standing), Class::Promotion, Time(0)).unwrap();
    let letter = Letter::new(permit, [1; 16], "a@x.example".into(), "".into(), Vec::new(), 1);
    let content = Content { id: 1, channel: "email".into(), text: Template::fixed("x"), ..Content::default() };
    instance.send(&Arc::new(content), vec![letter], Priority::Bulk, 0).unwrap();
    let (mut mib, mut outcome, mut down) = (None, None, None);
    loop {
        match events.recv_timeout(Duration::from_secs(60)).unwrap() {
            HostEvent::Log { message, .. } => {
                mib = mib.or(message.strip_prefix("balloon-mib ").map(|n| n.parse::<u64>().unwrap()));
            }
            HostEvent::Outcomes { outcomes, .. } | HostEvent::Lost { outcomes, .. } => {
                outcome = outcomes.into_iter().next()
            }
            HostEvent::Down { reason, .. } => down = Some(reason),
            HostEvent::Up { .. } => break,
            _ => {}
        }
    }
    let limit = sandbox::Grant::default().memory >> 20;
    let mib = mib.expect("malloc failed in the end");
    assert!(mib > limit / 2 && mib <= limit, "{mib} MiB of {limit}");
    assert_eq!(outcome.unwrap().code, OutcomeCode::MAYBE_SENT);
    assert_eq!(down.unwrap(), "ended by signal 6 (SIGABRT)");
    assert_eq!(instance.stop(Duration::from_secs(10)), Stopped::Clean);
}
