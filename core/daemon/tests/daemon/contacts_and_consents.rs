//! Contacts, imports, consents, proofs, the log.

use crate::fixture::{Daemon, PEOPLE, until};
use serde_json::{Value, json};

#[test]
fn contacts() {
    let d = Daemon::start();
    let anna = d.json(&[
        "contact",
        "add",
        "email:Anna@KUNDE.example",
        "sms:0170 1234567",
        "--first-name",
        "Anna",
        "--language",
        "de",
    ]);
    assert_eq!(anna["addresses"], json!(["email:Anna@kunde.example", "sms:+491701234567"]));
    let id = anna["contact"].as_i64().unwrap().to_string();
    // Adding it again returns the same contact; the channel can be an option or part of the address.
    assert_eq!(d.json(&["contact", "add", "--address", "sms:+49 170 1234567"])["contact"], anna["contact"]);
    for who in [id.as_str(), "sms:+491701234567", "+491701234567", "email:anna@kunde.example"] {
        assert_eq!(d.json(&["contact", "show", who])["contact"], anna["contact"], "{who}");
    }
    assert_eq!(d.json(&["contact", "show", &id])["vars"]["first_name"], "Anna");
    assert_eq!(d.lines(&["contact", "find", "kunde"])[0]["contact"], anna["contact"]);
    assert_eq!(d.lines(&["contact", "find", "nobody"]), Vec::<Value>::new());
    for (args, code, en, de) in [
        (&["contact", "show", "999"][..], "not_found", "there is no such contact", "so einen Kontakt gibt es nicht"),
        (
            &["contact", "show", "sms:+491709999999"],
            "not_found",
            "there is no such contact",
            "so einen Kontakt gibt es nicht",
        ),
        (&["contact", "add", "email:anna"], "bad_address", "written name@domain", "schreibt man name@domain"),
        (
            &["contact", "add", "pigeon:anna"],
            "bad_channel",
            "there is no channel `pigeon`",
            "es gibt keinen Kanal `pigeon`",
        ),
        (
            &["contact", "add", "sms:12"],
            "bad_address",
            "too short for a phone number",
            "zu kurz für eine Telefonnummer",
        ),
        (
            &["contact", "add", "email:b@kunde.example", "--var", "Ä=1"],
            "variable",
            "not a valid name of a variable",
            "kein Name einer Angabe",
        ),
        (&["contact", "add", "email:b@kunde.example", "--language", "german!"], "language", "not a tag", "kein Kürzel"),
    ] {
        assert_eq!(d.run(&[args, &["--json"]].concat()).refused(1, &[en]), code, "{args:?}");
        d.run(&[args, &["--lang", "de"]].concat()).refused(1, &[de]);
    }
    // A name with a line break cannot add a header.
    d.run(&["contact", "add", "email:c@kunde.example", "--first-name", "C\r\nBcc: x@y.example"])
        .refused(1, &["line break"]);
    let shown = d.run(&["--lang", "de", "contact", "show", &id]).done().out;
    assert!(shown.contains("Adressen") && shown.contains("email:Anna@kunde.example"), "{shown}");
}

