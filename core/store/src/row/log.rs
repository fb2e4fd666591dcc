//! The log, and what doctor finds.

use rundruf_consent::log::LogKey;
use rundruf_consent::text::Digest;
use rundruf_lang::Message;

/// Head of the consent log.
#[derive(Clone, Debug)]
pub struct LogHead {
    /// Number of entries.
    pub size: u64,
    /// Root hash of the tree over all entries.
    pub root: Digest,
    /// The newest signed checkpoint (C2SP signed note); `None` before the first.
    pub checkpoint: Option<String>,
}

/// Something that `doctor` found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// True for a fault, false for a remark.
    pub fault: bool,
    /// What was found, without an address.
    pub text: Message,
}

/// Signs checkpoints; the engine makes it from settings and secrets.
pub type Signer = LogKey;
