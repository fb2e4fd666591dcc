//! One person, one key: every spelling of an address is that address, a stop reaches its mailbox, and what the version before had stored as several
//! people becomes one, the strictest winning. Each story is told on a new database, and where it can be on one of the version before.

#[path = "one_person/older.rs"]
mod older; // on a database of the version before

use rundruf_tests::{Daemon, daemon};
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const WITHIN: Duration = Duration::from_secs(20);

struct Story {
    daemon: Daemon,
    folder: PathBuf,
    port: u16,
    _dir: tempfile::TempDir,
}

/// The files of the older database, as text.
fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema1").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Writes the database of the version before into a folder.
fn older_database(dir: &Path) {
    for name in ["rundruf.db", "rundruf.db.keys"] {
        let c = rusqlite::Connection::open(dir.join(name)).unwrap();
        c.execute_batch(&fixture(&format!("{name}.sql"))).unwrap();
    }
    let hex = fixture("rundruf.db.kek.hex");
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    fs::write(dir.join("rundruf.db.kek"), (0..64).step_by(2).map(byte).collect::<Vec<u8>>()).unwrap();
    fs::write(dir.join("rundruf.db.highwater"), fixture("rundruf.db.highwater")).unwrap();
    for entry in fs::read_dir(dir).unwrap().flatten().filter(|e| e.path().is_file()) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

impl Story {
    fn begin(prepare: impl FnOnce(&Path)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("messages");
        fs::create_dir_all(folder.join("in")).unwrap();
        prepare(dir.path());
        let port = rundruf_tests::servers::free_port();
        let toml = daemon::settings(
            dir.path(),
            &format!(
                "[web]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\n\
                 [lists.angebote]\ntitle = {{ de = \"Angebote der Woche\", en = \"Weekly offers\" }}\npurpose = \"Angebote der Bäckerei\"\n\
                 transports = [\"kasten\"]\n\n\
                 [lists.selten]\ntitle = \"Selten\"\npurpose = \"Selten etwas\"\ntransports = [\"kasten\"]\nfrequency_cap = {{ messages = 1, per = \"7d\" }}\n\n\
                 [lists.rezepte]\ntitle = \"Rezepte\"\npurpose = \"Rezepte zum Nachbacken\"\ntransports = [\"kasten\"]\n\n\
                 [transports.kasten]\nplugin = \"sandbox\"\n[transports.kasten.config]\nfolder = \"{}\"\n",
                folder.display(),
            ),
        );
        Self { daemon: Daemon::start(dir.path(), &toml), folder, port, _dir: dir }
    }

    fn new() -> Self {
        Self::begin(|_| {})
    }

    /// On the database of the version before. Its waiting broadcast has gone out when this returns.
    fn older() -> Self {
        let story = Self::begin(older_database);
        story.daemon.wait_done(2, WITHIN);
        story
    }

    /// Imports addresses (`channel,address,first name`) with a full proof.
    fn import(&self, list: &str, rows: &[&str], more: &[&str]) -> (Value, Vec<Value>) {
        let mut csv = String::from(
            "channel,address,first_name,language,requested_at,confirmed_at,source,consent_text,last_used_at\n",
        );
        for row in rows {
            csv.push_str(&format!(
                "{row},de,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir ihre \
                 Angebote der Woche und ihre Rezepte schicken. Abmelden jederzeit.\",2026-10-01T08:00:00Z\n"
            ));
        }
        fs::write(self.daemon.dir().join("people.csv"), csv).unwrap();
        let args = ["import", "people.csv", "--list", list, "--evidence", "A", "--report", "report.jsonl"];
        let done = self.daemon.json_either_way(&[&args[..], more].concat()).remove(0);
        let report = fs::read_to_string(self.daemon.dir().join("report.jsonl")).unwrap();
        (done, report.lines().map(|l| serde_json::from_str(l).unwrap()).collect())
    }

    /// A signed-up list of people, each in the given spellings, all confirmed.
    fn people(&self, rows: &[&str]) {
        let (done, report) = self.import("angebote", rows, &[]);
        assert_eq!(done["refused"], 0, "{done} {report:?}");
    }

    fn state(&self, address: &str, list: &str) -> String {
        let all = self.daemon.json(&["consent", "show", address]);
        let found = all.iter().find(|c| c["list"] == list);
        found.map_or("none".to_owned(), |c| c["state"].as_str().unwrap_or("").to_owned())
    }

    #[track_caller]
    fn wait_for_state(&self, address: &str, list: &str, want: &str) {
        let what = format!("{address} on {list} is {}, not {want}", self.state(address, list));
        self.daemon.wait_for(&what, WITHIN, || (self.state(address, list) == want).then_some(()));
    }

    fn found(&self, text: &str) -> Vec<Value> {
        self.daemon.json(&["contact", "find", text])
    }

    fn inbound(&self, from: &str, text: &str) {
        let temp = self.folder.join("in").join(".new");
        fs::write(&temp, text).unwrap();
        fs::rename(temp, self.folder.join("in").join(format!("{from}.txt"))).unwrap();
    }

    /// Recipients of messages that contain a text, sorted.
    fn recipients(&self, needle: &str) -> Vec<String> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.folder).unwrap().flatten().filter(|e| e.path().is_file()) {
            let text = fs::read_to_string(entry.path()).unwrap_or_default();
            if text.contains(needle) {
                all.extend(text.lines().find_map(|l| l.strip_prefix("To: ")).map(str::to_owned));
            }
        }
        all.sort();
        all
    }

    /// Sends to a list and answers who got it.
    fn broadcast(&self, list: &str, needle: &str) -> Vec<String> {
        let sent =
            self.daemon.json(&["broadcast", "send", "--list", list, "--text", needle, "--subject", "Neues", "--again"]);
        self.daemon.wait_done(sent[0]["id"].as_i64().unwrap(), WITHIN);
        self.recipients(needle)
    }

    fn message_to(&self, recipient: &str, needle: &str) -> String {
        self.daemon.wait_for(&format!("a message to {recipient} with {needle}"), WITHIN, || {
            fs::read_dir(&self.folder).unwrap().flatten().filter(|e| e.path().is_file()).find_map(|e| {
                let text = fs::read_to_string(e.path()).ok()?;
                let is_it = text.contains(&format!("To: {recipient}\n")) && text.contains(needle);
                is_it.then_some(text)
            })
        })
    }

    fn post(&self, path: &str, body: &str) -> u16 {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
    }

    /// Nothing in the database contradicts itself.
    fn healthy(&self) {
        let output = self.daemon.cli(&["doctor"]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}");
    }
}

