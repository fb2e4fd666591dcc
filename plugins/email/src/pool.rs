//! Letters → sessions. Sessions share one queue over all batches. Where the relay offers pipelining, the body of one message and the envelope of the
//! next leave in one write: one round trip a message (RFC 2920).

use crate::answer::{self, Reply};
use crate::dkim::Signer;
use crate::mime;
use crate::session::{Session, SessionError, tls_config};
use crate::settings::{Config, domain};
use crate::verp::Verp;
use rundruf_plugin::{Batch, Host, Letter, OpenError, Outcome};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, Semaphore};

/// A session without work ends after this time.
const IDLE: Duration = Duration::from_secs(30);
/// After this many refusals in a row a new connection is taken: servers slow down on the ninth.
const REFUSALS: u32 = 8;

/// A letter with its message, ready to be sent.
struct Ready {
    letter: Letter,
    message: Vec<u8>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Ready>,
    sessions: u32,
}

pub(crate) struct Pool {
    config: Config,
    tls: Option<Arc<rustls::ClientConfig>>,
    verp: Option<Verp>,
    signers: Vec<Signer>,
    queue: Mutex<Queue>,
    work: Notify,
    draining: AtomicBool,
    closing: AtomicBool,
    alive: AtomicU32,
    /// Signing is work for the processor: no more of it at once than there are cores.
    cores: Arc<Semaphore>,
}

fn now_s() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()).unwrap_or(0)
}

impl Pool {
    pub(crate) fn open(config: Config, host: &Host) -> Result<Arc<Self>, OpenError> {
        config.check()?;
        let tls = tls_config(&config).map_err(OpenError::new)?;
        let bounces = config.bounce_domain.clone().unwrap_or_else(|| domain(&config.from).to_owned());
        let verp = if config.return_path.is_some() { None } else { Some(Verp::open(host.state_dir(), &bounces)?) };
        let signers = config.dkim.iter().map(Signer::open).collect::<Result<_, _>>()?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Arc::new(Self {
            config,
            tls,
            verp,
            signers,
            queue: Mutex::default(),
            work: Notify::new(),
            draining: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            alive: AtomicU32::new(0),
            cores: Arc::new(Semaphore::new(cores)),
        }))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a batch: messages are made, signed on a pool of the processor's own, and queued.
    pub(crate) async fn take(self: &Arc<Self>, batch: Batch) {
        if self.signers.is_empty() {
            for letter in batch.into_letters() {
                self.add(Ready { letter, message: Vec::new() });
            }
            return;
        }
        let mut letters: Vec<Letter> = batch.into_letters().collect();
        let part = letters.len().div_ceil(self.cores.available_permits().max(1)).clamp(1, 32);
        let mut signing = tokio::task::JoinSet::new();
        while !letters.is_empty() {
            let rest = letters.split_off(letters.len().min(part));
            let some = std::mem::replace(&mut letters, rest);
            let Ok(permit) = Arc::clone(&self.cores).acquire_owned().await else { return };
            let pool = Arc::clone(self);
            signing.spawn_blocking(move || {
                for letter in some {
                    let message = pool.message(&letter);
                    pool.add(Ready { letter, message });
                }
                drop(permit);
            });
        }
        while signing.join_next().await.is_some() {}
    }

    /// Makes and signs the message of a letter.
    fn message(&self, letter: &Letter) -> Vec<u8> {
        let now = now_s();
        let message = mime::message(&self.config, &letter.content(), &letter.recipient(), now);
        if self.signers.is_empty() {
            return message;
        }
        let mut signed = Vec::with_capacity(message.len() + 1_024);
        for signer in &self.signers {
            signed.extend(signer.sign(&message, now).unwrap_or_default());
        }
        signed.extend_from_slice(&message);
        signed
    }

