//! Takes batches, makes and signs their messages, and keeps as many connections open as there is work for.

use crate::dkim::DkimSigner;
use crate::mime::MimeTemplate;
use crate::queued_message::QueuedMessage;
use crate::runtime::SmtpRuntime;
use crate::settings::{EmailConfig, domain, is_aligned};
use crate::shared_queue::{NewWork, SharedQueue};
use crate::smtp::{RelayEndpoint, SmtpSession};
use crate::transaction;
use crate::verp::Verp;
use rundruf_plugin::{Batch, Content, Host, OpenError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Compiled contents that are kept, and how many bytes they may take together.
const MAX_TEMPLATES: usize = 16;
const MAX_TEMPLATE_BYTES: usize = 64 * 1024 * 1024;
/// Messages that one task signs.
const SIGNED_AT_ONCE: usize = 32;
/// Signed messages that are queued together: waking a connection for each of them costs as much as sending it.
const QUEUED_AT_ONCE: usize = 8;

/// The connections of one transport, and what they share.
pub(crate) struct ConnectionPool {
    shared: Arc<SharedQueue>,
    relay: Arc<RelayEndpoint>,
    runtime: SmtpRuntime,
    templates: Mutex<Vec<(u64, Arc<MimeTemplate>)>>,
    /// One permit per CPU core: signing is limited by the processor.
    cores: Arc<Semaphore>,
}

impl ConnectionPool {
    /// Reads keys and certificates and starts the thread for the connections; none is opened yet.
    ///
    /// # Errors
    /// Names the settings key at fault and what to do.
    pub(crate) fn open(config: EmailConfig, host: &Host) -> Result<Arc<Self>, OpenError> {
        let config = config.with_ascii_domains()?;
        config.check()?;
        let relay = Arc::new(RelayEndpoint::new(&config).map_err(OpenError::new)?);
        let bounces = config.bounce_domain.as_deref().unwrap_or_else(|| domain(config.sender().1));
        let verp = match &config.return_path {
            Some(_) => None,
            None => Some(Verp::open(host.state_dir(), config.verp_secret.as_ref(), bounces)?),
        };
        let signers = config.dkim.iter().map(DkimSigner::open).collect::<Result<_, _>>()?;
        let from = domain(config.sender().1);
        if let Some(first) = config.dkim.first().filter(|_| !config.dkim.iter().any(|d| is_aligned(&d.domain, from))) {
            tracing::warn!(
                "`dkim.domain` is {}, `from` is of {from}: no signature is of the sender's domain, so DMARC does not pass with it",
                first.domain
            );
        }
        let runtime =
            SmtpRuntime::start().map_err(|e| OpenError::new(format!("no thread for the connections: {e}")))?;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Ok(Arc::new(Self {
            shared: Arc::new(SharedQueue::new(config, verp, signers)),
            relay,
            runtime,
            templates: Mutex::default(),
            cores: Arc::new(Semaphore::new(cores)),
        }))
    }

    /// Queues the messages of a batch. Signed messages are made on blocking threads, a few per task.
    pub(crate) async fn send(self: &Arc<Self>, batch: Batch) {
        let priority = batch.is_ahead();
        let Some(template) = batch.content().map(|c| self.template(&c)) else { return };
        let mut messages: Vec<QueuedMessage> =
            batch.into_messages().map(|pending| QueuedMessage::new(pending, Arc::clone(&template))).collect();
        if !self.shared.signs() {
            return self.queue(messages, priority);
        }
        let part = messages.len().div_ceil(self.cores.available_permits().max(1)).clamp(1, SIGNED_AT_ONCE);
        while !messages.is_empty() && !self.shared.is_draining() {
            let rest = messages.split_off(messages.len().min(part));
            let some = std::mem::replace(&mut messages, rest);
            let Ok(permit) = Arc::clone(&self.cores).acquire_owned().await else { return };
            let pool = Arc::clone(self);
            tokio::task::spawn_blocking(move || {
                let mut ready = Vec::with_capacity(QUEUED_AT_ONCE);
                for queued in some {
                    if pool.shared.is_draining() {
                        break;
                    }
                    ready.extend(pool.shared.prepare(queued));
                    if ready.len() == QUEUED_AT_ONCE {
                        let full = std::mem::replace(&mut ready, Vec::with_capacity(QUEUED_AT_ONCE));
                        pool.queue(full, priority);
                    }
                }
                pool.queue(ready, priority);
                drop(permit);
            });
        }
    }

    /// The compiled form of a content; each content is compiled once.
    fn template(&self, content: &Content<'_>) -> Arc<MimeTemplate> {
        let lock = || self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().iter().find(|(id, _)| *id == content.id()).map(|(_, template)| Arc::clone(template));
        known.unwrap_or_else(|| {
            let template = Arc::new(MimeTemplate::new(&self.shared.config, content));
            let mut kept = lock();
            kept.push((content.id(), Arc::clone(&template)));
            let mut bytes: usize = kept.iter().map(|(_, t)| t.len()).sum();
            while kept.len() > MAX_TEMPLATES || (bytes > MAX_TEMPLATE_BYTES && kept.len() > 1) {
                bytes -= kept.remove(0).1.len();
            }
            template
        })
    }

    /// Queues messages and opens or wakes connections for them.
    fn queue(&self, messages: Vec<QueuedMessage>, priority: bool) {
        let NewWork { open, wake } = self.shared.push(messages, priority);
        for _ in 0..open {
            let worker =
                SessionWorker { shared: Arc::clone(&self.shared), relay: Arc::clone(&self.relay), counted: true };
            self.runtime.spawn(worker.run());
        }
        self.shared.wake(wake);
    }

    /// Gives back what the host wants back; see [`SharedQueue::recall`].
    pub(crate) fn recall(&self) {
        self.shared.recall();
    }

    /// Starts no more messages; see [`SharedQueue::drain`].
    pub(crate) fn drain(&self) {
        self.shared.drain();
    }

    /// Ends the connections: they finish what they have begun, and are cut after `within`.
    pub(crate) async fn close(self: &Arc<Self>, within: Duration) {
        let all = async {
            while self.shared.sessions() > 0 {
                self.shared.drain();
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        self.shared.drain();
        let _ = tokio::time::timeout(within, all).await;
        let pool = Arc::clone(self);
        let _ = tokio::task::spawn_blocking(move || pool.runtime.end()).await;
    }
}

/// The task of one connection. Uncounts it even if the task panics or is cut.
struct SessionWorker {
    shared: Arc<SharedQueue>,
    relay: Arc<RelayEndpoint>,
    counted: bool,
}

impl SessionWorker {
    /// Opens one connection after the other as long as there is work.
    async fn run(mut self) {
        loop {
            while self.shared.wait_for_work().await {
                match SmtpSession::open(&self.relay).await {
                    Ok(session) => transaction::run_transactions(&self.shared, session).await,
                    Err(error) => self.shared.record_connect_error(&error),
                }
            }
            if self.shared.session_may_end() {
                self.counted = false;
                return;
            }
        }
    }
}

impl Drop for SessionWorker {
    fn drop(&mut self) {
        if self.counted {
            self.shared.session_ended();
        }
    }
}
