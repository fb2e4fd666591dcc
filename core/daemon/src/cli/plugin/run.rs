//! `plugin run`: sends one message by a plugin, as the daemon would, and shows what comes back. Needs no daemon, database or list.

use super::library::{failed, named};
use crate::cli::context::CommandContext;
use crate::client::CommandFailure;
use crate::lang::word;
use crate::settings::plugin_section;
use clap::ArgMatches;
use rundruf_consent::{Address, Channel, DeliveryId, gate::trial};
use rundruf_host::{
    HostEvent, InboundMessage, InstanceSpec, Isolation, Manifest, MessageContent, MessageId, MessageOutcome,
    MessageTemplate, OutboundMessage, OutcomeClass, Priority, StopResult, TransportInstance, Verdict, one_line,
};
use rundruf_lang::{Language, Message, msg};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Value of a content's `class` for a test message.
const TEST: u32 = 5;
/// Time without an outcome after which the message counts as unknown.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(60);
/// Time without an outcome after which a line says that the command is still waiting.
const NOTICE_AFTER: Duration = Duration::from_secs(5);
/// Time that the plugin may take to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Time that output of a failed plugin may take to arrive.
const OUTPUT_GRACE: Duration = Duration::from_millis(300);
/// Most log lines and inbound messages that are kept for the result.
const MAX_KEPT: usize = 10_000;

/// Sends the message and prints everything that happens.
pub(super) fn run(context: &CommandContext, m: &ArgMatches) -> Result<u8, CommandFailure> {
    let text = |name: &str| m.get_one::<String>(name).map(String::as_str);
    let (path, manifest) = named(context, m)?;
    let address = address(&manifest, text("to").unwrap_or(""), text("channel"))?;
    let config = config(context, m, &manifest)?;
    let state = StateFolder::new(text("state"))?;
    let (sender, receiver) = channel();
    let spec = InstanceSpec {
        name: "run".to_owned(),
        library: path.clone(),
        sha256: None,
        isolation: if text("isolation") == Some("none") { Isolation::None } else { Isolation::Process },
        config,
        // Lock and note of the process are beside it.
        state_dir: if state.temporary { state.folder.join("state") } else { state.folder.clone() },
        window: manifest.max_in_flight,
        threads: 1,
        child_program: PathBuf::from("/proc/self/exe"),
        overdue_after: OUTCOME_TIMEOUT,
        state_limit: InstanceSpec::STATE_LIMIT,
        protected: Vec::new(),
        without_landlock: false,
        disk_reserve: None,
    };
    let sender: Mutex<Sender<HostEvent>> = Mutex::new(sender);
    let events = move |event| drop(sender.lock().unwrap_or_else(PoisonError::into_inner).send(event));
    let instance = TransportInstance::start(spec, Arc::new(events)).map_err(|e| failed(&e))?;
    let pid = instance.pid();
    let name = manifest.label_text(&manifest.name).text(context.language);
    context.output.line(&match pid {
        Some(pid) => {
            format!("{name} {}, {} {pid}", manifest.version, msg!("daemon-process").text(context.language))
        }
        None => format!("{name} {}", manifest.version),
    });
    let mut test_run = TestRun {
        context,
        instance: &instance,
        receiver,
        outcome: None,
        log: Vec::new(),
        inbound: Vec::new(),
        died: false,
    };
    let begin = Instant::now();
    send(context, &instance, &address, text("text"))?;
    test_run.listen(begin + NOTICE_AFTER, |test_run| test_run.outcome.is_some());
    if test_run.outcome.is_none() {
        let most = OUTCOME_TIMEOUT.as_secs();
        context.output.line(&msg!("daemon-no-outcome-yet", most = %most).text(context.language));
        test_run.listen(begin + OUTCOME_TIMEOUT + STOP_TIMEOUT, |test_run| test_run.outcome.is_some());
    }
    let took = begin.elapsed();
    let until = Instant::now() + Duration::from_secs(m.get_one::<u64>("seconds").copied().unwrap_or(2));
    test_run.listen(until, |_| false);
    let clean = instance.stop(STOP_TIMEOUT) == StopResult::Clean;
    let sent = test_run.outcome.as_ref().is_some_and(|o| o.class() == OutcomeClass::Sent);
    // Output from before a failure may still be on its way.
    test_run.listen(Instant::now() + if sent { Duration::ZERO } else { OUTPUT_GRACE }, |_| false);
    let value = json!({
        "plugin": manifest.id, "path": path.display().to_string(), "pid": pid, "sent": sent,
        "outcome": test_run.outcome.as_ref().map(view), "took_ms": took.as_millis() as u64,
        "log": test_run.log, "inbound": test_run.inbound, "ended": if clean { "clean" } else { "killed" },
    });
    if sent {
        context.output.result(&value, || {
            let words = msg!("daemon-sent-in").text(context.language);
            format!("{words} {:.1} ms", took.as_secs_f64() * 1e3)
        });
        return Ok(0);
    }
    let message = match &test_run.outcome {
        Some(outcome) => line(context.language, &instance, outcome),
        None => msg!("daemon-no-outcome-came").text(context.language),
    };
    // The outcome is the daemon's guess: the plugin died, or it did not report one.
    let forgotten = test_run.died || test_run.outcome.is_none();
    let help = match forgotten {
        false => String::new(),
        true => msg!("daemon-each-message-needs-one-outcome", path = %path.display()).text(context.language),
    };
    let shown = if help.is_empty() { message.clone() } else { format!("{message}\n  = {help}") };
    context.output.refusal(value, &shown, &CommandFailure::new("not_sent", message, help));
    Ok(1)
}

