//! `audit list`.

use super::broadcast::plan::who;
use super::{ApiCommands, Result, field};
use clap::ArgMatches;
use serde_json::Value;

impl ApiCommands<'_> {
    pub(super) async fn audit(&self, m: &ArgMatches) -> Result<u8> {
        let limit = m.get_one::<u32>("limit").copied().unwrap_or(50);
        self.each(&format!("/api/audit?limit={limit}"), line).await
    }
}

fn line(v: &Value) -> String {
    let (at, who) = (local_time(&field(v, "at")), who(&field(v, "who")));
    let outcome = match field(v, "outcome") {
        outcome if outcome == "done" => String::new(),
        outcome if outcome.is_empty() => " (?)".to_owned(),
        outcome => format!(" ({outcome})"),
    };
    let change = match (field(v, "old"), field(v, "new")) {
        (old, new) if old.is_empty() && new.is_empty() => String::new(),
        (old, new) => format!(": {} → {}", or_dash(&old), or_dash(&new)),
    };
    let what = format!("{} {}", field(v, "what"), field(v, "of"));
    format!("{at}  {who:<14} {}{outcome}{change}", what.trim_end())
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// A time of the API as people read it: to the minute, in the time zone of this machine.
pub(super) fn local_time(text: &str) -> String {
    let local =
        |t: jiff::Timestamp| t.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string();
    text.parse().map_or_else(|_| text.to_owned(), local)
}
