//! The contract speaks C: a plugin that was built by a C compiler against the header alone is loaded and sends, in both ways of running it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "harness/running.rs"]
mod running;

use object::{Object, ObjectSymbol};
use rundruf_abi::OutcomeCode;
use rundruf_host::{
    Content, InstanceState, Isolation, LookupRefused, Manifest, OutcomeClass, Priority, Stopped, Template,
};
use running::{collect, letter, start};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// Builds the plugin into the folder.
fn build(compiler: &str, folder: &Path) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let library = folder.join(format!("libminimal_{compiler}.so"));
    let output = Command::new(compiler)
        .args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        .args(["-fPIC", "-shared", "-fvisibility=hidden", "-Wl,-z,nodelete"])
        .arg("-I")
        .arg(here.join("../abi/include"))
        .arg("-o")
        .arg(&library)
        .arg(here.join("tests/c/minimal.c"))
        .output()
        .unwrap_or_else(|e| {
            panic!("`{compiler}` cannot be run ({e}): install it, on Debian by `apt-get install {compiler} libc6-dev`")
        });
    assert!(output.status.success(), "{compiler}: {}", String::from_utf8_lossy(&output.stderr));
    library
}

fn exports(library: &Path) -> Vec<String> {
    let bytes = std::fs::read(library).unwrap();
    let file = object::read::elf::ElfFile64::<object::Endianness>::parse(&*bytes).unwrap();
    let seen = file.dynamic_symbols().filter(|s| s.is_definition() && s.is_global());
    seen.map(|s| s.name().unwrap().to_owned()).collect()
}

#[test]
fn a_plugin_in_c_sends_in_both_ways() {
    let dir = tempfile::tempdir().unwrap();
    for compiler in ["gcc", "clang"] {
        let library = build(compiler, dir.path());
        let manifest = Manifest::read(&library).unwrap();
        assert_eq!(
            (manifest.id.as_str(), manifest.channels.as_slice()),
            ("org.example.minimal", &["email".into()][..])
        );
        assert_eq!(exports(&library), ["rundruf_plugin_v1"], "{compiler}: one symbol is seen from outside");
        for isolation in [Isolation::Process, Isolation::None] {
            let state = dir.path().join(format!("{compiler}-{isolation:?}"));
            std::fs::create_dir(&state).unwrap();
            let (instance, receiver) = start(&library, isolation, &state);
            let instance = instance.unwrap();
            assert_eq!(instance.state(), InstanceState::Up);
            let content = Arc::new(Content {
                id: 7,
                channel: "email".into(),
                language: "de".into(),
                subject: Template::fixed("Brot"),
                text: Template { segments: vec![("Grüß Gott ".into(), Some(0)), (", frisches Brot.".into(), None)] },
                ..Content::default()
            });
            // Older than every extension: it is not asked, and goes on.
            let asked = instance.lookup(&[("email", "anna@x.example")], Duration::from_secs(30));
            assert_eq!(asked, Err(LookupRefused::NotOffered), "{compiler} {isolation:?}");
            let letters = vec![letter(1, "anna@x.example"), letter(2, "nobody"), letter(255, "zoe@x.example")];
            instance.send(&content, letters, Priority::Bulk, 0).unwrap();
            let (got, log) = collect(&receiver, 3);
            assert!([1, 255].iter().all(|n| got[n].class() == OutcomeClass::Sent), "{compiler} {isolation:?}: {got:?}");
            assert_eq!(got[&2].code, OutcomeCode::BAD_RECIPIENT);
            assert_eq!(&*got[&2].detail, "the address has no @");
            let text = std::fs::read_to_string(state.join("sent.txt")).unwrap();
            let wanted = [(1, "anna"), (255, "zoe")].map(|(n, who)| {
                format!("{} {who}@x.example Grüß Gott Name{n}, frisches Brot.\n", format!("{n:02x}").repeat(16))
            });
            assert_eq!(text, wanted.concat(), "{compiler} {isolation:?}");
            assert_eq!(log, ["3 minimal: ready to write"], "{compiler} {isolation:?}");
            assert_eq!(instance.stop(Duration::from_secs(10)), Stopped::Clean, "{compiler} {isolation:?}");
        }
    }
}

#[test]
fn what_a_plugin_in_c_says_when_it_refuses_reaches_the_admin() {
    let dir = tempfile::tempdir().unwrap();
    let library = build("gcc", dir.path());
    for isolation in [Isolation::Process, Isolation::None] {
        let state = dir.path().join(format!("{isolation:?}"));
        std::fs::create_dir_all(state.join("sent.txt")).unwrap();
        let error = start(&library, isolation, &state).0.err().unwrap();
        assert!(error.contains("in-c") && error.contains("cannot write `sent.txt`"), "{isolation:?}: {error}");
    }
}
