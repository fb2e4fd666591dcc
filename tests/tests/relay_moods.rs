//! A relay in a bad mood, end to end: nobody's address is lost, no fault of the account uses up a list, and what can go on goes on by itself.

use rundruf_tests::sample_people::COLUMNS;
use rundruf_tests::scripted_relay::{RelayRule, ScriptedRelay};
use rundruf_tests::{Daemon, daemon};
use serde_json::Value;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);
const CHEF: &str = "chef@krume.example";

fn address(n: usize) -> String {
    format!("k{n:03}@kunde{}.example", n % 7)
}

/// A daemon with the e-mail transport at this relay, a sandbox for the admin's notices, and customers.
fn start(dir: &Path, relay: u16, people: usize) -> Daemon {
    start_with(dir, relay, people, "en")
}

/// The same, with the admin's notices in this language.
fn start_with(dir: &Path, relay: u16, people: usize, language: &str) -> Daemon {
    let rest = format!(
        "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\n\n\
         [admin]\nnotify = [{{ transport = \"post\", address = \"{CHEF}\" }}, {{ transport = \"kasten\", address = \"{CHEF}\" }}]\nlanguage = \"{language}\"\n\n\
         [retry]\nfirst = \"1s\"\nlongest = \"1s\"\nprobe_after = [\"1s\", \"1s\", \"2s\"]\ntell_after = \"2s\"\n\n\
         [lists.angebote]\ntitle = \"Angebote\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"post\"]\n\n\
         [transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nport = {relay}\ntls = \"none\"\n\
         from = \"news@krume.example\"\n\n\
         [transports.kasten]\nplugin = \"sandbox\"\n[transports.kasten.config]\nfolder = \"kasten\"\n"
    );
    let daemon = Daemon::start(dir, &daemon::settings(dir, &rest));
    let mut csv = format!("{COLUMNS}\n");
    for n in 0..people {
        let _ = writeln!(
            csv,
            "email,{},A,B,de,2026-11-01T10:00:00Z,2026-11-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir ihre Angebote der Woche schicken. Abmelden jederzeit.\",2026-11-20T10:00:00Z",
            address(n)
        );
    }
    fs::write(dir.join("people.csv"), csv).unwrap();
    let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
    assert_eq!(done.last().unwrap()["confirmed"], people, "{done:?}");
    daemon
}

fn send(daemon: &Daemon) -> i64 {
    daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Brot"])[0]["id"].as_i64().unwrap()
}

fn transport(daemon: &Daemon) -> Value {
    daemon.json(&["transport", "list"]).into_iter().find(|t| t["name"] == "post").unwrap()
}

/// Subjects and texts of the notices to the admin.
fn notices(dir: &Path) -> Vec<String> {
    let files = fs::read_dir(dir.join("kasten")).into_iter().flatten().flatten();
    let texts = files.filter_map(|file| fs::read_to_string(file.path()).ok());
    texts.filter(|text| text.lines().any(|line| line.starts_with("To:") && line.contains(CHEF))).collect()
}

fn wait_for_notice(daemon: &Daemon, words: &str) -> String {
    daemon.wait_for(words, DEADLINE, || notices(daemon.dir()).into_iter().find(|text| text.contains(words)))
}

fn undeliverable(daemon: &Daemon, people: usize) -> usize {
    let rest = |n: &usize| daemon.json(&["contact", "show", &address(*n)])[0]["undeliverable"] != Value::Null;
    (0..people).filter(rest).count()
}

