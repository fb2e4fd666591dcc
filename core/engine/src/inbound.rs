//! Replies → consent. A message was stored before it was acknowledged; here it is understood, once.

mod about; // one message and who it is from

use crate::bounce;
use crate::error::EngineError;
use crate::evidence::spoken;
use crate::optin;
use crate::start::Inner;
use about::{About, Done, done};
use rundruf_consent::keyword::{Keyword, Scope, keyword};
use rundruf_consent::{Address, Time};
use rundruf_store::{InboundRow, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Messages handled at a time.
const PAGE: u32 = 200;
/// Pause after a failure of the store.
const PAUSE: Duration = Duration::from_secs(1);
/// Answers to one address within an hour: two machines must not talk to each other for ever.
const ANSWERS: (u32, Duration) = (5, Duration::from_secs(3_600));
/// Addresses whose answers are counted.
const COUNTED: usize = 10_000;

/// Kinds of message in the contract.
const TEXT: u32 = 0;
const REACTION: u32 = 1;
const OPT_OUT: u32 = 3;

/// Handles what is pending, now and whenever something comes.
pub(crate) async fn run(engine: Arc<Inner>) {
    let mut stopping = engine.stopping.subscribe();
    let mut inbox = Inbox { engine: Arc::clone(&engine), answered: HashMap::new() };
    loop {
        if *stopping.borrow() {
            return;
        }
        match inbox.page().await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "messages from outside cannot be handled now");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        }
        tokio::select! {
            () = engine.sleepers.inbound.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

struct Inbox {
    engine: Arc<Inner>,
    /// Answers in this hour, by address.
    answered: HashMap<Address, (Time, u32)>,
}

impl Inbox {
    /// Handles some messages. True if there may be more.
    async fn page(&mut self) -> Result<bool, EngineError> {
        let pending = self.engine.store.inbound_pending(PAGE).await?;
        let more = !pending.is_empty();
        for message in pending {
            let done = match self.handle(&message).await {
                Ok(done) => done,
                Err(EngineError::Store(error)) if !is_about_the_message(&error) => return Err(error.into()),
                // One message that nobody can handle must not hold up the others.
                Err(error) => {
                    tracing::error!(inbound = message.id, %error, "a message cannot be handled: a person must look");
                    Done { what: "could not be handled", open: true, answered: false }
                }
            };
            if done.answered {
                self.count(&message.address);
            }
            self.engine.store.inbound_done(message.id, done.what.to_owned(), done.open).await?;
            tracing::info!(inbound = message.id, what = done.what, "a message was handled");
        }
        Ok(more)
    }

    fn may_answer(&self, address: &Address) -> bool {
        let (most, within) = ANSWERS;
        let now = self.engine.clock.now();
        self.answered.get(address).is_none_or(|(since, n)| *n < most || now.since(*since) >= within)
    }

    fn count(&mut self, address: &Address) {
        let now = self.engine.clock.now();
        if self.answered.len() >= COUNTED {
            self.answered.retain(|_, (since, _)| now.since(*since) < ANSWERS.1);
        }
        let entry = self.answered.entry(address.clone()).or_insert((now, 0));
        if now.since(entry.0) >= ANSWERS.1 {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }

    async fn handle(&self, m: &InboundRow) -> Result<Done, EngineError> {
        let engine = &*self.engine;
        let row = engine.store.address_find(m.address.clone()).await?;
        let (mut requests, mut language) = (Vec::new(), None);
        if let Some(row) = &row {
            if m.trust > 0 {
                bounce::heard(engine, row).await?;
            }
            requests = engine.store.request_open(row.id, engine.clock.now()).await?;
            language = engine.store.contact_get(row.contact).await?.and_then(|c| c.language);
        }
        let mut language = spoken(language.as_deref().unwrap_or("de"));
        // The newest question is the one that was read last; its language decides what is a yes (§3.2).
        if let Some(newest) = requests.first()
            && let Some(asked) = optin::asked(engine, newest).await?
        {
            language = asked.language;
        }
        // By e-mail a reply proves nobody: only the link does (R15). On other channels the channel must vouch for the sender.
        let is_proven = m.address.channel().confirms_by_reply() && m.trust > 0;
        let word = match m.kind {
            // The channel itself says that the person wants nothing more.
            OPT_OUT => Keyword::Stop(Scope::Address),
            _ => keyword(&m.text, language, !requests.is_empty()),
        };
        let about = About { engine, m, row: row.as_ref(), language, may_answer: self.may_answer(&m.address) };
        match word {
            Keyword::Stop(scope) => about.stop(scope).await,
            Keyword::SoftRefusal => about.soft().await,
            // A thumb is no word, and what was edited may have been something else when it was read (§3.3).
            Keyword::NearlyYes => about.ask_again().await,
            Keyword::Yes if m.kind != TEXT => about.ask_again().await,
            _ if m.kind == REACTION => done("a reaction"),
            Keyword::Yes => match requests.first() {
                Some(request) if is_proven => about.yes(request).await,
                _ => done("a yes that this channel does not prove"),
            },
            Keyword::No => about.no(&requests).await,
            Keyword::Start(list) => about.start(list.as_deref()).await,
            Keyword::Resume if is_proven => about.resume().await,
            Keyword::Help => about.help().await,
            // An automatic answer would answer other automatic answers: a person does it.
            Keyword::Resume | Keyword::None => Ok(Done { what: "for a person", open: true, answered: false }),
        }
    }
}

/// Whether a failure is about this message and will be the same next time.
const fn is_about_the_message(error: &StoreError) -> bool {
    matches!(error, StoreError::State(_) | StoreError::Missing(_))
}