/// Reads the address: with its channel in front, or with the channel as its own argument.
fn address(manifest: &Manifest, to: &str, given: Option<&str>) -> Result<Address, CommandFailure> {
    let served = manifest.channels.join(", ");
    let no = |message: Message| {
        let help = msg!("daemon-address-with-channel", served = %served);
        CommandFailure::new("bad_address", message, help)
    };
    let split = to.split_once(':').and_then(|(word, value)| Some((Channel::parse(word)?, value)));
    // If the plugin serves one channel, the channel need not be named.
    let single = manifest.channels.first().filter(|_| manifest.channels.len() == 1).map(String::as_str);
    let (kind, value) = match (split, given.and_then(Channel::parse)) {
        (Some((kind, value)), None) => (kind, value),
        (Some((kind, value)), Some(named)) if kind == named => (kind, value),
        (Some(_), Some(_)) => {
            return Err(no(msg!("daemon-two-channels")));
        }
        (None, named) => match named.or(single.and_then(Channel::parse)) {
            Some(kind) => (kind, to),
            None => return Err(no(msg!("daemon-channel-missing"))),
        },
    };
    if !manifest.channels.iter().any(|c| c == kind.word()) {
        let word = kind.word();
        return Err(no(msg!("daemon-does-not-serve", id = %manifest.id, word = %word)));
    }
    Address::parse(kind, value, None).map_err(|e| no(e.message()))
}

/// Reads the plugin's settings and checks them as the daemon would.
fn config(context: &CommandContext, m: &ArgMatches, manifest: &Manifest) -> Result<String, CommandFailure> {
    let mut set = Vec::new();
    for pair in m.get_many::<String>("set").into_iter().flatten() {
        let (key, value) = pair.split_once('=').ok_or_else(|| {
            let message = msg!("daemon-not-key-value", pair = %pair);
            CommandFailure::new("usage", message, msg!("daemon-set-example"))
        })?;
        // A value that is not JSON is a text: `--set port=8080 --set token=secret`.
        set.push((key.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| Value::from(value))));
    }
    let file = m.get_one::<String>("settings").map(Path::new);
    plugin_section::read(file, &set, manifest, context.language)
        .map_err(|report| CommandFailure::new("settings", report.text(context.language).trim_end().to_owned(), ""))
}

/// The plugin's state folder; a temporary one is removed afterwards.
struct StateFolder {
    folder: PathBuf,
    temporary: bool,
}

impl StateFolder {
    fn new(given: Option<&str>) -> Result<Self, CommandFailure> {
        let temporary = given.is_none();
        let folder = match given {
            Some(folder) => PathBuf::from(folder),
            None => std::env::temp_dir().join(format!("rundruf-run-{}", std::process::id())),
        };
        // A folder that somebody else created under that name is not used.
        let made = if temporary { std::fs::create_dir(&folder) } else { std::fs::create_dir_all(&folder) };
        let made = made.and_then(|()| std::fs::canonicalize(&folder));
        let folder = made.map_err(|e| {
            let shown = folder.display();
            let message = msg!("daemon-state-folder-unusable", shown = %shown, error = %e);
            CommandFailure::new("file", message, "")
        })?;
        Ok(Self { folder, temporary })
    }
}

