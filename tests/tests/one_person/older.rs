//! The database of the version before: people who were several become one, are found, leave, and what was proven stays proven.

use super::*;

fn verify(s: &Story, zip: &Path) -> Value {
    s.daemon.json(&["log", "verify", &zip.display().to_string()]).remove(0)
}

/// Runs the script that is in a proof.
fn check_by_script(s: &Story, zip: &Path) {
    let unpack = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    let python = |args: &[&str]| Command::new("python3").args(args).current_dir(s.daemon.dir()).output().unwrap();
    assert!(python(&["-c", unpack, &zip.display().to_string(), "unpacked"]).status.success());
    let checked = python(&["unpacked/verify.py"]);
    assert!(checked.status.success(), "{}: {checked:?}", zip.display());
    fs::remove_dir_all(s.daemon.dir().join("unpacked")).unwrap();
}

/// The database of the version before: people who were several become one, and nobody gets more than before.
#[test]
fn an_older_database_becomes_one_person_each() {
    let s = Story::older();
    s.healthy();
    let addresses = |text: &str| {
        let found = s.found(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        found[0]["addresses"].clone()
    };
    for (text, want) in [("erika.muster@", 1), ("hans@", 1), ("zoe@", 1), ("opfer@", 1), ("1711234567", 1)] {
        assert_eq!(addresses(text).as_array().unwrap().len(), want, "{text}");
    }
    // The strictest won, and a stop of the mailbox reached its tag.
    for (address, list, want) in [
        ("email:Erika.Muster@kunde.example", "angebote", "withdrawn"),
        ("email:erika.muster@kunde.example", "rezepte", "confirmed"),
        ("email:HANS@kunde.example", "angebote", "confirmed"),
        ("email:hans@kunde.example", "rezepte", "confirmed"),
        ("email:zoe@kunde.example", "angebote", "confirmed"),
        ("email:Zoe@kunde.example", "rezepte", "confirmed"),
        ("email:karla+alt@kunde.example", "angebote", "withdrawn"),
        ("email:berta@kunde.example", "angebote", "withdrawn"),
        ("sms:+49 (0)171 1234567", "angebote", "withdrawn"),
        ("sms:0172 7654321", "angebote", "confirmed"),
        ("sms:+43 664 1234567", "angebote", "confirmed"),
        ("email:nina@möhrle.example", "angebote", "confirmed"),
    ] {
        assert_eq!(s.state(address, list), want, "{address} on {list}");
    }
    // What waited has gone out, once for each person and to nobody who has stopped.
    let sent = s.recipients("Kuchen");
    let once = |text: &str| sent.iter().filter(|to| to.to_lowercase().starts_with(text)).count();
    for (text, want) in [
        ("hans@", 1),
        ("zoe@", 1),
        ("nina@", 1),
        ("+491727654321", 1),
        ("+436641234567", 1),
        ("karla", 0),
        ("erika", 0),
        ("+491711234567", 0),
    ] {
        assert_eq!(once(text), want, "{text}: {sent:?}");
    }
    let next = s.broadcast("rezepte", "Teig");
    assert_eq!(next.len(), 3, "{next:?}");
    // A person who was asked by the version before is not asked again under another spelling.
    for local in ["OPFER", "opfer+1"] {
        let address = format!("email:{local}@kunde.example");
        let _ = s.daemon.json(&["contact", "add", &address]);
        assert!(!s.daemon.cli(&["consent", "request", &address, "--list", "rezepte"]).status.success(), "{address}");
    }
    let before = s.found("").len();
    let (done, _) = s.import(
        "angebote",
        &["email,BERTA@kunde.example,Berta", "email,karla+x@kunde.example,Karla", "sms,0171 1234567,Toni"],
        &[],
    );
    assert_eq!((&done["refused"], s.found("").len()), (&3.into(), before), "{done}");
}

/// People of the version before are found by every spelling, and leave by every way.
#[test]
fn people_of_an_older_database_are_found_and_leave() {
    let s = Story::older();
    assert_eq!(s.found("@möhrle.example").len(), 1);
    assert_eq!(s.found("@xn--mhrle-jua.example").len(), 1);
    let before = s.found("").len();
    let (done, report) = s.import("rezepte", &["sms,+49 0172 7654321,Uwe", "email,Nina@MÖHRLE.example,Nina"], &[]);
    assert_eq!((&done["confirmed"], &done["contacts"]), (&2.into(), &0.into()), "{done} {report:?}");
    assert_eq!(s.found("").len(), before, "nobody is there twice");
    // By reply.
    s.inbound("sms:+491727654321", "STOP");
    s.wait_for_state("sms:0172 7654321", "angebote", "withdrawn");
    assert_eq!(s.state("sms:0172 7654321", "rezepte"), "withdrawn", "a stop without a list is about the sender");
    // By a link in a message that went out after the upgrade.
    let nina = "nina@xn--mhrle-jua.example";
    let mail = s.message_to(nina, "Kuchen");
    assert_eq!(s.post(&link(&mail, "u"), "List-Unsubscribe=One-Click"), 200);
    assert_eq!(s.state("email:NINA@möhrle.example", "angebote"), "withdrawn");
    assert_eq!(s.state("email:NINA@möhrle.example", "rezepte"), "confirmed", "the link ends its list");
    // By an operator, in another spelling.
    let _ = s.daemon.json(&["consent", "withdraw", "email:HANS@Kunde.Example"]);
    let (done, _) = s.import(
        "selten",
        &["sms,+49 (0)172 7654321,Uwe", "email,hans@kunde.example,Hans", "email,nina@möhrle.example,Nina"],
        &[],
    );
    assert_eq!((&done["refused"], &done["confirmed"]), (&2.into(), &1.into()), "{done}");
    assert_eq!(s.broadcast("angebote", "Torte"), ["+436641234567", "+491051580", "Zoe@kunde.example"]);
    s.healthy();
}

/// What could be proven before the merge can be proven after it, with the records of both.
#[test]
fn an_older_database_still_proves() {
    let s = Story::older();
    // A proof of that time is checked by the script that it brought along.
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/schema1/hans-old.zip");
    check_by_script(&s, &old);
    // And by the program of today: the key of this machine's own log signed it.
    let checked = verify(&s, &old);
    assert_eq!(checked["verdict"], "valid", "{checked}");
    assert!(checked["notes"][0].as_str().unwrap().contains("first version"), "{checked}");
    for (address, list) in [
        ("email:hans@kunde.example", "angebote"),
        ("email:hans@kunde.example", "rezepte"),
        ("email:erika.muster@kunde.example", "angebote"),
        ("email:zoe@kunde.example", "rezepte"),
        ("email:karla+alt@kunde.example", "angebote"),
        ("sms:0171 1234567", "angebote"),
        ("sms:0172 7654321", "angebote"),
    ] {
        let zip = s.daemon.dir().join("proof.zip");
        let proof = s.daemon.json(&["consent", "proof", address, "--list", list, "-o", &zip.display().to_string()]);
        assert_eq!(verify(&s, &zip)["ok"], true, "{address} {list}: {proof:?}");
    }
    // A withdrawal after the merge joins the chain of the one that stayed.
    let _ = s.daemon.json(&["consent", "withdraw", "email:ZOE@kunde.example", "--list", "rezepte"]);
    let zip = s.daemon.dir().join("after.zip").display().to_string();
    let proof = s.daemon.json(&["consent", "proof", "email:zoe@kunde.example", "--list", "rezepte", "-o", &zip]);
    assert_eq!((&proof[0]["state"], &proof[0]["events"]), (&"withdrawn".into(), &2.into()), "{proof:?}");
    assert_eq!(verify(&s, Path::new(&zip))["ok"], true);
    s.healthy();
}

/// A daemon that is killed during the upgrade begins it again; the second start changes nothing more.
#[test]
fn an_older_database_is_brought_up_to_date_once() {
    let s = Story::older();
    let dump = |s: &Story| {
        let c = rusqlite::Connection::open(s.daemon.dir().join("rundruf.db")).unwrap();
        let row = |r: &rusqlite::Row<'_>| {
            Ok((
                r.get::<_, i64>(0)?,
                r.get::<_, String>(1)?,
                r.get::<_, Option<String>>(2)?,
                r.get::<_, Option<i64>>(3)?,
            ))
        };
        let mut all = c.prepare("SELECT id, value, key, alias_of FROM address ORDER BY id").unwrap();
        let rows: Vec<_> = all.query_map([], row).unwrap().map(Result::unwrap).collect();
        let events: i64 = c.query_row("SELECT count(*) FROM event", [], |r| r.get(0)).unwrap();
        (rows, events)
    };
    let before = dump(&s);
    assert!(before.0.iter().all(|(_, _, key, alias)| key.is_some() != alias.is_some()), "{before:?}");
    assert_eq!(before.0.iter().filter(|(.., alias)| alias.is_some()).count(), 6, "{before:?}");
    let Story { daemon, _dir, .. } = s;
    let dir = daemon.dir().to_owned();
    daemon.kill();
    let begin = Instant::now();
    let daemon = Daemon::restart(&dir);
    assert!(begin.elapsed() < WITHIN);
    let s = Story { daemon, folder: dir.join("messages"), port: 0, _dir };
    assert_eq!(dump(&s), before);
    s.healthy();
}
