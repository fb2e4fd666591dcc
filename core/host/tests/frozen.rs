//! Plugins that were built once and are kept as binaries: those of every accepted minor send, the others are refused for their version.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/c_instance.rs"]
mod c_instance;
#[path = "support/compile.rs"]
mod compile;

use c_instance::{collect, message, start};
use compile::compile;
use ring::digest::{SHA256, digest};
use rundruf_abi::{ABI, AbiVersion};
use rundruf_host::{
    HostError, InstanceState, Isolation, Manifest, MessageContent, MessageTemplate, OutcomeClass, Priority, StopResult,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const BOTH: [Isolation; 2] = [Isolation::Process, Isolation::None];

/// The folders of the frozen minors.
fn frozen() -> Vec<(AbiVersion, PathBuf)> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../abi/golden");
    let mut all: Vec<_> = std::fs::read_dir(golden)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let (major, minor) = name.split_once('.').unwrap();
            (AbiVersion { major: major.parse().unwrap(), minor: minor.parse().unwrap() }, path)
        })
        .collect();
    all.sort_by_key(|(v, _)| (v.major, v.minor));
    all
}

/// The libraries of a frozen minor.
fn libraries(folder: &Path) -> Vec<PathBuf> {
    let folder = folder.join(std::env::consts::ARCH);
    let sums = std::fs::read_to_string(folder.join("SHA256SUMS"))
        .unwrap_or_else(|e| panic!("{}: {e}: `tests/freeze` builds the plugins of a minor", folder.display()));
    let check = |line: &str| {
        let (sum, name) = line.split_once("  ").unwrap();
        let path = folder.join(name);
        let found = digest(&SHA256, &std::fs::read(&path).unwrap());
        let found: String = found.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(found, sum, "{} is not what was frozen", path.display());
        path
    };
    sums.lines().map(check).collect()
}

fn sends(library: &Path) {
    for isolation in BOTH {
        let state = tempfile::tempdir().unwrap();
        let (instance, receiver) = start(library, isolation, state.path());
        let instance = instance.unwrap_or_else(|e| panic!("{isolation:?}: {e}"));
        assert_eq!(instance.state(), InstanceState::Up);
        let text = MessageTemplate { segments: vec![("Hallo ".into(), Some(0)), (", frisches Brot.".into(), None)] };
        let content = Arc::new(MessageContent { id: 7, channel: "email".into(), text, ..MessageContent::default() });
        let messages = (1..=100).map(|n| message(n, &format!("p{n}@x.example"))).collect();
        instance.send(&content, messages, Priority::Bulk, 0).unwrap();
        let (got, _) = collect(&receiver, 100);
        assert!(got.values().all(|o| o.class() == OutcomeClass::Sent), "{} {isolation:?}: {got:?}", library.display());
        assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean, "{} {isolation:?}", library.display());
    }
}

/// Asserts the refusal in both ways of running; its text names the file, both versions and the remedy.
fn is_refused(library: &Path, version: AbiVersion) {
    let found = format!("{}.{}", version.major, version.minor);
    let known = format!("{}.{}", ABI.major, ABI.minor);
    let error = Manifest::read(library).unwrap_err();
    assert!(matches!(&error, HostError::Version { .. }), "{error}");
    for isolation in BOTH {
        let state = tempfile::tempdir().unwrap();
        let error = start(library, isolation, state.path()).0.err().unwrap();
        let name = library.file_name().unwrap().to_str().unwrap();
        let wanted =
            format!("version {found} of the plugin contract, this program {known}: rebuild the plugin against {known}");
        assert!(error.contains(name) && error.contains(&wanted), "{isolation:?}: {error}");
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn plugins_of_every_frozen_minor_run_or_are_refused_for_their_version() {
    let frozen = frozen();
    assert!(frozen.iter().any(|(v, _)| *v == ABI), "`tests/freeze` has not been run for this minor");
    for (version, folder) in frozen {
        let libraries = libraries(&folder);
        assert_eq!(libraries.len(), 2, "{}: one in C, one in Rust", folder.display());
        for library in libraries {
            if ABI.accepts(version) { sends(&library) } else { is_refused(&library, version) }
        }
    }
}

/// The minimal plugin in C, built against a header of another version.
fn build(folder: &Path, name: &str, version: AbiVersion, manifest: AbiVersion) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let header = std::fs::read_to_string(here.join("../abi/include/rundruf_plugin.h")).unwrap();
    let other = header
        .replace(&format!("_MAJOR {}\n", ABI.major), &format!("_MAJOR {}\n", version.major))
        .replace(&format!("_MINOR {}\n", ABI.minor), &format!("_MINOR {}\n", version.minor))
        .replace(&format!("[{}, {}]", ABI.major, ABI.minor), &format!("[{}, {}]", manifest.major, manifest.minor));
    std::fs::write(folder.join("rundruf_plugin.h"), other).unwrap();
    let library = folder.join(name);
    // This folder is searched for headers first.
    compile("gcc", "tests/c/minimal.c", &library, &["-std=c11", "-I", folder.to_str().unwrap()]);
    library
}

#[test]
fn another_version_is_refused_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let version = |major, minor| AbiVersion { major, minor };
    for (n, other) in [version(0, 0), version(0, ABI.minor + 1), version(9, 0)].into_iter().enumerate() {
        assert!(!ABI.accepts(other));
        is_refused(&build(dir.path(), &format!("other{n}.so"), other, other), other);
    }
    // A manifest with the right version does not help: the version in the library is checked before anything else of it.
    let liar = build(dir.path(), "liar.so", version(9, 7), ABI);
    assert!(Manifest::read(&liar).is_ok());
    for isolation in BOTH {
        let state = tempfile::tempdir().unwrap();
        let error = start(&liar, isolation, state.path()).0.err().unwrap();
        assert!(error.contains("liar.so") && error.contains("version 9.7"), "{isolation:?}: {error}");
    }
}
