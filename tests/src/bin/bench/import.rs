//! Rows a second of a class A CSV, each with its sealed evidence and log leaf. The yardstick is bare inserts of the same rows.

use crate::engine::{self, BroadcastJob};
use crate::options::Options;
use rundruf_tests::artifacts::OWN_PROGRAM;
use rundruf_tests::measure::{Peak, median};
use rundruf_tests::sample_people;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) fn run(options: &Options) -> Value {
    if let Some(dir) = &options.dir {
        return import(dir);
    }
    let rows = options.recipients.unwrap_or(1_000_000);
    let rounds = if rows > 200_000 { 1 } else { options.rounds };
    let (mut ours, mut limit, mut peak) = (Vec::new(), Vec::new(), 0.0_f64);
    for round in 0..rounds {
        let bare = tempfile::tempdir().expect("a folder");
        limit.push(rundruf_store::bench::bare_import(bare.path(), rows).expect("bare inserts"));
        drop(bare);
        let dir = tempfile::tempdir().expect("a folder");
        sample_people::csv(&dir.path().join("people.csv"), 0..rows).expect("a CSV");
        let output = Command::new(OWN_PROGRAM)
            .args(["import", "--json", "--dir"])
            .arg(dir.path())
            .stderr(Stdio::inherit())
            .output()
            .expect("the bench starts itself");
        let text = String::from_utf8_lossy(&output.stdout);
        let run: Value = serde_json::from_str(text.lines().last().unwrap_or_default()).expect("JSON");
        assert_eq!(run["confirmed"].as_u64(), Some(rows), "not all were confirmed: {run}");
        options.say(&format!("round {round}: {run} · bare {:.0}/s", limit.last().copied().unwrap_or(0.0)));
        ours.push(run["rows_per_s"].as_f64().unwrap_or(0.0));
        peak = peak.max(run["peak_rss_mib"].as_f64().unwrap_or(0.0));
    }
    let (ours, limit) = (median(ours), median(limit));
    json!({
        "bench": "import", "recipients": rows, "messages_per_s": ours.round(), "rows_per_s": ours.round(),
        "limit_per_s": limit.round(), "ratio": ours / limit, "peak_rss_mib": peak, "rounds": rounds,
    })
}

/// The process that is measured: an engine without transports in use, and the import.
fn import(dir: &std::path::Path) -> Value {
    let job = BroadcastJob {
        transport: "null".to_owned(),
        config: json!({}),
        size: 0,
        window: 64,
        in_process: false,
        library: None,
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let url = format!("sqlite:{}", dir.join("rundruf.db").display());
        let store = rundruf_store::open(&url, rundruf_store::OpenOptions::default()).expect("the store opens");
        let engine = rundruf_engine::Engine::start(engine::config(dir, &job), store).await.expect("the engine starts");
        let class = rundruf_consent::ImportClass::A;
        let form = rundruf_engine::ImportForm::new(rundruf_tests::engine_config::LIST, class, "operator:bench");
        let peak = Peak::watch(std::process::id());
        let begin = Instant::now();
        let (done, _) = engine
            .import_csv(&dir.join("people.csv"), form, Box::new(|line| eprintln!("{line:?}")), Box::new(|_| {}))
            .await
            .expect("the import");
        let took = begin.elapsed().as_secs_f64();
        let mib = peak.mib();
        engine.stop(Duration::from_secs(10)).await;
        json!({
            "rows": done.rows, "confirmed": done.confirmed, "rows_per_s": done.rows as f64 / took, "seconds": took,
            "peak_rss_mib": mib,
        })
    })
}
