//! Walks a plugin's settings along the schema in its manifest. There is one walker: what the check of the settings sees, what `plugin info` shows and
//! what the confinement grants is the same. Where a schema leaves open which of several rules is meant, all of them count.

use serde_json::Value;
use std::collections::BTreeSet;

/// Deepest nesting of settings that is walked; what is deeper is never granted.
const DEEP: usize = 64;
/// Most rules that are looked at for one value.
const MOST: usize = 1_000;

/// What a plugin does with a path in its settings (`x-path`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum PathKind {
    /// It reads the file.
    File,
    /// It reads and writes in the folder.
    Folder,
}

/// A text in a plugin's settings, with every rule that the schema has for it.
#[derive(Clone, Debug)]
pub struct SettingText<'a> {
    /// Its JSON pointer in the settings.
    pub pointer: String,
    /// The text.
    pub text: &'a str,
    rules: Vec<&'a Value>,
}

impl SettingText<'_> {
    /// What the plugin does with the path, if it is one. Where the rules say both, it is a folder.
    #[must_use]
    pub fn path_kind(&self) -> Option<PathKind> {
        kind(&self.rules)
    }

    /// Whether it is a secret.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.rules.iter().any(|rules| rules.get("x-secret").is_some_and(|secret| secret != &Value::Bool(false)))
    }
}

/// Every text in these settings.
#[must_use]
pub fn texts<'a>(schema: &'a Value, config: &'a Value) -> Vec<SettingText<'a>> {
    let mut found = Vec::new();
    walk(schema, &expand(schema, vec![schema]), config, String::new(), DEEP, &mut found);
    found
}

/// Parts of names of keys that plugins keep secrets in, for plugins that forget to say so.
const SECRET_WORDS: [&str; 11] =
    ["pass", "secret", "token", "kennwort", "geheim", "credential", "pwd", "apikey", "api_key", "api-key", "private"];

/// Whether a key of this name usually holds a secret.
#[must_use]
pub fn sounds_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// The secrets in these settings, longest first, and the lines of those that have several.
#[must_use]
pub fn secrets(schema: &Value, config: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for text in texts(schema, config) {
        let key = text.pointer.rsplit('/').find(|step| step.parse::<usize>().is_err()).unwrap_or("");
        let is_secret = text.is_secret() || (text.path_kind().is_none() && sounds_secret(key));
        if is_secret && text.text.len() >= 4 {
            found.push(text.text.to_owned());
            // As it is in the settings that a plugin is given.
            let escaped = Value::from(text.text).to_string();
            found.extend(escaped.strip_prefix('"').and_then(|e| e.strip_suffix('"')).map(str::to_owned));
            found.extend(text.text.lines().filter(|line| line.len() >= 8).map(str::to_owned));
        }
    }
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    found.dedup();
    found
}

/// Every place of the schema where settings may name a path, as `key`, `table.key`, `list[]` or `table.*`.
#[must_use]
pub fn path_keys(schema: &Value) -> Vec<(String, PathKind)> {
    let mut found = BTreeSet::new();
    declared(schema, &expand(schema, vec![schema]), "", 8, &mut found);
    found.into_iter().collect()
}

fn kind(rules: &[&Value]) -> Option<PathKind> {
    let of = |word: &str| rules.iter().any(|rules| rules.get("x-path").and_then(Value::as_str) == Some(word));
    if of("folder") {
        return Some(PathKind::Folder);
    }
    // An unknown word counts as the lesser one, so that the path is at least looked at.
    rules.iter().any(|rules| rules.get("x-path").is_some()).then_some(PathKind::File)
}

/// A way from a table or list to a value inside of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum SchemaStep<'a> {
    /// The value of this key.
    Key(&'a str),
    /// The values of keys that fit a pattern, which is not compared.
    SomeKeys,
    /// The values of keys that have no rules of their own.
    OtherKeys,
    /// The item with this index.
    Item(usize),
    /// Items without rules of their own.
    OtherItems,
    /// Any item.
    Items,
}

/// The rules for what is inside, of one table of rules.
fn steps(rules: &Value) -> Vec<(SchemaStep<'_>, &Value)> {
    let mut steps = Vec::new();
    let table = |key: &str| rules.get(key).and_then(Value::as_object).into_iter().flatten();
    steps.extend(table("properties").map(|(key, inner)| (SchemaStep::Key(key), inner)));
    steps.extend(table("patternProperties").map(|(_, inner)| (SchemaStep::SomeKeys, inner)));
    for (key, step) in [
        ("additionalProperties", SchemaStep::OtherKeys),
        ("unevaluatedProperties", SchemaStep::SomeKeys),
        ("additionalItems", SchemaStep::Items),
        ("unevaluatedItems", SchemaStep::Items),
        ("contains", SchemaStep::Items),
    ] {
        steps.extend(rules.get(key).map(|inner| (step, inner)));
    }
    for key in ["prefixItems", "items"] {
        let list = rules.get(key).and_then(Value::as_array).into_iter().flatten();
        steps.extend(list.enumerate().map(|(n, inner)| (SchemaStep::Item(n), inner)));
    }
    steps.extend(rules.get("items").filter(|items| !items.is_array()).map(|inner| (SchemaStep::OtherItems, inner)));
    steps.retain(|(_, inner)| inner.is_object());
    steps
}

