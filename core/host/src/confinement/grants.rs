//! Manifest and settings → what is granted: the state folder, paths that the schema marks with `x-path`, and the ports of `hosts`.

use super::Grant;
use crate::Manifest;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Deepest nesting of settings that is looked at.
const DEEP: usize = 16;

impl Grant {
    /// What an instance with these settings needs, by what its manifest declares. `config` is the section as JSON, paths absolute.
    #[must_use]
    pub fn of(manifest: &Manifest, config: &str, state_dir: &Path) -> Self {
        let config: Value = serde_json::from_str(config).unwrap_or_default();
        let mut grant = Self { write: vec![state_dir.to_owned()], ..Self::default() };
        let schema = &manifest.config_schema;
        paths(schema, schema, &config, DEEP, &mut grant);
        for entry in &manifest.hosts {
            if let Some(port) = port(entry.as_json(), schema, &config) {
                grant.ports.push(port);
                grant.names |= !host(entry.as_json(), schema, &config).is_some_and(|host| is_address(&host));
            }
        }
        grant.ports.sort_unstable();
        grant.ports.dedup();
        grant
    }
}

/// Collects the paths in a value: `x-path` is `file` for something to read, `folder` for something to write into.
fn paths(root: &Value, rules: &Value, value: &Value, deep: usize, grant: &mut Grant) {
    let Some(deep) = deep.checked_sub(1) else { return };
    let behind = follow(root, rules);
    match value {
        Value::String(path) => {
            let kind = rules.get("x-path").or_else(|| behind.get("x-path")).and_then(Value::as_str);
            match kind {
                Some("folder") => grant.write.push(PathBuf::from(path)),
                Some("file") => grant.read.push(PathBuf::from(path)),
                _ => {}
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                let named = behind.get("properties").and_then(|p| p.get(key));
                let rules = named.or_else(|| behind.get("additionalProperties").filter(|a| a.is_object()));
                if let Some(rules) = rules {
                    paths(root, rules, value, deep, grant);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                if let Some(rules) = behind.get("items") {
                    paths(root, rules, item, deep, grant);
                }
            }
        }
        _ => {}
    }
}

/// Follows a reference into `$defs`, also out of a choice with null.
fn follow<'a>(root: &'a Value, rules: &'a Value) -> &'a Value {
    let to = |rules: &'a Value| {
        let name = rules.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
        root.get("$defs")?.get(name)
    };
    let choice = || rules.get("anyOf")?.as_array()?.iter().find_map(to);
    to(rules).or_else(choice).unwrap_or(rules)
}

/// What a field of a host says, by itself or by the setting that it names.
fn of(entry: &Value, key: &str, schema: &Value, config: &Value) -> Option<Value> {
    let given = entry.get(key)?;
    let Some(name) = given.as_str().and_then(|s| s.strip_prefix("{config.")?.strip_suffix('}')) else {
        return Some(given.clone());
    };
    let set = config.get(name).filter(|v| !v.is_null());
    set.or_else(|| schema.get("properties")?.get(name)?.get("default")).filter(|v| !v.is_null()).cloned()
}

/// A host as it is meant: perhaps with a scheme, a port and a path.
fn host(entry: &Value, schema: &Value, config: &Value) -> Option<String> {
    let host = of(entry, "host", schema, config).or_else(|| entry.is_string().then(|| entry.clone()))?;
    host.as_str().map(str::to_owned)
}

/// Scheme; name or address, and port.
fn parts(host: &str) -> (&str, &str) {
    let (scheme, rest) = host.split_once("://").unwrap_or(("https", host));
    (scheme, rest.split(['/', '?', '#']).next().unwrap_or(rest))
}

/// Whether nobody has to be asked where it is.
fn is_address(host: &str) -> bool {
    let (_, place) = parts(host);
    let bare = match place.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or(inner),
        // One colon stands before a port, more make an address of version 6.
        None => place.rsplit_once(':').filter(|(name, _)| !name.contains(':')).map_or(place, |(name, _)| name),
    };
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok()
}

