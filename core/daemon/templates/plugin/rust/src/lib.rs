//! Writes each message as one line into a file. Put your provider's call where the line is written.
#![forbid(unsafe_code)]

use rundruf_plugin::{Content, Host, OpenError, Outcome, Recipient, Transport, async_trait, export_transport};
use tokio::{fs::File, io::AsyncWriteExt, sync::Mutex};

/// What the admin writes under `[transports.NAME.config]`.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-check" = {"remote": "none"}))]
pub struct Config {
    /// First words of every message.
    #[serde(default)]
    pub greeting: String,
}

/// One `[transports.NAME]` of the admin's.
pub struct Carrier {
    greeting: String,
    file: Mutex<File>,
}

#[async_trait]
impl Transport for Carrier {
    type Config = Config;

    async fn open(config: Config, host: Host) -> Result<Self, OpenError> {
        let path = host.state_dir().join("sent.txt");
        let file = File::options().create(true).append(true).open(&path).await;
        let file = file.map_err(|e| OpenError::new(format!("`{}`: {e}", path.display())))?;
        Ok(Self { greeting: config.greeting, file: Mutex::new(file) })
    }

    async fn send(&self, content: &Content<'_>, to: &Recipient<'_>) -> Outcome {
        if to.address().is_empty() {
            return Outcome::bad_recipient("the address is empty");
        }
        let id = to.message_id_hex();
        let line = format!("{id} {} {:?}\n", to.address(), format!("{}{}", self.greeting, content.text_for(to)));
        let mut file = self.file.lock().await;
        match file.write_all(line.as_bytes()).await.and(file.flush().await) {
            Ok(()) => Outcome::sent(id),
            // Part of it may have been written: an outcome that is not certain is `maybe_sent`, never `failed`.
            Err(error) => Outcome::maybe_sent(format!("cannot write: {error}")),
        }
    }
}

export_transport!(Carrier);
