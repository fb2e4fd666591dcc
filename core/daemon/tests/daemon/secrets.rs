//! Secrets that cannot be read are faults; secrets that others can read are warned about.

use crate::fixture::{SETTINGS, folder};
use crate::settings_faults::{ExpectedFault, check, check_in, marked};

const MAIL: &str = "[transports.post]\nplugin = \"email\"\n[transports.post.config]\nhost = \"127.0.0.1\"\nfrom = \"news@krume.example\"\n";

#[test]
fn secrets() {
    let mail = |line: &str| format!("{SETTINGS}{MAIL}username = \"krume\"\n{line}\n");
    check(
        &mail("password = ¦{ file = \"none\" }"),
        &[("transports.post.config.password", "cannot read", "create the file")],
    );
    check(
        &mail("password = ¦{ env = \"RUNDRUF_TEST_NOT_SET\" }"),
        &[("transports.post.config.password", "`RUNDRUF_TEST_NOT_SET` is not set", "set it")],
    );
    check(&mail("password = ¦{ fil = \"x\" }"), &[("transports.post.config.password", "is a table", "{ file = ")]);
    check(&mail("password = ¦7"), &[("transports.post.config.password", "is a number", "{ file = ")]);
    check(&mail("tls_ca = ¦\"none.pem\""), &[("transports.post.config.tls_ca", "there is no file", "")]);
    check(
        &mail("dkim = [{ domain = \"krume.example\", selector = \"r1\", key = ¦{ file = \"none.pem\" } }]"),
        &[("transports.post.config.dkim.0.key", "none.pem", "")],
    );
}

#[test]
fn warnings() {
    // A relay on another host: a third party processes the data.
    let contract = ("transports.post.plugin", "names no contract", "plugin info");
    let elsewhere = MAIL.replace("127.0.0.1", "mail.krume.example").replace("\"email\"", "¦\"email\"");
    let mail = |line: &str| marked(&format!("{SETTINGS}{elsewhere}{line}\n"));
    let check = |line: &str, expected: &[ExpectedFault<'_>]| {
        let (text, places) = mail(line);
        check_in(folder(&text).path(), &places, "warnings", &[&[contract], expected].concat());
    };
    check("tls = ¦\"none\"", &[("transports.post.config.tls", "in the open", "starttls")]);
    check("tls = \"starttls\"", &[]);
    check(
        "username = \"krume\"\npassword = ¦\"secret\"",
        &[("transports.post.config.password", "in plain text", "{ file = ")],
    );
    let key = std::process::Command::new("openssl").args(["genpkey", "-algorithm", "ed25519"]).output().unwrap();
    let key = String::from_utf8(key.stdout).unwrap();
    check(
        &format!("dkim = [{{ domain = \"krume.example\", selector = \"r1\", key = ¦'''{key}''' }}]"),
        &[("transports.post.config.dkim.0.key", "`key` is in plain text", "{ file = ")],
    );
    for host in ["localhost", "127.0.0.1", "::1"] {
        let text = format!("{SETTINGS}{}tls = \"none\"\n", MAIL.replace("127.0.0.1", host));
        check_in(folder(&text).path(), &[], "warnings", &[]);
    }
    // A credential is the unit's: outside of it nobody can tell, and the plugin is not tried. `serve` must have it.
    let credential = "username = \"krume\"\npassword = ¦{ credential = \"smtp\" }";
    check(
        credential,
        &[("transports.post.config.password", "`smtp` exists under systemd alone", "a note, not a fault")],
    );
    let dir = folder(&mail(credential).0);
    crate::fixture::run(dir.path(), &["serve"]).refused(1, &["`smtp` exists under systemd alone", "LoadCredential="]);
    // A secret's file that others can read.
    let (text, places) = mail("username = \"krume\"\npassword = ¦{ file = \"pw\" }");
    let dir = folder(&text);
    std::fs::write(dir.path().join("pw"), "secret\n").unwrap();
    std::fs::set_permissions(dir.path().join("pw"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    check_in(
        dir.path(),
        &places,
        "warnings",
        &[contract, ("transports.post.config.password", "can be read by others", "chmod 600")],
    );
}
