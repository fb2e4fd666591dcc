//! Imports a file of class A through everything that an import goes through, and prints one line of JSON: rows a second and the most memory.
//! `cargo run --release -p rundruf-engine --example import_file -- [rows]`

use rundruf_consent::{ImportClass, Time};
use rundruf_engine::*;
use rundruf_store::OpenOptions;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let rows: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |a| a.parse())?;
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("people.csv");
    write(&file, rows)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let took = runtime.block_on(run(dir.path(), &file, rows))?;
    let [first, again] = took.map(|(took, peak)| (rows as f64 / took.as_secs_f64(), peak / 1_024));
    writeln!(
        std::io::stdout(),
        r#"{{"rows":{rows},"per_s":{:.0},"peak_mib":{},"again_per_s":{:.0},"again_peak_mib":{}}}"#,
        first.0,
        first.1,
        again.0,
        again.1
    )?;
    Ok(())
}

/// Most memory so far, in KiB.
fn peak() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).and_then(|l| l.split_whitespace().next());
    Ok(peak.unwrap_or_default().parse()?)
}

fn write(path: &Path, rows: u64) -> std::io::Result<()> {
    let mut out = std::io::BufWriter::new(std::fs::File::create(path)?);
    writeln!(out, "channel,address,first_name,last_name,language,requested_at,confirmed_at,source,consent_text")?;
    for n in 0..rows {
        // A multiplication by an odd number visits every number of 2^32 once, in no order.
        let mixed = n.wrapping_mul(2_654_435_761) & 0xffff_ffff;
        writeln!(
            out,
            "email,person{mixed:010}@mail.example,Name{n},Müller,de,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,Ladentheke,\"Ja, die Bäckerei darf mir Angebote schicken.\""
        )?;
    }
    out.flush()
}

async fn run(dir: &Path, file: &Path, rows: u64) -> Result<[(Duration, u64); 2], Box<dyn Error>> {
    let words = || Localized(BTreeMap::from([("de".to_owned(), "Angebote der Woche".to_owned())]));
    let config = Config {
        sender: Sender {
            name: "Bäckerei Krume GmbH".to_owned(),
            imprint_url: "https://krume.example/impressum".to_owned(),
            privacy_url: "https://krume.example/datenschutz".to_owned(),
        },
        public_url: "https://news.krume.example".to_owned(),
        default_region: None,
        lists: vec![ListConfig {
            name: "angebote".to_owned(),
            title: words(),
            purpose: words(),
            consent_text: words(),
            transports: Vec::new(),
            frequency_cap: None,
        }],
        transports: Vec::new(),
        optin: OptIn { expires_after: Duration::from_secs(604_800) },
        retry: Retry { first: Duration::ZERO, longest: Duration::ZERO, give_up: Duration::ZERO },
        drain_for: Duration::ZERO,
        data_dir: dir.to_owned(),
        child_program: PathBuf::new(),
        max_attachment: 0,
        log_origin: "krume.example/consent-log/bench".to_owned(),
    };
    let store = rundruf_store::open(&format!("sqlite:{}", dir.join("s.db").display()), OpenOptions::default())?;
    let engine = Engine::start_at(config, store, Clock::fixed(Time(1_796_119_200_000))).await?;
    let mut took = Vec::new();
    for wanted in [rows, 0] {
        let form = ImportForm {
            list: "angebote".to_owned(),
            class: ImportClass::A,
            map: BTreeMap::new(),
            map_text: String::new(),
            texts: BTreeMap::new(),
            dry_run: false,
            actor: "operator:bench".to_owned(),
        };
        let begin = Instant::now();
        let done = engine.import_csv(file, form, Box::new(|_| {}), Box::new(|_| {})).await?;
        took.push((begin.elapsed(), peak()?));
        if done.confirmed != wanted || done.addresses != rows {
            return Err(format!("{done:?}").into());
        }
    }
    engine.stop(Duration::from_secs(10)).await;
    took.try_into().map_err(|_| "not twice".into())
}
