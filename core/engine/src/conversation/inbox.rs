//! Stored inbound messages → consent. Each is handled once.

use super::bounce;
use super::evidence::locked_language;
use super::message::{HandledMessage, MessageContext, handled};
use super::opt_in;
use crate::context::EngineContext;
use crate::error::{EngineError, Result};
use crate::guarded::{Panicked, guarded};
use rundruf_consent::keyword::{InboundReply, Keyword, PendingQuestion, Scope, decide};
use rundruf_consent::{Address, State, Time};
use rundruf_store::{AddressRow, InboundRow, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Messages that are read together.
const PAGE: u32 = 200;
/// Pause after a failure of the store.
const PAUSE: Duration = Duration::from_secs(1);
/// Most automatic replies to one address within an hour: two machines must not reply to each other without end.
const ANSWERS: (u32, Duration) = (5, Duration::from_secs(3_600));
/// Most addresses whose replies are counted.
const COUNTED: usize = 10_000;

/// Kinds of inbound messages in the plugin contract.
const TEXT: u32 = 0;
const REACTION: u32 = 1;
const EDIT: u32 = 2;
const OPT_OUT: u32 = 3;
const DELETE: u32 = 4;
const BUTTON: u32 = 6;

/// Handles pending messages, now and whenever one comes, until the context ends.
pub(crate) async fn run(context: Arc<EngineContext>) {
    let mut stopping = context.stopping.subscribe();
    let mut inbox = Inbox { context: Arc::clone(&context), replies: HashMap::new() };
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
            () = context.wakers.inbox.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

struct Inbox {
    context: Arc<EngineContext>,
    /// By address: when the hour began, and replies in it.
    replies: HashMap<Address, (Time, u32)>,
}

impl Inbox {
    /// Handles some messages. True if there may be more.
    async fn page(&mut self) -> Result<bool> {
        let pending = self.context.store.inbound_pending(PAGE).await?;
        let more = !pending.is_empty();
        for message in pending {
            let done = match guarded(self.handle(&message)).await {
                Ok(Ok(done)) => done,
                Ok(Err(EngineError::Store(error))) if !is_about_the_message(&error) => return Err(error.into()),
                // One message that cannot be handled must not hold up the others.
                Err(Panicked) => {
                    tracing::error!(inbound = message.id, "a bug shows with this message: a person must look");
                    HandledMessage { what: "could not be handled", open: true, replied: false }
                }
                Ok(Err(error)) => {
                    tracing::error!(inbound = message.id, %error, "a message cannot be handled: a person must look");
                    HandledMessage { what: "could not be handled", open: true, replied: false }
                }
            };
            if done.replied {
                self.count_reply(&message.address);
            }
            self.context.store.inbound_done(message.id, done.what.to_owned(), done.open).await?;
            if done.open {
                self.context.wake_alerts();
            }
            tracing::info!(inbound = message.id, what = done.what, "a message was handled");
        }
        Ok(more)
    }

    fn may_reply(&self, address: &Address) -> bool {
        let (most, within) = ANSWERS;
        let now = self.context.clock.now();
        self.replies.get(address).is_none_or(|(since, n)| *n < most || now.since(*since) >= within)
    }

    fn count_reply(&mut self, address: &Address) {
        let now = self.context.clock.now();
        if self.replies.len() >= COUNTED {
            self.replies.retain(|_, (since, _)| now.since(*since) < ANSWERS.1);
        }
        let entry = self.replies.entry(address.clone()).or_insert((now, 0));
        if now.since(entry.0) >= ANSWERS.1 {
            *entry = (now, 0);
        }
        entry.1 += 1;
    }

    async fn handle(&self, m: &InboundRow) -> Result<HandledMessage> {
        if m.extras.for_people {
            let what = if m.extras.group { "in a group for a person" } else { "for a person" };
            return Ok(HandledMessage { what, open: true, replied: false });
        }
        match m.kind {
            TEXT | REACTION | EDIT | OPT_OUT | BUTTON => {}
            DELETE => return handled("deleted a message"),
            // A place, a vote, or what this program does not know.
            _ => return Ok(HandledMessage { what: "for a person", open: true, replied: false }),
        }
        let mut senders = self.senders(m).await?;
        let known = senders.iter().any(|(message, row)| row.is_some() && message.address == m.address);
        let Some((first, row)) = senders.first().cloned() else { return handled("no sender") };
        let done = self.handle_from(&first, row).await?;
        let is_stop = done.what.starts_with("stopped");
        if is_stop && !known {
            // So that the address from which it came comes in by no import either.
            senders.push((m.clone(), None));
        }
        if is_stop || done.what == "held" {
            // The same person is known by another address as well: it is about the person.
            for (message, row) in senders.into_iter().skip(1) {
                self.handle_from(&message, row).await?;
            }
        }
        Ok(done)
    }

    /// The message as coming from each address of the sender that is known, the given one first; from the given one if none is.
    async fn senders(&self, m: &InboundRow) -> Result<Vec<(InboundRow, Option<AddressRow>)>> {
        let store = &self.context.store;
        let mut known = Vec::new();
        let channel = m.address.channel();
        let region = self.context.config.default_region.as_deref();
        let aliases = m.extras.aliases.iter().filter_map(|a| Address::parse_existing(channel, a, region).ok());
        let all: Vec<Address> = std::iter::once(m.address.clone()).chain(aliases).collect();
        for address in all {
            if let Some(row) = store.address_find(address.clone()).await? {
                known.push((InboundRow { address, ..m.clone() }, Some(row)));
            }
        }
        if known.is_empty() {
            known.push((m.clone(), None));
        }
        known.dedup_by(|(a, _), (b, _)| a.address == b.address);
        Ok(known)
    }

    async fn handle_from(&self, m: &InboundRow, row: Option<AddressRow>) -> Result<HandledMessage> {
        let context = &*self.context;
        let (mut requests, mut language) = (Vec::new(), None);
        if let Some(row) = &row {
            if m.trust > 0 {
                bounce::unflag(context, row).await?;
            }
            requests = context.store.request_open(row.id, context.clock.now()).await?;
            language = context.store.contact_get(row.contact).await?.and_then(|c| c.language);
        }
        let spoken = language.unwrap_or_else(|| context.config.default_language.clone());
        let mut language = locked_language(&spoken);
        // The newest request is the one that was read last; its language decides which word is a yes (§3.2).
        if let Some(newest) = requests.first()
            && let Some(question) = opt_in::question(context, newest).await?
        {
            language = question.language;
        }
        // An e-mail reply does not prove its sender: only the link does (R15). On other channels the channel must vouch for the sender.
        let is_proven = m.address.channel().confirms_by_reply() && m.trust > 0;
        let word = match m.kind {
            // The channel itself reports that the person opted out.
            OPT_OUT => Keyword::Stop(Scope::Address),
            kind => {
                let held = row.iter().flat_map(|r| &r.consents).any(|c| c.state == State::Held);
                let (question, language) = match requests.is_empty() {
                    false => (PendingQuestion::OptIn, language),
                    true if held => (PendingQuestion::Hold, spoken.as_str()),
                    true => (PendingQuestion::Nothing, spoken.as_str()),
                };
                let reply = InboundReply { text: &m.text, language, question, is_reaction: kind == REACTION };
                let decision = decide(&reply);
                tracing::debug!(
                    inbound = m.id,
                    got = decision.keyword.name(),
                    rule = decision.rule,
                    "a message was read"
                );
                decision.keyword
            }
        };
        let message =
            MessageContext { context, message: m, row: row.as_ref(), language, may_reply: self.may_reply(&m.address) };
        // "STOP Kuchen" may be about cake; for somebody on the list "Kuchen" it is about the list.
        let word = match word {
            Keyword::None => message.list_behind_stop().map_or(word, |name| Keyword::Stop(Scope::List(name))),
            word => word,
        };
        match word {
            Keyword::Stop(scope) => message.stop(scope).await,
            Keyword::SoftRefusal => message.soft_refusal().await,
            // A reaction is not a word, and an edited message may have said something else when it was read (§3.3).
            Keyword::NearlyYes => message.ask_again().await,
            Keyword::Yes if !matches!(m.kind, TEXT | BUTTON) => message.ask_again().await,
            _ if m.kind == REACTION => handled("a reaction"),
            Keyword::Yes => match requests.first() {
                Some(request) if is_proven => message.yes(request).await,
                _ => handled("a yes that this channel does not prove"),
            },
            Keyword::No => message.no(&requests).await,
            Keyword::Start(list) => message.start(list.as_deref()).await,
            Keyword::Resume if is_proven => message.resume().await,
            Keyword::Help => message.help().await,
            Keyword::Data => Ok(HandledMessage { what: "asks what is stored", open: true, replied: false }),
            // An automatic reply would answer other automatic replies: a person does it.
            Keyword::Resume | Keyword::None => Ok(HandledMessage { what: "for a person", open: true, replied: false }),
        }
    }
}

/// Whether a failure concerns this message and would be the same next time.
const fn is_about_the_message(error: &StoreError) -> bool {
    matches!(error, StoreError::State(_) | StoreError::Missing(_))
}
