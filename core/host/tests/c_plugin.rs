//! A plugin in C, built against the header alone, is loaded and sends, in both ways of running it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/c_instance.rs"]
mod c_instance;
#[path = "support/compile.rs"]
mod compile;

use c_instance::{collect, message, start};
use compile::compile;
use object::{Object, ObjectSymbol};
use rundruf_abi::OutcomeCode;
use rundruf_host::{
    InstanceState, Isolation, LookupRefusal, Manifest, MessageContent, MessageTemplate, OutcomeClass, Priority,
    StopResult,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Builds the plugin into the folder.
fn build(compiler: &str, folder: &Path) -> PathBuf {
    let library = folder.join(format!("libminimal_{compiler}.so"));
    compile(compiler, "tests/c/minimal.c", &library, &["-std=c11", "-O2", "-Wpedantic"]);
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
            let content = Arc::new(MessageContent {
                id: 7,
                channel: "email".into(),
                language: "de".into(),
                subject: MessageTemplate::fixed("Brot"),
                text: MessageTemplate {
                    segments: vec![("Grüß Gott ".into(), Some(0)), (", frisches Brot.".into(), None)],
                },
                ..MessageContent::default()
            });
            // A plugin without extensions works without them.
            let asked = instance.lookup(&[("email", "anna@x.example")], Duration::from_secs(30));
            assert_eq!(asked, Err(LookupRefusal::NotOffered), "{compiler} {isolation:?}");
            let messages =
                vec![message(1, "anna@x.example"), message(2, "nobody"), message(255, "zoe@x.example")].into();
            instance.send(&content, messages, Priority::Bulk, 0).unwrap();
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
            assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean, "{compiler} {isolation:?}");
        }
    }
}

#[test]
fn the_refusal_of_a_plugin_in_c_reaches_the_admin() {
    let dir = tempfile::tempdir().unwrap();
    let library = build("gcc", dir.path());
    for isolation in [Isolation::Process, Isolation::None] {
        let state = dir.path().join(format!("{isolation:?}"));
        std::fs::create_dir_all(state.join("sent.txt")).unwrap();
        let error = start(&library, isolation, &state).0.err().unwrap();
        assert!(error.contains("in-c") && error.contains("cannot write `sent.txt`"), "{isolation:?}: {error}");
    }
}

/// The loader's message reaches the author of the plugin; if code and manifest have different ids, both are named.
#[test]
fn a_library_that_does_not_load_names_the_reason() {
    let dir = tempfile::tempdir().unwrap();
    let (lacking, other) = (dir.path().join("lacking.so"), dir.path().join("other.so"));
    compile("gcc", "tests/c/minimal.c", &lacking, &["-std=c11", "-Dmtx_init=what_nobody_has"]);
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/c/minimal.c")).unwrap();
    let source = dir.path().join("other.c");
    std::fs::write(&source, text.replace(".id = RUNDRUF_TEXT(ID)", ".id = RUNDRUF_TEXT(\"org.example.other\")"))
        .unwrap();
    compile("gcc", source.to_str().unwrap(), &other, &["-std=c11"]);
    for isolation in [Isolation::Process, Isolation::None] {
        let error = |library: &Path| start(library, isolation, dir.path()).0.err().unwrap();
        let said = error(&lacking);
        assert!(said.contains("lacking.so") && said.contains("undefined symbol: what_nobody_has"), "{said}");
        let said = error(&other);
        assert!(said.contains("it is `org.example.other`, its manifest says `org.example.minimal`"), "{said}");
    }
}