/// The path of the first link to this kind of page.
fn link(message: &str, kind: &str) -> String {
    let joined = message.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=");
    let start = joined.find(&format!("/{kind}/")).unwrap_or_else(|| panic!("no /{kind}/ link in {message}"));
    let end = |c: char| !(c.is_ascii_alphanumeric() || "/-_.".contains(c));
    joined[start..].split(end).next().unwrap().trim_end_matches('.').to_owned()
}

/// Erika is confirmed as `Erika.Muster@`; the stop comes from another spelling.
#[test]
fn a_stop_from_any_spelling_is_a_stop() {
    let s = Story::new();
    s.people(&[
        "email,Erika.Muster@kunde.example,Erika",
        "email,Wilma.Muster@kunde.example,Wilma",
        "email,Lina.Muster@kunde.example,Lina",
        "email,otto@kunde.example,Otto",
    ]);
    assert_eq!(s.broadcast("angebote", "Brot eins").len(), 4);
    s.inbound("email:erika.muster@KUNDE.example", "STOP");
    s.wait_for_state("email:ERIKA.muster@kunde.example", "angebote", "withdrawn");
    let withdrawn = s.daemon.json(&["consent", "withdraw", "email:wilma.muster@kunde.example", "--list", "angebote"]);
    assert_eq!(withdrawn[0]["withdrawn"], 1, "{withdrawn:?}");
    let mail = s.message_to("Lina.Muster@kunde.example", "Brot eins");
    assert_eq!(s.post(&link(&mail, "u"), "List-Unsubscribe=One-Click"), 200);
    for person in ["erika", "wilma", "lina"] {
        let spelling = format!("email:{}.MUSTER@kunde.example", person.to_uppercase());
        assert_eq!(s.state(&spelling, "angebote"), "withdrawn");
        assert_eq!(s.found(&format!("{person}.muster@")).len(), 1, "no second person was made");
    }
    assert_eq!(s.broadcast("angebote", "Brot zwei"), ["otto@kunde.example"]);
    s.healthy();
}

