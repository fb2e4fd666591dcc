//! Writes each message to a file and reads replies from files. Serves every channel; nothing leaves the machine.
#![forbid(unsafe_code)]

mod forget; // a person's files are removed
mod health; // the state of an account that does not exist
mod inbound; // files in `in/` → messages
mod message_file; // message → file
mod rehearsal; // addresses that fail on purpose
mod setup; // a set-up that can be tried
mod webhook; // requests → messages

use rehearsal::Rehearsal;
use rundruf_plugin::{
    Content, Forget, Health, Host, HumanDuration, Lookup, OpenError, Outcome, Reach, Recipient, Secret, Setup,
    Transport, Webhook, async_trait, export_transport,
};
use std::path::PathBuf;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Settings of the sandbox transport.
#[derive(Clone, Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-check" = {"inbound": {"file": "{folder}/in/email:person-{n}@kit.example.txt"}}))]
pub struct SandboxConfig {
    /// Folder for messages; replies are read from its folder `in`.
    #[schemars(extend(
        "x-path" = "folder",
        "x-de" = "Ordner für Nachrichten; Antworten werden aus seinem Ordner `in` gelesen."
    ))]
    pub folder: PathBuf,
    /// How long sending to a `slow` rehearsal address takes.
    #[schemars(extend("x-de" = "Wie lange das Senden an eine Probeadresse mit `slow` dauert.", "default" = "2s"))]
    pub slow: Option<HumanDuration>,
    /// Older form of `slow`: a number of milliseconds.
    #[schemars(extend("x-de" = "Ältere Form von `slow`: eine Zahl von Millisekunden."))]
    #[schemars(range(max = 600_000))]
    pub slow_ms: Option<u64>,
    /// Takes messages at `/hook/NAME` from requests with this secret in the header `x-sandbox-secret`; without it nobody's.
    #[schemars(extend(
        "x-de" = "Nimmt unter `/hook/NAME` Nachrichten an, die dieses Geheimnis in der Kopfzeile `x-sandbox-secret` mitbringen; ohne Geheimnis keine."
    ))]
    pub webhook_secret: Option<Secret>,
    /// File with the secret, instead of `webhook_secret`; `rundruf transport setup` makes it.
    #[schemars(extend(
        "x-path" = "file",
        "x-de" = "Datei mit dem Geheimnis, an Stelle von `webhook_secret`; `rundruf transport setup` legt sie an."
    ))]
    pub webhook_secret_file: Option<PathBuf>,
}

impl SandboxConfig {
    /// How long sending to a `slow` address takes.
    fn slow(&self) -> Duration {
        let older = self.slow_ms.map(Duration::from_millis);
        self.slow.map(|s| s.0).or(older).unwrap_or(Duration::from_secs(2))
    }
}

/// The sandbox transport.
#[derive(Debug)]
pub struct Sandbox {
    config: SandboxConfig,
    host: Host,
    /// The secret of callbacks.
    secret: Option<Secret>,
    /// When the last message came in, in Unix milliseconds; 0 for never.
    heard_at: Arc<AtomicI64>,
    /// The name that was given in the set-up.
    account: Mutex<String>,
}

#[async_trait]
impl Transport for Sandbox {
    type Config = SandboxConfig;

    const CONCURRENCY: usize = 256;

    async fn open(config: SandboxConfig, host: Host) -> Result<Self, OpenError> {
        let failed = |what: &str, e: std::io::Error| OpenError::new(format!("{what} {}: {e}", config.folder.display()));
        std::fs::create_dir_all(config.folder.join("in").join("refused"))
            .map_err(|e| failed("`folder`: cannot make", e))?;
        message_file::remove_incomplete(&config.folder).map_err(|e| failed("`folder`: cannot read", e))?;
        let heard_at = Arc::new(AtomicI64::new(0));
        let secret = match &config.webhook_secret_file {
            // The set-up is to make it.
            Some(_) if host.is_setup() => None,
            Some(file) => {
                let text = std::fs::read_to_string(file).map_err(|e| {
                    OpenError::new(format!("`webhook_secret_file`: cannot read {}: {e}", file.display()))
                })?;
                Some(Secret::new(text.trim()))
            }
            None => config.webhook_secret.clone(),
        };
        if !host.is_setup() {
            tokio::spawn(inbound::watch(config.folder.join("in"), host.clone(), Arc::clone(&heard_at)));
        }
        Ok(Self { config, host, secret, heard_at, account: Mutex::default() })
    }

    async fn send(&self, content: &Content<'_>, to: &Recipient<'_>) -> Outcome {
        match rehearsal::of(&content.channel(), &to.address()) {
            Rehearsal::None => {}
            Rehearsal::Refuse => return Outcome::bad_recipient("rehearsal: refused for good").with_code(550),
            Rehearsal::Later => return Outcome::retry(None, "rehearsal: refused for now").with_code(450),
            Rehearsal::Cut => return Outcome::maybe_sent("rehearsal: cut before the answer"),
            Rehearsal::Account => return Outcome::account_auth("rehearsal: the account is refused").with_code(535),
            Rehearsal::OptedOut => return Outcome::opted_out("rehearsal: wants nothing of this sender"),
            Rehearsal::OtherKey => return Outcome::identity_changed("rehearsal: another key than before"),
            Rehearsal::Elsewhere => return Outcome::elsewhere("rehearsal: not on this channel any more"),
            Rehearsal::Slow => tokio::time::sleep(self.config.slow()).await,
        }
        match message_file::write(&self.config.folder, content, to) {
            Ok(name) => Outcome::sent(name),
            Err(error) => Outcome::retry(None, format!("cannot write: {error}")),
        }
    }

    fn lookup(&self) -> Option<&dyn Lookup> {
        Some(self)
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        Some(self)
    }

    fn forget(&self) -> Option<&dyn Forget> {
        Some(self)
    }

    fn health(&self) -> Option<&dyn Health> {
        Some(self)
    }

    fn setup(&self) -> Option<&dyn Setup> {
        Some(self)
    }
}

#[async_trait]
impl Lookup for Sandbox {
    async fn reach(&self, channel: &str, address: &str) -> Reach {
        match rehearsal::of(channel, address) {
            Rehearsal::Refuse => return Reach::No("rehearsal: there is no such address".to_owned()),
            Rehearsal::Later | Rehearsal::Cut | Rehearsal::Account => {
                return Reach::Unknown("rehearsal: nobody can say now".to_owned());
            }
            Rehearsal::Elsewhere => return Reach::No("rehearsal: not on this channel any more".to_owned()),
            Rehearsal::Slow => tokio::time::sleep(self.config.slow()).await,
            Rehearsal::None | Rehearsal::OptedOut | Rehearsal::OtherKey => {}
        }
        Reach::Yes
    }
}

export_transport!(Sandbox);
