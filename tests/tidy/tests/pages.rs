//! The pages that lead a stranger name what exists: every file, and every type or function in backticks.

use rundruf_tidy::{source, tree};
use std::collections::BTreeSet;

/// The page, and the folder that its paths begin in.
const PAGES: &[(&str, &str)] = &[("core/README.md", "core/"), ("CONTRIBUTING.md", ""), ("README.md", "")];

/// Programs, commands and files that are not of the repository.
const ELSEWHERE: &[&str] = &["rundruf-quickstart", "/etc/rundruf/rundruf.toml"];

fn in_backticks(text: &str) -> Vec<String> {
    let outside_blocks: String = text.split("```").step_by(2).collect();
    outside_blocks.lines().flat_map(|l| l.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// Targets of links that are not addresses.
fn linked(text: &str) -> Vec<String> {
    let targets = text.split("](").skip(1).filter_map(|t| t.split([')', '#']).next());
    targets.filter(|t| !t.is_empty() && !t.contains("://")).map(str::to_owned).collect()
}

fn exists(base: &str, path: &str) -> bool {
    tree::root().join(base).join(path.trim_end_matches('/')).exists()
}

#[test]
fn paths_exist() {
    for (page, base) in PAGES {
        let text = tree::read(page);
        for path in in_backticks(&text) {
            let is_path = path.contains('/') && !path.contains([' ', '<', ':', '(']) && !path.starts_with('-');
            if is_path && !ELSEWHERE.contains(&path.as_str()) {
                assert!(exists(base, &path) || exists("", &path), "{page} names `{path}`, which does not exist");
            }
        }
        for path in linked(&text) {
            assert!(exists(base, &path), "{page} links to `{path}`, which does not exist");
        }
    }
}

#[test]
fn types_and_functions_exist() {
    let mut known = BTreeSet::new();
    for file in tree::files(&["core"]).into_iter().filter(|f| f.ends_with(".rs") && f.contains("/src/")) {
        let code = source::code(&tree::read(&file));
        known.extend(code.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned));
    }
    let mut seen = 0;
    for name in in_backticks(&tree::read("core/README.md")) {
        for part in name.strip_suffix('s').unwrap_or(&name).split("::") {
            let is_name = part.chars().all(|c| c.is_alphanumeric() || c == '_');
            let is_item = part.chars().any(char::is_uppercase) || part.contains('_');
            if is_name && is_item {
                seen += 1;
                let plural = format!("{part}s");
                assert!(
                    known.contains(part) || known.contains(&plural),
                    "core/README.md names `{name}`: no such item in core"
                );
            }
        }
    }
    assert!(seen > 40, "only {seen} names found: is the search broken?");
}