/// The port of one host: `port` as a number or `{config.KEY}`, else the one in the address that `host` names, else that of HTTPS.
fn port(entry: &Value, schema: &Value, config: &Value) -> Option<u16> {
    if entry.get("port").is_some() {
        let port = of(entry, "port", schema, config)?;
        let number = port.as_u64().or_else(|| port.as_str()?.parse().ok())?;
        return u16::try_from(number).ok().filter(|p| *p != 0);
    }
    let host = host(entry, schema, config)?;
    let (scheme, place) = parts(&host);
    // A colon inside brackets belongs to an address of version 6.
    let behind = place.rsplit_once(']').map_or(place, |(_, behind)| behind);
    match behind.rsplit_once(':') {
        Some((_, port)) => port.parse().ok(),
        None if scheme == "http" => Some(80),
        None => Some(443),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ports_of_hosts() {
        let schema = json!({"properties": {"port": {"default": 587}}});
        let config = json!({"url": "http://127.0.0.1:8123/send", "plain": "http://x", "own": 2525, "none": null});
        let check = |entry: Value, want: Option<u16>| assert_eq!(port(&entry, &schema, &config), want, "{entry}");
        check(json!({"host": "api.example", "port": 8443}), Some(8_443));
        check(json!({"host": "api.example"}), Some(443));
        check(json!("api.example"), Some(443));
        check(json!({"host": "{config.host}", "port": "{config.port}"}), Some(587));
        check(json!({"host": "{config.host}", "port": "{config.own}"}), Some(2_525));
        check(json!({"host": "{config.url}"}), Some(8_123));
        check(json!({"host": "{config.plain}"}), Some(80));
        check(json!({"host": "[::1]:9"}), Some(9));
        check(json!({"host": "https://[::1]/x"}), Some(443));
        for nothing in
            [json!({"port": "{config.none}"}), json!({"port": 0}), json!({"port": 70_000}), json!({}), json!(5)]
        {
            check(nothing, None);
        }
    }

    #[test]
    fn who_talks_to_addresses_alone_asks_for_no_name() {
        for address in [
            "127.0.0.1",
            "localhost",
            "[::1]",
            "[::1]:25",
            "::1",
            "127.0.0.1:25",
            "http://127.0.0.1:8123/send",
            "https://[::1]/x",
        ] {
            assert!(is_address(address), "{address}");
        }
        for name in
            ["mail.example", "mail.example:25", "http://api.example/127.0.0.1", "localhost.example", "1.2.3", ""]
        {
            assert!(!is_address(name), "{name}");
        }
    }

    #[test]
    fn paths_of_settings() {
        let schema = json!({
            "properties": {
                "folder": {"type": "string", "x-path": "folder"},
                "other": {"type": "string"},
                "keys": {"items": {"$ref": "#/$defs/Key"}},
                "ca": {"anyOf": [{"$ref": "#/$defs/File"}, {"type": "null"}]},
                "loop": {"$ref": "#/$defs/Loop"},
            },
            "$defs": {
                "Key": {"properties": {"at": {"x-path": "file"}}},
                "File": {"x-path": "file"},
                "Loop": {"properties": {"loop": {"$ref": "#/$defs/Loop"}}},
            },
        });
        let mut deep = json!("/bottom");
        for _ in 0..100 {
            deep = json!({"loop": deep});
        }
        let config = json!({"folder": "/m", "other": "/o", "keys": [{"at": "/k"}], "ca": "/c", "loop": deep});
        let mut grant = Grant::default();
        paths(&schema, &schema, &config, DEEP, &mut grant);
        grant.read.sort();
        assert_eq!((grant.write, grant.read), (vec!["/m".into()], vec!["/c".into(), "/k".into()]));
    }
}
