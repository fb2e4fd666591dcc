//! The first page says the same in the README and in the documentation, where it is compiled.
#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that is wrong")]

use std::path::Path;

/// The first block of Rust in a text.
fn example(text: &str) -> String {
    let (_, after) = text.split_once("```rust\n").or_else(|| text.split_once("```\n")).unwrap();
    after.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_readme_shows_what_compiles() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(here.join("src/lib.rs")).unwrap();
    // Lines that begin with `# ` run the example and are not shown.
    let docs = source.lines().filter_map(|l| l.strip_prefix("//!")).map(|l| l.strip_prefix(' ').unwrap_or(l));
    let docs = docs.filter(|l| !l.starts_with("# "));
    let compiled = example(&docs.map(|l| format!("{l}\n")).collect::<String>());
    let path = here.join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let shown = example(&readme);
    if shown != compiled && std::env::var_os("RUNDRUF_BLESS").is_some() {
        std::fs::write(&path, readme.replace(&shown, &compiled)).unwrap();
        return;
    }
    assert!(shown == compiled, "README.md and src/lib.rs show different examples: run this test with RUNDRUF_BLESS=1");
    assert!(compiled.lines().count() <= 35, "a whole transport has become {} lines", compiled.lines().count());
}