#[test]
fn a_refused_account_harms_nobody_and_goes_on_by_itself() {
    for (at, say) in [
        ("MAIL", "550-Requested action not taken: mailbox unavailable\n550 Sender address is not allowed."),
        ("RCPT", "504 5.5.2 <mailserver>: Helo command rejected: need fully-qualified hostname"),
        ("RCPT", "555 5.5.4 Unsupported option: NOTIFY=FAILURE,DELAY"),
        ("RCPT", "550 5.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let relay = ScriptedRelay::start(vec![RelayRule::new(at, "", say)]);
        let daemon = start(dir.path(), relay.port, 30);
        let broadcast = send(&daemon);
        daemon.wait_for("paused", DEADLINE, || (transport(&daemon)["state"] == "paused").then_some(()));
        let reason = transport(&daemon)["reason"].to_string();
        assert!(reason.contains(say.get(..3).unwrap()), "{reason}");
        let notice = wait_for_notice(&daemon, "transport post is paused");
        assert!(notice.contains("Now and then one message is tried"), "{notice}");
        // Probes go on, one message at a time, and use up nobody's attempts.
        let before = relay.commands("MAIL");
        daemon.wait_for("two probes", DEADLINE, || (relay.commands("MAIL") >= before + 2).then_some(()));
        assert!(relay.commands("MAIL") < before + 8, "a probe is one message");
        let status = daemon.status(broadcast);
        assert_eq!((&status["failed"], &status["unknown"]), (&0.into(), &0.into()), "{at} {say}: {status}");

        relay.obey(Vec::new());
        assert_eq!(daemon.wait_done(broadcast, DEADLINE)["sent"], 30, "{at} {say}");
        wait_for_notice(&daemon, "transport post sends again");
        assert_eq!(transport(&daemon)["state"], "up");
        assert_eq!(undeliverable(&daemon, 30), 0, "{at} {say}");
        assert!(daemon.terminate().success());
    }
}

/// The notices about a refused account in German, and what the commands say meanwhile.
#[test]
fn a_german_admin_reads_german() {
    let dir = tempfile::tempdir().unwrap();
    let relay = ScriptedRelay::start(vec![RelayRule::new("MAIL", "", "550 Sender address is not allowed.")]);
    let daemon = start_with(dir.path(), relay.port, 3, "de");
    let broadcast = send(&daemon);
    let notice = wait_for_notice(&daemon, "Transport post ist angehalten");
    for words in [
        "Subject: Rundruf: Transport post ist angehalten",
        "weil der Anbieter das Konto, den Absender oder eine Einstellung ablehnt: ",
        "„550 Sender address is not allowed.“",
        "Ab und zu wird eine Nachricht versucht",
    ] {
        assert!(notice.contains(words), "{words}: {notice}");
    }
    for english in ["The transport", "account", "Now and then"] {
        assert!(!notice.contains(english), "{english}: {notice}");
    }
    let german = |args: &[&str]| {
        let output = daemon.cli(&[&["--lang", "de"], args].concat());
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let shown = german(&["transport", "list"]);
    assert!(shown.contains("angehalten") && shown.contains("das Konto wird abgelehnt"), "{shown}");
    relay.obey(Vec::new());
    daemon.wait_done(broadcast, DEADLINE);
    let notice = wait_for_notice(&daemon, "Transport post sendet wieder");
    assert!(notice.contains("Der Transport post sendet wieder."), "{notice}");
    assert!(daemon.terminate().success());
}

/// The notice about a relay that takes nothing in German, and what the commands say meanwhile.
#[test]
fn a_german_admin_reads_of_a_dead_relay() {
    let dir = tempfile::tempdir().unwrap();
    let relay = ScriptedRelay::start(vec![RelayRule::new("CONNECT", "", "")]);
    let daemon = start_with(dir.path(), relay.port, 5, "de");
    let broadcast = send(&daemon);
    daemon.wait_for("it waits", DEADLINE, || (transport(&daemon)["state"] == "waiting").then_some(()));
    let notice = wait_for_notice(&daemon, "Transport post sendet zurzeit nichts");
    println!("{notice}");
    for words in ["Subject: Rundruf: Transport post sendet zurzeit nichts", "das Relay hat die Verbindung geschlossen"]
    {
        assert!(notice.contains(words), "{words}: {notice}");
    }
    for english in ["The transport", "closed", "tried", "the connection"] {
        assert!(!notice.contains(english), "{english}: {notice}");
    }
    let german = |args: &[&str]| {
        let output = daemon.cli(&[&["--lang", "de"], args].concat());
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    for shown in [german(&["transport", "list"]), german(&["doctor"])] {
        println!("{shown}");
        assert!(shown.contains("wartet") && shown.contains("der Anbieter nimmt"), "{shown}");
        assert!(!shown.contains("closed the connection"), "{shown}");
    }
    relay.obey(Vec::new());
    assert_eq!(daemon.wait_done(broadcast, Duration::from_secs(120))["sent"], 5);
    wait_for_notice(&daemon, "Transport post sendet wieder");
    assert!(daemon.terminate().success());
}

#[test]
fn one_recipient_fails_alone() {
    let dir = tempfile::tempdir().unwrap();
    let relay = ScriptedRelay::start(vec![
        RelayRule::new("RCPT", "k040@", "554 5.7.1 <k040@kunde.example>: Relay access denied"),
        RelayRule::new("RCPT", "k000@", "550 Invalid user"),
        RelayRule::new("RCPT", "k001@", "550 No such person at this address."),
        RelayRule::new("RCPT", "k002@", "550 5.2.0 Mailbox does not take mail"),
        RelayRule::new("RCPT", "k003@", "550 5.1.1 <k003>: Recipient address rejected: User unknown"),
    ]);
    let daemon = start(dir.path(), relay.port, 300);
    let broadcast = send(&daemon);
    let status = daemon.wait_done(broadcast, DEADLINE);
    assert_eq!((&status["sent"], &status["failed"]), (&295.into(), &5.into()), "{status}");
    for who in ["k000@", "k001@", "k002@", "k003@", "k040@"] {
        let asked = relay.commands(&format!("RCPT TO:<{who}"));
        assert!((1..=2).contains(&asked), "{who} was asked {asked} times");
    }
    assert_eq!(transport(&daemon)["state"], "up");
    // Only the reply with a class that says so gives an address up; why and when is shown, and an operator can end it.
    assert_eq!(undeliverable(&daemon, 41), 1);
    let who = address(3);
    let rests = &daemon.json(&["contact", "show", &who])[0]["undeliverable"][0];
    assert_eq!(
        (rests["transport"].as_str(), rests["address"].as_str()),
        (Some("post"), Some(&*format!("email:{who}")))
    );
    assert!(rests["reply"].as_str().unwrap().contains("5.1.1") && rests["since"].is_string(), "{rests}");
    let shown = daemon.cli(&["contact", "show", &who]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("contact revive"), "{shown:?}");
    assert_eq!(daemon.json(&["contact", "revive", &who])[0]["undeliverable"], Value::Null);
    let again = daemon.cli(&["contact", "revive", &who]);
    assert!(!again.status.success(), "it does not rest any more: {again:?}");
    relay.obey(Vec::new());
    let next =
        daemon.json(&["broadcast", "send", "--list", "angebote", "--text", "Neues Brot"])[0]["id"].as_i64().unwrap();
    assert_eq!(daemon.wait_done(next, DEADLINE)["sent"], 300, "the revived address is written to");
    assert!(daemon.terminate().success());
}

#[test]
fn a_message_that_alone_is_refused_as_an_account_stops_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let relay = ScriptedRelay::start(vec![RelayRule::new("RCPT", "k005@", "550 5.1.8 Sender verify failed")]);
    let daemon = start(dir.path(), relay.port, 60);
    let broadcast = send(&daemon);
    daemon.wait_for("the others", DEADLINE, || (relay.accepted().len() == 59).then_some(()));
    daemon.wait_for("it goes on", DEADLINE, || (transport(&daemon)["state"] == "up").then_some(()));
    let status = daemon.status(broadcast);
    assert_eq!((&status["sent"], &status["failed"]), (&59.into(), &0.into()), "{status}");
    assert!(daemon.terminate().success());
}

#[test]
fn a_relay_that_refuses_everybody_burns_no_list() {
    let dir = tempfile::tempdir().unwrap();
    let relay = ScriptedRelay::start(vec![RelayRule::new("RCPT", "", "550 No.")]);
    let daemon = start(dir.path(), relay.port, 300);
    let broadcast = send(&daemon);
    wait_for_notice(&daemon, "transport post is paused");
    let failed = daemon.status(broadcast)["failed"].as_u64().unwrap();
    assert!(failed < 35, "{failed} of 300");
    relay.obey(Vec::new());
    let sent = daemon.wait_done(broadcast, DEADLINE)["sent"].as_u64().unwrap();
    assert!(sent >= 260, "{sent} of 300");
    assert_eq!(undeliverable(&daemon, 40), 0);
    assert!(daemon.terminate().success());
}

#[test]
fn a_dead_relay_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let relay = ScriptedRelay::start(vec![RelayRule::new("CONNECT", "", "")]);
    let daemon = start(dir.path(), relay.port, 20);
    let broadcast = send(&daemon);
    daemon.wait_for("it waits", DEADLINE, || (transport(&daemon)["state"] == "waiting").then_some(()));
    let notice = wait_for_notice(&daemon, "transport post sends nothing at the moment");
    assert!(notice.contains("closed the connection"), "{notice}");
    let doctor = daemon.cli(&["doctor"]);
    assert!(String::from_utf8_lossy(&doctor.stderr).contains("`post` is waiting"), "{doctor:?}");
    relay.obey(Vec::new());
    assert_eq!(daemon.wait_done(broadcast, Duration::from_secs(120))["sent"], 20);
    wait_for_notice(&daemon, "transport post sends again");
    assert_eq!(transport(&daemon)["state"], "up");
    assert!(daemon.terminate().success());
}
