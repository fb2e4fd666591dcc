//! The admin's keys.

use rundruf_plugin::{OpenError, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::IpAddr;

/// How the connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// STARTTLS, required: a relay that does not offer it is refused.
    #[default]
    Starttls,
    /// TLS from the first byte (port 465).
    Implicit,
    /// None. For a relay on this machine.
    None,
}

/// A DKIM signature.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DkimConfig {
    /// Domain that signs; aligned with `from`.
    #[schemars(extend("x-de" = "Domain, die unterschreibt; sie passt zu `from`."))]
    pub domain: String,
    /// Selector: the key stands in DNS at `<selector>._domainkey.<domain>`.
    #[schemars(extend("x-de" = "Selektor: der Schlüssel steht im DNS unter `<selector>._domainkey.<domain>`."))]
    pub selector: String,
    /// Private key as PEM: RSA with 2048 bits or more, or Ed25519. Give it as { file = "dkim.pem" }.
    #[schemars(extend("x-de" = "Privater Schlüssel als PEM: RSA mit mindestens 2048 Bit, oder Ed25519. Gib ihn als { file = \"dkim.pem\" } an."))]
    pub key: Secret,
}

/// Settings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-check" = {
    "config": {"host": "{host}", "port": "{port}", "tls": "none", "from": "news@kit.example", "timeout_s": 20},
    "remote": "smtp",
    "tls": {"tls": "starttls"},
}))]
pub struct EmailConfig {
    /// Host name or address of the relay.
    #[schemars(extend("x-de" = "Name oder Adresse des Relays."))]
    #[schemars(length(min = 1))]
    pub host: String,
    /// Port: 587 for submission, 465 with `tls = "implicit"`, 25 for a relay on this machine.
    #[schemars(extend("x-de" = "587 für Einlieferung, 465 mit `tls = \"implicit\"`, 25 für ein RelayEndpoint auf dieser Maschine."))]
    #[serde(default = "submission")]
    pub port: u16,
    /// How the connection is protected.
    #[schemars(extend("x-de" = "`starttls` (verlangt), `implicit`, oder `none` für ein RelayEndpoint auf dieser Maschine."))]
    #[serde(default)]
    pub tls: TlsMode,
    /// File with further certificate authorities (PEM), for a relay of your own.
    #[schemars(extend("x-path" = "file", "x-de" = "Datei mit weiteren Zertifizierungsstellen (PEM), für ein eigenes RelayEndpoint."))]
    pub tls_ca: Option<String>,
    /// Name that the relay's certificate must carry. Default: `host`.
    #[schemars(extend("x-de" = "Name, den das Zertifikat des Relays tragen muss. Vorgabe: `host`."))]
    pub tls_name: Option<String>,
    /// Name in EHLO; best the name that the address of this machine has in DNS. Default: domain of `from`.
    #[schemars(extend("x-de" = "Name im EHLO; am besten der, den die Adresse dieser Maschine im DNS hat. Vorgabe: die Domain von `from`."))]
    pub helo: Option<String>,
    /// User name at the relay.
    #[schemars(extend("x-de" = "Name zur Anmeldung am RelayEndpoint."))]
    pub username: Option<String>,
    /// Password at the relay. Give it as { file = "…" } or { credential = "…" }.
    #[schemars(extend("x-de" = "Kennwort am RelayEndpoint. Gib es als { file = \"…\" } oder { credential = \"…\" } an."))]
    pub password: Option<Secret>,
    /// Address that people see as the sender: `news@krume.example` or `Krume <news@krume.example>`. Without a name it is that of `[sender]`.
    #[schemars(extend("x-de" = "Absender, den die Leute sehen: `news@krume.example` oder `Krume <news@krume.example>`. Ohne Namen ist es der von `[sender]`."))]
    #[schemars(regex(pattern = "^([^<>\\x00-\\x1f]*<)?[^@\\s<>]+@[^@\\s<>]+\\.[^@\\s<>]+>?$"))]
    pub from: String,
    /// Where replies go.
    #[schemars(extend("x-de" = "Wohin Antworten gehen."))]
    #[schemars(regex(pattern = "^[^@\\s<>]+@[^@\\s<>]+$"))]
    pub reply_to: Option<String>,
    /// Domain of the envelope senders `b+TOKEN@…`, where bounces come. Default: domain of `from`.
    #[schemars(extend("x-de" = "Domain der Umschlagabsender `b+TOKEN@…`, wo Rückläufer ankommen. Vorgabe: die von `from`."))]
    pub bounce_domain: Option<String>,
    /// Key of the checksum in those tokens, where several machines share one bounce mailbox. Default: made once and kept.
    #[schemars(extend("x-de" = "Schlüssel der Prüfsumme in diesen Tokens, wenn mehrere Maschinen ein Rückläufer-Postfach teilen. Vorgabe: einmal gemacht und behalten."))]
    pub verp_secret: Option<Secret>,
    /// One fixed envelope sender instead of one for each message.
    #[schemars(extend("x-de" = "Ein fester Umschlagabsender statt eines für jede Nachricht."))]
    #[schemars(regex(pattern = "^[^@\\s<>]+@[^@\\s<>]+$"))]
    pub return_path: Option<String>,
    /// Connections at once.
    #[schemars(extend("x-de" = "Verbindungen zugleich."))]
    #[serde(default = "sessions")]
    #[schemars(range(min = 1, max = 256))]
    pub sessions: u32,
    /// Messages on one connection; 0 for no limit.
    #[schemars(extend("x-de" = "Nachrichten auf einer Verbindung; 0 für keine Grenze."))]
    #[serde(default = "per_connection")]
    pub messages_per_connection: u32,
    /// Whether commands may be sent ahead of their answers, where the relay offers it.
    #[schemars(extend("x-de" = "Ob Befehle vor ihren Antworten gesendet werden, wo das RelayEndpoint es anbietet."))]
    #[serde(default = "yes")]
    pub pipelining: bool,
    /// Seconds to wait for an answer of the relay; five times as many for the one after a message.
    #[schemars(extend("x-de" = "Sekunden, die auf eine Antwort gewartet wird; fünfmal so viele auf die nach einer Nachricht."))]
    #[serde(default = "timeout")]
    #[schemars(range(min = 1, max = 3600))]
    pub timeout_s: u32,
    /// Largest message in MiB, as it leaves: attachments grow by a third on their way. A smaller limit of the relay counts as well.
    #[schemars(extend("x-de" = "Größte Nachricht in MiB, wie sie das Haus verlässt: Anhänge wachsen unterwegs um ein Drittel. Eine kleinere Grenze des Relays zählt auch."))]
    #[serde(default = "largest")]
    #[schemars(range(min = 1, max = 1024))]
    pub max_message_mib: u32,
    /// Signatures: one with RSA always, one with Ed25519 if you like.
    #[schemars(extend("x-de" = "Unterschriften: eine mit RSA immer, eine mit Ed25519, wenn du magst."))]
    #[serde(default)]
    pub dkim: Vec<DkimConfig>,
    /// Last part of the Feedback-ID header (5 to 15 characters), for Google's Postmaster Tools.
    #[schemars(extend("x-de" = "Letzter Teil der Kopfzeile Feedback-ID (5 bis 15 Zeichen), für Googles Postmaster Tools."))]
    #[schemars(regex(pattern = "^[A-Za-z0-9-]{5,15}$"))]
    pub feedback_id: Option<String>,
    /// Address behind the `mailto:` of List-Unsubscribe.
    #[schemars(extend("x-de" = "Adresse hinter dem `mailto:` von List-Unsubscribe."))]
    #[schemars(regex(pattern = "^[^@\\s<>]+@[^@\\s<>]+$"))]
    pub unsubscribe_mailto: Option<String>,
}

