//! The log, and what doctor finds.

use rundruf_consent::log::LogKey;
use rundruf_consent::text::Digest;

/// Head of the log.
#[derive(Clone, Debug)]
pub struct LogHead {
    /// Leaves.
    pub size: u64,
    /// Root.
    pub root: Digest,
    /// The newest signed checkpoint, if there is one.
    pub checkpoint: Option<String>,
}

/// Something that `doctor` found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Whether it is a fault or a remark.
    pub fault: bool,
    /// What, in English, without an address.
    pub text: String,
}

/// Signs checkpoints; made by the engine from settings and secrets.
pub type Signer = LogKey;
