//! A proof file is accepted by the Python script and by us, and a falsified one by neither.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a case that breaks off is a failed test"
)]

#[path = "support/proof_fixture.rs"]
mod proof_fixture; // a small proof

use proof_fixture::{FaultyRecord, make_by, make_faulty, signer};
use rundruf_consent::log::{LogKey, LogVerifier};
use rundruf_consent::proof::{LogBreak, ProofVerdict, verify};
use rundruf_consent::text::{hex, sha256};
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;

fn unpack(zip: &[u8], folder: &Path) {
    zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap().extract(folder).unwrap();
}

fn pack(folder: &Path) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for sub in ["", "texts", "proofs", "changes", "sent"] {
        // A proof of the first version lacks some of them.
        let Ok(entries) = fs::read_dir(folder.join(sub)) else { continue };
        for entry in entries.flatten().filter(|e| e.path().is_file()) {
            let name = Path::new(sub).join(entry.file_name()).display().to_string();
            let mut bytes = Vec::new();
            fs::File::open(entry.path()).unwrap().read_to_end(&mut bytes).unwrap();
            zip.start_file(name, options).unwrap();
            zip.write_all(&bytes).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

fn make() -> Vec<u8> {
    make_by(&signer())
}

/// The script's exit code and words, with these arguments.
fn script(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/proof/verify.py");
    let mut command = Command::new("python3");
    command.arg("-B").arg(script).arg(folder).args(args).env("LC_ALL", "C.UTF-8");
    let output = command.output().expect("python3 is needed");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), said)
}

/// Both verdicts, the script's and ours, by the sender's genuine key.
fn verdicts(folder: &Path) -> (Option<i32>, Option<ProofVerdict>, String) {
    let key = signer().vkey();
    let (code, said) = script(folder, &["--key", &key]);
    let ours = verify(&pack(folder), &LogVerifier::parse_all(&key).unwrap()).ok().map(|c| c.verdict);
    (code, ours, said)
}

/// Writes the manifest anew and signs it, as somebody does who has the key.
fn sign_again(folder: &Path, signer: &LogKey) {
    let manifest = fs::read_to_string(folder.join("MANIFEST.sha256")).unwrap();
    let (text, _) = manifest.split_once("\n\n").unwrap();
    let line = |l: &str| match l.split_once("  ") {
        Some((_, name)) if folder.join(name).exists() => {
            format!("{}  {name}\n", hex(&sha256(&fs::read(folder.join(name)).unwrap())))
        }
        Some(_) => String::new(),
        None => format!("{l}\n"),
    };
    let text: String = text.lines().map(line).collect();
    fs::write(folder.join("MANIFEST.sha256"), signer.sign(&text)).unwrap();
}

#[test]
fn a_genuine_proof_is_valid_by_the_senders_key() {
    let folder = tempfile::tempdir().unwrap();
    unpack(&make(), folder.path());
    let (code, ours, said) = verdicts(folder.path());
    assert_eq!((code, ours), (Some(0), Some(ProofVerdict::Valid)), "{said}");
    assert!(said.contains("ANNA2345") && said.contains("\nVALID") && said.contains("Platte defekt"), "{said}");
    // The archive itself, German, and a file with several keys.
    let (zip, keys) = (folder.path().join("../p.zip"), folder.path().join("../keys"));
    fs::write(&zip, make()).unwrap();
    fs::write(&keys, format!("# former\n{}\n{}\n", signer().after_breaks(1).vkey(), signer().vkey())).unwrap();
    let (code, said) = script(&zip, &["--lang=de", "--key", &keys.display().to_string()]);
    assert!(code == Some(0) && said.contains("\nGÜLTIG"), "{said}");
    fs::remove_file(zip).unwrap();
    fs::remove_file(keys).unwrap();
}

