//! One inbound message, its sender, and what follows from it.

use super::evidence::{Provenance, change, draft};
use super::opt_in;
use super::reply::AutoReply;
use super::unsubscribe;
use crate::config::ListConfig;
use crate::content::ServiceContent;
use crate::context::{EngineContext, Wake};
use crate::error::{EngineError, Result};
use crate::view::SignUp;
use rundruf_consent::evidence::ConsentAction;
use rundruf_consent::keyword::{Scope, behind_stop, normalized_name};
use rundruf_consent::{AddressId, Event, ListId, State};
use rundruf_store::{
    AddressRow, ConsentChange, ConsentResult, ConsentRow, InboundRow, NewContact, NewService, RequestRow,
};
use std::sync::Arc;

/// Most characters of the person's own words in the evidence.
const VERBATIM: usize = 500;

/// What was done about a message.
pub(super) struct HandledMessage {
    /// In a few words, for the log and the inbox.
    pub(super) what: &'static str,
    /// A person should look.
    pub(super) open: bool,
    /// A reply was queued that a machine could answer in turn.
    pub(super) replied: bool,
}

pub(super) const fn handled(what: &'static str) -> Result<HandledMessage> {
    Ok(HandledMessage { what, open: false, replied: false })
}

/// One message and its sender.
pub(super) struct MessageContext<'a> {
    pub(super) context: &'a EngineContext,
    pub(super) message: &'a InboundRow,
    /// The sender's address, if it is stored.
    pub(super) row: Option<&'a AddressRow>,
    pub(super) language: &'static str,
    /// Whether an automatic reply to this address is allowed now.
    pub(super) may_reply: bool,
}

