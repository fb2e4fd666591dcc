//! Tree × schema × plugins → resolved settings, or all faults at once.

use super::Resolved;
use super::fault::Report;
use super::read::{self, Tree, dotted};
use super::types::{IsolationKey, List, OnUnknownKey, Settings, Transport};
use crate::speech::Speech;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use rundruf_engine::{Config, ListConfig, Localized, OnUnknown, OptIn, Retry, Sender, TransportConfig};
use rundruf_host::{Isolation, Manifest, discover};
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Checks the settings. `None` if there is any fault; the report has them all.
pub(crate) fn check(path: &Path, speech: Speech) -> (Report, Option<Resolved>) {
    let mut report = Report::default();
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut tree = read::read(&path, &mut report, speech);
    let mut checker = Checker { report: &mut report, speech, base: path.parent().unwrap_or(Path::new("/")).to_owned() };
    checker.secrets(&mut tree);
    let schema = super::doc::schema();
    checker.schema(&tree, &tree.value, &schema, "");
    let settings: Option<Settings> = serde_json::from_value(tree.value.clone()).ok();
    let resolved = settings.and_then(|s| checker.resolve(s, &tree));
    let ok = report.faults.is_empty();
    report.faults.sort_by_key(|f| f.place);
    (report, resolved.filter(|_| ok))
}

struct Checker<'a> {
    report: &'a mut Report,
    speech: Speech,
    /// Relative paths start here.
    base: PathBuf,
}

/// Keys of which one alone makes a table a secret that stands elsewhere.
const SECRET: [&str; 3] = ["file", "env", "credential"];

