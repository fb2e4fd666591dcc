//! The state of an account that does not exist: what a file in the folder says, so that alarms can be tried.

use crate::Sandbox;
use rundruf_plugin::{Account, Credits, Health, HealthState, Hearing, async_trait};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::Ordering;

/// The file, in the folder.
const FILE: &str = "health.json";
/// Largest file that is read, in bytes.
const MOST: u64 = 64 << 10;

/// What the file says.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Rehearsed {
    /// Why the account is not ready; without it, it is.
    not_ready: Option<String>,
    /// Why nothing is heard.
    deaf: Option<String>,
    /// What is left.
    credits: Option<f64>,
    /// The alarm.
    alarm: Option<f64>,
    /// The currency of both.
    currency: String,
}

/// In millionths.
fn micro(credits: f64) -> i64 {
    (credits * 1e6).round() as i64
}

fn read(folder: &Path) -> Result<Rehearsed, String> {
    let Ok(file) = fs::File::open(folder.join(FILE)) else { return Ok(Rehearsed::default()) };
    let mut text = String::new();
    file.take(MOST).read_to_string(&mut text).map_err(|e| e.to_string())?;
    serde_json::from_str(&text).map_err(|e| e.to_string())
}

#[async_trait]
impl Health for Sandbox {
    async fn state(&self) -> HealthState {
        let heard_at = self.heard_at.load(Ordering::Relaxed);
        let state = HealthState { account: "sandbox".to_owned(), ..HealthState::default() };
        let rehearsed = match read(&self.config.folder) {
            Ok(rehearsed) => rehearsed,
            Err(error) => {
                return HealthState {
                    account_works: Account::NotReady(format!("cannot read health.json: {error}")),
                    ..state
                };
            }
        };
        let hears = || Hearing::Hears { at_ms: heard_at, by: "a message came in".to_owned() };
        HealthState {
            account_works: rehearsed.not_ready.map_or(Account::Ready, Account::NotReady),
            hearing: match rehearsed.deaf {
                Some(why) => Hearing::Deaf { why, last_ms: heard_at },
                None if heard_at > 0 => hears(),
                None => Hearing::Unknown,
            },
            credits: rehearsed.credits.map(|left| Credits {
                left_micro: micro(left),
                alarm_micro: rehearsed.alarm.map(micro),
                currency: rehearsed.currency,
            }),
            ..state
        }
    }
}
