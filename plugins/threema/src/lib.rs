//! Threema by the Gateway: end-to-end encrypted messages and files, receipts, and what people write back.
//!
//! Read `answer`, `seal`, `message`, `callback`, then `sender` and `inbound`.
#![forbid(unsafe_code)]

mod answer; // the gateway's answer → outcome
mod base_url; // the gateway's address
pub mod callback; // a request of the gateway, verified
mod forget; // a person leaves
mod gateway; // the calls of the gateway
pub mod hash; // hashes of numbers and addresses
mod health; // the account, and whether we hear
mod hearing; // what was sent since we heard last
mod http; // HTTP with exact failures
pub mod id; // Threema IDs and message ids
mod inbound; // callbacks → messages and receipts
mod key_store; // public keys, pinned
pub mod message; // what is inside a box
mod picture; // previews of pictures
pub mod seal; // boxes and padding
mod secret; // the API secret
mod seen; // which messages have come already
mod sender; // batches → requests
mod settings; // the admin's settings
mod setup; // keys, secret, links, step by step
mod spool; // callbacks that wait
pub mod text; // long texts, and values of recipients
mod uploads; // files, each uploaded once

use gateway::Gateway;
use hearing::HearingWatch;
use id::ThreemaId;
use inbound::CallbackReceiver;
use key_store::{KeyState, PublicKeyStore};
use rundruf_plugin::{
    Batch, Content, Forget, Health, Host, Lookup, OpenError, Outcome, Reach, Recipient, Setup, Transport, Webhook,
    WebhookRequest, WebhookResponse, async_trait, export_transport,
};
use seen::SeenMessages;
use sender::BatchSender;
use setup::ThreemaSetup;
use spool::CallbackSpool;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

pub use secret::ApiSecret;
pub use settings::{InboundFiles, Mode, ThreemaConfig};

/// The Threema transport.
pub struct Threema {
    /// `None` during a set-up.
    running: Option<RunningTransport>,
    /// Only during a set-up.
    setup: Option<ThreemaSetup>,
}

/// A transport that sends and receives.
struct RunningTransport {
    id: ThreemaId,
    sender: BatchSender,
    gateway: Arc<Gateway>,
    keys: Arc<PublicKeyStore>,
    /// `None` in basic mode.
    receiver: Option<Arc<CallbackReceiver>>,
    work: Option<JoinHandle<()>>,
    low_credits: i64,
}

impl RunningTransport {
    fn open(config: ThreemaConfig, host: Host) -> Result<Self, OpenError> {
        let settings = config.check()?;
        let unusable = |e: std::io::Error| OpenError::new(format!("the state folder cannot be used: {}", e.kind()));
        let keys = Arc::new(PublicKeyStore::open(host.state_dir(), settings.trusted.clone()).map_err(unusable)?);
        let gateway = Gateway::new(
            settings.base.clone(),
            settings.tls.clone(),
            settings.timeout,
            settings.id,
            settings.secret.clone(),
        );
        let gateway = Arc::new(gateway.map_err(OpenError::new)?);
        let hearing = Arc::new(HearingWatch::open(host.state_dir()));
        let sender = BatchSender::new(&settings, Arc::clone(&gateway), Arc::clone(&keys), Arc::clone(&hearing));
        let receiver = match &settings.key {
            None => None,
            Some(private) => Some(Arc::new(CallbackReceiver {
                id: settings.id,
                secret: settings.secret.clone(),
                private: private.clone(),
                gateway: Arc::clone(&gateway),
                keys: Arc::clone(&keys),
                seen: SeenMessages::open(host.state_dir()).map_err(unusable)?,
                spool: CallbackSpool::open(host.state_dir()).map_err(unusable)?,
                host,
                max_file: settings.max_inbound_file,
                hearing,
                asked: Mutex::default(),
                warned: Mutex::default(),
            })),
        };
        let work = receiver.as_ref().map(|receiver| tokio::spawn(Arc::clone(receiver).work()));
        Ok(Self { id: settings.id, sender, gateway, keys, receiver, work, low_credits: settings.low_credits })
    }
}

#[async_trait]
impl Transport for Threema {
    type Config = ThreemaConfig;

    async fn open(config: ThreemaConfig, host: Host) -> Result<Self, OpenError> {
        Ok(if host.is_setup() {
            Self { running: None, setup: Some(ThreemaSetup::new(config)?) }
        } else {
            Self { running: Some(RunningTransport::open(config, host)?), setup: None }
        })
    }

    async fn send(&self, _: &Content<'_>, _: &Recipient<'_>) -> Outcome {
        // Never called: `send_batch` takes all messages, because many leave in one request.
        Outcome::internal("not used")
    }

    async fn send_batch(&self, batch: Batch) {
        // In a set-up no message comes; one that is dropped was not begun.
        if let Some(running) = &self.running {
            running.sender.send(batch).await;
        }
    }

    fn lookup(&self) -> Option<&dyn Lookup> {
        Some(self)
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        Some(self)
    }

    fn forget(&self) -> Option<&dyn Forget> {
        Some(self)
    }

    fn health(&self) -> Option<&dyn Health> {
        Some(self)
    }

    fn setup(&self) -> Option<&dyn Setup> {
        Some(self)
    }

    async fn close(&self) {
        self.running.iter().filter_map(|running| running.work.as_ref()).for_each(JoinHandle::abort);
    }
}

#[async_trait]
impl Lookup for Threema {
    async fn reach(&self, _: &str, address: &str) -> Reach {
        let Some(id) = ThreemaId::parse(address) else { return Reach::No("it is not a Threema ID".to_owned()) };
        let Some(running) = &self.running else { return Reach::Unknown("it was opened for its set-up".to_owned()) };
        match running.keys.get(&running.gateway, &[id]).await.as_ref().map(|states| states.first()) {
            Ok(Some(KeyState::Known(_))) => Reach::Yes,
            Ok(Some(KeyState::Changed)) => Reach::Unknown("the gateway says another key than before".to_owned()),
            Ok(Some(KeyState::Missing) | None) => Reach::No("the gateway knows no such Threema ID".to_owned()),
            Err(error) => Reach::Unknown(error.to_string()),
        }
    }
}

#[async_trait]
impl Webhook for Threema {
    async fn request(&self, request: WebhookRequest) -> WebhookResponse {
        match self.running.as_ref().and_then(|running| running.receiver.as_ref()) {
            Some(receiver) => receiver.request(&request).await,
            None => WebhookResponse::status(404),
        }
    }
}

export_transport!(Threema);
