//! Secrets: `{ file = "…" }`, `{ env = "…" }` or `{ credential = "…" }` in a plugin's section, replaced by what stands there.

use super::check::{Both, Checker};
use super::read::{Tree, escape};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Keys of which one alone makes a table a secret that stands elsewhere.
const SECRET: [&str; 3] = ["file", "env", "credential"];

/// What the schema then has nothing to say about.
const STAND_IN: &str = "-";

impl Checker<'_> {
    /// Replaces all secrets of all transports.
    pub(super) fn secrets(&mut self, tree: &mut Tree) {
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
                    let message = (format!("`{what}` ist leer"), format!("`{what}` is empty"));
                    self.fault(tree, &pointer, message, ("schreibe das Geheimnis hinein", "write the secret into it"));
                    STAND_IN.to_owned()
                }
                Ok(text) => text,
                Err((message, (de, en))) => {
                    self.fault(tree, &pointer, message, (de, en));
                    STAND_IN.to_owned()
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
        tree: &Tree,
        pointer: &str,
        kind: &str,
        what: &str,
    ) -> Result<String, (Both, (&'static str, &'static str))> {
        let path = match kind {
            "env" => {
                return std::env::var(what).map_err(|_| {
                    let message = (
                        format!("die Umgebungsvariable `{what}` ist nicht gesetzt"),
                        format!("the environment variable `{what}` is not set"),
                    );
                    (message, ("setze sie, oder nimm { file = \"…\" }", "set it, or use { file = \"…\" }"))
                });
            }
            "credential" => match std::env::var_os("CREDENTIALS_DIRECTORY") {
                Some(folder) => Path::new(&folder).join(what),
                None => {
                    let message = (
                        format!("das Credential `{what}` gibt es nur unter systemd"),
                        format!("the credential `{what}` exists under systemd alone"),
                    );
                    let help = (
                        "LoadCredential= in rundruf.service, oder nimm { file = \"…\" }",
                        "LoadCredential= in rundruf.service, or use { file = \"…\" }",
                    );
                    return Err((message, help));
                }
            },
            _ => self.base.join(what),
        };
        let shown = path.display();
        let failed = |e: std::io::Error| {
            let message = (format!("`{shown}` kann nicht gelesen werden: {e}"), format!("cannot read `{shown}`: {e}"));
            (
                message,
                ("lege die Datei an; Pfade beginnen bei dieser Datei", "create the file; paths start at this file"),
            )
        };
        let meta = std::fs::metadata(&path).map_err(failed)?;
        if meta.permissions().mode() & 0o077 != 0 && kind == "file" {
            let message =
                (format!("`{shown}` kann von anderen gelesen werden"), format!("`{shown}` can be read by others"));
            self.warn(tree, pointer, message, ("chmod 600 auf diese Datei", "chmod 600 this file"));
        }
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        Ok(text.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// A secret that stands in the settings themselves works, and is told.
    pub(super) fn literal_secret(&mut self, tree: &Tree, pointer: &str) {
        if self.referred.contains(pointer) {
            return;
        }
        let key = pointer.rsplit('/').next().unwrap_or("");
        let message =
            (format!("`{key}` steht im Klartext in der Datei"), format!("`{key}` stands in the file in plain text"));
        let help = (
            "schreibe { file = \"…\" }, { env = \"…\" } oder { credential = \"…\" }",
            "write { file = \"…\" }, { env = \"…\" } or { credential = \"…\" }",
        );
        self.warn(tree, pointer, message, help);
    }
}

/// Secrets in a section: pointer, kind, name.
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
