//! Threema end to end: the real daemon at a gateway on loopback whose cryptography is that of the official SDK. People sign up by writing, get a
//! broadcast, say STOP; the gateway refuses, breaks off and forgets.

#[path = "../../plugins/threema/tests/support/gateway.rs"]
mod gateway;

use gateway::{Gateway, PRIVATE, SECRETS};
use rundruf_tests::sample_people::COLUMNS;
use rundruf_tests::{Daemon, daemon};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(60);
const PEOPLE: [&str; 3] = ["ANNA2345", "BERT2345", "CARL2345"];

/// A bakery whose customers use Threema.
struct Bakery {
    daemon: Daemon,
    gateway: Gateway,
    port: u16,
    dir: tempfile::TempDir,
}

fn settings(dir: &Path, gateway: &Gateway, port: u16) -> String {
    for (name, content) in
        [("threema-secret", "s3cret&x\n".to_owned()), ("threema-key", format!("private:{PRIVATE}\n"))]
    {
        fs::write(dir.join(name), content).unwrap();
        fs::set_permissions(dir.join(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let rest = format!(
        "[web]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"https://news.krume.example\"\n\n\
         [retry]\nfirst = \"1s\"\nlongest = \"1s\"\nprobe_after = [\"1s\", \"1s\", \"1s\"]\n\n\
         [lists.angebote]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"threema\"]\n\n\
         [transports.threema]\nplugin = \"threema\"\n[transports.threema.config]\ngateway_id = \"*KRUME01\"\n\
         secret = {{ file = \"threema-secret\" }}\nprivate_key = {{ file = \"threema-key\" }}\n\
         base_url = \"http://127.0.0.1:{}\"\ntimeout = \"3s\"\n",
        gateway.port
    );
    daemon::settings(dir, &rest)
}

/// The gateway calls the daemon back: the status, or `None` if nobody listens.
fn call_back(port: u16, method: &str, path: &str, body: &str) -> Option<u16> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

impl Bakery {
    fn open() -> Self {
        let (gateway, dir) = (Gateway::start(), tempfile::tempdir().unwrap());
        let port = rundruf_tests::servers::free_port();
        let daemon = Daemon::start(dir.path(), &settings(dir.path(), &gateway, port));
        Self { daemon, gateway, port, dir }
    }

    /// One with these customers, who have agreed.
    fn with_customers(people: &[String]) -> Self {
        let bakery = Self::open();
        let mut csv = format!("{COLUMNS}\n");
        for (n, id) in people.iter().enumerate() {
            let _ = writeln!(
                csv,
                "threema,{id},Gast{n},B,de,2026-11-01T10:00:00Z,2026-11-01T10:05:00Z,https://krume.example/news,\"Ja, die Bäckerei Krume GmbH darf mir ihre Angebote der Woche schicken. Abmelden jederzeit.\",2026-11-20T10:00:00Z"
            );
        }
        fs::write(bakery.dir.path().join("people.csv"), csv).unwrap();
        let done =
            bakery.daemon.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
        assert_eq!(done.last().unwrap()["confirmed"], people.len(), "{done:?}");
        bakery
    }

    /// The gateway delivers what a person has sent.
    fn deliver(&self, what: &Value) -> Option<u16> {
        call_back(self.port, "POST", "/hook/threema", &self.gateway.callback(what))
    }

    #[track_caller]
    fn write(&self, person: &str, text: &str) {
        assert_eq!(self.deliver(&json!({"from": person, "kind": "text", "text": text})), Some(200), "{text}");
    }

    #[track_caller]
    fn receipt(&self, person: &str, status: u8, id: &Value) {
        let what = json!({"from": person, "kind": "receipt", "status": status, "ids": [id]});
        assert_eq!(self.deliver(&what), Some(200));
    }

    /// Waits for a message to this person, and returns it.
    #[track_caller]
    fn message(&self, person: &str, words: &str) -> Value {
        self.daemon.wait_for(words, DEADLINE, || {
            let is_it =
                |m: &Value| ["text", "caption"].iter().any(|key| m[key].as_str().is_some_and(|t| t.contains(words)));
            self.gateway.messages().into_iter().find(|(to, m)| to == person && is_it(m)).map(|(_, m)| m)
        })
    }

    fn consent(&self, person: &str) -> String {
        let shown = self.daemon.json(&["consent", "show", &format!("threema:{person}")]);
        shown.iter().find(|c| c["list"] == "angebote").map_or("none", |c| c["state"].as_str().unwrap()).to_owned()
    }

    #[track_caller]
    fn wait_consent(&self, person: &str, state: &str) {
        self.daemon.wait_for(state, DEADLINE, || (self.consent(person) == state).then_some(()));
    }

    #[track_caller]
    fn sign_up(&self, person: &str) {
        self.write(person, "START");
        self.message(person, "JA");
        self.write(person, "Ja");
        self.wait_consent(person, "confirmed");
    }

    fn send(&self, text: &str) -> i64 {
        let sent = self.daemon.json(&["broadcast", "send", "--list", "angebote", "--text", text, "--again"]);
        sent[0]["id"].as_i64().unwrap()
    }

    fn transport(&self) -> Value {
        self.daemon.json(&["transport", "list"]).remove(0)
    }

    /// Ends it. Neither a secret nor a person may be in the log.
    fn close(self) {
        let log = self.daemon.log();
        assert!(self.daemon.terminate().success());
        for word in SECRETS.iter().chain(&PEOPLE) {
            assert!(!log.contains(word), "`{word}` is in the log: {log}");
        }
    }
}

#[test]
fn sign_up_broadcast_receipts_and_stop() {
    let bakery = Bakery::open();
    assert_eq!(bakery.transport()["webhook"], "https://news.krume.example/hook/threema");
    let [anna, bert, _] = PEOPLE;
    bakery.write(anna, "START");
    let question = bakery.message(anna, "JA")["text"].to_string();
    assert!(
        question.contains("Bäckerei Krume GmbH") && question.contains("https://krume.example/datenschutz"),
        "{question}"
    );
    // A receipt of a message that is about consent is taken like any other.
    bakery.receipt(anna, 1, &bakery.message(anna, "JA")["id"]);
    bakery.write(anna, "> quote #0102030405060708\n\nJa!");
    bakery.wait_consent(anna, "confirmed");
    assert_eq!(bakery.consent("anna2345"), "confirmed", "an ID is the same in lower case");
    bakery.sign_up(bert);

    let broadcast = bakery.send("Heute **frisch**: _Mohnbrötchen_ & Brot.");
    assert_eq!(bakery.daemon.wait_done(broadcast, DEADLINE)["sent"], 2);
    let message = bakery.message(anna, "Mohnbrötchen");
    let text = message["text"].as_str().unwrap();
    assert!(text.contains("*frisch*") && !text.contains("**"), "markup as Threema shows it: {text}");
    assert!(text.contains("STOP") && text.contains("https://krume.example/impressum"), "{text}");

    let counts = || {
        let status = bakery.daemon.status(broadcast);
        ["sent", "delivered", "read"].map(|key| status[key].as_i64().unwrap())
    };
    // Somebody else's receipt moves nothing, and holds nothing up that they write.
    bakery.receipt(bert, 2, &message["id"]);
    bakery.receipt(anna, 1, &message["id"]);
    bakery.daemon.wait_for("delivered", DEADLINE, || (counts() == [2, 1, 0]).then_some(()));
    bakery.receipt(anna, 2, &message["id"]);
    bakery.daemon.wait_for("read", DEADLINE, || (counts() == [2, 0, 1]).then_some(()));
    bakery.receipt(anna, 1, &message["id"]);
    // A thumb down reads the message and is not a STOP, but nobody knows what it means: the consent is held, and a person asked.
    bakery.receipt(bert, 4, &bakery.message(bert, "Mohnbrötchen")["id"]);
    bakery.daemon.wait_for("read", DEADLINE, || (counts() == [2, 0, 2]).then_some(()));
    bakery.wait_consent(bert, "held");

    bakery.write(bert, "Stopp!");
    bakery.wait_consent(bert, "withdrawn");
    bakery.message(bert, "abgemeldet");
    let after = bakery.daemon.wait_done(bakery.send("Das darf Bert nicht lesen."), DEADLINE);
    assert_eq!((&after["sent"], &after["skipped_by"]["withdrawn"]), (&1.into(), &1.into()), "{after}");
    assert!(
        bakery.gateway.messages().iter().all(|(to, m)| to != bert || !m["text"].to_string().contains("nicht lesen"))
    );
    bakery.close();
}

#[test]
fn one_upload_for_a_whole_broadcast() {
    const COUNT: usize = 5_000;
    let people: Vec<String> = (0..COUNT).map(|n| format!("P{n:07}")).collect();
    let bakery = Bakery::with_customers(&people);
    fs::write(bakery.dir.path().join("preise.pdf"), b"%PDF-1.7 Preise").unwrap();
    let text = "Hallo {{ first_name }}, die neuen **Preise**.";
    let send = ["broadcast", "send", "--list", "angebote", "--text", text, "--attach", "preise.pdf"];
    let sent = bakery.daemon.json(&send);
    let status = bakery.daemon.wait_done(sent[0]["id"].as_i64().unwrap(), 2 * DEADLINE);
    assert_eq!(status["sent"], COUNT, "{status}\n{}", bakery.daemon.log());
    assert_eq!((bakery.gateway.calls("/upload_blob"), bakery.gateway.state()["blobs"].as_u64()), (1, Some(1)));
    let messages = bakery.gateway.messages();
    let mut got: Vec<&str> = messages.iter().map(|(to, _)| to.as_str()).collect();
    got.sort_unstable();
    assert_eq!(got, people, "each of them once");
    for (to, message) in &messages {
        let caption = message["caption"].as_str().unwrap();
        let n: usize = to.trim_start_matches('P').parse().unwrap();
        assert!(caption.starts_with(&format!("Hallo Gast{n}, die neuen *Preise*.")), "{to}: {caption}");
        assert_eq!((&message["file"], &message["size"]), (&"preise.pdf".into(), &15.into()));
    }
    for (to, message) in messages.iter().step_by(50) {
        bakery.receipt(to, 2, &message["id"]);
    }
    let read = || bakery.daemon.status(sent[0]["id"].as_i64().unwrap())["read"] == COUNT / 50;
    bakery.daemon.wait_for("read", DEADLINE, || read().then_some(()));
    bakery.close();
}

#[test]
fn what_the_gateway_answers_decides() {
    let people = PEOPLE.map(str::to_owned);
    let bakery = Bakery::with_customers(&people);
    let status = |status: u16| json!({"do": "status", "status": status});
    let do_it = |how: &str| json!({ "do": how });
    let done = |id: i64| bakery.daemon.wait_done(id, DEADLINE);
    let count = |status: &Value, key: &str| status[key].as_i64().unwrap();

    // Before anything is sent: the keys cannot be had, or the connection ends there. Nobody is in doubt, and it goes on by itself.
    for fault in [status(500), do_it("cut_head"), do_it("cut_answer"), do_it("garbage")] {
        bakery.gateway.fault("/pubkeys/bulk", fault);
    }
    let first = done(bakery.send("Schlüssel"));
    assert_eq!((count(&first, "sent"), count(&first, "unknown")), (3, 0), "{first}");

    // The account: the transport pauses, nobody fails, and it goes on by itself.
    for (code, word) in [(401, "secret"), (402, "credits"), (429, "no more messages")] {
        let mut fault = status(code);
        fault["retry_after"] = 1.into();
        bakery.gateway.fault("/send_e2e_bulk", fault.clone());
        bakery.gateway.fault("/send_e2e", fault);
        let id = bakery.send(&format!("Konto {code}"));
        if code != 429 {
            bakery.daemon.wait_for("paused", DEADLINE, || {
                let transport = bakery.transport();
                (transport["state"] == "paused" && transport["reason"].to_string().contains(word)).then_some(())
            });
        }
        let after = done(id);
        assert_eq!(
            (count(&after, "sent"), count(&after, "failed"), count(&after, "unknown")),
            (3, 0, 0),
            "{code}: {after}"
        );
    }

    // The message, and what nobody knows.
    for (fault, key) in [
        (status(413), "failed"),
        (status(500), "unknown"),
        (do_it("cut_head"), "unknown"),
        (do_it("cut_answer"), "unknown"),
        (do_it("cut_in_answer"), "unknown"),
        (do_it("silent"), "unknown"),
        (do_it("garbage"), "unknown"),
        (do_it("mismatch"), "unknown"),
    ] {
        bakery.gateway.fault("/send_e2e_bulk", fault.clone());
        let before = bakery.gateway.messages().len();
        let after = done(bakery.send(&format!("Zweifel {fault}")));
        assert_eq!(count(&after, key), 3, "{fault}: {after}\n{}", bakery.daemon.log());
        assert!(bakery.gateway.messages().len() <= before + 3, "{fault}: nobody gets it twice");
    }

    // An upload that breaks off is made again: nothing had left.
    fs::write(bakery.dir.path().join("brot.txt"), "Brot").unwrap();
    for fault in [do_it("cut_body"), do_it("cut_answer"), status(500)] {
        bakery.gateway.fault("/upload_blob", fault);
    }
    let send = ["broadcast", "send", "--list", "angebote", "--text", "Datei", "--attach", "brot.txt"];
    let after = done(bakery.daemon.json(&send)[0]["id"].as_i64().unwrap());
    assert_eq!((count(&after, "sent"), count(&after, "unknown")), (3, 0), "{after}");

    // One of many does not exist any more.
    bakery.gateway.fault("/send_e2e_bulk", json!({"do": "entries", "entries": {"1": 400}}));
    let after = done(bakery.send("Weg"));
    assert_eq!((count(&after, "sent"), count(&after, "failed")), (2, 1), "{after}");
    bakery.close();
}

#[test]
fn callbacks_are_genuine_once_and_never_lost() {
    let mut bakery = Bakery::open();
    let [anna, bert, carl] = PEOPLE;
    let hook = |bakery: &Bakery, body: &str| call_back(bakery.port, "POST", "/hook/threema", body);
    // Not from the gateway, or nothing at all.
    assert_eq!(bakery.deliver(&json!({"from": anna, "kind": "text", "text": "START", "secret": "another"})), Some(403));
    for body in ["", "from=ANNA2345&text=START", &"x".repeat(70_000)] {
        assert_eq!(hook(&bakery, body), Some(400), "{body:.30}");
    }
    assert_eq!(call_back(bakery.port, "GET", "/hook/threema", ""), Some(405));
    assert_eq!(call_back(bakery.port, "POST", "/hook/another", ""), Some(404));
    // The gateway repeats what it has delivered: one START, one question.
    let body = bakery.gateway.callback(&json!({"from": anna, "kind": "text", "text": "START"}));
    for _ in 0..3 {
        assert_eq!(hook(&bakery, &body), Some(200));
    }
    bakery.message(anna, "JA");
    // What nobody knows is taken, so that it does not come again.
    assert_eq!(bakery.deliver(&json!({"from": anna, "kind": "raw", "hex": "7701"})), Some(200));
    // A year-old yes proves nothing: it may have been repeated by somebody else.
    let old = json!({"from": anna, "kind": "text", "text": "JA", "date": 1_500_000_000});
    assert_eq!(bakery.deliver(&old), Some(200));

    // Whose key nobody can say now writes: it is on disk before the gateway is answered, and read after a SIGKILL.
    bakery.gateway.fault(&format!("/pubkeys/{bert}"), json!({"do": "status", "status": 500, "times": 2}));
    bakery.write(bert, "START");
    let daemon = bakery.daemon;
    daemon.kill_group();
    assert_eq!(hook_of(bakery.port, &body), None, "nobody listens");
    // While the daemon starts the gateway tries again, as it does for a quarter of an hour.
    let late = bakery.gateway.callback(&json!({"from": carl, "kind": "text", "text": "START"}));
    bakery.daemon = Daemon::spawn(bakery.dir.path());
    let mut answers = Vec::new();
    let until = std::time::Instant::now() + DEADLINE;
    while answers.last() != Some(&Some(200)) && std::time::Instant::now() < until {
        answers.push(hook_of(bakery.port, &late));
        std::thread::sleep(Duration::from_millis(2));
    }
    answers.dedup();
    assert!(answers.iter().all(|a| matches!(a, None | Some(200 | 503 | 404))), "{answers:?}");
    assert_eq!(answers.last(), Some(&Some(200)), "{answers:?}");
    for person in [bert, carl] {
        bakery.message(person, "JA");
    }
    // The START of before is known after the restart too.
    assert_eq!(hook(&bakery, &body), Some(200));
    bakery.write(anna, "JA");
    bakery.wait_consent(anna, "confirmed");
    let questions =
        bakery.gateway.messages().iter().filter(|(to, m)| to == anna && m["text"].to_string().contains("JA")).count();
    assert_eq!(questions, 1, "one START, one question");

    // Somebody writes with another key than before: a yes proves nothing, and nothing is sent there; a STOP is heard.
    bakery.write(bert, "JA");
    bakery.wait_consent(bert, "confirmed");
    bakery.gateway.set(&json!({"changed": [bert, carl]}));
    bakery.write(carl, "JA");
    bakery.write(bert, "STOP");
    bakery.wait_consent(bert, "withdrawn");
    assert_eq!(bakery.consent(carl), "requested", "a yes with a key that nobody has compared");
    let after = bakery.daemon.wait_done(bakery.send("An Anna"), DEADLINE);
    assert_eq!(after["sent"], 1, "{after}");
    bakery.close();
}

fn hook_of(port: u16, body: &str) -> Option<u16> {
    call_back(port, "POST", "/hook/threema", body)
}
