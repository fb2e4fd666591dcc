//! The daily work of sending: the question on a terminal, the message to oneself, the preview, and slips that are caught.

use crate::fixture::{Daemon, SETTINGS, command, folder, until};
use serde_json::json;
use std::process::Command;

/// The first bytes of a JPEG, and something behind them.
const PICTURE: &[u8] = b"\xff\xd8\xff\xe0 not really a picture";
const TEXT: &str =
    "# Brot\n\nHallo {{ first_name }},\n\n![Frisches \"Brot\"](bilder/neu%20brot.jpg)\n\nbis **Freitag**.\n";

/// Runs a command on a terminal of its own, types an answer, and returns the exit code and what the terminal showed.
#[track_caller]
fn on_terminal(d: &Daemon, answer: &str, args: &[&str]) -> (i32, String) {
    const SCRIPT: &str = "import os,pty,sys\n\
        pid,fd=pty.fork()\n\
        if pid==0: os.execv(sys.argv[2],sys.argv[2:])\n\
        seen=b''\n\
        asked=False\n\
        while True:\n\
        \x20   try: part=os.read(fd,4096)\n\
        \x20   except OSError: break\n\
        \x20   if not part: break\n\
        \x20   seen+=part\n\
        \x20   if not asked and seen.rstrip().endswith(b']'):\n\
        \x20       asked=True\n\
        \x20       os.write(fd,sys.argv[1].encode()+b'\\n')\n\
        sys.stdout.write(seen.decode())\n\
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid,0)[1]))\n";
    let program = env!("CARGO_BIN_EXE_rundruf");
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT, answer, program]).args(args).current_dir(d.dir.path()).env("LC_ALL", "C.UTF-8");
    let out = python.output().expect("python3 runs: apt-get install python3");
    (out.status.code().unwrap_or(-1), String::from_utf8(out.stdout).unwrap())
}

fn with_files(d: &Daemon) {
    std::fs::create_dir(d.path("bilder")).unwrap();
    std::fs::write(d.path("bilder/neu brot.jpg"), PICTURE).unwrap();
    std::fs::write(d.path("brot.md"), TEXT).unwrap();
    std::fs::write(d.path("preise.pdf"), "%PDF-1.4 not really").unwrap();
}

