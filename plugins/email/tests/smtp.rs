//! Against real servers and tools: `smtp-sink` with its faults, certificates made by OpenSSL, signatures verified by dkimpy.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

use rundruf_email::Email;
use rundruf_plugin::abi::OutcomeCode;
use rundruf_plugin::kit::{Answer, Kit, Sample, SampleRecipient};
use serde_json::{Value, json};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn program(name: &str) -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    let found = path.split(':').chain(["/usr/sbin"]).map(|f| Path::new(f).join(name)).find(|p| p.exists());
    found.unwrap_or_else(|| panic!("`{name}` is missing: run tests/peers --install"))
}

struct Sink(Child, u16);

impl Sink {
    fn start(args: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program("smtp-sink"));
        command.args(["-u", "root"]).args(args).arg(format!("127.0.0.1:{port}")).arg("128");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "smtp-sink does not listen");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self(child, port)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn config(port: u16, more: &Value) -> Value {
    let mut config = json!({"host": "127.0.0.1", "port": port, "tls": "none", "from": "news@krume.example", "sessions": 4, "timeout": "5s"});
    for (key, value) in more.as_object().into_iter().flatten() {
        config[key] = value.clone();
    }
    config
}

fn people(count: usize) -> Vec<SampleRecipient> {
    (0..count).map(|n| SampleRecipient::new(&format!("p{n}@kunde.example"), &format!("Name{n}"))).collect()
}

fn codes(sink: &[&str], more: &Value, count: usize) -> Vec<OutcomeCode> {
    let (sink, dir) = (Sink::start(sink), tempfile::tempdir().unwrap());
    let mut kit = Kit::open::<Email>(&config(sink.1, more), dir.path(), 512).unwrap();
    let answers = kit.send(&Sample::default(), &people(count));
    for answer in &answers {
        assert!(!answer.detail.contains('@'), "an address in {answer:?}");
    }
    kit.close();
    answers.iter().map(|a| a.code).collect()
}

#[test]
fn all_messages_are_sent_with_and_without_pipelining() {
    let all = |codes: Vec<OutcomeCode>| codes.iter().all(|c| *c == OutcomeCode::SENT);
    assert!(all(codes(&[], &json!({}), 500)));
    assert!(all(codes(&["-p"], &json!({}), 100)), "the relay offers no pipelining");
    assert!(all(codes(&[], &json!({"pipelining": false}), 100)));
    assert!(all(codes(&["-e"], &json!({}), 50)), "no extensions at all");
    assert!(all(codes(&[], &json!({"messages_per_connection": 7}), 100)));
}

#[test]
fn faults_have_their_outcomes() {
    let hard = "550 5.1.1 The email account that you tried to reach does not exist";
    for (sink, want) in [
        (vec!["-q", "."], OutcomeCode::MAYBE_SENT),
        (vec!["-q", "RCPT"], OutcomeCode::RETRY),
        (vec!["-Q", "RCPT"], OutcomeCode::RETRY),
        (vec!["-r", "RCPT"], OutcomeCode::RETRY),
        (vec!["-r", "."], OutcomeCode::RETRY),
        (vec!["-r", "CONNECT"], OutcomeCode::RETRY),
        (vec!["-f", "RCPT", "-B", hard], OutcomeCode::BAD_RECIPIENT),
        (vec!["-f", ".", "-B", "554 5.6.0 malformed"], OutcomeCode::BAD_CONTENT),
        (vec!["-f", "MAIL", "-B", "553 5.1.8 sender domain does not exist"], OutcomeCode::ACCOUNT_AUTH),
        (vec!["-f", "DATA", "-B", "554 5.7.1 denied by policy"], OutcomeCode::RETRY),
    ] {
        let got = codes(&sink, &json!({}), 20);
        // After repeated faults sending pauses: messages that were not begun go back as not sent.
        let fits = |c: &OutcomeCode| *c == want || *c == OutcomeCode::ACCOUNT_RATE;
        assert!(got.contains(&want) && got.iter().all(fits), "{sink:?}: {got:?}");
    }
}