const fn submission() -> u16 {
    587
}
const fn sessions() -> u32 {
    4
}
const fn per_connection() -> u32 {
    100
}
const fn yes() -> bool {
    true
}
const fn timeout() -> u32 {
    120
}
const fn largest() -> u32 {
    25
}

/// The domain of an address.
pub(crate) fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, d)| d)
}

impl EmailConfig {
    /// Name and address of `from`.
    pub(crate) fn sender(&self) -> (Option<&str>, &str) {
        match self.from.split_once('<') {
            Some((name, address)) => {
                let name = name.trim().trim_matches('"').trim();
                ((!name.is_empty()).then_some(name), address.trim_end_matches('>').trim())
            }
            None => (None, self.from.trim()),
        }
    }

    /// What EHLO says.
    pub(crate) fn own_name(&self) -> &str {
        self.helo.as_deref().unwrap_or_else(|| domain(self.sender().1))
    }

    /// Largest message in bytes.
    pub(crate) const fn largest(&self) -> usize {
        self.max_message_mib as usize * 1024 * 1024
    }

    /// Whether the relay is this machine.
    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// What the schema cannot say.
    ///
    /// # Errors
    /// The key and what to do.
    pub(crate) fn check(&self) -> Result<(), OpenError> {
        word("host", Some(&self.host))?;
        word("tls_name", self.tls_name.as_deref())?;
        word("helo", self.helo.as_deref())?;
        word("bounce_domain", self.bounce_domain.as_deref())?;
        address("from", Some(self.sender().1))?;
        address("reply_to", self.reply_to.as_deref())?;
        address("return_path", self.return_path.as_deref())?;
        address("unsubscribe_mailto", self.unsubscribe_mailto.as_deref())?;
        if self.from.chars().any(char::is_control) {
            return Err(OpenError::new("`from` contains a control character: write it on one line"));
        }
        for d in &self.dkim {
            word("dkim.domain", Some(&d.domain))?;
            word("dkim.selector", Some(&d.selector))?;
        }
        if self.username.is_some() != self.password.is_some() {
            return Err(OpenError::new("`username` and `password` belong together: give both or neither"));
        }
        if self.username.is_some() && self.tls == TlsMode::None && !self.is_loopback() {
            return Err(OpenError::new(
                "`tls = \"none\"` would send the password readable over the network: use \"starttls\" or \"implicit\"",
            ));
        }
        if self.feedback_id.as_ref().is_some_and(|id| id.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-')) {
            return Err(OpenError::new("`feedback_id` is more than letters, digits and hyphens"));
        }
        if self.sessions == 0 || self.timeout_s == 0 || self.max_message_mib == 0 {
            return Err(OpenError::new("`sessions`, `timeout_s` and `max_message_mib` are at least 1"));
        }
        Ok(())
    }
}

