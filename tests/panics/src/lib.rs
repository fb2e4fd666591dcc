//! Panics when it meets an address that begins with `fault`, once, in the way that its settings name.

use rundruf_plugin::{Content, Host, OpenError, Outcome, Recipient, Transport, async_trait, export_transport};
use std::path::PathBuf;

/// Settings.
#[derive(Clone, Debug, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Out of a function that cannot unwind, where nobody can catch it.
    pub escapes: bool,
}

/// The transport.
#[derive(Debug)]
pub struct Panics {
    escapes: bool,
    struck: PathBuf,
}

extern "C" fn cannot_unwind() {
    panic!("out of a C function");
}

#[async_trait]
impl Transport for Panics {
    type Config = Config;

    async fn open(config: Config, host: Host) -> Result<Self, OpenError> {
        Ok(Self { escapes: config.escapes, struck: host.state_dir().join("struck") })
    }

    async fn send(&self, _: &Content<'_>, to: &Recipient<'_>) -> Outcome {
        if to.address().starts_with("fault") && std::fs::File::create_new(&self.struck).is_ok() {
            if self.escapes {
                cannot_unwind();
            }
            panic!("caught by the SDK");
        }
        Outcome::sent("")
    }
}

export_transport!(Panics);
