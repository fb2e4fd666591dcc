//! What a broadcast says, as it is stored with it.

use rundruf_host::MessageAttachment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a broadcast says, as it is stored with it (JSON).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct BroadcastContent {
    /// Markdown by language.
    pub text: BTreeMap<String, String>,
    /// Subject by language.
    pub subject: BTreeMap<String, String>,
    /// Files, by digest.
    pub attachments: Vec<StoredAttachment>,
    /// The list that it is sent to.
    pub list: ListTitles,
}

/// A file that is stored by its digest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StoredAttachment {
    /// File name without a folder.
    pub name: String,
    /// Media type.
    pub media_type: String,
    /// SHA-256 of the bytes, hex.
    pub digest: String,
    /// Size in bytes.
    pub size: u64,
    /// The path by which the text shows this picture; `None` for an attachment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

impl StoredAttachment {
    /// The attachment with its bytes and a link to it.
    pub(crate) fn load(&self, bytes: Arc<[u8]>, url: String) -> MessageAttachment {
        MessageAttachment { name: self.name.clone(), media_type: self.media_type.clone(), bytes, url }
    }
}

/// The list's name and titles when the broadcast was stored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListTitles {
    /// Name in the settings.
    pub name: String,
    /// Title by language.
    pub title: BTreeMap<String, String>,
}
