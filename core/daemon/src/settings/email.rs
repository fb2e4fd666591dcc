//! The e-mail plugin's section in the sample file. The plugin is not linked in here: it declares its own keys, and a test holds
//! this table beside them.

use rundruf_lang::Language;
use std::fmt::Write;

/// Keys without which the plugin does not start.
const REQUIRED: [&str; 2] = ["host", "from"];

/// Key, default or example, German, English.
const KEYS: [(&str, &str, &str, &str); 21] = [
    ("host", "\"127.0.0.1\"", "Name oder Adresse des Relays.", "Host name or address of the relay."),
    (
        "from",
        "\"news@krume.example\"",
        "Absender, den die Leute sehen. Ohne Namen ist es der von `[sender]`.",
        "Sender that people see. Without a name it is that of `[sender]`.",
    ),
    (
        "port",
        "587",
        "587 für Einlieferung, 465 mit `tls = \"implicit\"`, 25 für ein Relay auf dieser Maschine.",
        "587 for submission, 465 with `tls = \"implicit\"`, 25 for a relay on this machine.",
    ),
    (
        "tls",
        "\"starttls\"",
        "`starttls` (verlangt), `implicit`, oder `none` für ein Relay auf dieser Maschine.",
        "`starttls` (required), `implicit`, or `none` for a relay on this machine.",
    ),
    (
        "tls_name",
        "\"relay.krume.example\"",
        "Name, den das Zertifikat des Relays tragen muss. Vorgabe: `host`.",
        "Name that the relay's certificate must carry. Default: `host`.",
    ),
    (
        "tls_ca",
        "\"relay-ca.pem\"",
        "Datei mit weiteren Zertifizierungsstellen (PEM), für ein eigenes Relay.",
        "File with further certificate authorities (PEM), for a relay of your own.",
    ),
    ("username", "\"krume\"", "Name zur Anmeldung am Relay.", "User name at the relay."),
    (
        "password",
        "{ credential = \"smtp-password\" }",
        "Kennwort am Relay, nie im Klartext.",
        "Password at the relay, never in plain text.",
    ),
    ("sessions", "4", "Verbindungen zugleich.", "Connections at once."),
    (
        "messages_per_connection",
        "100",
        "Nachrichten auf einer Verbindung; 0 für keine Grenze.",
        "Messages on one connection; 0 for no limit.",
    ),
    (
        "pipelining",
        "true",
        "Ob Befehle vor ihren Antworten gesendet werden, wo das Relay es anbietet.",
        "Whether commands are sent ahead of their answers, where the relay offers it.",
    ),
    (
        "timeout_s",
        "120",
        "Sekunden, die auf eine Antwort gewartet wird; fünfmal so viele auf die nach einer Nachricht.",
        "Seconds to wait for an answer; five times as many for the one after a message.",
    ),
    (
        "max_message_mib",
        "25",
        "Größte Nachricht in MiB, wie sie das Haus verlässt.",
        "Largest message in MiB, as it leaves.",
    ),
    (
        "bounce_domain",
        "\"krume.example\"",
        "Domain der Umschlagabsender `b+TOKEN@…`, wo Rückläufer ankommen. Vorgabe: die von `from`.",
        "Domain of the envelope senders `b+TOKEN@…`, where bounces come. Default: that of `from`.",
    ),
    (
        "verp_secret",
        "{ credential = \"verp-secret\" }",
        "Schlüssel der Prüfsumme in diesen Tokens, wenn mehrere Maschinen ein Rückläufer-Postfach teilen. Vorgabe: einmal gemacht und behalten.",
        "Key of the checksum in those tokens, where several machines share one bounce mailbox. Default: made once and kept.",
    ),
    (
        "return_path",
        "\"bounces@krume.example\"",
        "Ein fester Umschlagabsender statt eines für jede Nachricht.",
        "One fixed envelope sender instead of one for each message.",
    ),
    ("reply_to", "\"laden@krume.example\"", "Wohin Antworten gehen.", "Where replies go."),
    (
        "unsubscribe_mailto",
        "\"stop@krume.example\"",
        "Adresse hinter dem `mailto:` von List-Unsubscribe.",
        "Address behind the `mailto:` of List-Unsubscribe.",
    ),
    (
        "feedback_id",
        "\"krume\"",
        "Letzter Teil der Kopfzeile Feedback-ID (5 bis 15 Zeichen), für Googles Postmaster Tools.",
        "Last part of the Feedback-ID header (5 to 15 characters), for Google's Postmaster Tools.",
    ),
    (
        "helo",
        "\"mail.krume.example\"",
        "Name im EHLO. Vorgabe: die Domain von `from`.",
        "Name in EHLO. Default: the domain of `from`.",
    ),
    (
        "dkim",
        "[{ domain = \"krume.example\", selector = \"r1\", key = { file = \"dkim.pem\" } }]",
        "Unterschriften: eine mit RSA immer, eine mit Ed25519, wenn du magst.",
        "Signatures: one with RSA always, one with Ed25519 if you like.",
    ),
];

/// The section's lines: what is not required is commented out.
pub(super) fn email(out: &mut String, language: Language) {
    for (key, value, de, en) in KEYS {
        let mark = if REQUIRED.contains(&key) { "" } else { "# " };
        let _ = writeln!(out, "# {}\n{mark}{key} = {value}", if language == Language::De { de } else { en });
    }
}