impl Checker<'_> {
    fn fault(&mut self, tree: &Tree, pointer: &str, (de, en): (String, String), (help_de, help_en): (&str, &str)) {
        let message = if self.speech == Speech::De { de } else { en };
        self.report.fault(tree.place(pointer), &dotted(pointer), message, self.speech.say(help_de, help_en));
    }

    /// Replaces `{ file = "…" }` and its like in the plugins' sections by what stands there.
    fn secrets(&mut self, tree: &mut Tree) {
        let mut found = Vec::new();
        if let Some(Value::Object(transports)) = tree.value.get("transports") {
            for (name, transport) in transports {
                if let Some(config) = transport.get("config") {
                    collect(config, &format!("/transports/{name}/config"), &mut found);
                }
            }
        }
        for (pointer, kind, what) in found {
            match self.secret(tree, &pointer, &kind, &what) {
                Ok(text) => {
                    if let Some(slot) = tree.value.pointer_mut(&pointer) {
                        *slot = Value::String(text);
                    }
                }
                Err((de, en)) => {
                    self.fault(tree, &pointer, (de, en), ("", ""));
                    if let Some(slot) = tree.value.pointer_mut(&pointer) {
                        // The schema then has nothing to say about it.
                        *slot = Value::String("-".to_owned());
                    }
                }
            }
        }
    }

    fn secret(&mut self, tree: &Tree, pointer: &str, kind: &str, what: &str) -> Result<String, (String, String)> {
        let path = match kind {
            "env" => {
                return std::env::var(what).map_err(|_| {
                    (
                        format!("die Umgebungsvariable `{what}` ist nicht gesetzt"),
                        format!("the environment variable `{what}` is not set"),
                    )
                });
            }
            "credential" => match std::env::var_os("CREDENTIALS_DIRECTORY") {
                Some(folder) => Path::new(&folder).join(what),
                None => {
                    return Err((
                        format!("das Credential `{what}` gibt es nur unter systemd (LoadCredential=)"),
                        format!("the credential `{what}` exists under systemd alone (LoadCredential=)"),
                    ));
                }
            },
            _ => self.base.join(what),
        };
        let shown = path.display();
        let meta = std::fs::metadata(&path).map_err(|e| {
            (format!("`{shown}` kann nicht gelesen werden: {e}"), format!("cannot read `{shown}`: {e}"))
        })?;
        if meta.permissions().mode() & 0o077 != 0 && kind == "file" {
            let message =
                (format!("`{shown}` kann von anderen gelesen werden"), format!("`{shown}` can be read by others"));
            let help = self.speech.say("chmod 600 auf diese Datei", "chmod 600 this file");
            let text = if self.speech == Speech::De { message.0 } else { message.1 };
            self.report.warn(tree.place(pointer), &dotted(pointer), text, help);
        }
        let text = std::fs::read_to_string(&path).map_err(|e| {
            (format!("`{shown}` kann nicht gelesen werden: {e}"), format!("cannot read `{shown}`: {e}"))
        })?;
        Ok(text.trim_end_matches(['\n', '\r']).to_owned())
    }

    /// Checks a value against a schema; `prefix` is where the value stands in the tree.
    fn schema(&mut self, tree: &Tree, value: &Value, schema: &Value, prefix: &str) {
        let validator = match jsonschema::validator_for(schema) {
            Ok(validator) => validator,
            Err(error) => {
                let message = (
                    format!("das Schema des Plugins ist fehlerhaft: {error}"),
                    format!("the plugin's schema is faulty: {error}"),
                );
                self.fault(tree, prefix, message, ("", ""));
                return;
            }
        };
        for error in validator.iter_errors(value) {
            let pointer = format!("{prefix}{}", error.instance_path());
            let rules = schema_at(schema, error.instance_path().as_str());
            self.one(tree, &pointer, error.kind(), error.instance(), rules, &error.to_string());
        }
    }

    fn one(
        &mut self,
        tree: &Tree,
        pointer: &str,
        kind: &ValidationErrorKind,
        instance: &Value,
        rules: Option<&Value>,
        raw: &str,
    ) {
        let name = dotted(pointer);
        let hint = rules.and_then(|r| r.get("x-hint")).and_then(Value::as_str);
        match kind {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                let known: Vec<&str> = rules
                    .and_then(|r| r.get("properties"))
                    .and_then(Value::as_object)
                    .map(|p| p.keys().map(String::as_str).collect())
                    .unwrap_or_default();
                for key in unexpected {
                    let at = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                    let around = if name.is_empty() { String::new() } else { format!(" in [{name}]") };
                    let message = match self.speech {
                        Speech::De => format!("unbekannter Schlüssel `{key}`{around}"),
                        Speech::En => format!("unknown key `{key}`{around}"),
                    };
                    let help = match (near(key, &known), self.speech) {
                        (Some(near), Speech::De) => format!("meintest du `{near}`?"),
                        (Some(near), Speech::En) => format!("did you mean `{near}`?"),
                        (None, Speech::De) => format!("bekannt sind: {}", known.join(", ")),
                        (None, Speech::En) => format!("known are: {}", known.join(", ")),
                    };
                    self.report.fault(tree.key(&at), &dotted(&at), message, help);
                }
            }
            ValidationErrorKind::Required { property } => {
                let property = property.as_str().unwrap_or("");
                let full = if name.is_empty() { property.to_owned() } else { format!("{name}.{property}") };
                let message = match self.speech {
                    Speech::De => format!("`{full}` fehlt"),
                    Speech::En => format!("`{full}` is missing"),
                };
                let what =
                    rules.and_then(|r| r.get("properties")?.get(property)?.get("description")?.as_str()).unwrap_or("");
                self.report.fault(tree.key(pointer), &full, message, what);
            }
            ValidationErrorKind::Type { kind } => {
                let wanted = match kind {
                    TypeKind::Single(one) => type_word(&one.to_string(), self.speech),
                    TypeKind::Multiple(_) => hint.unwrap_or("").to_owned(),
                };
                let got = type_word(kind_of(instance), self.speech);
                let message = match self.speech {
                    Speech::De => format!("`{name}` ist {got}; gebraucht wird {wanted}"),
                    Speech::En => format!("`{name}` is {got}; {wanted} is needed"),
                };
                self.report.fault(tree.place(pointer), &name, message, hint.unwrap_or(""));
            }
            _ => {
                let wanted = hint.map_or_else(|| plain(raw), str::to_owned);
                let shown = if rules.is_some_and(|r| r.get("x-secret").is_some()) {
                    "…".to_owned()
                } else {
                    instance.to_string()
                };
                let message = match self.speech {
                    Speech::De => format!("`{name}` = {shown} geht nicht"),
                    Speech::En => format!("`{name}` = {shown} is not allowed"),
                };
                self.report.fault(tree.place(pointer), &name, message, wanted);
            }
        }
    }

    fn path(&self, text: &str) -> PathBuf {
        self.base.join(text)
    }

    /// What a schema cannot say; and everything in the form that the program uses.
    fn resolve(&mut self, s: Settings, tree: &Tree) -> Option<Resolved> {
        let day = Duration::from_secs(86_400);
        if !(day..=day * 14).contains(&s.optin.expires_after.0) {
            let message = (
                "`optin.expires_after` muss zwischen `1d` und `14d` liegen".to_owned(),
                "`optin.expires_after` must be between `1d` and `14d`".to_owned(),
            );
            self.fault(tree, "/optin/expires_after", message, ("die Vorgabe ist 7d", "the default is 7d"));
        }
        if s.retry.first.0.is_zero() || s.retry.first.0 > s.retry.longest.0 {
            let message = (
                "`retry.first` muss größer als 0 und höchstens `retry.longest` sein".to_owned(),
                "`retry.first` must be above 0 and at most `retry.longest`".to_owned(),
            );
            self.fault(tree, "/retry/first", message, ("", ""));
        }
        let file = s.store.url.strip_prefix("sqlite:").map(|f| self.path(f));
        let Some(file) = file.filter(|f| f.file_name().is_some()) else {
            let message = (
                format!("`store.url` = `{}` geht nicht", s.store.url),
                format!("`store.url` = `{}` is not allowed", s.store.url),
            );
            self.fault(tree, "/store/url", message, ("schreibe sqlite:DATEI", "write sqlite:FILE"));
            return None;
        };
        let folder = file.parent().unwrap_or(Path::new("/")).to_owned();
        let listen = s.web.listen.parse();
        if listen.is_err() {
            let message = (
                format!("`web.listen` = `{}` ist keine Adresse", s.web.listen),
                format!("`web.listen` = `{}` is no address", s.web.listen),
            );
            self.fault(tree, "/web/listen", message, ("schreibe 127.0.0.1:8080", "write 127.0.0.1:8080"));
        }
        let folders = match &s.plugin_dir {
            Some(dir) => vec![self.path(dir)],
            None => {
                let beside = std::env::current_exe().ok().and_then(|p| p.parent().map(Path::to_owned));
                beside.into_iter().chain([PathBuf::from("/usr/lib/rundruf/plugins")]).collect()
            }
        };
        let known: Vec<&str> = s.transports.keys().map(String::as_str).collect();
        let mut lists = Vec::new();
        for (name, list) in &s.lists {
            lists.push(self.list(tree, name, list, &known, &s.sender.name));
        }
        let mut transports = Vec::new();
        for (name, transport) in &s.transports {
            transports.extend(self.transport(tree, name, transport, &folders));
        }
        let public_url = s.web.public_url.unwrap_or_else(|| format!("http://{}", s.web.listen));
        let host = public_url.split("://").nth(1).unwrap_or("").split(['/', ':']).next().unwrap_or("").to_owned();
        let engine = Config {
            sender: Sender {
                name: s.sender.name,
                imprint_url: s.sender.imprint_url,
                privacy_url: s.sender.privacy_url,
            },
            public_url: public_url.trim_end_matches('/').to_owned(),
            default_region: s.default_region,
            lists,
            transports,
            optin: OptIn { expires_after: s.optin.expires_after.0 },
            retry: Retry { first: s.retry.first.0, longest: s.retry.longest.0, give_up: s.retry.give_up.0 },
            drain_for: s.daemon.drain_for.0,
            data_dir: folder.clone(),
            child_program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("/proc/self/exe")),
            max_attachment: s.daemon.max_attachment.0,
            log_origin: format!("{host}/consent-log/1"),
        };
        Some(Resolved {
            engine,
            store_url: format!("sqlite:{}", file.display()),
            kek: s.store.machine_key.map(|k| self.path(&k)),
            socket: s.daemon.socket.map_or_else(|| folder.join("rundruf.sock"), |p| self.path(&p)),
            listen: listen.ok(),
            max_body: s.web.max_body.0,
            log: s.daemon.log,
        })
    }

    fn list(&mut self, tree: &Tree, name: &str, list: &List, known: &[&str], sender: &str) -> ListConfig {
        let at = format!("/lists/{}", name.replace('~', "~0").replace('/', "~1"));
        let plain = !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !plain {
            let shown = name.escape_debug();
            let message = (format!("`{shown}` ist kein Name einer Liste"), format!("`{shown}` is no name of a list"));
            let help = ("a-z, 0-9 und -, höchstens 64 Zeichen", "a-z, 0-9 and -, at most 64 characters");
            self.report.fault(
                tree.key(&at),
                &dotted(&at),
                if self.speech == Speech::De { message.0 } else { message.1 },
                self.speech.say(help.0, help.1),
            );
        }
        for (n, transport) in list.transports.iter().enumerate() {
            if !known.contains(&transport.as_str()) {
                let pointer = format!("{at}/transports/{n}");
                let message = match self.speech {
                    Speech::De => format!("es gibt keinen Transport `{transport}`"),
                    Speech::En => format!("there is no transport `{transport}`"),
                };
                let help = match (near(transport, known), self.speech) {
                    (Some(near), Speech::De) => format!("meintest du `{near}`?"),
                    (Some(near), Speech::En) => format!("did you mean `{near}`?"),
                    (None, Speech::De) => format!("lege [transports.{transport}] an; es gibt: {}", known.join(", ")),
                    (None, Speech::En) => format!("add [transports.{transport}]; there are: {}", known.join(", ")),
                };
                self.report.fault(tree.place(&pointer), &dotted(&pointer), message, help);
            }
        }
        let (title, purpose) = (list.title.clone().by_language(), list.purpose.clone().by_language());
        let consent_text = match &list.consent_text {
            Some(text) => {
                let texts = text.clone().by_language();
                self.lint(tree, &format!("{at}/consent_text"), &texts, sender, &title);
                texts
            }
            None => made_consent(sender, &title, &purpose),
        };
        ListConfig {
            name: name.to_owned(),
            title: Localized(title),
            purpose: Localized(purpose),
            consent_text: Localized(consent_text),
            transports: list.transports.clone(),
            frequency_cap: None,
        }
    }

    /// A consent text must say who, what, and how to leave (R4).
    fn lint(
        &mut self,
        tree: &Tree,
        pointer: &str,
        texts: &BTreeMap<String, String>,
        sender: &str,
        titles: &BTreeMap<String, String>,
    ) {
        for (language, text) in texts {
            let title = titles.get(language).or_else(|| titles.values().next()).map_or("", String::as_str);
            for lint in rundruf_consent::text::lint::lint(
                text,
                rundruf_consent::text::lint::Expect { controller: sender, title },
            ) {
                let message = if self.speech == Speech::De { lint.de } else { lint.en };
                let help = self.speech.say(
                    "jede Einwilligung nennt, wer was schickt und wie man sich abmeldet",
                    "each consent names who sends what and how to leave",
                );
                if lint.blocks {
                    self.report.fault(tree.place(pointer), &dotted(pointer), message, help);
                } else {
                    self.report.warn(tree.place(pointer), &dotted(pointer), message, help);
                }
            }
        }
    }

    fn transport(&mut self, tree: &Tree, name: &str, t: &Transport, folders: &[PathBuf]) -> Option<TransportConfig> {
        let at = format!("/transports/{}", name.replace('~', "~0").replace('/', "~1"));
        let plain = !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if !plain {
            let message = (
                format!("`{}` ist kein Name eines Transports", name.escape_debug()),
                format!("`{}` is no name of a transport", name.escape_debug()),
            );
            self.fault(tree, &at, message, ("Buchstaben, Ziffern, - und _", "letters, digits, - and _"));
            return None;
        }
        let given = if t.plugin.contains('/') { self.path(&t.plugin).display().to_string() } else { t.plugin.clone() };
        let found = discover::find(&given, folders).and_then(|path| Manifest::read(&path).map(|m| (path, m)));
        let (library, manifest) = match found {
            Ok(found) => found,
            Err(error) => {
                let message = error.to_string();
                let help = (
                    "`plugin_dir` sagt, wo Plugins liegen; `rundruf plugin info PFAD` zeigt, was eine Datei ist",
                    "`plugin_dir` says where plugins are; `rundruf plugin info PATH` shows what a file is",
                );
                self.fault(tree, &format!("{at}/plugin"), (message.clone(), message), help);
                return None;
            }
        };
        let pinned = t.sha256.as_deref().and_then(rundruf_consent::text::unhex::<32>);
        if let Some(pinned) = pinned.filter(|p| *p != manifest.sha256) {
            let (found, pinned) = (rundruf_consent::text::hex(&manifest.sha256), rundruf_consent::text::hex(&pinned));
            let shown = library.display();
            let message = (
                format!("`{shown}` hat die Prüfsumme {found}, festgelegt ist {pinned}"),
                format!("`{shown}` has the digest {found}, pinned is {pinned}"),
            );
            self.fault(
                tree,
                &format!("{at}/sha256"),
                message,
                ("prüfe, woher die Datei kommt", "check where the file came from"),
            );
        }
        let config = self.plugin_config(tree, &format!("{at}/config"), t, &manifest);
        Some(TransportConfig {
            name: name.to_owned(),
            library,
            sha256: pinned,
            isolation: if t.isolation == IsolationKey::None { Isolation::None } else { Isolation::Process },
            window: t.window,
            rate_per_s: t.rate_per_s,
            on_unknown: if t.on_unknown == OnUnknownKey::Resend { OnUnknown::Resend } else { OnUnknown::Hold },
            config,
            threads: t.threads,
        })
    }

    /// The plugin's own section, by the same mechanism; paths are made absolute.
    fn plugin_config(&mut self, tree: &Tree, at: &str, t: &Transport, manifest: &Manifest) -> String {
        let value = Value::Object(t.config.clone());
        self.schema(tree, &value, &manifest.config_schema, at);
        let mut config = t.config.clone();
        let properties = manifest.config_schema.get("properties").and_then(Value::as_object);
        for (key, rules) in properties.into_iter().flatten() {
            let Some(given) = config.get_mut(key) else { continue };
            if rules.get("x-path").is_some()
                && let Some(text) = given.as_str()
            {
                *given = Value::String(self.base.join(text).display().to_string());
            }
            let literal = t.config.get(key).and_then(Value::as_str).is_some();
            let by_reference = self.is_table(tree, &format!("{at}/{key}"));
            let rules = follow(&manifest.config_schema, rules);
            if literal && !by_reference && rules.get("x-secret").is_some() {
                let message = (
                    format!("`{key}` steht im Klartext in der Datei"),
                    format!("`{key}` stands in the file in plain text"),
                );
                let text = if self.speech == Speech::De { message.0 } else { message.1 };
                let help = self.speech.say(
                    "schreibe { file = \"…\" }, { env = \"…\" } oder { credential = \"…\" }",
                    "write { file = \"…\" }, { env = \"…\" } or { credential = \"…\" }",
                );
                self.report.warn(tree.place(&format!("{at}/{key}")), &dotted(&format!("{at}/{key}")), text, help);
            }
        }
        if config.get("tls").and_then(Value::as_str) == Some("none") {
            let host = config.get("host").and_then(Value::as_str).unwrap_or("");
            let loopback = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
            if !loopback {
                let message = (
                    "ohne TLS geht die Post offen über das Netz".to_owned(),
                    "without TLS mail crosses the network in the open".to_owned(),
                );
                let text = if self.speech == Speech::De { message.0 } else { message.1 };
                self.report.warn(
                    tree.place(&format!("{at}/tls")),
                    &dotted(&format!("{at}/tls")),
                    text,
                    self.speech.say("nimm starttls oder implicit", "use starttls or implicit"),
                );
            }
        }
        Value::Object(config).to_string()
    }

    /// Whether a value was written as a table in the file.
    fn is_table(&self, tree: &Tree, pointer: &str) -> bool {
        let Some(place) = tree.values.get(pointer) else { return false };
        let text = self.report.sources.get(place.file).and_then(|s| s.text.get(place.from..place.to)).unwrap_or("");
        text.trim_start().starts_with('{')
    }
}

