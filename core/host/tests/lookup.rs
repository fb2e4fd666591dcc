//! The lookup extension: plugins that offer it are asked, others work without it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/workspace_plugin.rs"]
mod workspace_plugin;

use rundruf_host::{Isolation, LookupRefusal, Reachability};
use serde_json::json;
use std::time::{Duration, Instant};
use workspace_plugin::{WAYS, sends, start};

const LONG: Duration = Duration::from_secs(30);

#[test]
fn lookups_are_answered() {
    for isolation in WAYS {
        let dir = tempfile::tempdir().unwrap();
        let config = json!({"folder": dir.path().join("m"), "slow_ms": 60_000});
        let (instance, _events) = start("sandbox", isolation, &config, dir.path(), "plugin_host");
        let asked = [
            ("email", "anna@x.example"),
            ("email", "refuse@x.example"),
            ("sms", "+491700000002"),
            ("threema", "ECHOECHO"),
        ];
        let got = instance.lookup(&asked, LONG).unwrap();
        let reach: Vec<_> = got.iter().map(|r| r.reach).collect();
        assert_eq!(
            reach,
            [Reachability::Yes, Reachability::No, Reachability::Unknown, Reachability::Yes],
            "{isolation:?}"
        );
        assert_eq!(got[1].detail, "rehearsal: there is no such address", "{isolation:?}");
        // An address without an answer is unknown; the other answers count.
        let slow = [("email", "slow@x.example"), ("email", "bea@x.example")];
        let got = instance.lookup(&slow, Duration::from_millis(500)).unwrap();
        assert_eq!((got[0].reach, got[1].reach), (Reachability::Unknown, Reachability::Yes), "{isolation:?}");
        assert_eq!(got[0].detail, "no answer from the plugin in time", "{isolation:?}");
        for count in [0, 257] {
            assert_eq!(instance.lookup(&vec![asked[0]; count], LONG), Err(LookupRefusal::TooMany), "{isolation:?}");
        }
        assert_eq!(instance.lookup(&[asked[0]; 256], LONG).unwrap().len(), 256, "{isolation:?}");
        let files = std::fs::read_dir(dir.path().join("m")).unwrap().flatten().filter(|f| f.path().is_file()).count();
        assert_eq!(files, 0, "{isolation:?}: nothing was sent");
        let _ = instance.stop(Duration::from_secs(5));
        assert_eq!(instance.lookup(&asked, LONG), Err(LookupRefusal::Closed), "{isolation:?}");
    }
}

#[test]
fn a_plugin_without_the_extension_works() {
    for isolation in WAYS {
        let dir = tempfile::tempdir().unwrap();
        let (instance, events) = start("null", isolation, &json!({}), dir.path(), "plugin_host");
        assert_eq!(instance.lookup(&[("email", "a@x.example")], LONG), Err(LookupRefusal::NotOffered), "{isolation:?}");
        sends(&instance, &events, "a@x.example");
    }
}

#[test]
fn a_host_process_without_the_extension_works() {
    let dir = tempfile::tempdir().unwrap();
    let config = json!({"folder": dir.path().join("m")});
    let (instance, events) = start("sandbox", Isolation::Process, &config, dir.path(), "plugin_host_older");
    assert_eq!(instance.lookup(&[("email", "a@x.example")], LONG), Err(LookupRefusal::NotOffered));
    sends(&instance, &events, "a@x.example");
}

#[test]
fn a_plugin_that_dies_ends_its_lookups() {
    let dir = tempfile::tempdir().unwrap();
    let config = json!({"folder": dir.path().join("m"), "slow_ms": 600_000});
    let (instance, _events) = start("sandbox", Isolation::Process, &config, dir.path(), "plugin_host");
    let pid = rustix::process::Pid::from_raw(i32::try_from(instance.pid().unwrap()).unwrap()).unwrap();
    let asking = instance.clone();
    let asked = std::thread::spawn(move || asking.lookup(&[("email", "slow@x.example")], Duration::from_secs(600)));
    // Two lookups: when the second is answered, the first has reached the plugin.
    assert_eq!(instance.lookup(&[("email", "a@x.example")], LONG).unwrap()[0].reach, Reachability::Yes);
    let begin = Instant::now();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    assert_eq!(asked.join().unwrap(), Err(LookupRefusal::Closed));
    assert!(begin.elapsed() < Duration::from_secs(60), "it waited for a dead process");
}
