//! The rooms of the engine import each other as the table in README.md says, and the table has no circle.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names in backticks of a table cell.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Room → rooms that it may import, in the order of the table.
fn allowed() -> Vec<(String, BTreeSet<String>)> {
    let readme = std::fs::read_to_string(crate_dir().join("README.md")).unwrap();
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let (room, rest) = row.split_once('`').unwrap();
        let imports = rest.rsplit('|').nth(1).unwrap();
        (room.to_owned(), names(imports))
    })
    .collect()
}

fn sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else {
            into.push(path);
        }
    }
}

/// The first segments of what follows `crate::`: one name, or those of a group in braces.
fn first_segments(behind: &str) -> BTreeSet<String> {
    let name = |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = behind.strip_prefix('{') else { return [name(behind)].into() };
    let (mut depth, mut found, mut item) = (1, BTreeSet::new(), String::new());
    for c in group.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if depth == 0 || (depth == 1 && c == ',') {
            found.extend(Some(name(&item)).filter(|n| !n.is_empty()));
            item.clear();
        } else {
            item.push(c);
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// Room → rooms that its files name, as `crate::…`, in code.
fn arrows() -> Arrows {
    let src = crate_dir().join("src");
    let (mut files, mut arrows) = (Vec::new(), Arrows::new());
    sources(&src, &mut files);
    for file in files.iter().filter(|f| **f != src.join("lib.rs")) {
        let first = file.strip_prefix(&src).unwrap().components().next().unwrap();
        let room = first.as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned();
        let text = std::fs::read_to_string(file).unwrap();
        let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap()).collect();
        let rooms = arrows.entry(room.clone()).or_default();
        for behind in code.join("\n").split("crate::").skip(1) {
            rooms.extend(first_segments(behind).into_iter().filter(|target| *target != room));
        }
    }
    arrows
}

#[test]
fn arrows_are_those_of_the_readme() {
    let allowed: Arrows = allowed().into_iter().collect();
    assert_eq!(arrows(), allowed, "left: the code, right: the table in README.md");
}

#[test]
fn arrows_go_down() {
    let rows = allowed();
    for (n, (room, imports)) in rows.iter().enumerate() {
        let above: BTreeSet<_> = rows.iter().take(n + 1).map(|(room, _)| room.clone()).collect();
        let up: Vec<_> = imports.intersection(&above).collect();
        assert!(up.is_empty(), "`{room}` imports {up:?}, which is not below it in the table");
    }
}

#[test]
fn groups_and_single_names_are_read() {
    let read = |text: &str| first_segments(text).into_iter().collect::<Vec<_>>();
    assert_eq!(read("context::{EngineContext, Wake};"), ["context"]);
    assert_eq!(read("{alerts, broadcast::{self, send},\n    import};\nuse x;"), ["alerts", "broadcast", "import"]);
}
