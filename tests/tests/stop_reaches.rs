//! A STOP reaches everything and stays, with the real daemon: other lists, later lists, imports, SIGHUP with another purpose, a closed list.

use rundruf_tests::daemon::{self, signal};
use rundruf_tests::{Daemon, sample_people};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);
const ANNA: &str = "threema:ANNA2345";

fn list(name: &str, title: &str, purpose: &str) -> String {
    format!("[lists.{name}]\ntitle = \"{title}\"\npurpose = \"{purpose}\"\ntransports = [\"box\"]\n\n")
}

fn toml(dir: &Path, lists: &str) -> String {
    let rest = format!(
        "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\n\n{lists}[transports.box]\nplugin = \"sandbox\"\n\n\
         [transports.box.config]\nfolder = \"messages\"\nslow_ms = 10\n"
    );
    daemon::settings(dir, &rest)
}

/// Imports people with a proof into a list; what became of them.
fn import(d: &Daemon, addresses: &[&str], list: &str, class: &str) -> Value {
    let mut csv = format!("{}\n", sample_people::COLUMNS);
    for address in addresses {
        let (channel, value) = address.split_once(':').unwrap();
        csv.push_str(&format!(
            "{channel},{value},Anna,Muster,de,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\
             \"Ja, die Bäckerei Krume GmbH darf mir ihre Angebote der Woche, ihre Rezepte und Neues schicken. Abmelden jederzeit.\",2026-10-01T08:00:00Z\n"
        ));
    }
    fs::write(d.dir().join("people.csv"), csv).unwrap();
    d.json_either_way(&["import", "people.csv", "--list", list, "--evidence", class]).remove(0)
}

fn send(d: &Daemon, list: &str, text: &str) -> Value {
    let id = d.json(&["broadcast", "send", "--list", list, "--text", text])[0]["id"].as_i64().unwrap();
    d.wait_done(id, DEADLINE)
}

fn reply(d: &Daemon, from: &str, text: &str) {
    let folder = d.dir().join("messages/in");
    fs::write(folder.join(".new"), text).unwrap();
    let file = folder.join(format!("{from}.txt"));
    fs::rename(folder.join(".new"), &file).unwrap();
    d.wait_for("the reply is read", DEADLINE, || (!file.exists()).then_some(()));
}

fn state(d: &Daemon, address: &str, list: &str) -> String {
    let all = d.json(&["consent", "show", address]);
    all.iter().find(|c| c["list"] == list).map_or_else(String::new, |c| c["state"].as_str().unwrap().to_owned())
}

fn reload(d: &Daemon, toml: &str) {
    let words = "the new settings are in force";
    let before = d.log().matches(words).count();
    fs::write(d.dir().join("rundruf.toml"), toml).unwrap();
    signal(d.pid(), rustix::process::Signal::HUP).unwrap();
    d.wait_for(words, DEADLINE, || (d.log().matches(words).count() > before).then_some(()));
}

