//! Slips beside a secret: no report, no log and no `config show` prints any part of it, and every fault has its place.

use crate::compile::compile;
use crate::fixture::{Daemon, SETTINGS, command, folder, run, until};

/// What must never be printed, nor a part of it that somebody could use.
const SECRET: &str = "Geheim-4711-Sommer";

const MAIL: &str = "[transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nport = 2525\ntls = \"none\"\nfrom = \"news@krume.example\"\nusername = \"krume\"\n";

/// Checks everything that prints settings. Returns the report in English.
#[track_caller]
fn check(name: &str, text: &str, is_fault: bool) -> String {
    let dir = folder(text);
    std::fs::write(dir.path().join("pw"), format!("{SECRET}\n")).unwrap();
    let mut english = String::new();
    for args in [
        &["config", "check"][..],
        &["config", "check", "--lang", "de", "--json"],
        &["config", "show", "--origin"],
        &["serve"],
    ] {
        if args == ["serve"] && !is_fault {
            continue;
        }
        let mut command = command(dir.path(), args);
        command.env("SMTP_PASSWORD", SECRET);
        let said = match args {
            ["serve"] => crate::fixture::serve(command),
            _ => crate::fixture::CommandOutput::of(command.output().unwrap()),
        };
        for part in [SECRET, "Geheim", "4711", "Sommer"] {
            assert!(!said.out.contains(part) && !said.err.contains(part), "{name}: {args:?} prints {part}: {said:?}");
        }
        if args == ["config", "check"] {
            assert_eq!(said.code, i32::from(is_fault), "{name}: {said:?}");
            english.clone_from(&said.err);
        }
        if args.contains(&"--json") && is_fault {
            for fault in said.json()["faults"].as_array().unwrap() {
                assert!(fault["line"].is_u64() && fault["column"].is_u64(), "{name}: no place: {fault}");
                assert!(!fault["help"].as_str().unwrap().is_empty(), "{name}: no advice: {fault}");
            }
        }
    }
    english
}

#[test]
fn no_report_prints_a_secret() {
    let secret = format!("\"{SECRET}\"");
    let mail = |line: &str| format!("{SETTINGS}{MAIL}{line}\n");
    let in_main = |was: &str, is: &str| SETTINGS.replacen(was, is, 1) + MAIL;
    let slips: Vec<(&str, String, bool)> = vec![
        ("a literal secret", mail(&format!("password = {secret}")), false),
        ("a misspelt section", in_main("[retry]", "[retri]") + &format!("password = {secret}\n"), true),
        ("a misspelt key", mail(&format!("passwort = {secret}")), true),
        ("another misspelt key", mail(&format!("pasword = {secret} # {SECRET}")), true),
        ("a comment", mail(&format!("colour = 1 # was {SECRET}")), true),
        ("no closing quote", mail(&format!("password = \"{SECRET}")), true),
        ("no opening quote", mail(&format!("password = {SECRET}\"")), true),
        ("no quotes", mail(&format!("password = {SECRET}")), true),
        ("no equals sign", mail(&format!("password {secret}")), true),
        ("a colon", mail(&format!("password: {secret}")), true),
        ("a line break before the value", mail(&format!("password =\n{secret}")), true),
        ("something after the value", mail(&format!("password = {secret} {SECRET}")), true),
        ("a control character", mail(&format!("password = \"{SECRET}\u{1}\"")), true),
        ("a list", mail(&format!("password = [{secret}]")), true),
        ("a list over lines", mail(&format!("password = [\n  {secret},\n  7,\n]")), true),
        ("an inline table", mail(&format!("password = {{ value = {secret} }}")), true),
        ("a key of an inline table", mail(&format!("password = {{ \"{SECRET}\" = true }}")), true),
        ("a dotted key", mail(&format!("password.\"{SECRET}\" = true")), true),
        ("a text over lines", mail(&format!("password = 7\npasswort = \"\"\"\n{SECRET}\n\"\"\"")), true),
        ("a text over lines that does not end", mail(&format!("password = \"\"\"\n{SECRET}\n")), true),
        ("a heading in a text", mail(&format!("password = \"\"\"\n[{SECRET}]\n\"\"\"\npassword = 1")), true),
        ("written twice", mail(&format!("password = {secret}\npassword = {secret}")), true),
        ("in the place of a variable's name", mail(&format!("password = {{ env = {secret} }}")), true),
        (
            "one level too high",
            in_main("x", "x")
                .replace("[transports.post.config]\n", &format!("password = {secret}\n[transports.post.config]\n")),
            true,
        ),
        ("a table of its own", mail("") + &format!("[transports.post.config.password]\nvalue = {secret}\n"), true),
        ("an unknown table", mail("") + &format!("[smtp]\nlogin = {secret}\npin = 4711\n"), true),
        ("a database with a password", in_main("sqlite:rundruf.db", &format!("postgres://krume:{SECRET}@db/x")), true),
        (
            "a key for signatures",
            mail(&format!("dkim = [{{ domain = \"krume.example\", selector = 7, key = {secret} }}]")),
            true,
        ),
        ("too many entries around it", mail(&format!("dkim = {{ key = {secret} }}")), true),
        (
            "a plugin that is not there",
            mail(&format!("password = {secret}")).replace("plugin = \"email\"", "plugin = \"emial\""),
            true,
        ),
        ("a secret's file for another key", mail("helo = { file = \"pw\" }\nfrom2 = { file = \"pw\" }"), true),
        (
            "a variable for another key",
            SETTINGS.to_owned() + &MAIL.replace("from = \"news@krume.example\"", "from = { env = \"SMTP_PASSWORD\" }"),
            true,
        ),
    ];
    for (name, text, is_fault) in slips {
        check(name, &text, is_fault);
    }
}