#[test]
fn imports() {
    let d = Daemon::start();
    let bad = "email,not an address,X,Y,de,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,form,Ja\nemail,dora@kunde.example,D,D,de,,,form,Ja\n";
    std::fs::write(d.path("people.csv"), format!("{PEOPLE}{bad}")).unwrap();
    let dry = d.json(&["import", "people.csv", "--list", "angebote", "--evidence", "A", "--dry-run"]);
    assert_eq!((&dry["rows"], &dry["refused"]), (&json!(6), &json!(2)));
    assert_eq!(d.lines(&["contact", "find", ""]).len(), 0, "a dry run stores nothing");
    let done = d.json(&["import", "people.csv", "--list", "angebote", "--evidence", "A"]);
    let want = json!({"rows": 6, "contacts": 4, "addresses": 4, "confirmed": 4, "quarantined": 0, "refused": 2, "merged": 0, "updated": 0, "report": "people.csv.report.jsonl", "report_csv": "people.csv.report.csv"});
    for (name, value) in want.as_object().unwrap() {
        assert_eq!(&done[name], value, "{name}: {done}");
    }
    assert_eq!((&done["reasons"][0]["count"], &done["reasons"][0]["lines"]), (&json!(1), &json!([6])), "{done}");
    let counted = ["rows", "contacts", "addresses", "confirmed", "quarantined", "refused", "merged", "updated"];
    assert!(counted.iter().all(|name| dry[*name] == done[*name]), "a dry run counts like the import: {dry} {done}");
    let report = std::fs::read_to_string(d.path("people.csv.report.jsonl")).unwrap();
    let lines: Vec<Value> = report.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((&lines[0]["line"], &lines[0]["verdict"]), (&json!(6), &json!("refused")));
    assert_eq!(lines[1]["line"], 7);
    assert!(lines[1]["reason"].as_str().unwrap().contains("`requested_at` is empty"), "{report}");
    // The report contains addresses: only its owner can read it.
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(d.path("people.csv.report.jsonl")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o077, 0);
    // Importing the file again changes nothing and says so; the report goes to the path of `--report`, in German.
    let again = d
        .run(&[
            "--lang",
            "de",
            "import",
            "people.csv",
            "--list",
            "angebote",
            "--evidence",
            "a",
            "--report",
            "bericht.jsonl",
        ])
        .done();
    assert!(again.out.contains("schon bekannt") && again.out.contains("bericht.jsonl"), "{}", again.out);
    let german = std::fs::read_to_string(d.path("bericht.jsonl")).unwrap();
    assert!(
        german.contains("schon bekannt und bestätigt: nichts ändert sich")
            && german.contains("`requested_at` ist leer"),
        "{german}"
    );
    // Evidence class C has no confirmed consent.
    std::fs::write(d.path("old.csv"), "Mail;Vorname\nemil@kunde.example;Emil\n").unwrap();
    std::fs::write(d.path("map.toml"), "email = \"Mail\"\nfirst_name = \"Vorname\"\n").unwrap();
    let old = d.json(&["import", "old.csv", "--list", "angebote", "--evidence", "C", "--map", "map.toml"]);
    assert_eq!((&old["confirmed"], &old["quarantined"]), (&json!(0), &json!(1)), "{old}");
    assert_eq!(d.lines(&["consent", "show", "email:emil@kunde.example"])[0]["state"], "quarantined");
}

#[test]
fn refused_imports() {
    let d = Daemon::start();
    for (name, bytes) in [
        ("sheet.csv", &b"PK\x03\x04rest"[..]),
        ("empty.csv", b""),
        ("other.csv", b"a,b\n1,2\n"),
        ("quote.csv", b"channel,address\nemail,\"x\n"),
    ] {
        std::fs::write(d.path(name), bytes).unwrap();
    }
    std::fs::write(d.path("bad.toml"), "email = 7").unwrap();
    for (args, words, worte) in [
        (&["sheet.csv"][..], "spreadsheet or an archive", "Tabelle oder ein Archiv"),
        (&["empty.csv"], "the file is empty", "die Datei ist leer"),
        (&["other.csv"], "these columns are missing", "diese Spalten fehlen"),
        (&["none.csv"], "none.csv", "none.csv"),
        (&["messages"], "not a file", "keine Datei"),
        (&["other.csv", "--map", "bad.toml"], "bad.toml", "bad.toml"),
        (&["other.csv", "--map", "none.toml"], "none.toml", "none.toml"),
    ] {
        let all = [&["import", "--list", "angebote", "--evidence", "C"], args].concat();
        d.run(&[&all[..], &["--json"]].concat()).refused(1, &[words]);
        d.run(&[&all[..], &["--lang", "de"]].concat()).refused(1, &[worte]);
        assert!(!d.path(&format!("{}.report.jsonl", args[0])).exists(), "no report of what was not done");
    }
    d.run(&["import", "other.csv", "--list", "angebot", "--evidence", "C", "--json"])
        .refused(1, &["did you mean `angebote`?"]);
    assert_eq!(d.lines(&["contact", "find", ""]).len(), 0);
}