#[test]
fn without_the_senders_key_a_proof_is_consistent_and_a_forgery_is_told_apart_with_it() {
    let forger = LogKey { seed: [66; 32], ..signer() };
    for (whose, by) in [("genuine", signer()), ("forged", forger)] {
        let folder = tempfile::tempdir().unwrap();
        let zip = make_by(&by);
        unpack(&zip, folder.path());
        let (code, said) = script(folder.path(), &[]);
        assert_eq!(code, Some(3), "{whose}: {said}");
        assert!(
            said.contains("CONSISTENT, signed by the key in this file: compare it") && !said.contains("VALID"),
            "{said}"
        );
        assert!(said.contains("https://news.krume.example/.well-known/consent-log.vkey"), "{said}");
        let report = verify(&zip, &[]).unwrap();
        assert_eq!(report.verdict, ProofVerdict::Consistent, "{whose}");
        assert_eq!(report.published_at, "https://news.krume.example/.well-known/consent-log.vkey");
        let (code, ours, said) = verdicts(folder.path());
        let want = if whose == "forged" {
            (Some(1), Some(ProofVerdict::Invalid))
        } else {
            (Some(0), Some(ProofVerdict::Valid))
        };
        assert_eq!((code, ours), want, "{whose}: {said}");
    }
    for no_key in ["what", "a+b+c"] {
        let folder = tempfile::tempdir().unwrap();
        unpack(&make(), folder.path());
        assert_eq!(script(folder.path(), &["--key", no_key]).0, Some(2), "{no_key}");
    }
}

#[test]
fn the_pages_are_german_or_english_and_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    unpack(&make(), folder.path());
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let (german, english) = (read("beleg.html"), read("proof.html"));
    assert!(german.contains("<html lang=\"de\">") && english.contains("<html lang=\"en\">"));
    for (page, words) in [
        (
            &german,
            [
                "widerrufen",
                "Nachricht von dieser Adresse",
                "zugestellt",
                "durch: die Person selbst",
                "So prüfen Sie",
                "über: unser Personal",
                "Text, dem die Person zugestimmt hat",
                "Angegebener Grund: Platte defekt",
                "VERIFY.md beschreibt dieselbe Prüfung",
            ],
        ),
        (
            &english,
            [
                "withdrawn",
                "message from this address",
                "delivered",
                "by: the person",
                "How to check",
                "from: our staff",
                "Text that the person agreed to",
                "Reason given: Platte defekt",
                "VERIFY.md describes the same check",
            ],
        ),
    ] {
        for word in words.into_iter().chain([
            "Bäckerei Krume GmbH",
            "ANNA2345",
            &"ab".repeat(16),
            "T-77",
            "Zum Bestätigen JA antworten",
            "<blockquote>Ja, die Bäckerei …<br>Abmelden jederzeit.</blockquote>",
        ]) {
            assert!(page.contains(word), "{word} is missing: {page}");
        }
        // Words of the records, not of people.
        for inner in ["sign_up", "one_click", "operator:", ">inbound", "state_after", "consent-page"] {
            assert!(!page.contains(inner), "{inner}: {page}");
        }
    }
    for mixed in ["widerrufen", "Zeit", "Wie", "Stand<"] {
        assert!(!english.contains(mixed), "{mixed}");
    }
    for mixed in ["withdrawn", "Status", "History"] {
        assert!(!german.contains(mixed), "{mixed}");
    }
}

#[test]
fn the_script_refuses_every_changed_byte() {
    let zip = tempfile::NamedTempFile::new().unwrap();
    fs::write(zip.path(), make()).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/proof/verify.py");
    // Runs the script's own functions: on every changed byte of the archive and of the manifest, and on some of every file unpacked.
    let program = "import importlib.util, sys\n\
        spec = importlib.util.spec_from_file_location('verify', sys.argv[1]); v = importlib.util.module_from_spec(spec); spec.loader.exec_module(v)\n\
        data = open(sys.argv[2], 'rb').read(); keys = v.keys_of(sys.argv[3]); files = v.load_zip(data)\n\
        assert v.check(files, keys).verdict == v.VALID\n\
        def refused(read):\n    \
            try: return v.check(read(), keys).verdict == v.INVALID\n    \
            except (v.NoProof, OSError, ValueError, KeyError, IndexError, TypeError, AttributeError): return True\n\
        masks = (1, 255, 32); n = 0; accepted = []\n\
        for name in files:\n    \
            good = files[name]\n    \
            for at in range(0, len(good), 1 if name == v.MANIFEST else 41):\n        \
                files[name] = good[:at] + bytes([good[at] ^ masks[at % 3]]) + good[at + 1:]; n += 1\n        \
                if not refused(lambda: files): accepted.append((name, at))\n    \
            files[name] = good\n\
        for at in range(0, len(data)):\n    \
            bent = data[:at] + bytes([data[at] ^ masks[at % 3]]) + data[at + 1:]; n += 1\n    \
            if not refused(lambda: v.load_zip(bent)): accepted.append(('zip', at))\n\
        print(n, 'changed bytes refused,', len(accepted), 'accepted', accepted[:20])\n\
        sys.exit(1 if accepted else 0)\n";
    let mut command = Command::new("python3");
    let output = command.args(["-B", "-c", program]).arg(script).arg(zip.path()).arg(signer().vkey()).output().unwrap();
    println!("{}", String::from_utf8_lossy(&output.stdout));
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_falsified_proof_is_refused_even_when_its_manifest_is_signed_again() {
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
        ("another size", Box::new(replace("checkpoint", "\n274\n", "\n273\n"))),
        ("another index", Box::new(replace("proofs/2.tlog-proof", "index 181", "index 180"))),
        ("a middle event removed", Box::new(middle)),
        ("another text", Box::new(text)),
        ("another request", Box::new(replace("sent/1.txt", "JA", "NEIN"))),
        ("another message id", Box::new(replace("sent.json", "abab", "cdcd"))),
        ("another reason for a changed list", Box::new(replace("list-changes.json", "umfirmiert", "verkauft"))),
        ("another place of a changed list", Box::new(replace("changes/1.tlog-proof", "index 273", "index 272"))),
        ("white space in a record", Box::new(replace("record.json", "\"n\":2", "\"n\": 2"))),
    ];
    for (name, bend) in bends {
        for signs_again in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            unpack(&make(), folder.path());
            bend(folder.path());
            if signs_again {
                sign_again(folder.path(), &signer());
            }
            let (code, ours, said) = verdicts(folder.path());
            assert_eq!(code, Some(1), "the script accepts: {name}\n{said}");
            assert!(ours.is_none_or(|v| v == ProofVerdict::Invalid), "we accept: {name}");
        }
    }
}

