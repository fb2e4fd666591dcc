//! As somebody who has never seen the project: `plugin new`, build, check, run, name it in the settings, and a broadcast arrives. In Rust and in C.

use rundruf_tests::{Artifacts, Daemon, daemon};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

const PEOPLE: usize = 300;

fn ok(what: &str, output: &Output) -> String {
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{what}:\n{}{}", said(&output.stdout), said(&output.stderr));
    said(&output.stdout)
}

fn rundruf(dir: &Path, args: &[&str]) -> Value {
    let mut command = Command::new(&Artifacts::get().rundruf);
    let output = command.args(args).arg("--json").env("LC_ALL", "en_US.UTF-8").current_dir(dir).output().unwrap();
    let out = ok(&format!("rundruf {}", args.join(" ")), &output);
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("not JSON ({e}): {out}"))
}

/// Builds and tests the Rust project as its README says, but offline, with what the workspace has built already.
fn build_rust(project: &Path, name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::copy(root.join("Cargo.lock"), project.join("Cargo.lock")).unwrap();
    let built = &Artifacts::get().plugins;
    let cargo = |args: &[&str]| {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(args).arg("--offline").current_dir(project);
        command.env("CARGO_TARGET_DIR", built.parent().unwrap()).env("CARGO_PROFILE_DEV_DEBUG", "line-tables-only");
        if built.ends_with("release") {
            command.arg("--release");
        }
        ok(&format!("cargo {}", args.join(" ")), &command.output().unwrap())
    };
    let tested = cargo(&["test", "--quiet"]);
    assert!(tested.contains("2 passed"), "the project's own tests: {tested}");
    cargo(&["build", "--quiet"]);
    built.join(format!("lib{name}.so"))
}

fn build_c(project: &Path, name: &str) -> PathBuf {
    ok("make", &Command::new("make").current_dir(project).output().expect("make: run tests/peers --install"));
    project.join(format!("build/lib{name}.so"))
}

/// Everything after the build is the same for both.
fn from_nothing_to_a_broadcast(name: &str, language: &[&str], build: fn(&Path, &str) -> PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let mut new = vec!["plugin", "new", name];
    new.extend(language);
    let made = rundruf(dir.path(), &new);
    assert!(made["files"].as_array().is_some_and(|f| f.len() >= 6), "{made}");
    let krate = name.replace('-', "_");
    let library = build(&dir.path().join(name), &krate);
    let path = library.display().to_string();
    let info = rundruf(dir.path(), &["plugin", "info", &path]);
    assert_eq!((info["id"].as_str(), info["label"]["role"].as_str()), (Some(name), Some("none")), "{info}");
    let sent = rundruf(dir.path(), &["plugin", "run", &path, "--to", "sms:+4915110000000", "--seconds", "0"]);
    assert_eq!((sent["sent"].as_bool(), sent["outcome"]["class"].as_str()), (Some(true), Some("sent")), "{sent}");

    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:{}\"\n\n[lists.angebote]\ntitle = \"Angebote der Woche\"\n\
             purpose = \"Angebote der Bäckerei\"\ntransports = [\"meiner\"]\n\n[transports.meiner]\nplugin = \"{path}\"\n",
            rundruf_tests::server::free_port(),
        ),
    );
    let daemon = Daemon::start(dir.path(), &toml);
    fs::write(dir.path().join("people.csv"), rundruf_tests::sample::phones_csv(PEOPLE)).unwrap();
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
        let (phone, name) = (rundruf_tests::sample::phone(n), rundruf_tests::sample::first_name(n as u64));
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
    from_nothing_to_a_broadcast("my-first-in-rust", &[], build_rust);
}

#[test]
fn in_c() {
    from_nothing_to_a_broadcast("my-first-in-c", &["--c"], build_c);
}
