//! Checks the settings tree by its schema and the plugins: resolved settings, or all faults at once.

use super::ResolvedSettings;
use super::fault::SettingsReport;
use super::list::frame_languages;
use super::read::{self, SettingsTree, dotted};
use super::types::{AllSettings, FormOfAddressSetting};
use super::visibility::ValueVisibility;
use super::{show, trial_open};
use rundruf_consent::text::locked;
use rundruf_engine::{Config, ConsentTimers, OptInPolicy, ProbePolicy, RetentionPolicy, RetryPolicy, Sender};
use rundruf_lang::{Language, Message, msg};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Checks the settings. The result is `None` if there is a fault that concerns more than one transport; the report has all faults.
pub(crate) fn check(path: &Path, language: Language) -> (SettingsReport, Option<ResolvedSettings>) {
    checked(path, language, false, None)
}

/// As [`check`]; in addition opens the plugins that allow it, as `serve` will, and every fault counts.
pub(crate) fn check_with_plugins(path: &Path, language: Language) -> (SettingsReport, Option<ResolvedSettings>) {
    checked(path, language, true, None)
}

/// Checks the settings: as [`check`] or [`check_with_plugins`], or for the set-up of a transport.
pub(super) fn checked(
    path: &Path,
    language: Language,
    plugins: bool,
    setup: Option<&str>,
) -> (SettingsReport, Option<ResolvedSettings>) {
    let mut report = SettingsReport::default();
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut tree = read::read(&path, &mut report);
    let base = path.parent().unwrap_or(Path::new("/")).to_owned();
    let mut checker = SettingsChecker::new(&mut report, language, base.clone(), path, !tree.damaged);
    checker.is_look = plugins;
    checker.in_setup = setup.map(|name| format!("/transports/{}/config/", read::escape(name)));
    let written = tree.value.clone();
    checker.secrets(&mut tree);
    let schema = super::doc::schema();
    checker.schema_check(&tree, &tree.value, &schema, "");
    checker.substitute(&mut tree, &schema);
    let settings: Option<AllSettings> = serde_json::from_value(tree.value.clone()).ok();
    let resolved = settings.and_then(|s| checker.resolve(s, &tree));
    // A plugin cannot be tried without a secret that only the unit has.
    let untried = checker.with_substituted_secret();
    let mut schemas = std::mem::take(&mut checker.schemas);
    // The plugin that a missing name was replaced by says nothing about the keys that were written.
    schemas.retain(|name, _| !checker.is_substituted(&format!("/transports/{}/plugin", read::escape(name))));
    if plugins && let Some(resolved) = &resolved {
        let database = resolved.store_url.strip_prefix("sqlite:").unwrap_or("");
        checker.store_is_whole(&tree, Path::new(database), resolved.kek.as_deref());
    }
    // A plugin that another user opens may miss files that the daemon's user can read.
    let sees_all = rustix::process::geteuid().is_root() || !checker.is_other_user(&tree);
    if plugins
        && sees_all
        && report.faults.is_empty()
        && let Some(resolved) = &resolved
    {
        trial_open::open_plugins(resolved, &untried, &tree, &mut report);
    }
    let ok = if plugins { report.faults.is_empty() } else { report.starts() };
    let visibility = match resolved {
        Some(_) => ValueVisibility::by(schemas),
        None => ValueVisibility::of(&written, &base),
    };
    if !report.faults.is_empty() || !report.warnings.is_empty() {
        report.masks = visibility.masks(&tree, &written, report.sources.len());
    }
    report.sort();
    let mut resolved = resolved.filter(|_| ok);
    if let Some(resolved) = &mut resolved {
        let shown = show::entries(&tree, &written, &visibility, &report);
        resolved.shown = shown.into_iter().map(|entry| (entry.key, entry.value.to_string())).collect();
    }
    (report, resolved)
}

pub(super) struct SettingsChecker<'a> {
    pub(super) report: &'a mut SettingsReport,
    pub(super) language: Language,
    /// The folder where relative paths start.
    pub(super) base: PathBuf,
    /// The main file: the place of a fault that has no other place.
    pub(super) main: PathBuf,
    /// Whether all files could be read to their end.
    pub(super) whole: bool,
    /// Pointers of values that were at fault and have an example in their place: nothing more is reported about these.
    pub(super) substituted: BTreeSet<String>,
    /// Pointers of secrets that are kept elsewhere (file, environment, credential).
    pub(super) referred: BTreeSet<String>,
    /// By plugin id: the transport that used it first, its library and the library's digest.
    pub(super) plugins: BTreeMap<String, (String, PathBuf, [u8; 32])>,
    /// Transports that connect to a host, and whether one of those is another machine.
    pub(super) networked: BTreeMap<String, bool>,
    /// By transport: the channels that it serves, as far as its plugin could be read.
    pub(super) channels: BTreeMap<String, Vec<String>>,
    /// By transport: the schema of its plugin's settings, as far as it could be read.
    pub(super) schemas: BTreeMap<String, Value>,
    /// Transports that take replies.
    pub(super) hearing: BTreeSet<String>,
    /// The daemon's own files and folders, which no plugin may be granted.
    pub(super) guarded: Vec<PathBuf>,
    /// They are only looked at (`config check`): nothing is started with them.
    pub(super) is_look: bool,
    /// Pointer below which files may be missing: the section of a transport that is being set up.
    pub(super) in_setup: Option<String>,
    /// Transports whose library cannot be used, and why.
    pub(super) unusable: BTreeMap<String, Message>,
}