#[test]
fn an_unreachable_relay_is_tried_again() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dir = tempfile::tempdir().unwrap();
    let mut kit = Kit::open::<Email>(&config(port, &json!({})), dir.path(), 512).unwrap();
    let answers = kit.send(&Sample::default(), &people(3));
    let later = |a: &Answer| matches!(a.code, OutcomeCode::RETRY | OutcomeCode::ACCOUNT_RATE) && a.retry_after_ms > 0;
    assert!(answers.iter().all(later), "{answers:?}");
    assert_eq!(
        answers.iter().filter(|a| a.code == OutcomeCode::RETRY).count(),
        1,
        "one reports the error, the others go back as not sent: {answers:?}"
    );
    kit.close();
}

#[test]
fn a_relay_without_starttls_gets_nothing() {
    let (sink, dir) = (Sink::start(&[]), tempfile::tempdir().unwrap());
    let mut kit = Kit::open::<Email>(&config(sink.1, &json!({"tls": "starttls"})), dir.path(), 512).unwrap();
    let answers = kit.send(&Sample::default(), &people(2));
    assert!(
        answers.iter().all(|a| a.code == OutcomeCode::ACCOUNT_AUTH && a.detail.contains("STARTTLS")),
        "{answers:?}"
    );
    kit.close();
}

#[test]
fn setting_errors_name_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let open = |more: Value| Kit::open::<Email>(&config(25, &more), dir.path(), 16).err().unwrap();
    assert!(open(json!({"dkim": [{"domain": "k.example", "selector": "s", "key": "nonsense"}]})).contains("dkim.key"));
    assert!(open(json!({"username": "u"})).contains("password"));
    assert!(open(json!({"helo": "a b"})).contains("helo"));
    assert!(open(json!({"tls": "starttls", "tls_ca": "/nowhere.pem"})).contains("tls_ca"));
    assert!(open(json!({"colour": 1})).contains("colour"));
}

