//! Callbacks → messages and receipts. What can be read at once is handed to the host before the gateway is answered; the rest waits on disk.

mod host_message; // what a person sent → what the host gets

use crate::callback::{self, Callback, CallbackError};
use crate::gateway::{Gateway, GatewayError};
use crate::hearing::HearingWatch;
use crate::id::{ThreemaId, hex};
use crate::key_store::{KeyState, PublicKeyStore};
use crate::message::{FileMessage, ThreemaMessage};
use crate::seal::{self, FILE_NONCE, PrivateKey, PublicKey};
use crate::secret::ApiSecret;
use crate::seen::SeenMessages;
use crate::spool::{CallbackSpool, WaitingCallback};
use host_message::{inbound, receipt};
use rundruf_plugin::{Host, HostRefusal, Trust, WebhookRequest, WebhookResponse};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::task::JoinSet;

/// Senders whose waiting callbacks are processed at once.
const AT_ONCE: usize = 16;
/// Pauses before a waiting callback is tried again.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// A file of a person that cannot be fetched within this time is reported without its content.
const FILE_TRIED: Duration = Duration::from_secs(60);
/// A key that did not open a message is asked for again at most once in this time, for each sender.
const FRESH_KEY_EVERY: Duration = Duration::from_secs(600);
/// Most senders whose keys were asked for again that are remembered.
const MAX_ASKED: usize = 10_000;
/// Forged callbacks are logged at most once in this time.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// What becomes of a callback.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum CallbackState {
    /// The host has it, or nobody needs it.
    Done,
    /// It has to wait: for the network, or for the host.
    Later,
    /// No key opens it.
    Unopened,
}

/// When a waiting callback is tried.
struct WaitingTry {
    /// When it was first seen in this process.
    since: Instant,
    next: Instant,
    pause: Duration,
}

/// Receives for one Gateway ID.
pub(crate) struct CallbackReceiver {
    pub(crate) id: ThreemaId,
    pub(crate) secret: ApiSecret,
    pub(crate) private: PrivateKey,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) keys: Arc<PublicKeyStore>,
    pub(crate) seen: SeenMessages,
    pub(crate) spool: CallbackSpool,
    pub(crate) host: Host,
    /// Largest file of a person that is fetched; `None`: none is.
    pub(crate) max_file: Option<usize>,
    pub(crate) hearing: Arc<HearingWatch>,
    /// When a sender's key was last asked for again.
    pub(crate) asked: Mutex<HashMap<ThreemaId, Instant>>,
    pub(crate) warned: Mutex<Option<Instant>>,
}

impl CallbackReceiver {
    /// Takes a request in, and says what to answer.
    pub(crate) async fn request(&self, request: &WebhookRequest) -> WebhookResponse {
        if request.method != "POST" {
            return WebhookResponse::status(405);
        }
        let callback = match callback::read(&request.body, &self.secret, self.id) {
            Ok(callback) => callback,
            Err(error) => return self.refused(error),
        };
        self.hearing.heard();
        if self.seen.contains(callback.from, callback.id) {
            return WebhookResponse::stored();
        }
        let message = self.keys.known(callback.from).and_then(|key| self.open(&callback, &key));
        let is_receipt = matches!(message, Some(ThreemaMessage::Receipt { .. }));
        // While an earlier message of the same sender waits, this one waits behind it.
        if let Some(message) = message
            && (is_receipt || !self.spool.has(callback.from))
            && !matches!(message, ThreemaMessage::File(_))
            && self.hand_over(&callback, message, Trust::Proven, None).await == CallbackState::Done
        {
            return WebhookResponse::stored();
        }
        match self.spool.put(callback.from, is_receipt, &request.body) {
            Ok(()) => WebhookResponse::stored(),
            Err(error) => {
                tracing::error!("a callback cannot be stored, the gateway is asked to send it again: {}", error.kind());
                WebhookResponse::later()
            }
        }
    }

