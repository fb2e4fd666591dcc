//! Secrets: `{ file = "…" }`, `{ env = "…" }` or `{ credential = "…" }` in a plugin's section is replaced by the secret itself.

use super::check::SettingsChecker;
use super::read::{SettingsTree, escape};
use super::visibility::is_variable_name;
use rundruf_lang::{Message, msg};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A table with exactly one of these keys is a reference to a secret.
const SECRET: [&str; 3] = ["file", "env", "credential"];

/// The advice where a credential is missing because this is not the unit's process.
const IN_UNIT: &str = "daemon-secret-load-credential";

/// Schema faults that do not apply to a reference.
const PLACEHOLDER: &str = "-";

impl SettingsChecker<'_> {
    /// Replaces all references to secrets in all transports.
    pub(super) fn secrets(&mut self, tree: &mut SettingsTree) {
        let mut found = Vec::new();
        if let Some(Value::Object(transports)) = tree.value.get("transports") {
            for (name, transport) in transports {
                if let Some(config) = transport.get("config") {
                    collect(config, &format!("/transports/{}/config", escape(name)), &mut found);
                }
            }
        }
        for (pointer, kind, what) in found {
            let text = match self.secret(tree, &pointer, &kind, &what) {
                Ok(text) if text.is_empty() => {
                    let message = msg!("daemon-secret-empty", what = %what);
                    self.fault(tree, &pointer, message, msg!("daemon-secret-write-it"));
                    PLACEHOLDER.to_owned()
                }
                Ok(text) => text,
                Err((message, help)) if self.is_look && help.key() == IN_UNIT => {
                    // Outside of its unit nobody has the credentials of a daemon: that says nothing about the settings.
                    self.warn(tree, &pointer, message, msg!("daemon-secret-judged-in-unit"));
                    self.substituted.insert(pointer.clone());
                    PLACEHOLDER.to_owned()
                }
                Err(_) if kind == "file" && self.is_to_be_made(&pointer, &self.base.join(&what)) => {
                    self.substituted.insert(pointer.clone());
                    PLACEHOLDER.to_owned()
                }
                Err((message, help)) => {
                    // Its absence here says nothing about the daemon.
                    if self.is_other_user(tree) && (kind != "file" || !rustix::process::geteuid().is_root()) {
                        self.not_checked(tree, &pointer, message);
                    } else {
                        self.fault(tree, &pointer, message, help);
                    }
                    PLACEHOLDER.to_owned()
                }
            };
            if let Some(slot) = tree.value.pointer_mut(&pointer) {
                *slot = Value::String(text);
            }
            self.referred.insert(pointer);
        }
    }

    fn secret(
        &mut self,
        tree: &SettingsTree,
        pointer: &str,
        kind: &str,
        what: &str,
    ) -> Result<String, (Message, Message)> {
        let path = match kind {
            "env" => {
                return std::env::var(what).map_err(|_| {
                    // Not the secret itself, where somebody has written it in the place of a name.
                    let shown = if is_variable_name(what) { what } else { "…" };
                    let message = msg!("daemon-secret-env-missing", what = shown);
                    (message, msg!("daemon-secret-set-env"))
                });
            }
            "credential" => match std::env::var_os("CREDENTIALS_DIRECTORY") {
                Some(folder) => Path::new(&folder).join(what),
                None => {
                    let message = msg!("daemon-secret-credential-missing", what = %what);
                    let help = msg!("daemon-secret-load-credential");
                    return Err((message, help));
                }
            },
            _ => self.base.join(what),
        };
        let shown = path.display();
        let failed = |e: std::io::Error| {
            let message = msg!("daemon-cannot-read", shown = %shown, error = &e);
            (message, msg!("daemon-create-secret-file"))
        };
        let meta = std::fs::metadata(&path).map_err(failed)?;
        if meta.permissions().mode() & 0o077 != 0 && kind == "file" {
            let message = msg!("daemon-readable-by-others", shown = %shown);
            self.warn(tree, pointer, message, msg!("daemon-chmod-600"));
        }
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        // Some editors write a byte order mark first: it belongs to no password.
        Ok(text.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']).to_owned())
    }

    /// Warns about a secret that is written into the settings file itself; it works.
    pub(super) fn literal_secret(&mut self, tree: &SettingsTree, pointer: &str) {
        if self.referred.contains(pointer) {
            return;
        }
        let key = pointer.rsplit('/').next().unwrap_or("");
        let file = tree.place(pointer).and_then(|place| self.report.sources.get(place.file)).map(|s| s.path.clone());
        let mode = file.as_ref().and_then(|f| std::fs::metadata(f).ok()).map_or(0, |m| m.permissions().mode());
        let message = match file {
            Some(file) if mode & 0o007 != 0 => msg!("daemon-secret-in-open-file", key = %key, shown = %file.display()),
            _ => msg!("daemon-secret-in-plain-text", key = %key),
        };
        let help = msg!("daemon-secret-write-reference");
        self.warn(tree, pointer, message, help);
    }
}

/// The secrets in a section: pointer, kind, name.
fn collect(value: &Value, pointer: &str, found: &mut Vec<(String, String, String)>) {
    match value {
        Value::Object(object) => {
            if let (1, Some((key, Value::String(what)))) = (object.len(), object.iter().next())
                && SECRET.contains(&key.as_str())
            {
                found.push((pointer.to_owned(), key.clone(), what.clone()));
                return;
            }
            for (key, value) in object {
                collect(value, &format!("{pointer}/{}", escape(key)), found);
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                collect(item, &format!("{pointer}/{n}"), found);
            }
        }
        _ => {}
    }
}
