//! What only the plugin, the kernel or the store knows of the settings: `config check` says it before `serve` does.

use crate::fixture::{Daemon, SETTINGS, folder, run};
use std::os::unix::fs::PermissionsExt;

const MAIL: &str = "[transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nfrom = \"news@krume.example\"\n";

/// A check of these settings: key, message and place of the one fault or warning.
#[track_caller]
fn check(name: &str, line: &str, kind: &str, (key, words): (&str, &str)) {
    let dir = folder(&format!("{SETTINGS}{MAIL}{line}\n"));
    let file = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).unwrap();
        std::fs::set_permissions(dir.path().join(name), PermissionsExt::from_mode(0o600)).unwrap();
    };
    file("pw", "Geheim-4711-Sommer\n");
    file("none.pem", "Geheim-4711-Sommer\n");
    for language in ["en", "de"] {
        let said = run(dir.path(), &["config", "check", "--json", "--lang", language]);
        let value = said.json();
        let found = value[kind].as_array().unwrap();
        assert_eq!(found.len(), 1, "{name}: {value:#}");
        assert_eq!(found[0]["key"], key, "{name}: {value:#}");
        let message = found[0]["message"].as_str().unwrap();
        assert!(language == "de" || message.contains(words), "{name}: {value:#}");
        // The plugin's own German, with nothing of its English around the key.
        assert!(
            language == "en" || ![" and ", " not ", " is ", " or ", "give "].iter().any(|w| message.contains(w)),
            "{name}: {value:#}"
        );
        assert!(found[0]["line"].as_u64().unwrap() > 20 && found[0]["column"].is_u64(), "{name}: {value:#}");
        assert!(!found[0]["help"].as_str().unwrap().is_empty(), "{name}: {value:#}");
        assert_eq!(said.code, i32::from(kind == "faults"), "{name}: {value:#}");
        assert!(!said.out.contains("Geheim") && !said.err.contains("Geheim"), "{name}: {said:?}");
    }
}

#[test]
fn the_plugin_is_asked() {
    let post = "transports.post.config";
    let of = |key: &str| format!("{post}.{key}");
    check("TLS on another port", "port = 465", "faults", (post, "does not fit port 465"));
    check("TLS mode and port", "port = 587\ntls = \"implicit\"", "faults", (&of("tls"), "does not fit port 587"));
    check("a user without a password", "username = \"krume\"", "faults", (&of("username"), "belong together"));
    check("a password without a user", "password = { file = \"pw\" }", "faults", (post, "belong together"));
    check(
        "a key that is none",
        "dkim = [{ domain = \"krume.example\", selector = \"r1\", key = { file = \"none.pem\" } }]",
        "faults",
        (&of("dkim"), "dkim"),
    );
    check("certificates that are none", "tls_ca = \"none.pem\"", "faults", (&of("tls_ca"), "tls_ca"));
}

#[test]
fn a_signature_of_another_domain_is_warned_of() {
    let dir = folder(SETTINGS);
    let key = std::process::Command::new("openssl")
        .args(["genpkey", "-algorithm", "ed25519", "-out"])
        .arg(dir.path().join("dkim.pem"))
        .output()
        .unwrap();
    assert!(key.status.success(), "{key:?}");
    for (domain, warned) in [("krume.example", false), ("mail.krume.example", false), ("andere.example", true)] {
        let dkim =
            format!("dkim = [{{ domain = \"{domain}\", selector = \"r1\", key = {{ file = \"dkim.pem\" }} }}]\n");
        std::fs::write(dir.path().join("rundruf.toml"), format!("{SETTINGS}{MAIL}{dkim}")).unwrap();
        let said = run(dir.path(), &["config", "check", "--json"]);
        let value = said.json();
        assert_eq!((said.code, value["warnings"].as_array().unwrap().len()), (0, usize::from(warned)), "{value:#}");
        assert!(!warned || value["warnings"][0]["key"] == "transports.post.config.dkim", "{value:#}");
    }
}

#[test]
fn nothing_is_left_and_a_running_daemon_is_not_disturbed() {
    let dir = folder(&format!("{SETTINGS}{MAIL}"));
    let daemon = Daemon::start_in(dir);
    for _ in 0..3 {
        daemon.json(&["config", "check"]);
    }
    assert!(daemon.lines(&["transport", "list"]).iter().all(|t| t["state"] == "up"));
    let left = std::fs::read_dir(std::env::temp_dir()).unwrap().flatten().map(|e| e.file_name());
    let left: Vec<_> = left.filter(|n| n.to_string_lossy().starts_with("rundruf-config-")).collect();
    let running = left.iter().filter(|name| {
        let pid = name.to_string_lossy().split('-').nth(2).unwrap_or("").to_owned();
        std::path::Path::new("/proc").join(pid).exists()
    });
    assert_eq!(left.len(), running.count(), "{left:?}");
}

#[test]
fn a_socket_s_path_fits() {
    let long = format!("/tmp/{}.sock", "x".repeat(120));
    let text = SETTINGS.replace("[web]\n", &format!("[daemon]\nsocket = \"{long}\"\n[web]\n"));
    let dir = folder(&text);
    for args in [&["config", "check"][..], &["serve"]] {
        let said = run(dir.path(), args);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains("130 bytes") && said.err.contains("at most 107"), "{said:?}");
        assert!(said.err.contains("rundruf.toml:10:10"), "{said:?}");
    }
}

#[test]
fn keys_that_the_database_needs_are_there() {
    let mut daemon = Daemon::start();
    assert_eq!(daemon.stop(), 0);
    let dir = daemon.end();
    for name in ["rundruf.db.keys", "rundruf.db.kek"] {
        let (here, away) = (dir.path().join(name), dir.path().join("away"));
        std::fs::rename(&here, &away).unwrap();
        let said = run(dir.path(), &["config", "check"]);
        assert!(said.code == 1 && said.err.contains(name) && said.err.contains("is missing"), "{said:?}");
        std::fs::rename(&away, &here).unwrap();
    }
    assert_eq!(run(dir.path(), &["config", "check"]).code, 0);
}

#[test]
fn a_secret_in_a_file_that_others_read_is_warned_of() {
    let dir = folder(&format!("{SETTINGS}{MAIL}username = \"krume\"\npassword = \"Geheim-4711-Sommer\"\n"));
    let file = dir.path().join("rundruf.toml");
    for (mode, words) in [(0o644, "every user of this machine can read"), (0o640, "is in the file in plain text")] {
        std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        let said = run(dir.path(), &["config", "check"]);
        assert!(said.code == 0 && said.err.contains(words), "{mode:o}: {said:?}");
    }
}
