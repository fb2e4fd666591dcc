//! The set-up: makes the key pair, takes the API secret, checks both at the gateway, shows links and QR codes, and sends a test message.

use crate::Threema;
use crate::gateway::{Gateway, GatewayError, SealedMessage};
use crate::id::ThreemaId;
use crate::message::ThreemaMessage;
use crate::seal::{self, PrivateKey};
use crate::secret::ApiSecret;
use crate::settings::{Mode, ThreemaConfig};
use rundruf_plugin::{OpenError, Setup, SetupStep, StepAction, async_trait};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the daemon gives in place of a secret whose file is still to be made.
const MISSING: &str = "-";
/// What a test message says.
const TEST: &str = "Das ist eine Testnachricht von Rundruf. · This is a test message from Rundruf.";

/// What is known so far.
#[derive(Default)]
struct SetupProgress {
    key: Option<PrivateKey>,
    secret: Option<ApiSecret>,
}

/// A set-up on its way.
pub(crate) struct ThreemaSetup {
    config: ThreemaConfig,
    id: ThreemaId,
    answers: Mutex<SetupProgress>,
}

/// Shows a text and perhaps a code.
fn show(name: &str, text: String, qr: String) -> SetupStep {
    SetupStep::new(name, text, StepAction::Show { qr })
}

fn ask_test(text: impl Into<String>) -> SetupStep {
    SetupStep::new("test", text, StepAction::Ask)
}

impl ThreemaSetup {
    /// Begins with what the settings have already.
    ///
    /// # Errors
    /// The Gateway ID is none.
    pub(crate) fn new(config: ThreemaConfig) -> Result<Self, OpenError> {
        let id = config.id()?;
        let given = config.secret.reveal();
        let secret = (given != MISSING && !given.is_empty()).then(|| ApiSecret::new(given));
        let key = config.private_key.as_ref().and_then(|key| PrivateKey::parse(key.reveal()));
        let answers = SetupProgress { key, secret };
        Ok(Self { config, id, answers: Mutex::new(answers) })
    }

