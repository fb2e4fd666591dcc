//! Sending and receiving against a gateway on this machine whose cryptography is that of the official SDK.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

#[path = "support/gateway.rs"]
mod gateway;
#[path = "support/loopback.rs"]
mod support;

use gateway::Gateway;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::{open, recipients, sample};

const SENT: u16 = 100;
const RETRY: u16 = 200;
const BAD_RECIPIENT: u16 = 300;
const BAD_CONTENT: u16 = 301;
const IDENTITY_CHANGED: u16 = 305;
const ELSEWHERE: u16 = 306;
const MAYBE_SENT: u16 = 400;
const ACCOUNT_AUTH: u16 = 500;
const ACCOUNT_CREDIT: u16 = 501;
const ACCOUNT_RATE: u16 = 502;

fn texts(gateway: &Gateway) -> Vec<String> {
    let text = |(to, m): (String, Value)| format!("{to}: {}", m["text"].as_str().unwrap_or("-"));
    gateway.messages().into_iter().map(text).collect()
}

#[test]
fn a_text_to_one_and_to_many() {
    let gateway = Gateway::start();
    let mut threema = open(&gateway.config());
    let answers = threema.send("Hallo {0}, *heute* frisch.", &["ANNA2345"]);
    assert_eq!((answers[0].code.0, answers[0].parts), (SENT, 1));
    assert_eq!(texts(&gateway), ["ANNA2345: Hallo NANNA, *heute* frisch."]);
    assert!(!answers[0].remote_id.contains("ANNA"), "an id is no address");
    let people: Vec<String> = (0..1_200).map(|n| format!("P{n:07}")).collect();
    let ids: Vec<&str> = people.iter().map(String::as_str).collect();
    let answers = threema.send("Grüße", &ids);
    assert!(answers.iter().all(|answer| answer.code.0 == SENT));
    let mut got: Vec<String> = gateway.messages().into_iter().skip(1).map(|(to, _)| to).collect();
    got.sort_unstable();
    assert_eq!(got, people, "each of them once");
    assert_eq!(
        (gateway.calls("/send_e2e"), gateway.calls("/send_e2e_bulk"), gateway.calls("/pubkeys/bulk")),
        (1, 2, 2)
    );
    assert_eq!(gateway.calls("/pubkeys/ANNA2345"), 1);
    threema.send("Noch einmal", &ids[..10]);
    assert_eq!(gateway.calls("/pubkeys/bulk"), 2, "keys are asked once");
    // Remote ids are those of the gateway, each beside a checksum.
    let state = gateway.state();
    let known: Vec<&str> = state["messages"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert!(answers.iter().all(|answer| known.contains(&&answer.remote_id[..16])));
    threema.close();
}

#[test]
fn long_texts_arrive_in_parts_and_in_order() {
    let gateway = Gateway::start();
    let mut config = gateway.config();
    config["text_limit"] = 100.into();
    let mut threema = open(&config);
    let text = (0..30).map(|n| format!("Satz Nummer {n}.")).collect::<Vec<_>>().join(" ");
    let answers = threema.send(&text, &["ANNA2345", "BERT2345"]);
    for answer in &answers {
        assert_eq!((answer.code.0, answer.parts as usize), (SENT, answer.remote_ids.len()), "{}", answer.detail);
    }
    for person in ["ANNA2345", "BERT2345"] {
        let parts: Vec<String> = gateway
            .messages()
            .into_iter()
            .filter(|(to, _)| to == person)
            .map(|(_, m)| m["text"].as_str().unwrap().to_owned())
            .collect();
        assert!(parts.len() > 4 && parts.iter().all(|part| part.len() <= 100));
        assert_eq!(parts.join(" "), text);
    }
    // The second part meets a limit for a moment: it is sent a little later, and nothing twice.
    gateway.fault("/send_e2e", json!({"do": "none"}));
    gateway.fault("/send_e2e", json!({"do": "status", "status": 429}));
    assert_eq!(threema.codes(&text, &["CARL2345"]), [SENT]);
    let parts: Vec<String> = gateway
        .messages()
        .into_iter()
        .filter(|(to, _)| to == "CARL2345")
        .map(|(_, m)| m["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(parts.join(" "), text);
    // The second part is lost on the way: the whole is in doubt, and is not repeated.
    gateway.fault("/send_e2e", json!({"do": "none"}));
    gateway.fault("/send_e2e", json!({"do": "cut_answer"}));
    let answers = threema.send(&text, &["DORA2345"]);
    assert_eq!(answers[0].code.0, MAYBE_SENT);
    assert!(answers[0].detail.contains("1 of "), "{}", answers[0].detail);
    threema.close();
}

fn png() -> Vec<u8> {
    // 2 × 1 pixels.
    let hex = "89504e470d0a1a0a0000000d494844520000000200000001080200000 07b40e8dd";
    let head = rundruf_threema::id::unhex(&hex.replace(' ', "")).unwrap();
    assert_eq!(head.len(), 33);
    head
}

#[test]
fn a_file_is_uploaded_once_for_a_whole_broadcast() {
    let gateway = Gateway::start();
    let mut threema = open(&gateway.config());
    gateway.set(&json!({"without_files": ["OLDX2345"]}));
    let mut message = sample("Die *Preise* für {0}");
    let content = b"%PDF-1.7 Preise".to_vec();
    message.attachments.push(("Preise für Ostern.pdf".into(), "application/pdf".into(), content.clone()));
    let people: Vec<String> = (0..1_500).map(|n| format!("P{n:07}")).collect();
    let mut ids: Vec<&str> = people.iter().map(String::as_str).collect();
    ids.push("OLDX2345");
    let answers = threema.kit.send(&message, &recipients(&ids));
    let (old, others) = answers.split_last().unwrap();
    assert!(others.iter().all(|answer| answer.code.0 == SENT));
    assert_eq!(old.code.0, ELSEWHERE, "an app that takes no files, and no link");
    assert_eq!((gateway.calls("/upload_blob"), gateway.state()["blobs"].as_u64()), (1, Some(1)));
    let messages = gateway.messages();
    assert_eq!(messages.len(), 1_500);
    for (to, message) in &messages {
        assert_eq!(message["caption"], format!("Die *Preise* für N{}", &to[..4]));
        assert_eq!((&message["file"], &message["size"]), (&json!("Preise für Ostern.pdf"), &json!(content.len())));
    }
    let before = gateway.calls("/capabilities/P0000001");
    assert!(threema.kit.send(&message, &recipients(&ids[..3])).iter().all(|answer| answer.code.0 == SENT));
    assert_eq!((gateway.calls("/upload_blob"), gateway.calls("/capabilities/P0000001")), (1, before));
    // A file that says it is a picture, and cannot be read as one, is sent without a preview.
    message.attachments[0] = ("Brot.png".into(), "image/png".into(), png());
    assert_eq!(threema.kit.send(&message, &recipients(&ids[..1]))[0].code.0, SENT);
    let (_, last) = gateway.messages().pop().unwrap();
    assert_eq!((&last["type"], &last["preview"]), (&json!("image/png"), &json!(0)));
    threema.close();
}

#[test]
fn uploads_that_fail_leave_nobody_in_doubt() {
    let gateway = Gateway::start();
    let mut config = gateway.config();
    config["max_file"] = "1 KiB".into();
    let mut threema = open(&config);
    let mut message = sample("x");
    message.attachments.push(("a.pdf".into(), "application/pdf".into(), vec![7; 1_000]));
    let people = recipients(&["ANNA2345", "BERT2345"]);
    for (fault, code) in [
        (json!({"do": "status", "status": 402}), ACCOUNT_CREDIT),
        (json!({"do": "status", "status": 413}), BAD_CONTENT),
        (json!({"do": "status", "status": 500}), RETRY),
        (json!({"do": "cut_answer"}), RETRY),
        (json!({"do": "garbage"}), RETRY),
    ] {
        gateway.fault("/upload_blob", fault.clone());
        let codes: Vec<u16> = threema.kit.send(&message, &people).iter().map(|a| a.code.0).collect();
        assert_eq!(codes, [code; 2], "{fault}");
    }
    assert!(gateway.messages().is_empty());
    message.attachments[0].2 = vec![7; 1_025];
    assert_eq!(threema.kit.send(&message, &people)[0].code.0, BAD_CONTENT);
    threema.close();
}

#[test]
fn each_answer_has_its_outcome() {
    let gateway = Gateway::start();
    let mut threema = open(&gateway.config());
    let many = ["ANNA2345", "BERT2345", "CARL2345"];
    assert_eq!(threema.codes("warm", &many), [SENT; 3]);
    let status = |status: u16| json!({"do": "status", "status": status});
    for (fault, one, all) in [
        (status(400), BAD_RECIPIENT, ACCOUNT_AUTH),
        (status(401), ACCOUNT_AUTH, ACCOUNT_AUTH),
        (status(402), ACCOUNT_CREDIT, ACCOUNT_CREDIT),
        (status(413), BAD_CONTENT, BAD_CONTENT),
        (status(429), ACCOUNT_RATE, ACCOUNT_RATE),
        (status(500), RETRY, MAYBE_SENT),
        (status(503), RETRY, MAYBE_SENT),
        (status(502), MAYBE_SENT, MAYBE_SENT),
        (json!({"do": "cut_answer"}), MAYBE_SENT, MAYBE_SENT),
        (json!({"do": "cut_in_answer"}), MAYBE_SENT, MAYBE_SENT),
        (json!({"do": "garbage"}), MAYBE_SENT, MAYBE_SENT),
        (json!({"do": "silent"}), MAYBE_SENT, MAYBE_SENT),
    ] {
        gateway.fault("/send_e2e", fault.clone());
        assert_eq!(threema.codes("x", &["ANNA2345"]), [one], "{fault}");
        gateway.fault("/send_e2e_bulk", fault.clone());
        assert_eq!(threema.codes("x", &many), [all; 3], "{fault}");
    }
    gateway.fault("/send_e2e_bulk", json!({"do": "mismatch"}));
    assert_eq!(threema.codes("x", &many), [MAYBE_SENT; 3], "whose entry is missing is not known");
    gateway.fault("/send_e2e_bulk", json!({"do": "entries", "entries": {"0": 400, "2": 500}}));
    assert_eq!(threema.codes("x", &many), [BAD_RECIPIENT, SENT, RETRY]);
    gateway.fault("/send_e2e", json!({"do": "status", "status": 429, "retry_after": 17}));
    assert_eq!(threema.send("x", &["ANNA2345"])[0].retry_after_ms, 17_000);
    gateway.set(&json!({"credits": 2}));
    assert_eq!(threema.codes("x", &many), [SENT, SENT, ACCOUNT_CREDIT], "the credits end in the middle");
    threema.close();
}

#[test]
fn a_request_that_was_cut_before_its_end_is_never_called_sent() {
    let gateway = Gateway::start();
    let mut threema = open(&gateway.config());
    let people: Vec<String> = (0..900).map(|n| format!("P{n:07}")).collect();
    let ids: Vec<&str> = people.iter().map(String::as_str).collect();
    assert!(threema.codes("warm", &ids).iter().all(|code| *code == SENT));
    let text = "x".repeat(3_000);
    for how in ["cut_head", "cut_body"] {
        let before = gateway.messages().len();
        gateway.fault("/send_e2e_bulk", json!({"do": how}));
        let codes = threema.codes(&text, &ids);
        // Whether the kernel's buffers take the whole request decides between the two.
        assert!(codes.iter().all(|code| [RETRY, MAYBE_SENT].contains(code)), "{how}");
        assert_eq!(gateway.messages().len(), before, "nothing has arrived");
    }
    assert!(threema.codes("again", &ids).iter().all(|code| *code == SENT));
    threema.close();
}

#[test]
fn nobody_there_is_no_doubt() {
    let mut config = Gateway::start().config();
    config["timeout"] = "1s".into();
    let mut threema = open(&config);
    assert_eq!(threema.codes("x", &["ANNA2345", "BERT2345"]), [RETRY; 2]);
    threema.close();
}

#[test]
fn ids_that_do_not_exist_and_keys_that_change() {
    let gateway = Gateway::start();
    let threema_config = gateway.config();
    let mut threema = open(&threema_config);
    assert_eq!(
        threema.codes("x", &["ANNA2345", "NOBODY12", "anna2345", "+49170123"]),
        [SENT, BAD_RECIPIENT, SENT, BAD_RECIPIENT]
    );
    // Somebody writes with another key than before: their STOP is heard, and nothing is sent to them.
    gateway.set(&json!({"changed": ["ANNA2345"]}));
    let stop = gateway.callback(&json!({"from": "ANNA2345", "kind": "text", "text": "STOP"}));
    assert_eq!(threema.webhook(&stop).status, 200);
    assert_eq!(threema.inbound(1), ["ANNA2345: STOP"]);
    assert_eq!(threema.codes("x", &["ANNA2345", "BERT2345"]), [IDENTITY_CHANGED, SENT]);
    threema.kit.close();
    // Also after a restart.
    let mut kit =
        rundruf_plugin::kit::Kit::open::<rundruf_threema::Threema>(&threema_config, threema.state.path(), 100).unwrap();
    assert_eq!(kit.send(&sample("x"), &recipients(&["ANNA2345"]))[0].code.0, IDENTITY_CHANGED);
    kit.close();
}

#[test]
fn wrong_settings_cost_nobody_their_address() {
    let gateway = Gateway::start();
    let people = ["ANNA2345", "BERT2345", "CARL2345"];
    let mut config = gateway.config();
    config["private_key"] = "8318e05220acd38e97ba41a9a6318688214219916075ca060f9339a6d1f7fc29".into();
    let mut threema = open(&config);
    assert_eq!(threema.codes("x", &people), [ACCOUNT_AUTH; 3], "nobody could read it");
    // What people write meanwhile is opened once the key is right.
    let stop = gateway.callback(&json!({"from": "ANNA2345", "kind": "text", "text": "STOP"}));
    assert_eq!(threema.webhook(&stop).status, 200);
    let until = Instant::now() + Duration::from_secs(20);
    while !threema.kit.log().iter().any(|line| line.contains("put aside")) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    threema.kit.close();
    let kit = rundruf_plugin::kit::Kit::open::<rundruf_threema::Threema>(&gateway.config(), threema.state.path(), 100)
        .unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while kit.inbound().is_empty() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(kit.inbound().into_iter().map(|(_, _, text)| text).collect::<Vec<_>>(), ["STOP"]);
    kit.close();
    // An address below which there is no gateway.
    let mut config = gateway.config();
    config["base_url"] = format!("http://127.0.0.1:{}/elsewhere", gateway.port).into();
    let mut threema = open(&config);
    assert_eq!(threema.codes("x", &people), [ACCOUNT_AUTH; 3]);
    threema.close();
    assert!(gateway.messages().is_empty());
}

#[test]
fn an_older_server_takes_messages_one_by_one() {
    let gateway = Gateway::start();
    let mut threema = open(&gateway.config());
    for path in ["/send_e2e_bulk", "/pubkeys/bulk"] {
        gateway.fault(path, json!({"do": "status", "status": 404, "times": 1_000}));
    }
    assert_eq!(threema.codes("x", &["ANNA2345", "NOBODY12", "BERT2345"]), [SENT, BAD_RECIPIENT, SENT]);
    assert_eq!((gateway.calls("/send_e2e"), gateway.calls("/send_e2e_bulk")), (2, 1));
    threema.codes("y", &["ANNA2345", "BERT2345"]);
    assert_eq!((gateway.calls("/send_e2e"), gateway.calls("/send_e2e_bulk")), (4, 1));
    threema.close();
}

#[test]
fn a_server_of_ones_own_below_a_path() {
    let gateway = Gateway::start_below("/msgapi");
    let mut threema = open(&gateway.config());
    let mut message = sample("Hallo");
    message.attachments.push(("a.pdf".into(), "application/pdf".into(), vec![7; 10]));
    assert!(threema.kit.send(&message, &recipients(&["ANNA2345", "BERT2345"])).iter().all(|a| a.code.0 == SENT));
    threema.close();
}

#[test]
fn the_basic_mode() {
    let gateway = Gateway::start();
    let mut config = gateway.config();
    config["mode"] = "basic".into();
    config.as_object_mut().unwrap().remove("private_key");
    let mut threema = open(&config);
    assert_eq!(threema.codes("Hallo {0} & alle", &["ANNA2345", "NOBODY12"]), [SENT, BAD_RECIPIENT]);
    assert_eq!(texts(&gateway), ["ANNA2345: Hallo NANNA & alle"]);
    assert_eq!(gateway.calls("/pubkeys/bulk"), 0);
    let callback = gateway.callback(&json!({"from": "ANNA2345", "kind": "text", "text": "STOP"}));
    assert_eq!(threema.webhook(&callback).status, 404);
    threema.close();
}

#[test]
fn what_people_write() {
    let gateway = Gateway::start();
    let mut threema = open(&gateway.config());
    let say = |threema: &mut support::Opened, what: Value| threema.webhook(&gateway.callback(&what)).status;
    let from = |from: &str, kind: &str| json!({"from": from, "kind": kind});
    let text = |person: &str, text: &str| {
        let mut what = from(person, "text");
        what["text"] = text.into();
        what
    };
    // The first message of somebody new waits for their key on disk, the second is read at once.
    assert_eq!(say(&mut threema, text("ANNA2345", "START")), 200);
    assert_eq!(threema.inbound(1), ["ANNA2345: START"]);
    assert_eq!(say(&mut threema, text("ANNA2345", "> quote #0102030405060708\n\nJA")), 200);
    assert_eq!(threema.inbound(2)[1], "ANNA2345: JA");
    let body = gateway.callback(&text("ANNA2345", "STOP"));
    for _ in 0..3 {
        assert_eq!(threema.webhook(&body).status, 200, "also when it comes again");
    }
    assert_eq!(threema.inbound(3)[2..], ["ANNA2345: STOP"], "once");
    let mut forged = text("ANNA2345", "JA");
    forged["secret"] = "another".into();
    assert_eq!(say(&mut threema, forged), 403);
    assert_eq!(threema.webhook("from=ANNA2345").status, 400);
    // A file: its caption is text.
    let mut file = from("BERT2345", "file");
    file["content"] = "Inhalt".into();
    file["name"] = "Brief.txt".into();
    file["caption"] = "ABBESTELLEN".into();
    assert_eq!(say(&mut threema, file), 200);
    assert_eq!(threema.inbound(4)[3..], ["BERT2345: ABBESTELLEN"]);
    // Reactions, edits, types that are not known, and what cannot be read: each is taken.
    for (hex, said) in [
        ("8209010203040506070812 04f09f918d", Some("👍")),
        ("91090102030405060708120453544f50", Some("STOP")),
        ("5501", Some("")),
        ("8001", Some("")),
        ("9001", None),
        ("6001", None),
    ] {
        let before = threema.kit.inbound().len();
        let mut what = from("ANNA2345", "raw");
        what["hex"] = hex.replace(' ', "").into();
        assert_eq!(say(&mut threema, what), 200, "{hex}");
        if let Some(said) = said {
            assert_eq!(threema.inbound(before + 1)[before], format!("ANNA2345: {said}"), "{hex}");
        }
    }
    threema.close();
}

#[test]
fn receipts_of_the_recipient_move_a_delivery() {
    let gateway = Gateway::start();
    let mut threema = open(&gateway.config());
    let answers = threema.send("x", &["ANNA2345", "BERT2345"]);
    let ids: Vec<&str> = answers.iter().map(|a| &a.remote_id[..16]).collect();
    let receipt =
        |from: &str, status: u8, ids: &[&str]| json!({"from": from, "kind": "receipt", "status": status, "ids": ids});
    for (what, expected) in [
        (receipt("ANNA2345", 1, &ids[..1]), vec![(answers[0].remote_id.clone(), 0)]),
        (receipt("ANNA2345", 2, &ids[..1]), vec![(answers[0].remote_id.clone(), 1)]),
        (receipt("BERT2345", 3, &ids[1..]), vec![(answers[1].remote_id.clone(), 1)]),
    ] {
        let before = threema.kit.receipts().len();
        assert_eq!(threema.webhook(&gateway.callback(&what)).status, 200);
        assert_eq!(threema.kit.receipts()[before..], expected);
    }
    assert_eq!(threema.kit.inbound().last().unwrap().2, "👍", "a thumb is a reaction too");
    // Somebody else's receipt names no message of theirs.
    let before = threema.kit.receipts().len();
    threema.webhook(&gateway.callback(&receipt("BERT2345", 2, &ids[..1])));
    let known: Vec<&String> = answers.iter().map(|a| &a.remote_id).collect();
    assert!(threema.kit.receipts()[before..].iter().all(|(id, _)| !known.contains(&id)));
    threema.close();
}

#[test]
fn what_waits_on_disk_survives_a_restart() {
    let gateway = Gateway::start();
    let config = gateway.config();
    let mut threema = open(&config);
    // Nobody can say the key of this person now.
    gateway.fault("/pubkeys/ANNA2345", json!({"do": "status", "status": 500, "times": 1_000}));
    for text in ["START", "JA", "STOP"] {
        let body = gateway.callback(&json!({"from": "ANNA2345", "kind": "text", "text": text}));
        assert_eq!(threema.webhook(&body).status, 200);
    }
    threema.kit.close();
    drop(gateway);
    // The gateway of the next day knows it.
    let gateway = Gateway::start();
    let config = json!({"base_url": gateway.config()["base_url"], "gateway_id": config["gateway_id"], "secret": config["secret"], "private_key": config["private_key"]});
    let kit = rundruf_plugin::kit::Kit::open::<rundruf_threema::Threema>(&config, threema.state.path(), 100).unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while kit.inbound().len() < 3 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    let texts: Vec<String> = kit.inbound().into_iter().map(|(_, _, text)| text).collect();
    assert_eq!(texts, ["START", "JA", "STOP"], "each once, in their order");
    kit.close();
}
