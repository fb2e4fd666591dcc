//! Messages a second into `smtp-sink`, with full accounting, beside `smtp-source` with the same sessions and size, interleaved.

use crate::engine::{self, Job};
use crate::options::Options;
use rundruf_tests::measure::median;
use rundruf_tests::server::{Sink, smtp_source};
use serde_json::{Value, json};

/// Runs it.
pub(crate) fn run(options: &Options) -> Value {
    let recipients = options.recipients.unwrap_or(20_000);
    let sink = Sink::start(&["-c"]);
    let dir = tempfile::tempdir().expect("a folder");
    let dkim = if options.dkim { Some(engine::dkim_key(dir.path())) } else { None };
    let seeded = engine::seed(dir.path(), recipients);
    options.say(&format!("seeded {recipients} people: {seeded}"));
    let (mut ours, mut limit, mut peak) = (Vec::new(), Vec::new(), 0.0_f64);
    let mut signing = Vec::new();
    for round in 0..options.rounds {
        if let Some(key) = &dkim {
            signing.push(engine::bare_signing(key));
        } else {
            limit.push(smtp_source(sink.port, recipients, options.size, options.sessions));
        }
        let job = Job {
            transport: "email".to_owned(),
            config: json!({
                "host": "127.0.0.1", "port": sink.port, "tls": "none", "from": "news@krume.example",
                "sessions": options.sessions, "messages_per_connection": 0,
                "dkim": dkim.as_ref().map(|key| json!([{"domain": "krume.example", "selector": "r1", "key": key}])).unwrap_or(json!([])),
            }),
            size: options.size,
            window: options.window.unwrap_or(1_024),
            in_process: options.in_process,
            library: None,
        };
        let run = engine::spawn(dir.path(), &job);
        assert_eq!(run["sent"].as_u64(), Some(recipients), "not all were sent: {run}");
        let rate = run["messages_per_s"].as_f64().unwrap_or(0.0);
        peak = peak.max(run["peak_rss_mib"].as_f64().unwrap_or(0.0));
        options.say(&format!("round {round}: {rate:.0}/s, yardstick {:?}", limit.last().or(signing.last())));
        ours.push(rate);
    }
    let (ours_per_s, limit_per_s) = (median(ours), median(if options.dkim { signing } else { limit }));
    json!({
        "bench": "smtp", "recipients": recipients, "sessions": options.sessions, "size": options.size, "dkim": options.dkim,
        "messages_per_s": ours_per_s.round(), "limit_per_s": limit_per_s.round(), "ratio": ours_per_s / limit_per_s,
        "limit": if options.dkim { "bare RSA-2048 signing on as many threads" } else { "smtp-source -d" },
        "peak_rss_mib": peak, "rounds": options.rounds,
    })
}
