//! What a manifest claims: the admin has agreed to that, and to nothing else.

use crate::extension_call::ExtensionKind;
use serde::{Deserialize, Serialize};

/// The claims that are checked at every call of a plugin.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PluginClaims {
    /// It reports messages from outside.
    pub(crate) inbound: bool,
    /// It reports receipts.
    pub(crate) receipts: bool,
    /// It can be asked whether an address can be reached.
    pub(crate) lookup: bool,
    /// Capabilities that are extensions which the host asks.
    pub(crate) extensions: Vec<String>,
    /// Kinds of address that it serves.
    pub(crate) channels: Vec<String>,
}

impl PluginClaims {
    /// Whether it answers requests of this kind.
    pub(crate) fn answers(&self, kind: ExtensionKind) -> bool {
        self.extensions.iter().any(|word| word == kind.capability())
    }
}
