//! One running transport: its plugin, its settings, and the state that tasks share about it.

use super::rate_limit::RateMeter;
use super::resend::ResendPolicy;
use crate::config::TransportConfig;
use rundruf_consent::{BroadcastId, Channel, Time};
use rundruf_host::{HealthReport, HearingState, TransportInstance};
use rundruf_lang::{Message, msg};
use rundruf_store::{Mailbox, TransportId};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};

/// What the file says by which a transport stays paused over a restart.
const PAUSE_MARK: &str = "by hand";

/// What is to come back from a plugin, as far as it is not begun.
#[derive(Debug, Default)]
pub(crate) struct RecallRequests {
    /// Everything.
    pub(crate) all: bool,
    /// What belongs to these broadcasts.
    pub(crate) broadcasts: Vec<BroadcastId>,
    /// What is for these people.
    pub(crate) mailboxes: Vec<Mailbox>,
}

impl RecallRequests {
    /// Everything.
    pub(crate) fn all() -> Self {
        Self { all: true, ..Self::default() }
    }
}

/// What a plugin said of its account, and when.
#[derive(Clone)]
pub(crate) struct AskedHealth {
    pub(crate) report: HealthReport,
    pub(crate) at: Time,
}

/// A transport that runs. Shared by its dispatcher, its receiver and the engine's handle.
pub(crate) struct TransportHandle {
    pub(crate) id: TransportId,
    pub(crate) config: TransportConfig,
    pub(crate) instance: TransportInstance,
    /// Most messages in flight.
    pub(crate) window: u32,
    /// Wakes its dispatcher.
    pub(crate) wake: Notify,
    pub(crate) meter: Mutex<RateMeter>,
    channels: Vec<Channel>,
    in_flight: AtomicU32,
    pause_reason: Mutex<Option<Message>>,
    /// Whether `pause_reason` is set, for the hot path.
    is_paused: AtomicBool,
    /// It is paused because the provider refuses the account: probes go on.
    is_account_pause: AtomicBool,
    /// Why the provider takes nothing, while it does.
    outage: Mutex<Option<Message>>,
    /// When its state changed last, Unix time in milliseconds.
    state_since: AtomicI64,
    /// What its dispatcher is to ask back, and whether that is anything.
    recalls: Mutex<RecallRequests>,
    has_recalls: AtomicBool,
    /// It is replaced or removed: its dispatcher claims nothing new.
    retired: AtomicBool,
    /// Its dispatcher has ended: all outcomes are stored.
    dispatcher_ended: watch::Sender<bool>,
    plugin_ended: watch::Sender<bool>,
    /// Why it does not send although its plugin may run: a task of the daemon died.
    fault: Mutex<Option<Message>>,
    /// An alert about it is open.
    has_alert: AtomicBool,
    /// What is reported about it, in the order in which it happened.
    pub(crate) alerts: AlertOrder,
    /// What its plugin said last of its account.
    health: Mutex<Option<AskedHealth>>,
    /// It is deaf, for the hot path.
    is_deaf: AtomicBool,
    /// The operator lets broadcasts leave although it is deaf, until it hears again.
    goes_on_deaf: AtomicBool,
    /// Exists while an operator has paused it, so that a restart does not undo the pause.
    pause_file: PathBuf,
}

/// Keeps the reports of a failure and of its end in order: both are written beside the hot path.
#[derive(Default)]
pub(crate) struct AlertOrder {
    /// Held while a report is written.
    pub(crate) in_order: tokio::sync::Mutex<()>,
    failures: AtomicU32,
}

impl AlertOrder {
    /// Counts a failure at the moment when it happens.
    pub(crate) fn count_failure(&self) {
        self.failures.fetch_add(1, Ordering::AcqRel);
    }

    /// Failures so far.
    pub(crate) fn failures(&self) -> u32 {
        self.failures.load(Ordering::Acquire)
    }
}

