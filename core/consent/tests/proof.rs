//! A proof file is accepted by the Python script and by us, and a falsified one by neither.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a case that breaks off is a failed test"
)]

use rundruf_consent::evidence::{
    ConsentAction, Controller, EvidenceDraft, EvidenceSource, ListRef, RecordContext, SubjectKey, TextRef, seal,
};
use rundruf_consent::log::{Frontier, LogKey, Nodes};
use rundruf_consent::proof::{ProofEvent, ProofInput, verify, write};
use rundruf_consent::text::{Digest, Text, TextKind, hex};
use rundruf_consent::{Address, Channel, Event, State, Time};
use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;

#[derive(Default)]
struct MemoryNodes(HashMap<(u8, u64), Digest>);

impl Nodes for MemoryNodes {
    fn range(&self, level: u8, first: u64, count: u64) -> Option<Vec<Digest>> {
        (first..first + count).map(|n| self.0.get(&(level, n)).copied()).collect()
    }
}

fn make() -> Vec<u8> {
    let text =
        Text {
            kind: TextKind::Consent, language: "de".into(), body: "Ja, die Bäckerei …\nAbmelden jederzeit.".into()
        };
    let address = Address::parse(Channel::Threema, "ANNA2345", None).unwrap();
    let key = SubjectKey([8; 32]);
    let (mut frontier, mut memory) = (Frontier::default(), MemoryNodes::default());
    let mut push = |frontier: &mut Frontier, leaf: Digest| {
        let index = frontier.size();
        memory.0.insert((0, index), leaf);
        frontier.push(leaf, &mut |n| {
            memory.0.insert((n.level, n.index), n.hash);
        });
        index
    };
    let mut events = Vec::new();
    let mut previous = None;
    for (n, (event, state)) in (1..).zip([
        (Event::SignUp, State::Requested),
        (Event::Confirm, State::Confirmed),
        (Event::Stop, State::Withdrawn),
    ]) {
        for other in 0..90_u8 {
            push(&mut frontier, [other; 32]);
        }
        let draft = EvidenceDraft {
            time: Time(1_795_000_000_000 + i64::from(n)),
            controller: Controller {
                name: "Bäckerei Krume GmbH".into(),
                imprint_url: "https://k.example/i".into(),
                privacy_url: "https://k.example/d".into(),
            },
            list: ListRef { name: "angebote".into(), title: "Angebote".into(), purpose: "Angebote, \"frisch\"".into() },
            text: Some(TextRef { sha256: hex(&text.digest()), lang: "de".into() }),
            source: EvidenceSource { kind: "command".into(), detail: None },
            act: ConsentAction { kind: "inbound".into(), verbatim: Some("JA".into()), ..ConsentAction::default() },
            outbound: None,
            ip_prefix: None,
            earlier: None,
            actor: "person".into(),
        };
        let record = [u8::try_from(n).unwrap(); 16];
        let place = RecordContext {
            record,
            consent: [7; 16],
            number: n,
            previous,
            event,
            state_after: state,
            address: &address,
        };
        let sealed = seal(&draft, &place, &key).unwrap();
        let json = rundruf_consent::evidence::open(&sealed.ciphertext, record, &key).unwrap();
        let index = push(&mut frontier, sealed.leaf);
        events.push(ProofEvent { record, index, json });
        previous = Some(sealed.commitment);
    }
    let signer = LogKey { origin: "news.krume.example/consent-log/1".into(), seed: [3; 32] };
    let input = ProofInput {
        events: &events,
        key: &key,
        texts: &[text],
        nodes: &memory,
        size: frontier.size(),
        signer: &signer,
        now: Time(1_795_100_000_000),
    };
    write(&input).unwrap()
}

fn unpack(zip: &[u8], folder: &Path) {
    zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap().extract(folder).unwrap();
}

