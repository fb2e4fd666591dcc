//! Settings by which an admin limits the size of a message: keys whose schema has `"x-content-limit": FACTOR`. The content may have FACTOR times as many
//! bytes as the setting says, a number or a size such as `25 MiB`.

use serde_json::Value;

/// Units of sizes, in bytes.
const UNITS: [(&str, f64); 5] =
    [("GiB", 1_073_741_824.0), ("MiB", 1_048_576.0), ("KiB", 1_024.0), ("B", 1.0), ("", 1.0)];

/// The smallest limit that the settings name; where they name none, that of the defaults. `None` without such a key.
pub(super) fn of(schema: &Value, config: &Value) -> Option<u64> {
    let keys = schema.get("properties").and_then(Value::as_object)?;
    let limits = || keys.iter().filter_map(|(key, rules)| Some((key, rules, rules.get("x-content-limit")?.as_f64()?)));
    let named = limits().filter_map(|(key, _, factor)| bytes(config.get(key)?, factor)).min();
    named.or_else(|| limits().filter_map(|(_, rules, factor)| bytes(rules.get("default")?, factor)).min())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size below 2^53, checked to be positive")]
fn bytes(value: &Value, factor: f64) -> Option<u64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => {
            let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            let (number, unit) = text.split_at(digits);
            let (_, unit) = UNITS.iter().find(|(name, _)| *name == unit.trim())?;
            number.parse::<u32>().ok().map(f64::from)? * unit
        }
        _ => return None,
    };
    let bytes = number * factor;
    (bytes > 0.0 && bytes < 9e15).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::of;
    use serde_json::json;

    #[test]
    fn a_setting_limits_the_content() {
        let schema = json!({"properties": {
            "most": {"default": "25 MiB", "x-content-limit": 0.5},
            "most_mib": {"x-content-limit": 524_288},
            "other": {"default": 1},
        }});
        let mib = |n: u64| Some(n << 19);
        assert_eq!(of(&schema, &json!({})), mib(25));
        assert_eq!(of(&schema, &json!({"most": "4 MiB"})), mib(4));
        assert_eq!(of(&schema, &json!({"most": "4096"})), Some(2_048));
        assert_eq!(of(&schema, &json!({"most_mib": 3})), mib(3), "the default of a key that is not there says nothing");
        assert_eq!(of(&json!({"properties": {"other": {}}}), &json!({"other": 5})), None);
        assert_eq!(of(&schema, &json!({"most": "much"})), mib(25));
    }
}
