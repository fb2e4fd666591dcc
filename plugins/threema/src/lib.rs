//! Threema by the Gateway: end-to-end encrypted messages and files, receipts, and what people write back.
//!
//! Read `answer`, `seal`, `message`, `callback`, then `sender` and `inbound`.
#![forbid(unsafe_code)]

mod answer; // the gateway's answer → outcome
mod base_url; // the gateway's address
pub mod callback; // a request of the gateway, verified
mod credits; // the account's credits
mod gateway; // the calls of the gateway
pub mod hash; // hashes of numbers and addresses
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
mod spool; // callbacks that wait
pub mod text; // long texts, and values of recipients
mod uploads; // files, each uploaded once

use credits::CreditMonitor;
use gateway::Gateway;
use id::ThreemaId;
use inbound::{CallbackReceiver, HearingCounts};
use key_store::{KeyState, PublicKeyStore};
use rundruf_plugin::{
    Batch, Content, Host, Lookup, OpenError, Outcome, Reach, Recipient, Transport, Webhook, WebhookRequest,
    WebhookResponse, async_trait, export_transport,
};
use seen::SeenMessages;
use sender::BatchSender;
use spool::CallbackSpool;
use std::sync::{Arc, Mutex};
use tokio::task::JoinHandle;

pub use secret::ApiSecret;
pub use settings::{InboundFiles, Mode, ThreemaConfig};

/// The Threema transport.
pub struct Threema {
    sender: BatchSender,
    gateway: Arc<Gateway>,
    keys: Arc<PublicKeyStore>,
    /// `None` in basic mode.
    receiver: Option<Arc<CallbackReceiver>>,
    tasks: Vec<JoinHandle<()>>,
}

#[async_trait]
impl Transport for Threema {
    type Config = ThreemaConfig;

    async fn open(config: ThreemaConfig, host: Host) -> Result<Self, OpenError> {
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
        let credits = Arc::new(CreditMonitor::new(settings.low_credits));
        let mut tasks = vec![tokio::spawn(credits.watch(Arc::clone(&gateway)))];
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
                counts: HearingCounts::default(),
                asked: Mutex::default(),
                warned: Mutex::default(),
            })),
        };
        tasks.extend(receiver.iter().map(|receiver| tokio::spawn(Arc::clone(receiver).work())));
        let sender = BatchSender::new(&settings, Arc::clone(&gateway), Arc::clone(&keys));
        Ok(Self { sender, gateway, keys, receiver, tasks })
    }

    async fn send(&self, _: &Content<'_>, _: &Recipient<'_>) -> Outcome {
        // Never called: `send_batch` takes all messages, because many leave in one request.
        Outcome::internal("not used")
    }

    async fn send_batch(&self, batch: Batch) {
        self.sender.send(batch).await;
    }

    fn lookup(&self) -> Option<&dyn Lookup> {
        Some(self)
    }

    fn webhook(&self) -> Option<&dyn Webhook> {
        Some(self)
    }

    async fn close(&self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

#[async_trait]
impl Lookup for Threema {
    async fn reach(&self, _: &str, address: &str) -> Reach {
        let Some(id) = ThreemaId::parse(address) else { return Reach::No("it is not a Threema ID".to_owned()) };
        match self.keys.get(&self.gateway, &[id]).await.as_ref().map(|states| states.first()) {
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
        match &self.receiver {
            Some(receiver) => receiver.request(&request).await,
            None => WebhookResponse::status(404),
        }
    }
}

export_transport!(Threema);
