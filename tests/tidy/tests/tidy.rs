//! Rules that a machine can keep: which crate may use which, how long a file may be, what every folder must say.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const WARN_LINES: usize = 400;
const MOST_LINES: usize = 600;

/// Arrows point down only. Left: a crate; right: everything of ours that it may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("core/lang", &[]),
    ("core/abi", &[]),
    ("core/consent", &["rundruf-lang"]),
    ("core/sdk", &["rundruf-abi"]),
    ("core/host", &["rundruf-lang", "rundruf-abi", "rundruf-consent"]),
    ("core/check", &["rundruf-lang", "rundruf-abi", "rundruf-host"]),
    ("core/store", &["rundruf-lang", "rundruf-consent"]),
    ("core/engine", &["rundruf-lang", "rundruf-consent", "rundruf-host", "rundruf-store"]),
    ("core/web", &["rundruf-lang", "rundruf-consent", "rundruf-engine", "rundruf-store"]),
    (
        "core/daemon",
        &[
            "rundruf-lang",
            "rundruf-check",
            "rundruf-consent",
            "rundruf-engine",
            "rundruf-host",
            "rundruf-store",
            "rundruf-web",
        ],
    ),
    ("plugins/sandbox", &["rundruf-plugin"]),
    ("plugins/null", &["rundruf-plugin"]),
    ("plugins/email", &["rundruf-plugin"]),
];

/// Crates that must never have one of these: the law has no I/O, the contract has nothing.
const NEVER: &[(&str, &[&str])] = &[
    ("core/lang", &["tokio", "rusqlite", "hyper", "tracing"]),
    ("core/abi", &["serde", "tokio", "libc"]),
    ("core/consent", &["tokio", "rusqlite", "hyper", "tracing"]),
    ("core/host", &["tokio", "rusqlite"]),
    ("core/check", &["tokio", "rusqlite"]),
    ("core/engine", &["rusqlite", "hyper", "libloading"]),
    ("core/web", &["rusqlite", "libloading"]),
    ("core/daemon", &["rusqlite", "libloading"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                files(&path, out);
            }
        } else {
            out.push(path);
        }
    }
}

fn sources() -> Vec<PathBuf> {
    let mut all = Vec::new();
    for folder in ["core", "plugins", "tests"] {
        files(&root().join(folder), &mut all);
    }
    all.retain(|p| p.extension().is_some_and(|e| e == "rs"));
    all.sort();
    assert!(all.len() > 50, "only {} sources found: is the walk broken?", all.len());
    all
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// Names under `[dependencies]` of a manifest.
fn dependencies(krate: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(krate).join("Cargo.toml")).unwrap();
    let mut inside = false;
    let mut out = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]";
        } else if inside && let Some(name) = line.split(['.', ' ', '=']).next().filter(|n| !n.is_empty()) {
            out.insert(name.to_owned());
        }
    }
    out
}

#[test]
fn arrows_point_down() {
    for (krate, allowed) in ARROWS {
        for dependency in dependencies(krate).iter().filter(|d| d.starts_with("rundruf")) {
            assert!(allowed.contains(&dependency.as_str()), "`{krate}` must not use `{dependency}`");
        }
    }
    for (krate, never) in NEVER {
        let has = dependencies(krate);
        for name in *never {
            assert!(!has.contains(*name), "`{krate}` must not use `{name}`");
        }
    }
}

#[test]
fn the_host_knows_the_permit_and_nothing_else_of_consent() {
    let mut all = Vec::new();
    files(&root().join("core/host/src"), &mut all);
    for file in all {
        let text = fs::read_to_string(&file).unwrap();
        for (n, line) in text.lines().enumerate().filter(|(_, l)| l.contains("rundruf_consent::")) {
            let known = ["SendPermit", "DeliveryId", "EventId"].iter().any(|t| line.contains(t));
            assert!(known, "{}:{}: the host may know SendPermit and its ids, not more", short(&file), n + 1);
        }
    }
}

#[test]
fn nothing_in_core_names_a_plugin() {
    for file in sources().iter().filter(|f| short(f).starts_with("core/") && short(f).contains("/src/")) {
        let text = fs::read_to_string(file).unwrap();
        for name in ["rundruf_sandbox", "rundruf_email", "rundruf_null"] {
            let allowed = short(file).starts_with("core/daemon/src/cli/quickstart");
            assert!(allowed || !text.contains(name), "{} names the plugin `{name}`", short(file));
        }
    }
}

#[test]
fn files_are_short_and_have_a_purpose() {
    let mut long = Vec::new();
    for file in sources() {
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines: is there a second noun in it?", short(&file));
        if lines > WARN_LINES {
            long.push(format!("{} ({lines})", short(&file)));
        }
        let is_module = short(&file).contains("/src/");
        assert!(!is_module || text.trim_start().starts_with("//!"), "{} does not say what it is for", short(&file));
    }
    if !long.is_empty() {
        println!("longer than {WARN_LINES} lines: {}", long.join(", "));
    }
}

#[test]
fn no_drawers() {
    for file in sources() {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        for drawer in ["mod", "util", "utils", "common", "misc", "helper", "helpers"] {
            assert_ne!(stem, drawer, "{}: name it after its noun", short(&file));
        }
    }
}

#[test]
fn unsafe_lives_in_four_places() {
    for file in sources() {
        let name = short(&file);
        let allowed = ["core/abi/", "core/sdk/", "core/host/", "core/check/"].iter().any(|p| name.starts_with(p));
        let text = fs::read_to_string(&file).unwrap();
        let is_root = name.ends_with("src/lib.rs") || name.ends_with("src/main.rs");
        if !allowed && is_root && !name.starts_with("tests/") {
            assert!(text.contains("#![forbid(unsafe_code)]"), "{name} must forbid unsafe code");
        }
    }
}

#[test]
fn sql_lives_in_the_store() {
    let words = ["SELECT ", "INSERT INTO", "UPDATE delivery", "DELETE FROM"];
    for file in sources() {
        let name = short(&file);
        if name.starts_with("core/store/") || name.starts_with("tests/") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for word in words {
            assert!(!text.contains(word), "{name} contains SQL: `{word}`");
        }
    }
}

#[test]
fn every_folder_has_a_readme_of_one_screen() {
    for (krate, _) in ARROWS {
        let readme = root().join(krate).join("README.md");
        let text = fs::read_to_string(&readme).unwrap_or_else(|_| panic!("`{krate}` has no README.md"));
        let lines = text.lines().count();
        assert!((5..=140).contains(&lines), "{}: {lines} lines; one screen says what lives here", short(&readme));
    }
    for folder in ["core", "plugins", "config", "tests"] {
        assert!(root().join(folder).join("README.md").exists(), "`{folder}` has no README.md");
    }
}

#[test]
fn every_dependency_says_why_it_is_here() {
    let text = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = text.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for line in section.lines().filter(|l| l.contains('=') && !l.starts_with('#') && !l.contains("path =")) {
        assert!(line.contains(" # "), "no reason beside: {line}");
    }
    for (krate, _) in ARROWS {
        let manifest = fs::read_to_string(root().join(krate).join("Cargo.toml")).unwrap();
        let version = manifest.lines().find(|l| l.contains("version = \""));
        assert_eq!(version, None, "`{krate}`: versions live in the root");
    }
}