#[test]
fn consents_and_their_proof() {
    let d = Daemon::start();
    d.people();
    let anna = d.lines(&["consent", "show", "email:anna@kunde.example"]);
    assert_eq!(anna.len(), 1);
    for (field, want) in [("list", json!("angebote")), ("channel", json!("email")), ("state", json!("confirmed"))] {
        assert_eq!(anna[0][field], want);
    }
    assert!(anna[0]["since"].is_string() && anna[0]["evidence"].is_i64(), "{}", anna[0]);
    let proof = d.json(&["consent", "proof", "email:anna@kunde.example", "--list", "angebote", "-o", "anna.zip"]);
    assert_eq!(
        (&proof["file"], &proof["list"], &proof["state"]),
        (&json!("anna.zip"), &json!("angebote"), &json!("confirmed"))
    );
    assert!(proof["events"].as_u64().unwrap() >= 1);
    // The proof is verified without a daemon, and an altered one is refused.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = d.path("anna.zip").display().to_string();
    let alone = crate::fixture::run(elsewhere.path(), &["log", "verify", &file, "--json"]);
    let checked = alone.json();
    assert_eq!((alone.code, &checked["verdict"]), (3, &json!("consistent")), "its own key proves nothing yet");
    let key = checked["key"].as_str().unwrap();
    let checked =
        crate::fixture::run(elsewhere.path(), &["log", "verify", &file, "--key", key, "--json"]).done().json();
    assert_eq!((&checked["ok"], &checked["verdict"]), (&json!(true), &json!("valid")));
    assert!(
        checked["size"].is_u64() && checked["root"].is_string() && !checked["checked"].as_array().unwrap().is_empty(),
        "{checked}"
    );
    let german = d.run(&["--lang", "de", "log", "verify", "anna.zip", "--key", key]).done().out;
    assert!(german.contains("gut: Datensatz 1 steht im Protokoll") && german.ends_with("GÜLTIG\n"), "{german}");
    let mut bytes = std::fs::read(d.path("anna.zip")).unwrap();
    let at =
        bytes.windows(18).position(|w| w == b"darf mir schreiben").expect("the words are in it, stored as they are");
    bytes[at] = b'S';
    std::fs::write(d.path("forged.zip"), bytes).unwrap();
    let forged = d.run(&["log", "verify", "forged.zip", "--json"]);
    forged.refused(1, &[]);
    assert_ne!(forged.json()["ok"], true);
    std::fs::write(d.path("no.zip"), "no").unwrap();
    d.run(&["--lang", "de", "log", "verify", "no.zip"]).refused(1, &["kein Nachweis"]);
    d.run(&["log", "verify", "none.zip", "--json"]).refused(1, &["none.zip"]);
    // Withdrawals from one list and from all lists.
    assert_eq!(d.json(&["consent", "withdraw", "email:anna@kunde.example", "--list", "angebote"])["withdrawn"], 1);
    assert_eq!(d.lines(&["consent", "show", "email:anna@kunde.example"])[0]["state"], "withdrawn");
    assert_eq!(d.json(&["consent", "withdraw", "sms:+491701234567", "--all"])["withdrawn"], 1);
    assert!(d.run(&["--lang", "de", "consent", "show", "sms:+491701234567"]).done().out.contains("widerrufen"));
    for (args, words, worte) in [
        (&["consent", "show", "email:nobody@kunde.example"][..], "no such address", "so eine Adresse gibt es nicht"),
        (&["consent", "withdraw", "email:anna@kunde.example", "--list", "x"], "no list `x`", "keine Liste `x`"),
        (
            &["consent", "request", "email:nobody@kunde.example", "--list", "angebote"],
            "rundruf contact add",
            "rundruf contact add",
        ),
        (
            &["consent", "proof", "email:anna@kunde.example", "--list", "x", "-o", "x.zip"],
            "no list `x`",
            "keine Liste `x`",
        ),
        (
            &["consent", "proof", "email:anna@kunde.example", "--list", "angebote", "-o", "none/x.zip"],
            "none/x.zip",
            "none/x.zip",
        ),
    ] {
        d.run(&[args, &["--json"]].concat()).refused(1, &[words]);
        d.run(&[args, &["--lang", "de"]].concat()).refused(1, &[worte]);
    }
}

/// A request by chat and its confirmation; a second request too soon is refused.
#[test]
fn confirmation_by_chat() {
    let d = Daemon::start();
    d.json(&["contact", "add", "threema:FRIE2345", "--first-name", "Frieda", "--language", "de"]);
    let asked = d.json(&["consent", "request", "threema:FRIE2345", "--list", "angebote"]);
    assert_eq!(asked, json!({"list": "angebote", "channel": "threema", "state": "requested"}));
    until("the request", || d.messages("txt").iter().any(|m| m.contains("FRIE2345")).then_some(()));
    d.run(&["consent", "request", "threema:FRIE2345", "--list", "angebote", "--json"]).refused(1, &["asked already"]);
    let inbox = d.path("messages/in");
    std::fs::write(inbox.join(".part"), "JA").unwrap();
    std::fs::rename(inbox.join(".part"), inbox.join("threema:FRIE2345.txt")).unwrap();
    until("the yes", || (d.lines(&["consent", "show", "threema:FRIE2345"])[0]["state"] == "confirmed").then_some(()));
}

