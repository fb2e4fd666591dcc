//! How a check ends: a verdict, and the reason for it.

use rundruf_lang::Message;
use serde::{Deserialize, Serialize};

/// How a check ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckVerdict {
    /// The plugin does what the contract demands.
    Passed,
    /// The contract allows it, but the author should look at it.
    Warned,
    /// The plugin breaks the contract.
    Failed,
    /// The check does not concern this plugin, or cannot be tried with it; the reason says why.
    Skipped,
    /// The check could not run, for a reason outside the plugin such as a full disk.
    Error,
    /// The process of the check died.
    Crashed,
}

impl CheckVerdict {
    /// The verdict's name in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Error => "error",
            Self::Crashed => "crashed",
        }
    }

    /// Whether the plugin has to be changed.
    #[must_use]
    pub const fn is_bad(self) -> bool {
        matches!(self, Self::Failed | Self::Crashed)
    }
}

/// The check that reports messages without exactly one outcome, whichever check meets them.
pub(crate) const EXACTLY_ONCE: &str = "exactly-once";

/// How one check ended in one process.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct CheckOutcome {
    pub(crate) verdict: CheckVerdict,
    pub(crate) why: Message,
    /// The check that is about this fault, if it is another one: where that check fails as well, it reports the fault alone.
    pub(crate) owner: Option<String>,
}

/// What a check returns. An `Err` is an outcome as well: `?` ends the check early with it.
pub(crate) type CheckResult = Result<CheckOutcome, CheckOutcome>;

impl CheckOutcome {
    pub(crate) const fn new(verdict: CheckVerdict, why: Message) -> Self {
        Self { verdict, why, owner: None }
    }

    /// The same outcome with its reason inside another sentence.
    pub(crate) fn with_context(self, sentence: impl FnOnce(Message) -> Message) -> Self {
        Self { why: sentence(self.why), ..self }
    }

    /// The same outcome, reported by the check with this id if that one fails as well.
    pub(crate) fn owned_by(self, check: &str) -> Self {
        Self { owner: Some(check.to_owned()), ..self }
    }

    pub(crate) const fn passed(why: Message) -> Self {
        Self::new(CheckVerdict::Passed, why)
    }

    pub(crate) const fn warned(why: Message) -> Self {
        Self::new(CheckVerdict::Warned, why)
    }

    pub(crate) const fn failed(why: Message) -> Self {
        Self::new(CheckVerdict::Failed, why)
    }

    pub(crate) const fn skipped(why: Message) -> Self {
        Self::new(CheckVerdict::Skipped, why)
    }

    pub(crate) const fn error(why: Message) -> Self {
        Self::new(CheckVerdict::Error, why)
    }
}

/// Ends the check as failed unless `condition` holds.
pub(crate) fn ensure(condition: bool, why: impl FnOnce() -> Message) -> Result<(), CheckOutcome> {
    if condition { Ok(()) } else { Err(CheckOutcome::failed(why())) }
}
