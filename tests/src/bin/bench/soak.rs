//! Broadcasts, or reloads, in a loop through one daemon: memory, threads and descriptors must not grow.

use crate::options::Options;
use rundruf_tests::measure::{Usage, median, own, usage};
use rundruf_tests::sample_people;
use rundruf_tests::{Daemon, daemon};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// How long one round may take.
const DEADLINE: Duration = Duration::from_secs(60);
/// What a reload says when it is done.
const IN_FORCE: &str = "the new settings are in force";

pub(crate) fn run(options: &Options) -> Value {
    if options.reloads > 0 { reloads(options) } else { broadcasts(options) }
}

fn settings(dir: &std::path::Path, round: u64) -> String {
    daemon::settings(
        dir,
        &format!(
            "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.krume.example\"\n\n\
             [lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote\"\ntransports = [\"nichts\"]\n\n\
             [transports.nichts]\nplugin = \"null\"\nrate_per_s = {}\n\n[transports.gleich]\nplugin = \"null\"\n",
            900_000 + round % 2
        ),
    )
}

/// Begins a broadcast; answers its id.
fn send(daemon: &Daemon) -> i64 {
    let text = "Hallo {{ first_name }}, frisches Brot.";
    let sent = daemon.json(&["broadcast", "send", "--list", "angebote", "--text", text, "--again"]);
    sent.last().and_then(|v| v["id"].as_i64()).expect("an id")
}

fn people(daemon: &Daemon, recipients: u64) {
    sample_people::csv(&daemon.dir().join("people.csv"), 0..recipients).expect("a CSV");
    let _ = daemon.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
}

fn sent(daemon: &Daemon, id: i64, recipients: u64) {
    let status = daemon.wait_done(id, DEADLINE);
    assert_eq!(status["sent"].as_u64(), Some(recipients), "not all were sent: {status}");
}

/// One transport changes with each reload, one stays; a broadcast goes on meanwhile.
fn reloads(options: &Options) -> Value {
    let recipients = options.recipients.unwrap_or(100);
    let dir = tempfile::tempdir().expect("a folder");
    let daemon = Daemon::start(dir.path(), &settings(dir.path(), 0));
    people(&daemon, recipients);
    let (mut all, mut alone) = (Vec::new(), Vec::new());
    let begin = Instant::now();
    for round in 1..=options.reloads {
        std::fs::write(dir.path().join("rundruf.toml"), settings(dir.path(), round)).expect("settings");
        let id = send(&daemon);
        daemon::signal(daemon.pid(), rustix::process::Signal::HUP).expect("a signal");
        let until = Instant::now() + DEADLINE;
        while (daemon.log().matches(IN_FORCE).count() as u64) < round {
            assert!(Instant::now() < until, "no reload:\n{}", daemon.log());
            std::thread::sleep(Duration::from_millis(2));
        }
        sent(&daemon, id, recipients);
        all.push(usage(daemon.pid()));
        alone.push(own(daemon.pid()));
        if round % 50 == 0 {
            options.say(&format!("{round} reloads: {:?}", own(daemon.pid())));
        }
    }
    let ms = begin.elapsed().as_secs_f64() * 1_000.0 / options.reloads as f64;
    let mut report = growth(&all);
    report["daemon_rss_mib_early"] = growth(&alone)["rss_mib_early"].clone();
    report["daemon_rss_mib_late"] = growth(&alone)["rss_mib_late"].clone();
    report["reloads"] = options.reloads.into();
    report["round_ms"] = ms.into();
    report["recipients"] = recipients.into();
    report
}

fn broadcasts(options: &Options) -> Value {
    let recipients = options.recipients.unwrap_or(5_000);
    let dir = tempfile::tempdir().expect("a folder");
    let daemon = Daemon::start(dir.path(), &settings(dir.path(), 0));
    people(&daemon, recipients);
    let until = Instant::now() + Duration::from_secs(options.seconds);
    let (mut broadcasts, mut samples) = (0_u64, Vec::new());
    while Instant::now() < until {
        let id = send(&daemon);
        sent(&daemon, id, recipients);
        broadcasts += 1;
        let used = usage(daemon.pid());
        samples.push(used);
        if broadcasts % 20 == 0 {
            options.say(&format!("{broadcasts} broadcasts: {used:?}"));
        }
    }
    let mut report = growth(&samples);
    report["recipients"] = recipients.into();
    report["broadcasts"] = broadcasts.into();
    report["seconds"] = options.seconds.into();
    report
}

/// The first tenth is warming up: caches fill. The middle of the second tenth is compared with the middle of the last.
fn growth(samples: &[Usage]) -> Value {
    let tenth = (samples.len() / 10).max(1);
    let middle = |part: &[Usage]| median(part.iter().map(|u| u.rss_kib as f64 / 1024.0).collect());
    let early = samples.get(tenth..tenth * 2).unwrap_or(samples);
    let late = samples.get(samples.len() - tenth..).unwrap_or(samples);
    let (first, last) = (early.first().copied().unwrap_or_default(), late.last().copied().unwrap_or_default());
    json!({
        "bench": "soak",
        "rss_mib_early": middle(early), "rss_mib_late": middle(late), "growth": middle(late) / middle(early),
        "threads_early": first.threads, "threads_late": last.threads,
        "descriptors_early": first.descriptors, "descriptors_late": last.descriptors,
        "peak_rss_mib": samples.iter().map(|u| u.rss_kib).max().unwrap_or(0) as f64 / 1024.0,
    })
}
