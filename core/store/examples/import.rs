//! Prints one line of JSON: bare inserts of what an import writes, and the same rows through the trait.
//! `cargo run --release -p rundruf-store --features bench --example import -- [rows] [rows in one transaction] [sorted]`

use rundruf_consent::evidence::{
    ConsentAction, Controller, EarlierOptIn, EvidenceDraft, EvidenceSource, ListRef, TextRef,
};
use rundruf_consent::{Address, Channel, Event, ImportClass, Time};
use rundruf_store::*;
use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rows: u64 = arguments.next().map_or(Ok(1_000_000), |a| a.parse())?;
    let at_once: u64 = arguments.next().map_or(Ok(20_000), |a| a.parse())?;
    let is_sorted = arguments.next().as_deref() == Some("sorted");
    let dir = tempfile::tempdir()?;
    let ours = tokio::runtime::Builder::new_current_thread().build()?.block_on(import(
        dir.path(),
        rows,
        at_once,
        is_sorted,
    ))?;
    let peak = std::fs::read_to_string("/proc/self/status")?;
    let peak = peak.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default().trim().to_owned();
    drop(dir);
    let dir = tempfile::tempdir()?;
    let bare = bench::bare_import(dir.path(), rows)?;
    writeln!(
        std::io::stdout(),
        r#"{{"rows":{rows},"at_once":{at_once},"per_s":{bare:.0},"store_per_s":{ours:.0},"ratio":{:.2},"peak":"{peak}"}}"#,
        ours / bare
    )?;
    Ok(())
}

/// Imports people, usually in the order of a list that nobody sorted. Only the time inside the store counts.
async fn import(dir: &std::path::Path, rows: u64, at_once: u64, is_sorted: bool) -> Result<f64, Box<dyn Error>> {
    let store = open(&format!("sqlite:{}/s.db", dir.display()), OpenOptions::default())?;
    let Some(list) = store.list_sync(vec!["l".into()]).await?.first().copied() else { return Err("no list".into()) };
    let meta = ImportMeta {
        list,
        class: ImportClass::A,
        file_sha256: [0; 32],
        mapping: String::new(),
        actor: "operator:bench".into(),
    };
    let import = store.import_begin(meta, Time(1)).await?;
    let mut spent = 0.0;
    let mut from = 0;
    while from < rows {
        let array: Vec<ImportRow> =
            (from..(from + at_once).min(rows)).map(|n| row(n, is_sorted)).collect::<Result<_, _>>()?;
        from += at_once;
        let begin = Instant::now();
        store.import_rows(import, array, Time(2)).await?;
        spent += begin.elapsed().as_secs_f64();
    }
    store.close().await;
    Ok(rows as f64 / spent)
}

fn row(n: u64, is_sorted: bool) -> Result<ImportRow, Box<dyn Error>> {
    // A multiplication by an odd number visits every number of 2^32 once, in no order.
    let mixed = if is_sorted { n } else { n.wrapping_mul(2_654_435_761) & 0xffff_ffff };
    let address = Address::parse(Channel::Email, &format!("person{mixed:010}@mail.example"), None)?;
    let draft = EvidenceDraft {
        time: Time(1_795_000_000_000),
        controller: Controller {
            name: "Bäckerei Krume GmbH".into(),
            imprint_url: "https://krume.example/impressum".into(),
            privacy_url: "https://krume.example/datenschutz".into(),
        },
        list: ListRef { name: "angebote".into(), title: "Angebote".into(), purpose: "Angebote der Bäckerei".into() },
        text: Some(TextRef { sha256: "ab".repeat(32), lang: "de".into() }),
        source: EvidenceSource { kind: "file".into(), detail: Some(format!("{}:{n}", "cd".repeat(32))) },
        act: ConsentAction { kind: "import".into(), ..ConsentAction::default() },
        outbound: None,
        ip_prefix: None,
        earlier: Some(EarlierOptIn { requested_at: Time(1), confirmed_at: Time(2), last_used_at: None }),
        actor: "operator:bench".into(),
    };
    let vars =
        BTreeMap::from([("first_name".to_owned(), format!("Name{n}")), ("last_name".to_owned(), "Muster".to_owned())]);
    Ok(ImportRow {
        line: n + 2,
        contact: NewContact { language: Some("de".into()), vars, addresses: vec![address] },
        draft: Arc::new(draft),
        event: Event::Import(ImportClass::A),
        update: false,
    })
}