#[test]
fn three_spellings_are_one_person_and_get_one_message() {
    let s = Story::new();
    let rows = ["email,Hans@Kunde.example,Hans", "email,hans@kunde.example,Hansi", "email,HANS@KUNDE.EXAMPLE,Hänschen"];
    let (done, _) = s.import("angebote", &rows, &[]);
    assert_eq!((&done["contacts"], &done["confirmed"], &done["merged"]), (&1.into(), &1.into(), &2.into()), "{done}");
    let found = s.found("hans@kunde");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["addresses"], serde_json::json!(["email:Hans@kunde.example"]), "the spelling given first");
    assert_eq!(found[0]["vars"]["first_name"], "Hans");
    assert_eq!(s.broadcast("angebote", "Brot"), ["Hans@kunde.example"]);
    // The same by hand, and in another file.
    let again = s.daemon.json(&["contact", "add", "email:hAnS@kunde.example"]);
    assert_eq!(again[0]["contact"], found[0]["contact"]);
    let (done, _) = s.import("rezepte", &["email,hANS@kunde.example,Johann"], &[]);
    assert_eq!((&done["contacts"], &done["confirmed"]), (&0.into(), &1.into()), "{done}");
    s.healthy();
}

/// A stop is about the mailbox; a yes is about the address that said it.
#[test]
fn a_stop_reaches_every_tag_and_a_yes_only_its_own() {
    let s = Story::new();
    s.people(&[
        "email,karla+alt@kunde.example,Karla",
        "email,Karla+Neu@kunde.example,Karla",
        "email,otto@kunde.example,Otto",
    ]);
    s.inbound("email:karla@kunde.example", "STOP");
    s.wait_for_state("email:karla+alt@kunde.example", "angebote", "withdrawn");
    assert_eq!(s.state("email:karla+neu@kunde.example", "angebote"), "withdrawn");
    let (done, report) =
        s.import("angebote", &["email,karla+drei@kunde.example,Karla", "email,Karla@kunde.example,Karla"], &[]);
    assert_eq!(done["refused"], 2, "{done} {report:?}");
    // Karla begins again, under one tag: this counts for that tag alone.
    s.inbound("email:karla+neu@kunde.example", "START angebote");
    let request = s.message_to("Karla+Neu@kunde.example", "/c/");
    assert_eq!(s.post(&link(&request, "c"), ""), 200);
    assert_eq!(s.state("email:karla+neu@kunde.example", "angebote"), "confirmed");
    assert_eq!(s.state("email:karla+alt@kunde.example", "angebote"), "withdrawn");
    let (done, report) =
        s.import("angebote", &["email,karla+drei@kunde.example,Karla", "email,Karla@kunde.example,Karla"], &[]);
    assert_eq!(done["refused"], 2, "{done} {report:?}");
    assert_eq!(s.broadcast("angebote", "Kuchen"), ["Karla+Neu@kunde.example", "otto@kunde.example"]);
    // A stop from yet another tag ends it again.
    s.inbound("email:KARLA+x@kunde.example", "STOP");
    s.wait_for_state("email:karla+neu@kunde.example", "angebote", "withdrawn");
    assert_eq!(s.broadcast("angebote", "Torte"), ["otto@kunde.example"]);
    s.healthy();
}

/// R11: one request in a day, whatever the spelling and the tag.
#[test]
fn a_mailbox_is_asked_once() {
    let s = Story::new();
    let spellings = ["Opfer", "oPfer", "opfer+1", "OPFER", "opfer+2", "opfer+1+x"];
    let mut asked = 0;
    for local in spellings {
        let address = format!("email:{local}@kunde.example");
        let _ = s.daemon.json(&["contact", "add", &address]);
        asked += usize::from(s.daemon.cli(&["consent", "request", &address, "--list", "angebote"]).status.success());
    }
    assert_eq!(asked, 1);
    s.message_to("Opfer@kunde.example", "/c/");
    // A service message to somebody else overtakes nothing: what came before it has left.
    let _ = s.daemon.json(&["contact", "add", "email:zeuge@kunde.example"]);
    let _ = s.daemon.json(&["consent", "request", "email:zeuge@kunde.example", "--list", "angebote"]);
    s.message_to("zeuge@kunde.example", "/c/");
    assert_eq!(s.recipients("/c/"), ["Opfer@kunde.example", "zeuge@kunde.example"]);
    s.healthy();
}

