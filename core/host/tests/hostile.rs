//! A plugin that tries everything that is forbidden: what each attempt gets when confined, and that it works unconfined.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is wrong"
)]

#[path = "support/compile.rs"]
mod compile;

use compile::{compile, example};
use rundruf_abi::OutcomeCode;
use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{
    HostError, HostEvent, InstanceSpec, Isolation, MessageContent, MessageId, MessageTemplate, OutboundMessage,
    Priority, StopResult, TransportInstance, confinement, journal,
};
use rustix::io::Errno;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Works when confined as well.
const FREE: i32 = 0;
const PERM: i32 = Errno::PERM.raw_os_error();
const ACCES: i32 = Errno::ACCESS.raw_os_error();
const NOENT: i32 = Errno::NOENT.raw_os_error();
const XDEV: i32 = Errno::XDEV.raw_os_error();
const FBIG: i32 = Errno::FBIG.raw_os_error();
const NOMEM: i32 = Errno::NOMEM.raw_os_error();
const NOSYS: i32 = Errno::NOSYS.raw_os_error();

/// Whether an attempt works unconfined, which shows that the confinement stops it. The others need more privileges than this process has, or
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
    ("daemon-exe", "read which program the daemon is", ACCES, Works),
    ("own-environ", "read its own environment as a file", ACCES, Works),
    ("own-maps", "read its own memory map", ACCES, Works),
    ("own-mem", "open its own memory as a file", ACCES, Works),
    ("own-status", "read its own status", ACCES, Works),
    ("own-fd", "list its own descriptors", ACCES, Works),
    ("environment", "find something in its own environment", NOENT, Works),
    ("daemon-signal", "send the daemon a signal", PERM, Works),
    ("daemon-signal-by-file", "have the kernel send the daemon a signal", PERM, Works),
    ("daemon-ptrace", "attach to the daemon (ptrace)", PERM, Works),
    ("daemon-memory", "read the daemon's memory (process_vm_readv)", PERM, Works),
    ("daemon-limits", "look at the daemon's limits", PERM, Works),
    ("daemon-affinity", "tie the daemon to other processors", PERM, Works),
    ("daemon-priority", "change the daemon's priority", PERM, Works),
    ("daemon-scheduler", "change the daemon's scheduling", PERM, Works),
    ("daemon-queue", "queue a signal for the daemon", PERM, Works),
    ("daemon-thread-signal", "send a thread of the daemon a signal", PERM, Works),
    ("everybody-signal", "send everybody a signal", PERM, Works),
    ("group-signal", "send its group a signal", PERM, Works),
    ("daemon-pidfd", "get hold of the daemon (pidfd_open)", PERM, Works),
    ("undeclared-port", "connect to another port", ACCES, Works),
    ("undeclared-fastopen", "connect to another port by TCP fast open", PERM, Works),
    ("datagram", "send a datagram to another port", PERM, Works),
    ("control-socket", "reach the daemon's control socket", PERM, Works),
    ("bind", "take a port (bind)", ACCES, Works),
    ("listen", "wait for connections (listen)", PERM, Works),
    ("raw-socket", "open a raw socket", PERM, Untold),
    ("packet-socket", "open a packet socket", PERM, Untold),
    ("ping-socket", "open a socket for pings", PERM, Untold),
    ("vsock", "open a socket to the host of a virtual machine", PERM, Untold),
    ("crypto-socket", "open a socket of the kernel's cryptography", PERM, Untold),
    ("kernel-events", "listen to the kernel's events", PERM, Untold),
    ("audit", "open a socket of the audit", PERM, Untold),
    ("unix-datagram", "make a pair of Unix datagram sockets", PERM, Works),
    ("other-stream", "open a stream that Landlock does not see (MPTCP)", PERM, Untold),
    ("exec", "run a program (execve)", PERM, Works),
    ("exec-by-descriptor", "run a program that is open (execveat)", PERM, Works),
    ("fork", "fork", PERM, Works),
    ("vfork", "vfork", PERM, Works),
    ("spawn", "start a program (posix_spawn)", PERM, Works),
    ("large-file", "write a file of 8 GiB", FBIG, Works),
    ("much-memory", "take 4 GiB of memory", NOMEM, Works),
    ("shared-memory", "take memory that no limit counts", PERM, Works),
    ("memory-file", "make a file in memory", PERM, Works),
    ("stack-memory", "take 4 GiB of memory that calls itself a stack", PERM, Works),
    ("addresses", "take a TiB of addresses", NOMEM, Works),
    ("core-dump", "allow core dumps again", PERM, Untold),
    ("more-memory", "allow itself more memory", PERM, Untold),
    ("more-stack", "allow itself a larger stack", PERM, Untold),
    ("more-threads", "allow itself more threads", PERM, Untold),
    ("larger-files", "allow itself larger files", PERM, Untold),
    ("more-descriptors", "allow itself more descriptors", PERM, Untold),
    ("dumpable", "make its memory readable for others", PERM, Works),
    ("tracer", "let anybody trace it", PERM, Works),
    ("map-by-prctl", "move its own memory map", PERM, Untold),
    ("death-signal", "ask for a signal at the daemon's death", PERM, Works),
    ("subreaper", "become the parent of orphans", PERM, Works),
    ("terminal", "type on a terminal (TIOCSTI)", PERM, Works),
    ("pipe-in-folder", "put a named pipe into its folder", PERM, Works),
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

