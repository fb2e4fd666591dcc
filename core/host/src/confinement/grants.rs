//! What a plugin process may use, derived from manifest and settings: the state folder, paths that the schema marks with `x-path`, and the
//! ports of `hosts`.

use crate::manifest::Manifest;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Deepest nesting of settings that is searched for paths.
const DEEP: usize = 16;

/// What a plugin process may use; the kernel refuses everything else.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// Files and folders that may be read, in addition to shared libraries, time zones, certificate authorities and the resolver's files.
    pub read: Vec<PathBuf>,
    /// Folders with full access. Missing ones are created.
    pub write: Vec<PathBuf>,
    /// TCP ports that it may connect to; if empty, no network at all.
    pub ports: Vec<u16>,
    /// Whether it may resolve names, which takes datagrams; false if all its hosts are addresses.
    pub names: bool,
    /// Largest private memory, in bytes.
    pub memory: u64,
    /// Largest file that it may write, in bytes.
    pub file: u64,
    /// Limit of the state folder: bytes, and number of files.
    pub folder: (u64, u64),
    /// Largest number of threads.
    pub threads: u64,
    /// Largest number of open descriptors.
    pub descriptors: u64,
}

/// Which sockets a plugin process may open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum NetworkAccess {
    /// None.
    None,
    /// TCP to addresses.
    Addresses,
    /// TCP, and datagrams to resolve names.
    Names,
}

impl Grant {
    /// Sets the size limit of the state folder, in bytes; no single file may be larger either.
    #[must_use]
    pub fn with_state_limit(mut self, bytes: u64) -> Self {
        self.folder.0 = bytes;
        self.file = self.file.min(bytes);
        self
    }

    pub(super) const fn network(&self) -> NetworkAccess {
        match (self.ports.is_empty(), self.names) {
            (true, _) => NetworkAccess::None,
            (false, false) => NetworkAccess::Addresses,
            (false, true) => NetworkAccess::Names,
        }
    }
}

impl Default for Grant {
    fn default() -> Self {
        Self {
            read: Vec::new(),
            write: Vec::new(),
            ports: Vec::new(),
            names: false,
            memory: 1 << 30,
            file: 256 << 20,
            folder: (1 << 30, 100_000),
            threads: 1_024,
            descriptors: 1_024,
        }
    }
}

impl Grant {
    /// Derives what a transport may use. `config` is the plugin's own settings as JSON, with absolute paths.
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

/// Follows a reference into `$defs`, also inside an `anyOf` with null.
fn follow<'a>(root: &'a Value, rules: &'a Value) -> &'a Value {
    let to = |rules: &'a Value| {
        let name = rules.get("$ref")?.as_str()?.strip_prefix("#/$defs/")?;
        root.get("$defs")?.get(name)
    };
    let choice = || rules.get("anyOf")?.as_array()?.iter().find_map(to);
    to(rules).or_else(choice).unwrap_or(rules)
}

/// The value of a field of a host: its own, or that of the setting it names.
fn of(entry: &Value, key: &str, schema: &Value, config: &Value) -> Option<Value> {
    let given = entry.get(key)?;
    let Some(name) = given.as_str().and_then(|s| s.strip_prefix("{config.")?.strip_suffix('}')) else {
        return Some(given.clone());
    };
    let set = config.get(name).filter(|v| !v.is_null());
    set.or_else(|| schema.get("properties")?.get(name)?.get("default")).filter(|v| !v.is_null()).cloned()
}

/// The host, perhaps with a scheme, a port and a path.
fn host(entry: &Value, schema: &Value, config: &Value) -> Option<String> {
    let host = of(entry, "host", schema, config).or_else(|| entry.is_string().then(|| entry.clone()))?;
    host.as_str().map(str::to_owned)
}

/// Splits into the scheme, and host with port.
fn parts(host: &str) -> (&str, &str) {
    let (scheme, rest) = host.split_once("://").unwrap_or(("https", host));
    (scheme, rest.split(['/', '?', '#']).next().unwrap_or(rest))
}

/// Whether the host is an address, so that no name must be resolved.
fn is_address(host: &str) -> bool {
    let (_, place) = parts(host);
    let bare = match place.strip_prefix('[') {
        Some(inner) => inner.split(']').next().unwrap_or(inner),
        // One colon precedes a port; several belong to an IPv6 address.
        None => place.rsplit_once(':').filter(|(name, _)| !name.contains(':')).map_or(place, |(name, _)| name),
    };
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok()
}

/// The port of a host: `port` as a number or `{config.KEY}`, else the port in `host`, else that of its scheme (443 without one).
fn port(entry: &Value, schema: &Value, config: &Value) -> Option<u16> {
    if entry.get("port").is_some() {
        let port = of(entry, "port", schema, config)?;
        let number = port.as_u64().or_else(|| port.as_str()?.parse().ok())?;
        return u16::try_from(number).ok().filter(|p| *p != 0);
    }
    let host = host(entry, schema, config)?;
    let (scheme, place) = parts(&host);
    // Colons inside brackets belong to an IPv6 address.
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
    fn addresses_need_no_names() {
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