/// Secrets in a section, by pointer.
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
                collect(value, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), found);
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

/// A consent text made of what the settings say.
fn made_consent(
    sender: &str,
    title: &BTreeMap<String, String>,
    purpose: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let of = |texts: &BTreeMap<String, String>, tag: &str| {
        texts.get(tag).or_else(|| texts.get("de")).or_else(|| texts.values().next()).cloned().unwrap_or_default()
    };
    let de = format!(
        "Ja, {sender} darf mir „{}“ schicken: {}. Ich kann mich jederzeit abmelden, mit STOP oder dem Link in jeder Nachricht.",
        of(title, "de"),
        of(purpose, "de")
    );
    let en = format!(
        "Yes, {sender} may send me “{}”: {}. I can leave at any time, with STOP or the link in each message.",
        of(title, "en"),
        of(purpose, "en")
    );
    BTreeMap::from([("de".to_owned(), de), ("en".to_owned(), en)])
}

/// Follows `$ref` into `$defs`, also out of `anyOf` with null.
fn follow<'a>(root: &'a Value, rules: &'a Value) -> &'a Value {
    if let Some(name) = rules.get("$ref").and_then(Value::as_str).and_then(|r| r.strip_prefix("#/$defs/")) {
        return root.get("$defs").and_then(|d| d.get(name)).unwrap_or(rules);
    }
    let some = rules.get("anyOf").and_then(Value::as_array).and_then(|a| a.iter().find(|r| r.get("$ref").is_some()));
    some.map_or(rules, |r| follow(root, r))
}

