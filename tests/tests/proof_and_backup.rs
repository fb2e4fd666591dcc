//! A proof is checked by tools that are not ours; a backup is taken in the middle of a broadcast and brought back elsewhere; an older copy is
//! refused, and visible once it is continued.

use rundruf_tests::{Daemon, daemon};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

const PEOPLE: u64 = 3_000;

fn settings(dir: &Path, port: u16) -> String {
    let messages = dir.join("messages");
    fs::create_dir_all(&messages).unwrap();
    daemon::settings(
        dir,
        &format!(
            "[web]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\n\
             [lists.angebote]\ntitle = \"Angebote\"\npurpose = \"Angebote der Bäckerei\"\ntransports = [\"kasten\"]\n\n\
             [transports.kasten]\nplugin = \"sandbox\"\nrate_per_s = 500\n[transports.kasten.config]\nfolder = \"{}\"\n",
            messages.display()
        ),
    )
}

fn start(dir: &Path) -> (Daemon, u16) {
    let port = rundruf_tests::servers::free_port();
    (Daemon::start(dir, &settings(dir, port)), port)
}

fn import(d: &Daemon, people: std::ops::Range<u64>) {
    rundruf_tests::sample_people::csv(&d.dir().join("people.csv"), people).unwrap();
    let done = d.json(&["import", "people.csv", "--format", "csv", "--list", "angebote", "--evidence", "A"]);
    assert!(done.last().unwrap()["confirmed"].as_u64() > Some(0), "{done:?}");
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn run(program: &str, args: &[&str], dir: &Path) -> Output {
    Command::new(program).args(args).current_dir(dir).env("LC_ALL", "C.UTF-8").output().unwrap()
}

fn unpack(zip: &str, to: &str, dir: &Path) {
    let script = "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])";
    assert!(run("python3", &["-c", script, zip, to], dir).status.success());
}

/// The commands of `VERIFY.md`, with a key file.
const OPENSSL: &str = "set -e; KEY=$(head -n 1 \"$1\"); cd \"$2\"; \
    { printf '302a300506032b6570032100' | xxd -r -p; printf '%s' \"${KEY#*+*+}\" | base64 -d | tail -c 32; } | openssl pkey -pubin -inform DER -out ../key.pem; \
    for note in MANIFEST.sha256 checkpoint; do \
    sed '/^$/,$d' $note > ../text.bin; last=$(tail -n 1 $note); sig=${last##* }; \
    test \"$last\" = \"— ${KEY%%+*} $(printf '%s' \"$sig\" | base64 -d | base64 -w 0)\"; \
    test \"$(printf '%s' \"$sig\" | base64 -d | head -c 4 | xxd -p)\" = \"$(printf '%s' \"$KEY\" | cut -d+ -f2)\"; \
    printf '%s' \"$sig\" | base64 -d | tail -c 64 > ../signature.bin; \
    openssl pkeyutl -verify -pubin -inkey ../key.pem -rawin -in ../text.bin -sigfile ../signature.bin; done; \
    sha256sum --quiet -c MANIFEST.sha256; \
    grep '^{' record.json | head -n 1 | sed 's/,$//' | tr -d '\\n' > ../record.bin; \
    openssl dgst -sha256 -mac HMAC -macopt hexkey:$(cat proofs/1.blind) ../record.bin";

#[test]
fn a_genuine_proof_is_accepted_by_tools_that_are_not_ours_and_a_forgery_by_none() {
    let dir = tempfile::tempdir().unwrap();
    let (d, port) = start(dir.path());
    // Asked for, so that the request itself is in the proof.
    let _ = d.json(&["contact", "add", "--address", "email:erika@krume.example", "--language", "de"]);
    let _ = d.json(&["consent", "request", "email:erika@krume.example", "--list", "angebote"]);
    let messages = dir.path().join("messages");
    let sent = d.wait_for("the request", Duration::from_secs(20), || {
        let mut files = fs::read_dir(&messages).ok()?.flatten().map(|e| e.path());
        files.find(|p| p.extension().is_some_and(|e| e == "eml")).and_then(|p| fs::read_to_string(p).ok())
    });
    d.wait_for("its outcome", Duration::from_secs(20), || {
        let proof = d.json(&["consent", "proof", "email:erika@krume.example", "--list", "angebote", "-o", "p.zip"]);
        assert_eq!(proof[0]["events"], 1);
        let list = run(
            "python3",
            &["-c", "import zipfile; print(zipfile.ZipFile('p.zip').read('sent.json').decode())"],
            dir.path(),
        );
        said(&list).contains("\"sent\"").then_some(())
    });
    unpack("p.zip", "proof", dir.path());
    let proof = dir.path().join("proof");
    let sent_json: Value = serde_json::from_str(&fs::read_to_string(proof.join("sent.json")).unwrap()).unwrap();
    let id = sent_json[0]["message_id"].as_str().unwrap();
    assert!(id.len() == 32 && sent.contains(&format!("Message-Id: <{id}@")), "{id} is not in {sent}");
    let text = fs::read_to_string(proof.join("sent/1.txt")).unwrap();
    assert!(text.contains("Bäckerei Krume GmbH") && text.contains("/c/"), "{text}");
    // The checkpoint in it is one that is stored.
    let db =
        rusqlite::Connection::open_with_flags(d.dir().join("rundruf.db"), rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)
            .unwrap();
    let checkpoint = fs::read_to_string(proof.join("checkpoint")).unwrap();
    let stored: i64 =
        db.query_row("SELECT count(*) FROM checkpoint WHERE note = ?1", [&checkpoint], |r| r.get(0)).unwrap();
    assert_eq!(stored, 1, "{checkpoint}");

    // The key comes from the sender's pages, not from the file.
    let url = format!("http://127.0.0.1:{port}/.well-known/consent-log.vkey");
    let fetched = run(
        "python3",
        &[
            "-c",
            "import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1]).read().decode())",
            &url,
        ],
        dir.path(),
    );
    fs::write(dir.path().join("key"), &fetched.stdout).unwrap();
    assert_eq!(fs::read(dir.path().join("key")).unwrap(), fs::read(proof.join("log.vkey")).unwrap());
    let python = |args: &[&str]| run("python3", &[&["-B", "proof/verify.py"], args].concat(), dir.path());
    let (with, without) = (python(&["--key", "key"]), python(&[]));
    assert_eq!((with.status.code(), without.status.code()), (Some(0), Some(3)), "{}{}", said(&with), said(&without));
    let openssl = |folder: &str| run("bash", &["-c", OPENSSL, "bash", "key", folder], dir.path());
    let good = openssl("proof");
    assert!(good.status.success(), "{}", said(&good));
    let go_program = Path::new(env!("CARGO_MANIFEST_DIR")).join("proof_verifier/main.go");
    let go = |folder: &str| {
        let mut command = Command::new("go");
        command.args(["run", &go_program.display().to_string(), folder, "key"]).current_dir(dir.path());
        command.env("GO111MODULE", "off").env("GOPATH", "/usr/share/gocode").env("GOFLAGS", "").output().unwrap()
    };
    let good = go("proof");
    println!("Go: {}", said(&good));
    assert!(good.status.success(), "{}", said(&good));
    let ours = d.json(&["log", "verify", "p.zip"]);
    assert_eq!(ours[0]["verdict"], "valid", "by the key beside the database: {ours:?}");

    // A forger signs everything with a key of his own: the records as he likes, a checkpoint over them, a manifest.
    let forger = tempfile::tempdir().unwrap();
    let (f, _) = start(forger.path());
    let _ = f.json(&["contact", "add", "--address", "email:erika@krume.example", "--language", "de"]);
    let _ = f.json(&["consent", "request", "email:erika@krume.example", "--list", "angebote"]);
    let forged = dir.path().join("f.zip").display().to_string();
    let _ = f.json(&["consent", "proof", "email:erika@krume.example", "--list", "angebote", "-o", &forged]);
    unpack("f.zip", "forged", dir.path());
    let script = |args: &[&str]| run("python3", &[&["-B", "proof/verify.py", "forged"], args].concat(), dir.path());
    let (without, with) = (script(&[]), script(&["--key", "key"]));
    assert_eq!((without.status.code(), with.status.code()), (Some(3), Some(1)), "{}{}", said(&without), said(&with));
    assert!(!said(&without).contains("VALID") && said(&with).contains("INVALID"));
    assert!(!openssl("forged").status.success() && !go("forged").status.success());
    let verdict = |args: &[&str]| {
        let output = d.cli(&[&["log", "verify", "f.zip", "--json"], args].concat());
        (output.status.code(), said(&output))
    };
    let (code, told) = verdict(&["--key", "key"]);
    assert!(code == Some(1) && told.contains("\"invalid\""), "{told}");
    assert_eq!(verdict(&[]).0, Some(1), "it claims to be of this machine's log, and is not");

    // OpenSSL and sha256sum refuse every tenth changed byte of the manifest, and one of each file.
    let mut refused = 0;
    for entry in ["MANIFEST.sha256", "beleg.html", "record.json", "sent.json", "checkpoint", "proofs/1.blind"] {
        let path = proof.join(entry);
        let original = fs::read(&path).unwrap();
        let step = if entry == "MANIFEST.sha256" { 10 } else { original.len().max(2) - 1 };
        for at in (0..original.len()).step_by(step) {
            let mut bent = original.clone();
            bent[at] ^= 1;
            fs::write(&path, bent).unwrap();
            assert!(!openssl("proof").status.success(), "OpenSSL accepts {entry}:{at}");
            refused += 1;
        }
        fs::write(&path, original).unwrap();
    }
    println!("OpenSSL: {refused} changed bytes refused, 0 accepted");
}

#[test]
fn a_backup_in_the_middle_of_a_broadcast_is_exact_elsewhere_and_an_older_one_is_a_visible_fork() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (d, _) = start(dir.path());
    import(&d, 0..PEOPLE);
    let id = d.json(&["broadcast", "send", "--list", "angebote", "--text", "Hallo"])[0]["id"].as_i64().unwrap();
    d.wait_for("the middle", Duration::from_secs(30), || (d.status(id)["sent"].as_u64()? > 200).then_some(()));
    let made = d.json(&["backup", "backup-1"]);
    assert_eq!((&made[0]["running"], &made[0]["machine_key"]), (&1.into(), &true.into()), "{made:?}");
    let checked = d.json(&["restore", "--check", "backup-1"]);
    assert_eq!(checked[0]["ok"], true, "{checked:?}");
    let done = d.wait_done(id, Duration::from_secs(60));
    assert_eq!(done["sent"].as_u64(), Some(PEOPLE), "the original goes on undisturbed: {done}");

    // Elsewhere: everything is there, nothing goes on by itself.
    let port = rundruf_tests::servers::free_port();
    fs::write(elsewhere.path().join("rundruf.toml"), settings(elsewhere.path(), port)).unwrap();
    let backup = dir.path().join("backup-1").display().to_string();
    let program = rundruf_tests::Artifacts::get().rundruf.display().to_string();
    let config = elsewhere.path().join("rundruf.toml").display().to_string();
    let restored = run(&program, &["backup", "restore", &backup, "--config", &config], elsewhere.path());
    assert!(restored.status.success(), "{}", said(&restored));
    let r = Daemon::restart(elsewhere.path());
    let status = r.status(id);
    let count = |name: &str| status[name].as_u64().unwrap();
    let names = ["queued", "in_flight", "retry", "sent", "failed", "unknown", "held", "skipped"];
    assert_eq!(names.map(count).iter().sum::<u64>(), PEOPLE, "{status}");
    assert_eq!((status["state"].as_str(), count("in_flight")), (Some("paused"), 0), "{status}");
    assert!(count("sent") > 200 && count("sent") < PEOPLE, "{status}");
    let doctor = r.json(&["doctor"]);
    assert_eq!(doctor[0]["ok"], true, "{doctor:?}");
    let entries = fs::read_dir(elsewhere.path().join("messages")).unwrap().flatten();
    let files = entries.filter(|e| e.path().extension().is_some_and(|e| e == "eml" || e == "txt")).count();
    assert_eq!(files, 0, "nothing is sent by itself");
    let person = r.json(&["contact", "find", "person00000007"]);
    let address = person[0]["addresses"][0]["address"]
        .as_str()
        .or_else(|| person[0]["addresses"][0].as_str())
        .unwrap()
        .to_owned();
    let address = if address.contains("email:") { address } else { format!("email:{address}") };
    let _ = r.json(&["consent", "proof", &address, "--list", "angebote", "-o", "p.zip"]);
    let verified = r.json(&["log", "verify", "p.zip"]);
    assert_eq!(verified[0]["verdict"], "valid", "{verified:?}");
    assert!(verified[0]["notes"].to_string().contains("backup"), "the restore is in the proof: {verified:?}");
    drop(r);

    // An older copy in the place of the newer one is refused, and visible once it is continued.
    import(&d, PEOPLE..PEOPLE + 10);
    let _ = d.json(&["log", "checkpoint"]);
    assert!(d.terminate().success());
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(dir.path().join(format!("rundruf.db{ending}")));
    }
    fs::copy(dir.path().join("backup-1/rundruf.db"), dir.path().join("rundruf.db")).unwrap();
    let cli =
        |args: &[&str]| run(&program, &[args, &["--config", "rundruf.toml", "--lang", "en"]].concat(), dir.path());
    let refused = cli(&["serve"]);
    let told = said(&refused);
    assert!(!refused.status.success() && told.contains("old copy") && told.contains("log fork --reason"), "{told}");
    assert!(!told.contains("remove") && !told.contains("delete"), "{told}");
    assert!(!cli(&["log", "fork"]).status.success(), "a reason is needed");
    let forked = cli(&["log", "fork", "--reason", "the disk broke"]);
    assert!(forked.status.success(), "{}", said(&forked));
    let d = Daemon::restart(dir.path());
    assert_eq!(d.status(id)["state"], "paused");
    let _ = d.json(&["consent", "proof", &address, "--list", "angebote", "-o", "p.zip"]);
    let verified = d.json(&["log", "verify", "p.zip"]);
    assert_eq!(verified[0]["verdict"], "valid", "{verified:?}");
    assert!(verified[0]["notes"].to_string().contains("the disk broke"), "{verified:?}");
    assert!(verified[0]["key"].as_str().unwrap().contains("/consent-log/2+"), "under a name of its own: {verified:?}");
    let keys = fs::read_to_string(dir.path().join("consent-log.vkey")).unwrap();
    assert_eq!(keys.lines().count(), 2, "former proofs still verify: {keys}");
}