impl TransportHandle {
    pub(crate) fn new(
        id: TransportId,
        config: TransportConfig,
        instance: TransportInstance,
        window: u32,
        pause_file: PathBuf,
        now: Time,
    ) -> Self {
        let channels = instance.manifest().channels.iter().filter_map(|c| Channel::parse(c)).collect();
        let paused = pause_file.exists();
        Self {
            id,
            config,
            instance,
            window,
            wake: Notify::new(),
            meter: Mutex::new(RateMeter::new()),
            channels,
            in_flight: AtomicU32::new(0),
            pause_reason: Mutex::new(paused.then(|| msg!("engine-paused-by-hand"))),
            is_paused: AtomicBool::new(paused),
            is_account_pause: AtomicBool::new(false),
            outage: Mutex::default(),
            state_since: AtomicI64::new(now.0),
            recalls: Mutex::default(),
            has_recalls: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            dispatcher_ended: watch::Sender::new(false),
            plugin_ended: watch::Sender::new(false),
            fault: Mutex::default(),
            has_alert: AtomicBool::new(false),
            alerts: AlertOrder::default(),
            health: Mutex::default(),
            is_deaf: AtomicBool::new(false),
            goes_on_deaf: AtomicBool::new(false),
            pause_file,
        }
    }

    /// What its plugin said of a message, for a reader of either language.
    pub(crate) fn said(&self, detail: &str) -> Message {
        self.instance.said(detail)
    }

