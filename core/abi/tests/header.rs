//! The C header is that of the sources, compilers of C and C++ read it as the Rust compiler does, and it only grows.
//!
//! After a change of the contract: `RUNDRUF_BLESS=1 cargo test -p rundruf-abi`.
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

/// How the new header follows the old one. Comments are free.
fn change(old: &str, new: &str) -> Change {
    let (old, new) = (items(old), items(new));
    let version = |items: &[String]| {
        let number = |name: &str| items.iter().find_map(|i| i.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        Some(format!("{}.{}", number("#define RUNDRUF_ABI_MAJOR")?, number("#define RUNDRUF_ABI_MINOR")?))
    };
    if old == new {
        Change::None
    } else if old.iter().all(|i| new.contains(i)) {
        // Added by an extension; the layout tables decide whether it is one.
        Change::Growth
    } else {
        golden::judge(version(&old), version(&new), || breaks(&old, &new))
    }
}

/// Everything that was declared is still declared; structs have more fields at most.
fn breaks(old: &[String], new: &[String]) -> Vec<String> {
    const VERSION: [&str; 3] =
        ["#define RUNDRUF_ABI_MAJOR ", "#define RUNDRUF_ABI_MINOR ", "#define RUNDRUF_MANIFEST_ABI "];
    let stays = |item: &&String| {
        let begins = item.strip_suffix("};").unwrap_or(item);
        let is_struct = item.starts_with("struct ") && item.ends_with("};");
        // The layout table judges the size.
        let is_size = item.starts_with("RUNDRUF_ASSERT(sizeof(rundruf_");
        VERSION.iter().any(|v| item.starts_with(v))
            || new.contains(item)
            || is_size
            || (is_struct && new.iter().any(|n| n.starts_with(begins) && n.ends_with("};")))
    };
    old.iter().filter(|i| !stays(i)).map(|i| format!("gone or changed: {i}")).collect()
}

/// Directives and declarations of a header without comments, each as one line.
fn items(header: &str) -> Vec<String> {
    let mut text = String::new();
    let mut rest = header;
    while let Some((before, after)) = rest.split_once("/*") {
        text.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, tail)| tail);
    }
    text.push_str(rest);
    let text = text.replace("\\\n", " ");
    let (mut out, mut open) = (Vec::new(), String::new());
    for line in text.lines() {
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.starts_with('#') || line == "extern \"C\" {" || (line == "}" && open.is_empty()) {
            out.push(line);
            continue;
        }
        if !line.is_empty() {
            open.push_str(if open.is_empty() { "" } else { " " });
            open.push_str(&line);
        }
        let depth = open.matches('{').count() - open.matches('}').count();
        if open.ends_with(';') && depth == 0 {
            out.push(std::mem::take(&mut open));
        }
    }
    assert!(open.is_empty(), "something is left over: {open}");
    out
}

#[test]
fn the_header_is_current() {
    let path = source::folder().join("include/rundruf_plugin.h");
    let wanted = write::header();
    if std::env::var_os("RUNDRUF_BLESS").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let at = found.lines().zip(wanted.lines()).position(|(a, b)| a != b).unwrap_or(found.lines().count());
    assert!(
        found == wanted,
        "{}:{}: not what the sources say: look at the change, then run this test with RUNDRUF_BLESS=1\n  wanted: {}",
        path.display(),
        at + 1,
        wanted.lines().nth(at).unwrap_or_default()
    );
}

#[test]
fn the_header_only_grows() {
    golden::hold("rundruf_plugin.h", &write::header(), change);
}

#[test]
fn the_rule_of_growth_for_the_header() {
    let version = |minor: u16| {
        let own = rundruf_abi::ABI;
        write::header()
            .replace(&format!("#define RUNDRUF_ABI_MAJOR {}\n", own.major), "#define RUNDRUF_ABI_MAJOR 1\n")
            .replace(
                &format!("#define RUNDRUF_ABI_MINOR {}\n", own.minor),
                &format!("#define RUNDRUF_ABI_MINOR {minor}\n"),
            )
    };
    let (old, new) = (version(0), version(1));
    let field = "    uint32_t attempt;\n";
    let end = "uint32_t parts;\n};";
    for (what, new, allowed) in [
        ("a new minor", new.clone(), true),
        ("a better comment", new.replace("/** Reserved, 0. */", "/** Nothing yet. */"), true),
        ("a field at the end", new.replace(end, "uint32_t parts;\n    uint64_t more;\n};"), true),
        ("a new macro", new.replace("#define RUNDRUF_HAS(", "#define RUNDRUF_MORE 1\n#define RUNDRUF_HAS("), true),
        ("a field is gone", new.replace(field, ""), false),
        ("a field of another type", new.replace(field, "    int32_t attempt;\n"), false),
        ("a field before another", new.replace(field, &format!("    uint32_t more;\n{field}")), false),
        ("another value", new.replace("RUNDRUF_STATUS_BUSY 1\n", "RUNDRUF_STATUS_BUSY 7\n"), false),
        ("a macro is gone", new.replace("#define RUNDRUF_TEXT(", "#define RUNDRUF_WORDS("), false),
        ("a type is gone", new.replace("typedef int32_t rundruf_status;\n", ""), false),
        ("the function has another name", new.replace("*rundruf_plugin_v1(void)", "*rundruf_plugin(void)"), false),
    ] {
        assert!(new != version(1) || what == "a new minor", "{what}: the header has no such place");
        let change = change(&old, &new);
        assert_eq!(!matches!(change, Change::Break(_)), allowed, "{what}: {change:?}");
    }
    let draft = write::header();
    let changed = change(&draft, &draft.replace(field, ""));
    assert!(matches!(changed, Change::Break(_)), "a frozen minor does not change: {changed:?}");
}

#[test]
fn every_compiler_sees_what_rust_sees() {
    let rust = table::lines();
    assert!(rust.len() > 150, "only {} lines: is the table whole?", rust.len());
    for compiler in ["gcc", "clang", "g++", "clang++"] {
        let c = cross_compile::lines(compiler);
        let missing: Vec<_> = rust.iter().filter(|l| !c.contains(l)).collect();
        let unknown: Vec<_> = c.iter().filter(|l| !rust.contains(l)).collect();
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "{compiler} and Rust differ.\nRust: {missing:#?}\n{compiler}: {unknown:#?}"
        );
        assert_eq!(c.len(), rust.len(), "{compiler}: a line comes twice");
    }
}

/// The assertions in the header, evaluated for machines without a table.
#[test]
fn other_machines_agree() {
    let folder = cross_compile::prepare("others");
    for machine in ["powerpc64le", "s390x", "mips64el"] {
        let target = format!("--target={machine}-linux-gnu");
        let arguments = ["-std=c11", "-ffreestanding", "-fsyntax-only", "-x", "c", &target];
        cross_compile::compile("clang", &arguments, &folder.join("rundruf_plugin.h"));
    }
}
