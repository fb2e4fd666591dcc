//! The settings of a transport, and what the schema cannot check.

use rundruf_plugin::{ByteSize, HumanDuration, OpenError, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use std::net::IpAddr;
use std::time::Duration;

/// How the connection is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TlsMode {
    /// STARTTLS, required: a relay that does not offer it is refused.
    #[default]
    Starttls,
    /// TLS from the first byte (port 465).
    Implicit,
    /// No TLS, for a relay on this machine.
    None,
}

/// A DKIM signature.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DkimConfig {
    /// Signing domain; aligned with the domain of `from`.
    #[schemars(extend("x-de" = "Domain, die signiert; sie passt zur Domain von `from`."))]
    pub domain: String,
    /// Selector: the public key is in DNS at `<selector>._domainkey.<domain>`.
    #[schemars(extend("x-de" = "Selektor: der öffentliche Schlüssel steht im DNS unter `<selector>._domainkey.<domain>`."))]
    pub selector: String,
    /// Private key as PEM: RSA with 2048 bits or more, or Ed25519. Give it as { file = "dkim.pem" }.
    #[schemars(extend("x-de" = "Privater Schlüssel als PEM: RSA mit mindestens 2048 Bit, oder Ed25519. Geben Sie ihn als { file = \"dkim.pem\" } an."))]
    pub key: Secret,
}