fn word(key: &str, value: Option<&str>) -> Result<(), OpenError> {
    let Some(value) = value else { return Ok(()) };
    if value.is_empty() || value.chars().any(|c| c.is_control() || c.is_whitespace() || "<>\"".contains(c)) {
        return Err(OpenError::new(format!(
            "`{key}` is empty or contains a character that has no place there: write a bare name"
        )));
    }
    Ok(())
}

fn address(key: &str, value: Option<&str>) -> Result<(), OpenError> {
    word(key, value)?;
    match value {
        Some(value) if !value.is_ascii() => {
            Err(OpenError::new(format!("`{key}` has characters beyond ASCII: write its domain as xn--…")))
        }
        Some(value) if value.split('@').count() != 2 || value.starts_with('@') || value.ends_with('@') => {
            Err(OpenError::new(format!("`{key}` is no address: write it as name@domain")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn config(more: &[(&str, serde_json::Value)]) -> Result<(), String> {
        let mut value = json!({"host": "mail.example", "from": "news@krume.example"});
        for (key, v) in more {
            value[*key] = v.clone();
        }
        serde_json::from_value::<EmailConfig>(value).map_err(|e| e.to_string())?.check().map_err(|e| e.to_string())
    }

    #[test]
    fn faults_name_the_key() {
        assert_eq!(config(&[]), Ok(()));
        for (key, value) in [
            ("host", json!("")),
            ("helo", json!("a b")),
            ("from", json!("news")),
            ("from", json!("Krume <news@krume.example>\r\nBcc: x")),
            ("from", json!("@krume.example")),
            ("from", json!("news@bäckerei.example")),
            ("reply_to", json!("a@b@c")),
            ("return_path", json!("<>")),
            ("username", json!("u")),
            ("feedback_id", json!("a:b")),
            ("sessions", json!(0)),
            ("dkim", json!([{"domain": "", "selector": "s", "key": "k"}])),
            ("colour", json!(1)),
        ] {
            let said = config(&[(key, value.clone())]).expect_err(key);
            assert!(said.contains(&format!("`{key}")), "{key} = {value}: {said}");
        }
    }

    #[test]
    fn no_password_in_the_clear() {
        let login = [("username", json!("u")), ("password", json!("p")), ("tls", json!("none"))];
        assert!(config(&login).expect_err("refused").contains("`tls"));
        let mut here = login.to_vec();
        here.push(("host", json!("127.0.0.1")));
        assert_eq!(config(&here), Ok(()));
    }

    #[test]
    fn senders() {
        for (from, name, address) in [
            ("news@krume.example", None, "news@krume.example"),
            ("Krume <news@krume.example>", Some("Krume"), "news@krume.example"),
            ("\"Krume, Brot\" <news@krume.example>", Some("Krume, Brot"), "news@krume.example"),
            ("<news@krume.example>", None, "news@krume.example"),
        ] {
            let config: EmailConfig = serde_json::from_value(json!({"host": "h", "from": from})).unwrap();
            assert_eq!(config.sender(), (name, address), "{from}");
            assert_eq!(config.own_name(), "krume.example");
        }
    }
}
