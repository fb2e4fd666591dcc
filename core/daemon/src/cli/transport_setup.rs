//! `transport setup NAME`: walks the admin through a plugin's set-up, before the transport is used for the first time. Needs no daemon.

mod qr; // QR codes in the terminal

use super::context::CommandContext;
use crate::client::CommandFailure;
use crate::settings::setup::{SetupSettings, for_setup};
use clap::ArgMatches;
use rundruf_host::{
    ExtensionRefusal, HostEvent, InstanceSpec, Manifest, PreparedPlugin, SetupAction, SetupPrompt, TransportInstance,
};
use rundruf_lang::{Message, msg};
use serde_json::json;
use std::fs;
use std::io::{BufRead, IsTerminal, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long a plugin may take for a step, and most steps, as the contract says.
const STEP_WITHIN: Duration = Duration::from_secs(120);
const MOST_STEPS: u32 = 1_000;
/// Longest answer in bytes, as the contract says.
const MOST_ANSWER: usize = 4 << 10;
/// Time that the plugin may take to stop.
const STOP_WITHIN: Duration = Duration::from_secs(10);

pub(super) fn run(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let name = m.get_one::<String>("name").map_or("", String::as_str);
    let settings = for_setup(&context.settings(), context.language, name)
        .map_err(|report| CommandFailure::new("settings", report.text(context.language).trim_end().to_owned(), ""))?;
    let transport = settings.resolved.engine.transports.iter().find(|t| t.name == name).ok_or_else(|| {
        CommandFailure::new(
            "no_transport",
            msg!("daemon-no-such-transport", name = name),
            msg!("daemon-setup-write-it"),
        )
    })?;
    let folder = SetupFolder::new()?;
    let spec = InstanceSpec {
        name: name.to_owned(),
        library: transport.library.clone(),
        sha256: transport.sha256,
        isolation: transport.isolation,
        config: transport.config.clone(),
        // Lock and note of the process are beside it, and are removed with the folder.
        state_dir: folder.0.join("state"),
        window: 1,
        threads: transport.threads,
        child_program: PathBuf::from("/proc/self/exe"),
        overdue_after: STEP_WITHIN,
        state_limit: transport.state_limit,
        protected: settings.resolved.engine.protected.clone(),
        without_landlock: transport.without_landlock,
        disk_reserve: None,
    };
    let failed = |error: rundruf_host::HostError| CommandFailure::new("plugin", error.with_cause(), "");
    let prepared = PreparedPlugin::read(spec).map_err(failed)?;
    let manifest = prepared.manifest().clone();
    if !manifest.can("setup") {
        let message = msg!("daemon-setup-none", name = name, id = &manifest.id);
        return Err(CommandFailure::new("no_setup", message, msg!("daemon-setup-none-help", name = name)));
    }
    let instance = prepared.for_setup().start(log_to(context)).map_err(failed)?;
    let mut walk =
        SetupWalk { context, name, manifest: &manifest, instance: &instance, settings: &settings, written: Vec::new() };
    let walked = walk.walk();
    let _ = instance.stop(STOP_WITHIN);
    let text = walked?;
    let files: Vec<String> = walk.written.iter().map(|file| file.display().to_string()).collect();
    let value = json!({"transport": name, "plugin": manifest.id, "done": true, "text": text, "files": files});
    context.output.result(&value, || text.clone());
    Ok(0)
}

/// Prints warnings and errors of the plugin.
fn log_to(context: &CommandContext) -> rundruf_host::EventHandler {
    let output = context.output;
    Arc::new(move |event| {
        if let HostEvent::Log { level: ..=2, message, .. } = event {
            output.remark(&format!("  {message}"));
        }
    })
}

/// A folder for the time of the set-up.
struct SetupFolder(PathBuf);

impl SetupFolder {
    fn new() -> Result<Self, CommandFailure> {
        let folder = std::env::temp_dir().join(format!("rundruf-setup-{}", std::process::id()));
        // A folder that somebody else created under that name is not used.
        let made = fs::DirBuilder::new().mode(0o700).create(&folder).and_then(|()| fs::canonicalize(&folder));
        let folder = made.map_err(|e| {
            let message = msg!("daemon-state-folder-unusable", shown = %folder.display(), error = %e);
            CommandFailure::new("file", message, "")
        })?;
        Ok(Self(folder))
    }
}

impl Drop for SetupFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// One set-up under way.
struct SetupWalk<'a> {
    context: &'a CommandContext,
    name: &'a str,
    manifest: &'a Manifest,
    instance: &'a TransportInstance,
    settings: &'a SetupSettings,
    /// Files that were written.
    written: Vec<PathBuf>,
}

