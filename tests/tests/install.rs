//! `config/install` into an empty folder: what belongs and nothing else, settings of the admin untouched, all of it removed again; and systemd
//! finds nothing to say about the unit. `tests/machine` does all of it for real.

use rundruf_tests::Artifacts;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

fn config(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config").join(name)
}

/// Runs the script for a folder; returns what it said.
#[track_caller]
fn install(root: &Path, args: &[&str]) -> String {
    let build = Artifacts::get().rundruf.parent().unwrap();
    let mut script = Command::new(config("install"));
    script.args(args).env("DESTDIR", root).env("BUILD", build).env_remove("PREFIX");
    let out = script.output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}");
    said
}

/// Files below a folder, without the manual pages of single commands.
fn files(root: &Path) -> BTreeSet<String> {
    let (mut found, mut folders) = (BTreeSet::new(), vec![root.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if !name.contains("man1/rundruf-") {
                found.insert(name);
            }
        }
    }
    found
}

#[test]
fn what_belongs_is_installed_and_removed_again() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let said = install(root, &[]);
    assert!(said.contains("rundruf config check") && said.contains("usermod -aG rundruf"), "{said}");
    let settings = "etc/rundruf/rundruf.toml";
    let want = [
        settings,
        "usr/bin/rundruf",
        "usr/lib/rundruf/plugins/librundruf_email.so",
        "usr/lib/rundruf/plugins/librundruf_sandbox.so",
        "usr/lib/rundruf/plugins/librundruf_threema.so",
        "usr/lib/systemd/system/rundruf.service",
        "usr/lib/sysusers.d/rundruf.conf",
        "usr/lib/tmpfiles.d/rundruf.conf",
        "usr/share/bash-completion/completions/rundruf",
        "usr/share/man/de/man1/rundruf.1",
        "usr/share/man/man1/rundruf.1",
    ];
    assert_eq!(files(root), want.map(str::to_owned).into(), "no plugins of tests and benchmarks");
    let mode = |name: &str| fs::metadata(root.join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode("usr/bin/rundruf"), mode(settings), mode("etc/rundruf/conf.d")), (0o755, 0o640, 0o2770));
    assert_eq!((mode("etc/rundruf/secrets"), mode("var/lib/rundruf")), (0o700, 0o700));
    // The settings name the socket that the group may use, and the program is stripped but whole.
    let text = fs::read_to_string(root.join(settings)).unwrap();
    assert!(text.contains("\nsocket = \"/run/rundruf/rundruf.sock\"\n"), "{text}");
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    assert!(size(&root.join("usr/bin/rundruf")) < size(&Artifacts::get().rundruf));
    let version = Command::new(root.join("usr/bin/rundruf")).arg("--version").output().unwrap();
    assert!(version.status.success());
    // An update leaves the settings alone.
    fs::write(root.join(settings), "# mine\n").unwrap();
    assert!(install(root, &[]).contains("stays as it is"));
    assert_eq!(fs::read_to_string(root.join(settings)).unwrap(), "# mine\n");
    let said = install(root, &["--uninstall"]);
    assert!(said.contains("/var/lib/rundruf") && said.contains("userdel rundruf"), "{said}");
    assert_eq!(files(root), [settings.to_owned()].into(), "settings and data stay");
    assert!(!root.join("usr/lib/rundruf").exists() && root.join("var/lib/rundruf").is_dir());
}

#[test]
fn systemd_finds_no_fault() {
    let dir = tempfile::tempdir().unwrap();
    install(dir.path(), &[]);
    let unit = dir.path().join("rundruf.service");
    let text = fs::read_to_string(dir.path().join("usr/lib/systemd/system/rundruf.service")).unwrap();
    let program = dir.path().join("usr/bin/rundruf").display().to_string();
    fs::write(&unit, text.replace("/usr/bin/rundruf", &program)).unwrap();
    let out = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit).output();
    let out = out.expect("systemd-analyze is missing: apt-get install systemd");
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && !said.contains("rundruf.service"), "{said}");
    // It would have said something: a unit with a slip is found.
    fs::write(&unit, fs::read_to_string(&unit).unwrap().replace("Type=notify", "Type=notifi")).unwrap();
    let out = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit).output().unwrap();
    assert!(String::from_utf8_lossy(&out.stderr).contains("notifi"), "{out:?}");
    for (tool, name) in [
        ("systemd-sysusers", "usr/lib/sysusers.d/rundruf.conf"),
        ("systemd-tmpfiles", "usr/lib/tmpfiles.d/rundruf.conf"),
    ] {
        let mut command = Command::new(tool);
        if tool == "systemd-tmpfiles" {
            command.arg("--create");
        }
        let file = dir.path().join(name);
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("etc")).unwrap();
        let out = command.arg(format!("--root={}", root.display())).arg(&file).output();
        let out = out.unwrap_or_else(|e| panic!("{tool}: {e}: apt-get install systemd"));
        if tool == "systemd-sysusers" {
            assert!(out.status.success(), "{out:?}");
            let group = fs::read_to_string(root.join("etc/group")).unwrap();
            assert!(group.contains("rundruf:"), "{group}");
        }
    }
}

/// The same for real: systemd as the first process of a machine of its own.
#[test]
#[ignore = "boots systemd in namespaces, which not every machine allows: `sudo tests/machine`, or with `--run-ignored all`"]
fn a_machine_of_its_own() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("machine");
    let build = Artifacts::get().rundruf.parent().unwrap();
    let out = Command::new(script).env("BUILD", build).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    println!("{said}");
    assert!(
        out.status.success(),
        "needs root, systemd, iproute2 and python3, and leave to boot in namespaces: sudo tests/machine"
    );
    assert!(said.contains("══ removal") && said.contains("All as it should be."));
}
