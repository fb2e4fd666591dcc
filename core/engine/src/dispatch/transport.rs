//! A transport that runs, as the rest of the engine sees it.

use crate::config::TransportConfig;
use crate::pace::Meter;
use crate::retry::Doubt;
use rundruf_consent::{Channel, Time};
use rundruf_host::TransportInstance;
use rundruf_store::TransportId;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, watch};

/// What a person reads who paused a transport.
const BY_HAND: &str = "by hand";

/// A transport that runs.
pub(crate) struct Transport {
    pub(crate) id: TransportId,
    pub(crate) config: TransportConfig,
    pub(crate) instance: TransportInstance,
    pub(crate) window: u32,
    pub(crate) wake: Notify,
    pub(crate) meter: Mutex<Meter>,
    channels: Vec<Channel>,
    in_flight: AtomicU32,
    /// Why it is paused.
    pause: Mutex<Option<String>>,
    is_paused: AtomicBool,
    /// When it came into its present state.
    since: AtomicI64,
    /// Its place is taken by another: nothing new is claimed.
    retired: AtomicBool,
    /// Everything that it said is stored, and nothing more is asked of it.
    ended: watch::Sender<bool>,
    /// Its plugin has ended, too.
    over: watch::Sender<bool>,
    /// The admin was told that it does not send, or is about to be.
    troubled: AtomicBool,
    /// Exists while a person has paused it: a restart must not undo that.
    pause_file: PathBuf,
}

impl Transport {
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
            meter: Mutex::new(Meter::new()),
            channels,
            in_flight: AtomicU32::new(0),
            pause: Mutex::new(paused.then(|| BY_HAND.to_owned())),
            is_paused: AtomicBool::new(paused),
            since: AtomicI64::new(now.0),
            retired: AtomicBool::new(false),
            ended: watch::Sender::new(false),
            over: watch::Sender::new(false),
            troubled: AtomicBool::new(false),
            pause_file,
        }
    }

    pub(crate) fn serves(&self, channel: Channel) -> bool {
        self.channels.contains(&channel)
    }

    pub(crate) fn doubt(&self) -> Doubt {
        Doubt { repeat_is_safe: self.instance.manifest().repeat_is_safe, on_unknown: self.config.on_unknown }
    }

    fn reason(&self) -> MutexGuard<'_, Option<String>> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.is_paused.load(Ordering::Acquire)
    }

    /// Why it is paused, if it is.
    pub(crate) fn paused(&self) -> Option<String> {
        self.reason().clone()
    }

    fn set_paused(&self, reason: Option<String>, now: Time) {
        self.is_paused.store(reason.is_some(), Ordering::Release);
        *self.reason() = reason;
        self.changed(now);
        self.wake.notify_one();
    }

    /// A person pauses it, also beyond a restart.
    pub(crate) fn pause_by_hand(&self, now: Time) -> std::io::Result<()> {
        std::fs::write(&self.pause_file, BY_HAND)?;
        self.set_paused(Some(BY_HAND.to_owned()), now);
        Ok(())
    }

    /// The other side refuses the account. A restart tries again: the settings may have been mended.
    pub(crate) fn pause_for(&self, reason: String, now: Time) {
        self.set_paused(Some(reason), now);
    }

    /// Lets it go on, whoever paused it.
    pub(crate) fn resume(&self, now: Time) -> std::io::Result<()> {
        match std::fs::remove_file(&self.pause_file) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        self.set_paused(None, now);
        Ok(())
    }

    /// Lets it finish what it holds, and no more.
    pub(crate) fn retire(&self) {
        self.retired.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    pub(crate) fn is_retired(&self) -> bool {
        self.retired.load(Ordering::Acquire)
    }

    /// Its dispatcher has ended.
    pub(crate) fn end(&self) {
        self.ended.send_replace(true);
    }

    /// Waits until its dispatcher has ended.
    pub(crate) async fn ended(&self) {
        // Only the sender's end could be an error, and we hold it.
        let _ = self.ended.subscribe().wait_for(|ended| *ended).await;
    }

    /// Its plugin has ended, and will not say anything any more.
    pub(crate) fn set_over(&self) {
        self.over.send_replace(true);
    }

    /// Waits until its plugin has ended.
    pub(crate) async fn is_over(&self) {
        let _ = self.over.subscribe().wait_for(|over| *over).await;
    }

    pub(crate) fn set_troubled(&self, troubled: bool) {
        self.troubled.store(troubled, Ordering::Release);
    }

    /// Whether it was in trouble until now.
    pub(crate) fn recovers(&self) -> bool {
        self.troubled.load(Ordering::Acquire) && self.troubled.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn changed(&self, now: Time) {
        self.since.store(now.0, Ordering::Relaxed);
    }

    pub(crate) fn since(&self) -> Time {
        Time(self.since.load(Ordering::Relaxed))
    }

    pub(crate) fn set_in_flight(&self, count: u32) {
        self.in_flight.store(count, Ordering::Relaxed);
    }

    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Relaxed)
    }
}