impl<'a> SettingsChecker<'a> {
    pub(super) fn new(
        report: &'a mut SettingsReport,
        language: Language,
        base: PathBuf,
        main: PathBuf,
        whole: bool,
    ) -> Self {
        Self {
            report,
            language,
            base,
            main,
            whole,
            substituted: BTreeSet::new(),
            referred: BTreeSet::new(),
            plugins: BTreeMap::new(),
            networked: BTreeMap::new(),
            channels: BTreeMap::new(),
            schemas: BTreeMap::new(),
            hearing: BTreeSet::new(),
            guarded: Vec::new(),
            is_look: false,
            in_setup: None,
            unusable: BTreeMap::new(),
        }
    }

    /// The transports whose settings have an example in the place of a secret.
    fn with_substituted_secret(&self) -> BTreeSet<String> {
        let secrets = self.substituted.iter().filter(|pointer| self.referred.contains(*pointer));
        let names = secrets.filter_map(|pointer| pointer.strip_prefix("/transports/")?.split('/').next());
        names.map(|name| name.replace("~1", "/").replace("~0", "~")).collect()
    }

    fn is_substituted(&self, pointer: &str) -> bool {
        let inside = |h: &String| pointer.strip_prefix(h.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('/'));
        self.substituted.iter().any(inside)
    }

    /// Whether a missing file of this setting is one that a set-up is to make.
    pub(super) fn is_to_be_made(&self, pointer: &str, file: &Path) -> bool {
        self.in_setup.as_ref().is_some_and(|at| pointer.starts_with(at)) && !file.exists()
    }

    pub(super) fn fault(
        &mut self,
        tree: &SettingsTree,
        pointer: &str,
        message: impl Into<Message>,
        help: impl Into<Message>,
    ) {
        if !self.is_substituted(pointer) {
            self.report.fault(tree.place(pointer), &dotted(pointer), message, help);
        }
    }

    /// Reports a fault of a transport's library: the transport is down, and everything else serves.
    pub(super) fn library_fault(
        &mut self,
        tree: &SettingsTree,
        (name, key): (&str, &str),
        message: Message,
        help: impl Into<Message>,
    ) {
        let pointer = format!("/transports/{}/{key}", read::escape(name));
        if !self.is_substituted(&pointer) {
            self.report.fault(tree.place(&pointer), &dotted(&pointer), message.clone(), help);
            self.report.concerns_only(name);
        }
        self.unusable.insert(name.to_owned(), message);
    }

    pub(super) fn warn(
        &mut self,
        tree: &SettingsTree,
        pointer: &str,
        message: impl Into<Message>,
        help: impl Into<Message>,
    ) {
        self.report.warn(tree.place(pointer), &dotted(pointer), message, help);
    }

    pub(super) fn path(&self, text: &str) -> PathBuf {
        self.base.join(text)
    }

    /// Reports a fault if the folder does not exist.
    fn folder(&mut self, tree: &SettingsTree, pointer: &str, folder: &Path) {
        if folder.is_dir() {
            return;
        }
        let shown = folder.display();
        let message = msg!("daemon-no-such-folder", shown = %shown);
        let help = msg!("daemon-create-folder", shown = %shown);
        self.fault(tree, pointer, message, help);
    }

