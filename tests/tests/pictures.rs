//! A picture in a text: shown in its place by a mail program, attached elsewhere. The mail is read by Python's own parser.

use rundruf_tests::servers::SmtpSink;
use rundruf_tests::{Daemon, daemon};
use serde_json::Value;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

const PEOPLE: &str = "channel,address,first_name,requested_at,confirmed_at,source,consent_text\n\
    email,anna@kunde.example,Anna,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.\"\n\
    threema,BERT2345,Bert,2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir schreiben. Abmelden jederzeit.\"\n";
/// The smallest PNG: one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";
const READ: &str = "\
import email, email.policy, json, sys\n\
m = email.message_from_bytes(open(sys.argv[1],'rb').read(), policy=email.policy.default)\n\
def tree(p):\n\
\x20   return [p.get_content_type(), [tree(q) for q in p.iter_parts()]] if p.is_multipart() else p.get_content_type()\n\
parts = [dict(type=p.get_content_type(), id=p['Content-ID'], how=p.get_content_disposition(), name=p.get_filename(),\n\
\x20   text=p.get_content() if p.get_content_maintype()=='text' else '', size=len(p.get_payload(decode=True))) for p in m.walk() if not p.is_multipart()]\n\
print(json.dumps(dict(tree=tree(m), parts=parts, subject=m['Subject'])))\n";

#[test]
fn a_picture_is_shown_in_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let mails = dir.path().join("mails");
    fs::create_dir(&mails).unwrap();
    let sink = SmtpSink::start(&["-d", &mails.join("m").display().to_string()]);
    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.krume.example\"\n\n\
             [lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"post\", \"kasten\"]\n\n\
             [transports.kasten]\nplugin = \"sandbox\"\n[transports.kasten.config]\nfolder = \"messages\"\n\n\
             [transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
             from = \"news@krume.example\"\n",
            sink.port
        ),
    );
    let daemon = Daemon::start(dir.path(), &toml);
    fs::write(dir.path().join("people.csv"), PEOPLE).unwrap();
    let _ = daemon.json(&["import", "people.csv", "--list", "angebote", "--evidence", "A"]);
    fs::write(dir.path().join("brot.png"), PNG).unwrap();
    fs::write(dir.path().join("preise.txt"), "Brot 3,90\n").unwrap();
    fs::write(
        dir.path().join("brot.md"),
        "# Brot\n\nHallo {{ first_name }},\n\n![Das \"neue\" Brot](brot.png)\n\nund noch einmal: ![](brot.png)\n",
    )
    .unwrap();
    let send = ["broadcast", "send", "--list", "angebote", "--file", "brot.md", "--attach", "preise.txt"];
    let id = daemon.json(&send)[0]["id"].to_string();
    let status = daemon.json(&["broadcast", "status", &id, "--wait"]);
    assert_eq!(status[0]["sent"], 2, "{status:?}");

    let end = Instant::now() + Duration::from_secs(10);
    let file = loop {
        if let Some(file) =
            fs::read_dir(&mails).unwrap().flatten().map(|e| e.path()).find(|p| p.metadata().unwrap().len() > 0)
        {
            break file;
        }
        assert!(Instant::now() < end, "no mail");
        std::thread::sleep(Duration::from_millis(10));
    };
    let out = Command::new("python3").args(["-c", READ]).arg(&file).output().expect("apt-get install python3");
    let mail: Value = serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{e}: {out:?}"));
    let want = serde_json::json!([
        "multipart/mixed",
        [["multipart/alternative", ["text/plain", ["multipart/related", ["text/html", "image/png"]]]], "text/plain"]
    ]);
    assert_eq!(mail["tree"], want, "{mail:#}");
    let parts = mail["parts"].as_array().unwrap();
    let id = parts[2]["id"].as_str().unwrap().trim_matches(['<', '>']);
    assert_eq!((&parts[2]["how"], &parts[2]["name"]), (&"inline".into(), &"brot.png".into()), "{mail:#}");
    assert_eq!(parts[2]["size"], PNG.len(), "byte for byte");
    let html = parts[1]["text"].as_str().unwrap();
    assert_eq!(html.matches(&format!("src=\"cid:{id}\"")).count(), 2, "{html}");
    assert!(html.contains("alt=\"Das &quot;neue&quot; Brot\""), "{html}");
    let text = parts[0]["text"].as_str().unwrap();
    assert!(text.contains("Das \"neue\" Brot") && !text.contains("brot.png"), "{text}");
    assert_eq!((&parts[3]["how"], &parts[3]["name"]), (&"attachment".into(), &"preise.txt".into()));

    // A chat has it as an attachment, and says what it shows.
    let messages: Vec<_> = fs::read_dir(dir.path().join("messages")).unwrap().flatten().map(|e| e.path()).collect();
    let message = messages.iter().find(|p| {
        p.extension().is_some_and(|e| e == "txt") && p.file_stem().is_some_and(|s| !s.to_string_lossy().contains('.'))
    });
    let chat = fs::read_to_string(message.unwrap_or_else(|| panic!("{messages:?}"))).unwrap();
    assert!(chat.contains("Das \"neue\" Brot") && chat.contains("brot.png\n"), "{chat}");
    let picture = messages.iter().find(|p| p.to_string_lossy().ends_with(".brot.png")).unwrap();
    assert_eq!(fs::read(picture).unwrap(), PNG);
}

/// What the relay would not take is refused before anything is sent, by the dry run too; what it takes arrives.
#[test]
fn a_message_too_large_for_the_relay_is_refused_at_the_dry_run() {
    let dir = tempfile::tempdir().unwrap();
    let mails = dir.path().join("mails");
    fs::create_dir(&mails).unwrap();
    let sink = SmtpSink::start(&["-d", &mails.join("m").display().to_string()]);
    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:0\"\npublic_url = \"https://news.krume.example\"\n\n\
             [lists.angebote]\ntitle = \"A\"\npurpose = \"A\"\ntransports = [\"post\"]\n\n\
             [transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
             from = \"news@krume.example\"\nmax_message = \"1 MiB\"\n",
            sink.port
        ),
    );
    let daemon = Daemon::start(dir.path(), &toml);
    fs::write(dir.path().join("people.csv"), PEOPLE).unwrap();
    let _ = daemon.json_either_way(&["import", "people.csv", "--list", "angebote", "--evidence", "A"]);
    for (name, bytes) in [("gross.pdf", 800_000), ("klein.pdf", 700_000)] {
        fs::write(dir.path().join(name), vec![b'x'; bytes]).unwrap();
    }
    let send = |file: &str, more: &[&str]| {
        let args = ["broadcast", "send", "--list", "angebote", "--text", "Hallo", "--attach", file];
        daemon.cli(&[&["--lang", "de"], &args[..], more].concat())
    };
    for more in [&["--dry-run"][..], &[]] {
        let out = send("gross.pdf", more);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(1), "{more:?}: {out:?}");
        assert!(said.contains("post") && said.contains("größer als"), "{more:?}: {said}");
    }
    assert!(daemon.json(&["broadcast", "list"]).is_empty(), "nothing was begun");
    assert!(send("klein.pdf", &["--dry-run"]).status.success());
    let out = send("klein.pdf", &[]);
    assert!(out.status.success(), "{out:?}");
    assert_eq!(daemon.wait_done(1, Duration::from_secs(60))["sent"], 1);
    assert!(daemon.terminate().success());
}