fn start(
    library: &Path,
    isolation: Isolation,
    config: &Value,
    state_dir: &Path,
) -> (TransportInstance, Receiver<HostEvent>) {
    let (instance, events) = begin(library, isolation, config, state_dir);
    (instance.unwrap(), events)
}

fn begin(
    library: &Path,
    isolation: Isolation,
    config: &Value,
    state_dir: &Path,
) -> (Result<TransportInstance, HostError>, Receiver<HostEvent>) {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let spec = InstanceSpec {
        name: "hostile".to_owned(),
        library: library.to_owned(),
        sha256: None,
        isolation,
        config: config.to_string(),
        state_dir: state_dir.to_owned(),
        window: 1_024,
        threads: 1,
        child_program: example("plugin_host"),
        overdue_after: Duration::from_secs(30),
        state_limit: config["limit"].as_u64().unwrap_or(InstanceSpec::STATE_LIMIT),
    };
    (TransportInstance::start(spec, Arc::new(move |e| drop(sender.lock().unwrap().send(e)))), receiver)
}

/// Sends one message.
fn send(instance: &TransportInstance) {
    let permit = trial::permit(DeliveryId(1));
    let message = OutboundMessage::new(permit, MessageId([1; 16]), "a@x.example".into(), "".into(), Vec::new(), 1);
    let content = MessageContent {
        id: 1,
        channel: "email".into(),
        text: MessageTemplate::fixed("x"),
        ..MessageContent::default()
    };
    instance.send(&Arc::new(content), vec![message].into(), Priority::Bulk, 0).unwrap();
}

/// Collects the results that the plugin logged.
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

/// Kills a process that the plugin started.
struct Victim(Child);

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A daemon's folder with everything that a plugin might attack.
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
        // A descriptor without close-on-exec, as a careless library in the daemon might leave it.
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
        confinement::support().missing,
        [],
        "this test wants a kernel that can do everything: Linux 6.7 with Landlock"
    );
    let scene = Scene::new();
    let (inside, events) =
        start(&scene.library, Isolation::Process, &scene.config(std::process::id()), &scene.state("inside"));
    let confined = told(&events);
    assert_eq!(inside.stop(Duration::from_secs(10)), StopResult::Clean);
    let victim = Victim(Command::new("sleep").arg("1000").spawn().unwrap());
    let (outside, events) =
        start(&scene.library, Isolation::None, &scene.config(victim.0.id()), &scene.state("outside"));
    let free = told(&events);
    let _ = outside.stop(Duration::from_secs(10));
    println!("| attempt | in the plugin's process | without confinement |\n| --- | --- | --- |");
    let mut wrong = Vec::new();
    for (id, what, want, alone) in ATTEMPTS {
        println!("| {what} | {} | {} |", name(confined[*id]), name(free[*id]));
        if confined[*id] != *want {
            wrong.push(format!("{what}: {} instead of {}", name(confined[*id]), name(*want)));
        }
        if *alone == Works && free[*id] != 0 {
            wrong.push(format!("{what}: without confinement {}: so what stops it?", name(free[*id])));
        }
    }
    // Calls that are never allowed, with all arguments -1, so that they do nothing unconfined.
    let calls: Vec<_> = confined.iter().filter(|(id, _)| id.starts_with("call-")).collect();
    assert!(calls.len() > 70, "{calls:?}");
    wrong.extend(calls.iter().filter(|(_, got)| **got != PERM).map(|(id, got)| format!("{id}: {}", name(**got))));
    println!("| {} calls that nobody lends | EPERM | |", calls.len());
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(confined.len(), ATTEMPTS.len() + calls.len() + 1, "each attempt is in the table");
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
    assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean);
}

