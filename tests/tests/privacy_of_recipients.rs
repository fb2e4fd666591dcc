//! A message to one person contains nothing of another: over two transports and several lists, with names and addresses that are unlike all
//! others, so that the smallest leak shows.

use rundruf_tests::sample_people::{self, SeededRandom};
use rundruf_tests::servers::SmtpSink;
use rundruf_tests::{Daemon, daemon};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Every file in a folder, attachments apart.
fn messages(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_file() {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            out.push((path, text.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=")));
        }
    }
    out
}

/// All leave tokens in a text.
fn tokens(text: &str) -> Vec<String> {
    text.match_indices("/u/")
        .map(|(at, _)| {
            text[at + 3..].split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).next().unwrap()
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_message_contains_a_second_recipient() {
    let seed = 20_261_125;
    let mut random = SeededRandom(seed);
    let dir = tempfile::tempdir().unwrap();
    let (boxes, mails) = (dir.path().join("boxes"), dir.path().join("mails"));
    fs::create_dir_all(&boxes).unwrap();
    fs::create_dir_all(&mails).unwrap();
    let sink = SmtpSink::start(&["-d", &mails.join("m").display().to_string()]);
    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.krume.example\"\n\n\
             [lists.eins]\ntitle = \"Eins\"\npurpose = \"Erster Zweck\"\ntransports = [\"kasten\"]\n\n\
             [lists.zwei]\ntitle = \"Zwei\"\npurpose = \"Zweiter Zweck\"\ntransports = [\"post\"]\n\n\
             [lists.drei]\ntitle = \"Drei\"\npurpose = \"Dritter Zweck\"\ntransports = [\"post\", \"kasten\"]\n\n\
             [transports.kasten]\nplugin = \"sandbox\"\n[transports.kasten.config]\nfolder = \"{}\"\n\n\
             [transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
             from = \"news@krume.example\"\nsessions = 8\n",
            boxes.display(),
            sink.port
        ),
    );
    let daemon = Daemon::start(dir.path(), &toml);
    let mut ranges = BTreeMap::new();
    for list in ["eins", "zwei", "drei"] {
        let from = random.below(1_000);
        let range = from..from + 150 + random.below(150);
        sample_people::csv(&dir.path().join("people.csv"), range.clone()).unwrap();
        let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", list, "--evidence", "A"]);
        assert_eq!(done.last().unwrap()["refused"], 0, "seed {seed}: {done:?}");
        ranges.insert(list, range);
    }
    for (list, range) in &ranges {
        let text = "Hallo {{ first_name }} {{ last_name }},\n\nheute **frisch**: [Brot](https://krume.example/brot).";
        let sent = daemon.json(&[
            "broadcast",
            "send",
            "--list",
            list,
            "--text",
            text,
            "--subject",
            "Für {{ first_name }}",
            "--again",
        ]);
        let status = daemon.wait_done(sent[0]["id"].as_i64().unwrap(), Duration::from_secs(60));
        assert_eq!(status["sent"].as_u64(), Some(range.end - range.start), "seed {seed}, {list}: {status}");
    }
    let everybody: Vec<(String, String)> =
        (0..1_500).map(|n| (sample_people::email(n), sample_people::first_name(n))).collect();
    let mut seen_tokens = BTreeMap::new();
    let mut count = 0;
    for (path, text) in messages(&boxes).into_iter().chain(messages(&mails)) {
        count += 1;
        let people: Vec<&str> =
            everybody.iter().filter(|(a, _)| text.contains(a.as_str())).map(|(a, _)| a.as_str()).collect();
        assert_eq!(people.len(), 1, "seed {seed}: {} names {people:?}", path.display());
        let named = everybody.iter().filter(|(_, name)| text.contains(name.as_str())).collect::<Vec<_>>();
        assert_eq!(named.len(), 1, "seed {seed}: {} calls {named:?}", path.display());
        assert_eq!(named[0].0, people[0], "seed {seed}: {} mixes two people", path.display());
        let name = path.file_name().unwrap().to_string_lossy();
        assert!(everybody.iter().all(|(a, n)| !name.contains(a.as_str()) && !name.contains(n.as_str())), "{name}");
        let receivers =
            text.lines().filter(|l| l.starts_with("X-Rcpt-Args:") || l.starts_with("To:")).collect::<Vec<_>>();
        for line in &receivers {
            // The envelope may say the one address a second time (`ORCPT`, RFC 3461 §4.2), but no other.
            let addresses = line.matches('@').count();
            assert_eq!(addresses, line.matches(people[0]).count(), "seed {seed}: {}: {line}", path.display());
            assert!((1..=2).contains(&addresses), "seed {seed}: {}: {line}", path.display());
        }
        assert!(!text.contains("\nBcc:") && !text.contains("\nCc:"), "{}", path.display());
        for token in tokens(&text) {
            let owner = seen_tokens.entry(token).or_insert_with(|| people[0].to_owned());
            assert_eq!(owner, people[0], "seed {seed}: two people share a leave link");
        }
    }
    let expected: u64 = ranges.values().map(|r| r.end - r.start).sum();
    assert_eq!(count, expected, "seed {seed}: one message for each person and list");
}
