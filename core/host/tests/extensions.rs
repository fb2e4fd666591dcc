//! Extensions that the host asks: a plugin forgets addresses, says how its account is, walks through its set-up; one without them works.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/workspace_plugin.rs"]
mod workspace_plugin;

use rundruf_host::{AccountState, ExtensionRefusal, HearingState, Isolation, SetupAction};
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};
use workspace_plugin::{WAYS, open_for_setup, sends, start};

const LONG: Duration = Duration::from_secs(30);

fn anna() -> Vec<(String, String)> {
    vec![("email".to_owned(), "anna@x.example".to_owned())]
}

#[test]
fn addresses_are_forgotten() {
    for isolation in WAYS {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("m");
        let (instance, _events) = start("sandbox", isolation, &json!({"folder": folder}), dir.path(), "plugin_host");
        for (file, to) in [("1.eml", "anna@x.example"), ("2.eml", "bea@x.example")] {
            fs::write(folder.join(file), format!("To: {to}\nChannel: email\n\nBrot")).unwrap();
        }
        assert_eq!(instance.forget(anna(), LONG), Ok(Ok(())), "{isolation:?}");
        assert!(!folder.join("1.eml").exists() && folder.join("2.eml").exists(), "{isolation:?}");
        for count in [0, 257] {
            let many = vec![anna().remove(0); count];
            assert_eq!(instance.forget(many, LONG), Err(ExtensionRefusal::TooLarge), "{isolation:?}");
        }
        // What cannot be done is said, and why.
        fs::remove_dir_all(folder.join("in")).unwrap();
        let why = instance.forget(anna(), LONG).unwrap().unwrap_err();
        assert!(why.starts_with("cannot remove files"), "{isolation:?}: {why}");
        let _ = instance.stop(Duration::from_secs(5));
        assert_eq!(instance.forget(anna(), LONG), Err(ExtensionRefusal::Closed), "{isolation:?}");
    }
}

#[test]
fn the_state_of_the_account_is_told() {
    for isolation in WAYS {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("m");
        let config = json!({"folder": folder, "webhook_secret": "locked"});
        let (instance, _events) = start("sandbox", isolation, &config, dir.path(), "plugin_host");
        let well = instance.health(LONG).unwrap();
        assert_eq!((well.account_state, well.hearing), (AccountState::Ready, HearingState::Unknown), "{isolation:?}");
        assert_eq!((well.account.as_str(), well.credits_micro), ("sandbox", None), "{isolation:?}");
        let rehearsed = json!({
            "not_ready": "the account is locked", "deaf": "no callback", "credits": 12.5, "alarm": 20, "currency": "EUR",
        });
        fs::write(folder.join("health.json"), rehearsed.to_string()).unwrap();
        let ill = instance.health(LONG).unwrap();
        assert_eq!((ill.account_state, ill.hearing), (AccountState::NotReady, HearingState::Deaf), "{isolation:?}");
        // No word of the plugin shows a secret of its settings.
        assert_eq!(ill.detail, "the account is …; no callback", "{isolation:?}");
        assert_eq!((ill.credits_micro, ill.alarm_micro), (Some(12_500_000), Some(20_000_000)), "{isolation:?}");
        assert!(ill.is_low() && ill.currency == "EUR", "{isolation:?}");
    }
}

#[test]
fn a_set_up_is_walked_through() {
    for isolation in WAYS {
        let dir = tempfile::tempdir().unwrap();
        // The file that the set-up is to make is not there yet.
        let file = dir.path().join("secret");
        let config = json!({"folder": dir.path().join("m"), "webhook_secret_file": file});
        let instance = open_for_setup("sandbox", isolation, &config, dir.path());
        let next = |step: &str, answer: &str| instance.setup(step, answer, LONG).unwrap();
        let shown = next("", "");
        let SetupAction::Show { qr } = &shown.action else { panic!("{isolation:?}: {shown:?}") };
        assert!(qr.starts_with("https://"), "{isolation:?}");
        let asked = next(&shown.name, "");
        assert_eq!(asked.action, SetupAction::Ask { is_secret: false }, "{isolation:?}");
        let again = next(&asked.name, " ");
        assert_eq!((&again.name, &again.action), (&asked.name, &asked.action), "{isolation:?}: an empty name");
        let waits = next(&asked.name, "Backstube");
        assert_eq!(waits.action, SetupAction::Wait { ms: 200 }, "{isolation:?}");
        let made = next(&waits.name, "");
        let SetupAction::File { setting, bytes } = &made.action else { panic!("{isolation:?}: {made:?}") };
        assert_eq!((setting.as_str(), bytes.len()), ("webhook_secret_file", 65), "{isolation:?}");
        let done = next(&made.name, "/x");
        assert!(done.action == SetupAction::Done && done.text.contains("Backstube"), "{isolation:?}: {done:?}");
        let large = "x".repeat(4_097);
        assert_eq!(instance.setup("name", &large, LONG), Err(ExtensionRefusal::TooLarge), "{isolation:?}");
        let _ = instance.stop(Duration::from_secs(5));
    }
}

#[test]
fn a_plugin_without_the_extensions_works() {
    for isolation in WAYS {
        let dir = tempfile::tempdir().unwrap();
        let (instance, events) = start("null", isolation, &json!({}), dir.path(), "plugin_host");
        assert_eq!(instance.forget(anna(), LONG), Err(ExtensionRefusal::NotOffered), "{isolation:?}");
        assert_eq!(instance.health(LONG), Err(ExtensionRefusal::NotOffered), "{isolation:?}");
        assert_eq!(instance.setup("", "", LONG), Err(ExtensionRefusal::NotOffered), "{isolation:?}");
        sends(&instance, &events, "a@x.example");
    }
}

#[test]
fn a_host_without_the_extensions_works() {
    let dir = tempfile::tempdir().unwrap();
    let config = json!({"folder": dir.path().join("m")});
    let (instance, events) = start("sandbox", Isolation::Process, &config, dir.path(), "plugin_host_older");
    // The plugin has nowhere to answer: the host that asks gets no answer, and nothing else happens.
    assert_eq!(instance.health(Duration::from_millis(300)), Err(ExtensionRefusal::NoAnswer));
    sends(&instance, &events, "a@x.example");
}

#[test]
fn a_plugin_that_dies_ends_what_was_asked() {
    let dir = tempfile::tempdir().unwrap();
    let config = json!({"folder": dir.path().join("m")});
    let (instance, _events) = start("sandbox", Isolation::Process, &config, dir.path(), "plugin_host");
    let pid = rustix::process::Pid::from_raw(i32::try_from(instance.pid().unwrap()).unwrap()).unwrap();
    // It cannot answer while it is stopped.
    rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
    let begin = Instant::now();
    let asking = instance.clone();
    let asked = std::thread::spawn(move || asking.forget(anna(), Duration::from_secs(600)));
    assert_eq!(instance.health(Duration::from_millis(200)), Err(ExtensionRefusal::NoAnswer));
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    assert_eq!(asked.join().unwrap(), Err(ExtensionRefusal::Closed));
    assert!(begin.elapsed() < Duration::from_secs(60), "it waited for a dead process");
}