#[test]
fn the_same_table_in_two_files_prints_no_secret() {
    let dir = folder(&format!("{SETTINGS}{MAIL}password = \"{SECRET}\"\n"));
    std::fs::create_dir(dir.path().join("conf.d")).unwrap();
    std::fs::write(dir.path().join("conf.d/post.toml"), format!("{MAIL}password = \"{SECRET}\"\n")).unwrap();
    let said = run(dir.path(), &["config", "check"]);
    assert!(said.code == 1 && said.err.contains("in two files") || said.err.contains("both"), "{said:?}");
    assert!(!said.err.contains("Geheim"), "{said:?}");
}

#[test]
fn what_is_not_secret_is_quoted() {
    let said = check("a value", &SETTINGS.replace("first = \"100ms\"", "first = \"soon\" # bald"), true);
    assert!(said.contains(" | first = \"soon\" #…\n"), "{said}");
    let said = check("a key", &SETTINGS.replace("[retry]", "[retri]"), true);
    assert!(said.contains(" | [retri]\n"), "{said}");
    let said = check("a fault of TOML", &format!("{SETTINGS}{MAIL}password = \"{SECRET}"), true);
    assert!(said.contains(" | password = …\n"), "{said}");
}

#[test]
fn deep_nesting_has_a_place() {
    for (name, line) in [
        ("lists", format!("x = {}", "[".repeat(100_000))),
        ("closed lists", format!("x = {}{}", "[".repeat(50_000), "]".repeat(50_000))),
        ("tables", format!("x = {}", "{a=".repeat(50_000))),
        ("a heading", format!("[{}a]", "a.".repeat(200_000))),
        ("a key", format!("{}a = 1", "a.".repeat(200_000))),
        ("quoted keys", format!("{}a = 1", "\"a\".".repeat(100_000))),
    ] {
        let said = check(name, &format!("{line}\n{SETTINGS}"), true);
        assert!(said.contains("nested too deeply") && said.contains("rundruf.toml:1:"), "{name}: {said}");
    }
    // What only looks deep is not.
    let text = format!(
        "{SETTINGS}[lists.b]\ntitle = \"{}\"\npurpose = '''{}'''\ntransports = [\"sandbox\"]\n# {}\n",
        "[".repeat(100),
        ".[".repeat(99),
        "{".repeat(99)
    );
    let said = run(folder(&text).path(), &["config", "check"]);
    assert_eq!(said.code, 0, "{said:?}");
}

/// A plugin that says all that it was given: what the daemon passes on of it has no secret, in the log, in lists, in findings and in notices.
#[test]
fn a_plugin_that_says_its_secrets_is_not_quoted_with_them() {
    let secret = "Geheim-4711 \\\"Sommer\\\"";
    let dir = folder(&format!(
        "{SETTINGS}[[admin.notify]]\ntransport = \"sandbox\"\naddress = \"email:chef@krume.example\"\n\
         [transports.spion]\nplugin = \"./spy.so\"\n[transports.spion.config]\nword = \"Apfel\"\nsecret = \"{secret}\"\n"
    ));
    compile("gcc", "tests/c/spy.c", &dir.path().join("spy.so"), &["-std=c11", "-DREFUSES"]);
    let daemon = Daemon::start_in(dir);
    let mut said = Vec::new();
    let down = until("the plugin is refused", || {
        let all = daemon.run(&["transport", "list"]).done().out;
        all.contains("refused: ").then_some(all)
    });
    assert!(down.contains("Apfel") && down.contains('…'), "{down}");
    said.push(down);
    let german = daemon.run(&["--lang", "de", "transport", "list"]).done().out;
    assert!(german.contains("abgelehnt: {") && !german.contains("refused"), "{german}");
    said.push(german);
    for args in [
        &["doctor"][..],
        &["doctor", "--json"],
        &["transport", "list", "--json"],
        &["config", "check"],
        &["audit", "list"],
    ] {
        let output = daemon.run(args);
        said.push(output.out + &output.err);
    }
    let run =
        daemon.run(&["plugin", "run", "./spy.so", "--to", "sms:+491701234567", "--set", "secret=Geheim-4711-Herbst"]);
    said.push(run.out + &run.err);
    until("the admin is told", || daemon.messages("eml").iter().any(|m| m.contains("spion")).then_some(()));
    said.extend(daemon.messages("eml"));
    assert!(daemon.log().contains("refused with"), "{}", daemon.log());
    said.push(daemon.log());
    for text in said {
        assert!(!text.contains("Geheim") && !text.contains("Sommer"), "{text}");
    }
}