impl SetupWalk<'_> {
    fn said(&self, text: &str) -> String {
        self.manifest.message(text).text(self.context.language)
    }

    /// Takes step after step; returns the last text.
    fn walk(&mut self) -> Result<String, CommandFailure> {
        let (mut step, mut answer) = (String::new(), String::new());
        for _ in 0..MOST_STEPS {
            let next = self.instance.setup(&step, &answer, STEP_WITHIN).map_err(Self::silent)?;
            let SetupPrompt { name, text, action } = next;
            let text = self.said(&text);
            answer = match action {
                SetupAction::Done => return Ok(text),
                SetupAction::Failed => {
                    let why =
                        if text.is_empty() { msg!("daemon-setup-failed").text(self.context.language) } else { text };
                    return Err(CommandFailure::new("setup", why, ""));
                }
                SetupAction::Show { qr } => {
                    self.show(&name, &text, &qr);
                    String::new()
                }
                SetupAction::Ask { is_secret } => self.ask(&name, &text, is_secret)?,
                SetupAction::File { setting, bytes } => {
                    self.show(&name, &text, "");
                    let file = self.write(&setting, &bytes)?;
                    let shown = file.display().to_string();
                    self.context
                        .output
                        .line(&msg!("daemon-setup-file-written", file = &shown).text(self.context.language));
                    self.written.push(file);
                    shown
                }
                SetupAction::Wait { ms } => {
                    // Asked again and again it is said once.
                    if name != step {
                        self.show(&name, &text, "");
                    }
                    std::thread::sleep(Duration::from_millis(ms.into()));
                    String::new()
                }
            };
            step = name;
        }
        Err(CommandFailure::new("setup", msg!("daemon-setup-endless"), ""))
    }

    fn silent(why: ExtensionRefusal) -> CommandFailure {
        let message = match why {
            ExtensionRefusal::NotOffered => msg!("daemon-setup-not-offered"),
            ExtensionRefusal::NoAnswer => msg!("daemon-setup-silent"),
            ExtensionRefusal::Closed | ExtensionRefusal::TooLarge => msg!("daemon-setup-died"),
        };
        CommandFailure::new("setup", message, "")
    }

    /// Shows a text, and a QR code with what is in it.
    fn show(&self, step: &str, text: &str, content: &str) {
        let output = self.context.output;
        if output.json {
            output.raw(&json!({"step": step, "text": text, "qr": content}).to_string());
            return;
        }
        if !text.is_empty() {
            output.line(text);
        }
        if !content.is_empty() {
            // One that is too long for a terminal is still shown as text.
            if let Some(code) = qr::draw(content) {
                output.line(&code);
            }
            output.line(&format!("  {content}"));
        }
    }

    /// Asks a question. Where stdin is not a terminal an answer is a line of it.
    fn ask(&self, step: &str, text: &str, is_secret: bool) -> Result<String, CommandFailure> {
        let output = self.context.output;
        if output.json {
            output.raw(&json!({"step": step, "question": text, "secret": is_secret}).to_string());
        } else {
            output.ask(text);
        }
        let stdin = std::io::stdin();
        let mut answer = String::new();
        if is_secret && stdin.is_terminal() {
            answer = console::Term::stderr().read_secure_line().map_err(|e| unread(&e.to_string()))?;
        } else if stdin.lock().read_line(&mut answer).map_err(|e| unread(&e.to_string()))? == 0 {
            return Err(CommandFailure::new(
                "no_answer",
                msg!("daemon-setup-no-answer"),
                msg!("daemon-setup-no-answer-help"),
            ));
        }
        let answer = answer.trim_end_matches(['\n', '\r']).to_owned();
        if answer.len() > MOST_ANSWER {
            return Err(CommandFailure::new("no_answer", msg!("daemon-setup-answer-too-long", most = MOST_ANSWER), ""));
        }
        Ok(answer)
    }

    /// Writes a file for its owner alone. One that exists is never replaced: it may be the only copy of a key.
    fn write(&self, setting: &str, bytes: &[u8]) -> Result<PathBuf, CommandFailure> {
        let Some(file) = self.settings.files.get(setting) else {
            let message = msg!("daemon-setup-no-file-setting", setting = setting);
            return Err(CommandFailure::new(
                "setup",
                message,
                msg!("daemon-setup-no-file-setting-help", name = self.name, setting = setting),
            ));
        };
        let shown = file.display();
        let write = || -> std::io::Result<()> {
            let mut out = fs::File::options().write(true).create_new(true).mode(0o600).open(file)?;
            out.write_all(bytes)?;
            self.give_to_daemon(&out)?;
            out.sync_all()
        };
        match write() {
            Ok(()) => Ok(file.clone()),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                let help = msg!("daemon-setup-file-exists-help");
                Err(CommandFailure::new("exists", msg!("daemon-setup-file-exists", file = %shown), help))
            }
            Err(e) => Err(CommandFailure::new("file", msg!("daemon-file-failed", file = %shown, error = &e), "")),
        }
    }

    /// The daemon's user must be able to read it: the one to whom the data folder belongs.
    fn give_to_daemon(&self, file: &fs::File) -> std::io::Result<()> {
        if !rustix::process::geteuid().is_root() {
            return Ok(());
        }
        let Ok(owner) = fs::metadata(&self.settings.resolved.engine.data_dir) else { return Ok(()) };
        std::os::unix::fs::fchown(file, Some(owner.uid()), Some(owner.gid()))
    }
}

fn unread(error: &str) -> CommandFailure {
    CommandFailure::new("no_answer", msg!("daemon-setup-no-answer").caused_by(Message::verbatim(error)), "")
}