    fn add(self: &Arc<Self>, ready: Ready) {
        let mut queue = self.queue();
        queue.waiting.push_back(ready);
        let start = queue.sessions < self.config.sessions && (queue.sessions as usize) < queue.waiting.len();
        if start {
            queue.sessions += 1;
        }
        drop(queue);
        if start {
            self.alive.fetch_add(1, Ordering::AcqRel);
            let pool = Arc::clone(self);
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(pool.session());
            }
        } else {
            self.work.notify_one();
        }
    }

    /// The next letter that may still be begun.
    fn next(&self) -> Option<Ready> {
        loop {
            let ready = self.queue().waiting.pop_front()?;
            if self.draining.load(Ordering::Acquire) || ready.letter.is_draining() {
                // Dropped unbegun: it goes back untouched.
                continue;
            }
            if ready.letter.is_expired() {
                ready.letter.finish(Outcome::expired());
                continue;
            }
            let message = if ready.message.is_empty() { self.message(&ready.letter) } else { ready.message };
            return Some(Ready { letter: ready.letter, message });
        }
    }

    async fn wait(&self) -> Option<Ready> {
        loop {
            if let Some(ready) = self.next() {
                return Some(ready);
            }
            if self.draining.load(Ordering::Acquire) || self.closing.load(Ordering::Acquire) {
                return None;
            }
            tokio::time::timeout(IDLE, self.work.notified()).await.ok()?;
        }
    }

    /// Runs one session after the other, as long as there is work.
    async fn session(self: Arc<Self>) {
        loop {
            while let Some(first) = self.wait().await {
                match Session::open(&self.config, self.tls.as_ref()).await {
                    Ok(session) => self.converse(session, first).await,
                    Err(error) => {
                        tracing::warn!(%error, "no connection to the relay");
                        first.letter.finish(no_session(&error));
                        if matches!(error, SessionError::Io(_)) {
                            tokio::time::sleep(Duration::from_millis(200)).await;
                        }
                    }
                }
            }
            let mut queue = self.queue();
            // Under the lock: whoever queues afterwards sees that this session has gone, and starts another.
            if queue.waiting.is_empty() || self.draining.load(Ordering::Acquire) {
                queue.sessions -= 1;
                break;
            }
        }
        self.alive.fetch_sub(1, Ordering::AcqRel);
    }

    /// The envelope of a message. `None` if the relay cannot carry the address.
    fn envelope(&self, session: &Session, ready: &Ready) -> Option<String> {
        let to = ready.letter.recipient();
        let address = to.address();
        let bad = address.chars().any(|c| c.is_control() || c.is_whitespace() || "<>".contains(c));
        if bad || (!address.is_ascii() && !session.utf8) {
            return None;
        }
        let from = match (&self.config.return_path, &self.verp) {
            (Some(fixed), _) => fixed.clone(),
            (None, Some(verp)) => verp.address(to.message_id()),
            (None, None) => self.config.from.clone(),
        };
        let utf8 = if address.is_ascii() { "" } else { " SMTPUTF8" };
        let (mail, rcpt) = if session.dsn {
            let id = to.message_id_hex();
            (format!(" RET=HDRS ENVID={id}"), format!(" NOTIFY=FAILURE,DELAY ORCPT=rfc822;{}", xtext(&address)))
        } else {
            (String::new(), String::new())
        };
        Some(format!("MAIL FROM:<{from}>{mail}{utf8}\r\nRCPT TO:<{address}>{rcpt}\r\nDATA\r\n"))
    }

    /// Sends letters over one connection until it has had its share, breaks, or there is no work.
    async fn converse(&self, mut session: Session, first: Ready) {
        let mut out: Vec<u8> = Vec::with_capacity(8 * 1_024);
        let mut current = Some(first);
        // What `current` needs before its envelope's answers can be read.
        let mut asked = false;
        let (mut sent, mut refusals, mut dirty) = (0_u32, 0_u32, false);
        let limit = self.config.messages_per_connection;
        while let Some(ready) = current.take() {
            if !asked {
                let Some(envelope) = self.envelope(&session, &ready) else {
                    ready.letter.finish(Outcome::bad_recipient("the relay cannot carry this address"));
                    current = self.next();
                    continue;
                };
                out.clear();
                if dirty {
                    out.extend_from_slice(b"RSET\r\n");
                }
                out.extend_from_slice(envelope.as_bytes());
            }
            let verdict = match self.ask(&mut session, if asked { &[] } else { &out }, dirty).await {
                Ok(verdict) => verdict,
                Err(error) => return self.lost(ready.letter, &error),
            };
            asked = false;
            dirty = false;
            let Ready { mut letter, message } = ready;
            let go = match verdict {
                Ok(()) => true,
                Err((reply, data_open)) => {
                    let over = reply.code == 421;
                    letter.finish(answer::refused(&reply));
                    refusals += 1;
                    dirty = true;
                    // DATA was opened for nobody: a lone dot ends it, and nobody gets anything.
                    if data_open && (session.write(b".\r\n").await.is_err() || session.reply().await.is_err()) {
                        return;
                    }
                    if over || refusals >= REFUSALS {
                        return session.quit().await;
                    }
                    current = self.next();
                    continue;
                }
            };
            debug_assert!(go, "refused letters went on above");
            sent += 1;
            let last = limit > 0 && sent >= limit;
            let next = if last { None } else { self.next() };
            out.clear();
            mime::dotted(&message, &mut out);
            let mut follows = None;
            if let Some(next) = next {
                match self.envelope(&session, &next) {
                    Some(envelope) if session.pipelining => {
                        out.extend_from_slice(envelope.as_bytes());
                        asked = true;
                        follows = Some(next);
                    }
                    Some(_) => follows = Some(next),
                    None => next.letter.finish(Outcome::bad_recipient("the relay cannot carry this address")),
                }
            }
            // From here on bytes of the message leave.
            letter.begin();
            let answered = match session.write(&out).await {
                Ok(()) => session.reply().await,
                Err(error) => Err(error),
            };
            match answered {
                Ok(reply) if reply.is_positive() => {
                    refusals = 0;
                    letter.finish(answer::taken(&reply));
                }
                Ok(reply) => {
                    let over = reply.code == 421;
                    letter.finish(answer::refused(&reply));
                    if over {
                        if let Some(next) = follows {
                            next.letter.finish(Outcome::retry(Some(Duration::from_secs(60)), "the relay closed the connection"));
                        }
                        return;
                    }
                }
                Err(error) => {
                    // The end of data may have arrived: it may have been sent.
                    letter.finish(Outcome::maybe_sent(error.to_string()));
                    if let Some(next) = follows {
                        self.lost(next.letter, &error);
                    }
                    return;
                }
            }
            if last {
                return session.quit().await;
            }
            current = follows.or_else(|| self.next());
            if current.is_none() {
                current = self.wait().await;
            }
        }
        session.quit().await;
    }

    /// Asks with an envelope and reads its three answers: in one write where pipelining is allowed, else step by step. Without bytes the envelope
    /// left already. Refused: the reply that decides, and whether DATA was opened all the same.
    async fn ask(&self, session: &mut Session, bytes: &[u8], reset: bool) -> Result<Result<(), (Reply, bool)>, SessionError> {
        let mut replies = Vec::with_capacity(3);
        if session.pipelining {
            if !bytes.is_empty() {
                session.write(bytes).await?;
            }
            if reset && !bytes.is_empty() {
                session.reply().await?;
            }
            for _ in 0..3 {
                replies.push(session.reply().await?);
            }
        } else {
            for command in bytes.split_inclusive(|b| *b == b'\n') {
                // A refused step ends the envelope: DATA is not even asked for.
                if replies.last().is_some_and(|r: &Reply| !r.is_positive()) {
                    break;
                }
                session.write(command).await?;
                let reply = session.reply().await?;
                if command != b"RSET\r\n" {
                    replies.push(reply);
                }
            }
        }
        let open = replies.get(2).is_some_and(|r| r.code == 354);
        let refused = replies.iter().take(2).chain(replies.get(2).filter(|_| !open)).find(|r| !r.is_positive());
        match refused {
            Some(reply) => Ok(Err((reply.clone(), open))),
            None if open => Ok(Ok(())),
            None => Err(SessionError::Io("the relay answers out of order".to_owned())),
        }
    }

    /// The connection broke before the message was begun.
    fn lost(&self, letter: Letter, error: &SessionError) {
        letter.finish(no_session(error));
    }

    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
        // What waits is dropped unbegun: untouched.
        let waiting: Vec<Ready> = self.queue().waiting.drain(..).collect();
        drop(waiting);
        self.work.notify_waiters();
    }

    pub(crate) async fn close(&self, within: Duration) {
        self.closing.store(true, Ordering::Release);
        self.drain();
        let all = async {
            while self.alive.load(Ordering::Acquire) > 0 {
                self.work.notify_waiters();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let _ = tokio::time::timeout(within, all).await;
    }
}

/// What no connection means for a message that was not begun.
fn no_session(error: &SessionError) -> Outcome {
    match error {
        SessionError::Io(text) => Outcome::retry(Some(Duration::from_secs(10)), text.clone()),
        SessionError::Refused(reply) => answer::refused(reply),
        SessionError::Account(text) => Outcome::account_auth(text.clone()),
    }
}

/// RFC 3461 §4.
fn xtext(text: &str) -> String {
    let plain = |b: u8| (b'!'..=b'~').contains(&b) && b != b'+' && b != b'=';
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("+{b:02X}") }).collect()
}