/// The part of a schema that speaks about a place of the instance.
fn schema_at<'a>(root: &'a Value, pointer: &str) -> Option<&'a Value> {
    let mut at = root;
    for step in pointer.split('/').skip(1) {
        at = follow(root, at);
        at = at
            .get("properties")
            .and_then(|p| p.get(step))
            .or_else(|| at.get("additionalProperties").filter(|a| a.is_object()))
            .or_else(|| at.get("items"))?;
    }
    Some(follow(root, at))
}

const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn type_word(name: &str, speech: Speech) -> String {
    let (de, en) = match name.trim_matches('"') {
        "boolean" => ("ein Wahrheitswert (true oder false)", "a truth value (true or false)"),
        "number" => ("eine Zahl", "a number"),
        "integer" => ("eine ganze Zahl", "a whole number"),
        "string" => ("ein Text in Anführungszeichen", "a text in quotation marks"),
        "array" => ("eine Liste [ … ]", "a list [ … ]"),
        "object" => ("eine Tabelle { … }", "a table { … }"),
        _ => ("nichts", "nothing"),
    };
    speech.say(de, en).to_owned()
}

/// What the validator says, without repeating the value.
fn plain(raw: &str) -> String {
    let cut = [
        "is not one of",
        "is less than",
        "is greater than",
        "is shorter than",
        "is longer than",
        "does not match",
        "has less than",
        "has more than",
    ];
    cut.iter().find_map(|c| raw.find(c).and_then(|at| raw.get(at..))).unwrap_or(raw).to_owned()
}

