//! Measures messages per second into `smtp-sink` through the plugin's function table (no daemon, no child process), alternating with `smtp-source` at
//! the same number of connections and message size: `cargo run --release -p rundruf-email --example smtp_rate -- [MESSAGES] [SESSIONS] [ROUNDS] [dkim]`.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "an example stops at the first thing that is wrong, and says what it saw"
)]

use rundruf_email::Email;
use rundruf_plugin::abi::{OutcomeCode, Status};
use rundruf_plugin::kit::{Kit, Sample, SampleRecipient};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const WINDOW: usize = 1_024;
const BATCH: usize = 256;
const SIZE: usize = 2_048;

fn main() {
    let mut args = std::env::args().skip(1);
    let mut number = |default| args.next().and_then(|a| a.parse().ok()).unwrap_or(default);
    let (messages, sessions, rounds) = (number(20_000), number(16), number(5));
    let dkim = args.next().is_some();
    let (mut sink, port) = sink();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let limit = source(port, messages, sessions);
        theirs.push(limit);
        let (rate, cpu) = plugin(port, messages, sessions, dkim);
        ours.push(rate);
        println!("round {round}: {rate:.0}/s with {cpu:.1} us of processor a message, smtp-source {limit:.0}/s");
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("{ours:.0}/s, smtp-source {theirs:.0}/s, ratio {:.2}", ours / theirs);
    let _ = sink.kill();
    let _ = sink.wait();
}

fn sink() -> (Child, u16) {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let child = Command::new("smtp-sink")
        .args(["-u", "root", "-c", &format!("127.0.0.1:{port}"), "256"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("smtp-sink is there: apt-get install postfix");
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    (child, port)
}

fn source(port: u16, messages: usize, sessions: usize) -> f64 {
    let begin = Instant::now();
    let status = Command::new("smtp-source")
        .args(["-d", "-s", &sessions.to_string(), "-m", &messages.to_string(), "-l", &SIZE.to_string()])
        .args(["-f", "news@krume.example", "-t", "anna@kunde.example", &format!("127.0.0.1:{port}")])
        .stdout(Stdio::null())
        .status()
        .expect("smtp-source is there: apt-get install postfix");
    assert!(status.success(), "smtp-source failed");
    messages as f64 / begin.elapsed().as_secs_f64()
}

fn plugin(port: u16, messages: usize, sessions: usize, dkim: bool) -> (f64, f64) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut config = json!({
        "host": "127.0.0.1", "port": port, "tls": "none", "from": "news@krume.example", "sessions": sessions, "messages_per_connection": 0,
    });
    if dkim {
        config["dkim"] = json!([{"domain": "krume.example", "selector": "r1", "key": key()}]);
    }
    let sample = Sample {
        text: "Hallo {0}, heute frisch aus dem Ofen.\n"
            .repeat(std::env::var("REP").ok().and_then(|r| r.parse().ok()).unwrap_or(SIZE / 40)),
        html: String::new(),
        ..Sample::default()
    };
    let mut kit = Kit::open::<Email>(&config, dir.path(), WINDOW as u32).expect("the plugin opens");
    let mut flying = VecDeque::new();
    let (mut begun, mut sent) = (0, 0);
    let (begin, cpu) = (Instant::now(), cpu_s());
    while sent < messages {
        if begun < messages && flying.len() < WINDOW / BATCH {
            let count = BATCH.min(messages - begun);
            let people: Vec<SampleRecipient> =
                (begun..begun + count).map(|n| SampleRecipient::new(&format!("p{n}@kunde.example"), "Anna")).collect();
            let (status, batch) = kit.submit(&sample, &people);
            // BUSY: the plugin frees a slot shortly after its outcome was reported.
            if status == Status::OK {
                begun += count;
                flying.push_back(batch);
            }
        } else if let Some(batch) = flying.pop_front() {
            let answers = kit.wait(&batch, Duration::from_secs(60));
            assert!(answers.iter().all(|a| a.code == OutcomeCode::SENT), "not all were sent");
            sent += answers.len();
        }
    }
    let rate = messages as f64 / begin.elapsed().as_secs_f64();
    let cpu = (cpu_s() - cpu) * 1e6 / messages as f64;
    kit.close();
    (rate, cpu)
}

/// Processor time of this process so far, in seconds (clock ticks are hundredths).
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = stat.split_whitespace().skip(13).take(2).filter_map(|n| n.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

fn key() -> Value {
    let made = Command::new("openssl")
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])
        .output()
        .expect("openssl is there");
    String::from_utf8_lossy(&made.stdout).into_owned().into()
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(0.0)
}
