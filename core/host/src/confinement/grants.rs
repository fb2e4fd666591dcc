//! What a plugin process may use, derived from manifest and settings: the state folder, paths that the schema marks with `x-path`, and the
//! ports of `hosts`.

use crate::manifest::Manifest;
use crate::manifest::settings_walk::{self, PathKind};
use rundruf_lang::{Message, msg};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Component, Path, PathBuf};

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
    /// Whether it runs where the kernel has no Landlock.
    pub without_landlock: bool,
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

    /// Sets whether the plugin runs where the kernel has no Landlock, so that it can use every file of the daemon.
    #[must_use]
    pub const fn with_landlock_optional(mut self, is_optional: bool) -> Self {
        self.without_landlock = is_optional;
        self
    }

    /// What is granted beside the system's own files, for the admin: one sentence each.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        let paths =
            |paths: &[PathBuf]| paths.iter().map(|p| format!("`{}`", p.display())).collect::<Vec<_>>().join(", ");
        let mut all = vec![msg!("host-grants-write", paths = paths(&self.write))];
        if !self.read.is_empty() {
            all.push(msg!("host-grants-read", paths = paths(&self.read)));
        }
        let ports = self.ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        all.push(match self.network() {
            NetworkAccess::None => msg!("host-grants-no-network"),
            NetworkAccess::Addresses => msg!("host-grants-ports", ports = ports),
            NetworkAccess::Names => msg!("host-grants-ports-and-names", ports = ports),
        });
        all
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
            descriptors: 256,
            without_landlock: false,
        }
    }
}

/// Why a path in the settings is not granted.
#[derive(Clone, PartialEq, Debug)]
pub struct GrantFault {
    /// JSON pointer of the path in the plugin's settings.
    pub pointer: String,
    /// The fault, for the admin.
    pub why: Message,
}

impl GrantFault {
    /// The path's key in the plugin's settings, as `table.key`.
    #[must_use]
    pub fn setting(&self) -> String {
        self.pointer.trim_start_matches('/').replace('/', ".")
    }
}

impl Grant {
    /// What a transport may use, resolved to the real paths of this moment. `config` is the plugin's own settings as JSON. `protected` are the
    /// daemon's own files and folders.
    ///
    /// # Errors
    /// If a path of the settings is relative, contains something protected, or is inside of it.
    pub fn resolve(
        manifest: &Manifest,
        config: &str,
        state_dir: &Path,
        protected: &[PathBuf],
    ) -> Result<Self, GrantFault> {
        let config: Value = serde_json::from_str(config).unwrap_or_default();
        let mut grant = Self { write: vec![state_dir.to_owned()], ..Self::default() };
        let schema = &manifest.config_schema;
        let texts = settings_walk::texts(schema, &config);
        let folders = texts.iter().filter(|text| text.path_kind() == Some(PathKind::Folder));
        let writable: Vec<&Path> = folders.map(|text| Path::new(text.text)).chain([state_dir]).collect();
        for text in &texts {
            let Some(kind) = text.path_kind() else { continue };
            let fault = |why| GrantFault { pointer: text.pointer.clone(), why };
            let path = granted_path(Path::new(text.text), state_dir, protected).map_err(fault)?;
            leads_out(Path::new(text.text), &path, &writable).map_err(fault)?;
            match kind {
                PathKind::Folder => grant.write.push(path),
                PathKind::File => grant.read.push(path),
            }
        }
        for entry in &manifest.hosts {
            if let Some(port) = port(entry.as_json(), schema, &config) {
                grant.ports.push(port);
                grant.names |= !host(entry.as_json(), schema, &config).is_some_and(|host| is_address(&host));
            }
        }
        grant.ports.sort_unstable();
        grant.ports.dedup();
        Ok(grant)
    }
}

