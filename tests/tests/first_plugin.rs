//! The first steps of a plugin author: `plugin new`, build, check, run, name it in the settings, and a broadcast arrives. In Rust and in C.

use rundruf_tests::plugin_project::{PluginProject, rundruf_json, stdout_of};
use rundruf_tests::{Daemon, daemon};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const PEOPLE: usize = 300;

/// Builds and tests it as its README says.
fn build_rust(dir: &Path, name: &str) -> PathBuf {
    let project = PluginProject::new(dir, name);
    let tested = stdout_of("cargo test", &project.cargo(&["test"]));
    assert!(tested.contains("2 passed"), "the project's own tests: {tested}");
    let _ = stdout_of("cargo build", &project.cargo(&["build"]));
    project.library()
}

fn build_c(dir: &Path, name: &str) -> PathBuf {
    let _ = rundruf_json(dir, &["plugin", "new", name, "--c"]);
    let project = dir.join(name);
    let _ = stdout_of(
        "make",
        &Command::new("make").current_dir(&project).output().expect("make: run tests/peers --install"),
    );
    project.join(format!("build/lib{}.so", name.replace('-', "_")))
}

/// Everything after the build is the same for both.
fn from_nothing_to_a_broadcast(name: &str, build: fn(&Path, &str) -> PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let library = build(dir.path(), name);
    let path = library.display().to_string();
    let info = rundruf_json(dir.path(), &["plugin", "info", &path]);
    assert_eq!((info["id"].as_str(), info["label"]["role"].as_str()), (Some(name), Some("none")), "{info}");
    let checked = rundruf_json(dir.path(), &["plugin", "check", &path]);
    assert_eq!((&checked["failed"], &checked["plugin"]), (&0.into(), &name.into()), "{checked:#}");
    assert!(checked["passed"].as_u64() >= Some(20), "{checked:#}");
    let sent = rundruf_json(dir.path(), &["plugin", "run", &path, "--to", "sms:+4915110000000", "--seconds", "0"]);
    assert_eq!((sent["sent"].as_bool(), sent["outcome"]["class"].as_str()), (Some(true), Some("sent")), "{sent}");

    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:{}\"\n\n[lists.angebote]\ntitle = \"Angebote der Woche\"\n\
             purpose = \"Angebote der Bäckerei\"\ntransports = [\"meiner\"]\n\n[transports.meiner]\nplugin = \"{path}\"\n",
            rundruf_tests::servers::free_port(),
        ),
    );
    fs::write(dir.path().join("rundruf.toml"), toml).unwrap();
    let pinned = rundruf_json(dir.path(), &["plugin", "pin", "meiner"]);
    assert_eq!((&pinned["library"], &pinned["changed"]), (&path.as_str().into(), &true.into()), "{pinned}");
    let daemon = Daemon::restart(dir.path());
    fs::write(dir.path().join("people.csv"), rundruf_tests::sample_people::phones_csv(PEOPLE)).unwrap();
    let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
    assert_eq!(done.last().unwrap()["confirmed"].as_u64(), Some(PEOPLE as u64), "{done:?}");
    let sent =
        daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Hallo {{ first_name }}, frisches Brot."]);
    let status = daemon.wait_done(sent[0]["id"].as_i64().unwrap(), Duration::from_secs(60));
    assert_eq!(status["sent"].as_u64(), Some(PEOPLE as u64), "{status}\n{}", daemon.log());
    assert!(daemon.terminate().success());
    let lines = fs::read_to_string(find(dir.path(), "sent.txt")).unwrap();
    assert_eq!(lines.lines().count(), PEOPLE, "one line each");
    for n in 0..PEOPLE {
        let (phone, name) =
            (rundruf_tests::sample_people::phone(n), rundruf_tests::sample_people::first_name(n as u64));
        let his = lines.lines().filter(|l| l.contains(&phone)).collect::<Vec<_>>();
        assert!(his.len() == 1 && his[0].contains(&format!("Hallo {name}, frisches Brot.")), "{phone}: {his:?}");
    }
}

/// The one file of that name below a folder.
fn find(folder: &Path, name: &str) -> PathBuf {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            if entry.file_name() == name {
                return entry.path();
            }
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    panic!("no {name} below {}", folder.display());
}

#[test]
fn in_rust() {
    from_nothing_to_a_broadcast("my-first-in-rust", build_rust);
}

#[test]
fn in_c() {
    from_nothing_to_a_broadcast("my-first-in-c", build_c);
}
