//! Messages a second of the Threema plugin into a gateway on loopback that takes everything, beside bare boxes of the same texts on all processors,
//! interleaved. The keys of all people are known; finding them is a first round of its own.

use crate::abi::{OutcomeCounter, start_plugin};
use crate::options::Options;
use dryoc::classic::crypto_box::crypto_box_easy;
use ring::rand::{SecureRandom, SystemRandom};
use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{
    Isolation, MessageAttachment, MessageBatch, MessageContent, MessageId, MessageTemplate, Priority, TransportInstance,
};
use rundruf_tests::measure::{self, median};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Messages on their way at once, as the plugin's manifest allows.
const WINDOW: usize = 4_000;
const BATCH: usize = 1_000;
const PRIVATE: &str = "94af3260fa2a19adc8e82e82be598be15bc6ad6f47c8ee303cb185ef860e16d2";
const PUBLIC: &str = "3851ad59c96146a05b32e41c0ccd0fd639dc8cd66bf6e1cbd3c8d67e4e8f5531";

/// A gateway that takes everything and looks at nothing.
#[derive(Default)]
struct AcceptingGateway {
    messages: AtomicUsize,
    uploads: AtomicUsize,
}

impl AcceptingGateway {
    fn start() -> (Arc<Self>, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let gateway = Arc::new(Self::default());
        let shared = Arc::clone(&gateway);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let gateway = Arc::clone(&shared);
                std::thread::spawn(move || gateway.serve(stream));
            }
        });
        (gateway, port)
    }

    fn serve(&self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let mut out = stream.try_clone().expect("a stream");
        let mut input = BufReader::with_capacity(1 << 18, stream);
        let (mut line, mut body) = (String::new(), Vec::new());
        loop {
            line.clear();
            if input.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let path = line.split(' ').nth(1).unwrap_or("").split('?').next().unwrap_or("").to_owned();
            let mut length = 0;
            while line != "\r\n" {
                line.clear();
                if input.read_line(&mut line).unwrap_or(0) == 0 {
                    return;
                }
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or(0);
                }
            }
            body.resize(length, 0);
            if input.read_exact(&mut body).is_err() {
                return;
            }
            let answer = self.answer(&path, &body);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", answer.len());
            if out.write_all(&[head.as_bytes(), answer.as_bytes()].concat()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, path: &str, body: &[u8]) -> String {
        match path {
            "/send_e2e_bulk" => {
                let count = body.iter().filter(|b| **b == b'{').count();
                let first = self.messages.fetch_add(count, Ordering::Relaxed);
                let each: Vec<String> =
                    (first..first + count).map(|n| format!("{{\"messageId\":\"{n:016x}\"}}")).collect();
                format!("[{}]", each.join(","))
            }
            "/send_e2e" => format!("{:016x}", self.messages.fetch_add(1, Ordering::Relaxed)),
            "/upload_blob" => format!("{:032x}", self.uploads.fetch_add(1, Ordering::Relaxed)),
            "/pubkeys/bulk" => {
                let asked: Value = serde_json::from_slice(body).unwrap_or_default();
                let ids = asked["identities"].as_array().cloned().unwrap_or_default();
                json!(ids.iter().map(|id| json!({"identity": id, "publicKey": PUBLIC})).collect::<Vec<_>>()).to_string()
            }
            path if path.starts_with("/pubkeys/") => PUBLIC.to_owned(),
            path if path.starts_with("/capabilities/") => "file".to_owned(),
            _ => "100000".to_owned(),
        }
    }
}

fn batch(numbers: std::ops::Range<usize>) -> MessageBatch {
    let mut messages = MessageBatch::with_capacity(numbers.len());
    for n in numbers {
        let number = i64::try_from(n).unwrap_or(0);
        let mut id = [7; 16];
        id[8..].copy_from_slice(&number.to_be_bytes());
        messages.push(trial::permit(DeliveryId(number)), MessageId(id), &format!("P{n:07}"), "", &[""; 0], 1);
    }
    messages
}