/// A cap of one message in a week is for the mailbox, not for each of its tags.
#[test]
fn a_frequency_cap_is_for_the_mailbox() {
    let s = Story::new();
    let rows =
        ["email,karla+a@kunde.example,Karla", "email,Karla+b@kunde.example,Karla", "email,otto@kunde.example,Otto"];
    let (done, report) = s.import("selten", &rows, &[]);
    assert_eq!(done["confirmed"], 3, "{report:?}");
    let first = s.broadcast("selten", "Brot");
    assert_eq!(first.len(), 2, "one for Karla, one for Otto: {first:?}");
    assert!(s.broadcast("selten", "Kuchen").is_empty());
}

#[test]
fn numbers_have_one_form_and_dates_are_none() {
    let s = Story::new();
    let rows = [
        "sms,+49 (0)171 1234567,Toni",
        "sms,0049 (0)172 1234567,Uli",
        "sms,+49 0173 1234567,Vera",
        "sms,+43 (0)664 1234567,Vroni",
        "sms,01.05.1580,Datum",
    ];
    let (done, report) = s.import("angebote", &rows, &[]);
    assert_eq!((&done["confirmed"], &done["refused"]), (&4.into(), &1.into()), "{done}");
    let refused = report.iter().find(|l| l["verdict"] == "refused").unwrap();
    assert!(refused["address"] == "01.05.1580" && refused["reason"].as_str().unwrap().contains("date"), "{refused}");
    let all = ["+43664 1234567", "+491711234567", "+491721234567", "+491731234567"].map(|n| n.replace(' ', ""));
    assert_eq!(s.broadcast("angebote", "Brot"), all);
    for (who, number) in [
        ("sms:0171 1234567", "+491711234567"),
        ("0172/1234567", "+491721234567"),
        ("+49 (0)173 1234567", "+491731234567"),
    ] {
        let found = s.daemon.json(&["contact", "show", who]);
        assert_eq!(found[0]["addresses"], serde_json::json!([format!("sms:{number}")]), "{who}");
    }
    for (reply, number) in [("sms:+491711234567", "sms:0171 1234567"), ("sms:+436641234567", "sms:+43 (0)664 1234567")]
    {
        s.inbound(reply, "STOP");
        s.wait_for_state(number, "angebote", "withdrawn");
    }
    assert_eq!(s.broadcast("angebote", "Kuchen"), ["+491721234567", "+491731234567"]);
    s.healthy();
}

#[test]
fn every_command_finds_what_an_import_took() {
    let s = Story::new();
    s.people(&["email,Nina.Öz@MÖHRLE.example,Nina", "sms,0171 1234567,Toni", "threema,ANNA2345,Anna"]);
    let people = |text: &str| {
        s.found(text).iter().filter_map(|c| c["vars"]["first_name"].as_str()).collect::<Vec<_>>().join(" ").to_owned()
    };
    for text in
        ["@möhrle.example", "@MÖHRLE.EXAMPLE", "möhrle", "@xn--mhrle-jua.example", "nina.öz@möhrle.example", "NINA.ÖZ@"]
    {
        assert_eq!(people(text), "Nina", "{text}");
    }
    for text in ["0171 1234567", "sms:0171/1234567", "+49 171 1234567", "0049 (0)171 1234567", "1711234567"] {
        assert_eq!(people(text), "Toni", "{text}");
    }
    for who in [
        "email:nina.öz@möhrle.example",
        "Nina.Öz@xn--mhrle-jua.example",
        "sms:0171 1234567",
        "0171 1234567",
        "threema:anna2345",
        "anna2345",
    ] {
        assert_eq!(s.daemon.json(&["contact", "show", who]).len(), 1, "{who}");
    }
    for address in ["email:NINA.ÖZ@möhrle.example", "sms:0171 1234567"] {
        assert_eq!(s.state(address, "angebote"), "confirmed", "{address}");
        let proof = s.daemon.json(&["consent", "proof", address, "--list", "angebote", "-o", "proof.zip"]);
        assert_eq!(proof[0]["state"], "confirmed");
        let withdrawn = s.daemon.json(&["consent", "withdraw", address, "--list", "angebote"]);
        assert_eq!(withdrawn[0]["withdrawn"], 1, "{address}");
    }
    assert!(s.broadcast("angebote", "Brot").iter().all(|to| to == "ANNA2345"));
}