/// Settings of an e-mail transport.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-open" = "local", "x-check" = {
    "config": {"host": "{host}", "port": "{port}", "tls": "none", "from": "news@kit.example", "timeout": "20s"},
    "remote": "smtp",
    "tls": {"tls": "starttls"},
}))]
pub struct EmailConfig {
    /// Host name or address of the relay.
    #[schemars(extend("x-de" = "Name oder Adresse des Relays."))]
    #[schemars(length(min = 1))]
    #[schemars(example = &"127.0.0.1")]
    pub host: String,
    /// Port: 587 for submission, 465 with `tls = "implicit"`, 25 for a relay on this machine.
    #[schemars(extend("x-de" = "587 für Einlieferung, 465 mit `tls = \"implicit\"`, 25 für ein Relay auf dieser Maschine."))]
    #[serde(default = "submission")]
    pub port: u16,
    /// How the connection is protected.
    #[schemars(extend("x-de" = "`starttls` (verlangt), `implicit`, oder `none` für ein Relay auf dieser Maschine."))]
    #[serde(default)]
    #[schemars(extend("x-cleartext" = {"value": "none", "host": "host"}))]
    pub tls: TlsMode,
    /// File with further certificate authorities (PEM), for a relay of your own.
    #[schemars(extend("x-path" = "file", "x-de" = "Datei mit weiteren Zertifizierungsstellen (PEM), für ein eigenes Relay."))]
    #[schemars(example = &"relay-ca.pem")]
    pub tls_ca: Option<String>,
    /// Name that the relay's certificate must have. Default: `host`.
    #[schemars(extend("x-de" = "Name, den das Zertifikat des Relays haben muss. Vorgabe: `host`."))]
    #[schemars(example = &"relay.krume.example")]
    pub tls_name: Option<String>,
    /// Host name for EHLO, preferably this machine's name in DNS. Default: domain of `from`.
    #[schemars(extend("x-de" = "Name für EHLO, am besten der dieser Maschine im DNS. Vorgabe: die Domain von `from`."))]
    #[schemars(example = &"mail.krume.example")]
    pub helo: Option<String>,
    /// User name at the relay.
    #[schemars(extend("x-de" = "Name zur Anmeldung am Relay."))]
    #[schemars(example = &"krume")]
    pub username: Option<String>,
    /// Password at the relay. Give it as { file = "…" } or { credential = "…" }.
    #[schemars(extend("x-de" = "Kennwort am Relay. Geben Sie es als { file = \"…\" } oder { credential = \"…\" } an."))]
    #[schemars(extend("examples" = [{"credential": "smtp-password"}]))]
    pub password: Option<Secret>,
    /// Sender address shown to recipients: `news@krume.example` or `Krume <news@krume.example>`. Without a name it is that of `[sender]`.
    #[schemars(extend("x-de" = "Absender, den die Empfänger sehen: `news@krume.example` oder `Krume <news@krume.example>`. Ohne Namen ist es der von `[sender]`."))]
    #[schemars(regex(pattern = "^([^<>\\x00-\\x1f]*<)?[^@\\s<>]+@[^@\\s<>]+\\.[^@\\s<>]+>?$"))]
    #[schemars(example = &"news@krume.example")]
    pub from: String,
    /// Address for replies.
    #[schemars(extend("x-de" = "Adresse für Antworten."))]
    #[schemars(regex(pattern = "^[^@\\s<>]+@[^@\\s<>]+$"))]
    #[schemars(example = &"laden@krume.example")]
    pub reply_to: Option<String>,
    /// Domain of the envelope senders `b+TOKEN@…`, which receive bounces. Default: domain of `from`.
    #[schemars(extend("x-de" = "Domain der Umschlagabsender `b+TOKEN@…`, an die Rückläufer gehen. Vorgabe: die von `from`."))]
    #[schemars(example = &"krume.example")]
    pub bounce_domain: Option<String>,
    /// Key of the checksum in these tokens, if several machines share one bounce mailbox. Default: created once and kept.
    #[schemars(extend("x-de" = "Schlüssel der Prüfsumme in diesen Tokens, wenn mehrere Maschinen sich ein Postfach für Rückläufer teilen. Vorgabe: einmal erzeugt und behalten."))]
    #[schemars(extend("examples" = [{"credential": "verp-secret"}]))]
    pub verp_secret: Option<Secret>,
    /// One envelope sender for all messages, instead of one per message.
    #[schemars(extend("x-de" = "Ein Umschlagabsender für alle Nachrichten, statt eines eigenen für jede."))]
    #[schemars(regex(pattern = "^[^@\\s<>]+@[^@\\s<>]+$"))]
    #[schemars(example = &"bounces@krume.example")]
    pub return_path: Option<String>,
    /// Simultaneous connections.
    #[schemars(extend("x-de" = "Gleichzeitige Verbindungen."))]
    #[serde(default = "sessions")]
    #[schemars(range(min = 1, max = 256))]
    pub sessions: u32,
    /// Messages per connection; 0 for no limit.
    #[schemars(extend("x-de" = "Nachrichten pro Verbindung; 0 für keine Grenze."))]
    #[serde(default = "per_connection")]
    pub messages_per_connection: u32,
    /// Whether commands are sent before the replies to earlier ones, if the relay offers PIPELINING.
    #[schemars(extend("x-de" = "Ob Befehle vor den Antworten auf frühere gesendet werden, wenn das Relay PIPELINING anbietet."))]
    #[serde(default = "yes")]
    pub pipelining: bool,
    /// How long to wait for a reply of the relay, 1 second to 1 hour; five times as long for the reply to a message.
    #[schemars(extend("x-de" = "Wie lange auf eine Antwort des Relays gewartet wird, 1 Sekunde bis 1 Stunde; fünfmal so lange auf die nach einer Nachricht.", "default" = "2m"))]
    pub timeout: Option<HumanDuration>,
    /// Older form of `timeout`: a number of seconds.
    #[schemars(extend("x-de" = "Ältere Form von `timeout`: eine Zahl von Sekunden."))]
    #[schemars(range(min = 1, max = 3600))]
    #[schemars(extend("deprecated" = true))]
    pub timeout_s: Option<u32>,
    /// Largest message as it is sent, up to 1 GiB: encoding makes attachments a third larger. A smaller limit of the relay applies too.
    #[schemars(extend("x-de" = "Größte Nachricht, wie sie gesendet wird, bis 1 GiB: Anhänge werden durch die Kodierung um ein Drittel größer. Eine kleinere Grenze des Relays gilt auch.", "default" = "25 MiB", "x-content-limit" = 0.73))]
    pub max_message: Option<ByteSize>,
    /// Older form of `max_message`: a number of MiB.
    #[schemars(extend("x-de" = "Ältere Form von `max_message`: eine Zahl von MiB."))]
    #[schemars(range(min = 1, max = 1024))]
    #[schemars(extend("deprecated" = true, "x-content-limit" = 765_460))]
    pub max_message_mib: Option<u32>,
    /// DKIM signatures: one with RSA; optionally a second one with Ed25519.
    #[schemars(extend("x-de" = "DKIM-Signaturen: eine mit RSA, auf Wunsch eine zweite mit Ed25519."))]
    #[serde(default)]
    #[schemars(extend("examples" = [[{"domain": "krume.example", "selector": "r1", "key": {"file": "dkim.pem"}}]]))]
    pub dkim: Vec<DkimConfig>,
    /// Last part of the Feedback-ID header (5 to 15 characters), for Google's Postmaster Tools.
    #[schemars(extend("x-de" = "Letzter Teil der Kopfzeile Feedback-ID (5 bis 15 Zeichen), für Googles Postmaster Tools."))]
    #[schemars(regex(pattern = "^[A-Za-z0-9-]{5,15}$"))]
    #[schemars(example = &"krume")]
    pub feedback_id: Option<String>,
    /// Address for the `mailto:` of List-Unsubscribe.
    #[schemars(extend("x-de" = "Adresse für das `mailto:` von List-Unsubscribe."))]
    #[schemars(regex(pattern = "^[^@\\s<>]+@[^@\\s<>]+$"))]
    #[schemars(example = &"stop@krume.example")]
    pub unsubscribe_mailto: Option<String>,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
const DEFAULT_MAX_MESSAGE: u64 = 25 << 20;
/// Upper limits of `timeout` and `max_message`.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(3_600);
const LARGEST_MESSAGE: usize = 1 << 30;

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

pub(crate) fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, d)| d)
}

