//! What every room of the engine is handed: store, clock, settings, lists, transports and keys. Data and look-ups; it calls no room.

mod wake; // what can wake a task of the engine

pub(crate) use wake::{TaskWakers, Wake};

use crate::clock::Clock;
use crate::config::{Config, ListConfig};
use crate::error::{EngineError, Result};
use crate::transports::TransportHandle;
use rundruf_consent::basis::BasisChange;
use rundruf_consent::log::LogKey;
use rundruf_consent::text::Digest;
use rundruf_consent::token::{Purpose, TokenSigner};
use rundruf_consent::{Channel, ListId, Time};
use rundruf_lang::msg;
use rundruf_store::{FrequencyLimit, Store, TransportId};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;
use tokio::sync::watch;

/// How often the log of a store was continued from an older copy: each time it goes on under another origin.
fn forks(store: &dyn Store) -> u32 {
    u32::try_from(store.log_breaks().iter().filter(|b| b.kind == "fork").count()).unwrap_or(u32::MAX)
}

/// The engine's state under one set of settings. A reload makes a successor; tasks move on to it.
pub(crate) struct EngineContext {
    pub(crate) config: Arc<Config>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Clock,
    pub(crate) lists: KnownLists,
    /// Lists that were closed since the daemon started; shared with all successors.
    pub(crate) closed_lists: Arc<Mutex<HashSet<ListId>>>,
    /// In the order of the settings.
    pub(crate) transports: Vec<Arc<TransportHandle>>,
    /// Transports that are not in the settings any more and had messages open; shared with all successors.
    left_behind: Arc<Mutex<Vec<LeftBehind>>>,
    /// Lists with consents that were not used for half of the set time, and how many; shared with all successors.
    unused: Arc<Mutex<Vec<(String, u64)>>>,
    /// Signs checkpoints of the consent log.
    pub(crate) log_key: LogKey,
    /// Makes the tokens of unsubscribe links.
    pub(crate) unsubscribe_tokens: TokenSigner,
    pub(crate) wakers: TaskWakers,
    /// True from the moment when this context ends: by a stop, or because a successor took over.
    pub(crate) stopping: watch::Sender<bool>,
    /// The context under the settings that came after these; set before `stopping` becomes true.
    pub(crate) successor: OnceLock<Arc<Self>>,
    /// What the admin was told about messages that wait; shared with all successors.
    pub(crate) inbox_notice: Arc<Mutex<InboxNoticeState>>,
    /// Digests of texts that are known to be stored.
    pub(crate) stored_texts: Mutex<HashSet<Digest>>,
    /// By broadcast: when its progress was last read, how many deliveries had ended, and deliveries per second before that.
    pub(crate) progress: Mutex<HashMap<i64, (Instant, u64, f64)>>,
}

/// What the admin was told last about messages that wait.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct InboxNoticeState {
    /// The newest message that was counted.
    pub(crate) told_up_to: i64,
    pub(crate) told_at: Option<Instant>,
    /// When the first message came that was not counted yet.
    pub(crate) seen_at: Option<Instant>,
}

/// What became of the messages of a transport that is not in the settings any more.
#[derive(Clone, Debug)]
pub(crate) struct LeftBehind {
    pub(crate) name: String,
    /// Messages that have failed by it.
    pub(crate) failed: u64,
    pub(crate) since: Time,
}

/// Lists by number.
#[derive(Clone)]
pub(crate) struct KnownLists {
    /// Those of the settings.
    pub(crate) current: Vec<(ListId, ListConfig)>,
    /// Those of former settings: consents given there can still be shown and proven.
    pub(crate) former: Vec<(ListId, String)>,
    /// Those of the settings that are held because their consents were given for something else, and for what.
    pub(crate) held: Arc<Mutex<BTreeMap<ListId, Vec<BasisChange>>>>,
}

