//! One broadcast through the whole engine in a process of its own, so that its memory can be measured alone: seeded store, real plugin,
//! durable commits. The other benchmarks start it and read its JSON.

use crate::options::Options;
use rundruf_engine::{BroadcastForm, Config, Engine, TransportConfig};
use rundruf_host::Isolation;
use rundruf_store::BroadcastState;
use rundruf_tests::artifacts::{Artifacts, OWN_PROGRAM};
use rundruf_tests::engine_config::{self, LIST};
use rundruf_tests::measure::{Peak, usage};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What to send by.
#[derive(Clone, Debug)]
pub(crate) struct BroadcastJob {
    /// Name of the plugin and of its transport.
    pub(crate) transport: String,
    /// The plugin's section.
    pub(crate) config: Value,
    /// Bytes of the text.
    pub(crate) size: usize,
    /// Most messages outstanding.
    pub(crate) window: u32,
    /// Whether the plugin runs in this process.
    pub(crate) in_process: bool,
    /// The plugin's file, where it is known already: the process that is measured builds nothing.
    pub(crate) library: Option<PathBuf>,
}

/// Runs a job in a process of its own and returns what it printed.
pub(crate) fn spawn(dir: &Path, job: &BroadcastJob) -> Value {
    let file = dir.join("job.json");
    let text = json!({
        "transport": job.transport, "config": job.config, "size": job.size, "window": job.window,
        "in_process": job.in_process, "library": Artifacts::get().plugin(&job.transport),
    });
    std::fs::write(&file, text.to_string()).expect("a job file");
    let output = Command::new(OWN_PROGRAM)
        .args(["engine", "--json", "--dir"])
        .arg(dir)
        .stderr(Stdio::inherit())
        .output()
        .expect("the bench starts itself");
    assert!(output.status.success(), "the run failed: {}", String::from_utf8_lossy(&output.stdout));
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap_or_default()).expect("JSON")
}

/// Fills a store with confirmed people; returns rows a second. Written straight, since importing is another benchmark.
pub(crate) fn seed(dir: &Path, recipients: u64) -> f64 {
    let begin = Instant::now();
    rundruf_store::bench::seed(&dir.join("rundruf.db"), LIST, recipients).expect("seeded");
    (recipients as f64 / begin.elapsed().as_secs_f64()).round()
}

/// A throw-away RSA-2048 key as PEM.
pub(crate) fn dkim_key(dir: &Path) -> String {
    let path = dir.join("dkim.pem");
    let status = Command::new(rundruf_tests::servers::program("openssl"))
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
        .arg(&path)
        .status()
        .expect("openssl runs");
    assert!(status.success(), "openssl makes no key");
    std::fs::read_to_string(path).expect("the key")
}

/// Bare RSA-2048 signatures a second on two threads, by the library that the plugin uses.
pub(crate) fn bare_signing(pem: &str) -> f64 {
    rundruf_email::bare_signing(pem, 2, Duration::from_secs(2))
}

/// The settings of a job.
pub(crate) fn config(dir: &Path, job: &BroadcastJob) -> Config {
    let library = job.library.clone().unwrap_or_else(|| Artifacts::get().plugin(&job.transport));
    let isolation = if job.in_process { Isolation::None } else { Isolation::Process };
    engine_config::config(
        dir,
        TransportConfig {
            config: job.config.to_string(),
            ..engine_config::transport(&job.transport, library, isolation, job.window)
        },
    )
}

/// A text of about this many bytes.
pub(crate) fn text(size: usize) -> String {
    let line = "Heute gibt es frisches Brot aus dem Steinofen, dazu Brezeln und Kuchen.\n";
    line.chars().cycle().take(size).collect()
}

/// The main function of the process that [`spawn`] starts.
pub(crate) fn run(options: &Options) -> Value {
    let dir: PathBuf = options.dir.clone().expect("--dir");
    let job: Value = serde_json::from_slice(&std::fs::read(dir.join("job.json")).expect("a job file")).expect("a job");
    let job = BroadcastJob {
        transport: job["transport"].as_str().unwrap_or("null").to_owned(),
        config: job["config"].clone(),
        size: usize::try_from(job["size"].as_u64().unwrap_or(1_024)).unwrap_or(1_024),
        window: u32::try_from(job["window"].as_u64().unwrap_or(1_024)).unwrap_or(1_024),
        in_process: job["in_process"] == true,
        library: job["library"].as_str().map(PathBuf::from),
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let result = runtime.block_on(broadcast(&dir, &job));
    runtime.shutdown_timeout(Duration::from_secs(5));
    result
}

async fn broadcast(dir: &Path, job: &BroadcastJob) -> Value {
    let url = format!("sqlite:{}", dir.join("rundruf.db").display());
    let store = rundruf_store::open(&url, rundruf_store::OpenOptions::default()).expect("the store opens");
    let engine = Engine::start(config(dir, job), store).await.expect("the engine starts");
    let peak = Peak::watch(std::process::id());
    let form = BroadcastForm {
        again: true,
        list: LIST.to_owned(),
        text: BTreeMap::from([("de".to_owned(), text(job.size))]),
        subject: BTreeMap::from([("de".to_owned(), "Angebote".to_owned())]),
        ..BroadcastForm::default()
    };
    // The rows are written first, while the transport rests: what is measured then is claim, hand-over and settlement, as in the yardstick.
    engine.transport_pause(&job.transport, true).expect("it rests");
    let begin = Instant::now();
    let id = engine.broadcast_send(form).await.expect("a broadcast");
    while !engine.broadcast_status(id).await.expect("a status").row.fanned_out {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let fanned = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    engine.transport_pause(&job.transport, false).expect("it goes on");
    let mut first_sent = None;
    let status = loop {
        let status = engine.broadcast_status(id).await.expect("a status");
        if first_sent.is_none() && status.row.tally.sent > 0 {
            first_sent = Some(begin.elapsed());
        }
        if status.row.state == BroadcastState::Done {
            break status;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    let took = begin.elapsed().as_secs_f64();
    let used = usage(std::process::id());
    let tally = status.row.tally;
    let ended_well = engine.stop(Duration::from_secs(20)).await;
    json!({
        "recipients": tally.total, "sent": tally.sent, "failed": tally.failed, "unknown": tally.unknown,
        "messages_per_s": tally.total as f64 / took, "seconds": took, "fan_out_per_s": (tally.total as f64 / fanned).round(),
        "with_fan_out_per_s": (tally.total as f64 / (took + fanned)).round(),
        "first_sent_ms": first_sent.map(|d| d.as_secs_f64() * 1e3),
        "peak_rss_mib": peak.mib(), "threads": used.threads, "descriptors": used.descriptors, "ended_well": ended_well,
    })
}