/// On a terminal the dry run is shown and a question asked; elsewhere, and with `--yes`, nothing is asked.
#[test]
fn a_terminal_asks_before_it_sends() {
    let d = Daemon::start();
    d.people();
    let send = |text| ["--lang", "de", "broadcast", "send", "--list", "angebote", "--text", text];
    let (code, shown) = on_terminal(&d, "n", &send("Hallo {{ first_name }}, eins"));
    assert_eq!(code, 1, "{shown}");
    for words in [
        "bekommen es: email 2, sms 1, threema 1",
        "Hallo Anna, eins",
        "An 4 Personen senden? [j/N]",
        "nichts wurde gesendet",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(d.lines(&["broadcast", "list"]).is_empty());
    let (code, shown) = on_terminal(&d, "j", &send("Hallo {{ first_name }}, eins"));
    assert!(code == 0 && shown.contains("Aussendung 1"), "{code} {shown}");
    let (code, shown) = on_terminal(&d, "j", &send("Hallo {{ first_name }}, eins"));
    assert!(code == 1 && shown.contains("derselbe Text") && !shown.contains("[j/N]"), "{code} {shown}");
    let (code, shown) = on_terminal(&d, "", &[&send("zwei")[..], &["--yes"]].concat());
    assert!(code == 0 && !shown.contains("[j/N]"), "{code} {shown}");
    d.run(&send("drei")).done();
    assert_eq!(d.lines(&["broadcast", "list"]).len(), 3);
}

/// The same text to the same list within a day needs `--again`; a broadcast of which nobody got anything does not count.
#[test]
fn the_same_text_twice_is_a_slip() {
    let d = Daemon::start();
    d.people();
    let send = |more: &[&str]| {
        d.run(&[&["broadcast", "send", "--list", "angebote", "--text", "Hallo", "--json"], more].concat())
    };
    let later = send(&["--at", "2099-12-01T10:00:00Z"]).done().json()["id"].to_string();
    assert_eq!(send(&["--at", "2099-12-01T20:00:00Z"]).refused(1, &["within a day", "broadcast 1"]), "again");
    send(&["--at", "2099-12-02T10:00:00Z"]).done();
    d.json(&["broadcast", "cancel", &later]);
    send(&["--at", "2099-12-01T09:00:00Z"]).done();
    send(&[]).done();
    assert_eq!(send(&["--subject", "Anders", "--expires", "2099-12-01T20:00:00Z"]).refused(1, &["--again"]), "again");
    let dry = send(&["--dry-run"]).done().json();
    assert!(dry["same_text"]["message"].as_str().unwrap().contains("broadcast 4"), "{dry}");
    send(&["--again"]).done();
    assert_eq!(d.lines(&["broadcast", "list"]).len(), 5);
}

/// All values of `--at` that were once sent at once.
#[test]
fn a_time_gone_by_is_refused() {
    let d = Daemon::start();
    d.people();
    for at in [
        "2020-01-01T10:00:00Z",
        "2025-12-01 10:00 Europe/Berlin",
        "1970-01-01T00:00:00Z",
        "2025-12-01T10:00[Europe/Berlin]",
    ] {
        for more in [&["--json"][..], &["--json", "--dry-run"]] {
            let said = d.run(&[&["broadcast", "send", "--list", "angebote", "--text", "x", "--at", at], more].concat());
            assert_eq!(said.refused(1, &["gone by"]), "gone_by", "{at}");
        }
    }
    let at = ["--lang", "de", "broadcast", "send", "--list", "angebote", "--text", "x", "--at", "2020-01-01T10:00:00Z"];
    d.run(&at).refused(1, &["schon vorbei"]);
    assert!(d.lines(&["broadcast", "list"]).is_empty());
}

/// Texts as Notepad saves them.
#[test]
fn byte_order_marks_are_gone() {
    let d = Daemon::start();
    d.people();
    let text = "# Frisches Brot für Änne\n\nAb **Freitag** gibt es Stollen.\n";
    let utf16 = |mark: [u8; 2], write: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.into_iter().chain(text.encode_utf16().flat_map(write)).collect()
    };
    for (name, bytes) in [
        ("utf8.md", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        ("le.md", utf16([0xff, 0xfe], u16::to_le_bytes)),
        ("be.md", utf16([0xfe, 0xff], u16::to_be_bytes)),
    ] {
        std::fs::write(d.path(name), bytes).unwrap();
        let dry = d.json(&["broadcast", "send", "--list", "angebote", "--file", name, "--dry-run"]);
        assert_eq!(dry["samples"][0]["subject"], "Frisches Brot für Änne", "{name}");
        assert!(dry["samples"][0]["text"].as_str().unwrap().starts_with("Frisches Brot"), "{name}: {dry}");
    }
    let marked = ["--text", "\u{feff}# Brot", "--subject", "\u{feff}Neues"];
    let dry = d.json(&[&["broadcast", "send", "--list", "angebote", "--dry-run"][..], &marked].concat());
    assert_eq!(dry["samples"][0]["subject"], "Neues", "{dry}");
    std::fs::write(d.path("ansi.md"), b"Guten Tag\nGr\xfc\xdfe").unwrap();
    let said = d.run(&["--lang", "de", "broadcast", "send", "--list", "angebote", "--file", "ansi.md", "--json"]);
    assert_eq!(said.refused(1, &["Zeile 2, Spalte 3", "UTF-8"]), "encoding");
}

/// The dry run counts empty placeholders, lists files and adds up the price.
#[test]
fn a_dry_run_says_what_is_missing_and_what_it_costs() {
    let d = Daemon::start_in(folder(
        &SETTINGS.replace("plugin = \"sandbox\"", "plugin = \"sandbox\"\nprice = \"0,079 EUR\""),
    ));
    d.people();
    with_files(&d);
    d.json(&["contact", "edit", "email:anna@kunde.example", "--first-name", ""]);
    let args = ["broadcast", "send", "--list", "angebote", "--file", "brot.md", "--attach", "preise.pdf", "--dry-run"];
    let dry = d.json(&args);
    assert_eq!((&dry["incomplete"], &dry["empty"]), (&json!(1), &json!({"first_name": 1})), "{dry}");
    assert_eq!(dry["attachments"][0], json!({"name": "preise.pdf", "size": 19, "picture": false}), "{dry}");
    assert_eq!(dry["attachments"][1]["picture"], true, "{dry}");
    assert_eq!(dry["prices"][0]["total"], "0.316 EUR", "{dry}");
    let shown = d.run(&[&["--lang", "de"][..], &args].concat()).done().out;
    for words in [
        "1 Person hat für einen Platzhalter keine Angabe",
        "{{ first_name }} 1",
        "preise.pdf",
        "0,316 EUR",
        "neu brot.jpg",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

/// The preview is one file that shows pictures by itself; nothing is sent.
#[test]
fn a_preview_is_a_file() {
    let d = Daemon::start();
    with_files(&d);
    let send = ["broadcast", "send", "--list", "angebote", "--file", "brot.md", "--preview", "vorschau.html"];
    d.json(&send);
    let empty = std::fs::read_to_string(d.path("vorschau.html")).unwrap();
    assert!(empty.contains("Hallo [first_name]"), "a list without people has a preview too: {empty}");
    d.people();
    let said = d.run(&[&["--lang", "de"][..], &send].concat()).done().out;
    assert!(said.contains("Vorschau in vorschau.html; nichts wurde gesendet."), "{said}");
    let page = std::fs::read_to_string(d.path("vorschau.html")).unwrap();
    for words in ["<!doctype html>", "Hallo Anna", "Hallo Bert", "Brot", "Impressum"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(d.lines(&["broadcast", "list"]).is_empty() && d.messages("eml").is_empty());
}

/// The message to oneself: with the name of what is not known about oneself, and to nobody else.
#[test]
fn a_test_goes_to_its_author_alone() {
    let d = Daemon::start();
    d.people();
    with_files(&d);
    let test = |to: &str| d.run(&["broadcast", "test", "--file", "brot.md", "--to", to, "--json"]);
    let sent = test("email:chef@krume.example").done().json();
    assert_eq!((&sent["ok"], &sent["state"]), (&json!(true), &json!("sent")), "{sent}");
    let mail = d.messages("eml");
    assert_eq!(mail.len(), 1, "{mail:?}");
    for words in ["To: chef@krume.example", "[Test] Brot", "Hallo [first_name]", "X-Attachment", "Impressum"] {
        assert!(
            mail[0].contains(words) || mail[0].contains(&words.replace("[Test]", "[Probe]")),
            "{words}: {}",
            mail[0]
        );
    }
    test("email:anna@kunde.example").done();
    assert!(d.messages("eml").concat().contains("Hallo Anna"));
    assert!(d.lines(&["broadcast", "list"]).is_empty());
    for n in 3..=5 {
        test(&format!("email:chef{n}@krume.example")).done();
    }
    assert_eq!(test("email:chef6@krume.example").refused(1, &["5 addresses"]), "too_many");
    test("email:chef@krume.example").done();
}

/// A picture that is not there, is none, or is too big.
#[test]
fn pictures_that_cannot_be_shown() {
    let d = Daemon::start();
    std::fs::write(d.path("brief.png"), "%PDF-1.4").unwrap();
    std::fs::write(d.path("gross.jpg"), [PICTURE, &vec![0; 11 << 20]].concat()).unwrap();
    for (text, words, code) in [
        ("![x](fehlt.jpg)", "fehlt.jpg", "picture"),
        ("![x](brief.png)", "JPEG", "picture"),
        ("![x](gross.jpg)", "larger than 10 MiB", "attachment"),
        ("![x](data:image/png;base64,AAAA)", "data:image", "picture"),
    ] {
        let said = d.run(&["broadcast", "send", "--list", "angebote", "--text", text, "--json"]);
        assert_eq!(said.refused(1, &[words]), code, "{text}");
    }
    // Each file is small enough, all of them are more than the transport takes: said before anybody gets a failure.
    let names = ["eins.bin", "zwei.bin", "drei.bin", "vier.bin"];
    let mut send = vec!["broadcast", "send", "--list", "angebote", "--text", "x", "--json"];
    for name in names {
        std::fs::write(d.path(name), vec![0; 9 << 20]).unwrap();
        send.extend(["--attach", name]);
    }
    assert_eq!(d.run(&send).refused(1, &["32 MiB", "sandbox"]), "attachment");
    // A picture in the web is not fetched: it stays a link, and the dry run says so.
    let remote =
        ["broadcast", "send", "--list", "angebote", "--text", "![x](https://krume.example/x.jpg)", "--dry-run"];
    assert!(d.json(&remote)["warnings"].to_string().contains("stays a link"));
}

/// Only what failed is sent again, and not to somebody who has stopped meanwhile.
#[test]
fn only_the_failed_get_it_again() {
    let d = Daemon::start_in(folder(&SETTINGS.replace("give_up", "# give_up")));
    d.people();
    let id = d.json(&["broadcast", "send", "--list", "angebote", "--text", "Hallo {{ first_name }}"])["id"].to_string();
    let before = d.json(&["broadcast", "status", &id, "--wait"]);
    assert_eq!((&before["sent"], &before["failed"]), (&json!(2), &json!(1)), "{before}");
    let mail = d.messages("eml").len();
    d.json(&["consent", "withdraw", "email:refuse@kunde.example", "--all"]);
    until("the stop is acknowledged or refused", || (d.json(&["doctor"])["ok"] == true).then_some(()));
    assert_eq!(d.json(&["broadcast", "resend", "--failed", &id])["resent"], 1);
    let after = d.json(&["broadcast", "status", &id, "--wait"]);
    assert_eq!((&after["sent"], &after["failed"], &after["skipped"]), (&json!(2), &json!(0), &json!(1)), "{after}");
    let to_anna = d.messages("eml").iter().filter(|m| m.contains("Hallo Anna")).count();
    assert_eq!((to_anna, mail), (1, 1), "who has got it gets it once");
    assert_eq!(d.json(&["broadcast", "resend", "--failed", &id])["resent"], 0);
    assert_eq!(command(d.dir.path(), &["broadcast", "resend", &id]).output().unwrap().status.code(), Some(2));
    assert_eq!(d.json(&["doctor"])["ok"], true);
}

/// Who sent what to whom, with the numbers.
#[test]
fn a_broadcast_shows_what_it_says() {
    let d = Daemon::start();
    d.people();
    with_files(&d);
    let id = d.json(&["broadcast", "send", "--list", "angebote", "--file", "brot.md"])["id"].to_string();
    d.json(&["broadcast", "status", &id, "--wait"]);
    let shown = d.json(&["broadcast", "show", &id]);
    assert_eq!(
        (&shown["subject"], &shown["list"], &shown["total"]),
        (&json!("Brot"), &json!("angebote"), &json!(4)),
        "{shown}"
    );
    assert_eq!(shown["text"]["de"], TEXT);
    assert!(shown["by"].as_str().unwrap().starts_with("operator:"), "{shown}");
    let text = d.run(&["--lang", "de", "broadcast", "show", &id]).done().out;
    for words in
        ["Betreff                Brot", "gesendet von", "neu brot.jpg", "bis **Freitag**", "gesendet               2"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    let list = d.lines(&["broadcast", "list"]);
    assert_eq!((&list[0]["subject"], &list[0]["by"]), (&json!("Brot"), &shown["by"]));
}