    /// Nothing is kept of these people.
    pub(crate) fn forget(&self, ids: &[ThreemaId]) -> std::io::Result<()> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| !ids.contains(id));
        self.spool.forget(ids)
    }

    fn refused(&self, error: CallbackError) -> WebhookResponse {
        match error {
            CallbackError::NotCallback => return WebhookResponse::status(400),
            CallbackError::Forged => self.hearing.forged(),
            CallbackError::OtherId | CallbackError::Field(_) => {}
        }
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_none_or(|at| at.elapsed() >= WARN_EVERY) {
            *warned = Some(Instant::now());
            tracing::warn!(
                "a callback is not taken: {error}. If people write and nothing arrives, compare `secret` with the gateway's page"
            );
        }
        match error {
            // To send it again would change nothing.
            CallbackError::Field(_) => WebhookResponse::stored(),
            CallbackError::OtherId => WebhookResponse::status(400),
            _ => WebhookResponse::forbidden(),
        }
    }

    /// Works through waiting callbacks until the runtime ends: each sender's in their order, several senders at once.
    pub(crate) async fn work(self: Arc<Self>) {
        let mut tries: HashMap<String, WaitingTry> = HashMap::new();
        let mut busy: HashMap<tokio::task::Id, String> = HashMap::new();
        let mut tasks: JoinSet<Option<String>> = JoinSet::new();
        loop {
            let queues = queues(self.spool.list());
            let names: HashSet<&str> = queues.iter().flatten().map(|one| one.name.as_str()).collect();
            tries.retain(|name, _| names.contains(name.as_str()));
            let now = Instant::now();
            for queue in queues {
                let Some(first) = queue.first() else { continue };
                let tried = tries.get(&first.name);
                let is_due = tried.is_none_or(|tried| tried.next <= now);
                if tasks.len() >= AT_ONCE || !is_due || busy.values().any(|key| key == first.queue()) {
                    continue;
                }
                let key = first.queue().to_owned();
                let waited = tried.map_or(Duration::ZERO, |tried| tried.since.elapsed());
                busy.insert(tasks.spawn(Arc::clone(&self).process_queue(queue, waited)).id(), key);
            }
            let next = tries.values().map(|tried| tried.next).filter(|next| *next > now).min();
            let wait = next.map_or(LONGEST_PAUSE, |next| next.saturating_duration_since(now));
            tokio::select! {
                Some(ended) = tasks.join_next_with_id() => {
                    let (id, stuck) = match ended {
                        Ok((id, stuck)) => (id, stuck),
                        Err(error) => (error.id(), None),
                    };
                    busy.remove(&id);
                    if let Some(name) = stuck {
                        let now = Instant::now();
                        let first = WaitingTry { since: now, next: now, pause: FIRST_PAUSE };
                        let tried = tries.entry(name).or_insert(first);
                        tried.next = now + tried.pause;
                        tried.pause = (tried.pause * 2).min(LONGEST_PAUSE);
                    }
                }
                () = self.spool.arrived.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Processes callbacks one after the other; returns the name of one that has to wait, and so do those behind it.
    async fn process_queue(self: Arc<Self>, queue: Vec<WaitingCallback>, mut waited: Duration) -> Option<String> {
        for one in queue {
            let Some(body) = self.spool.get(&one) else { return Some(one.name) };
            let state = match callback::read(&body, &self.secret, self.id) {
                Ok(callback) => self.process(&callback, waited).await,
                // It was genuine when it came: the secret is another one now.
                Err(_) => CallbackState::Unopened,
            };
            match state {
                CallbackState::Done => self.spool.remove(&one),
                CallbackState::Later => return Some(one.name),
                CallbackState::Unopened => {
                    tracing::error!(
                        "a message cannot be opened and is put aside until the next start: was `private_key` or `secret` changed?"
                    );
                    self.spool.put_aside(&one);
                }
            }
            waited = Duration::ZERO;
        }
        None
    }

    /// Processes a waiting callback.
    async fn process(&self, callback: &Callback, waited: Duration) -> CallbackState {
        if self.seen.contains(callback.from, callback.id) {
            return CallbackState::Done;
        }
        let (message, trust) = match self.open_or_ask(callback).await {
            Ok(Some(opened)) => opened,
            Ok(None) => return CallbackState::Unopened,
            Err(error) => {
                tracing::warn!(%error, "a message waits: its sender's key cannot be asked for now");
                return CallbackState::Later;
            }
        };
        let file = match &message {
            ThreemaMessage::File(file) => match self.fetch(file, waited).await {
                Ok(content) => content,
                Err(state) => return state,
            },
            _ => None,
        };
        self.hand_over(callback, message, trust, file).await
    }

    /// Opens a callback with this key; `None` if it does not open.
    fn open(&self, callback: &Callback, key: &PublicKey) -> Option<ThreemaMessage> {
        let padded = seal::open(&callback.sealed, &callback.nonce, key, &self.private).ok()?;
        let message = seal::unpadded(&padded).ok().and_then(|bytes| match ThreemaMessage::decode(bytes) {
            Ok(message) => Some(message),
            Err(error) => {
                tracing::warn!(%error, "a message cannot be read");
                None
            }
        });
        // It is genuine, so that another key would not open it: a person must see that something came.
        Some(message.unwrap_or(ThreemaMessage::Unshown("unreadable")))
    }

    /// Opens a callback, and asks for the key where it is not known or does not fit. `Ok(None)`: no key opens it.
    async fn open_or_ask(&self, callback: &Callback) -> Result<Option<(ThreemaMessage, Trust)>, GatewayError> {
        let pinned = match self.keys.known(callback.from) {
            Some(key) => Some(key),
            None => match self.keys.get(&self.gateway, &[callback.from]).await?.first() {
                Some(KeyState::Known(key)) => Some(*key),
                _ => None,
            },
        };
        let Some(pinned) = pinned else { return Ok(None) };
        if let Some(message) = self.open(callback, &pinned) {
            return Ok(Some((message, Trust::Proven)));
        }
        {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            if asked.get(&callback.from).is_some_and(|at| at.elapsed() < FRESH_KEY_EVERY) {
                return Ok(None);
            }
            if asked.len() >= MAX_ASKED {
                asked.clear();
            }
            asked.insert(callback.from, Instant::now());
        }
        let KeyState::Known(fresh) = self.keys.fresh(&self.gateway, callback.from).await? else { return Ok(None) };
        // The gateway vouches for another key than before: a STOP is heard, a yes proves nothing.
        Ok(self.open(callback, &fresh).map(|message| (message, Trust::Unsure)))
    }

    /// The content of a file, in a file of the state folder; `None` where it is not fetched.
    async fn fetch(&self, file: &FileMessage, waited: Duration) -> Result<Option<String>, CallbackState> {
        let Some(most) = self.max_file.filter(|most| file.size <= *most as u64) else { return Ok(None) };
        let sealed = match self.gateway.download(&file.blob, most + seal::TAG).await {
            Ok(sealed) => sealed,
            Err(GatewayError::Status(400..=499, _)) => return Ok(None),
            Err(_) if waited >= FILE_TRIED => return Ok(None),
            Err(error) => {
                tracing::warn!(%error, "a file of a person cannot be fetched now");
                return Err(CallbackState::Later);
            }
        };
        let Ok(content) = seal::open_file(&sealed, &FILE_NONCE, &file.key) else { return Ok(None) };
        let Ok(random) = seal::random::<8>() else { return Err(CallbackState::Later) };
        let name = format!("file-{}", hex(&random));
        let path = self.host.state_dir().join(&name);
        match tokio::fs::write(&path, content).await {
            Ok(()) => Ok(Some(name)),
            Err(error) => {
                tracing::error!("a file of a person cannot be stored: {}", error.kind());
                let _ = tokio::fs::remove_file(&path).await;
                Ok(None)
            }
        }
    }

    /// Hands a message over to the host; when this is done it is on disk there.
    async fn hand_over(
        &self,
        callback: &Callback,
        message: ThreemaMessage,
        trust: Trust,
        file: Option<String>,
    ) -> CallbackState {
        // The sender's clock says it: it may be wrong, but not in the future. What is older than our memory of what came may have come before, or
        // the clock is wrong by more than a year: a STOP is heard, a yes proves nothing.
        let (now, is_old) = (unix_s(), SeenMessages::may_have_forgotten(callback.date));
        let at_ms = if is_old { now } else { callback.date.min(now) }.saturating_mul(1_000);
        let trust = if is_old { Trust::Unsure } else { trust };
        let stored = match inbound(callback, &message, trust, file.as_deref(), at_ms) {
            None => Ok(()),
            Some(inbound) => self.host.inbound(inbound).await,
        };
        if let Some(name) = file {
            let _ = tokio::fs::remove_file(self.host.state_dir().join(name)).await;
        }
        let state = settled(stored);
        if state == CallbackState::Later {
            return state;
        }
        match message {
            ThreemaMessage::Receipt { status, ids } => {
                let receipts = ids.into_iter().map(|id| receipt(callback.from, id, status, at_ms)).collect();
                let stored = self.host.receipt_all(receipts).await;
                if stored.refusal.is_some_and(|refusal| settled(Err(refusal)) == CallbackState::Later) {
                    return CallbackState::Later;
                }
            }
            ThreemaMessage::Silent => {}
            _ => self.seen.add(callback.from, callback.id),
        }
        CallbackState::Done
    }
}

/// The callbacks by what must stay in order.
fn queues(all: Vec<WaitingCallback>) -> Vec<Vec<WaitingCallback>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut queues: Vec<Vec<WaitingCallback>> = Vec::new();
    for one in all {
        let at = *places.entry(one.queue().to_owned()).or_insert(queues.len());
        match queues.get_mut(at) {
            Some(queue) => queue.push(one),
            None => queues.push(vec![one]),
        }
    }
    queues
}

/// What the host's answer means for a callback: what it can never store is not kept.
fn settled(stored: Result<(), HostRefusal>) -> CallbackState {
    match stored {
        Err(HostRefusal::Busy) => CallbackState::Later,
        Ok(()) | Err(_) => CallbackState::Done,
    }
}

fn unix_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