/// The real path of a path in the settings, if it may be granted.
fn granted_path(path: &Path, state_dir: &Path, protected: &[PathBuf]) -> Result<PathBuf, Message> {
    let shown = path.display();
    if !path.is_absolute() {
        return Err(msg!("host-grant-relative", path = %shown));
    }
    let real = real(path).ok_or_else(|| msg!("host-grant-dots", path = %shown))?;
    // What is in the plugin's own folder is the plugin's.
    let is_own = state_dir.canonicalize().is_ok_and(|own| real.starts_with(&own));
    for ours in protected {
        let ours_real = self::real(ours).unwrap_or_else(|| ours.clone());
        if ours_real == real {
            return Err(msg!("host-grant-is-ours", path = %shown));
        }
        if ours_real.starts_with(&real) {
            return Err(msg!("host-grant-contains", path = %shown, ours = %ours.display()));
        }
        if real.starts_with(&ours_real) && !is_own {
            return Err(msg!("host-grant-inside", path = %shown, ours = %ours.display()));
        }
    }
    Ok(real)
}

/// Refuses a path that is a link out of a folder with full access: an earlier run of the plugin may have made it.
fn leads_out(given: &Path, real_path: &Path, writable: &[&Path]) -> Result<(), Message> {
    for folder in writable.iter().filter(|folder| **folder != given && given.starts_with(folder)) {
        if real(folder).is_some_and(|home| !real_path.starts_with(home)) {
            return Err(msg!("host-path-leads-out", path = %given.display(), folder = %folder.display()));
        }
    }
    Ok(())
}

/// The path without links, also if its last parts do not exist yet. `None` if it goes up from there.
fn real(path: &Path) -> Option<PathBuf> {
    let (there, real) = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)))?;
    let rest = path.strip_prefix(there).ok()?;
    let is_plain = rest.components().all(|part| matches!(part, Component::Normal(_)));
    is_plain.then(|| if rest.as_os_str().is_empty() { real.clone() } else { real.join(rest) })
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
    fn a_granted_path_is_absolute_and_nothing_of_the_daemons() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().canonicalize().unwrap();
        let at = |name: &str| home.join(name);
        for folder in ["conf.d", "transports/mine", "transports/other", "mail"] {
            std::fs::create_dir_all(at(folder)).unwrap();
        }
        for file in ["rundruf.db", "ca.pem", "transports/mine/own.pem"] {
            std::fs::write(at(file), "x").unwrap();
        }
        std::os::unix::fs::symlink(at("conf.d"), at("link")).unwrap();
        std::os::unix::fs::symlink(&home, at("mail/up")).unwrap();
        let protected = ["rundruf.db", "rundruf.sock", "conf.d", "transports"].map(at);
        let check = |path: &Path, want: Option<&str>| {
            let got = granted_path(path, &at("transports/mine"), &protected).map_err(|why| why.to_string());
            match want {
                None => assert!(got.is_ok(), "{got:?}"),
                Some(words) => assert!(got.clone().unwrap_err().contains(words), "{} {got:?}", path.display()),
            }
        };
        for fine in ["ca.pem", "mail", "mail/new/deep", "transports/mine/own.pem", "other"] {
            check(&at(fine), None);
        }
        check(Path::new("mail"), Some("is not absolute"));
        check(Path::new(""), Some("is not absolute"));
        check(Path::new("/"), Some("contains"));
        check(&home, Some("contains"));
        check(&at("mail/up"), Some("contains"));
        check(&at("mail/.."), Some("contains"));
        check(&at("mail/new/../../rundruf.db"), Some("`..`"));
        check(&at("rundruf.db"), Some("belongs to the daemon"));
        check(&at("rundruf.sock"), Some("belongs to the daemon"));
        check(&at("conf.d"), Some("belongs to the daemon"));
        check(&at("conf.d/10-mail.toml"), Some("lies in"));
        check(&at("link/10-mail.toml"), Some("lies in"));
        check(&at("transports"), Some("belongs to the daemon"));
        check(&at("transports/other/key"), Some("lies in"));
        check(&at("transports/mine/../other"), Some("lies in"));
    }
}
