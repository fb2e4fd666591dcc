//! What every file and folder owes its reader: a length, a name, a purpose, a README.

use rundruf_tidy::{manifest, tree};

const WARN_LINES: usize = 400;
const MOST_LINES: usize = 600;

fn sources() -> Vec<String> {
    let mut all = tree::files(&["core", "plugins", "tests"]);
    all.retain(|f| f.ends_with(".rs"));
    assert!(all.len() > 200, "only {} sources found: is the walk broken?", all.len());
    all
}

#[test]
fn files_are_short_and_have_a_purpose() {
    let mut long = Vec::new();
    for file in sources() {
        let text = tree::read(&file);
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{file} has {lines} lines: is there a second noun in it?");
        if lines > WARN_LINES {
            long.push(format!("{file} ({lines})"));
        }
        let says = text.trim_start().starts_with("//!");
        assert!(!file.contains("/src/") || says, "{file} does not say what it is for");
    }
    println!("longer than {WARN_LINES} lines: {}", long.join(", "));
}

#[test]
fn no_drawers() {
    for file in sources() {
        let name = file.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        for drawer in ["mod", "util", "utils", "common", "misc", "helper", "helpers"] {
            assert_ne!(name, drawer, "{file}: name it after its noun");
        }
    }
}

#[test]
fn every_folder_has_a_readme() {
    for krate in manifest::crates() {
        let text = tree::read(&format!("{krate}/README.md"));
        let lines = text.lines().count();
        assert!((5..=140).contains(&lines), "{krate}/README.md: {lines} lines; one screen says what lives here");
    }
    for folder in ["core", "plugins", "config", "tests"] {
        assert!(!tree::read(&format!("{folder}/README.md")).is_empty());
    }
}

#[test]
fn every_dependency_says_why_it_is_here() {
    let text = tree::read("Cargo.toml");
    let section = text.split("[workspace.dependencies]").nth(1).and_then(|s| s.split("\n[").next());
    let section = section.expect("a section of dependencies");
    for line in section.lines().filter(|l| l.contains('=') && !l.starts_with('#') && !l.contains("path =")) {
        assert!(line.contains(" # "), "no reason beside: {line}");
    }
    for krate in manifest::crates() {
        let manifest = tree::read(&format!("{krate}/Cargo.toml"));
        let version = manifest.lines().find(|l| l.contains("version = \""));
        assert_eq!(version, None, "`{krate}`: versions live in the root");
    }
}
