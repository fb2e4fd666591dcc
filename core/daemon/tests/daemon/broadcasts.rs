//! Broadcasts: dry run, attachments, start times, status, deliveries, pause and cancel, unknown outcomes.

use crate::fixture::{Daemon, SETTINGS, folder, until};
use serde_json::{Value, json};

#[test]
fn from_dry_run_to_deliveries() {
    let d = Daemon::start();
    d.people();
    d.json(&["contact", "add", "email:quiet@kunde.example"]);
    let text = [
        "broadcast",
        "send",
        "--list",
        "angebote",
        "--text",
        "# Brot\n\nHallo {{ first_name }}, heute **frisch**.",
        "--attach",
        "price.pdf",
    ];
    std::fs::write(d.path("price.pdf"), "%PDF-1.4 not really").unwrap();
    let dry = d.json(&[&text[..], &["--dry-run"]].concat());
    assert_eq!((&dry["total"], &dry["by_channel"]), (&json!(4), &json!({"email": 2, "sms": 1, "threema": 1})), "{dry}");
    assert!(dry["skipped_by"].is_object(), "{dry}");
    assert_eq!(d.messages("eml").len(), 0, "a dry run sends nothing");
    let sent = d.json(&text);
    let id = sent["id"].as_i64().unwrap().to_string();
    let status = d.json(&["broadcast", "status", &id, "--wait"]);
    let number = |f: &str| status[f].as_u64().unwrap_or_else(|| panic!("{f}: {status}"));
    assert_eq!(
        (&status["state"], number("total"), number("sent"), number("failed"), number("unknown")),
        (&json!("done"), 4, 2, 1, 1)
    );
    let eight = ["queued", "in_flight", "retry", "sent", "failed", "unknown", "held", "skipped"];
    assert_eq!(eight.iter().map(|f| number(f)).sum::<u64>(), number("total"));
    for field in ["id", "skipped_by", "delivered", "read", "rate_per_s", "eta_s"] {
        assert!(status.get(field).is_some(), "{field}: {status}");
    }
    let rows = d.lines(&["broadcast", "deliveries", &id]);
    assert_eq!(rows.len(), 4);
    for field in [
        "delivery",
        "contact",
        "channel",
        "address",
        "transport",
        "state",
        "reason",
        "attempts",
        "evidence",
        "remote_id",
        "at",
    ] {
        assert!(rows.iter().all(|r| r.get(field).is_some()), "{field}: {}", rows[0]);
    }
    // Addresses are masked without `--addresses`.
    let masked: String = rows.iter().map(Value::to_string).collect();
    assert!(!masked.contains("anna@") && !masked.contains("1234567"), "{masked}");
    let full: String = d.lines(&["broadcast", "deliveries", &id, "--addresses"]).iter().map(Value::to_string).collect();
    assert!(full.contains("anna@kunde.example") && full.contains("+491701234567"), "{full}");
    assert_eq!(d.lines(&["broadcast", "deliveries", &id, "--state", "failed"]).len(), 1);
    let mail = d.messages("eml").concat();
    assert!(mail.contains("Hallo Anna") && mail.contains("Subject: Brot") && !mail.contains("Hallo Bert"), "{mail}");
    // States are printed in German with `--lang de`.
    let shown = d.run(&["--lang", "de", "broadcast", "status", &id]).done().out;
    assert!(shown.contains("Zustand") && shown.contains("fertig") && shown.contains("ungewiss"), "{shown}");
    assert!(d.run(&["--lang", "de", "broadcast", "deliveries", &id]).done().out.contains("abgelehnt"));
    assert_eq!(d.lines(&["broadcast", "list"])[0]["id"], sent["id"]);
    assert!(d.run(&["--lang", "de", "broadcast", "list"]).done().out.contains("fertig"));
    // The unknown delivery is listed until an operator decides.
    let doubt = d.lines(&["broadcast", "unknown", &id]);
    assert_eq!((doubt.len(), &doubt[0]["state"]), (1, &json!("unknown")));
    let delivery = doubt[0]["delivery"].to_string();
    assert_eq!(
        d.json(&["broadcast", "unknown", &id, "resolve", "--as", "sent", "--delivery", &delivery]),
        json!({"resolved": 1})
    );
    assert_eq!(d.lines(&["broadcast", "unknown", &id]), Vec::<Value>::new());
    assert_eq!(d.json(&["broadcast", "status", &id])["sent"], 3);
    assert_eq!(d.json(&["doctor"])["ok"], true);
}

#[test]
fn start_times() {
    let d = Daemon::start();
    d.people();
    let send = |at: &str| {
        let sent = d.json(&["broadcast", "send", "--list", "angebote", "--text", "Morgen", "--at", at]);
        sent["id"].as_i64().unwrap().to_string()
    };
    let id = send("2099-12-01 10:00 Europe/Berlin");
    let status = d.json(&["broadcast", "status", &id]);
    assert_eq!(
        (&status["state"], &status["start_at"]),
        (&json!("scheduled"), &json!("2099-12-01T09:00:00Z")),
        "{status}"
    );
    let summer = send("2099-07-01 10:00 Europe/Berlin");
    assert_eq!(d.json(&["broadcast", "status", &summer])["start_at"], "2099-07-01T08:00:00Z");
    assert_eq!(d.json(&["broadcast", "cancel", &summer])["state"], "cancelled");
    let over = [
        "broadcast",
        "send",
        "--list",
        "angebote",
        "--text",
        "x",
        "--at",
        "2099-12-01T10:00:00Z",
        "--expires",
        "2099-11-01T10:00:00Z",
    ];
    assert_eq!(d.run(&[&over[..], &["--json"]].concat()).refused(1, &["expire before it begins"]), "expires");
    d.run(&[&["--lang", "de"], &over[..]].concat()).refused(1, &["abgelaufen, bevor sie beginnt"]);
    assert_eq!(d.messages("eml").len(), 0);
}

