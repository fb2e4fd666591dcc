//! Checks the schema of a plugin's settings before it is used: only local references, no loops, bounded size.

use rundruf_lang::{Message, msg};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Deepest nesting, with references followed.
const DEEP: usize = 64;
/// Largest number of rules, with references followed.
const MOST: u64 = 20_000;
/// Longest `pattern`, in bytes.
const PATTERN: usize = 1_000;

const TYPES: [&str; 7] = ["null", "boolean", "object", "array", "number", "string", "integer"];
/// Keys whose values are tables of rules.
const TABLES: [&str; 5] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"];
/// Keys whose values are lists of rules.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keys whose values are rules.
const RULES: [&str; 8] = ["items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"];
/// Keys that refer in other ways; they are refused.
const FOREIGN: [&str; 6] = ["$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$vocabulary"];

pub(super) fn check(root: &Value) -> Result<(), Message> {
    let table = root.get("type").is_none_or(|t| t == "object");
    if !root.is_object() || !table {
        return Err(msg!("host-schema-not-a-table"));
    }
    let mut walk = SchemaWalk { root, open: BTreeSet::new(), weights: BTreeMap::new() };
    walk.weigh(root, "", DEEP).map(|_| ())
}

struct SchemaWalk<'a> {
    root: &'a Value,
    /// References that are being followed, to find loops.
    open: BTreeSet<&'a str>,
    /// Number of rules behind each reference.
    weights: BTreeMap<&'a str, u64>,
}

fn fault(at: &str, what: Message) -> Message {
    msg!("host-schema-fault", at = %at.escape_debug(), what = what)
}

impl<'a> SchemaWalk<'a> {
    /// Counts rules, with references followed.
    fn weigh(&mut self, rules: &'a Value, at: &str, deep: usize) -> Result<u64, Message> {
        let Some(deep) = deep.checked_sub(1) else {
            return Err(fault("", msg!("host-schema-too-deep")));
        };
        if rules.is_boolean() {
            return Ok(1);
        }
        let Some(object) = rules.as_object() else { return Err(fault(at, msg!("host-schema-rules"))) };
        let mut weight: u64 = 1;
        for (key, value) in object {
            let at = format!("{at}/{key}");
            keyword(key, value, &at)?;
            if key == "$ref" {
                weight += self.follow(value, &at, deep)?;
            } else if TABLES.contains(&key.as_str()) {
                let table = value.as_object().ok_or_else(|| fault(&at, msg!("host-schema-table")))?;
                for (name, rules) in table {
                    weight += self.weigh(rules, &format!("{at}/{name}"), deep)?;
                }
            } else if LISTS.contains(&key.as_str()) {
                let list =
                    value.as_array().filter(|l| !l.is_empty()).ok_or_else(|| fault(&at, msg!("host-schema-list")))?;
                for (n, rules) in list.iter().enumerate() {
                    weight += self.weigh(rules, &format!("{at}/{n}"), deep)?;
                }
            } else if RULES.contains(&key.as_str()) {
                weight += self.weigh(value, &at, deep)?;
            }
            if weight > MOST {
                return Err(fault("", msg!("host-schema-too-large")));
            }
        }
        Ok(weight)
    }

    fn follow(&mut self, value: &'a Value, at: &str, deep: usize) -> Result<u64, Message> {
        let local = value.as_str().filter(|r| r.starts_with("#/"));
        let Some(to) = local else {
            return Err(fault(at, msg!("host-schema-foreign")));
        };
        if let Some(weight) = self.weights.get(to) {
            return Ok(*weight);
        }
        let Some(target) = to.get(1..).and_then(|p| self.root.pointer(p)) else {
            return Err(fault(at, msg!("host-schema-dangling", to = %to.escape_debug())));
        };
        if !self.open.insert(to) {
            return Err(fault(at, msg!("host-schema-loop", to = %to.escape_debug())));
        }
        let weight = self.weigh(target, to.trim_start_matches('#'), deep)?;
        self.open.remove(to);
        self.weights.insert(to, weight);
        Ok(weight)
    }
}

