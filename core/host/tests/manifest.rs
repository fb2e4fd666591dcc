//! Files that are not plugins, and invalid manifests: each is refused with the file, the fault and the remedy, without running any code.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

use rundruf_host::Manifest;
use rundruf_host::manifest::FixedOrSetting;
use serde_json::{Value, json};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

fn sound() -> Value {
    json!({
        "manifest": 1, "id": "org.example.carrier", "name": "Carrier", "version": "1.0.0-rc.1+5",
        "abi": [rundruf_abi::ABI.major, rundruf_abi::ABI.minor], "channels": ["sms", "x-pager"],
        "max_batch": 256, "max_in_flight": 1024, "max_content": 1_048_576, "rate_per_s": 12.5, "repeat_is_safe": true,
        "capabilities": ["receipts", "inbound"],
        "hosts": [
            {"host": "{config.host}", "port": "{config.port}", "purpose": "sending", "country": "DE"},
            {"host": "api.example.org", "port": 443},
            "status.example.org",
        ],
        "config_schema": {"type": "object", "properties": {"host": {"type": "string"}, "port": {"type": "integer"}}},
        "label": {
            "operator": {"name": "Carrier GmbH", "country": "DE"}, "role": "processor", "dpa_url": "https://example.org/avv",
            "data_out": ["phone number", "content"], "content_visible_to_operator": true, "storage": "30 days",
            "lookup_leaks": [], "checked_on": "2026-11-23",
        },
    })
}

fn read(value: &Value) -> Result<Manifest, String> {
    Manifest::from_json(Path::new("carrier.so"), value.to_string().as_bytes()).map_err(|e| e.to_string())
}

/// Builds a library with these bytes as its manifest section; needs a C compiler.
fn library(dir: &Path, name: &str, section: &[u8]) -> PathBuf {
    let (text, source, out) = (dir.join("section.bin"), dir.join("section.c"), dir.join(name));
    std::fs::write(&text, section).unwrap();
    let asm = format!(".pushsection .rundruf.manifest,\\\"a\\\"\\n.incbin \\\"{}\\\"\\n.popsection", text.display());
    std::fs::write(&source, format!("__asm__(\"{asm}\");\nint nothing(void) {{ return 0; }}\n")).unwrap();
    tool("gcc", &["-shared", "-fPIC", "-o", out.to_str().unwrap(), source.to_str().unwrap()]);
    out
}

