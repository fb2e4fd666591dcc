//! A stop, a pause, a cancel and an end arrive in time, also where the provider is slow and the window is wide; and nobody waits for others who
//! are postponed.

use rundruf_tests::Daemon;
use rundruf_tests::daemon::{self, signal};
use rundruf_tests::sample_people::COLUMNS;
use rundruf_tests::slow_relay::SlowRelay;
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const PEOPLE: u64 = 200;
const SESSIONS: usize = 4;
const DEADLINE: Duration = Duration::from_secs(120);

fn settings(dir: &Path, port: u16, lists: &[&str], more: &str) -> String {
    let lists: String = lists
        .iter()
        .map(|list| {
            format!(
                "[lists.{list}]\ntitle = \"{list}\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"post\"]\n\n"
            )
        })
        .collect();
    daemon::settings(
        dir,
        &format!(
            "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:1\"\n\n{lists}\
             [transports.post]\nplugin = \"email\"\nwindow = 512\n{more}\n[transports.post.config]\nhost = \"127.0.0.1\"\n\
             port = {port}\ntls = \"none\"\nfrom = \"news@krume.example\"\nsessions = {SESSIONS}\n"
        ),
    )
}

fn send(daemon: &Daemon, list: &str) -> i64 {
    let sent = daemon.json(&["broadcast", "send", "--list", list, "--text", "Hallo", "--subject", "Neues", "--again"]);
    sent[0]["id"].as_i64().unwrap()
}

/// Waits until two messages more for each session were begun, then does it; answers the recipients whose message was begun after it was stored.
fn begun_after(daemon: &Daemon, relay: &SlowRelay, id: i64, act: impl FnOnce()) -> Vec<String> {
    let before = relay.begun() + 2 * SESSIONS;
    daemon.wait_for("the middle of the broadcast", DEADLINE, || (relay.begun() >= before).then_some(()));
    act();
    let stored = Instant::now();
    let idle = || (daemon.status(id)["in_flight"] == 0).then_some(());
    daemon.wait_for("what is begun ends", DEADLINE, idle);
    relay.begun_after(stored)
}

#[test]
fn who_stops_while_the_provider_is_slow_gets_nothing_more() {
    let dir = tempfile::tempdir().unwrap();
    rundruf_store::bench::seed(&dir.path().join("rundruf.db"), "angebote", PEOPLE).unwrap();
    let relay = SlowRelay::start(Duration::from_secs(2), "");
    let toml = settings(dir.path(), relay.port, &["angebote"], "");
    let daemon = Daemon::start(dir.path(), &toml);
    let id = send(&daemon, "angebote");
    let number = id.to_string();

    // A pause brings back what is not begun, and nothing becomes unknown by it.
    let late = begun_after(&daemon, &relay, id, || drop(daemon.json(&["broadcast", "pause", &number])));
    assert!(late.len() <= SESSIONS, "begun after the pause: {late:?}\n{}", daemon.log());
    let paused = daemon.status(id);
    assert_eq!((&paused["unknown"], &paused["failed"], &paused["state"]), (&0.into(), &0.into(), &"paused".into()));
    let sum = |status: &serde_json::Value| {
        let of = |key: &str| status[key].as_u64().unwrap();
        of("queued") + of("in_flight") + of("retry") + of("sent") + of("skipped") + of("failed") + of("unknown")
    };
    assert_eq!(sum(&paused), PEOPLE, "{paused}");
    let _ = daemon.json(&["broadcast", "resume", &number]);

    // Those who are next stop: they get nothing, unless their message was begun.
    let served: HashSet<String> = relay.begun_after(daemon.started).into_iter().collect();
    let next: Vec<String> = (1..=PEOPLE)
        .map(|n| format!("person{n:08}@mail.example"))
        .filter(|address| !served.contains(address))
        .take(16)
        .collect();
    daemon.wait_for("it goes on", DEADLINE, || (relay.begun() > served.len()).then_some(()));
    for address in &next {
        let left = daemon.cli(&["consent", "withdraw", &format!("email:{address}"), "--list", "angebote"]);
        assert!(left.status.success(), "{}", String::from_utf8_lossy(&left.stderr));
    }
    let stored = Instant::now();
    let skipped = || (daemon.status(id)["skipped"].as_u64().unwrap() >= 8).then_some(());
    daemon.wait_for("those who stopped are skipped", DEADLINE, skipped);
    let late: Vec<_> = relay.begun_after(stored).into_iter().filter(|to| next.contains(to)).collect();
    assert_eq!(late, Vec::<String>::new(), "begun after the stop of that person\n{}", daemon.log());

    // Another window: the transport ends and begins anew, in the middle of the broadcast.
    fs::write(dir.path().join("rundruf.toml"), toml.replace("window = 512", "window = 500")).unwrap();
    let before = relay.begun() + SESSIONS;
    signal(daemon.pid(), rustix::process::Signal::HUP).unwrap();
    daemon.wait_for("it goes on after a reload", DEADLINE, || (relay.begun() >= before).then_some(()));
    assert_eq!(daemon.status(id)["unknown"], 0);

    // An end brings back what is not begun; the next start goes on with it.
    let before = relay.begun() + SESSIONS;
    daemon.wait_for("the middle again", DEADLINE, || (relay.begun() >= before).then_some(()));
    let asked = Instant::now();
    assert!(daemon.terminate().success());
    let late = relay.begun_after(asked);
    assert!(late.len() <= SESSIONS, "begun after SIGTERM: {late:?}");
    let daemon = Daemon::restart(dir.path());
    assert_eq!(daemon.status(id)["unknown"], 0, "{}", daemon.log());

    // A cancel.
    let late = begun_after(&daemon, &relay, id, || drop(daemon.json(&["broadcast", "cancel", &number])));
    assert!(late.len() <= SESSIONS, "begun after the cancel: {late:?}\n{}", daemon.log());
    let ended = daemon.wait_for("every row has its end", DEADLINE, || {
        let status = daemon.status(id);
        (status["queued"] == 0 && status["retry"] == 0 && status["in_flight"] == 0).then_some(status)
    });
    assert_eq!((&ended["unknown"], &ended["failed"]), (&0.into(), &0.into()), "{ended}");
    assert_eq!(sum(&ended), PEOPLE, "{ended}");
    let accepted = relay.accepted();
    let people: HashSet<_> = accepted.iter().map(|(to, _)| to).collect();
    assert_eq!(people.len(), accepted.len(), "somebody got it twice");
    assert_eq!(accepted.len() as u64, ended["sent"].as_u64().unwrap(), "{ended}");
    assert!(daemon.terminate().success());
}

