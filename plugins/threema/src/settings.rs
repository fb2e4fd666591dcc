//! The settings of a transport, and what the schema cannot check.

use crate::base_url::BaseUrl;
use crate::id::ThreemaId;
use crate::seal::{PrivateKey, PublicKey};
use crate::secret::ApiSecret;
use rundruf_plugin::{ByteSize, HumanDuration, OpenError, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};

/// How the Gateway ID was ordered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Messages are encrypted on this machine. People can sign up, answer and stop by writing back.
    #[default]
    E2e,
    /// The gateway encrypts, and so reads every message. Texts only, nobody can write back: no sign-up, no STOP, no receipts.
    Basic,
}

/// What happens to files that people send.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InboundFiles {
    /// They are fetched and stored, up to `max_inbound_file`.
    #[default]
    Store,
    /// Only their names, types and captions are stored.
    Refuse,
}

/// Settings of a Threema transport.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-open" = "local", "x-check" = {
    "config": {
        "gateway_id": "*KITKIT1", "secret": "kit-secret-1", "base_url": "http://{host}:{port}", "timeout": "20s",
        "private_key": "private:94af3260fa2a19adc8e82e82be598be15bc6ad6f47c8ee303cb185ef860e16d2",
    },
    "remote": "http",
    "answers": [
        {"path": "/pubkeys/bulk", "status": 404},
        {"path": "/pubkeys/*", "body": "3851ad59c96146a05b32e41c0ccd0fd639dc8cd66bf6e1cbd3c8d67e4e8f5531"},
        {"path": "/capabilities/*", "body": "file,text"},
        {"path": "/credits", "body": "1000"},
        {"path": "/upload_blob", "body": "000102030405060708090a0b0c0d0e0f"},
        {"path": "/send_e2e", "body": "0102030405060708", "message": true},
        {"path": "/send_e2e_bulk", "body": "{\"messageId\":\"0102030405060708\"}", "message": true, "each": true},
    ],
}))]
pub struct ThreemaConfig {
    /// Your Gateway ID: a star and seven characters from A to Z and 0 to 9.
    #[schemars(extend("x-de" = "Ihre Gateway-ID: ein Stern und sieben Buchstaben oder Ziffern."))]
    #[schemars(regex(pattern = "^\\*[0-9A-Za-z]{7}$"))]
    #[schemars(example = &"*KRUME01")]
    pub gateway_id: String,
    /// The API secret of the Gateway ID. Give it as { file = "…" } or { credential = "…" }.
    #[schemars(extend("x-de" = "Das API-Secret der Gateway-ID. Geben Sie es als { file = \"…\" } oder { credential = \"…\" } an."))]
    #[schemars(extend("examples" = [{"credential": "threema-secret"}]))]
    pub secret: Secret,
    /// How the Gateway ID was ordered: `e2e` for end-to-end encryption, `basic` if the gateway encrypts and reads what you send.
    #[schemars(extend("x-de" = "Wie die Gateway-ID bestellt wurde: `e2e` für Ende-zu-Ende-Verschlüsselung, `basic`, wenn das Gateway verschlüsselt und alles mitliest, was Sie senden."))]
    #[serde(default)]
    pub mode: Mode,
    /// The private key of the Gateway ID (`private:` and 64 digits); needed for `e2e`. Give it as { file = "…" } or { credential = "…" }.
    #[schemars(extend("x-de" = "Der private Schlüssel der Gateway-ID (`private:` und 64 Stellen); nötig für `e2e`. Geben Sie ihn als { file = \"…\" } oder { credential = \"…\" } an."))]
    #[schemars(extend("examples" = [{"credential": "threema-private-key"}]))]
    pub private_key: Option<Secret>,
    /// Address of the gateway. For Threema OnPrem with its path, such as `https://threema.krume.example/msgapi`.
    #[schemars(extend("x-de" = "Adresse des Gateways. Bei Threema OnPrem mit dem Pfad, etwa `https://threema.krume.example/msgapi`."))]
    #[serde(default = "official")]
    pub base_url: String,
    /// File with further certificate authorities (PEM), for a server of your own.
    #[schemars(extend("x-path" = "file", "x-de" = "Datei mit weiteren Zertifizierungsstellen (PEM), für einen eigenen Server."))]
    #[schemars(example = &"onprem-ca.pem")]
    pub tls_ca: Option<String>,
    /// Longest text of one message in bytes, 100 to 6000; longer ones are cut between two characters and sent in parts, each for a credit.
    #[schemars(extend("x-de" = "Längster Text einer Nachricht in Bytes, 100 bis 6000; längere werden zwischen zwei Zeichen geteilt und in Teilen gesendet, jeder für ein Guthaben."))]
    #[serde(default = "text_limit")]
    #[schemars(range(min = 100, max = 6_000))]
    pub text_limit: u32,
    /// Largest file that is sent.
    #[schemars(extend("x-de" = "Größte Datei, die gesendet wird.", "default" = "20 MiB"))]
    pub max_file: Option<ByteSize>,
    /// What happens to files that people send: `store` or `refuse`.
    #[schemars(extend("x-de" = "Was mit Dateien geschieht, die Kunden senden: `store` (speichern) oder `refuse` (nicht abholen)."))]
    #[serde(default)]
    pub inbound_files: InboundFiles,
    /// Largest file of a person that is fetched.
    #[schemars(extend("x-de" = "Größte Datei eines Kunden, die abgeholt wird.", "default" = "20 MiB"))]
    pub max_inbound_file: Option<ByteSize>,
    /// Simultaneous requests to the gateway, 1 to 16.
    #[schemars(extend("x-de" = "Gleichzeitige Anfragen an das Gateway, 1 bis 16."))]
    #[serde(default = "requests")]
    #[schemars(range(min = 1, max = 16))]
    pub requests: u32,
    /// How long to wait for an answer of the gateway, 1 second to 10 minutes.
    #[schemars(extend("x-de" = "Wie lange auf eine Antwort des Gateways gewartet wird, 1 Sekunde bis 10 Minuten.", "default" = "2m"))]
    pub timeout: Option<HumanDuration>,
    /// With fewer credits than this you are told; 0: never.
    #[schemars(extend("x-de" = "Bei weniger Guthaben werden Sie benachrichtigt; 0: nie."))]
    #[serde(default = "low_credits")]
    pub low_credits: u32,
    /// Public keys that you have verified yourself, such as by scanning the QR code of a phone, by Threema ID. One of these counts even if the
    /// gateway says another.
    #[schemars(extend("x-de" = "Öffentliche Schlüssel, die Sie selbst geprüft haben, etwa durch Scannen des QR-Codes eines Telefons, nach Threema-ID. Ein solcher gilt, auch wenn das Gateway einen anderen nennt."))]
    #[serde(default)]
    pub trusted_keys: BTreeMap<String, String>,
}

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);
const DEFAULT_FILE: u64 = 20 << 20;
/// More than any gateway takes.
const LARGEST_FILE: u64 = 100 << 20;

