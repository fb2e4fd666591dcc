//! Which crate uses which, from the `Cargo.toml` files.

use crate::tree;
use std::collections::BTreeSet;

/// Folders of all crates in `core` and `plugins`, such as `core/abi`, sorted.
#[must_use]
pub fn crates() -> Vec<String> {
    let manifests = tree::files(&["core", "plugins"]);
    let is_crate = |path: &String| path.matches('/').count() == 2;
    let folders = manifests.iter().filter(|p| is_crate(p)).filter_map(|p| p.strip_suffix("/Cargo.toml"));
    folders.map(str::to_owned).collect()
}

/// The package's name of a crate's folder.
///
/// # Panics
/// If its manifest names none.
#[must_use]
pub fn package(krate: &str) -> String {
    let text = tree::read(&format!("{krate}/Cargo.toml"));
    let name = text.lines().find_map(|l| l.strip_prefix("name = \"")?.strip_suffix('"'));
    name.unwrap_or_else(|| panic!("{krate}/Cargo.toml names no package")).to_owned()
}

/// Names under `[dependencies]` and `[target.….dependencies]`: what the crate itself uses. Those of tests and build scripts are not among them.
#[must_use]
pub fn dependencies(krate: &str) -> BTreeSet<String> {
    let text = tree::read(&format!("{krate}/Cargo.toml"));
    let mut inside = false;
    let mut out = BTreeSet::new();
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]" || (line.starts_with("[target.") && line.ends_with(".dependencies]"));
        } else if inside && let Some(name) = line.split(['.', ' ', '=']).next().filter(|n| !n.is_empty() && *n != "#") {
            out.insert(name.to_owned());
        }
    }
    out
}