fn openssl(args: &[&str], dir: &Path) {
    let output = Command::new(program("openssl")).args(args).current_dir(dir).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A small server with TLS and AUTH in Python; handles one session at a time.
const SERVER: &str = r#"
import base64, socket, ssl, sys
port, mode = int(sys.argv[1]), sys.argv[2]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
listener = socket.create_server(("127.0.0.1", port))
while True:
    conn, _ = listener.accept()
    try:
        if mode == "implicit":
            conn = context.wrap_socket(conn, server_side=True)
        f = conn.makefile("rwb", buffering=0)
        secure, known = mode == "implicit", False
        f.write(b"220 test\r\n")
        while True:
            line = f.readline()
            word = line[:4].upper()
            if not line:
                break
            if word == b"EHLO":
                auth = b"LOGIN" if mode == "login" else b"PLAIN"
                f.write(b"250-test\r\n" + (b"250-AUTH " + auth + b"\r\n" if secure else b"250-STARTTLS\r\n") + b"250 PIPELINING\r\n")
            elif word == b"STAR":
                f.write(b"220 go\r\n")
                conn = context.wrap_socket(conn, server_side=True)
                f, secure = conn.makefile("rwb", buffering=0), True
            elif word == b"AUTH":
                if b"LOGIN" in line:
                    f.write(b"334 VXNlcg==\r\n")
                    user = base64.b64decode(f.readline())
                    f.write(b"334 UGFzcw==\r\n")
                    given = b"\0" + user + b"\0" + base64.b64decode(f.readline())
                else:
                    given = base64.b64decode(line.split()[2])
                known = given == b"\0krume\0geheim"
                f.write(b"235 ok\r\n" if known else b"535 5.7.8 no\r\n")
            elif word in (b"MAIL", b"RCPT", b"RSET"):
                f.write(b"250 ok\r\n" if known and secure else b"530 5.7.0 first log in\r\n")
            elif word == b"DATA":
                f.write(b"354 go\r\n")
                while f.readline() != b".\r\n":
                    pass
                f.write(b"250 2.0.0 Ok: queued as AB12\r\n")
            elif word == b"QUIT":
                f.write(b"221 bye\r\n")
                break
    except (OSError, ssl.SSLError):
        pass
"#;

#[test]
fn tls_and_passwords() {
    let dir = tempfile::tempdir().unwrap();
    let subject = [
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
    ];
    let mut args =
        vec!["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2"];
    args.extend(subject);
    openssl(&args, dir.path());
    fs::write(dir.path().join("server.py"), SERVER).unwrap();
    let authority = dir.path().join("cert.pem").display().to_string();
    for (mode, tls, password, want) in [
        ("starttls", "starttls", "geheim", OutcomeCode::SENT),
        ("login", "starttls", "geheim", OutcomeCode::SENT),
        ("implicit", "implicit", "geheim", OutcomeCode::SENT),
        ("starttls", "starttls", "falsch", OutcomeCode::ACCOUNT_AUTH),
        ("strange", "starttls", "geheim", OutcomeCode::ACCOUNT_AUTH),
    ] {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Command::new("python3")
            .args(["server.py", &port.to_string(), mode])
            .current_dir(dir.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "the server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut more =
            json!({"host": "localhost", "tls": tls, "username": "krume", "password": password, "sessions": 1});
        if mode != "strange" {
            more["tls_ca"] = authority.clone().into();
        }
        let mut kit = Kit::open::<Email>(&config(port, &more), dir.path(), 64).unwrap();
        let answers = kit.send(&Sample::default(), &people(3));
        assert!(answers.iter().all(|a| a.code == want), "{mode}, {password}: {answers:?}");
        assert!(kit.log().iter().all(|l| !l.contains("geheim") && !l.contains("falsch")), "a secret in the log");
        kit.close();
        let _ = server.kill();
        let _ = server.wait();
    }
}

#[test]
fn signatures_are_verified_by_dkimpy() {
    let dir = tempfile::tempdir().unwrap();
    openssl(
        &["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem"],
        dir.path(),
    );
    openssl(&["genpkey", "-algorithm", "ED25519", "-out", "ed.pem"], dir.path());
    let key = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    let mails = dir.path().join("mails");
    fs::create_dir(&mails).unwrap();
    let sink = Sink::start(&["-d", &mails.join("m").display().to_string()]);
    let dkim = json!([
        {"domain": "krume.example", "selector": "rsa", "key": key("rsa.pem")},
        {"domain": "krume.example", "selector": "ed", "key": key("ed.pem")},
    ]);
    let mut kit =
        Kit::open::<Email>(&config(sink.1, &json!({"dkim": dkim, "feedback_id": "krume1"})), dir.path(), 64).unwrap();
    let long = "x".repeat(3_000);
    let bodies = [
        "Hallo {0}\n",
        "Ende mit Leerzeichen   \n \t \n",
        "Leerzeilen am Ende\n\n\n\n",
        "",
        "\n",
        "\n\n\n",
        "Grüße, {0}\n.\n..Punkte\n",
        "kein Zeilenende",
        long.as_str(),
        "eins\n   \nzwei\n",
        "From the beginning\n",
        "=3D ist kein Zeichen\n",
    ];
    for body in bodies {
        let html = if body.len() % 2 == 0 { format!("<p>{body}</p>") } else { String::new() };
        let attachments = if body.is_empty() {
            vec![("brot.pdf".into(), "application/pdf".into(), vec![7; 5_000])]
        } else {
            Vec::new()
        };
        let sample = Sample {
            text: body.into(),
            html,
            attachments,
            subject: "Grüße\r\nBcc: x@y.example {0}".into(),
            ..Sample::default()
        };
        let answers = kit.send(&sample, &[SampleRecipient::new("anna@kunde.example", "Änne\r\nBcc: z@y.example")]);
        assert_eq!(answers[0].code, OutcomeCode::SENT, "{answers:?}");
    }
    kit.close();
    std::thread::sleep(Duration::from_millis(100));
    let files: Vec<PathBuf> = fs::read_dir(&mails).unwrap().flatten().map(|e| e.path()).collect();
    assert_eq!(files.len(), bodies.len());
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let head = text.replace("\r\n", "\n").split("\n\n").next().unwrap().to_owned();
        assert!(!head.lines().any(|l| l.starts_with("Bcc")), "{head}");
        assert_eq!(head.lines().filter(|l| l.starts_with("To:")).count(), 1, "{head}");
        assert!(head.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{head}");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/verify_dkim.py");
    let output = Command::new("python3").arg(script).arg(dir.path()).args(&files).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains(&format!("{} signatures", bodies.len() * 2)), "{said}");
}