fn official() -> String {
    "https://msgapi.threema.ch".to_owned()
}
const fn text_limit() -> u32 {
    3_500
}
const fn requests() -> u32 {
    4
}
const fn low_credits() -> u32 {
    500
}

/// The settings after all checks.
pub(crate) struct ThreemaSettings {
    pub(crate) id: ThreemaId,
    pub(crate) secret: ApiSecret,
    /// `None` in basic mode.
    pub(crate) key: Option<PrivateKey>,
    pub(crate) base: BaseUrl,
    /// `None` for a gateway on this machine without TLS.
    pub(crate) tls: Option<Arc<rustls::ClientConfig>>,
    pub(crate) timeout: Duration,
    pub(crate) text_limit: usize,
    pub(crate) max_file: usize,
    /// `None`: files of people are not fetched.
    pub(crate) max_inbound_file: Option<usize>,
    pub(crate) requests: usize,
    pub(crate) low_credits: i64,
    pub(crate) trusted: HashMap<ThreemaId, PublicKey>,
}

impl ThreemaConfig {
    /// Our Gateway ID.
    ///
    /// # Errors
    /// It is none.
    pub(crate) fn id(&self) -> Result<ThreemaId, OpenError> {
        let id = ThreemaId::parse(&self.gateway_id).filter(ThreemaId::is_gateway);
        id.ok_or_else(|| OpenError::new("`gateway_id`: write a star and seven letters or digits, as in *KRUME01"))
    }

