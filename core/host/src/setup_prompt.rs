//! A step of a plugin's set-up.

use crate::event::cut;
use serde::{Deserialize, Serialize};

/// Longest answer of the admin, in bytes.
pub(crate) const MAX_ANSWER: usize = 4 << 10;
/// Longest name of a step, and of a setting.
const MAX_STEP_NAME: usize = 64;
/// Longest text of a step.
const MAX_STEP_TEXT: usize = 4 << 10;
/// Longest content of a QR code.
const MAX_QR: usize = 1 << 10;
/// Largest file.
const MAX_FILE_BYTES: usize = 64 << 10;
/// Longest pause.
const MAX_WAIT_MS: u32 = 60_000;

/// What is to be done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum SetupAction {
    /// It cannot go on.
    Failed,
    /// It is over.
    Done,
    /// The admin reads the text, and sees this as a QR code; empty for none.
    Show {
        /// What the code is to hold.
        qr: String,
    },
    /// The admin answers the text.
    Ask {
        /// Nobody sees what is typed.
        is_secret: bool,
    },
    /// These bytes go to the file that a setting names.
    File {
        /// Key of the setting.
        setting: String,
        /// What is to be in it.
        bytes: Vec<u8>,
    },
    /// The plugin is asked again after this time.
    Wait {
        /// Milliseconds.
        ms: u32,
    },
}

/// A step of a set-up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SetupPrompt {
    /// Its name; goes back with the answer.
    pub name: String,
    /// What the admin reads, in the plugin's words.
    pub text: String,
    /// What is to be done.
    pub action: SetupAction,
}

impl SetupPrompt {
    /// Within the limits. A file or code that is larger ends the set-up: half of it would be of no use.
    pub(crate) fn bounded(mut self) -> Self {
        self.name = cut(&self.name, MAX_STEP_NAME);
        self.text = cut(&self.text, MAX_STEP_TEXT).replace(|c: char| c.is_control() && c != '\n', " ");
        let too_large = match &mut self.action {
            SetupAction::Show { qr } => qr.len() > MAX_QR,
            SetupAction::File { setting, bytes } => setting.len() > MAX_STEP_NAME || bytes.len() > MAX_FILE_BYTES,
            SetupAction::Wait { ms } => {
                *ms = (*ms).min(MAX_WAIT_MS);
                false
            }
            SetupAction::Failed | SetupAction::Done | SetupAction::Ask { .. } => false,
        };
        if too_large {
            self.action = SetupAction::Failed;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_held_to_the_limits() {
        let step = |action| SetupPrompt { name: "n".repeat(100), text: "a\u{1b}[2J\nb".to_owned(), action }.bounded();
        let shown = step(SetupAction::Show { qr: "x".repeat(2_000) });
        assert_eq!((shown.name.len(), shown.text.as_str(), shown.action), (64, "a [2J\nb", SetupAction::Failed));
        assert_eq!(step(SetupAction::Wait { ms: u32::MAX }).action, SetupAction::Wait { ms: 60_000 });
        let file = |bytes| SetupAction::File { setting: "k".to_owned(), bytes };
        assert_eq!(step(file(vec![0; MAX_FILE_BYTES + 1])).action, SetupAction::Failed);
        assert_eq!(step(file(vec![0; MAX_FILE_BYTES])).action, file(vec![0; MAX_FILE_BYTES]));
    }
}
