//! Tables as office programs, shops and address books write them, each imported by the real program into a daemon of its own list: how many rows
//! are taken, what a dry run says before, and what the report and the terminal say.

use rundruf_tests::{Daemon, daemon};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const WORDS: &str = "Ja, die Bäckerei Krume GmbH darf mir die Angebote der Woche schicken. Abmelden jederzeit.";

struct Setup {
    daemon: Daemon,
    dir: tempfile::TempDir,
}

fn start(lists: usize) -> Setup {
    let (dir, port) = (tempfile::tempdir().unwrap(), rundruf_tests::servers::free_port());
    let mut rest = format!("[web]\nlisten = \"127.0.0.1:{port}\"\n\n");
    for n in 0..lists {
        rest.push_str(&format!(
            "[lists.l{n}]\ntitle = \"Angebote der Woche\"\npurpose = \"Angebote\"\ntransports = [\"kasten\"]\n\n"
        ));
    }
    let out = dir.path().join("out");
    fs::create_dir_all(&out).unwrap();
    rest.push_str(&format!(
        "[transports.kasten]\nplugin = \"sandbox\"\n[transports.kasten.config]\nfolder = \"{}\"\n",
        out.display()
    ));
    let toml = format!("time_zone = \"Europe/Berlin\"\n{}", daemon::settings(dir.path(), &rest));
    Setup { daemon: Daemon::start(dir.path(), &toml), dir }
}

impl Setup {
    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    /// Runs an import; answers exit code, the object that it prints, and what is on stderr.
    fn import(&self, args: &[&str]) -> (i32, Value, String) {
        let out = self.daemon.cli(&[&["--json", "import"], args].concat());
        let (said, err) =
            (String::from_utf8_lossy(&out.stdout).into_owned(), String::from_utf8_lossy(&out.stderr).into_owned());
        (out.status.code().unwrap(), serde_json::from_str(&said).unwrap_or_else(|e| panic!("{e}: {said}{err}")), err)
    }
}

fn latin(text: &str) -> Vec<u8> {
    text.chars().map(|c| if c == '€' { 0x80 } else { u8::try_from(u32::from(c)).unwrap() }).collect()
}

fn wide(text: &str) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

