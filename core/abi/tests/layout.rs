//! The shape of the contract does not change by accident: every size, place and number is written down in `golden`, for each minor and each
//! kind of machine.
//!
//! After a wanted change: raise the minor in `src/version.rs` (an extension, which adds structs and changes none, needs no new one), then
//! `RUNDRUF_BLESS=1 cargo test -p rundruf-abi`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/cross_compile.rs"]
mod cross_compile;
#[path = "support/golden.rs"]
mod golden;
#[path = "support/source.rs"]
mod source;
#[path = "support/table.rs"]
mod table;
#[path = "support/write.rs"]
mod write;

use golden::Change;

/// Every kind of machine that a plugin is built for; and one of 32 bits, where pointers are shorter and alignment is weaker.
const MACHINES: [&str; 4] = ["x86_64", "aarch64", "riscv64", "i686"];

fn file(machine: &str) -> String {
    format!("layout-{machine}.txt")
}

/// What another machine's compiler says, in the order of the table.
fn foreign(machine: &str) -> Vec<String> {
    let mut lines = cross_compile::lines(&format!("{machine}-linux-gnu-gcc"));
    let order: Vec<String> = table::lines().iter().map(|l| name(l)).collect();
    lines.sort_by_key(|l| order.iter().position(|o| *o == name(l)));
    lines
}

/// What a line is about.
fn name(line: &str) -> String {
    let end = line.find(" = ").or_else(|| line.find(" at ")).or_else(|| line.find(" size "));
    line[..end.unwrap()].to_owned()
}

#[test]
fn this_machine_has_the_layout_that_is_written_down() {
    let machine = if cfg!(target_arch = "x86") { "i686" } else { std::env::consts::ARCH };
    assert!(MACHINES.contains(&machine), "no layout is written down for `{machine}`: add it to `MACHINES`");
    golden::hold(&file(machine), &(table::lines().join("\n") + "\n"), by_lines);
}

#[test]
fn other_machines_have_the_layout_that_is_written_down() {
    let rust = table::lines();
    for machine in MACHINES {
        let lines = foreign(machine);
        assert_eq!(lines.len(), rust.len(), "{machine}: something is missing or comes twice");
        assert!(lines.iter().zip(&rust).all(|(a, b)| name(a) == name(b)), "{machine}: {lines:#?}");
        golden::hold(&file(machine), &(lines.join("\n") + "\n"), by_lines);
    }
    assert!(foreign("i686").contains(&"View size 8 align 4".to_owned()), "the probe reads what it asks for");
}

fn by_lines(old: &str, new: &str) -> Change {
    change(&old.lines().collect::<Vec<_>>(), &new.lines().collect::<Vec<_>>())
}

/// How the new table follows the old one.
fn change(old: &[&str], new: &[&str]) -> Change {
    let version = |lines: &[&str]| lines.iter().find_map(|l| l.strip_prefix("ABI = ").map(str::to_owned));
    if old == new {
        Change::None
    } else if only_new_names(old, new) {
        Change::Growth
    } else {
        golden::judge(version(old), version(new), || breaks(old, new))
    }
}

/// Whether the new table only adds structs, numbers and names: an extension is found by its name, so others are not affected.
fn only_new_names(old: &[&str], new: &[&str]) -> bool {
    old.iter().all(|l| new.contains(l))
        && new.iter().filter(|l| !old.contains(*l)).all(|l| old.iter().all(|o| owner(o) != owner(l)))
}

/// The struct or number that a line is about; a constant without an owner is about itself.
fn owner(line: &str) -> &str {
    let name = line.split([' ', '.']).next().unwrap_or(line);
    name.split("::").next().unwrap_or(name)
}

/// The owner and place in a line such as `View.len at 8 size 8`.
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

/// Changes that break a plugin built for the old table: anything that moved, changed or went, and anything new that is
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
        ("anything, under a new major", with(&[(0, "A size 8 align 8")], &[], "ABI = 2.0"), true),
    ] {
        let change = change(&old, &new);
        assert_eq!(!matches!(change, Change::Break(_)), allowed, "{what}: {change:?}");
    }
    let draft = ["A size 16 align 8", "ABI = 0.1"];
    let other = |version| ["A size 8 align 8", version];
    assert_eq!(change(&draft, &other("ABI = 0.2")), Change::Growth, "before the freeze a new minor is enough");
    assert!(matches!(change(&draft, &other("ABI = 0.1")), Change::Break(_)), "before the freeze a new minor is needed");
}

/// Every line of the real table matters: without it, or with another number in it, the next minor is refused.
#[test]
fn no_line_of_the_real_table_may_change() {
    let frozen: Vec<String> = table::lines().into_iter().map(|l| l.replace("ABI = 0.", "ABI = 1.")).collect();
    let old: Vec<&str> = frozen.iter().map(String::as_str).collect();
    let raised: Vec<String> =
        frozen.iter().map(|l| if l.starts_with("ABI = ") { "ABI = 1.99".to_owned() } else { l.clone() }).collect();
    let next: Vec<&str> = raised.iter().map(String::as_str).collect();
    assert_eq!(change(&old, &next), Change::Growth);
    for n in (0..next.len()).filter(|n| !next[*n].starts_with("ABI = ")) {
        let mut without = next.clone();
        without.remove(n);
        assert!(matches!(change(&old, &without), Change::Break(_)), "gone: {}", next[n]);
        let other = format!("{}0", next[n]);
        let mut changed = next.clone();
        changed[n] = &other;
        assert!(matches!(change(&old, &changed), Change::Break(_)), "changed: {other}");
    }
}
