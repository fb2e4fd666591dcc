//! A plugin that tries everything that is forbidden: what each attempt gets when confined, and that it works unconfined.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is wrong"
)]

#[path = "hostile/attempts.rs"]
mod attempts;
#[path = "support/compile.rs"]
mod compile;
#[path = "hostile/scene.rs"]
mod scene;

use attempts::{ACCES, ATTEMPTS, FREE, PERM, Works, name};
use rundruf_abi::OutcomeCode;
use rundruf_host::{HostEvent, InstanceSpec, Isolation, StopResult, confinement, journal};
use scene::{Scene, Victim, begin, build, send, start, told};
use serde_json::json;
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

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
    if mode == "deaf" {
        send(&instance);
    }
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

/// Files that are deleted and still open are counted by nobody: the reserve of the disk ends the plugin that holds them, and with it they are gone.
#[test]
fn a_disk_that_is_filled_with_deleted_files_ends_the_plugin_before_the_database_suffers() {
    let scene = Scene::new();
    let free = || {
        let fs = rustix::fs::statvfs(scene.dir.path()).unwrap();
        fs.f_bavail * fs.f_frsize
    };
    let mut config = scene.config(std::process::id());
    config["mode"] = json!("deleted");
    config["reserve"] = json!(free() - (256 << 20));
    let (instance, events) = start(&scene.library, Isolation::Process, &config, &scene.state("deleted"));
    let (mut last, mut kills) = (String::new(), 0);
    // Each time it fills the disk anew: in the end it is not started again.
    for _ in 0..40 {
        let (reason, again) = down(&events);
        kills += usize::from(reason.contains("are free on the disk, and"));
        last = reason;
        if !again {
            break;
        }
    }
    assert!(kills >= 5 && last.contains("kept for the database"), "{kills} times, {last}");
    let _ = instance.stop(Duration::from_secs(10));
    assert!(free() > config["reserve"].as_u64().unwrap(), "what it held is free again");
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
