//! Durable deliveries a second through the null plugin, from rows to outcomes; writing the rows is measured beside it. The yardstick is the same work bare: the same schema and statements in one loop
//! with the same chunk, without engine, threads and plugin, in the same minute.

use crate::engine::{self, BroadcastJob};
use crate::options::Options;
use rundruf_tests::measure::median;
use serde_json::{Value, json};

pub(crate) fn run(options: &Options) -> Value {
    let recipients = options.recipients.unwrap_or(1_000_000);
    let window = options.window.unwrap_or(1_024);
    let rounds = if recipients > 2_000_000 { 1 } else { options.rounds };
    let (mut ours, mut limit, mut peak) = (Vec::new(), Vec::new(), 0.0_f64);
    let mut last = Value::Null;
    for round in 0..rounds {
        let bare_dir = tempfile::tempdir().expect("a folder");
        limit.push(
            rundruf_store::bench::bare(bare_dir.path(), recipients.min(1_000_000), window).expect("the bare loop"),
        );
        drop(bare_dir);
        let dir = tempfile::tempdir().expect("a folder");
        let seeded = engine::seed(dir.path(), recipients);
        options.say(&format!("round {round}: seeded {recipients} people at {seeded}/s"));
        let job = BroadcastJob {
            transport: "null".to_owned(),
            config: json!({}),
            size: 1_024,
            window,
            in_process: options.in_process,
            library: None,
        };
        last = engine::spawn(dir.path(), &job);
        assert_eq!(last["sent"].as_u64(), Some(recipients), "not all were sent: {last}");
        ours.push(last["messages_per_s"].as_f64().unwrap_or(0.0));
        peak = peak.max(last["peak_rss_mib"].as_f64().unwrap_or(0.0));
        options.say(&format!("round {round}: {last} · bare {:.0}/s", limit.last().copied().unwrap_or(0.0)));
    }
    let (ours, limit) = (median(ours), median(limit));
    json!({
        "bench": "dispatch", "recipients": recipients, "window": window,
        "isolation": if options.in_process { "none" } else { "process" }, "synchronous": "FULL",
        "messages_per_s": ours.round(), "limit_per_s": limit.round(), "ratio": ours / limit, "peak_rss_mib": peak,
        "us_per_message": 1e6 / ours, "fan_out_per_s": last["fan_out_per_s"], "with_fan_out_per_s": last["with_fan_out_per_s"], "rounds": rounds, "threads": last["threads"], "descriptors": last["descriptors"],
    })
}