    /// The stored reason of a message: a code, how often it was tried, what its plugin said.
    pub(crate) fn stored_reason(&self, reason: &str) -> Message {
        let coded =
            reason.split_once(' ').filter(|(code, _)| code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()));
        let Some((code, detail)) = coded else { return Message::verbatim(reason) };
        let given_up = detail.strip_prefix("given up after ").and_then(|rest| rest.split_once(" attempts: "));
        let said = match given_up {
            Some((attempts, why)) => msg!("engine-given-up-after", attempts = attempts, why = self.said(why)),
            None => self.said(detail),
        };
        msg!("engine-coded-reason", code = code, said = said)
    }

    /// Whether it takes replies.
    pub(crate) fn hears(&self) -> bool {
        self.instance.manifest().can("inbound")
    }

    /// Whether nobody knows which addresses it reaches: its library could never be read.
    pub(crate) fn is_unknown(&self) -> bool {
        self.instance.manifest().is_unknown()
    }

    pub(crate) fn serves(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }

    pub(crate) fn resend_policy(&self) -> ResendPolicy {
        ResendPolicy { repeat_is_safe: self.instance.manifest().repeat_is_safe, on_unknown: self.config.on_unknown }
    }

    fn reason(&self) -> MutexGuard<'_, Option<Message>> {
        self.pause_reason.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Acquire)
    }

    /// Why it is paused, if it is.
    pub(crate) fn pause_reason(&self) -> Option<Message> {
        self.reason().clone()
    }

    /// Whether it is paused because the provider refuses the account.
    pub(crate) fn is_account_pause(&self) -> bool {
        self.is_account_pause.load(Ordering::Acquire)
    }

    /// Why the provider takes nothing, while it does.
    pub(crate) fn outage(&self) -> Option<Message> {
        self.outage.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_outage(&self, reason: Option<Message>, now: Time) {
        let mut outage = self.outage.lock().unwrap_or_else(PoisonError::into_inner);
        if outage.is_some() != reason.is_some() {
            self.set_state_since(now);
        }
        *outage = reason;
    }

    /// Why it does not send although its plugin may run.
    pub(crate) fn fault(&self) -> Option<Message> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_fault(&self, why: Message, now: Time) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
        self.set_state_since(now);
    }

    fn set_paused(&self, reason: Option<Message>, is_account: bool, now: Time) {
        self.is_account_pause.store(is_account, Ordering::Release);
        self.is_paused.store(reason.is_some(), Ordering::Release);
        let is_paused = reason.is_some();
        *self.reason() = reason;
        self.set_state_since(now);
        if is_paused {
            self.ask_back(|wanted| wanted.all = true);
        }
        self.wake.notify_one();
    }

    /// Pauses it until an operator resumes it, also beyond a restart.
    pub(crate) fn pause_by_hand(&self, now: Time) -> std::io::Result<()> {
        std::fs::write(&self.pause_file, PAUSE_MARK)?;
        self.set_paused(Some(msg!("engine-paused-by-hand")), false, now);
        Ok(())
    }

    /// Pauses it because the provider refuses the account, until a probe is taken or an operator resumes it. A restart tries again: the settings
    /// may have been corrected.
    pub(crate) fn pause_for(&self, reason: Message, now: Time) {
        self.set_paused(Some(reason), true, now);
    }

    /// Ends a pause for a refused account, because a probe was taken. An operator's pause stays.
    pub(crate) fn account_works(&self, now: Time) {
        if self.is_account_pause() {
            self.set_paused(None, false, now);
        }
    }

    /// What its plugin said last of its account.
    pub(crate) fn health(&self) -> Option<AskedHealth> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes what its plugin says of its account. When it becomes deaf, what is not begun comes back.
    pub(crate) fn set_health(&self, asked: AskedHealth) {
        let is_deaf = match asked.report.hearing {
            HearingState::Deaf => true,
            HearingState::Hears => false,
            // No proof in either direction ends nothing.
            HearingState::Unknown => self.is_deaf.load(Ordering::Acquire),
        };
        *self.health.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
        if self.is_deaf.swap(is_deaf, Ordering::AcqRel) == is_deaf {
            return;
        }
        self.goes_on_deaf.store(false, Ordering::Release);
        if self.is_held_deaf() {
            self.ask_back(|wanted| wanted.all = true);
        }
        self.wake.notify_one();
    }

    /// Whether broadcasts wait because it is deaf: its messages promise a stop by reply, and nobody would hear it. E-mails have a link for that.
    pub(crate) fn is_held_deaf(&self) -> bool {
        self.is_deaf.load(Ordering::Acquire)
            && !self.goes_on_deaf.load(Ordering::Acquire)
            && self.hears()
            && self.channels.iter().any(|channel| *channel != Channel::Email)
    }

    /// Ends a pause, whatever its cause. Of a deaf one broadcasts go on as well: the operator says so.
    pub(crate) fn resume(&self, now: Time) -> std::io::Result<()> {
        match std::fs::remove_file(&self.pause_file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        self.goes_on_deaf.store(true, Ordering::Release);
        self.set_paused(None, false, now);
        Ok(())
    }

    /// Has its dispatcher ask back what is not begun.
    pub(crate) fn ask_back(&self, add: impl FnOnce(&mut RecallRequests)) {
        add(&mut self.recalls.lock().unwrap_or_else(PoisonError::into_inner));
        self.has_recalls.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    /// What is to be asked back, if anything.
    pub(crate) fn take_recalls(&self) -> Option<RecallRequests> {
        (self.has_recalls.load(Ordering::Acquire) && self.has_recalls.swap(false, Ordering::AcqRel))
            .then(|| std::mem::take(&mut *self.recalls.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Lets its dispatcher finish the messages in flight and claim no more.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    pub(crate) fn set_dispatcher_ended(&self) {
        self.dispatcher_ended.send_replace(true);
    }

    /// Waits until its dispatcher has ended.
    pub(crate) async fn dispatcher_ended(&self) {
        // An error means that the sender was dropped, and this handle owns it.
        let _ = self.dispatcher_ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// Its plugin has ended and sends no more events.
    pub(crate) fn set_plugin_ended(&self) {
        self.plugin_ended.send_replace(true);
    }

    /// Waits until its plugin has ended.
    pub(crate) async fn plugin_ended(&self) {
        let _ = self.plugin_ended.subscribe().wait_for(|ended| *ended).await;
    }

    pub(crate) fn set_has_alert(&self, has_alert: bool) {
        self.has_alert.store(has_alert, Ordering::Release);
    }

    /// Takes the mark of an open alert away; true if there was one.
    pub(crate) fn take_alert(&self) -> bool {
        self.has_alert.load(Ordering::Acquire) && self.has_alert.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn set_state_since(&self, now: Time) {
        self.state_since.store(now.0, Ordering::Relaxed);
    }

    pub(crate) fn state_since(&self) -> Time {
        Time(self.state_since.load(Ordering::Relaxed))
    }

    pub(crate) fn set_in_flight(&self, count: u32) {
        self.in_flight.store(count, Ordering::Relaxed);
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Relaxed)
    }
}