/// Berta has withdrawn: an import of another spelling is refused, and leaves nothing behind.
#[test]
fn a_refused_row_stores_nothing() {
    let s = Story::new();
    s.people(&["email,berta@kunde.example,Berta"]);
    let _ = s.daemon.json(&["consent", "withdraw", "email:berta@kunde.example", "--list", "angebote"]);
    let before = s.found("");
    for spelling in ["Berta@kunde.example", "BERTA+neu@kunde.example"] {
        let (done, report) = s.import("angebote", &[&format!("email,{spelling},Roberta")], &[]);
        assert_eq!((&done["refused"], &done["contacts"]), (&1.into(), &0.into()), "{spelling}: {done} {report:?}");
        let (done, _) = s.import("angebote", &[&format!("email,{spelling},Roberta")], &["--update"]);
        assert_eq!(done["refused"], 1, "{done}");
    }
    assert_eq!(s.found(""), before, "neither an address nor a name");
    let c = rusqlite::Connection::open(s.daemon.dir().join("rundruf.db")).unwrap();
    let stored: i64 = c.query_row("SELECT count(*) FROM address WHERE value LIKE 'berta%'", [], |r| r.get(0)).unwrap();
    assert_eq!(stored, 1);
    s.healthy();
}

#[test]
fn contacts_are_merged_and_changed_with_evidence() {
    let s = Story::new();
    s.people(&["email,anna@kunde.example,Anna", "sms,0171 1234567,Anni"]);
    let size = || {
        let note = String::from_utf8(s.daemon.cli(&["log", "checkpoint"]).stdout).unwrap();
        note.lines().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let before = size();
    let edited = s.daemon.json(&[
        "contact",
        "edit",
        "email:ANNA@kunde.example",
        "--last-name",
        "Öz",
        "--var",
        "city=Ulm",
        "--language",
        "en",
    ]);
    assert_eq!(
        (&edited[0]["vars"]["last_name"], &edited[0]["vars"]["city"]),
        (&"Öz".into(), &"Ulm".into()),
        "{edited:?}"
    );
    assert_eq!((&edited[0]["language"], size()), (&"en".into(), before + 1));
    let same = s.daemon.json(&["contact", "edit", "email:anna@kunde.example", "--last-name", "Öz"]);
    assert_eq!((&same[0], size()), (&edited[0], before + 1), "nothing changed, nothing is recorded");
    let removed = s.daemon.json(&["contact", "edit", "email:anna@kunde.example", "--var", "city="]);
    assert!(removed[0]["vars"].get("city").is_none(), "{removed:?}");
    let number = s.daemon.json(&["contact", "show", "0171 1234567"])[0]["contact"].to_string();
    let merged = s.daemon.json(&["contact", "merge", "email:anna@kunde.example", "sms:0171 1234567"]);
    assert_eq!(
        merged[0]["addresses"],
        serde_json::json!(["email:anna@kunde.example", "sms:+491711234567"]),
        "{merged:?}"
    );
    assert_eq!((&merged[0]["vars"]["first_name"], size()), (&"Anna".into(), before + 3), "the first one's name stays");
    assert_eq!(s.daemon.json(&["contact", "show", &number]), merged, "its old number leads there");
    assert_eq!(s.found("anni").len(), 0);
    assert!(
        !s.daemon.cli(&["contact", "merge", "0171 1234567", "anna@kunde.example"]).status.success(),
        "one and the same"
    );
    assert_eq!(s.broadcast("angebote", "Brot").len(), 1, "one person, one message");
    let (done, _) = s.import("angebote", &["email,Anna@kunde.example,Annegret"], &[]);
    assert_eq!((&done["updated"], &s.found("annegret").len()), (&0.into(), &0), "an import overwrites no name …");
    let (done, _) = s.import("angebote", &["email,Anna@kunde.example,Annegret"], &["--update"]);
    assert_eq!((&done["updated"], &s.found("annegret").len()), (&1.into(), &1), "… unless it is told to");
    assert_eq!(size(), before + 4);
    for help in ["edit", "merge"] {
        let german = s.daemon.cli(&["contact", help, "--help", "--lang", "de"]);
        assert!(String::from_utf8_lossy(&german.stdout).contains("Kontakt") || help == "edit", "{german:?}");
    }
    s.healthy();
}