impl Drop for StateFolder {
    fn drop(&mut self) {
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Sends one message to the address that the operator typed. It belongs to no store, so its permit has no evidence.
fn send(
    context: &CommandContext,
    instance: &TransportInstance,
    address: &Address,
    text: Option<&str>,
) -> Result<(), CommandFailure> {
    let refused = |why: String| {
        let message = msg!("daemon-message-not-taken", why = %why);
        CommandFailure::new("not_taken", message, "")
    };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let ms = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let permit = trial::permit(DeliveryId(1));
    let content = MessageContent {
        id: 1,
        class: TEST,
        channel: address.channel().word().to_owned(),
        language: context.language.tag().to_owned(),
        subject: MessageTemplate::fixed(msg!("daemon-test-message-subject").text(context.language)),
        text: MessageTemplate::fixed(text.unwrap_or(&msg!("daemon-test-message-text").text(context.language))),
        meta: vec![
            ("sender-name".to_owned(), "Rundruf".to_owned()),
            ("date".to_owned(), jiff::Timestamp::from_millisecond(ms).unwrap_or_default().to_string()),
        ],
        ..MessageContent::default()
    };
    let id = (now.as_nanos() << 16 | u128::from(std::process::id() & 0xffff)).to_be_bytes();
    let message = OutboundMessage::new(permit, MessageId(id), address.value().into(), "".into(), Vec::new(), 1);
    instance
        .send(&Arc::new(content), vec![message].into(), Priority::Ahead, 0)
        .map_err(|rejected| refused(format!("{:?}", rejected.why).to_lowercase()))
}

/// Prints and collects the events of one test message.
struct TestRun<'a> {
    context: &'a CommandContext,
    instance: &'a TransportInstance,
    receiver: Receiver<HostEvent>,
    outcome: Option<MessageOutcome>,
    log: Vec<Value>,
    inbound: Vec<Value>,
    /// Whether the plugin's process has died.
    died: bool,
}

impl TestRun<'_> {
    /// Prints events until `enough` holds or the time is over. Events that have already arrived are always printed.
    fn listen(&mut self, until: Instant, enough: impl Fn(&Self) -> bool) {
        while !enough(self) {
            match self.receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(event) => self.tell(event),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn tell(&mut self, event: HostEvent) {
        let output = self.context.output;
        match event {
            HostEvent::Outcomes { last, outcomes } | HostEvent::Lost { last, outcomes } => {
                for outcome in outcomes {
                    output.line(&format!("  → {}", line(self.context.language, self.instance, &outcome)));
                    self.outcome.get_or_insert(outcome);
                }
                self.instance.acknowledge(last);
            }
            // Nothing is stored here, so nothing is confirmed: the plugin keeps the message and can offer it to the daemon again.
            HostEvent::Inbound { token, message } => {
                self.instance.answer(token, Verdict::Busy);
                let value = inbound(&message);
                if self.inbound.len() < MAX_KEPT && !self.inbound.contains(&value) {
                    let kept = msg!("daemon-not-confirmed").text(self.context.language);
                    output.line(&format!("  ← {}:{} {:?} ({kept})", message.channel, message.address, message.text));
                    self.inbound.push(value);
                }
            }
            HostEvent::Receipt { token, receipt } => {
                self.instance.answer(token, Verdict::Busy);
                let value = json!({"receipt": receipt.kind, "detail": receipt.detail});
                if self.inbound.len() < MAX_KEPT && !self.inbound.contains(&value) {
                    output.line(&format!(
                        "  ← {}: {} {}",
                        msg!("daemon-receipt").text(self.context.language),
                        receipt.kind,
                        clean(&receipt.detail)
                    ));
                    self.inbound.push(value);
                }
            }
            HostEvent::Log { level, target, message } => self.note(level, &target, &message),
            HostEvent::Down { reason, .. } => {
                self.died = true;
                self.note(1, "rundruf", &reason.text(self.context.language));
            }
            HostEvent::Ready | HostEvent::Up { .. } => {}
        }
    }

    fn note(&mut self, level: u32, target: &str, message: &str) {
        let word = match level {
            1 => "ERROR",
            2 => "WARN",
            3 => "INFO",
            4 => "DEBUG",
            _ => "TRACE",
        };
        self.context.output.line(&format!("  {word} {}: {}", clean(target), clean(message)));
        if self.log.len() < MAX_KEPT {
            self.log.push(json!({"level": word.to_lowercase(), "target": target, "message": message}));
        }
    }
}

fn inbound(message: &InboundMessage) -> Value {
    json!({
        "kind": message.kind, "channel": message.channel, "address": message.address, "text": message.text, "remote_id": message.remote_id,
    })
}

/// The name of an outcome's class, as in the daemon.
fn class(outcome: &MessageOutcome) -> &'static str {
    match outcome.class() {
        OutcomeClass::Sent => "sent",
        OutcomeClass::Retry => "retry",
        OutcomeClass::Untouched => "untouched",
        OutcomeClass::Permanent => "permanent",
        OutcomeClass::Unknown => "unknown",
        OutcomeClass::Account => "account",
    }
}

/// What a plugin says, without control characters: they could clear the terminal, or make it say something else.
fn clean(text: &str) -> String {
    one_line(text.into()).into()
}

fn line(language: Language, instance: &TransportInstance, outcome: &MessageOutcome) -> String {
    let mut line = format!("{} ({}", word(language, class(outcome)), outcome.code.0);
    if outcome.remote_code != 0 {
        line.push_str(&format!(", {}", outcome.remote_code));
    }
    line.push(')');
    for more in [outcome.remote_id.to_string(), instance.said(&outcome.detail).text(language)] {
        if !more.is_empty() {
            line.push_str(&format!(" {}", clean(&more)));
        }
    }
    if let Some(after) = outcome.retry_after {
        line.push_str(&format!(", {} {} s", msg!("daemon-not-before").text(language), after.as_secs()));
    }
    line
}

fn view(outcome: &MessageOutcome) -> Value {
    json!({
        "class": class(outcome), "code": outcome.code.0, "remote_code": outcome.remote_code, "remote_id": outcome.remote_id,
        "detail": outcome.detail, "retry_after_ms": outcome.retry_after.map(|d| d.as_millis() as u64),
    })
}