/// The rules, and all that they refer to or consist of.
fn expand<'a>(root: &'a Value, mut open: Vec<&'a Value>) -> Vec<&'a Value> {
    let mut all: Vec<&'a Value> = Vec::new();
    while let Some(rules) = open.pop() {
        if all.len() >= MOST || all.iter().any(|known| std::ptr::eq(*known, rules)) {
            continue;
        }
        all.push(rules);
        let target = rules.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix('#'));
        open.extend(target.and_then(|pointer| root.pointer(pointer)));
        for key in ["allOf", "anyOf", "oneOf"] {
            open.extend(rules.get(key).and_then(Value::as_array).into_iter().flatten());
        }
        for key in ["if", "then", "else", "not"] {
            open.extend(rules.get(key));
        }
        let dependent = rules.get("dependentSchemas").and_then(Value::as_object);
        open.extend(dependent.into_iter().flatten().map(|(_, rules)| rules));
    }
    all
}

/// The rules for the values behind the steps that fit.
fn behind<'a>(
    root: &'a Value,
    rules: &[&'a Value],
    fits: impl Fn(&[(SchemaStep<'a>, &'a Value)], SchemaStep<'a>) -> bool,
) -> Vec<&'a Value> {
    let inner = rules.iter().flat_map(|rules| {
        let all = steps(rules);
        let fitting: Vec<&'a Value> =
            all.iter().filter(|(step, _)| fits(&all, *step)).map(|(_, inner)| *inner).collect();
        fitting
    });
    expand(root, inner.collect())
}

fn walk<'a>(
    root: &'a Value,
    rules: &[&'a Value],
    value: &'a Value,
    pointer: String,
    deep: usize,
    found: &mut Vec<SettingText<'a>>,
) {
    let Some(deep) = deep.checked_sub(1) else { return };
    match value {
        Value::String(text) => found.push(SettingText { pointer, text, rules: rules.to_vec() }),
        Value::Object(object) => {
            for (key, value) in object {
                let inner = behind(root, rules, |all, step| match step {
                    SchemaStep::Key(named) => named == key,
                    SchemaStep::SomeKeys => true,
                    SchemaStep::OtherKeys => !all.iter().any(|(step, _)| *step == SchemaStep::Key(key)),
                    _ => false,
                });
                let escaped = key.replace('~', "~0").replace('/', "~1");
                walk(root, &inner, value, format!("{pointer}/{escaped}"), deep, found);
            }
        }
        Value::Array(items) => {
            for (n, value) in items.iter().enumerate() {
                let inner = behind(root, rules, |all, step| match step {
                    SchemaStep::Item(at) => at == n,
                    SchemaStep::Items => true,
                    SchemaStep::OtherItems => !all.iter().any(|(step, _)| *step == SchemaStep::Item(n)),
                    _ => false,
                });
                walk(root, &inner, value, format!("{pointer}/{n}"), deep, found);
            }
        }
        _ => {}
    }
}

