//! The privacy label: who receives which personal data, where, by which contract, and for how long.

use super::field::{Fields, line, line_or_empty, list};
use rundruf_lang::{Message, msg};
use serde_json::Value;

/// The privacy label of a plugin.
#[derive(Clone, Debug)]
pub struct PrivacyLabel {
    /// Who runs the service that the plugin sends to.
    pub operator: String,
    /// Country of the operator, or what determines it.
    pub country: String,
    /// Role under the GDPR: `processor`, `controller`, `joint`, or `none` if no other party is involved.
    pub role: String,
    /// Link to the data processing agreement; empty if the admin has to agree one, or none is needed.
    pub contract: String,
    /// Legal basis of a transfer outside of the EU; may be empty.
    pub adequacy: String,
    /// Data that is disclosed to the operator; may be empty.
    pub data_out: Vec<String>,
    /// Whether the operator can read the content of messages.
    pub content_visible: bool,
    /// Data that a lookup discloses to the operator.
    pub lookup_leaks: Vec<String>,
    /// Link to the list of further processors; may be empty.
    pub subprocessors: String,
    /// How long the operator stores the data.
    pub storage: String,
    /// Whether the operator keeps lists of recipients.
    pub remote_lists: bool,
    /// How a withdrawal of consent reaches the operator; may be empty.
    pub withdrawal: String,
    /// Risks in the operator's terms of use; may be empty.
    pub terms_risk: String,
    /// Day when the label was last verified, as `2026-11-23`; may be empty.
    pub checked_on: String,
    raw: Value,
}

/// Days after which a label must be verified again.
const FRESH: i64 = 366;

const ROLES: [&str; 4] = ["processor", "controller", "joint", "none"];

impl PrivacyLabel {
    /// The label of a plugin that could never be read: it says nothing.
    pub(super) const fn unknown() -> Self {
        Self {
            operator: String::new(),
            country: String::new(),
            role: String::new(),
            contract: String::new(),
            adequacy: String::new(),
            data_out: Vec::new(),
            content_visible: false,
            lookup_leaks: Vec::new(),
            subprocessors: String::new(),
            storage: String::new(),
            remote_lists: false,
            withdrawal: String::new(),
            terms_risk: String::new(),
            checked_on: String::new(),
            raw: Value::Null,
        }
    }

    /// The label as it is in the manifest, with unknown keys.
    #[must_use]
    pub const fn as_json(&self) -> &Value {
        &self.raw
    }

    /// Whether the operator is a processor and no contract is named.
    pub(super) fn lacks_contract(&self) -> bool {
        self.role == "processor" && self.contract.is_empty()
    }

    /// Whether the label was not verified for more than a year, on this day (Unix milliseconds).
    pub(super) fn is_old(&self, now_ms: i64) -> bool {
        days(&self.checked_on).is_some_and(|day| now_ms.div_euclid(86_400_000) - day > FRESH)
    }

    pub(super) fn read(value: &Value, warnings: &mut Vec<Message>) -> Result<Self, Message> {
        let mut f = Fields::of("label.", value, msg!("host-must-label-table"))?;
        let operator_must = msg!("host-must-operator");
        let operator = f.must("operator", operator_must.clone())?;
        let mut of = Fields::of("label.operator.", operator, operator_must)?;
        let texts = || msg!("host-must-texts");
        let one_line = || msg!("host-must-line");
        let label = Self {
            operator: of.get("name", msg!("host-must-operator-name"), line(200))?,
            country: of.get("country", msg!("host-must-country"), line(200))?,
            role: f
                .get("role", msg!("host-must-role"), |v| v.as_str().filter(|r| ROLES.contains(r)).map(str::to_owned))?,
            contract: f.opt("dpa_url", one_line(), line_or_empty(500))?.unwrap_or_default(),
            adequacy: f.opt("adequacy", one_line(), line_or_empty(500))?.unwrap_or_default(),
            data_out: f.get("data_out", msg!("host-must-data-out"), list(50, line(200)))?,
            content_visible: f.get("content_visible_to_operator", msg!("host-must-content-visible"), Value::as_bool)?,
            lookup_leaks: f.opt("lookup_leaks", texts(), list(50, line(200)))?.unwrap_or_default(),
            subprocessors: f.opt("subprocessors_url", one_line(), line_or_empty(500))?.unwrap_or_default(),
            storage: f.get("storage", msg!("host-must-storage"), line(500))?,
            remote_lists: f.opt("remote_lists", msg!("host-must-bool"), Value::as_bool)?.unwrap_or(false),
            withdrawal: f.opt("withdrawal_propagation", one_line(), line_or_empty(500))?.unwrap_or_default(),
            terms_risk: f.opt("terms_risk", one_line(), line_or_empty(500))?.unwrap_or_default(),
            checked_on: f.opt("checked_on", msg!("host-must-day"), day)?.unwrap_or_default(),
            raw: value.clone(),
        };
        f.opt("plugin", one_line(), line_or_empty(100))?;
        f.opt("label_version", "1".into(), |v| (v.as_u64() == Some(1)).then_some(()))?;
        warnings.extend(of.unknown().into_iter().chain(f.unknown()).map(super::field::unknown));
        Ok(label)
    }
}

fn day(value: &Value) -> Option<String> {
    let text = value.as_str().filter(|t| t.len() == 10)?;
    let form = text.bytes().enumerate().all(|(n, b)| if n == 4 || n == 7 { b == b'-' } else { b.is_ascii_digit() });
    form.then(|| text.to_owned())
}

/// Days from 1970 to a day; `None` if it does not exist.
fn days(text: &str) -> Option<i64> {
    let day: jiff::civil::Date = text.parse().ok()?;
    Some((day - jiff::civil::date(1970, 1, 1)).get_days().into())
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