/// The nearest of some names, if it is near.
fn near<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let distance = |other: &str| {
        let b: Vec<char> = other.chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in name.chars().enumerate() {
            let mut diagonal = i;
            let mut left = i + 1;
            let mut next = vec![left];
            for (y, up) in b.iter().zip(row.iter().skip(1)) {
                let cell = (diagonal + usize::from(x != *y)).min(left + 1).min(up + 1);
                diagonal = *up;
                left = cell;
                next.push(cell);
            }
            row = next;
        }
        row.last().copied().unwrap_or(usize::MAX)
    };
    names.iter().map(|n| (distance(n), *n)).filter(|(d, n)| *d <= 2.max(n.len() / 4)).min().map(|(_, n)| n)
}

/// Where the daemon of these settings listens; the settings need not be without fault for that.
pub(crate) fn socket(path: &Path) -> Result<PathBuf, String> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut report = Report::default();
    let tree = read::read(&path, &mut report, Speech::En);
    if let Some(fault) = report.faults.first().filter(|_| tree.value.get("store").is_none()) {
        return Err(fault.message.clone());
    }
    let base = path.parent().unwrap_or(Path::new("/"));
    let at = |pointer: &str| tree.value.pointer(pointer).and_then(Value::as_str);
    if let Some(socket) = at("/daemon/socket") {
        return Ok(base.join(socket));
    }
    let file = at("/store/url").and_then(|u| u.strip_prefix("sqlite:")).map(|f| base.join(f));
    let folder = file.and_then(|f| f.parent().map(Path::to_owned));
    folder.map(|f| f.join("rundruf.sock")).ok_or_else(|| format!("`{}` names no `store.url`", path.display()))
}
