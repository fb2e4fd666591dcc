//! Broadcasts in a loop through one daemon: memory, threads and descriptors must not grow.

use crate::options::Options;
use rundruf_tests::measure::usage;
use rundruf_tests::sample;
use rundruf_tests::{Daemon, daemon};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Runs it.
pub(crate) fn run(options: &Options) -> Value {
    let recipients = options.recipients.unwrap_or(5_000);
    let dir = tempfile::tempdir().expect("a folder");
    let toml = daemon::settings(
        dir.path(),
        "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.krume.example\"\n\n\
         [lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote\"\ntransports = [\"nichts\"]\n\n\
         [transports.nichts]\nplugin = \"null\"\n",
    );
    let daemon = Daemon::start(dir.path(), &toml);
    sample::csv(&dir.path().join("people.csv"), 0..recipients).expect("a CSV");
    let _ = daemon.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
    let until = Instant::now() + Duration::from_secs(options.seconds);
    let (mut broadcasts, mut samples) = (0_u64, Vec::new());
    while Instant::now() < until {
        let sent = daemon.json(&[
            "broadcast",
            "send",
            "--list",
            "angebote",
            "--text",
            "Hallo {{ first_name }}, frisches Brot.",
        ]);
        let id = sent.last().and_then(|v| v["id"].as_i64()).expect("an id");
        let status = daemon.wait_done(id, Duration::from_secs(60));
        assert_eq!(status["sent"].as_u64(), Some(recipients), "not all were sent: {status}");
        broadcasts += 1;
        let used = usage(daemon.pid());
        samples.push(used);
        if broadcasts % 20 == 0 {
            options.say(&format!("{broadcasts} broadcasts: {used:?}"));
        }
    }
    // The first tenth is warming up: caches fill. The middle of the second tenth is compared with the middle of the last.
    let tenth = (samples.len() / 10).max(1);
    let middle = |part: &[rundruf_tests::measure::Usage]| {
        rundruf_tests::measure::median(part.iter().map(|u| u.rss_kib as f64 / 1024.0).collect())
    };
    let early = samples.get(tenth..tenth * 2).unwrap_or(&samples);
    let late = samples.get(samples.len() - tenth..).unwrap_or(&samples);
    let (first, last) = (early.first().copied().unwrap_or_default(), late.last().copied().unwrap_or_default());
    json!({
        "bench": "soak", "recipients": recipients, "broadcasts": broadcasts, "seconds": options.seconds,
        "rss_mib_early": middle(early), "rss_mib_late": middle(late), "growth": middle(late) / middle(early),
        "threads_early": first.threads, "threads_late": last.threads,
        "descriptors_early": first.descriptors, "descriptors_late": last.descriptors,
        "peak_rss_mib": samples.iter().map(|u| u.rss_kib).max().unwrap_or(0) as f64 / 1024.0,
    })
}