fn tool(name: &str, arguments: &[&str]) {
    let output = Command::new(name).args(arguments).output().unwrap_or_else(|e| {
        panic!("`{name}` cannot be run ({e}): install it, on Debian by `apt-get install gcc binutils libc6-dev`")
    });
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn refused(path: &Path, words: &[&str]) {
    let error = Manifest::read(path).unwrap_err().to_string();
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(error.contains(name) && words.iter().all(|w| error.contains(w)), "{name}, {words:?}: {error}");
}

#[test]
fn a_valid_manifest_is_read_whole() {
    let m = read(&sound()).unwrap();
    assert_eq!((m.id.as_str(), m.version.as_str(), m.rate_per_s), ("org.example.carrier", "1.0.0-rc.1+5", Some(12.5)));
    assert_eq!(m.channels, ["sms", "x-pager"]);
    assert!(m.repeat_is_safe && m.can("receipts") && !m.can("html"));
    assert_eq!(
        (&m.hosts[0].host, &m.hosts[0].port),
        (&FixedOrSetting::Setting("host".into()), &Some(FixedOrSetting::Setting("port".into())))
    );
    assert_eq!((m.hosts[0].purpose.as_str(), m.hosts[0].country.as_str()), ("sending", "DE"));
    assert_eq!(
        (&m.hosts[1].host, &m.hosts[1].port),
        (&FixedOrSetting::Fixed("api.example.org".into()), &Some(FixedOrSetting::Fixed(443)))
    );
    assert_eq!((&m.hosts[2].host, &m.hosts[2].port), (&FixedOrSetting::Fixed("status.example.org".into()), &None));
    assert_eq!((m.label.operator.as_str(), m.label.country.as_str()), ("Carrier GmbH", "DE"));
    assert_eq!((m.label.data_out.len(), m.label.storage.as_str(), m.label.content_visible), (2, "30 days", true));
    assert_eq!(m.label.as_json(), &sound()["label"]);
    assert!(m.warnings.is_empty(), "{:?}", m.warnings);
}

#[test]
fn unknown_keys_are_warnings() {
    let mut strange = sound();
    strange["capabilities"] = json!(["html", "teleport"]);
    strange["max_bach"] = json!(1);
    strange["label"]["retension"] = json!("7 days");
    strange["label"]["dpa_url"] = json!("");
    let day = |n: i64| n * 86_400_000;
    let read = read(&strange).unwrap();
    let warnings = read.review_notes(day(20_784), &Value::Null);
    for word in ["`teleport`", "`max_bach`", "`label.retension`", "no contract"] {
        assert!(warnings.iter().any(|w| w.to_string().contains(word)), "{word}: {warnings:?}");
    }
    assert_eq!(warnings.len(), 4, "{warnings:?}");
    // Verified on 2026-11-23; old a year and a day later.
    let old = |n| read.review_notes(day(n), &Value::Null).iter().any(|w| w.to_string().contains("2026-11-23"));
    assert_eq!((old(20_780 + 366), old(20_780 + 367)), (false, true));
}

/// No contract is needed if all hosts are this machine.
#[test]
fn a_server_on_this_machine_needs_no_contract() {
    let mut value = sound();
    value["label"]["dpa_url"] = json!("");
    value["hosts"] = json!([{"host": "{config.host}", "port": 25}, "localhost"]);
    let warns = |value: &Value, config: Value| !read(value).unwrap().review_notes(0, &config).is_empty();
    for (host, warned) in [("127.0.0.1", false), ("::1", false), ("[::1]", false), ("mail.example.org", true)] {
        assert_eq!(warns(&value, json!({"host": host})), warned, "{host}");
    }
    assert!(warns(&value, Value::Null), "nobody knows where it is");
    value["config_schema"]["properties"]["host"]["default"] = json!("127.0.0.1");
    assert!(!warns(&value, Value::Null));
    value["hosts"] = json!([]);
    assert!(warns(&value, Value::Null), "it is not said where it goes");
}

#[test]
fn each_wrong_field_is_named() {
    let cases: [(&str, Value, &str); 49] = [
        ("/manifest", json!(2), "form 2, this program knows form 1"),
        ("/manifest", json!("1"), "`manifest` in its manifest must be 1"),
        ("/id", json!("Carrier"), "`id` in its manifest must be small letters"),
        ("/id", json!(""), "`id` in its manifest must be"),
        ("/id", json!("a b"), "`id`"),
        ("/id", json!(7), "and is 7"),
        ("/id", json!("a".repeat(101)), "`id`"),
        ("/name", json!("two\nlines"), "`name` in its manifest must be one line"),
        ("/name", json!(" "), "`name`"),
        ("/version", json!("1.0"), "`version` in its manifest must be a version such as `1.0.0`"),
        ("/version", json!("01.0.0"), "`version`"),
        ("/version", json!("1.0.0-01"), "`version`"),
        ("/version", json!("1.0.0-"), "`version`"),
        ("/abi", json!([0]), "`abi` in its manifest must be the version of the contract"),
        ("/abi", json!([0, 70_000]), "`abi`"),
        ("/abi", json!([0, 99]), "speaks version 0.99 of the plugin contract"),
        ("/channels", json!([]), "`channels` in its manifest must be a list of kinds of address"),
        ("/channels", json!(["SMS"]), "`channels`"),
        ("/channels", json!(["sms", "sms"]), "`channels`"),
        ("/channels", json!("sms"), "and is `sms`"),
        ("/max_batch", json!(0), "`max_batch` in its manifest must be a number from 1 to 65536, and is 0"),
        ("/max_batch", json!(-1), "and is -1"),
        ("/max_batch", json!(1.5), "and is 1.5"),
        ("/max_in_flight", json!(1_000_001), "`max_in_flight`"),
        ("/max_content", json!("1 MiB"), "`max_content` in its manifest must be a number of bytes"),
        ("/max_content", json!(1_u64 << 40), "`max_content`"),
        ("/rate_per_s", json!(0), "`rate_per_s` in its manifest must be null, or a number above 0"),
        ("/repeat_is_safe", json!("no"), "`repeat_is_safe` in its manifest must be true or false, and is `no`"),
        ("/capabilities", json!(["html", "html"]), "`capabilities`"),
        ("/capabilities", json!({"html": true}), "and is a table"),
        ("/hosts", json!("api.example.org"), "`hosts` in its manifest must be a list of hosts"),
        ("/hosts/0/host", json!("two words"), "`hosts.host` in its manifest must be a host name"),
        ("/hosts/0/host", json!("{config.hots}"), "names the setting `hots`, which `config_schema` does not have"),
        ("/hosts/0/port", json!(0), "`hosts.port` in its manifest must be a number from 1 to 65535"),
        ("/hosts/0/port", json!(70_000), "`hosts.port`"),
        ("/hosts/0/port", json!("{config.prot}"), "names the setting `prot`"),
        ("/hosts/0", json!(5), "and is 5"),
        ("/config_schema", json!(true), "the schema of a table"),
        ("/config_schema/properties/host", json!({"$ref": "#/properties/host"}), "in a loop"),
        ("/config_schema/properties/host/type", json!("text"), "must name a type of JSON"),
        ("/label", json!("none"), "`label` in its manifest must be the privacy label"),
        (
            "/label/operator",
            json!("Carrier GmbH"),
            "`label.operator` in its manifest must be a table with the `name` and the `country`",
        ),
        ("/label/operator/country", json!(""), "`label.operator.country`"),
        (
            "/label/role",
            json!("friend"),
            "`label.role` in its manifest must be `processor`, `controller`, `joint` or `none`, and is `friend`",
        ),
        (
            "/label/data_out",
            json!("everything"),
            "`label.data_out` in its manifest must be a list of the data that the plugin passes on",
        ),
        ("/label/content_visible_to_operator", json!("yes"), "`label.content_visible_to_operator`"),
        ("/label/storage", json!(null), "`label.storage` in its manifest must be one line that says how long"),
        ("/label/label_version", json!(2), "`label.label_version`"),
        ("/label/checked_on", json!("last year"), "`label.checked_on` in its manifest must be a day such as"),
    ];
    for (pointer, value, words) in cases {
        let mut faulty = sound();
        if pointer == "/label/label_version" {
            faulty["label"]["label_version"] = json!(1);
        }
        *faulty.pointer_mut(pointer).unwrap() = value;
        let error = read(&faulty).unwrap_err();
        assert!(error.contains(words) && error.contains("carrier.so"), "{pointer}: {error}");
    }
}

#[test]
fn each_missing_field_is_named_and_the_label_is_required() {
    for key in ["manifest", "abi", "id", "name", "version", "channels", "max_batch", "max_in_flight", "max_content"] {
        let mut faulty = sound();
        faulty.as_object_mut().unwrap().remove(key);
        let error = read(&faulty).unwrap_err();
        assert!(error.contains(&format!("`{key}` is missing in its manifest")), "{error}");
    }
    for key in ["config_schema", "label"] {
        let mut faulty = sound();
        faulty.as_object_mut().unwrap().remove(key);
        assert!(read(&faulty).unwrap_err().contains(&format!("`{key}` is missing in its manifest")));
    }
    for key in ["operator", "role", "data_out", "content_visible_to_operator", "storage"] {
        let mut faulty = sound();
        faulty["label"].as_object_mut().unwrap().remove(key);
        let error = read(&faulty).unwrap_err();
        assert!(error.contains(&format!("`label.{key}` is missing in its manifest")), "{error}");
    }
}

#[test]
fn invalid_json_is_refused_with_its_position() {
    let dir = tempfile::tempdir().unwrap();
    let text = sound().to_string();
    let twice = text.replacen("\"id\":", "\"id\":\"a\",\"id\":", 1);
    refused(&library(dir.path(), "twice.so", twice.as_bytes()), &["the key `id` is there twice", "(line 1, column "]);
    let mut bytes = text.clone().into_bytes();
    let at = text.find("Carrier\"").unwrap();
    bytes[at] = 0xff;
    refused(&library(dir.path(), "bytes.so", &bytes), &[&format!("not UTF-8 from byte {at} on"), "save it as UTF-8"]);
    refused(&library(dir.path(), "half.so", &text.as_bytes()[..40]), &["not valid JSON", "EOF"]);
    refused(
        &library(dir.path(), "two.so", format!("{text}\n{text}").as_bytes()),
        &["(line 2, column ", "trailing characters"],
    );
    refused(&library(dir.path(), "list.so", b"[]"), &["must be a table"]);
    refused(&library(dir.path(), "zeros.so", &[0; 64]), &["its manifest is empty"]);
    refused(&library(dir.path(), "huge.so", &vec![b' '; 300 * 1024]), &["larger than 256 KiB"]);
    // Padding with zeros, as C compilers may add it, is accepted.
    let padded = library(dir.path(), "padded.so", &[text.as_bytes(), &[0; 7]].concat());
    assert_eq!(Manifest::read(&padded).unwrap().id, "org.example.carrier");
}

#[test]
fn a_file_that_is_not_a_library_for_this_machine_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let good = library(dir.path(), "good.so", sound().to_string().as_bytes());
    assert_eq!(Manifest::read(&good).unwrap().name, "Carrier");
    let bytes = std::fs::read(&good).unwrap();
    let changed = |name: &str, at: usize, to: u8| {
        let mut changed = bytes.clone();
        changed[at] = to;
        let path = dir.path().join(name);
        std::fs::write(&path, changed).unwrap();
        path
    };
    refused(&changed("narrow.so", 4, 1), &["32 bits", "build it anew"]);
    refused(&changed("odd.so", 4, 9), &["damaged in its first bytes"]);
    refused(&changed("turned.so", 5, 2), &["another byte order"]);
    refused(&changed("pager.so", 18, 22), &["built for s390x", "this machine is", "build it anew"]);
    refused(&changed("program.so", 16, 2), &["not a shared library"]);
    refused(&changed("text.so", 0, b'#'), &["no ELF file"]);
    let stripped = dir.path().join("stripped.so");
    tool("strip", &["-o", stripped.to_str().unwrap(), good.to_str().unwrap()]);
    assert_eq!(Manifest::read(&stripped).unwrap().name, "Carrier", "`strip` keeps it");
    let robbed = dir.path().join("robbed.so");
    tool("objcopy", &["--remove-section", ".rundruf.manifest", good.to_str().unwrap(), robbed.to_str().unwrap()]);
    refused(&robbed, &["no section `.rundruf.manifest`", "stripped"]);
    let changed_section = |name: &str, change: &dyn Fn(&mut [u8])| {
        let mut bytes = bytes.clone();
        let table = usize::try_from(u64::from_le_bytes(bytes[0x28..0x30].try_into().unwrap())).unwrap();
        // The section header of the manifest is the one that points to its text.
        let at = sound().to_string();
        let offset = bytes.windows(at.len()).position(|w| w == at.as_bytes()).unwrap() as u64;
        let mut headers = bytes[table..].chunks_exact_mut(64);
        let header = headers.find(|h| u64::from_le_bytes(h[0x18..0x20].try_into().unwrap()) == offset).unwrap();
        change(header);
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    refused(&changed_section("packed.so", &|header| header[9] |= 8), &["is compressed", "build it without"]);
    refused(&changed_section("beyond.so", &|header| header[0x1f] = 1), &["damaged or cut off"]);
    refused(&changed_section("long.so", &|header| header[0x27] = 1), &["damaged or cut off"]);
    refused(&changed_section("none.so", &|header| header[0x20..0x28].fill(0)), &["its manifest is empty"]);
    refused(&changed_section("nobits.so", &|header| header[4] = 8), &["its manifest is empty"]);
    let twice = dir.path().join("twins.so");
    let more = [".rundruf.manifest2=".to_owned(), dir.path().join("section.bin").display().to_string()].concat();
    let (from, to) = (good.to_str().unwrap(), twice.to_str().unwrap());
    tool("objcopy", &["--add-section", &more, from, to]);
    tool("objcopy", &["--rename-section", ".rundruf.manifest2=.rundruf.manifest", to]);
    refused(&twice, &["two sections `.rundruf.manifest`", "build it with one manifest"]);
    refused(dir.path(), &["not a file"]);
    refused(&dir.path().join("gone.so"), &["cannot read"]);
    let pipe = dir.path().join("pipe.so");
    tool("mkfifo", &[pipe.to_str().unwrap()]);
    refused(&pipe, &["not a file"]);
}

#[test]
fn a_huge_file_is_refused_before_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let good = std::fs::read(library(dir.path(), "good.so", sound().to_string().as_bytes())).unwrap();
    for (name, head, words) in [("zeros.so", &[][..], "no ELF file"), ("giant.so", &good[..], "larger than 256 MiB")] {
        let path = dir.path().join(name);
        let file = File::create(&path).unwrap();
        file.set_len(1 << 30).unwrap();
        file.write_at(head, 0).unwrap();
        let begin = Instant::now();
        refused(&path, &[words]);
        assert!(begin.elapsed() < Duration::from_secs(2), "{name} was read: {:?}", begin.elapsed());
    }
}

#[test]
fn damaged_files_never_cause_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let good = std::fs::read(library(dir.path(), "good.so", sound().to_string().as_bytes())).unwrap();
    for length in (0..good.len()).step_by(61) {
        let error = Manifest::from_bytes(Path::new("cut.so"), &good[..length]).unwrap_err().to_string();
        assert!(error.contains("cut.so"), "{error}");
    }
    // False numbers in the header, and in the section table at the end of the file.
    let places: Vec<usize> = (0..64).chain(good.len().saturating_sub(2_500)..good.len()).collect();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 1).unwrap()
    };
    for round in 0..20_000 {
        let mut bytes = good.clone();
        for _ in 0..=round % 4 {
            bytes[places[next() % places.len()]] = [0, 1, 0x7f, 0x80, 0xff][next() % 5];
        }
        // Valid or refused; only a panic is a fault.
        drop(Manifest::from_bytes(Path::new("lies.so"), &bytes));
    }
}
