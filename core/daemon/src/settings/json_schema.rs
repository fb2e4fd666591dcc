//! Looks up what a JSON Schema says about one key.

use rundruf_lang::Language;
use serde_json::Value;

/// Follows `$ref` into `$defs`, also from an `anyOf` with null.
pub(super) fn follow<'a>(root: &'a Value, rules: &'a Value) -> &'a Value {
    if let Some(name) = rules.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/")) {
        return root.get("$defs").and_then(|d| d.get(name)).unwrap_or(rules);
    }
    let some = rules.get("anyOf").and_then(Value::as_array).and_then(|a| a.iter().find(|r| r.get("$ref").is_some()));
    some.map_or(rules, |r| follow(root, r))
}

/// The subschema for the value at this JSON pointer; a reference at its end is not followed.
pub(super) fn at<'a>(root: &'a Value, pointer: &str) -> Option<&'a Value> {
    let mut at = root;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        at = inside(follow(root, at), &step)?;
    }
    Some(at)
}

/// The subschema for one key of a table, or for the items of a list.
pub(super) fn inside<'a>(table: &'a Value, key: &str) -> Option<&'a Value> {
    table
        .get("properties")
        .and_then(|p| p.get(key))
        .or_else(|| table.get("additionalProperties").filter(|a| a.is_object()))
        .or_else(|| table.get("items"))
}

/// A text of a key: the one beside the reference, else the one behind it; in German if there is a German one.
pub(super) fn word<'a>(
    root: &'a Value,
    rules: &'a Value,
    language: Language,
    english: &str,
    german: &str,
) -> Option<&'a str> {
    let of = |name: &str| {
        let own = rules.get(name).and_then(Value::as_str);
        own.or_else(|| follow(root, rules).get(name).and_then(Value::as_str))
    };
    match language {
        Language::De | Language::DeFormal => of(german).or_else(|| of(english)),
        Language::En => of(english),
    }
}

/// What a key means; empty if the schema does not say it.
pub(super) fn description<'a>(root: &'a Value, rules: &'a Value, language: Language) -> &'a str {
    word(root, rules, language, "description", "x-de").unwrap_or("")
}

/// Which values a key accepts, in words.
pub(super) fn hint<'a>(root: &'a Value, rules: &'a Value, language: Language) -> Option<&'a str> {
    word(root, rules, language, "x-hint", "x-hint-de")
}

/// A value that the key accepts: its example, else its default, else the first of the allowed values.
pub(super) fn example(root: &Value, rules: &Value) -> Option<Value> {
    let behind = follow(root, rules);
    let of = |rules: &Value| rules.get("examples").and_then(|e| e.get(0)).filter(|v| !v.is_null()).cloned();
    let default = |rules: &Value| rules.get("default").filter(|v| !v.is_null()).cloned();
    let first = || {
        let of_enum = behind.get("enum").and_then(|e| e.get(0));
        of_enum.or_else(|| behind.get("oneOf").and_then(|o| o.get(0)).and_then(|o| o.get("const"))).cloned()
    };
    of(rules).or_else(|| of(behind)).or_else(|| default(rules)).or_else(|| default(behind)).or_else(first)
}

/// The keys of a table: required ones first, then alphabetically.
pub(super) fn keys(table: &Value) -> Vec<(&str, &Value, bool)> {
    let required =
        |key: &str| table.get("required").and_then(Value::as_array).is_some_and(|r| r.iter().any(|k| k == key));
    let properties = table.get("properties").and_then(Value::as_object);
    let mut keys: Vec<_> = properties.into_iter().flatten().map(|(k, r)| (k.as_str(), r, required(k))).collect();
    keys.sort_by_key(|(_, _, required)| !required);
    keys
}
