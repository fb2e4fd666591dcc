//! A transport gets another name: what it had to send follows `renamed_from`, also after `kill -9`; without it nothing waits in silence.

use rundruf_tests::Daemon;
use rundruf_tests::daemon;
use std::fs;
use std::path::Path;
use std::time::Duration;

const PEOPLE: u64 = 2_000;
const DEADLINE: Duration = Duration::from_secs(60);

fn settings(dir: &Path, name: &str, more: &str) -> String {
    daemon::settings(
        dir,
        &format!(
            "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\n\n\
             [lists.angebote]\ntitle = \"L\"\npurpose = \"P\"\ntransports = [\"{name}\"]\n\n\
             [transports.{name}]\nplugin = \"sandbox\"\nrate_per_s = 800\n{more}\n[transports.{name}.config]\nfolder = \"{}\"\n",
            dir.join("messages").display()
        ),
    )
}

/// A daemon in the middle of a broadcast.
fn midway(dir: &Path) -> (Daemon, i64) {
    rundruf_store::bench::seed(&dir.join("rundruf.db"), "angebote", PEOPLE).unwrap();
    let daemon = Daemon::start(dir, &settings(dir, "alt", ""));
    let sent = daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Hallo", "--subject", "Neues"]);
    let id = sent[0]["id"].as_i64().unwrap();
    let enough = || (daemon.status(id)["sent"].as_u64().unwrap() >= 300).then_some(());
    daemon.wait_for("the middle of the broadcast", DEADLINE, enough);
    (daemon, id)
}

#[test]
fn messages_follow_the_name() {
    let dir = tempfile::tempdir().unwrap();
    let (daemon, id) = midway(dir.path());
    daemon.kill();
    fs::write(dir.path().join("rundruf.toml"), settings(dir.path(), "neu", "renamed_from = \"alt\"")).unwrap();
    let daemon = Daemon::restart(dir.path());
    let done = daemon.wait_done(id, DEADLINE);
    assert_eq!((&done["sent"], &done["unknown"], &done["failed"]), (&PEOPLE.into(), &0.into(), &0.into()), "{done}");
    let files = fs::read_dir(dir.path().join("messages")).unwrap().flatten().map(|f| f.file_name());
    let mails: Vec<_> = files.filter_map(|f| f.into_string().ok()).filter(|f| f.ends_with(".eml")).collect();
    assert_eq!(mails.len() as u64, PEOPLE);
    assert!(mails.iter().all(|f| !f.contains("double")), "somebody got it twice");
    let folders = dir.path().join("transports");
    assert!(folders.join("neu").is_dir() && !folders.join("alt").exists(), "its folder has its name");
    assert!(daemon.terminate().success());
}

#[test]
fn without_its_former_name_nothing_waits_in_silence() {
    let dir = tempfile::tempdir().unwrap();
    let (daemon, id) = midway(dir.path());
    daemon.kill();
    fs::write(dir.path().join("rundruf.toml"), settings(dir.path(), "neu", "")).unwrap();
    let daemon = Daemon::restart(dir.path());
    let done = daemon.wait_done(id, DEADLINE);
    let of = |key: &str| done[key].as_u64().unwrap();
    assert!(of("failed") > 500 && of("unknown") == 0, "the journal of the old name is read: {done}");
    assert_eq!(of("sent") + of("failed"), PEOPLE, "{done}");
    let told = daemon.json(&["transport", "list"]);
    assert!(told.iter().any(|t| t["name"] == "alt" && t["state"] == "gone"), "{told:?}");
    let doctor = daemon.cli(&["doctor"]);
    let text = String::from_utf8_lossy(&[doctor.stdout, doctor.stderr].concat()).into_owned();
    assert!(text.contains("`alt`") && text.contains("renamed_from"), "{text}");
    assert!(daemon.log().contains("renamed_from"));
    assert!(daemon.terminate().success());
}