/// The log, its signature and the manifest are in order; what they are about is not.
#[test]
fn records_that_do_not_fit_together_are_refused() {
    use FaultyRecord::{Consent, Digest, MessageId, Nothing, Number, Previous};
    for fault in [Nothing, Number, Previous, Consent, Digest, MessageId] {
        let folder = tempfile::tempdir().unwrap();
        unpack(&make_faulty(&signer(), fault), folder.path());
        let (code, ours, said) = verdicts(folder.path());
        let want = if fault == Nothing { (Some(0), ProofVerdict::Valid) } else { (Some(1), ProofVerdict::Invalid) };
        assert_eq!((code, ours), (want.0, Some(want.1)), "{fault:?}: {said}");
    }
}

#[test]
fn verdicts_have_their_words_and_breaks_of_the_log_are_told() {
    let words = [ProofVerdict::Valid, ProofVerdict::Consistent, ProofVerdict::Invalid].map(ProofVerdict::word);
    assert_eq!(words, ["valid", "consistent", "invalid"]);
    let notes = verify(&make(), &[]).unwrap().notes;
    assert!(notes.len() == 2 && notes[1].to_string().contains("older copy with 12 entries; 15 had been"), "{notes:?}");
    let said = notes[0].to_string();
    assert!(said.contains("umfirmiert") && said.contains("Krume") && said.contains("angebote"), "{said}");
    let restore = LogBreak {
        kind: "restore".into(),
        at: 0,
        reason: "Platte".into(),
        size: 12,
        signed: 12,
        origin: None,
        checkpoint: None,
    };
    assert!(restore.message().to_string().contains("backup with 12 entries. Reason given: Platte"));
    let none = verify(b"", &[]).unwrap_err();
    assert!(none.to_string().len() > 10 && none.to_string() == none.message().to_string(), "{none}");
}