#[test]
fn the_log() {
    let d = Daemon::start();
    d.people();
    let head = d.json(&["log", "checkpoint"]);
    assert_eq!(head["size"], 4);
    assert!(head["checkpoint"].as_str().unwrap().starts_with("news.krume.example/consent-log/1\n4\n"), "{head}");
    let itself = d.json(&["log", "verify"]);
    assert_eq!((&itself["ok"], &itself["size"], &itself["root"]), (&json!(true), &json!(4), &head["root"]));
    let hint = "nobody is told if a transport fails: `admin.notify` names nobody";
    let doctor = d.json(&["doctor"]);
    assert_eq!((&doctor["ok"], &doctor["findings"]), (&json!(true), &json!([{"fault": false, "text": hint}])));
    let may = &doctor["grants"][0]["may"];
    assert!(may[0].as_str().unwrap().contains("/messages`") && may[1] == "no network", "{doctor}");
    let said = d.run(&["--lang", "de", "doctor"]).done().out;
    let (hint, grants) = said.split_once('\n').unwrap();
    assert_eq!(hint, "! fällt ein Transport aus, erfährt es niemand: `admin.notify` nennt niemanden");
    assert!(grants.contains("sandbox: liest und schreibt in") && grants.contains("/messages`; kein Netz"), "{said}");
    let settings = std::fs::read_to_string(d.path("rundruf.toml")).unwrap();
    let more = "[transports.second]\nplugin = \"null\"\n\n[admin]\nnotify = [{ transport = \"sandbox\", address = \"me@krume.example\" }, \
                { transport = \"second\", address = \"me@krume.example\" }]\n";
    std::fs::write(d.path("rundruf.toml"), format!("{settings}\n{more}")).unwrap();
    d.signal(rustix::process::Signal::HUP);
    until("all is well", || {
        let doctor = d.json(&["doctor"]);
        (doctor["ok"] == true && doctor["findings"] == json!([])).then_some(())
    });
    let said = d.run(&["--lang", "de", "doctor"]).done().out;
    assert!(said.starts_with("Alles in Ordnung.\nWas Plugins benutzen dürfen:\n"), "{said}");
    // Damage is found while the daemon is running.
    std::fs::set_permissions(d.path("rundruf.db.keys"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let sick = d.run(&["--lang", "de", "doctor", "--json"]);
    assert_eq!(sick.refused(1, &["kann von anderen gelesen werden: chmod 600"]), "doctor");
    assert_eq!((&sick.json()["ok"], &sick.json()["findings"][0]["fault"]), (&json!(false), &json!(true)));
}

#[test]
fn stops_of_another_program_come_from_a_file() {
    let d = Daemon::start();
    let list = d.lines(&["list", "show"])[0]["name"].as_str().unwrap().to_owned();
    let file = d.dir.path().join("stops.csv");
    let text = "\u{feff}email\r\nAnna@kunde.example;2024-05-01;gone\r\n\r\n# from the old program\r\n\"bea@kunde.example\"\r\n";
    std::fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let args = ["consent", "withdraw", "--file", file, "--channel", "email"];
    // A heading has no address; it stops no other line.
    let refused = d.run(&[&args[..], &["--json"]].concat());
    let said: Value = serde_json::from_str(refused.out.lines().next().unwrap()).unwrap();
    assert_eq!((&said["entered"], &said["refused"][0]["line"]), (&json!(2), &json!(1)), "{said}");
    assert_eq!(refused.code, 1);
    d.run(&[&args[..], &["--lang", "de"]].concat())
        .refused(1, &["Zeile 1:", "Widerrufe eingetragen: 2", "ändert nichts"]);
    // Nobody of the file comes in any more, by whatever spelling.
    let people = d.dir.path().join("people.csv");
    std::fs::write(
        &people,
        "channel,address\nemail,anna@KUNDE.example\nemail,bea@kunde.example\nemail,carl@kunde.example\n",
    )
    .unwrap();
    let import = d.json(&["import", people.to_str().unwrap(), "--list", &list, "--evidence", "C"]);
    assert_eq!((&import["addresses"], &import["refused"]), (&json!(1), &json!(2)), "{import}");
    for (text, said) in [("\u{feff}\n# nobody\n", "eingetragen: 0"), ("anna@kunde.example\n", "eingetragen: 1")] {
        std::fs::write(file, text).unwrap();
        let out = d.run(&[&args[..], &["--lang", "de"]].concat());
        assert!(out.code == 0 && out.out.contains(said), "{text}: {}", out.out);
    }
    std::fs::write(file, b"anna\xff@kunde.example").unwrap();
    d.run(&args).refused(1, &["is not UTF-8"]);
    d.run(&["consent", "withdraw", "email:a@kunde.example", "--file", file]).refused(2, &["--file"]);
    d.run(&["consent", "withdraw"]).refused(2, &["ADDRESS"]);
}