#[test]
fn a_plugin_that_resolves_names_may_send_datagrams() {
    let scene = Scene::new();
    let mut config = scene.config(std::process::id());
    config["host"] = json!("mail.example");
    let (instance, events) = start(&scene.library, Isolation::Process, &config, &scene.state("asking"));
    let told = told(&events);
    assert_eq!((told["declared-port"], told["undeclared-port"]), (FREE, ACCES));
    // Landlock checks UDP from version 10 on; the README says so.
    let datagram = if confinement::support().landlock >= 10 { ACCES } else { FREE };
    assert_eq!(told["datagram"], datagram);
    assert_eq!(told["ping-socket"], PERM);
    assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean);
}

#[test]
fn a_link_left_by_an_earlier_run_is_not_granted() {
    let scene = Scene::new();
    let state = scene.state("planted");
    std::fs::create_dir_all(&state).unwrap();
    std::os::unix::fs::symlink(scene.dir.path().join("rundruf.db"), state.join("ca.pem")).unwrap();
    let mut config = scene.config(std::process::id());
    config["ca"] = json!(state.join("ca.pem"));
    let (started, _) = begin(&scene.library, Isolation::Process, &config, &state);
    let said = started.map(drop).unwrap_err().to_string();
    assert!(said.contains("ca.pem` leads out of `") && said.contains("remove it"), "{said}");
    // A link that stays inside the folder is allowed.
    std::fs::remove_file(state.join("ca.pem")).unwrap();
    std::fs::write(state.join("real.pem"), "x").unwrap();
    std::os::unix::fs::symlink("real.pem", state.join("ca.pem")).unwrap();
    let (instance, events) = start(&scene.library, Isolation::Process, &config, &state);
    assert_eq!(told(&events)["declared-file"], FREE);
    assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean);
}

#[test]
fn memory_runs_out_in_the_plugin_process_only() {
    let scene = Scene::new();
    let mut config = scene.config(std::process::id());
    config["mode"] = json!("balloon");
    let (instance, events) = start(&scene.library, Isolation::Process, &config, &scene.state("balloon"));
    send(&instance);
    let (mut mib, mut outcome, mut down) = (None, None, None);
    loop {
        match events.recv_timeout(Duration::from_secs(60)).unwrap() {
            HostEvent::Log { message, .. } => {
                mib = mib.or(message.strip_prefix("balloon-mib ").map(|n| n.parse::<u64>().unwrap()));
            }
            HostEvent::Outcomes { outcomes, .. } | HostEvent::Lost { outcomes, .. } => {
                outcome = outcomes.into_iter().next()
            }
            HostEvent::Down { reason, .. } => down = Some(reason.to_string()),
            HostEvent::Up { .. } => break,
            _ => {}
        }
    }
    let limit = confinement::Grant::default().memory >> 20;
    let mib = mib.expect("malloc failed in the end");
    assert!(mib > limit / 2 && mib <= limit, "{mib} MiB of {limit}");
    assert_eq!(outcome.unwrap().code, OutcomeCode::MAYBE_SENT);
    assert_eq!(down.unwrap(), "ended by signal 6 (SIGABRT)");
    assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean);
}

