//! Lists and transports of a running daemon.

use crate::fixture::{Daemon, SETTINGS, folder, run, until};
use serde_json::json;

#[test]
fn lists_come_and_go() {
    let d = Daemon::start();
    assert_eq!(d.lines(&["list", "show"])[0]["name"], "angebote");
    let create =
        ["list", "create", "neu", "--title", "Neues", "--purpose", "Neues \"aus\" dem Laden", "--transport", "sandbox"];
    let made = d.json(&create);
    assert_eq!((&made["name"], &made["reloaded"]), (&json!("neu"), &json!(true)), "{made}");
    let entry = || d.lines(&["audit", "list"]).into_iter().find(|e| e["what"] == "settings reload");
    let noted = until("the reload is noted", entry);
    assert!(noted["new"].as_str().unwrap().contains("lists.neu.transports"), "{noted}");
    assert!(made["file"].as_str().unwrap().ends_with("conf.d/list-neu.toml"), "{made}");
    let names: Vec<_> = d.lines(&["list", "show"]).iter().map(|l| l["name"].clone()).collect();
    assert_eq!(names, ["angebote", "neu"]);
    // A duplicate, a bad name and faulty settings: no file is left behind.
    assert_eq!(d.run(&[&create[..], &["--json"]].concat()).refused(1, &["exists already"]), "exists");
    let with = |name: &str, transport: &str, more: &[&str]| {
        d.run(&[&["list", "create", name, "--title", "x", "--purpose", "y", "--transport", transport], more].concat())
    };
    assert_eq!(
        with("../etc", "sandbox", &["--json"]).refused(1, &["`../etc` is not a valid name of a list"]),
        "bad_name"
    );
    assert_eq!(with("other", "mail", &["--json"]).refused(1, &["there is no transport `mail`"]), "settings");
    assert_eq!(with("angebote", "sandbox", &["--json"]).refused(1, &["is in two files"]), "settings");
    with("other", "mail", &["--lang", "de"]).refused(1, &["es gibt keinen Transport `mail`"]);
    let files: Vec<_> = std::fs::read_dir(d.path("conf.d")).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(files, ["list-neu.toml"]);
    // A list is closed for good: no broadcast and no second list of that name, and the daemon still starts.
    d.people();
    assert_eq!(d.run(&["list", "close", "neu", "--json"]).refused(1, &["--yes"]), "needs_yes", "nobody can be asked");
    let closed = d.json(&["list", "close", "neu", "--yes"]);
    assert_eq!((&closed["name"], &closed["closed"]), (&json!("neu"), &json!(true)));
    d.run(&["broadcast", "send", "--list", "neu", "--text", "x"]).refused(1, &["closed"]);
    assert!(!d.path("conf.d/list-neu.toml").exists());
    assert_eq!(d.run(&[&create[..], &["--json"]].concat()).refused(1, &["never used again"]), "closed");
    d.run(&["--lang", "de", "list", "close", "neuu", "--yes"])
        .refused(1, &["es gibt keine Liste `neuu`", "meinten Sie"]);
    let said = d.run(&["--lang", "de", "list", "close", "angebote", "--yes"]);
    assert!(
        said.out.contains("4 Einwilligungen sind beendet") && said.err.contains("entfernen Sie [lists.angebote]"),
        "{said:?}"
    );
    let d = Daemon::start_in(d.end());
    let lists = d.lines(&["list", "show"]);
    assert!(lists.iter().all(|l| l["closed"] == true) && lists.len() == 2, "{lists:?}");
    // Consents to a closed list can still be shown and proven by its name.
    let shown = d.lines(&["consent", "show", "email:anna@kunde.example"]);
    assert_eq!((&shown[0]["list"], &shown[0]["state"]), (&json!("angebote"), &json!("terminated")), "{shown:?}");
    let proof = d.json(&["consent", "proof", "email:anna@kunde.example", "--list", "angebote", "-o", "anna.zip"]);
    assert_eq!((&proof["list"], &proof["state"]), (&json!("angebote"), &json!("terminated")), "{proof}");
}

#[test]
fn a_list_for_the_next_start() {
    let dir = folder(&format!("{SETTINGS}[transports.post]\nplugin = \"null\"\n"));
    let made = run(
        dir.path(),
        &["list", "create", "neu", "--title", "x", "--purpose", "y", "--transports", "sandbox,post", "--json"],
    );
    assert_eq!(made.done().json()["reloaded"], false);
    let values = run(dir.path(), &["config", "show", "--json"]).done().json();
    assert_eq!(values["lists.neu.transports"], json!(["sandbox", "post"]));
}

