//! `audit list`.

use super::broadcast::plan::who;
use super::{ApiCommands, Result, field};
use crate::lang::{local_time, word};
use clap::ArgMatches;
use rundruf_lang::Language;
use serde_json::Value;

impl ApiCommands<'_> {
    pub(super) async fn audit(&self, m: &ArgMatches) -> Result<u8> {
        let limit = m.get_one::<u32>("limit").copied().unwrap_or(50);
        self.each(&format!("/api/audit?limit={limit}"), |v| self.audit_line(v)).await
    }

    fn audit_line(&self, v: &Value) -> String {
        let language = self.language();
        let (at, who) = (self.time(v, "at"), who(&field(v, "who")));
        let outcome = match field(v, "outcome") {
            outcome if outcome == "done" => String::new(),
            outcome if outcome.is_empty() => " (?)".to_owned(),
            outcome if outcome == "dry run" => format!(" ({})", word(language, "dry_run")),
            code => format!(" ({}: {code})", word(language, "refused")),
        };
        let said = |name: &str| match field(v, name) {
            value if value.is_empty() => "-".to_owned(),
            value => in_words(language, &local_time(language, &self.zone, &value)),
        };
        let change = match (said("old"), said("new")) {
            (old, new) if old == "-" && new == "-" => String::new(),
            (old, new) => format!(": {old} → {new}"),
        };
        let what = format!("{} {}", field(v, "what"), field(v, "of"));
        format!("{at}  {who:<14} {}{outcome}{change}", what.trim_end())
    }
}

/// A value of an entry in the reader's language: states, and counts such as `2 rows, 1 refused`. Settings stay as they are.
fn in_words(language: Language, value: &str) -> String {
    if value == "not ok" {
        return word(language, "not_ok");
    }
    let part = |part: &str| {
        let words = part.split(' ').map(|one| word(language, one));
        if part.contains(" = ") { part.to_owned() } else { words.collect::<Vec<_>>().join(" ") }
    };
    value.split(", ").map(part).collect::<Vec<_>>().join(", ")
}
