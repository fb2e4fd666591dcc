//! What a program does not decide waits for a person, who reads it, answers, and ends a hold; each with evidence.

use rundruf_tests::{Daemon, daemon};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(20);

struct Setup {
    daemon: Daemon,
    folder: PathBuf,
    _dir: tempfile::TempDir,
}

fn start(rest: &str) -> Setup {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("messages");
    fs::create_dir_all(folder.join("in")).unwrap();
    let port = rundruf_tests::servers::free_port();
    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:{port}\"\n\n[lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote\"\n\
             transports = [\"kasten\"]\n\n[transports.kasten]\nplugin = \"sandbox\"\n[transports.kasten.config]\nfolder = \"{}\"\n\n{rest}",
            folder.display()
        ),
    );
    Setup { daemon: Daemon::start(dir.path(), &toml), folder, _dir: dir }
}

impl Setup {
    fn says(&self, from: &str, text: &str) {
        let temp = self.folder.join("in").join(".new");
        fs::write(&temp, text).unwrap();
        fs::rename(temp, self.folder.join("in").join(format!("{from}.txt"))).unwrap();
    }

    fn delivered(&self, needles: &[&str]) -> String {
        self.daemon.wait_for(&format!("a message with {needles:?}"), WAIT, || {
            let texts = fs::read_dir(&self.folder).unwrap().flatten().filter_map(|e| fs::read_to_string(e.path()).ok());
            texts.into_iter().find(|text| needles.iter().all(|n| text.contains(n)))
        })
    }

    fn state(&self, address: &str) -> String {
        let shown = self.daemon.json(&["consent", "show", address]);
        shown.first().map_or(String::new(), |c| c["state"].as_str().unwrap_or("").to_owned())
    }

    fn confirmed(&self, id: &str) -> String {
        let address = format!("threema:{id}");
        let _ = self.daemon.json(&["contact", "add", &address, "--language", "de"]);
        let _ = self.daemon.json(&["consent", "request", &address, "--list", "angebote"]);
        self.delivered(&[id, "JA antworten"]);
        self.says(&address, "JA");
        self.daemon.wait_for("confirmed", WAIT, || (self.state(&address) == "confirmed").then_some(()));
        address
    }

    /// The message of this sender that waits.
    fn waits(&self, address: &str) -> Value {
        self.daemon.wait_for("a message waits", WAIT, || {
            self.daemon.json(&["inbox", "list"]).into_iter().find(|v| v["address"] == address && v["kind"] == "message")
        })
    }
}

#[test]
fn a_person_reads_answers_and_decides() {
    let s = start("[admin]\nnotify = [{ transport = \"kasten\", address = \"threema:CHEF2345\" }]\n");
    let anna = s.confirmed("ANNA2345");
    s.says(&anna, "Woher haben Sie meine Daten?");
    s.daemon.wait_for("held", WAIT, || (s.state(&anna) == "held").then_some(()));
    let question = s.delivered(&["ANNA2345", "WEITER"]);
    assert!(question.contains("Ein Mensch liest mit"), "somebody is told, so it is true: {question}");
    let item = s.waits(&anna);
    assert!(item.get("text").is_none(), "a list has no texts: {item}");
    assert_eq!(item["consents"][0]["state"], "held", "{item}");
    let id = item["id"].as_i64().unwrap().to_string();
    let doctor = s.daemon.json(&["doctor"]);
    assert!(doctor[0]["findings"].to_string().contains("waits for a person since"), "{doctor:?}");
    let notice = s.delivered(&["CHEF2345", "inbox list"]);
    assert!(!notice.contains("Woher haben Sie"), "counts, never texts: {notice}");

    let shown = s.daemon.json(&["inbox", "show", &id]);
    assert_eq!(shown[0]["text"], "Woher haben Sie meine Daten?", "{shown:?}");
    let _ = s.daemon.json(&["inbox", "assign", &id, "Berta"]);
    let _ = s.daemon.json(&["inbox", "reply", &id, "Sie haben sich am Tresen eingetragen."]);
    let answer = s.delivered(&["ANNA2345", "am Tresen eingetragen"]);
    assert!(answer.contains("To: ANNA2345"), "{answer}");
    assert!(!s.daemon.cli(&["inbox", "resolve", &id, "--as", "continue"]).status.success(), "going on needs a reason");
    assert_eq!(s.state(&anna), "held", "an answer ends no hold");
    let resolved = s.daemon.json(&["inbox", "resolve", &id, "--as", "continue", "--note", "am Telefon: gern weiter"]);
    assert_eq!(resolved[0]["consents"], 1, "{resolved:?}");
    assert_eq!(s.state(&anna), "confirmed");
    let folder = s.daemon.dir().join("export").display().to_string();
    let _ = s.daemon.json(&["contact", "export", &anna, "-o", &folder]);
    let export = fs::read_to_string(s.daemon.dir().join("export/export.json")).unwrap();
    let export: Value = serde_json::from_str(&export).unwrap();
    let last = export["consents"][0]["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&last["event"], &last["record"]["act"]["verbatim"]),
        (&"resume".into(), &"Woher haben Sie meine Daten?".into()),
        "{last}"
    );
    assert!(last["record"]["source"]["detail"].as_str().unwrap().contains("gern weiter"), "{last}");
    assert!(!s.daemon.json(&["inbox", "list"]).iter().any(|v| v["address"] == anna.as_str()), "nothing waits any more");
    let shown = s.daemon.json(&["inbox", "show", &id]);
    let notes: Vec<&str> =
        shown[0]["notes"].as_array().unwrap().iter().map(|n| n["action"].as_str().unwrap()).collect();
    assert_eq!(notes, ["assign", "reply", "continue"], "what was said stays readable: {shown:?}");
}

#[test]
fn a_stop_by_the_operator_and_an_unknown_sender() {
    let s = start("");
    let berta = s.confirmed("BERTA234");
    s.says(&berta, "Woher haben Sie meine Daten?");
    let id = s.waits(&berta)["id"].as_i64().unwrap().to_string();
    let question = s.delivered(&["BERTA234", "WEITER"]);
    assert!(!question.contains("Mensch"), "nobody is told, so nothing is promised: {question}");
    let doctor = s.daemon.json(&["doctor"]);
    assert!(doctor[0]["findings"].to_string().contains("nobody is told"), "{doctor:?}");
    let resolved = s.daemon.json(&["inbox", "resolve", &id, "--as", "stop"]);
    assert_eq!(resolved[0]["consents"], 1, "{resolved:?}");
    assert_eq!(s.state(&berta), "withdrawn");
    assert!(
        !s.daemon.cli(&["inbox", "resolve", &id, "--as", "continue", "--note", "doch"]).status.success(),
        "a stop stays"
    );
    assert_eq!(s.state(&berta), "withdrawn");

    s.says("threema:FREMD234", "Wann haben Sie am Sonntag offen?");
    let id = s.waits("threema:FREMD234")["id"].as_i64().unwrap().to_string();
    let _ = s.daemon.json(&["inbox", "reply", &id, "Von 8 bis 11 Uhr."]);
    s.delivered(&["FREMD234", "Von 8 bis 11 Uhr."]);
    let _ = s.daemon.json(&["inbox", "done", &id, "--note", "beantwortet"]);
    assert!(s.daemon.json(&["inbox", "list"]).is_empty());
    assert_eq!(s.daemon.json(&["inbox", "list", "--all"]).iter().filter(|v| v["open"] == true).count(), 0);
    assert!(!s.daemon.cli(&["inbox", "show", "4711"]).status.success());
}