#[test]
fn pause_resume_cancel() {
    let d = Daemon::start();
    d.people();
    d.json(&["transport", "pause", "sandbox"]);
    let id = d.json(&["broadcast", "send", "--list", "angebote", "--text", "x"])["id"].to_string();
    until("fanned out", || (d.json(&["broadcast", "status", &id])["total"] == 4).then_some(()));
    assert_eq!(d.json(&["broadcast", "pause", &id])["state"], "paused");
    d.json(&["transport", "resume", "sandbox"]);
    assert_eq!(d.json(&["broadcast", "resume", &id])["state"], "running");
    assert_eq!(d.json(&["broadcast", "status", &id, "--wait"])["state"], "done");
    let over = d.run(&["broadcast", "cancel", &id, "--json"]);
    assert_eq!(over.refused(1, &["is done"]), "conflict");
    d.run(&["--lang", "de", "broadcast", "cancel", &id]).refused(1, &["die Aussendung `1` ist"]);
}

#[test]
fn refused_broadcasts() {
    let d = Daemon::start();
    std::fs::write(d.path("latin.md"), b"Gr\xfc\xdfe").unwrap();
    std::fs::write(d.path("big.bin"), vec![0; 11 << 20]).unwrap();
    let send = ["broadcast", "send", "--list"];
    for (args, words, worte) in [
        (&["angebot", "--text", "x"][..], "did you mean `angebote`?", "meinten Sie `angebote`?"),
        (&["angebote", "--text", " "], "has no text", "hat keinen Text"),
        (&["angebote", "--text", "{% for x in y %}"], "not allowed in messages", "in Nachrichten nicht erlaubt"),
        (&["angebote", "--text", "Hallo {{ name"], "is never closed", "wird nie geschlossen"),
        (&["angebote", "--file", "none.md"], "none.md", "none.md"),
        (&["angebote", "--file", "latin.md"], "latin.md", "latin.md"),
        (&["angebote", "--text", "x", "--attach", "none.pdf"], "none.pdf", "none.pdf"),
        (&["angebote", "--text", "x", "--attach", "big.bin"], "larger than 10 MiB", "größer als 10 MiB"),
    ] {
        let all = [&send[..], args].concat();
        d.run(&[&all[..], &["--json"]].concat()).refused(1, &[words]);
        d.run(&[&["--lang", "de"], &all[..]].concat()).refused(1, &[worte]);
    }
    for args in [&["status", "9"][..], &["status", "9", "--wait"], &["deliveries", "9"], &["pause", "9"]] {
        let all = [&["broadcast"], args, &["--json"]].concat();
        assert_eq!(d.run(&all).refused(1, &["broadcast"]), "not_found", "{args:?}");
    }
    d.run(&["--lang", "de", "broadcast", "status", "9"]).refused(1, &["es gibt keine Aussendung `9`"]);
    assert_eq!(d.lines(&["broadcast", "list"]), Vec::<Value>::new());
}

/// One text per language, from files beside each other.
#[test]
fn two_languages() {
    let d = Daemon::start();
    d.people();
    std::fs::write(d.path("brot.md"), "# Brot\n\nHallo {{ first_name }}\n").unwrap();
    std::fs::write(d.path("brot.en.md"), "# Bread\n\nHello {{ first_name }}\n").unwrap();
    let id = d.json(&["broadcast", "send", "--list", "angebote", "--file", "brot.md"])["id"].to_string();
    d.json(&["broadcast", "status", &id, "--wait"]);
    let sms = d.messages("txt").concat();
    assert!(sms.contains("Hello Bert") && !sms.contains("Hallo Bert"), "{sms}");
    assert!(d.messages("eml").concat().contains("Hallo Anna"));
}

/// Nobody gets more than the list's frequency cap allows, and a dry run already says so.
#[test]
fn frequency_cap() {
    let cap = "transports = [\"sandbox\"]\nfrequency_cap = { messages = 1, per = \"30d\" }";
    let d = Daemon::start_in(folder(&SETTINGS.replace("transports = [\"sandbox\"]", cap)));
    d.people();
    let send = |text: &str| {
        let id = d.json(&["broadcast", "send", "--list", "angebote", "--text", text])["id"].to_string();
        d.json(&["broadcast", "status", &id, "--wait"])
    };
    assert_eq!(send("eins")["sent"], 2);
    let dry = d.json(&["broadcast", "send", "--list", "angebote", "--text", "zwei", "--dry-run"]);
    assert!(dry["skipped_by"]["frequency_cap"].as_u64().unwrap_or(0) >= 2, "{dry}");
    let second = send("zwei");
    assert_eq!(
        (&second["sent"], second["skipped_by"]["frequency_cap"].as_u64() >= Some(2)),
        (&json!(0), true),
        "{second}"
    );
    assert_eq!(d.messages("eml").len(), 1);
}
