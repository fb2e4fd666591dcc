//! One check to run: what the runner tells the process that supervises it.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// How much is tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Effort {
    /// Messages that `exactly-once` sends at most.
    pub messages: u64,
    /// Seconds that `exactly-once` sends at most.
    pub seconds: u64,
    /// Rounds of `open-close-loop`.
    pub rounds: u32,
    /// Milliseconds of `confinement-and-fuzz`.
    pub fuzz_ms: u64,
}

impl Effort {
    /// What `rundruf plugin check` does.
    pub const FULL: Self = Self { messages: 100_000, seconds: 8, rounds: 200, fuzz_ms: 3_000 };
    /// Enough to find a fault that always shows; for tests.
    pub const QUICK: Self = Self { messages: 2_600, seconds: 3, rounds: 24, fuzz_ms: 300 };
}

/// One check to run, as JSON on the standard input of its supervisor.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CheckJob {
    pub(crate) id: String,
    /// Absolute path of the library.
    pub(crate) library: PathBuf,
    /// Settings from the admin; `None`: they are made from the plugin's schema.
    pub(crate) config: Option<serde_json::Value>,
    pub(crate) seed: u64,
    pub(crate) effort: Effort,
    /// A folder for this check alone.
    pub(crate) folder: PathBuf,
    /// The check is ended after this time.
    pub(crate) limit_ms: u64,
    /// Whether the plugin runs in the confinement, as with `isolation = "process"`.
    pub(crate) confined: bool,
    /// Outcome code of an ordinary message without the confinement, where it is known.
    pub(crate) unconfined_code: Option<u16>,
}