#[test]
fn a_plugin_that_hangs_does_not_outlive_the_daemon_for_long() {
    if let Ok(dir) = std::env::var("RUNDRUF_TEST_PARENT") {
        let dir = PathBuf::from(dir);
        let config = json!({"mode": "stuck", "declared": 1});
        let (instance, _events) = start(&build(&dir), Isolation::Process, &config, &dir.join("stuck"));
        send(&instance);
        std::fs::write(dir.join("session"), instance.session().0).unwrap();
        std::thread::sleep(Duration::from_secs(60));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut parent = Victim(
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_plugin_that_hangs_does_not_outlive_the_daemon_for_long"])
            .env("RUNDRUF_TEST_PARENT", dir.path())
            .spawn()
            .unwrap(),
    );
    let session = dir.path().join("session");
    let until = Instant::now() + Duration::from_secs(30);
    while std::fs::read(&session).map_or(0, |s| s.len()) < 16 {
        assert!(Instant::now() < until && parent.0.try_wait().unwrap().is_none(), "the parent does not come up");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(parent);
    let journal = journal::collect(&dir.path().join("stuck"), Duration::from_secs(60)).unwrap().expect("a journal");
    assert_eq!(journal.session.0.as_slice(), std::fs::read(session).unwrap());
    let codes: Vec<_> = journal.outcomes.iter().map(|o| o.code).collect();
    assert_eq!(codes, [OutcomeCode::MAYBE_SENT], "it may have read what it held");
}

/// Runs the plugin in this mode; returns why its process died.
fn dies(mode: &str, limit: u64) -> String {
    let scene = Scene::new();
    let mut config = scene.config(std::process::id());
    config["mode"] = json!(mode);
    config["limit"] = json!(limit);
    let (instance, events) = start(&scene.library, Isolation::Process, &config, &scene.state(mode));
    let (reason, _) = down(&events);
    let _ = instance.stop(Duration::from_secs(10));
    reason
}

/// Waits for the next `Down`: its reason, and whether the plugin is restarted.
fn down(events: &Receiver<HostEvent>) -> (String, bool) {
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        let event = events.recv_timeout(until.saturating_duration_since(Instant::now())).unwrap();
        if let HostEvent::Down { reason, restarts_in, .. } = event {
            return (reason.to_string(), restarts_in.is_some());
        }
    }
}

#[test]
fn a_plugin_whose_folder_is_full_waits_until_there_is_room() {
    let scene = Scene::new();
    let mut config = scene.config(std::process::id());
    config["mode"] = json!("large");
    config["limit"] = json!(32 << 20);
    let state = scene.state("full");
    let (instance, events) = start(&scene.library, Isolation::Process, &config, &state);
    assert!(down(&events).0.starts_with("filled its state folder `"));
    // More often than the limit of crashes.
    for _ in 0..6 {
        let (reason, again) = down(&events);
        assert!(again && reason.starts_with("the state folder `") && reason.contains("more than 32 MiB"), "{reason}");
    }
    for file in std::fs::read_dir(&state).unwrap() {
        let path = file.unwrap().path();
        if path.metadata().unwrap().len() > 1 << 20 {
            std::fs::remove_file(path).unwrap();
        }
    }
    let until = Instant::now() + Duration::from_secs(120);
    while !matches!(events.recv_timeout(until.saturating_duration_since(Instant::now())).unwrap(), HostEvent::Up { .. })
    {
    }
    let _ = instance.stop(Duration::from_secs(10));
}

#[test]
fn a_folder_that_is_filled_with_small_files_ends_the_plugin() {
    let reason = dies("files", InstanceSpec::STATE_LIMIT);
    assert!(reason.contains("filled its state folder `") && reason.contains("more than 100000 files"), "{reason}");
}

#[test]
fn a_folder_that_is_filled_with_large_files_ends_the_plugin() {
    let reason = dies("large", 32 << 20);
    assert!(reason.contains("filled its state folder `") && reason.contains("more than 32 MiB"), "{reason}");
}

#[test]
fn a_thread_bomb_ends_the_plugin() {
    assert_eq!(dies("threads", InstanceSpec::STATE_LIMIT), "ran more than 1024 threads and was killed");
}

#[test]
fn a_plugin_that_closes_the_pipe_is_killed() {
    assert_eq!(dies("hangup", InstanceSpec::STATE_LIMIT), "did not answer for 15 seconds and was killed");
}

#[test]
fn a_plugin_that_does_not_read_answers_is_killed() {
    let reason = dies("deaf", InstanceSpec::STATE_LIMIT);
    assert!(reason.contains("it asks, and does not listen to the answers"), "{reason}");
}

#[test]
fn the_refusal_of_a_plugin_is_sanitized() {
    let scene = Scene::new();
    let config = json!({"mode": "rude", "declared": 1});
    for isolation in [Isolation::Process, Isolation::None] {
        let said = begin(&scene.library, isolation, &config, &scene.state("rude")).0.map(drop).unwrap_err().to_string();
        assert_eq!(said, "transport `hostile` does not open: no  [2J way 2026-11-27 ERROR …@…,  …67");
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn calls_of_another_architecture_end_the_plugin() {
    let scene = Scene::new();
    let config = json!({"mode": "narrow", "declared": 1});
    let (started, _) = begin(&scene.library, Isolation::Process, &config, &scene.state("narrow"));
    // 31 is SIGSYS, from the filter; a kernel without 32-bit calls would cause a segmentation fault.
    let said = started.map(drop).unwrap_err().to_string();
    assert!(said.contains("ended by signal 31"), "{said}");
}