impl EmailConfig {
    pub(crate) fn sender(&self) -> (Option<&str>, &str) {
        match self.from.split_once('<') {
            Some((name, address)) => {
                let name = name.trim().trim_matches('"').trim();
                ((!name.is_empty()).then_some(name), address.trim_end_matches('>').trim())
            }
            None => (None, self.from.trim()),
        }
    }

    pub(crate) fn own_name(&self) -> &str {
        self.helo.as_deref().unwrap_or_else(|| domain(self.sender().1))
    }

    /// How long to wait for a reply.
    pub(crate) fn timeout(&self) -> Duration {
        let older = self.timeout_s.map(|s| Duration::from_secs(u64::from(s)));
        self.timeout.map(|t| t.0).or(older).unwrap_or(DEFAULT_TIMEOUT)
    }

    /// Largest message in bytes.
    pub(crate) fn max_message(&self) -> usize {
        let older = self.max_message_mib.map(|mib| u64::from(mib) << 20);
        let bytes = self.max_message.map(|size| size.0).or(older).unwrap_or(DEFAULT_MAX_MESSAGE);
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// Whether the relay is this machine.
    fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The same settings with every domain beyond ASCII as the DNS has it (`xn--…`): in headers, envelope, greeting and signature alike.
    ///
    /// # Errors
    /// Names the key whose domain has no such form.
    pub(crate) fn with_ascii_domains(mut self) -> Result<Self, OpenError> {
        let (name, address) = self.sender();
        let ascii = ascii_address("from", address)?;
        if ascii != address {
            self.from = name.map_or_else(|| ascii.clone(), |name| format!("\"{name}\" <{ascii}>"));
        }
        let addresses = [
            ("reply_to", &mut self.reply_to),
            ("return_path", &mut self.return_path),
            ("unsubscribe_mailto", &mut self.unsubscribe_mailto),
        ];
        for (key, value) in addresses {
            *value = value.as_deref().map(|value| ascii_address(key, value)).transpose()?;
        }
        let domains =
            [("helo", &mut self.helo), ("bounce_domain", &mut self.bounce_domain), ("tls_name", &mut self.tls_name)];
        for (key, value) in domains {
            *value = value.as_deref().map(|value| ascii_domain(key, value)).transpose()?;
        }
        self.host = ascii_domain("host", &self.host)?;
        for dkim in &mut self.dkim {
            dkim.domain = ascii_domain("dkim.domain", &dkim.domain)?;
        }
        Ok(self)
    }

    /// Checks what the schema cannot express.
    ///
    /// # Errors
    /// Names the key and what to do.
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
        match (self.tls, self.port) {
            (TlsMode::Starttls, 465) => {
                return Err(OpenError::new(
                    "`tls = \"starttls\"` does not fit port 465, which speaks TLS from the first byte: use tls = \"implicit\" or port 587",
                ));
            }
            (TlsMode::Implicit, 25 | 587) => {
                return Err(OpenError::new(format!(
                    "`tls = \"implicit\"` does not fit port {}, which begins without TLS: use tls = \"starttls\" or port 465",
                    self.port
                )));
            }
            (TlsMode::None, 465) => {
                return Err(OpenError::new(
                    "`tls = \"none\"` does not fit port 465, which speaks TLS from the first byte: use tls = \"implicit\"",
                ));
            }
            _ => {}
        }
        if self.username.is_some() && self.tls == TlsMode::None && !self.is_loopback() {
            return Err(OpenError::new(
                "`tls = \"none\"` would send the password readable over the network: use \"starttls\" or \"implicit\"",
            ));
        }
        if self.feedback_id.as_ref().is_some_and(|id| id.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-')) {
            return Err(OpenError::new("`feedback_id` is more than letters, digits and hyphens"));
        }
        if self.timeout.is_some() && self.timeout_s.is_some() {
            return Err(OpenError::new("`timeout_s` is the older form of `timeout`: give only one of them"));
        }
        if self.max_message.is_some() && self.max_message_mib.is_some() {
            return Err(OpenError::new("`max_message_mib` is the older form of `max_message`: give only one of them"));
        }
        if self.sessions == 0 {
            return Err(OpenError::new("`sessions` is at least 1"));
        }
        if !(Duration::from_secs(1)..=LONGEST_TIMEOUT).contains(&self.timeout()) {
            return Err(OpenError::new("`timeout` is 1s to 1h"));
        }
        if !(1..=LARGEST_MESSAGE).contains(&self.max_message()) {
            return Err(OpenError::new("`max_message` is 1 byte to 1 GiB"));
        }
        Ok(())
    }
}