#[test]
fn a_file_more_or_less_or_twice_is_refused() {
    type Tamper = fn(&Path);
    let changes: [(&str, Tamper); 4] = [
        ("one more", |f| fs::write(f.join("texts/").join("cd".repeat(32) + ".txt"), "neu").unwrap()),
        ("a stranger", |f| fs::write(f.join("setup.exe"), "neu").unwrap()),
        ("the page is gone", |f| fs::remove_file(f.join("beleg.html")).unwrap()),
        ("the page is another", |f| fs::write(f.join("beleg.html"), "<p>erteilt").unwrap()),
    ];
    for (name, change) in changes {
        let folder = tempfile::tempdir().unwrap();
        unpack(&make(), folder.path());
        change(folder.path());
        let (code, ours, said) = verdicts(folder.path());
        assert_eq!((code, ours), (Some(1), Some(ProofVerdict::Invalid)), "{name}: {said}");
    }
    // Two entries of one name: which one counts depends on the program that unpacks.
    let folder = tempfile::tempdir().unwrap();
    unpack(&make(), folder.path());
    let twice = "import sys, zipfile\n\
        with zipfile.ZipFile(sys.argv[2], 'w') as out, zipfile.ZipFile(sys.argv[1]) as genuine:\n    \
            out.writestr('beleg.html', '<p>erteilt')\n    \
            for i in genuine.infolist(): out.writestr(i.filename, genuine.read(i))\n";
    let (from, to) = (folder.path().join("../twice-from.zip"), folder.path().join("../twice.zip"));
    fs::write(&from, make()).unwrap();
    assert!(
        Command::new("python3").args(["-W", "ignore", "-c", twice]).arg(&from).arg(&to).status().unwrap().success()
    );
    let (code, said) = script(&to, &["--key", &signer().vkey()]);
    assert_eq!(code, Some(1), "{said}");
    assert!(verify(&fs::read(&to).unwrap(), &[]).is_err());
    fs::remove_file(from).unwrap();
    fs::remove_file(to).unwrap();
}

#[test]
fn what_is_no_proof_is_said_to_be_none() {
    for junk in [&b""[..], b"PK", b"hello", &make()[..100]] {
        assert!(verify(junk, &[]).is_err());
    }
}

/// A proof of the first version: the log's signature over its records, and a manifest without one.
#[test]
fn a_proof_of_the_first_version_still_verifies() {
    let old =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/schema1/hans-old.zip")).unwrap();
    let own = verify(&old, &[]).unwrap();
    assert_eq!(own.verdict, ProofVerdict::Consistent, "{:?}", own.lines);
    assert!(own.notes.iter().any(|note| note.to_string().contains("not beleg.html")), "{:?}", own.notes);
    let key = LogVerifier::parse_all(&own.vkey).unwrap();
    assert_eq!(verify(&old, &key).unwrap().verdict, ProofVerdict::Valid);
    let other = LogVerifier::parse_all(&signer().vkey()).unwrap();
    assert_eq!(verify(&old, &other).unwrap().verdict, ProofVerdict::Invalid);
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("sent")).unwrap();
    for (name, from, to) in [
        ("beleg.html", "Hans", "Hanz"),
        ("record.json", "hans@", "hanz@"),
        ("checkpoint", "24", "25"),
        ("proofs/1.blind", "a", "b"),
    ] {
        unpack(&old, dir.path());
        let file = dir.path().join(name);
        let text = fs::read_to_string(&file).unwrap();
        let changed = text.to_lowercase().replace(&from.to_lowercase(), to);
        assert_ne!(text, changed, "{name}");
        fs::write(&file, changed).unwrap();
        assert!(verify(&pack(dir.path()), &key).is_ok_and(|r| r.verdict == ProofVerdict::Invalid), "{name}");
        // With a manifest to match, the log still knows.
        if name != "beleg.html" {
            let manifest = fs::read_to_string(dir.path().join("MANIFEST.sha256")).unwrap();
            let again: String = manifest
                .lines()
                .map(|l| l.split_once("  ").unwrap().1)
                .map(|n| format!("{}  {n}\n", hex(&sha256(&fs::read(dir.path().join(n)).unwrap()))))
                .collect();
            fs::write(dir.path().join("MANIFEST.sha256"), again).unwrap();
            assert!(!verify(&pack(dir.path()), &key).is_ok_and(|r| r.verdict != ProofVerdict::Invalid), "{name}");
        }
    }
    // A proof of today is not taken for one of then.
    let today = tempfile::tempdir().unwrap();
    unpack(&make_by(&signer()), today.path());
    let unsigned = || {
        let manifest = fs::read_to_string(today.path().join("MANIFEST.sha256")).unwrap();
        let lines = manifest.lines().filter_map(|l| l.split_once("  "));
        let there = lines.filter(|(_, name)| today.path().join(name).exists());
        there.map(|(digest, name)| format!("{digest}  {name}\n")).collect::<String>()
    };
    for (n, name) in ["sent.json", "log-history.json"].into_iter().enumerate() {
        fs::remove_file(today.path().join(name)).unwrap();
        let manifest = unsigned();
        fs::write(today.path().join("MANIFEST.sha256"), manifest).unwrap();
        let got = verify(&pack(today.path()), &other);
        assert!(!got.is_ok_and(|r| r.verdict != ProofVerdict::Invalid), "{} files less", n + 1);
    }
}
