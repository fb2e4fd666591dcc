//! Writes each message to a file and reads replies from files. Serves every channel; nothing leaves the machine.
#![forbid(unsafe_code)]

mod inbound; // files in `in/` → messages
mod message_file; // message → file
mod rehearsal; // addresses that fail on purpose

use rehearsal::Rehearsal;
use rundruf_plugin::{
    Content, Host, Lookup, OpenError, Outcome, Reach, Recipient, Transport, async_trait, export_transport,
};
use std::path::PathBuf;
use std::time::Duration;

/// Settings of the sandbox transport.
#[derive(Clone, Debug, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-check" = {"inbound": {"file": "{folder}/in/email:person-{n}@kit.example.txt"}}))]
pub struct SandboxConfig {
    /// Where messages go; replies come from the folder `in` inside.
    #[schemars(extend(
        "x-path" = "folder",
        "x-de" = "Wohin die Nachrichten geschrieben werden; Antworten kommen aus dem Ordner `in` darin."
    ))]
    pub folder: PathBuf,
    /// How long a `slow` rehearsal address takes, in milliseconds.
    #[serde(default = "slow_ms")]
    #[schemars(extend("x-de" = "Wie lange eine Probeadresse mit `slow` braucht, in Millisekunden."))]
    #[schemars(range(max = 600_000))]
    pub slow_ms: u64,
}

const fn slow_ms() -> u64 {
    2_000
}

/// The sandbox transport.
#[derive(Debug)]
pub struct Sandbox {
    config: SandboxConfig,
}

#[async_trait]
impl Transport for Sandbox {
    type Config = SandboxConfig;

    const CONCURRENCY: usize = 256;

    async fn open(config: SandboxConfig, host: Host) -> Result<Self, OpenError> {
        let failed = |what: &str, e: std::io::Error| {
            OpenError::new(format!("`folder`: cannot {what} {}: {e}", config.folder.display()))
        };
        std::fs::create_dir_all(config.folder.join("in").join("refused")).map_err(|e| failed("make", e))?;
        message_file::remove_incomplete(&config.folder).map_err(|e| failed("read", e))?;
        tokio::spawn(inbound::watch(config.folder.join("in"), host));
        Ok(Self { config })
    }

    async fn send(&self, content: &Content<'_>, to: &Recipient<'_>) -> Outcome {
        match rehearsal::of(&content.channel(), &to.address()) {
            Rehearsal::None => {}
            Rehearsal::Refuse => return Outcome::bad_recipient("rehearsal: refused for good").with_code(550),
            Rehearsal::Later => return Outcome::retry(None, "rehearsal: refused for now").with_code(450),
            Rehearsal::Cut => return Outcome::maybe_sent("rehearsal: cut before the answer"),
            Rehearsal::Account => return Outcome::account_auth("rehearsal: the account is refused").with_code(535),
            Rehearsal::Slow => tokio::time::sleep(Duration::from_millis(self.config.slow_ms)).await,
        }
        match message_file::write(&self.config.folder, content, to) {
            Ok(name) => Outcome::sent(name),
            Err(error) => Outcome::retry(None, format!("cannot write: {error}")),
        }
    }

    fn lookup(&self) -> Option<&dyn Lookup> {
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
            Rehearsal::Slow => tokio::time::sleep(Duration::from_millis(self.config.slow_ms)).await,
            Rehearsal::None => {}
        }
        Reach::Yes
    }
}

export_transport!(Sandbox);