/// Sends a content to `count` people; messages a second.
fn send(instance: &TransportInstance, counter: &OutcomeCounter, content: &Arc<MessageContent>, count: usize) -> f64 {
    let begin = Instant::now();
    let (mut next, mut out) = (0, 0);
    while next < count || out > 0 {
        while next < count && out + BATCH <= WINDOW {
            let end = (next + BATCH).min(count);
            instance.send(content, batch(next..end), Priority::Bulk, 0).expect("taken");
            out += end - next;
            next = end;
        }
        out -= counter.wait(instance, out.min(BATCH));
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

fn key(digits: &str) -> [u8; 32] {
    std::array::from_fn(|n| u8::from_str_radix(&digits[n * 2..n * 2 + 2], 16).expect("a digit"))
}

/// Bare boxes a second of this text on all processors: padding, nonce and box of each, and nothing else.
fn bare(text: &str, count: usize) -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (private, public) = (key(PRIVATE), key(PUBLIC));
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let random = SystemRandom::new();
                let mut chance = [0; 25];
                for _ in 0..count.div_ceil(threads) {
                    random.fill(&mut chance).expect("random bytes");
                    let (nonce, pad) =
                        chance.split_first_chunk().map(|(nonce, pad)| (*nonce, pad[0].max(1))).expect("25 bytes");
                    let mut message = vec![1];
                    message.extend_from_slice(text.as_bytes());
                    message.resize(message.len() + usize::from(pad), pad);
                    let mut sealed = vec![0; message.len() + 16];
                    crypto_box_easy(&mut sealed, &message, &nonce, &public, &private).expect("a box");
                    std::hint::black_box(sealed);
                }
            });
        }
    });
    count as f64 / begin.elapsed().as_secs_f64()
}

pub(crate) fn run(options: &Options) -> Value {
    let count = usize::try_from(options.recipients.unwrap_or(100_000)).unwrap_or(100_000);
    let (gateway, port) = AcceptingGateway::start();
    let isolation = if options.in_process { Isolation::None } else { Isolation::Process };
    let config = json!({
        "gateway_id": "*KRUME01", "secret": "bench-secret", "private_key": PRIVATE,
        "base_url": format!("http://127.0.0.1:{port}"), "low_credits": 0,
    });
    let dir = tempfile::tempdir().expect("a folder");
    let (instance, counter) = start_plugin("threema", dir.path(), isolation, &config);
    let text = "x".repeat(options.size);
    let content = |id, attachments| {
        let (channel, language) = ("threema".to_owned(), "de".to_owned());
        let text = MessageTemplate::fixed(text.clone());
        Arc::new(MessageContent { id, channel, language, text, attachments, ..MessageContent::default() })
    };
    let content_of_text = content(1, Vec::new());
    // The memory of a tenth, of which each person's key is a part, beside that of all.
    send(&instance, &counter, &content_of_text, count / 10);
    let rss = || measure::usage(std::process::id()).rss_kib as f64 / 1024.0;
    let first_rss = rss();
    let finding_keys_per_s = send(&instance, &counter, &content_of_text, count);
    let (mut ours, mut limit) = (Vec::new(), Vec::new());
    for round in 0..options.rounds {
        limit.push(bare(&text, count));
        ours.push(send(&instance, &counter, &content_of_text, count));
        options.say(&format!("round {round}: {:.0}/s, bare boxes {:.0}/s", ours[round], limit[round]));
    }
    let file = MessageAttachment {
        name: "a.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: vec![7; 100_000].into(),
        url: String::new(),
    };
    let with_file_per_s = send(&instance, &counter, &content(2, vec![file]), count);
    let (last_rss, uploads) = (rss(), gateway.uploads.load(Ordering::Relaxed));
    assert_eq!(counter.unsent(), 0, "all are sent");
    let _ = instance.stop(Duration::from_secs(10));
    let (ours, limit) = (median(ours), median(limit));
    json!({
        "bench": "threema", "recipients": count, "size": options.size, "messages_per_s": ours.round(), "limit_per_s": limit.round(),
        "ratio": ours / limit, "limit": "bare boxes on all processors", "finding_keys_per_s": finding_keys_per_s.round(),
        "with_file_per_s": with_file_per_s.round(), "uploads": uploads, "rss_mib_of_a_tenth": first_rss.round(), "rss_mib": last_rss.round(),
        "rounds": options.rounds,
    })
}