impl EngineContext {
    /// The first context after a start.
    pub(crate) fn new(
        config: Arc<Config>,
        store: Arc<dyn Store>,
        clock: Clock,
        lists: KnownLists,
        transports: Vec<Arc<TransportHandle>>,
    ) -> Self {
        let secrets = store.secrets();
        Self {
            log_key: LogKey { origin: config.log_origin.clone(), seed: secrets.log_seed }
                .after_breaks(forks(store.as_ref())),
            unsubscribe_tokens: TokenSigner::new(&secrets.token_key, Purpose::Unsubscribe),
            config,
            store,
            clock,
            lists,
            closed_lists: Arc::default(),
            left_behind: Arc::default(),
            unused: Arc::default(),
            transports,
            wakers: TaskWakers::default(),
            stopping: watch::Sender::new(false),
            successor: OnceLock::new(),
            inbox_notice: Arc::default(),
            stored_texts: Mutex::default(),
            progress: Mutex::default(),
        }
    }

    /// How often the log was continued from an older copy.
    pub(crate) fn log_forks(&self) -> u32 {
        forks(self.store.as_ref())
    }

    /// The context after a reload. The caller sets it as `successor`.
    pub(crate) fn with_settings(
        &self,
        config: Arc<Config>,
        lists: KnownLists,
        transports: Vec<Arc<TransportHandle>>,
    ) -> Self {
        let new = Self::new(config, Arc::clone(&self.store), self.clock.clone(), lists, transports);
        Self {
            closed_lists: Arc::clone(&self.closed_lists),
            inbox_notice: Arc::clone(&self.inbox_notice),
            left_behind: Arc::clone(&self.left_behind),
            unused: Arc::clone(&self.unused),
            ..new
        }
    }

    /// Notes which lists have consents that were not used for half of the set time.
    pub(crate) fn set_unused(&self, lists: Vec<(String, u64)>) {
        *self.unused.lock().unwrap_or_else(PoisonError::into_inner) = lists;
    }

    /// Lists with consents that were not used for half of the set time, and how many.
    pub(crate) fn unused(&self) -> Vec<(String, u64)> {
        self.unused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The frequency caps of all lists as they are now.
    pub(crate) fn frequency_limits(&self, now: Time) -> Vec<FrequencyLimit> {
        self.lists.current.iter().filter_map(|(id, config)| config.frequency_limit(*id, now)).collect()
    }

    /// Notes transports that are not in the settings any more.
    pub(crate) fn add_left_behind(&self, left: Vec<LeftBehind>) {
        self.left_behind.lock().unwrap_or_else(PoisonError::into_inner).extend(left);
    }

    /// Transports that are not in the settings any more and had messages open when they went.
    pub(crate) fn left_behind(&self) -> Vec<LeftBehind> {
        self.left_behind.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until a successor has taken over; forever if the engine stops instead.
    pub(crate) async fn succeeded(&self) {
        let _ = self.stopping.subscribe().wait_for(|stopping| *stopping).await;
        if self.successor.get().is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Signs the head of the log.
    ///
    /// Refused while the clock is not believed: a signed time is for good.
    pub(crate) async fn sign_log(&self) -> Result<String> {
        if self.clock.is_held() {
            return Err(EngineError::refused("clock", msg!("engine-clock-not-signed"), msg!("engine-clock-help")));
        }
        Ok(self.store.log_sign(self.log_key.clone(), self.clock.now()).await?)
    }

    pub(crate) fn list(&self, id: ListId) -> Option<&ListConfig> {
        self.lists.current.iter().find(|(l, _)| *l == id).map(|(_, c)| c)
    }

    /// A list of the settings that takes sign-ups and broadcasts.
    pub(crate) fn open_list(&self, id: ListId) -> Result<&ListConfig> {
        let list = self.list(id).ok_or_else(|| EngineError::Unknown(msg!("engine-no-list", name = %id)))?;
        if self.closed_lists.lock().unwrap_or_else(PoisonError::into_inner).contains(&id) {
            let message = msg!("engine-list-closed", name = &list.name);
            return Err(EngineError::refused("closed", message, msg!("engine-list-closed-help")));
        }
        if self.lists.held.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id) {
            let message = msg!("engine-list-held", name = &list.name);
            return Err(EngineError::refused("held", message, msg!("engine-list-held-help", name = &list.name)));
        }
        Ok(list)
    }

    pub(crate) fn transport(&self, id: TransportId) -> Option<&Arc<TransportHandle>> {
        self.transports.iter().find(|t| t.id == id)
    }

    /// Whether this very transport is the one that runs, and was not replaced.
    pub(crate) fn runs(&self, transport: &Arc<TransportHandle>) -> bool {
        self.transports.iter().any(|t| Arc::ptr_eq(t, transport))
    }

    pub(crate) fn transport_named(&self, name: &str) -> Option<&Arc<TransportHandle>> {
        self.transports.iter().find(|t| t.config.name == name)
    }

    /// The transports of a list, in the list's order of preference.
    pub(crate) fn transports_of<'a>(&'a self, list: &'a ListConfig) -> impl Iterator<Item = &'a Arc<TransportHandle>> {
        list.transports.iter().filter_map(|name| self.transport_named(name))
    }

    /// The first transport of a list of which nobody knows which addresses it reaches. Until that is known, the list's audience is not, either.
    pub(crate) fn unknown_transport_of<'a>(&'a self, list: &'a ListConfig) -> Option<&'a Arc<TransportHandle>> {
        self.transports_of(list).find(|t| t.is_unknown())
    }

    /// The transport of a list that serves a channel.
    pub(crate) fn transport_for<'a>(
        &'a self,
        list: &'a ListConfig,
        channel: Channel,
    ) -> Option<&'a Arc<TransportHandle>> {
        self.transports_of(list).find(|t| t.serves(channel))
    }