    /// Where the gateway is, how it is trusted, and how long to wait for it.
    ///
    /// # Errors
    /// Names the key and what to do.
    pub(crate) fn connection(&self) -> Result<(BaseUrl, Option<Arc<rustls::ClientConfig>>, Duration), OpenError> {
        let base = BaseUrl::parse(&self.base_url).map_err(OpenError::new)?;
        let tls = base.tls.then(|| tls_config(self.tls_ca.as_deref().map(Path::new))).transpose()?;
        let timeout = self.timeout.map_or(DEFAULT_TIMEOUT, |t| t.0);
        if !(Duration::from_secs(1)..=Duration::from_secs(600)).contains(&timeout) {
            return Err(OpenError::new("`timeout`: it is 1s to 10m"));
        }
        Ok((base, tls, timeout))
    }

    /// Checks the settings and reads the certificates.
    ///
    /// # Errors
    /// Names the key and what to do.
    pub(crate) fn check(self) -> Result<ThreemaSettings, OpenError> {
        let id = self.id()?;
        let secret = ApiSecret::new(self.secret.reveal());
        if secret.reveal().is_empty() || secret.reveal().chars().any(char::is_control) {
            return Err(OpenError::new("`secret`: it is empty or has more than one line"));
        }
        let key = match (self.mode, &self.private_key) {
            (Mode::E2e, Some(key)) => Some(PrivateKey::parse(key.reveal()).ok_or_else(|| {
                OpenError::new(
                    "`private_key`: it is not `private:` and 64 hexadecimal digits, as the key's file has them",
                )
            })?),
            (Mode::E2e, None) => {
                return Err(OpenError::new(
                    "`private_key`: it is missing: give the key whose public half you registered, or set mode = \"basic\"",
                ));
            }
            (Mode::Basic, Some(_)) => {
                return Err(OpenError::new(
                    "`private_key`: mode = \"basic\" has none: the gateway keeps it. Leave the key out",
                ));
            }
            (Mode::Basic, None) => None,
        };
        let (base, tls, timeout) = self.connection()?;
        if !(100..=6_000).contains(&self.text_limit) {
            return Err(OpenError::new("`text_limit`: it is 100 to 6000"));
        }
        if !(1..=16).contains(&self.requests) {
            return Err(OpenError::new("`requests`: it is 1 to 16"));
        }
        let size = |key: &str, size: Option<ByteSize>| {
            let bytes = size.map_or(DEFAULT_FILE, |size| size.0);
            let ok = (1..=LARGEST_FILE).contains(&bytes);
            usize::try_from(bytes)
                .ok()
                .filter(|_| ok)
                .ok_or_else(|| OpenError::new(format!("`{key}`: it is 1 byte to 100 MiB")))
        };
        let max_inbound_file = size("max_inbound_file", self.max_inbound_file)?;
        let trusted = self.trusted_keys.iter().map(|(id, key)| {
            let pair = ThreemaId::parse(id).zip(PublicKey::parse(key));
            pair.ok_or_else(|| {
                OpenError::new(format!("`trusted_keys`: {id} is not a Threema ID with a key of 64 digits"))
            })
        });
        Ok(ThreemaSettings {
            id,
            secret,
            key,
            base,
            tls,
            timeout,
            text_limit: self.text_limit as usize,
            max_file: size("max_file", self.max_file)?,
            max_inbound_file: (self.inbound_files == InboundFiles::Store).then_some(max_inbound_file),
            requests: self.requests as usize,
            low_credits: self.low_credits.into(),
            trusted: trusted.collect::<Result<_, _>>()?,
        })
    }
}

