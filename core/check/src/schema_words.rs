//! Check 29: the words of the settings' schema. A word that nobody knows has no effect: a folder that was misspelt is not granted, a secret is shown.

use crate::context::CheckContext;
use crate::outcome::{CheckOutcome, CheckResult};
use rundruf_lang::{Message, msg};
use serde_json::Value;
use std::collections::BTreeSet;

/// Words of JSON Schema, and of the daemon.
const WORDS: &[&str] = &[
    "$comment",
    "$defs",
    "$ref",
    "$schema",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "else",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "required",
    "then",
    "title",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
    "x-check",
    "x-cleartext",
    "x-content-limit",
    "x-de",
    "x-open",
    "x-path",
    "x-secret",
];
/// Words below `x-check` of the whole schema.
const HINTS: &[&str] = &["answers", "config", "inbound", "receipt", "remote", "tls"];
/// Words whose values are tables of rules, lists of rules, or rules.
const TABLES: &[&str] = &["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
const LISTS: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
const RULES: &[&str] = &[
    "items",
    "additionalProperties",
    "additionalItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
];
/// Words whose rules are about the same value.
const SAME: &[&str] = &["allOf", "anyOf", "oneOf", "if", "then", "else"];
/// Deepest nesting.
const DEEP: usize = 32;

/// 29: each word is known, and each required key exists.
pub(crate) fn schema_words(context: &CheckContext) -> CheckResult {
    let schema = &context.manifest.config_schema;
    match fault(schema) {
        Some(why) => Err(CheckOutcome::failed(why)),
        None => Ok(CheckOutcome::passed(msg!("check-words-ok"))),
    }
}

/// What is wrong with the words of this schema.
pub(crate) fn fault(schema: &Value) -> Option<Message> {
    let hints = schema.get("x-check").and_then(Value::as_object).into_iter().flatten();
    let unknown = hints.map(|(word, _)| word).find(|word| !HINTS.contains(&word.as_str()));
    if let Some(word) = unknown {
        return Some(strange("x-check", word, HINTS));
    }
    rules(schema, schema, "", &BTreeSet::new(), DEEP)
}

fn strange(at: &str, word: &str, known: &[&str]) -> Message {
    let near = known.iter().min_by_key(|known| distance(word, known)).copied().unwrap_or("");
    msg!("check-strange-word", at = at, word = word, near = near)
}

/// Looks at one table of rules. `outer` are keys that rules around it have for the same value.
fn rules(root: &Value, here: &Value, at: &str, outer: &BTreeSet<String>, deep: usize) -> Option<Message> {
    let (table, deep) = (here.as_object()?, deep.checked_sub(1)?);
    let mut keys = outer.clone();
    collect_keys(root, here, &mut keys, DEEP);
    for (word, value) in table {
        let place = format!("{at}/{word}");
        let is_known = WORDS.contains(&word.as_str());
        // What is far from every word is the author's own.
        if !is_known && WORDS.iter().any(|known| distance(word, known) <= 2) {
            return Some(strange(at, word, WORDS));
        }
        let inner = match word.as_str() {
            "x-path" if !matches!(value.as_str(), Some("file" | "folder")) => {
                let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                return Some(msg!("check-strange-path", at = at, word = said));
            }
            "x-secret" if !value.is_boolean() => return Some(msg!("check-strange-secret", at = at)),
            "required" => {
                let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                names
                    .into_iter()
                    .find(|name| !keys.contains(*name))
                    .map(|name| msg!("check-no-such-key", at = at, name = name))
            }
            word if TABLES.contains(&word) => {
                let all = value.as_object().into_iter().flatten();
                all.into_iter()
                    .find_map(|(key, inner)| rules(root, inner, &format!("{place}/{key}"), &BTreeSet::new(), deep))
            }
            word if LISTS.contains(&word) => {
                let own = if SAME.contains(&word) { keys.clone() } else { BTreeSet::new() };
                value.as_array().into_iter().flatten().find_map(|inner| rules(root, inner, &place, &own, deep))
            }
            word if RULES.contains(&word) => {
                let own = if SAME.contains(&word) { keys.clone() } else { BTreeSet::new() };
                rules(root, value, &place, &own, deep)
            }
            _ => None,
        };
        if inner.is_some() {
            return inner;
        }
    }
    None
}

/// The keys that these rules know, with what they refer to.
fn collect_keys(root: &Value, here: &Value, keys: &mut BTreeSet<String>, deep: usize) {
    let Some(deep) = deep.checked_sub(1) else { return };
    keys.extend(here.get("properties").and_then(Value::as_object).into_iter().flatten().map(|(key, _)| key.clone()));
    let target = here.get("$ref").and_then(Value::as_str).and_then(|to| root.pointer(to.strip_prefix('#')?));
    if let Some(target) = target {
        collect_keys(root, target, keys, deep);
    }
    for word in SAME {
        match here.get(*word) {
            Some(Value::Array(all)) => all.iter().for_each(|inner| collect_keys(root, inner, keys, deep)),
            Some(inner) => collect_keys(root, inner, keys, deep),
            None => {}
        }
    }
}

/// How many characters have to change, come or go (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (n, x) in a.chars().take(64).enumerate() {
        let mut next = vec![n + 1];
        for ((y, diagonal), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(x != *y)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn slips_are_found_and_what_is_right_is_not() {
        let props = |of: Value| json!({"type": "object", "properties": {"a": of}});
        for (schema, words) in [
            (props(json!({"type": "string", "x-path": "foldr"})), "`foldr`"),
            (props(json!({"type": "string", "x-pth": "folder"})), "`x-pth`"),
            (props(json!({"x-secret": "yes"})), "x-secret"),
            (props(json!({"minLenght": 3})), "`minLength`"),
            (json!({"propertys": {}}), "`properties`"),
            (json!({"properties": {"a": {}}, "required": ["a", "b"]}), "`b`"),
            (json!({"x-check": {"remot": "http"}}), "`remote`"),
            (props(json!({"items": {"properties": {"c": {}}, "required": ["d"]}})), "`d`"),
        ] {
            let said = fault(&schema).map(|why| why.to_string()).unwrap_or_default();
            assert!(said.contains(words), "{words}: {said}");
        }
        for right in [
            json!({"properties": {"a": {}, "b": {}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({"$ref": "#/$defs/A", "required": ["x"], "$defs": {"A": {"properties": {"x": {"x-path": "file"}}}}}),
            props(json!({"type": "string", "x-secret": true, "x-my-own-hint": 1, "default": {"minLenght": 1}})),
            json!({"properties": {"minLenght": {"type": "string"}}, "required": ["minLenght"]}),
        ] {
            assert_eq!(fault(&right), None, "{right}");
        }
    }
}