    fn answers(&self) -> MutexGuard<'_, SetupProgress> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_e2e(&self) -> bool {
        self.config.mode == Mode::E2e
    }

    /// The key is made, unless there is one.
    fn key_step(&self) -> SetupStep {
        if !self.is_e2e() {
            return self.secret_step();
        }
        if self.answers().key.is_some() {
            return self.public_step();
        }
        if self.config.private_key.as_ref().is_none_or(|key| key.reveal() != MISSING) {
            return SetupStep::failed(
                "`private_key` names no file that could be made: write private_key = { file = \"threema-private-key\" } into the settings, and remove a file that holds no key",
            );
        }
        let Ok(key) = PrivateKey::generate() else { return SetupStep::failed("the system gives no random numbers") };
        let bytes = format!("{}\n", *key.to_text()).into_bytes();
        self.answers().key = Some(key);
        SetupStep::new(
            "key",
            "A private key was made. Keep a copy in a safe place: without it the Gateway ID is lost.",
            StepAction::File { setting: "private_key".to_owned(), bytes },
        )
    }

    fn public_hex(&self) -> String {
        self.answers().key.as_ref().and_then(PrivateKey::public).map(|public| public.to_hex()).unwrap_or_default()
    }

    fn public_step(&self) -> SetupStep {
        let (id, public) = (self.id.as_str(), self.public_hex());
        show(
            "public",
            format!(
                "At gateway.threema.ch, order the Gateway ID {id} for end-to-end messages, with this public key: {public}"
            ),
            String::new(),
        )
    }

    fn secret_step(&self) -> SetupStep {
        if self.answers().secret.is_some() {
            return SetupStep::new(
                "account",
                "The gateway is asked …",
                StepAction::Wait(std::time::Duration::from_millis(100)),
            );
        }
        let id = self.id.as_str();
        self.ask_secret(format!(
            "The API secret of {id}, as gateway.threema.ch shows it (leave it empty to end the set-up):"
        ))
    }

    fn ask_secret(&self, text: String) -> SetupStep {
        SetupStep::new("secret", text, StepAction::AskSecret)
    }

    /// Takes the secret only if the gateway does.
    async fn take_secret(&self, answer: &str) -> SetupStep {
        let answer = answer.trim();
        if answer.is_empty() {
            return SetupStep::done("Run the set-up again when you have the API secret: it goes on from here.");
        }
        if answer.chars().any(char::is_control) {
            return self.ask_secret("It has more than one line. The API secret:".to_owned());
        }
        let secret = ApiSecret::new(answer);
        match self.gateway(&secret) {
            Err(error) => SetupStep::failed(error.to_string()),
            Ok(gateway) => match gateway.credits().await {
                Ok(_) => {
                    self.answers().secret = Some(secret);
                    let bytes = format!("{answer}\n").into_bytes();
                    SetupStep::new(
                        "secret file",
                        "The gateway takes this secret.",
                        StepAction::File { setting: "secret".to_owned(), bytes },
                    )
                }
                Err(GatewayError::Status(401 | 403, _)) => self.ask_secret(
                    "The gateway refuses it. A new Gateway ID is looked at by people first, which may take a day. The API secret (leave it empty to end the set-up):"
                        .to_owned(),
                ),
                Err(error) => self.ask_secret(format!("The gateway cannot be asked: {error}. The API secret (leave it empty to end the set-up):")),
            },
        }
    }

    fn gateway(&self, secret: &ApiSecret) -> Result<Gateway, OpenError> {
        let (base, tls, timeout) = self.config.connection()?;
        Gateway::new(base, tls, timeout, self.id, secret.clone()).map_err(OpenError::new)
    }

    fn known_gateway(&self) -> Result<Gateway, OpenError> {
        let secret = self.answers().secret.clone();
        self.gateway(&secret.unwrap_or_else(|| ApiSecret::new("")))
    }

    /// The gateway knows the ID, the secret and the key.
    async fn account_step(&self) -> SetupStep {
        let gateway = match self.known_gateway() {
            Ok(gateway) => gateway,
            Err(error) => return SetupStep::failed(error.to_string()),
        };
        let credits = match gateway.credits().await {
            Ok(credits) => credits,
            Err(GatewayError::Status(401 | 403, _)) => {
                return SetupStep::failed(
                    "the gateway refuses `gateway_id` or `secret`: if the secret was mistyped, remove its file and run the set-up again",
                );
            }
            Err(error) => return SetupStep::failed(error.to_string()),
        };
        if !self.is_e2e() {
            return ask_test(format!(
                "The account has {credits} credits. To which Threema ID shall a test message go? (Leave it empty for none.)"
            ));
        }
        let own = self.answers().key.as_ref().and_then(PrivateKey::public);
        match gateway.public_key(self.id).await {
            Ok(registered) if registered.is_some() && registered == own => show(
                "contact",
                format!(
                    "The account has {credits} credits. People who scan this code with Threema get {} as a contact whose key is verified:",
                    self.id.as_str()
                ),
                format!("3mid:{},{}", self.id.as_str(), self.public_hex()),
            ),
            Ok(Some(_)) => SetupStep::failed(
                "`private_key` does not belong to `gateway_id`: the gateway knows another public key, so nobody could read the messages",
            ),
            Ok(None) => SetupStep::failed("the gateway does not know `gateway_id`: is `base_url` right?"),
            Err(error) => SetupStep::failed(error.to_string()),
        }
    }

    fn link_step(&self) -> SetupStep {
        show(
            "link",
            "Who scans this code with the camera, or opens the link, writes START to you. Put it on posters and pages:"
                .to_owned(),
            format!("https://threema.id/{}?text=START", self.id.as_str()),
        )
    }

    fn callback_step() -> SetupStep {
        show(
            "callback",
            "At gateway.threema.ch, enter the callback address: `web.public_url` of your settings, then /hook/ and the name of this transport, as `rundruf transport list` shows it. Without it nobody can sign up or stop by writing.".to_owned(),
            String::new(),
        )
    }

    async fn send_test(&self, answer: &str) -> SetupStep {
        let end = "It is set up. Now start the daemon, or reload it.";
        if answer.trim().is_empty() {
            return SetupStep::done(end);
        }
        let Some(to) = ThreemaId::parse(answer.trim()) else {
            return ask_test(
                "A Threema ID has eight letters and digits. To which Threema ID shall a test message go? (Leave it empty for none.)",
            );
        };
        match self.send(to).await {
            Ok(()) => SetupStep::done("The test message is sent. Now start the daemon, or reload it."),
            Err(why) => ask_test(format!(
                "It cannot be sent: {why}. To which Threema ID shall a test message go? (Leave it empty for none.)"
            )),
        }
    }

    async fn send(&self, to: ThreemaId) -> Result<(), String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let gateway = self.known_gateway().map_err(|e| words(&e))?;
        let Some(key) = self.answers().key.clone().filter(|_| self.is_e2e()) else {
            return gateway.send_simple(to, TEST).await.map(drop).map_err(|e| words(&e));
        };
        let public = gateway.public_key(to).await.map_err(|e| words(&e))?;
        let public = public.ok_or("the gateway knows no such Threema ID")?;
        let message = ThreemaMessage::text(TEST).encode().map_err(|e| words(&e))?;
        let (padded, nonce) = (seal::padded(&message).map_err(|e| words(&e))?, seal::random().map_err(|e| words(&e))?);
        let sealed = seal::seal(&padded, &nonce, &public, &key).map_err(|e| words(&e))?;
        gateway.send_e2e(&SealedMessage { to, nonce, sealed }).await.map(drop).map_err(|e| words(&e))
    }

    async fn next(&self, step: &str, answer: &str) -> SetupStep {
        match step {
            "" => self.key_step(),
            "key" => self.public_step(),
            "public" => self.secret_step(),
            "secret" => self.take_secret(answer).await,
            "secret file" | "account" => self.account_step().await,
            "contact" => self.link_step(),
            "link" => Self::callback_step(),
            "callback" => ask_test("To which Threema ID shall a test message go? (Leave it empty for none.)"),
            "test" => self.send_test(answer).await,
            _ => SetupStep::failed("the steps came in another order"),
        }
    }
}

#[async_trait]
impl Setup for Threema {
    async fn next(&self, step: &str, answer: &str) -> SetupStep {
        match &self.setup {
            Some(walk) => walk.next(step, answer).await,
            None => SetupStep::failed("it was not opened for its set-up"),
        }
    }
}