/// A CSV of class A with these people of a domain.
fn csv(people: std::ops::Range<u64>, domain: &str) -> String {
    people
        .map(|n| {
            format!(
                "email,kunde{n:05}@{domain},Anna,Muster,de,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\
                 \"Ja, die Bäckerei Krume GmbH darf mir per E-Mail ihre Angebote der Woche schicken. Abmelden jederzeit.\",\
                 2026-10-01T08:00:00Z\n"
            )
        })
        .collect()
}

#[test]
fn nobody_waits_for_a_domain_that_postpones() {
    let dir = tempfile::tempdir().unwrap();
    let relay = SlowRelay::start(Duration::from_millis(20), "@spaeter.example");
    let daemon = Daemon::start(dir.path(), &settings(dir.path(), relay.port, &["gesund", "alle"], ""));
    let import = |list: &str, rows: String| {
        fs::write(dir.path().join("people.csv"), format!("{COLUMNS}\n{rows}")).unwrap();
        let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", list, "--evidence", "A"]);
        assert!(!done.is_empty(), "{done:?}");
    };
    import("gesund", csv(0..1_000, "gesund.example"));
    import("alle", csv(0..3_000, "spaeter.example") + &csv(0..1_000, "kerngesund.example"));
    let time = |list: &str, domain: &str| {
        let begin = Instant::now();
        send(&daemon, list);
        daemon.wait_for(list, DEADLINE, || {
            let all = relay.accepted();
            let ours: Vec<_> = all.iter().filter(|(to, _)| to.ends_with(domain)).collect();
            (ours.len() == 1_000).then(|| ours.last().unwrap().1.duration_since(begin))
        })
    };
    let alone = time("gesund", "@gesund.example");
    let behind = time("alle", "@kerngesund.example");
    println!(
        "1,000 healthy: {alone:?} alone, {behind:?} behind 3,000 that are postponed ({} refusals)",
        relay.postponed()
    );
    assert!(relay.postponed() >= 10, "the domain was asked");
    assert!(behind < alone.mul_f64(1.2), "{behind:?} instead of {alone:?}\n{}", daemon.log());
    assert!(daemon.terminate().success());
}
