//! Which crate uses which: the table in `core/README.md` is the rule, the `Cargo.toml` files keep it, and nobody uses what it must not.

use rundruf_tidy::{manifest, tree};
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = "core/README.md";

/// Libraries that a crate must never use, and why.
const NEVER: &[(&str, &[&str], &str)] = &[
    ("core/abi", &["serde", "tokio", "libc"], "the contract is types alone"),
    ("core/lang", &["tokio", "rusqlite", "hyper", "tracing"], "sentences need no I/O"),
    ("core/consent", &["tokio", "rusqlite", "hyper", "tracing"], "the law has no I/O and no log"),
    ("core/host", &["tokio", "rusqlite", "hyper"], "plugins run without a runtime of ours"),
    ("core/check", &["tokio", "rusqlite", "hyper"], "plugins are checked without a runtime of ours"),
    ("core/store", &["hyper", "libloading"], "the store neither serves nor loads"),
    ("core/engine", &["rusqlite", "hyper", "libloading"], "the engine asks store and host"),
    ("core/web", &["rusqlite", "libloading"], "the pages ask the engine"),
    ("core/daemon", &["rusqlite", "libloading"], "the program wires crates together"),
];

/// The rows `| [name](folder) | uses |` of the page: crate by folder, and the packages of ours that it uses.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let mut out = BTreeMap::new();
    let text = tree::read(PAGE);
    let section = text.split("\n## The arrows").nth(1).expect("a section `The arrows`");
    for line in section.split("\n## ").next().expect("a section").lines() {
        let Some((folder, rest)) = line.strip_prefix("| [").and_then(|l| l.split_once("](")?.1.split_once(')')) else {
            continue;
        };
        let folder = folder.strip_prefix("../").map_or_else(|| format!("core/{folder}"), str::to_owned);
        let uses = rest.split('|').nth(1).expect("a second cell");
        let names = uses.split(',').map(str::trim).filter(|n| !n.is_empty() && *n != "–");
        out.insert(folder, names.map(str::to_owned).collect());
    }
    out
}

#[test]
fn the_page_names_every_arrow() {
    let packages: BTreeMap<String, String> =
        manifest::crates().into_iter().map(|c| (manifest::package(&c), c)).collect();
    let mut real: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for krate in packages.values() {
        let ours = manifest::dependencies(krate).into_iter().filter_map(|d| packages.get(&d).cloned());
        real.insert(krate.clone(), ours.map(|c| c.rsplit('/').next().unwrap_or_default().to_owned()).collect());
    }
    let page = arrows();
    for (krate, uses) in &real {
        assert_eq!(
            page.get(krate),
            Some(uses),
            "{PAGE}, row of `{krate}`: left what the page says, right what Cargo.toml says"
        );
    }
    assert_eq!(page.len(), real.len(), "{PAGE} has rows of crates that do not exist");
}

#[test]
fn arrows_point_down() {
    // The page lists crates from top to bottom: none uses one above it.
    let text = tree::read(PAGE);
    let place = |name: &str| text.find(&format!("| [{name}](")).unwrap_or_else(|| panic!("{PAGE} has no row `{name}`"));
    for (krate, uses) in arrows() {
        let name = krate.rsplit('/').next().unwrap_or_default();
        for used in uses {
            assert!(place(name) < place(&used), "`{name}` uses `{used}`, which is above it");
        }
    }
}

#[test]
fn nobody_uses_what_it_must_not() {
    for (krate, never, why) in NEVER {
        let has = manifest::dependencies(krate);
        for name in *never {
            assert!(!has.contains(*name), "`{krate}` must not use `{name}`: {why}");
        }
    }
}
