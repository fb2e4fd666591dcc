//! The privacy label: who receives which personal data, where, by which contract, and for how long.

use super::field::{Fields, line, line_or_empty, list};
use serde_json::Value;

/// Who receives what.
#[derive(Clone, Debug)]
pub struct PrivacyLabel {
    /// Who runs the other side.
    pub operator: String,
    /// Its country, or what decides about it.
    pub country: String,
    /// `processor`, `controller`, `joint`, or `none` where nobody else is concerned.
    pub role: String,
    /// Where the contract stands; empty if the admin has to agree one, or none is needed.
    pub contract: String,
    /// Why a country outside of the EU is safe enough.
    pub adequacy: String,
    /// What leaves the house; nothing if empty.
    pub data_out: Vec<String>,
    /// Whether the operator can read the text.
    pub content_visible: bool,
    /// What a lookup tells the other side.
    pub lookup_leaks: Vec<String>,
    /// Where further processors are named.
    pub subprocessors: String,
    /// How long the other side keeps it.
    pub storage: String,
    /// Whether the other side keeps lists of recipients.
    pub remote_lists: bool,
    /// How a withdrawal reaches it.
    pub withdrawal: String,
    /// What its terms say about such messages.
    pub terms_risk: String,
    /// When somebody looked last.
    pub checked_on: String,
    raw: Value,
}

/// So long a label may go unlooked at, in days.
const FRESH: i64 = 366;

const ROLES: [&str; 4] = ["processor", "controller", "joint", "none"];

impl PrivacyLabel {
    /// As it stands in the manifest, with what this program does not know.
    #[must_use]
    pub const fn as_json(&self) -> &Value {
        &self.raw
    }

    /// Whether somebody processes data for the admin, and no contract with him is named.
    pub(super) fn lacks_contract(&self) -> bool {
        self.role == "processor" && self.contract.is_empty()
    }

    /// Whether nobody has looked at it for more than a year, on this day (milliseconds since 1970).
    pub(super) fn is_old(&self, now_ms: i64) -> bool {
        days(&self.checked_on).is_some_and(|day| now_ms.div_euclid(86_400_000) - day > FRESH)
    }

    pub(super) fn read(value: &Value, warnings: &mut Vec<String>) -> Result<Self, String> {
        let mut f = Fields::of("label.", value, "the privacy label: a table that says who receives which data")?;
        let operator_must = "a table with the `name` and the `country` of whoever runs the other side";
        let operator = f.must("operator", operator_must)?;
        let mut of = Fields::of("label.operator.", operator, operator_must)?;
        let texts = "a list of short texts";
        let one_line = "one line of text";
        let label = Self {
            operator: of.get("name", "the name of whoever runs the other side", line(200))?,
            country: of.get("country", "the country of whoever runs the other side, such as `DE`", line(200))?,
            role: f.get("role", "`processor`, `controller`, `joint` or `none`", |v| {
                v.as_str().filter(|r| ROLES.contains(r)).map(str::to_owned)
            })?,
            contract: f.opt("dpa_url", one_line, line_or_empty(500))?.unwrap_or_default(),
            adequacy: f.opt("adequacy", one_line, line_or_empty(500))?.unwrap_or_default(),
            data_out: f.get(
                "data_out",
                "a list of what leaves the house, empty if nothing does",
                list(50, line(200)),
            )?,
            content_visible: f.get(
                "content_visible_to_operator",
                "true or false: can whoever runs the other side read the text?",
                Value::as_bool,
            )?,
            lookup_leaks: f.opt("lookup_leaks", texts, list(50, line(200)))?.unwrap_or_default(),
            subprocessors: f.opt("subprocessors_url", one_line, line_or_empty(500))?.unwrap_or_default(),
            storage: f.get("storage", "one line that says how long the other side keeps it", line(500))?,
            remote_lists: f.opt("remote_lists", "true or false", Value::as_bool)?.unwrap_or(false),
            withdrawal: f.opt("withdrawal_propagation", one_line, line_or_empty(500))?.unwrap_or_default(),
            terms_risk: f.opt("terms_risk", one_line, line_or_empty(500))?.unwrap_or_default(),
            checked_on: f.opt("checked_on", "a day such as `2026-11-23`", day)?.unwrap_or_default(),
            raw: value.clone(),
        };
        f.opt("plugin", one_line, line_or_empty(100))?;
        f.opt("label_version", "1", |v| (v.as_u64() == Some(1)).then_some(()))?;
        warnings.extend(of.unknown().into_iter().chain(f.unknown()).map(super::unknown));
        Ok(label)
    }
}

fn day(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|t| t.len() == 10)?;
    let form = text.bytes().enumerate().all(|(n, b)| if n == 4 || n == 7 { b == b'-' } else { b.is_ascii_digit() });
    form.then(|| text.to_owned())
}

/// Days from 1970 to a day of the form that [`day`] lets pass. Years begin in March here, so that the odd day comes last.
fn days(text: &str) -> Option<i64> {
    let number = |from, to| text.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::days;

    #[test]
    fn days_are_counted_from_1970() {
        for (text, want) in [
            ("1970-01-01", 0),
            ("1969-12-31", -1),
            ("2000-02-29", 11_016),
            ("2000-03-01", 11_017),
            ("2026-11-27", 20_784),
        ] {
            assert_eq!(days(text), Some(want), "{text}");
        }
        assert_eq!(days(""), None);
    }
}
