//! The shape of the contract does not change by accident: every size, place and number is written down in `layout.txt`.
//!
//! After a wanted change: raise the minor in `src/version.rs` (an extension, which adds structs and changes none, needs no new one), then
//! `RUNDRUF_BLESS=1 cargo test -p rundruf-abi`.
#![cfg(target_pointer_width = "64")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "contract/table.rs"]
mod table;

use std::path::Path;

/// The place and size in a line such as `View.len at 8 size 8`.
fn field(line: &str) -> Option<(&str, usize)> {
    let (name, rest) = line.split_once(" at ")?;
    Some((name.split_once('.')?.0, rest.split_once(' ')?.0.parse().ok()?))
}

/// The name, size and alignment in a line such as `View size 16 align 8`.
fn shape(line: &str) -> Option<(&str, usize, usize)> {
    let (name, rest) = line.split_once(" size ").filter(|(n, _)| !n.contains('.'))?;
    let (size, align) = rest.split_once(" align ")?;
    Some((name, size.parse().ok()?, align.parse().ok()?))
}

/// What a plugin that was built for the old table would stumble over: anything that moved, changed or went, and anything new that is
/// not behind the old end of its struct.
fn breaks(old: &[&str], new: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    for line in old.iter().filter(|l| !l.starts_with("ABI = ") && !new.contains(*l)) {
        let grown = shape(line).is_some_and(|(name, size, align)| {
            new.iter().filter_map(|l| shape(l)).any(|(n, s, a)| n == name && s >= size && a == align)
        });
        if !grown {
            out.push(format!("gone or changed: {line}"));
        }
    }
    for line in new.iter().filter(|l| !old.contains(*l)) {
        let Some((owner, at)) = field(line) else { continue };
        if old.iter().filter_map(|l| shape(l)).any(|(name, size, _)| name == owner && at < size) {
            out.push(format!("not at the end: {line}"));
        }
    }
    out
}

fn version<'a>(lines: &[&'a str]) -> Option<&'a str> {
    lines.iter().find_map(|l| l.strip_prefix("ABI = "))
}

/// The struct or number that a line is about; a constant that is nobody's is about itself.
fn owner(line: &str) -> &str {
    let name = line.split([' ', '.']).next().unwrap_or(line);
    name.split("::").next().unwrap_or(name)
}

/// Whether the new table only knows more structs, numbers and names: what is found by its name meets nobody who does not ask for it.
fn only_new_names(old: &[&str], new: &[&str]) -> bool {
    old.iter().all(|l| new.contains(l))
        && new.iter().filter(|l| !old.contains(*l)).all(|l| old.iter().all(|o| owner(o) != owner(l)))
}

/// Why the new table may not replace the old one.
fn refusal(old: &[&str], new: &[&str]) -> Option<String> {
    if old == new || old.is_empty() || only_new_names(old, new) {
        return None;
    }
    if version(old) == version(new) {
        return Some("raise the minor in `src/version.rs`: a host and a plugin of one version must agree".to_owned());
    }
    let frozen = version(old).is_some_and(|v| !v.starts_with("0."));
    let broken = breaks(old, new);
    (frozen && !broken.is_empty()).then(|| format!("old plugins would break:\n  {}", broken.join("\n  ")))
}

#[test]
fn the_layout_is_the_one_written_down() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/layout.txt");
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let old: Vec<_> = text.lines().collect();
    let lines = table::lines();
    let new: Vec<_> = lines.iter().map(String::as_str).collect();
    if old == new {
        return;
    }
    let differs: Vec<_> = new.iter().filter(|l| !old.contains(*l)).collect();
    let gone: Vec<_> = old.iter().filter(|l| !new.contains(*l)).collect();
    if let Some(why) = refusal(&old, &new) {
        panic!("the layout has changed: {why}\nnow: {differs:#?}\nwritten down: {gone:#?}");
    }
    assert!(
        std::env::var_os("RUNDRUF_BLESS").is_some(),
        "the layout has changed: run this test with RUNDRUF_BLESS=1\nnow: {differs:#?}\nwritten down: {gone:#?}"
    );
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
}

#[test]
fn the_rule_of_growth() {
    let old = ["A size 16 align 8", "A.x at 0 size 8", "A.y at 8 size 8", "A::ONE = 1", "ABI = 1.0"];
    let with = |change: &[(usize, &'static str)], added: &[&'static str], version: &'static str| {
        let mut new = old.to_vec();
        for (n, line) in change {
            new[*n] = line;
        }
        new[4] = version;
        new.extend(added);
        new
    };
    let grown = (0, "A size 24 align 8");
    for (what, new, allowed) in [
        ("nothing", with(&[], &[], "ABI = 1.0"), true),
        ("a field at the end", with(&[grown], &["A.z at 16 size 8"], "ABI = 1.1"), true),
        ("a field at the end without a new minor", with(&[grown], &["A.z at 16 size 8"], "ABI = 1.0"), false),
        ("a new struct", with(&[], &["B size 8 align 8", "B.x at 0 size 8"], "ABI = 1.1"), true),
        (
            "an extension",
            with(&[], &["B size 8 align 8", "B.x at 0 size 8", "B::ONE = 1", "NAME = b/1"], "ABI = 1.0"),
            true,
        ),
        ("a new number without a new minor", with(&[], &["A::TWO = 2"], "ABI = 1.0"), false),
        ("a new number", with(&[], &["A::TWO = 2"], "ABI = 1.1"), true),
        ("another number", with(&[(3, "A::ONE = 2")], &[], "ABI = 1.1"), false),
        ("fields change places", with(&[(1, "A.x at 8 size 8"), (2, "A.y at 0 size 8")], &[], "ABI = 1.1"), false),
        ("a narrower field", with(&[(2, "A.y at 8 size 4")], &[], "ABI = 1.1"), false),
        ("a field in a hole", with(&[(2, "A.y at 8 size 4")], &["A.z at 12 size 4"], "ABI = 1.1"), false),
        ("a smaller struct", with(&[(0, "A size 8 align 8")], &[], "ABI = 1.1"), false),
        ("another alignment", with(&[(0, "A size 16 align 16")], &[], "ABI = 1.1"), false),
    ] {
        let refused = refusal(&old, &new);
        assert_eq!(refused.is_none(), allowed, "{what}: {refused:?}");
    }
    let draft = ["A size 16 align 8", "ABI = 0.1"];
    assert!(refusal(&draft, &["A size 8 align 8", "ABI = 0.2"]).is_none(), "before the freeze a new minor is enough");
}