/// Whether receivers that check DMARC see the signature of one domain as that of another (RFC 7489 §3.1.1, relaxed): the same, or one below the other.
pub(crate) fn is_aligned(signing: &str, from: &str) -> bool {
    let (signing, from) = (signing.to_ascii_lowercase(), from.to_ascii_lowercase());
    let below = |inner: &str, outer: &str| inner.strip_suffix(outer).is_some_and(|rest| rest.ends_with('.'));
    signing == from || below(&signing, &from) || below(&from, &signing)
}

/// Refuses an empty value, white space, control characters, `<`, `>` and `"`.
fn word(key: &str, value: Option<&str>) -> Result<(), OpenError> {
    let Some(value) = value else { return Ok(()) };
    if value.is_empty() || value.chars().any(|c| c.is_control() || c.is_whitespace() || "<>\"".contains(c)) {
        return Err(OpenError::new(format!(
            "`{key}` is empty or contains a character that has no place there: write a bare name"
        )));
    }
    Ok(())
}

/// The domain as the DNS has it; one that is ASCII already stays as it is.
fn ascii_domain(key: &str, domain: &str) -> Result<String, OpenError> {
    if domain.is_ascii() {
        return Ok(domain.to_owned());
    }
    idna::domain_to_ascii_strict(domain)
        .map_err(|_| OpenError::new(format!("`{key}` is not a domain that the DNS can have: write it as xn--…")))
}

/// The address with the domain as the DNS has it.
fn ascii_address(key: &str, address: &str) -> Result<String, OpenError> {
    match address.rsplit_once('@') {
        Some((local, domain)) => Ok(format!("{local}@{}", ascii_domain(key, domain)?)),
        None => Ok(address.to_owned()),
    }
}