/// What a command that must fail says on stderr.
#[track_caller]
fn refused(d: &Daemon, args: &[&str]) -> String {
    let output = d.cli(args);
    assert!(!output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_stop_by_reply_holds_for_every_list_and_every_import() {
    let dir = tempfile::tempdir().unwrap();
    let two =
        list("angebote", "Angebote", "Angebote der Bäckerei") + &list("rezepte", "Rezepte", "Rezepte der Bäckerei");
    let d = Daemon::start(dir.path(), &toml(dir.path(), &two));
    for name in ["angebote", "rezepte"] {
        assert_eq!(import(&d, &[ANNA, "threema:BERTA234"], name, "A")["confirmed"], 2, "{name}");
    }
    assert_eq!(send(&d, "rezepte", "Vorher")["sent"], 2);
    reply(&d, ANNA, "Stop");
    d.wait_for("the stop", DEADLINE, || (state(&d, ANNA, "angebote") == "withdrawn").then_some(()));
    let after = send(&d, "rezepte", "Nachher");
    assert_eq!((&after["sent"], &after["skipped"]), (&1.into(), &1.into()), "{after}");
    // A list that comes later, and every way to import.
    reload(&d, &toml(dir.path(), &(two.clone() + &list("neu", "Neues", "Neues aus der Bäckerei"))));
    for name in ["angebote", "rezepte", "neu"] {
        for class in ["A", "C"] {
            let done = import(&d, &[ANNA], name, class);
            assert_eq!((&done["refused"], &done["confirmed"]), (&1.into(), &0.into()), "{name} {class}: {done}");
        }
    }
    assert!(refused(&d, &["consent", "request", ANNA, "--list", "neu"]).contains("--person-asked"));
    assert!(refused(&d, &["consent", "request", ANNA, "--list", "neu", "--person-asked"]).contains("--source"));
    // The person begins again: this list, and no other.
    let asked = ["consent", "request", ANNA, "--list", "neu", "--person-asked", "--source", "am Telefon, 30. November"];
    assert_eq!(d.json(&asked)[0]["state"], "requested");
    reply(&d, ANNA, "Ja");
    d.wait_for("the yes", DEADLINE, || (state(&d, ANNA, "neu") == "confirmed").then_some(()));
    assert_eq!(send(&d, "neu", "Willkommen zurück")["sent"], 1);
    assert_eq!(import(&d, &[ANNA], "rezepte", "A")["refused"], 1);
    assert_eq!(send(&d, "rezepte", "Noch einmal")["skipped"], 1);
    // An operator enters a stop that came on paper: without a list it is about everything.
    let done = d.json(&["consent", "withdraw", ANNA]);
    assert_eq!((&done[0]["withdrawn"], &done[0]["all_lists"]), (&1.into(), &true.into()), "{done:?}");
    assert_eq!(send(&d, "neu", "Nach dem Brief")["sent"], 0);
    assert_eq!(d.json(&["doctor"])[0]["ok"], true);
}

#[test]
fn another_purpose_is_held_and_a_closed_list_asks() {
    let dir = tempfile::tempdir().unwrap();
    let bakery = toml(dir.path(), &list("angebote", "Angebote", "Angebote der Bäckerei"));
    let d = Daemon::start(dir.path(), &bakery);
    assert_eq!(import(&d, &[ANNA], "angebote", "A")["confirmed"], 1);
    let at = "2099-12-01T10:00:00Z";
    let id =
        d.json(&["broadcast", "send", "--list", "angebote", "--text", "Später", "--at", at])[0]["id"].as_i64().unwrap();
    let casino = toml(dir.path(), &list("angebote", "Angebote", "Die Angebote unseres Casinos"));
    fs::write(dir.path().join("casino.toml"), &casino).unwrap();
    let check = d.json(&["config", "check", "casino.toml"]).remove(0);
    assert!(check["warnings"][0]["message"].as_str().unwrap().contains("will be held, with 1 consents"), "{check}");
    reload(&d, &casino);
    let held = d.status(id);
    assert_eq!((&held["state"], &held["waits_for"]), (&"paused".into(), &"list_held".into()), "{held}");
    assert!(refused(&d, &["broadcast", "send", "--list", "angebote", "--text", "Jackpot"]).contains("is held"));
    assert!(refused(&d, &["import", "people.csv", "--list", "angebote", "--evidence", "A"]).contains("is held"));
    let shown = d.json(&["list", "show"]).remove(0);
    assert!(shown["held"] == "changed" && shown["differences"][0].as_str().unwrap().contains("Casinos"), "{shown}");
    assert!(refused(&d, &["doctor"]).contains("`angebote` is held"));
    // The admin says that it is the same; without a reason nothing happens.
    assert!(refused(&d, &["list", "changed", "angebote", "--same-purpose"]).contains("--reason"));
    let same = ["list", "changed", "angebote", "--same-purpose", "--reason", "nur anders gesagt"];
    assert_eq!(d.json(&same)[0]["held"], Value::Null);
    assert_eq!(d.status(id)["state"], "scheduled");
    assert_eq!(send(&d, "angebote", "Brot")["sent"], 1);
    let shown = d.json(&["list", "show"]).remove(0);
    assert_eq!(shown["same_purpose"][0]["reason"], "nur anders gesagt", "{shown}");
    // Closing says how much ends, and needs a yes.
    let said = refused(&d, &["list", "close", "angebote"]);
    assert!(said.contains("ends 1 consents for good") && said.contains("--yes"), "{said}");
    assert_eq!(state(&d, ANNA, "angebote"), "confirmed");
    assert_eq!(d.json(&["list", "close", "angebote", "--yes"])[0]["terminated"], 1);
    assert_eq!(d.status(id)["state"], "cancelled");
    assert!(refused(&d, &["import", "people.csv", "--list", "angebote", "--evidence", "A"]).contains("closed"));
}
