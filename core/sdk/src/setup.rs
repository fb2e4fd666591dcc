//! The extension `rundruf.setup/1`: a transport whose account is set up step by step.

use async_trait::async_trait;
use std::time::Duration;

/// What is to be done in a step.
#[derive(Clone, PartialEq, Eq)]
pub enum StepAction {
    /// It cannot go on; the text says why, and what to do.
    Failed,
    /// It is over; the text says what comes next.
    Done,
    /// The admin reads the text, and sees a QR code if `qr` is not empty.
    Show {
        /// What the code is to hold; 1 KiB at most.
        qr: String,
    },
    /// The admin answers the text.
    Ask,
    /// The same, and nobody sees what is typed.
    AskSecret,
    /// The daemon writes a file for its owner alone. One that exists is never replaced: the set-up ends instead.
    File {
        /// Key of the setting that names the file; in the schema it is marked with `"x-path": "file"`.
        setting: String,
        /// What is to be in it; 64 KiB at most.
        bytes: Vec<u8>,
    },
    /// The daemon asks again after this time, a minute at most.
    Wait(Duration),
}

/// A step of a set-up.
#[derive(Clone, PartialEq, Eq)]
pub struct SetupStep {
    /// Its name; comes back with the answer. 64 bytes at most.
    pub name: String,
    /// What the admin reads; 4 KiB at most. Its German is in `messages` of the manifest.
    pub text: String,
    /// What is to be done.
    pub action: StepAction,
}

// A step may hold a key: it prints its name alone.
impl std::fmt::Debug for SetupStep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetupStep").field("name", &self.name).finish_non_exhaustive()
    }
}

impl SetupStep {
    /// A step with this name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>, action: StepAction) -> Self {
        Self { name: name.into(), text: text.into(), action }
    }

    /// It cannot go on.
    pub fn failed(text: impl Into<String>) -> Self {
        Self::new("failed", text, StepAction::Failed)
    }

    /// It is over.
    pub fn done(text: impl Into<String>) -> Self {
        Self::new("done", text, StepAction::Done)
    }
}

/// The extension `rundruf.setup/1`: implement it beside [`Transport`](crate::Transport), and claim `setup` in the manifest, where an account must be
/// linked or registered, or keys be made. `rundruf transport setup NAME` opens the transport for it alone: [`Host::is_setup`](crate::Host::is_setup) is
/// true then.
#[async_trait]
pub trait Setup: Send + Sync {
    /// The step after `step`, which got this answer; the first one if `step` is empty. Within 120 s. The answer to a file is its path; to a text
    /// that was shown, and to a pause, it is empty. Keep what was answered in the transport itself: there is one set-up for each instance.
    async fn next(&self, step: &str, answer: &str) -> SetupStep;
}