    /// Checks the rules that a schema cannot express, and converts everything to the form that the daemon uses.
    fn resolve(&mut self, s: AllSettings, tree: &SettingsTree) -> Option<ResolvedSettings> {
        let day = Duration::from_secs(86_400);
        if !(day..=day * 14).contains(&s.optin.expires_after.0) {
            let message = msg!("daemon-optin-range");
            self.fault(tree, "/optin/expires_after", message, msg!("daemon-optin-default"));
        }
        if !(day..=day * 30).contains(&s.inbox.hold_for.0) {
            let message = msg!("daemon-hold-range");
            self.fault(tree, "/inbox/hold_for", message, msg!("daemon-hold-default"));
        }
        if !(day..=day * 1_095).contains(&s.retention.inbound.0) {
            let message = msg!("daemon-retention-range");
            self.fault(tree, "/retention/inbound", message, msg!("daemon-retention-default"));
        }
        if !(day..=day * 14).contains(&s.optin.chat_expires_after.0) {
            let message = msg!("daemon-optin-range");
            self.fault(tree, "/optin/chat_expires_after", message, msg!("daemon-optin-chat-default"));
        }
        if !(day * 180..=day * 1_096).contains(&s.consent.stale_after.0) {
            let message = msg!("daemon-stale-range");
            self.fault(tree, "/consent/stale_after", message, msg!("daemon-stale-default"));
        }
        if s.retry.first.0.is_zero() || s.retry.first.0 > s.retry.longest.0 {
            let message = msg!("daemon-retry-range");
            self.fault(tree, "/retry/first", message, msg!("daemon-retry-defaults"));
        }
        let second = Duration::from_secs(1);
        let after = &s.retry.probe_after;
        if after.is_empty() || after.iter().any(|after| !(second..=day).contains(&after.0)) {
            self.fault(tree, "/retry/probe_after", msg!("daemon-probe-range"), msg!("daemon-probe-default"));
        }
        if !(second..=day).contains(&s.retry.tell_after.0) {
            self.fault(tree, "/retry/tell_after", msg!("daemon-tell-after-range"), msg!("daemon-tell-after-default"));
        }
        if let Some(tag) = s.default_language.as_deref().filter(|tag| locked::frame_language(tag).is_none()) {
            let message = msg!("daemon-no-frame", language = tag);
            self.fault(tree, "/default_language", message, frame_languages());
        }
        let time_zone = match s.time_zone.as_deref() {
            None => jiff::tz::TimeZone::system(),
            Some(name) => jiff::tz::TimeZone::get(name).unwrap_or_else(|_| {
                self.fault(
                    tree,
                    "/time_zone",
                    msg!("daemon-no-time-zone", name = name),
                    msg!("daemon-no-time-zone-help"),
                );
                jiff::tz::TimeZone::UTC
            }),
        };
        let file = self.database(&s.store.url, tree);
        let folder = file.as_deref().and_then(Path::parent).unwrap_or(Path::new("/")).to_owned();
        if file.is_some() {
            self.folder(tree, "/store/url", &folder);
        }
        let kek = s.store.machine_key.as_deref().map(|k| self.path(k));
        if let Some(of) = kek.as_deref().and_then(Path::parent) {
            self.folder(tree, "/store/machine_key", of);
        }
        let socket = s.daemon.socket.as_ref().map_or_else(|| folder.join("rundruf.sock"), |p| self.path(p));
        self.socket_fits(tree, s.daemon.socket.is_some(), &socket);
        let listen = s.web.listen.parse();
        if listen.is_err() {
            let message = msg!("daemon-listen-not-an-address", listen = %s.web.listen);
            self.fault(tree, "/web/listen", message, msg!("daemon-listen-example"));
        }
        if let Some(dir) = &s.plugin_dir {
            self.folder(tree, "/plugin_dir", &self.path(dir));
        }
        // If the plugin folder does not exist, that is one fault, not one for each plugin.
        let folders = s.plugin_dir.as_deref().map(|d| self.path(d)).filter(|d| d.is_dir());
        let folders = super::plugin_folders(folders);
        let known: Vec<&str> = s.transports.keys().map(String::as_str).collect();
        let socket = s.daemon.socket.as_deref().map_or_else(|| folder.join("rundruf.sock"), |p| self.path(p));
        self.guarded = self.protected(file.as_deref(), &folder, kek.as_deref(), &socket);
        self.guarded.extend(folders.iter().cloned());
        let mut transports = Vec::new();
        let mut former: Vec<&str> = Vec::new();
        for (name, transport) in &s.transports {
            if let Some(old) = transport.renamed_from.as_deref() {
                if known.contains(&old) || former.contains(&old) {
                    let at = format!("/transports/{}/renamed_from", super::read::escape(name));
                    let message = msg!("daemon-former-name-taken", name = %old.escape_debug());
                    self.fault(tree, &at, message, msg!("daemon-former-name-taken-help"));
                }
                former.push(old);
            }
            transports.extend(self.transport(tree, name, transport, &folders));
        }
        let lists = s.lists.iter().map(|(name, list)| self.list(tree, name, list, &known, &s.sender.name)).collect();
        let admin = self.admin(tree, &s.admin, &known, s.default_region.as_deref());
        let public_url = s.web.public_url.unwrap_or_else(|| format!("http://{}", s.web.listen));
        self.https(tree, &public_url);
        // The log keeps the name that it began with.
        let host = public_url.split("://").nth(1).unwrap_or("").split(['/', ':']).next().unwrap_or("").to_owned();
        let engine = Config {
            sender: Sender {
                name: s.sender.name,
                imprint_url: self.ascii_url(tree, "/sender/imprint_url", s.sender.imprint_url),
                privacy_url: self.ascii_url(tree, "/sender/privacy_url", s.sender.privacy_url),
                formal: s.sender.form_of_address == FormOfAddressSetting::Sie,
            },
            public_url: self.ascii_url(tree, "/web/public_url", public_url.trim_end_matches('/').to_owned()),
            default_region: s.default_region,
            time_zone,
            default_language: s.default_language.unwrap_or_else(|| "de".to_owned()),
            lists,
            transports,
            unusable: std::mem::take(&mut self.unusable),
            admin,
            optin: OptInPolicy {
                expires_after: s.optin.expires_after.0,
                chat_expires_after: s.optin.chat_expires_after.0,
            },
            timers: ConsentTimers { stale_after: s.consent.stale_after.0 },
            probe: ProbePolicy {
                after: s.retry.probe_after.iter().map(|after| after.0).collect(),
                tell_after: s.retry.tell_after.0,
            },
            retry: RetryPolicy { first: s.retry.first.0, longest: s.retry.longest.0, give_up: s.retry.give_up.0 },
            hold_for: s.inbox.hold_for.0,
            retention: RetentionPolicy { inbound: s.retention.inbound.0 },
            drain_for: s.daemon.drain_for.0,
            data_dir: folder.clone(),
            // Not the program's path: an update replaces that file while the daemon runs, and its children must be of the same version.
            child_program: PathBuf::from("/proc/self/exe"),
            protected: std::mem::take(&mut self.guarded),
            max_attachment: s.daemon.max_attachment.0,
            log_origin: format!("{host}/consent-log/1"),
        };
        Some(ResolvedSettings {
            engine,
            store_url: format!("sqlite:{}", file?.display()),
            kek,
            socket,
            listen: listen.ok(),
            max_body: s.web.max_body.0,
            log: s.daemon.log,
            shown: BTreeMap::new(),
        })
    }