/// Checks the type of a keyword's value; unknown keywords are ignored.
fn keyword(key: &str, value: &Value, at: &str) -> Result<(), Message> {
    let texts = |v: &Value| v.as_array().is_some_and(|a| a.iter().all(Value::is_string));
    let known = |v: &Value| v.as_str().is_some_and(|t| TYPES.contains(&t));
    let must = match key {
        "type" if !known(value) && !value.as_array().is_some_and(|a| !a.is_empty() && a.iter().all(known)) => {
            msg!("host-schema-type")
        }
        "required" if !texts(value) => msg!("host-schema-keys"),
        "enum" if value.as_array().is_none_or(Vec::is_empty) => msg!("host-schema-enum"),
        "pattern" | "format" | "title" | "description" if !value.is_string() => msg!("host-schema-text"),
        "pattern" if value.as_str().is_some_and(|t| t.len() > PATTERN) => msg!("host-schema-pattern-too-long"),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" if !value.is_number() => {
            msg!("host-schema-number")
        }
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" if !value.is_u64() => {
            msg!("host-schema-whole-number")
        }
        key if FOREIGN.contains(&key) => msg!("host-schema-no-ref"),
        _ => return Ok(()),
    };
    Err(fault(at, must))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn refused(schema: &Value, words: &str) {
        let error = check(schema).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn loops_foreign_references_and_huge_schemas_are_refused() {
        let props = |of: Value| json!({"type": "object", "properties": {"a": of}});
        let with = |defs: Value| json!({"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": defs});
        refused(&with(json!({"A": {"$ref": "#/$defs/A"}})), "refers to `#/$defs/A` in a loop");
        refused(
            &with(
                json!({"A": {"anyOf": [{"$ref": "#/$defs/B"}, {"type": "null"}]}, "B": {"items": {"$ref": "#/$defs/A"}}}),
            ),
            "in a loop",
        );
        refused(&props(json!({"$ref": "#/properties/a"})), "in a loop");
        refused(&props(json!({"$ref": "https://example.org/schema"})), "outside of itself");
        refused(&props(json!({"$ref": "#"})), "outside of itself");
        refused(&with(json!({})), "`#/$defs/A`, which is not there");
        refused(&props(json!({"$dynamicRef": "#a"})), "by other means");
        // Each level refers ten times to the next: small to read, exponential to follow.
        let mut defs = serde_json::Map::new();
        for n in 0..20 {
            let next = json!({"$ref": format!("#/$defs/D{}", n + 1)});
            defs.insert(format!("D{n}"), json!({"allOf": vec![next; 10]}));
        }
        defs.insert("D20".into(), json!({"type": "string"}));
        refused(&json!({"properties": {"a": {"$ref": "#/$defs/D0"}}, "$defs": defs}), "larger than 20,000 rules");
        let mut chain = serde_json::Map::new();
        for n in 0..5_000 {
            chain.insert(format!("D{n}"), json!({"$ref": format!("#/$defs/D{}", n + 1)}));
        }
        chain.insert("D5000".into(), json!(true));
        refused(&json!({"properties": {"a": {"$ref": "#/$defs/D0"}}, "$defs": chain}), "deeper than 64");
        let mut deep = json!({"type": "string"});
        for _ in 0..70 {
            deep = json!({"items": deep});
        }
        refused(&props(deep), "deeper than 64");
    }

    #[test]
    fn an_invalid_schema_is_refused_with_its_position() {
        let at = |of: Value| json!({"properties": {"a": of}});
        refused(&json!([]), "the schema of a table");
        refused(&json!({"type": "string"}), "the schema of a table");
        refused(&at(json!({"type": "strng"})), "`config_schema/properties/a/type` in its manifest must name a type");
        refused(&at(json!("string")), "must be a table of rules");
        refused(&json!({"required": "a"}), "`config_schema/required` in its manifest must be a list of keys");
        refused(&json!({"properties": []}), "must be a table");
        refused(&at(json!({"enum": []})), "a list of what is allowed");
        refused(&at(json!({"anyOf": {}})), "must be a list");
        refused(&at(json!({"minimum": "1"})), "must be a number");
        refused(&at(json!({"minLength": -1})), "must be a whole number");
        refused(&at(json!({"pattern": "x".repeat(1_001)})), "longer than 1,000");
    }

    #[test]
    fn references_may_be_shared() {
        let secret = json!({"$ref": "#/$defs/Secret"});
        let schema = json!({"type": "object", "properties": {"a": secret, "b": {"anyOf": [secret, {"type": "null"}]}}, "$defs": {"Secret": {"type": "string", "x-secret": true}}});
        assert_eq!(check(&schema), Ok(()));
        assert_eq!(check(&json!({"type": "object", "additionalProperties": false})), Ok(()));
    }
}