/// The state of an address on the list.
fn state_of(d: &Daemon, address: &str) -> String {
    let shown = d.json(&["consent", "show", address]);
    shown[0]["state"].as_str().unwrap_or("").to_owned()
}

#[test]
fn a_stop_after_the_backup_holds_after_the_restore_and_without_its_journal_nothing_is_sent() {
    let (dir, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (d, _) = start(dir.path());
    import(&d, 0..20);
    let all = d.json(&["contact", "find", "person0000000"]);
    let address = |n: usize| {
        let first = &all[n]["addresses"][0];
        first.as_str().map_or_else(|| first["address"].as_str().unwrap().to_owned(), str::to_owned)
    };
    let (anna, berta) = (address(0), address(1));
    let _ = d.json(&["backup", "backup-1"]);
    let _ = d.json(&["consent", "withdraw", &anna]);
    let _ = d.json(&["contact", "erase", &berta, "--yes"]);
    assert!(d.terminate().success());
    let program = rundruf_tests::Artifacts::get().rundruf.display().to_string();
    let backup = dir.path().join("backup-1").display().to_string();

    // On the same machine, whose database is lost.
    for ending in ["", "-wal", "-shm", ".keys"] {
        let _ = fs::remove_file(dir.path().join(format!("rundruf.db{ending}")));
    }
    let _ = fs::remove_file(dir.path().join("rundruf.db.highwater"));
    let restore = |config: &Path| {
        let args = ["backup", "restore", &backup, "--json", "--config"];
        let output = run(&program, &[&args[..], &[&config.display().to_string()]].concat(), config.parent().unwrap());
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    assert_eq!(restore(&dir.path().join("rundruf.toml"))["stops_missing"], false);
    let d = Daemon::restart(dir.path());
    assert_eq!(state_of(&d, &anna), "withdrawn");
    assert!(!d.cli(&["contact", "show", &berta]).status.success(), "erased again");
    let _ = d.json(&["consent", "proof", &anna, "--list", "angebote", "-o", "p.zip"]);
    assert_eq!(d.json(&["log", "verify", "p.zip"])[0]["verdict"], "valid");
    let id = d.json(&["broadcast", "send", "--list", "angebote", "--text", "Hallo"])[0]["id"].as_i64().unwrap();
    assert_eq!(d.wait_done(id, Duration::from_secs(60))["sent"].as_u64(), Some(18));
    assert_eq!(d.json(&["doctor"])[0]["ok"], true);

    // On another one, without the journal.
    let port = rundruf_tests::servers::free_port();
    fs::write(elsewhere.path().join("rundruf.toml"), settings(elsewhere.path(), port)).unwrap();
    assert_eq!(restore(&elsewhere.path().join("rundruf.toml"))["stops_missing"], true);
    let r = Daemon::restart(elsewhere.path());
    assert_eq!(state_of(&r, &anna), "confirmed", "nothing here says otherwise");
    let doctor = r.json(&["doctor"])[0].to_string();
    assert!(doctor.contains("stops-complete"), "{doctor}");
    assert_eq!(r.json(&["list", "show"])[0]["held"], "stops_missing");
    let id =
        r.json(&["broadcast", "send", "--list", "angebote", "--text", "Hallo", "--again"])[0]["id"].as_i64().unwrap();
    assert_eq!(r.status(id)["state"], "paused");
    let refused = r.cli(&["broadcast", "resume", &id.to_string(), "--lang", "en"]);
    assert!(!refused.status.success() && said(&refused).contains("stops-complete"), "{}", said(&refused));
    fs::write(elsewhere.path().join("stops.csv"), format!("{}\n", anna.trim_start_matches("email:"))).unwrap();
    let _ = r.json(&["consent", "withdraw", "--file", "stops.csv", "--channel", "email"]);
    assert!(!r.cli(&["consent", "stops-complete", "--reason", " "]).status.success());
    let told = r.json(&["consent", "stops-complete", "--reason", "all letters since Monday read"]);
    assert!(told[0]["since"].as_str().unwrap().starts_with("20"), "{told:?}");
    assert_eq!(r.wait_done(id, Duration::from_secs(60))["sent"].as_u64(), Some(19), "all but the one who said stop");
    let audit = r.json(&["audit", "list"]);
    assert!(audit.iter().any(|a| a.to_string().contains("all letters since Monday read")), "{audit:?}");
}

#[test]
fn what_is_kept_for_legal_claims_is_neither_deleted_nor_erased_before_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let (d, _) = start(dir.path());
    import(&d, 0..3);
    let found = d.json(&["contact", "find", "person00000001"]);
    let who = found[0]["contact"].to_string();
    for (until, reason) in
        [("2001-01-01", "Klage"), ("2999-01-01", "Klage"), ("morgen", "Klage"), ("2030-02-29", "Klage")]
    {
        assert!(!d.cli(&["contact", "hold", &who, "--until", until, "--reason", reason]).status.success(), "{until}");
    }
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let next = format!("{}-12-31", 1971 + now / 31_556_952);
    assert!(!d.cli(&["contact", "hold", &who, "--until", &next, "--reason", " "]).status.success());
    let _ = d.json(&["contact", "hold", &who, "--until", &next, "--reason", "Klage 3 O 12/26"]);
    let shown = d.json(&["contact", "show", &who]);
    assert_eq!(shown[0]["legal_hold"]["reason"], "Klage 3 O 12/26", "{shown:?}");
    let person = said(&d.cli(&["contact", "show", &who, "--lang", "de"]));
    assert!(person.contains("Rechtsansprüche") && person.contains("Klage 3 O 12/26"), "{person}");
    let erased = d.json(&["contact", "erase", &who, "--yes"]);
    assert!(erased[0]["erased"] == false && erased[0]["kept_because"] == "Klage 3 O 12/26", "{erased:?}");
    let shown = d.json(&["contact", "show", &who]);
    assert!(
        shown[0]["legal_hold"]["erase_then"] == true && shown[0]["consents"][0]["state"] == "withdrawn",
        "{shown:?}"
    );
    let _ = d.json(&["contact", "export", &who, "-o", "export"]);
    let export = fs::read_to_string(dir.path().join("export/export.json")).unwrap();
    assert!(export.contains("Klage 3 O 12/26"), "the person is told");
    let released = d.json(&["contact", "release", &who, "--reason", "Urteil ist rechtskräftig"]);
    assert_eq!(released[0]["erased"], true);
    assert!(!d.cli(&["contact", "show", &who]).status.success(), "and now the person is forgotten");
    assert!(!d.cli(&["contact", "release", &who, "--reason", "noch einmal"]).status.success());
    assert_eq!(d.json(&["doctor"])[0]["ok"], true);
}