impl MessageContext<'_> {
    fn act(&self) -> ConsentAction {
        let words: String = self.message.text.chars().take(VERBATIM).collect();
        let message_id = (!self.message.remote_id.is_empty()).then(|| self.message.remote_id.clone());
        ConsentAction { kind: "inbound".to_owned(), verbatim: Some(words), message_id, ..ConsentAction::default() }
    }

    fn provenance(&self) -> Provenance<'static> {
        let act = self.act();
        Provenance { detail: act.message_id.clone(), act, ..Provenance::new("person", "inbound", "") }
    }

    fn change(&self, address: AddressId, list: ListId, event: Event, services: Vec<NewService>) -> ConsentChange {
        let draft = Arc::new(draft(self.context, list, self.language, self.provenance()));
        ConsentChange { services, ..change(address, list, event, draft) }
    }

    /// Titles of lists, as people read them, each once.
    fn titles(&self, lists: impl IntoIterator<Item = ListId>) -> String {
        let mut titles: Vec<&str> = Vec::new();
        for list in lists.into_iter().filter_map(|l| self.context.list(l)) {
            let title = list.title.get(self.language);
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
        titles.join(", ")
    }

    /// A reply, by the transport that the message came by.
    fn service(&self, reply: AutoReply, titles: &str) -> NewService {
        let text = reply.render(self.context, self.language, titles);
        NewService {
            class: reply.class(),
            transport: self.message.transport,
            address: self.row.map(|r| r.id),
            list: None,
            payload: ServiceContent::json(self.language, &text.subject, &text.body),
            expires: None,
        }
    }

    async fn apply(&self, moves: Vec<ConsentChange>) -> Result<bool> {
        let moved = self.context.store.consent_apply(moves, self.context.clock.now()).await?;
        self.context.wake(Wake::Service(self.message.transport));
        Ok(moved.iter().any(|m| matches!(m, ConsentResult::Done { changed: true, .. })))
    }

    /// Whether the list has this (normalised) name or title.
    fn is_named(&self, list: ListId, name: &str) -> bool {
        self.context.list(list).is_some_and(|c| {
            normalized_name(&c.name) == name || c.title.0.values().any(|title| normalized_name(title) == name)
        })
    }

    /// The name behind the STOP of a message that means nothing else, if the person has a consent for a list of that name.
    pub(super) fn list_behind_stop(&self) -> Option<String> {
        let name = behind_stop(&self.message.text)?;
        self.row?.consents.iter().any(|c| self.is_named(c.list, &name)).then_some(name)
    }

    pub(super) async fn yes(&self, request: &RequestRow) -> Result<HandledMessage> {
        let changed = opt_in::confirm_request(self.context, request, self.provenance(), None).await?;
        handled(if changed { "confirmed" } else { "confirmed already" })
    }

    pub(super) async fn no(&self, requests: &[RequestRow]) -> Result<HandledMessage> {
        let decline = |r: &RequestRow| self.change(r.consent.address, r.consent.list, Event::Decline, Vec::new());
        self.apply(requests.iter().map(decline).collect()).await?;
        handled("declined")
    }

    pub(super) async fn stop(&self, scope: Scope) -> Result<HandledMessage> {
        // An unknown address gets no messages anyway; but its stop is stored, in case that the address comes with an import.
        // What is stored may be another tag of the sender's mailbox: the stop reaches it all the same.
        let mailbox = self.context.store.mailbox_find(self.message.address.clone()).await?;
        let row = match self.row.or(mailbox.first()) {
            Some(row) => row.clone(),
            None => match self.stored_address().await? {
                Some(row) => row,
                None => return handled("stop of no address"),
            },
        };
        let of = |row: &AddressRow| -> Vec<(AddressId, ListId)> {
            unsubscribe::lists_of(self.context, row).into_iter().map(|list| (row.id, list)).collect()
        };
        let named = |c: &&ConsentRow, name: &str| self.is_named(c.list, name);
        let (event, pairs) = match scope {
            // A stop with the name of a list is about that list; with an unknown name it is about everything.
            Scope::List(name) if row.consents.iter().any(|c| named(&c, &name)) => {
                let lists = row.consents.iter().filter(|c| named(c, &name));
                (Event::Stop, lists.map(|c| (row.id, c.list)).collect())
            }
            Scope::Address | Scope::List(_) => (Event::StopAll, of(&row)),
            Scope::Everything => {
                let contact = self.context.store.contact_get(row.contact).await?;
                (Event::StopAll, contact.iter().flat_map(|c| &c.addresses).flat_map(of).collect::<Vec<_>>())
            }
        };
        let titles = self.titles(pairs.iter().map(|(_, l)| *l));
        let over = |s| matches!(s, State::Withdrawn | State::Objected | State::Declined | State::Expired);
        let ends_consent = |(address, list): &(AddressId, ListId)| {
            *address == row.id && row.consents.iter().any(|c| c.list == *list && !over(c.state))
        };
        let others = mailbox.iter().filter(|other| other.id != row.id).flat_map(|other| &other.consents);
        let ends_another = |c: &ConsentRow| {
            !over(c.state) && (event == Event::StopAll || pairs.iter().any(|(_, list)| c.list == *list))
        };
        // One acknowledgement, with the first consent that ends; a repeated stop gets none (R22).
        let with = pairs.iter().position(ends_consent).or_else(|| others.clone().any(ends_another).then_some(0));
        let mut ack = with.map(|_| self.service(AutoReply::StopAck, &titles));
        let moves = pairs
            .iter()
            .enumerate()
            .map(|(n, pair)| {
                let services = if with == Some(n) { ack.take().into_iter().collect() } else { Vec::new() };
                self.change(pair.0, pair.1, event, services)
            })
            .collect();
        handled(if self.apply(moves).await? { "stopped" } else { "stopped already" })
    }

    /// The sender's address; adds a contact if it is not stored yet.
    async fn stored_address(&self) -> Result<Option<AddressRow>> {
        if let Some(row) = self.row {
            return Ok(Some(row.clone()));
        }
        let new = NewContact { addresses: vec![self.message.address.clone()], ..NewContact::default() };
        let contact = self.context.store.contact_add(new, self.context.clock.now()).await?;
        Ok(contact.addresses.into_iter().find(|a| a.address == self.message.address))
    }

    pub(super) async fn start(&self, name: Option<&str>) -> Result<HandledMessage> {
        let channel = self.message.address.channel();
        let offered_here = |(id, list): &&(ListId, ListConfig)| {
            let by_this = self.context.transport_for(list, channel).is_some_and(|t| t.id == self.message.transport);
            by_this && self.context.open_list(*id).is_ok() && name.is_none_or(|n| self.is_named(*id, n))
        };
        let lists: Vec<_> = self.context.lists.current.iter().filter(offered_here).collect();
        // START must name a list unless there is only one.
        let [(id, list)] = lists.as_slice() else {
            return self.reply(AutoReply::Help, "start of no single list").await;
        };
        let Some(row) = self.stored_address().await? else { return handled("start of no address") };
        if row.consents.iter().any(|c| c.list == *id && c.state == State::Confirmed) {
            return self.reply(AutoReply::Help, "start of a list that is confirmed").await;
        }
        let sign_up = SignUp {
            address: row.id,
            list: list.name.clone(),
            source: "inbound".to_owned(),
            language: self.language.to_owned(),
            actor: "person".to_owned(),
            person_asked: None,
        };
        match opt_in::request(self.context, *id, &sign_up, Some(self.act())).await {
            Ok(State::Held) => Ok(HandledMessage { what: "start while held", open: true, replied: false }),
            Ok(_) => handled("asked for consent"),
            Err(EngineError::Refused { .. }) => handled("asked already"),
            Err(error) => Err(error),
        }
    }

    /// Resumes the held consents (WEITER).
    pub(super) async fn resume(&self) -> Result<HandledMessage> {
        let Some(row) = self.row else { return handled("nothing is held") };
        let held = row.consents.iter().filter(|c| c.state == State::Held);
        let moves: Vec<ConsentChange> = held.map(|c| self.change(row.id, c.list, Event::Resume, Vec::new())).collect();
        if moves.is_empty() {
            return handled("nothing is held");
        }
        self.apply(moves).await?;
        handled("resumed")
    }

    /// May be a refusal: holds the consents, asks once, and leaves the message open for a person (R20).
    pub(super) async fn soft_refusal(&self) -> Result<HandledMessage> {
        let Some(row) = self.row else {
            return Ok(HandledMessage { what: "refusal of an unknown address", open: true, replied: false });
        };
        let permits = |s| matches!(s, State::Confirmed | State::Customer);
        let lists: Vec<ListId> = row.consents.iter().filter(|c| permits(c.state)).map(|c| c.list).collect();
        let replied = !lists.is_empty() && self.may_reply;
        let mut ask = replied.then(|| self.service(AutoReply::SoftRefusal, &self.titles(lists.iter().copied())));
        let hold = |l: &ListId| self.change(row.id, *l, Event::Hold, ask.take().into_iter().collect());
        let moves: Vec<ConsentChange> = lists.iter().map(hold).collect();
        if !moves.is_empty() {
            self.apply(moves).await?;
        }
        Ok(HandledMessage { what: "held", open: true, replied })
    }

    pub(super) async fn help(&self) -> Result<HandledMessage> {
        self.reply(AutoReply::Help, "help").await
    }

    pub(super) async fn ask_again(&self) -> Result<HandledMessage> {
        self.reply(AutoReply::AskAgain, "asked again for the word").await
    }

    async fn reply(&self, reply: AutoReply, what: &'static str) -> Result<HandledMessage> {
        if !self.may_reply {
            return Ok(HandledMessage { what: "answered often enough", open: true, replied: false });
        }
        let Some(row) = self.stored_address().await? else { return handled(what) };
        let titles = match row.consents.as_slice() {
            [] => self.titles(self.context.lists.current.iter().map(|(id, _)| *id)),
            consents => self.titles(consents.iter().map(|c| c.list)),
        };
        let mut service = self.service(reply, &titles);
        service.address = Some(row.id);
        self.context.store.service_add(vec![service], self.context.clock.now()).await?;
        self.context.wake(Wake::Service(self.message.transport));
        Ok(HandledMessage { what, open: false, replied: true })
    }
}