    /// Wakes the tasks that an event concerns, here and in every successor.
    pub(crate) fn wake(&self, what: Wake) {
        let all = matches!(what, Wake::Broadcasts | Wake::Stop);
        if all {
            self.wakers.fan_out.notify_one();
            self.wakers.timers.notify_one();
        }
        if matches!(what, Wake::Inbound | Wake::Stop) {
            self.wakers.inbox.notify_one();
        }
        for transport in &self.transports {
            if all || what == Wake::Deliveries || what == Wake::Service(transport.id) {
                transport.wake.notify_one();
            }
        }
        if let Some(next) = self.successor.get().filter(|_| what != Wake::Stop) {
            next.wake(what);
        }
    }

    /// Wakes the alerts task: an alert, or a transport that could carry one, has changed.
    pub(crate) fn wake_alerts(&self) {
        self.wakers.alerts.notify_one();
        if let Some(next) = self.successor.get() {
            next.wake_alerts();
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
pub(crate) mod tests {
    use super::*;
    use crate::config::{Localized, Sender};
    use rundruf_consent::Time;
    use std::path::Path;

    /// A context with one list, a store in this folder and no transport.
    pub(crate) async fn without_transports(dir: &Path) -> EngineContext {
        let words = || Localized(BTreeMap::from([("de".to_owned(), "Angebote".to_owned())]));
        let sender = Sender {
            name: "Bäckerei Krume GmbH".to_owned(),
            imprint_url: "https://krume.example/impressum".to_owned(),
            privacy_url: "https://krume.example/datenschutz".to_owned(),
            formal: false,
        };
        let list = ListConfig {
            name: "angebote".to_owned(),
            title: words(),
            purpose: words(),
            consent_text: words(),
            text_is_made: false,
            transports: Vec::new(),
            frequency_cap: None,
        };
        let config = Config::new(sender, "https://news.krume.example", dir.to_owned());
        let url = format!("sqlite:{}", dir.join("rundruf.db").display());
        let store = rundruf_store::open(&url, rundruf_store::OpenOptions::default()).unwrap();
        let ids = store.list_sync(vec![list.name.clone()]).await.unwrap();
        let lists = KnownLists { current: vec![(ids[0], list)], former: Vec::new(), held: Arc::default() };
        EngineContext::new(Arc::new(config), store, Clock::fixed(Time(1_796_119_200_000)), lists, Vec::new())
    }
}
