//! Real mail: a thousand people through a real Postfix into a real Dovecot mailbox. DKIM is verified by dkimpy, the headers are read, and the
//! one click is pressed.

use rundruf_tests::servers::{self, MailServer};
use rundruf_tests::{Daemon, daemon, sample_people};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

const PEOPLE: u64 = 1_000;

/// Headers of a message, unfolded.
fn headers(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let line = line.trim_end_matches('\r');
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(last) = out.last_mut() {
                last.1.push(' ');
                last.1.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            out.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    out
}

#[test]
fn a_thousand_mails_arrive_signed_and_can_be_left_with_one_click() {
    let dir = tempfile::tempdir().unwrap();
    let mail_server = MailServer::start(dir.path());
    let key = dir.path().join("dkim.pem");
    let made = Command::new(servers::program("openssl"))
        .args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out"])
        .arg(&key)
        .status()
        .unwrap();
    assert!(made.success());
    let mut permissions = fs::metadata(&key).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o600);
    fs::set_permissions(&key, permissions).unwrap();
    let port = servers::free_port();
    let toml = daemon::settings(
        dir.path(),
        &format!(
            "[web]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"https://news.krume.example\"\n\n\
             [lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"post\"]\n\n\
             [transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n\
             from = \"news@krume.example\"\nsessions = 8\n\
             dkim = [{{ domain = \"krume.example\", selector = \"r1\", key = {{ file = \"dkim.pem\" }} }}]\n",
            mail_server.smtp
        ),
    );
    let daemon = Daemon::start(dir.path(), &toml);
    sample_people::csv(&dir.path().join("people.csv"), 0..PEOPLE).unwrap();
    let done = daemon.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
    assert_eq!(done.last().unwrap()["confirmed"].as_u64(), Some(PEOPLE), "{done:?}");
    let text = "Hallo {{ first_name }},\n\nheute **frisch**: Mohnbrötchen.\n";
    let sent = daemon.json(&[
        "broadcast",
        "send",
        "--list",
        "angebote",
        "--text",
        text,
        "--subject",
        "Angebote für {{ first_name }}",
    ]);
    let status = daemon.wait_done(sent[0]["id"].as_i64().unwrap(), Duration::from_secs(120));
    assert_eq!(status["sent"].as_u64(), Some(PEOPLE), "{status}\n{}", daemon.log());
    let until = Instant::now() + Duration::from_secs(120);
    let mails = loop {
        let mails = mail_server.mailbox();
        if mails.len() as u64 >= PEOPLE {
            break mails;
        }
        assert!(Instant::now() < until, "only {} mails arrived\n{}", mails.len(), mail_server.log());
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(mails.len() as u64, PEOPLE, "each once");

    let first = headers(&String::from_utf8_lossy(&fs::read(&mails[0]).unwrap()));
    let value = |name: &str| {
        let found: Vec<_> = first.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).collect();
        assert_eq!(found.len(), 1, "`{name}` must be there once: {first:?}");
        found[0].1.clone()
    };
    assert!(value("From").contains("news@krume.example"));
    assert_eq!(value("To").matches('@').count(), 1);
    assert!(value("Message-ID").starts_with('<'));
    assert!(value("List-Id").contains("angebote."), "{}", value("List-Id"));
    assert_eq!(value("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert!(value("List-Unsubscribe").starts_with("<https://news.krume.example/u/"), "{}", value("List-Unsubscribe"));
    for name in ["Date", "Subject", "MIME-Version", "Content-Type", "Return-Path", "DKIM-Signature"] {
        let _ = value(name);
    }
    let signature = value("DKIM-Signature").to_lowercase();
    for signed in
        ["from", "to", "subject", "date", "message-id", "list-id", "list-unsubscribe", "list-unsubscribe-post"]
    {
        let list = signature.split("h=").nth(1).unwrap().split(';').next().unwrap().replace(' ', "");
        assert!(list.split(':').any(|h| h == signed), "`{signed}` is not signed: {list}");
    }

    let verify = format!("{}/tests/verify_dkim.py", env!("CARGO_MANIFEST_DIR"));
    let verified = Command::new("python3").arg(verify).arg(&key).args(mails.iter().take(200)).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stdout).into_owned() + &String::from_utf8_lossy(&verified.stderr);
    assert!(verified.status.success(), "dkimpy: {said}");
    assert!(said.contains("200 verified"), "{said}");

    let url = value("List-Unsubscribe");
    let path = url.trim_start_matches("<https://news.krume.example").split('>').next().unwrap().to_owned();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let body = "List-Unsubscribe=One-Click";
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let address = value("To");
    let address = address.rsplit(['<', ' ']).next().unwrap().trim_end_matches('>').to_owned();
    let shown = daemon.json(&["consent", "show", &format!("email:{address}")]);
    assert_eq!(shown[0]["state"], "withdrawn", "{shown:?}");
}
