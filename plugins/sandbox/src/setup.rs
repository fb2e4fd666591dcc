//! A set-up of an account that does not exist: shows what one of a provider looks like, and makes the secret of callbacks.

use crate::Sandbox;
use rundruf_plugin::{Setup, SetupStep, StepAction, async_trait};
use std::collections::hash_map::RandomState;
use std::fmt::Write;
use std::hash::BuildHasher;
use std::sync::PoisonError;
use std::time::Duration;

/// A secret of 256 bits: the standard library's hasher, whose key comes from the operating system.
fn secret() -> String {
    let mut hex = String::new();
    for n in 0_u64..4 {
        let _ = write!(hex, "{:016x}", RandomState::new().hash_one(n));
    }
    hex
}

#[async_trait]
impl Setup for Sandbox {
    async fn next(&self, step: &str, answer: &str) -> SetupStep {
        match step {
            "" => SetupStep::new(
                "welcome",
                "This is a rehearsal: the sandbox has no account. A messenger shows a code like this one, which is scanned.",
                StepAction::Show { qr: "https://rundruf.invalid/sandbox?text=START".to_owned() },
            ),
            "welcome" => SetupStep::new("name", "How shall the account be called?", StepAction::Ask),
            "name" if answer.trim().is_empty() => {
                SetupStep::new("name", "The name is empty. How shall the account be called?", StepAction::Ask)
            }
            "name" => {
                answer.trim().clone_into(&mut self.account.lock().unwrap_or_else(PoisonError::into_inner));
                SetupStep::new("wait", "The provider is asked …", StepAction::Wait(Duration::from_millis(200)))
            }
            "wait" if self.config.webhook_secret_file.is_some() => SetupStep::new(
                "secret",
                "A secret for callbacks was made.",
                StepAction::File {
                    setting: "webhook_secret_file".to_owned(),
                    bytes: format!("{}\n", secret()).into_bytes(),
                },
            ),
            "wait" | "secret" => {
                let account = self.account.lock().unwrap_or_else(PoisonError::into_inner).clone();
                SetupStep::done(format!("The account \"{account}\" is set up. Now start the daemon, or reload it."))
            }
            _ => SetupStep::failed("the steps came in another order"),
        }
    }
}