/// A reload with faulty settings leaves the old ones in force.
#[test]
fn a_faulty_reload_changes_nothing() {
    let d = Daemon::start();
    std::fs::write(d.path("rundruf.toml"), format!("{SETTINGS}\n[webb]\n")).unwrap();
    let made = d.run(&["list", "create", "neu", "--title", "x", "--purpose", "y", "--transport", "sandbox", "--json"]);
    assert_eq!(made.refused(1, &["unknown key `webb`"]), "settings");
    d.signal(rustix::process::Signal::HUP);
    until("the refusal", || d.log().contains("the old ones stay in force").then_some(()));
    assert!(d.log().contains("unknown key `webb`"), "{}", d.log());
    assert_eq!(d.lines(&["list", "show"]).len(), 1);
    // Fixed, they are in force.
    let fixed = format!("{SETTINGS}\n[lists.neu]\ntitle = \"x\"\npurpose = \"y\"\ntransports = [\"sandbox\"]\n");
    std::fs::write(d.path("rundruf.toml"), fixed).unwrap();
    d.signal(rustix::process::Signal::HUP);
    until("the new list", || d.run(&["list", "show"]).out.contains("neu").then_some(()));
}

/// A reload with valid settings that cannot be started brings the old ones back.
#[test]
fn a_reload_that_cannot_start() {
    let d = Daemon::start();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    std::fs::write(d.path("rundruf.toml"), SETTINGS.replace("127.0.0.1:0", &address)).unwrap();
    d.signal(rustix::process::Signal::HUP);
    until("the refusal", || d.log().contains("do not start, the old ones stay in force").then_some(()));
    until("an answer", || (d.run(&["list", "show"]).code == 0).then_some(()));
    d.people();
}

#[test]
fn transports() {
    let d = Daemon::start();
    let all = d.lines(&["transport", "list"]);
    assert_eq!(all.len(), 1);
    for (field, want) in [
        ("name", json!("sandbox")),
        ("plugin", json!("rundruf-sandbox")),
        ("isolation", json!("process")),
        ("state", json!("up")),
        ("in_flight", json!(0)),
    ] {
        assert_eq!(all[0][field], want, "{}", all[0]);
    }
    assert!(
        all[0]["channels"].as_array().unwrap().len() == 6
            && all[0]["window"].is_u64()
            && all[0]["rate_per_s"].is_number()
            && all[0]["since"].is_string()
    );
    let tested = d.json(&["transport", "test", "sandbox", "--to", "email:me@krume.example"]);
    assert_eq!((&tested["ok"], &tested["state"]), (&json!(true), &json!("sent")), "{tested}");
    assert_eq!(d.messages("eml").len(), 1);
    let no = d.run(&["transport", "test", "sandbox", "--to", "email:refuse@krume.example", "--json"]);
    assert_eq!(no.refused(1, &["refused for good"]), "not_sent");
    assert_eq!((&no.json()["ok"], &no.json()["state"]), (&json!(false), &json!("failed")));
    let ask = ["transport", "test", "--dry-run", "sandbox", "--to"];
    let reached = d.json(&[&ask[..], &["email:anna@krume.example"]].concat());
    assert_eq!((&reached["ok"], &reached["state"]), (&json!(true), &json!("reachable")), "{reached}");
    d.run(&[&ask[..], &["email:refuse@krume.example"]].concat()).refused(1, &["cannot be reached", "no such address"]);
    let doubt = d.run(&[&ask[..], &["threema:CUTT2345", "--json"]].concat());
    assert_eq!((doubt.code, &doubt.json()["state"]), (1, &json!("unknown")));
    assert_eq!(d.messages("eml").len(), 1, "nobody was written to");
    assert_eq!(d.json(&["transport", "pause", "sandbox"])["state"], "paused");
    assert!(d.run(&["--lang", "de", "transport", "list"]).done().out.contains("angehalten"));
    assert_eq!(d.json(&["transport", "resume", "sandbox"])["state"], "up");
    for verb in ["pause", "resume"] {
        assert_eq!(
            d.run(&["transport", verb, "sandbocks", "--json"]).refused(1, &["did you mean `sandbox`?"]),
            "no_transport"
        );
    }
    d.run(&["--lang", "de", "transport", "test", "post", "--to", "email:a@b.example"])
        .refused(1, &["es gibt keinen Transport `post`"]);
    d.run(&["--lang", "de", "transport", "test", "sandbox", "--to", "email:a"]).refused(1, &["name@domain"]);
}