/// Name, bytes, options, and what becomes of it: confirmed, quarantined, refused.
type Office = (&'static str, Vec<u8>, &'static [&'static str], (u64, u64, u64));

fn office_files() -> Vec<Office> {
    const A: &[&str] = &["--evidence", "A"];
    const C: &[&str] = &["--evidence", "C"];
    const TEXT: &str = "consent_text=@texte/2025.txt";
    const SHOP: &str = "source=Aushang im Laden";
    let proof = "Quelle;Einwilligungstext";
    let row = format!("Aushang im Laden;\"{WORDS}\"");
    vec![
        (
            "excel-german.csv",
            latin(&format!(
                "E-Mail-Adresse;Vorname;Nachname;Angemeldet am;Einwilligung am;Umsatz €;{proof}\r\n\
                 jürgen.groß@kunde.example;Jürgen;Groß;01.05.2026;01.05.2026 14:30;12,50 €;{row}\r\n\
                 anna@kunde.example;Anna;Müller;1.5.26;2.5.26;;{row}\r\n"
            )),
            A,
            (2, 0, 0),
        ),
        (
            "excel-english.csv",
            "\u{feff}Email Address,First Name,Last Name,Language\r\na@kunde.example,Anna,Muster,English (United Kingdom)\r\n".into(),
            C,
            (0, 1, 0),
        ),
        ("excel-unicode.txt", wide("E-Mail\tVorname\tNachname\r\nz@kunde.example\tZoë\tŁuk\r\n"), C, (0, 1, 0)),
        ("excel-sep.csv", "sep=;\r\nE-Mail;Vorname\r\na@kunde.example;Anna\r\n".into(), C, (0, 1, 0)),
        (
            "excel-serials.csv",
            format!("E-Mail;Angemeldet am;Bestätigt am;{proof}\nb@kunde.example;46143;46143,604166667;{row}\n").into(),
            A,
            (1, 0, 0),
        ),
        (
            "excel-us-dates.csv",
            format!("Email,requested_at,confirmed_at,source,consent_text\na@kunde.example,05/01/2026,05/02/2026,Aushang im Laden,\"{WORDS}\"\n").into(),
            &["--evidence", "A", "--dates", "mdy"],
            (1, 0, 0),
        ),
        (
            "libreoffice.csv",
            format!(
                "\"E-Mail\",\"Vorname\",\"Notiz\",\"requested_at\",\"confirmed_at\",\"source\",\"consent_text\"\n\
                 \"a@kunde.example\",\"Anna\nMaria\",\"ruft\nan\tmorgen\",\"2026-05-01\",\"2026-05-01T14:30:00+02:00\",\"Aushang im Laden\",\"{WORDS}\",,,\n"
            )
            .into(),
            A,
            (1, 0, 0),
        ),
        ("numbers.csv", "Tabelle 1,,\nE-Mail,Vorname,\na@kunde.example,Anna,\n,,\n".into(), C, (0, 1, 0)),
        (
            "google-contacts.csv",
            "First Name,Last Name,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Value\nAnna,Muster,* Home,a@kunde.example,\nBerta,Muster,,,0170 1234567\n".into(),
            C,
            (0, 1, 1),
        ),
        (
            "outlook.csv",
            latin("\"Anrede\",\"Vorname\",\"Nachname\",\"E-Mail-Adresse\",\"E-Mail 2: Adresse\",\"Mobiltelefon\"\r\n\"Frau\",\"Anna\",\"Groß\",\"a@kunde.example\",\"\",\"0170 1234567\"\r\n"),
            C,
            (0, 2, 0),
        ),
        (
            "erp-export.csv",
            latin(
                "Kundenliste Filiale Süd\r\nStand: 01.05.2026 14:30\r\n\r\nKd-Nr;Name;Vorname;Mail;Sprache;Telefon\r\n\
                 0001;Groß;Jürgen;j@kunde.example;D;089 1234\r\n0002;Muster;Anna;a@kunde.example;1031;\r\n;;;;;\r\n",
            ),
            C,
            (0, 2, 0),
        ),
        (
            "vcard-table.csv",
            "FN;N;EMAIL;TEL;LANG\nAnna Muster;Muster;Anna Muster <a@kunde.example>;;de_DE.UTF-8\nBerta Beispiel;;mailto:b@kunde.example;;klingonisch\n".into(),
            C,
            (0, 2, 0),
        ),
        (
            "shop-export.csv",
            "E-Mail,Opt-in-Datum,Sprache\na@kunde.example,1714566600,de\nb@kunde.example,,de\n".into(),
            C,
            (0, 2, 0),
        ),
        (
            "constants.csv",
            "Adresse;Vorname;Angemeldet am;Bestätigt am\na@kunde.example;Anna;01.05.2026 10:00 Uhr;01.05.2026 10:05 Uhr\n".into(),
            &["--evidence", "A", "--set", "channel=email", "--set", SHOP, "--set", TEXT],
            (1, 0, 0),
        ),
        (
            "text-below.csv",
            "email;requested_at;confirmed_at;source;consent_text\na@kunde.example;2026-05-01;2026-05-02;liste.pdf;@texte/2025.txt\n\
             b@kunde.example;2026-05-01;2026-05-02;liste.pdf;@../rundruf.toml\nc@kunde.example;2026-05-01;2026-05-02;liste.pdf;@texte/link.txt\n"
                .into(),
            A,
            (1, 0, 2),
        ),
        ("two-in-a-cell.csv", "E-Mail;Vorname\na@kunde.example, b@kunde.example;Anna\n".into(), C, (0, 2, 0)),
        ("old-mac.csv", "E-Mail;Vorname\ra@kunde.example;Anna\rb@kunde.example;Berta\r".into(), C, (0, 2, 0)),
        ("handy.csv", "Handy;Vorname\n0170 1234567;Anna\n1,70123E+11;Berta\n".into(), C, (0, 1, 1)),
    ]
}

fn count(of: &Value, name: &str) -> u64 {
    of[name].as_u64().unwrap_or_else(|| panic!("{name}: {of}"))
}

fn write_texts(folder: &Path) {
    fs::create_dir_all(folder.join("texte")).unwrap();
    fs::write(folder.join("texte/2025.txt"), format!("\u{feff}{WORDS}")).unwrap();
    fs::write(folder.join("geheim.txt"), WORDS).unwrap();
    let _ = std::os::unix::fs::symlink(folder.join("geheim.txt"), folder.join("texte/link.txt"));
}

#[test]
fn every_office_file_is_read_as_it_was_meant() {
    let files = office_files();
    assert!(files.len() >= 15);
    let s = start(files.len());
    let folder = s.path("tabellen");
    write_texts(&folder);
    for (n, (name, bytes, options, want)) in files.iter().enumerate() {
        let path = folder.join(name);
        fs::write(&path, bytes).unwrap();
        let (list, path) = (format!("l{n}"), path.display().to_string());
        let args = [&[path.as_str(), "--list", &list], *options].concat();
        let (code, dry, _) = s.import(&[&args[..], &["--dry-run"]].concat());
        assert_eq!(code, 0, "{name}: {dry}\n{}", s.daemon.log());
        let (code, done, _) = s.import(&args);
        assert_eq!(code, 0, "{name}: {done}\n{}", s.daemon.log());
        let got = (count(&done, "confirmed"), count(&done, "quarantined"), count(&done, "refused"));
        assert_eq!(got, *want, "{name}: {done}");
        for counted in ["rows", "contacts", "addresses", "confirmed", "quarantined", "merged", "updated", "refused"] {
            assert_eq!(dry[counted], done[counted], "{name}: a dry run counts {counted} like the import");
        }
        // Both reports are beside the file, for their owner alone.
        for end in ["report.jsonl", "report.csv"] {
            let report = format!("{path}.{end}");
            let mode = fs::metadata(&report).unwrap_or_else(|e| panic!("{report}: {e}")).permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{report}");
        }
        assert_eq!(done["report"], format!("{path}.report.jsonl"));
        // Nothing that nobody has asked for.
        let left = done["columns"].as_array().unwrap().iter().filter(|c| c["column"].is_null()).count();
        assert_eq!(
            left > 0,
            matches!(
                *name,
                "excel-german.csv"
                    | "libreoffice.csv"
                    | "google-contacts.csv"
                    | "outlook.csv"
                    | "erp-export.csv"
                    | "vcard-table.csv"
            ),
            "{name}: {done}"
        );
    }
    let find = |who: &str| s.daemon.json(&["contact", "show", who])[0]["vars"].clone();
    assert_eq!(find("email:anna@kunde.example"), serde_json::json!({"first_name": "Anna", "last_name": "Müller"}));
    assert_eq!(find("email:j@kunde.example"), serde_json::json!({"first_name": "Jürgen", "last_name": "Groß"}));
}

#[test]
fn a_person_reads_why_on_the_terminal() {
    let s = start(1);
    fs::write(s.path("a.csv"), "E-Mail;Vorname\nnobody;A\na@kunde.example;B\nnobody;C\n,;D\n").unwrap();
    let out = s.daemon.cli(&["--lang", "de", "import", "a.csv", "--list", "l0", "--evidence", "C"]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(0), "{said}");
    assert!(said.contains("3 × abgelehnt: ") && said.contains("(Zeile 2, 4, 5)"), "{said}");
    let table = fs::read_to_string(s.path("a.csv.report.csv")).unwrap();
    assert!(table.starts_with("\u{feff}Zeile;Adresse;Ergebnis;Grund\r\n2;nobody;abgelehnt;"), "{table}");
    // Nothing but refused rows: a script must hear of it.
    fs::write(s.path("b.csv"), "E-Mail\nnobody\n").unwrap();
    let (code, done, err) = s.import(&["b.csv", "--list", "l0", "--evidence", "C"]);
    assert_eq!((code, &done["refused"], &done["error"]["code"]), (1, &1.into(), &"all_refused".into()), "{err}");
    let out = s.daemon.cli(&["--lang", "de", "import", "b.csv", "--list", "l0", "--evidence", "C"]);
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(
        out.status.code() == Some(1) && err.contains("keine Zeile wurde übernommen") && err.contains("Grund"),
        "{err}"
    );
    // A broken file stores nothing, leaves no report, and says which byte.
    fs::write(s.path("dos.csv"), b"E-Mail;Vorname\na@kunde.example;J\x81rgen\n").unwrap();
    let (code, done, _) = s.import(&["dos.csv", "--list", "l0", "--evidence", "C"]);
    assert!(code == 1 && done["error"]["message"].as_str().unwrap().contains("line 2: the byte 0x81"), "{done}");
    let left: Vec<_> =
        fs::read_dir(s.dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.contains("dos.csv.") || name.ends_with(".part")), "{left:?}");
}

/// `11-language.csv`, made here: languages as other programs write them, each with a full proof.
#[test]
fn a_language_is_never_a_reason() {
    let s = start(1);
    let mut csv =
        "channel,address,first_name,language,requested_at,confirmed_at,source,consent_text,last_used_at\n".to_owned();
    let all = [
        "de_DE",
        "de-DE",
        "DE",
        "de_DE.UTF-8",
        "deutsch",
        "German",
        "Deutsch (Deutschland)",
        "en_GB",
        "de_AT@euro",
        "?",
        "german!",
    ];
    for (n, language) in all.iter().enumerate() {
        csv.push_str(&format!(
            "email,l{n}@kunde.example,L{n},{language},2026-05-01T10:00:00Z,2026-05-01T10:05:00Z,https://krume.example/anmeldung,\"{WORDS}\",2026-10-05T08:00:00Z\n"
        ));
    }
    fs::write(s.path("l.csv"), csv).unwrap();
    let (code, done, _) = s.import(&["l.csv", "--list", "l0", "--evidence", "A"]);
    assert_eq!((code, count(&done, "confirmed"), count(&done, "refused")), (0, all.len() as u64, 0), "{done}");
    for (n, want) in [(3, "de-DE"), (6, "de"), (7, "en-GB"), (8, "de-AT")] {
        let shown = s.daemon.json(&["contact", "show", &format!("email:l{n}@kunde.example")]);
        assert_eq!(shown[0]["language"], want, "{}", all[n]);
    }
}

#[test]
fn help_and_man_page_explain_columns_and_classes() {
    let s = start(1);
    let man = s.path("man");
    let out = s.daemon.cli(&["--lang", "en", "man", man.to_str().unwrap()]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let page = fs::read_to_string(man.join("rundruf-import.1")).unwrap().replace("\\-", "-");
    let help = String::from_utf8(s.daemon.cli(&["import", "--help"]).stdout).unwrap();
    for text in [help, page] {
        for want in [
            "requested_at",
            "confirmed_at",
            "consent_text",
            "last_used_at",
            "--set",
            "--keep",
            "--dates",
            "Evidence classes",
            "01.05.2026",
        ] {
            assert!(text.contains(want), "{want}: {text}");
        }
    }
}
