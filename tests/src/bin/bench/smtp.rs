//! Messages a second into `smtp-sink`, with full accounting, beside `smtp-source` and a bare pipelined client with the same sessions and size,
//! interleaved.

use crate::engine::{self, BroadcastJob};
use crate::options::Options;
use rundruf_tests::measure::median;
use rundruf_tests::pipelined_client::pipelined_client;
use rundruf_tests::servers::{SmtpSink, smtp_source};
use serde_json::{Value, json};

/// Bytes of the headers that `smtp-source` writes above its payload.
const SOURCE_HEADERS: usize = 130;

pub(crate) fn run(options: &Options) -> Value {
    let recipients = options.recipients.unwrap_or(20_000);
    let size = whole_message(options);
    options.say(&format!("a text of {} bytes makes a message of {size}", options.size));
    let sink = SmtpSink::start(&["-c"]);
    let dir = tempfile::tempdir().expect("a folder");
    let dkim = if options.dkim { Some(engine::dkim_key(dir.path())) } else { None };
    let seeded = engine::seed(dir.path(), recipients);
    options.say(&format!("seeded {recipients} people: {seeded}"));
    let (mut ours, mut limit, mut peak) = (Vec::new(), Vec::new(), 0.0_f64);
    let (mut signing, mut pipelined) = (Vec::new(), Vec::new());
    for round in 0..options.rounds {
        if let Some(key) = &dkim {
            signing.push(engine::bare_signing(key));
        } else {
            limit.push(smtp_source(sink.port, recipients, size.saturating_sub(SOURCE_HEADERS), options.sessions));
            pipelined.push(pipelined_client(sink.port, recipients, size, options.sessions));
        }
        let job = job(options, sink.port, dkim.as_deref());
        let run = engine::spawn(dir.path(), &job);
        assert_eq!(run["sent"].as_u64(), Some(recipients), "not all were sent: {run}");
        let rate = run["messages_per_s"].as_f64().unwrap_or(0.0);
        peak = peak.max(run["peak_rss_mib"].as_f64().unwrap_or(0.0));
        let (yardstick, bare) = (limit.last().or(signing.last()), pipelined.last());
        options.say(&format!("round {round}: {rate:.0}/s, yardstick {yardstick:?}, bare pipelined client {bare:?}"));
        ours.push(rate);
    }
    let (ours_per_s, limit_per_s) = (median(ours), median(if options.dkim { signing } else { limit }));
    let pipelined_per_s = if options.dkim { None } else { Some(median(pipelined)) };
    json!({
        "bench": "smtp", "recipients": recipients, "sessions": options.sessions, "text": options.size, "size": size, "dkim": options.dkim,
        "messages_per_s": ours_per_s.round(), "limit_per_s": limit_per_s.round(), "ratio": ours_per_s / limit_per_s,
        "limit": if options.dkim { "bare RSA-2048 signing on as many threads" } else { "smtp-source -d" },
        "pipelined_per_s": pipelined_per_s.map(f64::round), "pipelined_ratio": pipelined_per_s.map(|p| ours_per_s / p),
        "peak_rss_mib": peak, "rounds": options.rounds,
    })
}

fn job(options: &Options, port: u16, dkim: Option<&str>) -> BroadcastJob {
    let keys = dkim.map_or(json!([]), |key| json!([{"domain": "krume.example", "selector": "r1", "key": key}]));
    BroadcastJob {
        transport: "email".to_owned(),
        config: json!({
            "host": "127.0.0.1", "port": port, "tls": "none", "from": "news@krume.example",
            "sessions": options.sessions, "messages_per_connection": 0, "dkim": keys,
        }),
        size: options.size,
        window: options.window.unwrap_or(1_024),
        in_process: options.in_process,
        library: None,
    }
}

/// Bytes of a whole message, headers and both parts, as the server receives it: one is sent and measured, so that the yardstick carries as much.
fn whole_message(options: &Options) -> usize {
    let dir = tempfile::tempdir().expect("a folder");
    let kept = dir.path().join("kept");
    std::fs::create_dir(&kept).expect("a folder");
    let sink = SmtpSink::start(&["-d", &kept.join("m").display().to_string()]);
    engine::seed(dir.path(), 1);
    engine::spawn(dir.path(), &job(options, sink.port, None));
    let file = std::fs::read_dir(&kept).expect("a folder").flatten().next().expect("one message").path();
    let bytes = std::fs::read(file).expect("a message");
    // Above it is what the sink says of the envelope.
    let begin = bytes.windows(4).position(|w| w == b"\nTo:").expect("a header");
    bytes.len() - begin
}