fn pack(folder: &Path) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for sub in ["", "texts", "proofs"] {
        for entry in fs::read_dir(folder.join(sub)).unwrap().flatten().filter(|e| e.path().is_file()) {
            let name = Path::new(sub).join(entry.file_name()).display().to_string();
            let mut bytes = Vec::new();
            fs::File::open(entry.path()).unwrap().read_to_end(&mut bytes).unwrap();
            zip.start_file(name, options).unwrap();
            zip.write_all(&bytes).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

/// Both verdicts: the script's and ours. Every falsification also updates the manifest, so that the manifest alone does not detect it.
fn verdicts(folder: &Path) -> (bool, bool, String) {
    let output = Command::new("python3").arg(folder.join("verify.py")).output().expect("python3 is needed");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), verify(&pack(folder)).is_ok_and(|c| c.ok), said)
}

fn update_manifest(folder: &Path) {
    let manifest = fs::read_to_string(folder.join("MANIFEST.sha256")).unwrap();
    let lines: String = manifest
        .lines()
        .filter_map(|l| l.split_once("  "))
        .filter(|(_, name)| folder.join(name).exists())
        .map(|(_, name)| {
            format!("{}  {name}\n", hex(&rundruf_consent::text::sha256(&fs::read(folder.join(name)).unwrap())))
        })
        .collect();
    fs::write(folder.join("MANIFEST.sha256"), lines).unwrap();
}

#[test]
fn a_genuine_proof_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let zip = make();
    unpack(&zip, folder.path());
    let (script, ours, said) = verdicts(folder.path());
    assert!(script && ours, "{said}");
    assert!(said.contains("ANNA2345") && said.contains("VALID"), "{said}");
    let page = fs::read_to_string(folder.path().join("beleg.html")).unwrap();
    assert!(page.contains("widerrufen") && page.contains("withdrawn") && page.contains("Bäckerei Krume GmbH"));
}

#[test]
fn a_falsified_proof_is_refused() {
    type Bend = fn(&Path);
    let replace = |file: &'static str, from: &'static str, to: &'static str| {
        move |folder: &Path| {
            let path = folder.join(file);
            let text = fs::read_to_string(&path).unwrap();
            assert!(text.contains(from), "{file} lacks {from}");
            fs::write(path, text.replace(from, to)).unwrap();
        }
    };
    let middle: Bend = |folder| {
        let path = folder.join("record.json");
        let text = fs::read_to_string(&path).unwrap();
        let mut records: Vec<&str> = text.trim().trim_matches(['[', ']']).trim().split(",\n").collect();
        records.remove(1);
        fs::write(path, format!("[\n{}\n]\n", records.join(",\n"))).unwrap();
        fs::rename(folder.join("proofs/3.blind"), folder.join("proofs/2.blind")).unwrap();
        fs::rename(folder.join("proofs/3.tlog-proof"), folder.join("proofs/2.tlog-proof")).unwrap();
    };
    let text: Bend = |folder| {
        let file = fs::read_dir(folder.join("texts")).unwrap().next().unwrap().unwrap().path();
        fs::write(file, "Ja zu allem").unwrap();
    };
    type Change = Box<dyn Fn(&Path)>;
    let bends: Vec<(&str, Change)> = vec![
        ("another address", Box::new(replace("record.json", "ANNA2345", "BERT2345"))),
        ("another time", Box::new(replace("record.json", "1795000000002", "1795000000009"))),
        ("another size", Box::new(replace("checkpoint", "\n273\n", "\n272\n"))),
        ("another index", Box::new(replace("proofs/2.tlog-proof", "index 181", "index 180"))),
        ("a middle event removed", Box::new(middle)),
        ("another text", Box::new(text)),
        ("white space in a record", Box::new(replace("record.json", "\"n\":2", "\"n\": 2"))),
    ];
    for (name, bend) in bends {
        let folder = tempfile::tempdir().unwrap();
        unpack(&make(), folder.path());
        bend(folder.path());
        update_manifest(folder.path());
        let (script, ours, said) = verdicts(folder.path());
        assert!(!script, "the script accepts: {name}\n{said}");
        assert!(!ours, "we accept: {name}");
    }
}

#[test]
fn what_is_no_proof_is_said_to_be_none() {
    for junk in [&b""[..], b"PK", b"hello", &make()[..100]] {
        assert!(verify(junk).is_err());
    }
}