fn builder(roots: rustls::RootCertStore) -> Result<rustls::ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// The certificate authorities of the system, and those of a file.
fn tls_config(file: Option<&Path>) -> Result<Arc<rustls::ClientConfig>, OpenError> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = file {
        let failed = |text: String| OpenError::new(format!("`tls_ca`: {}: {text}", file.display()));
        let before = roots.len();
        for certificate in CertificateDer::pem_file_iter(file).map_err(|e| failed(e.to_string()))? {
            let certificate = certificate.map_err(|e| failed(e.to_string()))?;
            roots.add(certificate).map_err(|e| failed(e.to_string()))?;
        }
        if roots.len() == before {
            return Err(failed("it holds no certificate".to_owned()));
        }
    }
    if roots.is_empty() {
        let text = "no certificate authorities are known: install `ca-certificates`, or name a file by `tls_ca`";
        return Err(OpenError::new(text));
    }
    builder(roots).map(Arc::new).map_err(|e| OpenError::new(format!("TLS cannot be used: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn check(more: &[(&str, Value)]) -> Result<ThreemaSettings, String> {
        let mut value = json!({
            "gateway_id": "*KRUME01", "secret": "s3cret\n", "base_url": "http://127.0.0.1:1",
            "private_key": format!("private:{}\n", "a1".repeat(32)),
        });
        for (key, v) in more {
            value[*key] = v.clone();
        }
        let config = serde_json::from_value::<ThreemaConfig>(value).map_err(|e| e.to_string())?;
        config.check().map_err(|e| e.to_string())
    }

    #[test]
    fn errors_name_the_key_and_show_no_secret() {
        let good = check(&[]).unwrap();
        assert_eq!((good.secret.reveal(), good.text_limit, good.max_file), ("s3cret", 3_500, 20 << 20));
        assert!(check(&[("mode", json!("basic")), ("private_key", Value::Null)]).unwrap().key.is_none());
        assert!(check(&[("inbound_files", json!("refuse"))]).unwrap().max_inbound_file.is_none());
        for (key, value) in [
            ("gateway_id", json!("KRUME012")),
            ("gateway_id", json!("*KRUME")),
            ("secret", json!(" ")),
            ("private_key", Value::Null),
            ("private_key", json!("private:hunter2")),
            ("private_key", json!("00".repeat(32))),
            ("base_url", json!("http://msgapi.threema.ch")),
            ("timeout", json!("0s")),
            ("text_limit", json!(6_001)),
            ("text_limit", json!(10)),
            ("requests", json!(0)),
            ("max_file", json!("1 GiB")),
            ("max_inbound_file", json!("1 GiB")),
            ("trusted_keys", json!({"ANNA2345": "00"})),
            ("trusted_keys", json!({"ANNA": "a1".repeat(32)})),
            ("colour", json!(1)),
        ] {
            let Err(said) = check(&[(key, value.clone())]) else { panic!("{key} = {value}") };
            assert!(said.contains(&format!("`{key}`")), "{key} = {value}: {said}");
            assert!(!said.contains("hunter2") && !said.contains("s3cret"), "{said}");
        }
        let Err(said) = check(&[("mode", json!("basic"))]) else { panic!("a key in basic mode") };
        assert!(said.contains("`private_key`"));
    }

    #[test]
    fn the_official_gateway_is_the_default() {
        let config: ThreemaConfig =
            serde_json::from_value(json!({"gateway_id": "*krume01", "secret": "s", "mode": "basic"})).unwrap();
        let shown = format!("{config:?}");
        let settings = config.check().unwrap();
        assert_eq!((settings.base.host.as_str(), settings.id.as_str()), ("msgapi.threema.ch", "*KRUME01"));
        assert!(shown.contains("secret: Secret"), "{shown}");
    }
}
