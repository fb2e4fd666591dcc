//! The C header is that of the sources, and compilers of C and C++ read it as the Rust compiler does.
//!
//! After a change of the contract: `RUNDRUF_BLESS=1 cargo test -p rundruf-abi`.
#![cfg(target_pointer_width = "64")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "contract/source.rs"]
mod source;
#[path = "contract/table.rs"]
mod table;
#[path = "contract/write.rs"]
mod write;

use std::path::{Path, PathBuf};
use std::process::Command;

const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpadded", "-Wpedantic", "-Werror"];

/// Runs a compiler that must be there.
fn compile(compiler: &str, arguments: &[&str], files: &[&Path]) {
    let package = if compiler.starts_with("clang") { "clang" } else { compiler };
    let output = Command::new(compiler).args(WARNINGS).args(arguments).args(files).output().unwrap_or_else(|e| {
        panic!("`{compiler}` cannot be run ({e}): install it, on Debian by `apt-get install {package} libc6-dev`")
    });
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{compiler} {}\n{said}", arguments.join(" "));
}

/// A folder with the header as it should be, the probe beside it.
fn prepare(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("header-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("rundruf_plugin.h"), write::header()).unwrap();
    std::fs::write(folder.join("probe.c"), write::probe()).unwrap();
    std::fs::write(folder.join("probe.cc"), write::probe()).unwrap();
    folder
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
fn every_compiler_sees_what_rust_sees() {
    let rust = table::lines();
    assert!(rust.len() > 150, "only {} lines: is the table whole?", rust.len());
    for (compiler, standard, file) in [
        ("gcc", "-std=c11", "probe.c"),
        ("clang", "-std=c11", "probe.c"),
        ("g++", "-std=c++17", "probe.cc"),
        ("clang++", "-std=c++17", "probe.cc"),
    ] {
        let folder = prepare(compiler);
        let program = folder.join("probe");
        compile(compiler, &[standard, "-o", program.to_str().unwrap()], &[&folder.join(file)]);
        let output = Command::new(&program).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let c: Vec<_> = text.lines().collect();
        let missing: Vec<_> = rust.iter().filter(|l| !c.contains(&l.as_str())).collect();
        let unknown: Vec<_> = c.iter().filter(|l| !rust.iter().any(|r| r == *l)).collect();
        assert!(
            missing.is_empty() && unknown.is_empty(),
            "{compiler} and Rust differ.\nRust: {missing:#?}\n{compiler}: {unknown:#?}"
        );
        assert_eq!(c.len(), rust.len(), "{compiler}: a line comes twice");
    }
}

/// The assertions in the header, evaluated for machines that are not here.
#[test]
fn other_machines_agree() {
    let folder = prepare("others");
    for target in ["x86_64-linux-gnu", "aarch64-linux-gnu", "riscv64-linux-gnu", "powerpc64le-linux-gnu"] {
        let arguments = ["-std=c11", "-ffreestanding", "-fsyntax-only", "-x", "c", "--target"];
        let target = format!("--target={target}");
        let arguments: Vec<_> = arguments[..5].iter().copied().chain([target.as_str()]).collect();
        compile("clang", &arguments, &[&folder.join("rundruf_plugin.h")]);
    }
}