/// Refuses a value that is not an ASCII address.
fn address(key: &str, value: Option<&str>) -> Result<(), OpenError> {
    word(key, value)?;
    match value {
        Some(value) if !value.is_ascii() => Err(OpenError::new(format!(
            "`{key}` has characters beyond ASCII in front of the @: most relays take no such address"
        ))),
        Some(value) if value.split('@').count() != 2 || value.starts_with('@') || value.ends_with('@') => {
            Err(OpenError::new(format!("`{key}` is not an address: write it as name@domain")))
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
        let config = serde_json::from_value::<EmailConfig>(value).map_err(|e| e.to_string())?;
        config.with_ascii_domains().and_then(|config| config.check()).map_err(|e| e.to_string())
    }

    #[test]
    fn errors_name_the_key() {
        assert_eq!(config(&[]), Ok(()));
        for (key, value) in [
            ("host", json!("")),
            ("helo", json!("a b")),
            ("from", json!("news")),
            ("from", json!("Krume <news@krume.example>\r\nBcc: x")),
            ("from", json!("@krume.example")),
            ("from", json!("bäckerei@krume.example")),
            ("from", json!("news@-ä.example")),
            ("dkim", json!([{"domain": "ä..example", "selector": "s", "key": "k"}])),
            ("reply_to", json!("a@b@c")),
            ("return_path", json!("<>")),
            ("username", json!("u")),
            ("feedback_id", json!("a:b")),
            ("sessions", json!(0)),
            ("timeout", json!("0s")),
            ("timeout", json!("2h")),
            ("max_message", json!("2 GiB")),
            ("dkim", json!([{"domain": "", "selector": "s", "key": "k"}])),
            ("colour", json!(1)),
        ] {
            let said = config(&[(key, value.clone())]).expect_err(key);
            assert!(said.contains(&format!("`{key}")), "{key} = {value}: {said}");
        }
    }

    #[test]
    fn every_domain_becomes_what_the_dns_has() {
        let config: EmailConfig = serde_json::from_value(json!({
            "host": "mail.bäckerei.example", "from": "Bäckerei Krume <news@bäckerei.example>", "reply_to": "laden@BÄCKEREI.example",
            "return_path": "b@bäckerei.example", "unsubscribe_mailto": "stop@bäckerei.example", "helo": "mail.bäckerei.example",
            "bounce_domain": "bäckerei.example", "tls_name": "mail.bäckerei.example",
            "dkim": [{"domain": "bäckerei.example", "selector": "s", "key": "k"}],
        }))
        .unwrap();
        let config = config.with_ascii_domains().unwrap();
        config.check().unwrap();
        let domain = "xn--bckerei-5wa.example";
        assert_eq!(config.sender(), (Some("Bäckerei Krume"), &*format!("news@{domain}")));
        assert_eq!(config.own_name(), format!("mail.{domain}"));
        for address in [&config.reply_to, &config.return_path, &config.unsubscribe_mailto] {
            assert!(address.as_ref().unwrap().ends_with(&format!("@{domain}")), "{address:?}");
        }
        assert_eq!((&config.bounce_domain, &config.dkim[0].domain), (&Some(domain.to_owned()), &domain.to_owned()));
        assert_eq!((&config.host, &config.tls_name), (&format!("mail.{domain}"), &Some(format!("mail.{domain}"))));
    }

    #[test]
    fn older_forms_still_work() {
        let read = |more: serde_json::Value| {
            let mut value = json!({"host": "h", "from": "news@krume.example"});
            value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let config: EmailConfig = serde_json::from_value(value).unwrap();
            (config.timeout().as_secs(), config.max_message() >> 20, config.check().is_ok())
        };
        assert_eq!(read(json!({})), (120, 25, true));
        assert_eq!(read(json!({"timeout": "30s", "max_message": "10 MiB"})), (30, 10, true));
        assert_eq!(read(json!({"timeout_s": 30, "max_message_mib": 10})), (30, 10, true));
        assert_eq!(read(json!({"timeout_s": 0})), (0, 25, false));
        assert!(!read(json!({"timeout": "30s", "timeout_s": 30})).2, "both forms at once");
        assert!(!read(json!({"max_message": "1 MiB", "max_message_mib": 1})).2, "both forms at once");
    }

    #[test]
    fn the_tls_mode_fits_the_port() {
        for (tls, port, fits) in [
            ("starttls", 587, true),
            ("starttls", 465, false),
            ("implicit", 465, true),
            ("implicit", 587, false),
            ("implicit", 25, false),
            ("implicit", 4650, true),
            ("none", 465, false),
            ("none", 25, true),
        ] {
            let said = config(&[("tls", json!(tls)), ("port", json!(port))]);
            assert_eq!(said.is_ok(), fits, "{tls} {port}");
            assert!(said.is_ok() || said.unwrap_err().starts_with("`tls = "), "{tls} {port}");
        }
    }

    #[test]
    fn signing_domains_that_receivers_accept() {
        for (signing, from, aligned) in [
            ("krume.example", "krume.example", true),
            ("Krume.example", "news.krume.example", true),
            ("mail.krume.example", "krume.example", true),
            ("krume.example", "ume.example", false),
            ("other.example", "krume.example", false),
        ] {
            assert_eq!(is_aligned(signing, from), aligned, "{signing} {from}");
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
