//! What an admin learns about a plugin before any of its code runs, and which plugins are refused.

use crate::compile::compile;
use crate::fixture::{Daemon, SETTINGS, built, command, folder, run, serve, until};
use serde_json::json;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

#[test]
fn a_plugin_that_cannot_look_up_says_so() {
    let d = Daemon::start_in(folder(
        &SETTINGS
            .replace("plugin = \"sandbox\"", "plugin = \"null\"")
            .replace("folder = \"messages\"", "")
            .replace("slow_ms = 20", ""),
    ));
    let ask = ["--lang", "de", "transport", "test", "--dry-run", "sandbox", "--to", "email:a@b.example", "--json"];
    assert_eq!(d.run(&ask).refused(1, &["kann nicht sagen, wen es erreicht", "ohne `--dry-run`"]), "not_offered");
}

#[test]
fn plugins() {
    let nowhere = tempfile::tempdir().unwrap();
    let all = run(nowhere.path(), &["plugin", "list", "--json"]).done().lines();
    for id in ["rundruf-sandbox", "rundruf-email", "rundruf-null"] {
        assert!(all.iter().any(|p| p["id"] == id), "{id}");
    }
    let path = built().join("librundruf_sandbox.so").display().to_string();
    for name in ["sandbox", path.as_str()] {
        let info = run(nowhere.path(), &["plugin", "info", name, "--json"]).done().json();
        assert_eq!(info["id"], "rundruf-sandbox");
        assert_eq!(info["sha256"].as_str().unwrap().len(), 64);
        assert!(
            info["label"]["data_out"].is_array() && info["config_schema"]["properties"]["folder"].is_object(),
            "{info}"
        );
    }
    let shown = run(nowhere.path(), &["--lang", "de", "plugin", "info", "sandbox"]).done().out;
    for words in
        ["weitergegebene Daten     nichts", "folder (nötig)", "slow (sonst \"2s\")", "niemandem im Netz", "32 MiB"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let mail = run(nowhere.path(), &["plugin", "info", "email"]).done().out;
    for words in [
        "data passed on           email address, first name",
        "goes to                  the relay that `host` names",
        "country                  as agreed with the relay",
        "what `host` says, Port: what `port` says, else 587",
        "Host name or address of the relay.",
        "! its label names no contract (`dpa_url`)",
    ] {
        assert!(mail.contains(words), "{words}: {mail}");
    }
    let listed = run(nowhere.path(), &["plugin", "list"]).done().out;
    assert!(listed.contains("passes on: nothing; goes to: the admin's own machine (–)"), "{listed}");
    fs::write(nowhere.path().join("x.so"), "no").unwrap();
    assert_eq!(run(nowhere.path(), &["plugin", "info", "./x.so", "--json"]).refused(1, &["is not a plugin"]), "plugin");
    run(nowhere.path(), &["--lang", "de", "plugin", "info", "taube"]).refused(1, &["es gibt kein Plugin `taube`"]);
}

/// Copies a library and appends a byte, so that only its digest differs.
fn copy_with_another_digest(of: &str, to: &Path) {
    let mut bytes = fs::read(built().join(of)).unwrap();
    bytes.push(0);
    fs::write(to, bytes).unwrap();
}

#[test]
fn a_pin_is_written_beside_the_comments_and_is_all_that_is_loaded() {
    let dir = folder(&SETTINGS.replace("plugin = \"sandbox\"", "plugin = \"./box.so\" # ours"));
    let at = |name: &str| dir.path().join(name);
    fs::set_permissions(at("rundruf.toml"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::copy(built().join("librundruf_sandbox.so"), at("box.so")).unwrap();
    let before = fs::read_to_string(at("rundruf.toml")).unwrap();
    let first = run(dir.path(), &["plugin", "pin", "sandbox", "--json"]).done().json();
    assert_eq!((&first["old"], &first["changed"]), (&json!(null), &json!(true)), "{first}");
    let digest = first["new"].as_str().unwrap().to_owned();
    assert_eq!(run(dir.path(), &["plugin", "info", "./box.so", "--json"]).done().json()["sha256"], digest.as_str());
    let line = format!("sha256 = \"{digest}\"\n");
    let after = fs::read_to_string(at("rundruf.toml")).unwrap();
    assert_eq!(after.replace(&line, ""), before, "nothing else has changed");
    assert!(after.contains(&format!("\"./box.so\" # ours\n{line}")), "{after}");
    assert_eq!(fs::metadata(at("rundruf.toml")).unwrap().mode() & 0o777, 0o640);
    run(dir.path(), &["config", "check"]).done();
    let again = run(dir.path(), &["--lang", "de", "plugin", "pin", "sandbox"]).done().out;
    assert!(again.contains("schon auf diese Datei festgelegt"), "{again}");
    // Another file in its place: the check does not accept it, the start goes on without it, and both say what to do.
    copy_with_another_digest("librundruf_sandbox.so", &at("box.so"));
    run(dir.path(), &["config", "check"]).refused(1, &["has the digest", &digest, "`rundruf plugin pin sandbox`"]);
    let served = serve(command(dir.path(), &["serve"]));
    for part in ["the transport will be down", "has the digest", &digest, "`rundruf plugin pin sandbox`"] {
        assert!(served.code == 0 && served.err.contains(part), "{part}: {served:?}");
    }
    run(dir.path(), &["--lang", "de", "config", "check"])
        .refused(1, &["festgelegt ist", "`rundruf plugin pin sandbox`"]);
    let said = run(dir.path(), &["plugin", "pin", "sandbox"]).done().out;
    assert!(said.contains(&format!("before: {digest}")), "{said}");
    run(dir.path(), &["config", "check"]).done();
    let d = Daemon::start_in(dir);
    assert_eq!(d.lines(&["transport", "list"])[0]["state"], "up");
}

#[test]
fn a_pin_in_another_file_is_written_there() {
    let dir = folder(SETTINGS);
    fs::create_dir(dir.path().join("conf.d")).unwrap();
    let other = dir.path().join("conf.d/post.toml");
    fs::write(&other, "# the second\n[transports.post]\nplugin = \"null\"\n").unwrap();
    let main = fs::read_to_string(dir.path().join("rundruf.toml")).unwrap();
    let said = run(dir.path(), &["plugin", "pin", "post", "--json"]).done().json();
    assert!(said["file"].as_str().unwrap().ends_with("conf.d/post.toml"), "{said}");
    assert_eq!(fs::read_to_string(dir.path().join("rundruf.toml")).unwrap(), main);
    let text = fs::read_to_string(&other).unwrap();
    assert!(text.starts_with("# the second\n[transports.post]\nplugin = \"null\"\nsha256 = \""), "{text}");
    let unknown = ["--lang", "de", "plugin", "pin", "pots", "--json"];
    assert_eq!(run(dir.path(), &unknown).refused(1, &["keinen Transport `pots`", "post, sandbox"]), "no_transport");
    fs::write(&other, "[transports.post\n").unwrap();
    run(dir.path(), &["plugin", "pin", "post"]).refused(1, &["TOML"]);
    fs::write(&other, "[transports.post]\nplugin = \"nul\"\n").unwrap();
    run(dir.path(), &["plugin", "pin", "post"]).refused(1, &["there is no plugin `nul`"]);
}

/// All digests or none: nothing is written if one library cannot be read, nor with `--dry-run`; comments stay in every file.
#[test]
fn all_pins_are_written_together() {
    let dir = folder(&SETTINGS.replace("plugin = \"sandbox\"", "plugin = \"./box.so\" # ours"));
    let at = |name: &str| dir.path().join(name);
    fs::copy(built().join("librundruf_sandbox.so"), at("box.so")).unwrap();
    fs::create_dir(at("conf.d")).unwrap();
    let good = "# the second\n[transports.post]\nplugin = \"null\" # for now\n";
    let read = || ["rundruf.toml", "conf.d/post.toml"].map(|f| fs::read_to_string(at(f)).unwrap());
    fs::write(at("conf.d/post.toml"), good.replace("null", "nul")).unwrap();
    let before = read();
    let refused = run(dir.path(), &["plugin", "pin", "--all", "--json"]);
    assert_eq!(refused.refused(1, &["[transports.post]: there is no plugin `nul`"]), "plugin");
    assert_eq!(read(), before, "half of them was written");
    fs::write(at("conf.d/post.toml"), good).unwrap();
    let before = read();
    let dry = run(dir.path(), &["plugin", "pin", "--all", "--dry-run", "--json"]).done().lines();
    let named: Vec<_> = dry.iter().map(|l| (l["transport"].as_str().unwrap(), &l["changed"], &l["written"])).collect();
    assert_eq!(named, [("post", &json!(true), &json!(false)), ("sandbox", &json!(true), &json!(false))]);
    assert_eq!(read(), before);
    let said = run(dir.path(), &["plugin", "pin", "--all", "--dry-run"]).done().out;
    assert!(said.contains("`post` would be pinned") && said.contains("nothing is written"), "{said}");
    let pinned = run(dir.path(), &["plugin", "pin", "--all", "--json"]).done().lines();
    assert!(pinned.iter().all(|l| l["written"] == true && l["old"].is_null()), "{pinned:?}");
    for ((old, new), of) in before.iter().zip(read()).zip(["sandbox", "post"]) {
        let digest = pinned.iter().find(|l| l["transport"] == of).unwrap()["new"].as_str().unwrap();
        assert_eq!(new.replacen(&format!("sha256 = \"{digest}\"\n"), "", 1), *old, "nothing else has changed");
    }
    run(dir.path(), &["config", "check"]).done();
    copy_with_another_digest("librundruf_sandbox.so", &at("box.so"));
    let said = run(dir.path(), &["--lang", "de", "plugin", "pin", "--all"]).done().out;
    assert!(said.contains("`post` ist schon auf diese Datei festgelegt"), "{said}");
    let old = pinned.iter().find(|l| l["transport"] == "sandbox").unwrap()["new"].as_str().unwrap();
    assert!(said.contains("`sandbox` ist festgelegt auf") && said.contains(&format!("vorher: {old}")), "{said}");
    for (args, word) in [(&["plugin", "pin"][..], "<NAME>"), (&["plugin", "pin", "post", "--all"], "--all")] {
        run(dir.path(), args).refused(2, &[word]);
    }
}

#[test]
fn two_plugins_may_not_share_an_id_and_two_transports_may_share_a_plugin() {
    let dir = folder(&format!(
        "{SETTINGS}[transports.second]\nplugin = \"./other.so\"\n[transports.second.config]\nfolder = \"more\"\n"
    ));
    let other = dir.path().join("other.so");
    fs::copy(built().join("librundruf_sandbox.so"), &other).unwrap();
    run(dir.path(), &["config", "check"]).done();
    copy_with_another_digest("librundruf_sandbox.so", &other);
    for command in [&["config", "check"][..], &["serve"]] {
        run(dir.path(), command).refused(
            1,
            &["different plugins of the same id `rundruf-sandbox`", "other.so", "librundruf_sandbox.so", "`sandbox`"],
        );
    }
    run(dir.path(), &["--lang", "de", "config", "check"]).refused(1, &["verschiedene Plugins mit derselben Kennung"]);
    // The same id under another file name in a plugin folder: one of them claims to be the other.
    let text = fs::read_to_string(dir.path().join("rundruf.toml")).unwrap();
    fs::write(dir.path().join("rundruf.toml"), format!("plugin_dir = \"plugins\"\n{text}")).unwrap();
    fs::create_dir(dir.path().join("plugins")).unwrap();
    fs::copy(built().join("librundruf_sandbox.so"), dir.path().join("plugins/librundruf_sandbox.so")).unwrap();
    fs::copy(&other, dir.path().join("plugins/other.so")).unwrap();
    let said = run(dir.path(), &["plugin", "list"]);
    assert!(said.err.contains("other.so` are different plugins of the same id `rundruf-sandbox`"), "{}", said.err);
}

#[test]
fn a_plugins_folder_may_not_contain_our_files() {
    let dir = folder(SETTINGS);
    for (given, en, de) in [
        (".", "rundruf.db`: the plugin could read it, and change it in a folder", "Das Plugin könnte es lesen"),
        ("/", "could read it, and change it in a folder", "in einem Ordner auch ändern"),
        ("transports/other", "which belongs to the daemon", "und das gehört dem Daemon"),
        ("conf.d/mail", "which belongs to the daemon", "und das gehört dem Daemon"),
        ("rundruf.db", "no plugin may use it", "Kein Plugin darf es benutzen"),
    ] {
        let settings = format!(
            "{SETTINGS}[transports.second]\nplugin = \"sandbox\"\n[transports.second.config]\nfolder = \"{given}\"\n"
        );
        fs::write(dir.path().join("rundruf.toml"), settings).unwrap();
        run(dir.path(), &["config", "check"]).refused(1, &["folder = ", en]);
        run(dir.path(), &["--lang", "de", "config", "check"]).refused(1, &[de]);
    }
}

#[test]
fn a_file_that_is_not_a_plugin_is_refused_in_the_readers_language() {
    let dir = tempfile::tempdir().unwrap();
    let good = fs::read(built().join("librundruf_null.so")).unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
    let change = |from: &str, to: &str| {
        let mut bytes = good.clone();
        let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
        bytes[at..at + from.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    put("cut.so", &good[..good.len() / 2]);
    put("text.so", b"#!/bin/sh\n");
    put("twice.so", &change("\"capabilities\":", "\"channels\":    "));
    put("batch.so", &change("\"max_batch\": 1024", "\"max_batch\": -024").replace_first("-024", "  -4"));
    put("label.so", &change("\"label\":", "\"lapel\":"));
    let mut narrow = good.clone();
    narrow[4] = 1;
    put("narrow.so", &narrow);
    fs::create_dir(dir.path().join("folder.so")).unwrap();
    std::os::unix::fs::symlink("round.so", dir.path().join("round.so")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", dir.path().join("zero.so")).unwrap();
    for (file, en, de) in [
        ("cut.so", "damaged or cut off", "beschädigt oder abgeschnitten"),
        ("text.so", "no ELF file", "keine ELF-Datei"),
        (
            "twice.so",
            "the key `channels` is there twice: keep one",
            "der Schlüssel `channels` steht zweimal: behalten Sie einen",
        ),
        (
            "batch.so",
            "`max_batch` in its manifest must be a number from 1 to 65536, and is -4",
            "`max_batch` in seiner Beschreibung muss eine Zahl von 1 bis 65536 sein, und ist -4",
        ),
        ("label.so", "nobody could know who receives what", "wüsste niemand, wer was bekommt"),
        ("narrow.so", "machines of 32 bits", "Maschinen mit 32 Bit"),
        ("folder.so", "it is not a file", "es ist keine Datei"),
        ("round.so", "Too many levels of symbolic links", "die Links führen im Kreis"),
        ("zero.so", "it is not a file", "es ist keine Datei"),
        ("gone.so", "No such file or directory", "gibt es nicht"),
    ] {
        let path = format!("./{file}");
        run(dir.path(), &["plugin", "info", &path]).refused(1, &[file, en]);
        run(dir.path(), &["--lang", "de", "plugin", "info", &path]).refused(1, &[file, de]);
        let settings = SETTINGS.replace("plugin = \"sandbox\"", &format!("plugin = \"{path}\""));
        fs::write(dir.path().join("rundruf.toml"), settings).unwrap();
        run(dir.path(), &["config", "check"]).refused(1, &[file, en]);
    }
}

/// Replaces the first occurrence of a word by another of the same length.
trait ReplaceFirst {
    fn replace_first(self, from: &str, to: &str) -> Self;
}

impl ReplaceFirst for Vec<u8> {
    fn replace_first(mut self, from: &str, to: &str) -> Self {
        let at = self.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
        self[at..at + from.len()].copy_from_slice(to.as_bytes());
        self
    }
}

/// `config check` and `doctor` also report the remarks of `plugin info`; the daemon starts all the same.
#[test]
fn remarks_are_in_config_check_and_doctor_too() {
    let dir = folder(&SETTINGS.replace("plugin = \"sandbox\"", "plugin = \"./box.so\""));
    let library = built().join("librundruf_sandbox.so");
    let change = |bytes: Vec<u8>, from: &str, to: &str| -> Vec<u8> {
        let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).unwrap();
        let (head, rest) = bytes.split_at(at);
        [head, to.as_bytes(), &rest[from.len()..]].concat()
    };
    let bytes = change(fs::read(library).unwrap(), "\"checked_on\": \"2026", "\"checked_on\": \"2019");
    fs::write(dir.path().join("box.so"), change(bytes, "\"repeat_is_safe\"", "\"repeat_is_save\"")).unwrap();
    let english =
        ["`repeat_is_save` in its manifest means nothing", "its label was looked at on 2019-", "more than a year ago"];
    let german = ["`repeat_is_save` in seiner Beschreibung sagt", "seinen Datenschutz-Zettel hat zuletzt am 2019-"];
    let info = run(dir.path(), &["plugin", "info", "./box.so"]).done().out;
    let check = run(dir.path(), &["config", "check"]);
    let d = Daemon::start_in(dir);
    for (said, place) in [(&info, "info"), (&check.err, "check"), (&d.run(&["doctor"]).done().out, "doctor")] {
        assert!(english.iter().all(|w| said.contains(w)), "{place}: {said}");
    }
    assert!(
        check.code == 0 && check.err.contains("rundruf-sandbox") && check.err.contains("plugin = \"./box.so\""),
        "{check:?}"
    );
    let doctor = d.run(&["--lang", "de", "doctor"]).done().out;
    assert!(german.iter().all(|w| doctor.contains(w)) && doctor.contains("! das Plugin von `sandbox`: "), "{doctor}");
}

/// A plugin that requires a process of its own is refused with `isolation = "none"` before any of its code runs.
#[test]
fn a_plugin_that_requires_its_own_process_is_refused_in_process() {
    let dir = folder(&SETTINGS.replace("plugin = \"sandbox\"", "plugin = \"./spy.so\"\nisolation = \"none\""));
    spy(dir.path(), &["-DNOT_IN_PROCESS"]);
    for command in [&["config", "check"][..], &["serve"]] {
        run(dir.path(), command)
            .refused(1, &["spy.so` needs a process of its own", "isolation = \"none\"", "isolation = \"process\""]);
    }
    run(dir.path(), &["--lang", "de", "config", "check"]).refused(1, &["braucht einen eigenen Prozess"]);
    let test = ["plugin", "run", "./spy.so", "--to", "sms:+491701234567", "--isolation", "none"];
    run(dir.path(), &test).refused(1, &["its manifest says that it needs a process of its own"]);
    let german = [&["--lang", "de"], &test[..]].concat();
    run(dir.path(), &german).refused(1, &["seine Beschreibung sagt, dass es einen eigenen Prozess braucht"]);
    let info = run(dir.path(), &["plugin", "info", "./spy.so"]).done().out;
    assert!(info.contains("only one of its own"), "{info}");
}

/// A plugin in C that writes everything it is given into its state folder.
fn spy(dir: &Path, flags: &[&str]) {
    compile("gcc", "tests/c/spy.c", &dir.join("spy.so"), &[&["-std=c11"], flags].concat());
}

/// An author sees how the plugin died, what it printed, and where to look.
#[test]
fn plugin_run_shows_how_a_plugin_died() {
    let dir = tempfile::tempdir().unwrap();
    compile(
        "gcc",
        "../host/tests/c/faulty.c",
        &dir.path().join("faulty.so"),
        &["-std=c11", "-O1", "-Wno-infinite-recursion"],
    );
    let send = |fault: &str| {
        let set = format!("fault={fault}");
        let args = ["--lang", "de", "plugin", "run", "./faulty.so", "--to", "email:fault@x.example", "--set", &set];
        run(dir.path(), &args)
    };
    for (fault, signal, words) in [("abort", "SIGABRT", "bad luck with"), ("segv", "SIGSEGV", "")] {
        let said = send(fault);
        assert!(said.out.contains(signal) && said.out.contains(words), "{fault}: {said:?}");
        let told = ["ungewiss (400)", "starb, während er diese Nachricht hielt", "plugin check ./faulty.so"];
        assert!(said.code == 1 && told.iter().all(|w| said.err.contains(w)), "{fault}: {said:?}");
    }
}

#[test]
fn a_plugin_sees_its_own_section_its_own_secrets_its_own_folder_and_nothing_else() {
    let spies = ["north", "south"].map(|name| {
        format!(
            "[transports.{name}]\nplugin = \"./spy.so\"\n[transports.{name}.config]\nword = \"{name}-word\"\nsecret = {{ file = \"{name}.key\" }}\n"
        )
    });
    let dir = folder(&format!("{SETTINGS}{}", spies.concat()));
    spy(dir.path(), &[]);
    for name in ["north", "south"] {
        fs::write(dir.path().join(format!("{name}.key")), format!("{name}-secret\n")).unwrap();
    }
    let d = Daemon::start_in(dir);
    let seen = ["north", "south"].map(|name| {
        let file = d.path(&format!("transports/{name}/seen.txt"));
        until(name, || fs::read_to_string(&file).ok().filter(|t| t.ends_with("end\n")))
    });
    for (own, (name, other)) in seen.iter().zip([("north", "south"), ("south", "north")]) {
        for has in
            [format!("name={name}\n"), format!("{name}-word"), format!("{name}-secret"), format!("transports/{name}\n")]
        {
            assert!(own.contains(&has), "{has}: {own}");
        }
        for not in [other, "sandbox", "angebote", "Krume", "rundruf.db"] {
            assert!(!own.contains(not), "`{name}` sees `{not}`: {own}");
        }
        assert!(own.contains("environment=0\n"), "an empty environment: {own}");
    }
}