fn declared(root: &Value, rules: &[&Value], at: &str, deep: usize, found: &mut BTreeSet<(String, PathKind)>) {
    if let Some(kind) = kind(rules) {
        found.insert((at.to_owned(), kind));
    }
    let Some(deep) = deep.checked_sub(1) else { return };
    if found.len() >= MOST {
        return;
    }
    for (step, inner) in rules.iter().flat_map(|rules| steps(rules)) {
        let inner = expand(root, vec![inner]);
        let dot = if at.is_empty() { "" } else { "." };
        let at = match step {
            SchemaStep::Key(key) => format!("{at}{dot}{key}"),
            SchemaStep::SomeKeys | SchemaStep::OtherKeys => format!("{at}{dot}*"),
            SchemaStep::Item(_) | SchemaStep::Items | SchemaStep::OtherItems => format!("{at}[]"),
        };
        declared(root, &inner, &at, deep, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(schema: &Value, config: &Value) -> Vec<(String, PathKind)> {
        let all = texts(schema, config).into_iter();
        all.filter_map(|found| Some((format!("{}={}", found.pointer, found.text), found.path_kind()?))).collect()
    }

    #[test]
    fn a_path_is_found_wherever_a_schema_can_put_it() {
        use PathKind::{File, Folder};
        let folder = json!({"type": "string", "x-path": "folder"});
        let a = json!({"a": "/p"});
        for (what, rules, config, want) in [
            ("properties", json!({"properties": {"a": folder}}), a.clone(), "/a=/p"),
            ("reference", json!({"properties": {"a": {"$ref": "#/$defs/F"}}}), a.clone(), "/a=/p"),
            ("deep reference", json!({"properties": {"a": {"$ref": "#/$defs/T/properties/f"}}}), a.clone(), "/a=/p"),
            ("anyOf", json!({"properties": {"a": {"anyOf": [{"type": "null"}, folder]}}}), a.clone(), "/a=/p"),
            (
                "second in anyOf",
                json!({"properties": {"a": {"anyOf": [{"$ref": "#/$defs/X"}, {"$ref": "#/$defs/F"}]}}}),
                a.clone(),
                "/a=/p",
            ),
            ("oneOf", json!({"oneOf": [{"properties": {"a": folder}}]}), a.clone(), "/a=/p"),
            ("allOf", json!({"allOf": [{"properties": {"a": folder}}]}), a.clone(), "/a=/p"),
            ("if", json!({"if": {"properties": {"a": folder}}}), a.clone(), "/a=/p"),
            ("then", json!({"if": true, "then": {"properties": {"a": folder}}}), a.clone(), "/a=/p"),
            ("else", json!({"else": {"properties": {"a": folder}}}), a.clone(), "/a=/p"),
            ("dependent", json!({"dependentSchemas": {"b": {"properties": {"a": folder}}}}), a.clone(), "/a=/p"),
            ("any key", json!({"additionalProperties": folder}), a.clone(), "/a=/p"),
            ("pattern", json!({"patternProperties": {"^a": folder}}), a.clone(), "/a=/p"),
            (
                "pattern beside a key",
                json!({"properties": {"a": {}}, "patternProperties": {"^a": folder}}),
                a.clone(),
                "/a=/p",
            ),
            ("unevaluated", json!({"unevaluatedProperties": folder}), a.clone(), "/a=/p"),
            (
                "beside items",
                json!({"properties": {"t": {"items": folder, "additionalProperties": {"type": "string"}}}}),
                json!({"t": ["/p"]}),
                "/t/0=/p",
            ),
            (
                "beside other keys",
                json!({"properties": {"t": {"items": {"type": "string"}, "additionalProperties": folder}}}),
                json!({"t": {"k/~": "/p"}}),
                "/t/k~1~0=/p",
            ),
            (
                "prefix",
                json!({"properties": {"t": {"prefixItems": [{}, folder]}}}),
                json!({"t": ["x", "/p"]}),
                "/t/1=/p",
            ),
            (
                "behind a prefix",
                json!({"properties": {"t": {"prefixItems": [{}], "items": folder}}}),
                json!({"t": ["x", "/p"]}),
                "/t/1=/p",
            ),
            ("items by index", json!({"properties": {"t": {"items": [folder]}}}), json!({"t": ["/p"]}), "/t/0=/p"),
            ("contains", json!({"properties": {"t": {"contains": folder}}}), json!({"t": ["/p"]}), "/t/0=/p"),
            (
                "list of tables",
                json!({"properties": {"t": {"items": {"properties": {"a": folder}}}}}),
                json!({"t": [{"a": "/p"}]}),
                "/t/0/a=/p",
            ),
        ] {
            let mut schema = rules;
            schema["$defs"] = json!({"F": folder, "X": {"type": "integer"}, "T": {"properties": {"f": folder}}});
            assert_eq!(paths(&schema, &config), [(want.to_owned(), Folder)], "{what}");
            assert_eq!(path_keys(&schema).len(), 1, "{what}: {:?}", path_keys(&schema));
        }
        let both = json!({"allOf": [{"properties": {"a": {"x-path": "file"}}}, {"properties": {"a": folder}}]});
        assert_eq!(paths(&both, &a), [("/a=/p".to_owned(), Folder)], "both: the stronger");
        let file = json!({"properties": {"a": {"x-path": "file"}, "b": {}}, "additionalProperties": folder});
        assert_eq!(paths(&file, &json!({"a": "/p", "b": "no path"})), [("/a=/p".to_owned(), File)]);
        assert_eq!(path_keys(&file), [("*".to_owned(), Folder), ("a".to_owned(), File)]);
    }

    #[test]
    fn loops_and_depth_end() {
        let schema = json!({"properties": {"loop": {"$ref": "#/$defs/L"}}, "$defs": {"L": {"x-path": "folder", "anyOf": [{"$ref": "#/$defs/L"}, {"$ref": "#"}]}}});
        let mut config = json!("/bottom");
        for _ in 0..100 {
            config = json!({"loop": config});
        }
        assert_eq!(paths(&schema, &config), []);
        assert_eq!(paths(&schema, &json!({"loop": {"loop": "/p"}})).len(), 1);
        assert!(!path_keys(&schema).is_empty());
    }
}