    /// Links that leave the machine need https: without it no mail program offers one-click unsubscribe (RFC 8058 §3.1).
    fn https(&mut self, tree: &SettingsTree, public_url: &str) {
        if public_url.starts_with("https://") {
            return;
        }
        for (name, leaves) in self.networked.clone() {
            let help = msg!("daemon-no-https-help");
            if leaves {
                self.fault(tree, "/web/public_url", msg!("daemon-no-https", name = name), help);
            } else {
                self.warn(tree, "/web/public_url", msg!("daemon-no-https-relay", name = name), help);
            }
        }
    }

    /// The URL with its host as the DNS has it: texts and headers name the same host as the pages.
    fn ascii_url(&mut self, tree: &SettingsTree, pointer: &str, url: String) -> String {
        let Some((scheme, rest)) = url.split_once("://").filter(|_| !url.is_ascii()) else { return url };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (place, path) = rest.split_at(end);
        let (host, port) = place.split_once(':').map_or((place, None), |(host, port)| (host, Some(port)));
        let Some(host) = rundruf_consent::address::ascii_domain(host) else {
            self.fault(tree, pointer, msg!("daemon-url-host"), msg!("daemon-url-host-help"));
            return url;
        };
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        let path: String =
            path.bytes().map(|b| if b.is_ascii() { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
        format!("{scheme}://{host}{port}{path}")
    }

    /// The daemon's own files and folders: what a plugin could use to read or change what is none of its business.
    fn protected(&self, database: Option<&Path>, data: &Path, kek: Option<&Path>, socket: &Path) -> Vec<PathBuf> {
        let beside = |ending: &str| {
            let database = database?;
            let mut name = database.file_name()?.to_owned();
            name.push(ending);
            Some(database.with_file_name(name))
        };
        let database = ["", "-wal", "-shm", "-journal", ".kek", ".erased"].into_iter().filter_map(beside);
        let ours = [self.main.clone(), self.base.join("conf.d"), socket.to_owned()];
        let data = ["transports", "spool", super::LOG_KEYS].into_iter().map(|name| data.join(name));
        database.chain(kek.map(Path::to_owned)).chain(ours).chain(data).collect()
    }

    /// The database's file by `store.url`; anything but `sqlite:FILE` is a fault.
    fn database(&mut self, url: &str, tree: &SettingsTree) -> Option<PathBuf> {
        let file = url.strip_prefix("sqlite:").map(|f| self.path(f));
        let file = file.filter(|f| f.file_name().is_some() && !url.ends_with('/'));
        if file.is_none() {
            let message = msg!("daemon-store-url-refused", url = %url);
            self.fault(tree, "/store/url", message, msg!("daemon-store-url-example"));
        }
        file
    }
}
