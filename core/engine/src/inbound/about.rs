//! One message, who it is from, and what follows from it.

use crate::error::EngineError;
use crate::evidence::{By, draft};
use crate::optin;
use crate::reply::Reply;
use crate::start::Inner;
use crate::view::SignUp;
use crate::wake::Wake;
use rundruf_consent::evidence::ConsentAction;
use rundruf_consent::keyword::{Scope, normalized_name};
use rundruf_consent::{AddressId, Event, ListId, State};
use rundruf_store::{
    AddressRow, ConsentChange, ConsentResult, ConsentTarget, InboundRow, NewContact, NewService, RequestRow,
};
use std::sync::Arc;

type Result<T> = std::result::Result<T, EngineError>;

/// A person's own words in the evidence, in characters.
const VERBATIM: usize = 500;

/// What was done about a message.
pub(super) struct Done {
    pub(super) what: &'static str,
    /// A person should look.
    pub(super) open: bool,
    /// An answer was queued that a machine could answer in turn.
    pub(super) answered: bool,
}

pub(super) const fn done(what: &'static str) -> Result<Done> {
    Ok(Done { what, open: false, answered: false })
}

/// One message and who it is from.
pub(super) struct About<'a> {
    pub(super) engine: &'a Inner,
    pub(super) m: &'a InboundRow,
    /// The address, if we know it.
    pub(super) row: Option<&'a AddressRow>,
    pub(super) language: &'static str,
    pub(super) may_answer: bool,
}

impl About<'_> {
    fn act(&self) -> ConsentAction {
        let words: String = self.m.text.chars().take(VERBATIM).collect();
        let message_id = (!self.m.remote_id.is_empty()).then(|| self.m.remote_id.clone());
        ConsentAction { kind: "inbound".to_owned(), verbatim: Some(words), message_id, token_id: None }
    }

    fn by(&self) -> By<'static> {
        let act = self.act();
        By { detail: act.message_id.clone(), act, ..By::new("person", "inbound", "") }
    }

    fn one(&self, address: AddressId, list: ListId, event: Event, services: Vec<NewService>) -> ConsentChange {
        let draft = Arc::new(draft(self.engine, list, self.language, self.by()));
        ConsentChange { target: ConsentTarget::Ids(address, list), event, draft, request: None, services }
    }

    /// Titles of lists, as people read them, each once.
    fn titles(&self, lists: impl IntoIterator<Item = ListId>) -> String {
        let mut titles: Vec<&str> = Vec::new();
        for list in lists.into_iter().filter_map(|l| self.engine.list(l)) {
            let title = list.title.get(self.language);
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
        titles.join(", ")
    }

    /// One reply, by the transport that the message came by.
    fn service(&self, reply: Reply, titles: &str) -> NewService {
        let text = reply.render(self.engine, self.language, titles);
        NewService {
            class: reply.class(),
            transport: self.m.transport,
            address: self.row.map(|r| r.id),
            list: None,
            payload: crate::dispatch::payload(self.language, &text.subject, &text.body),
            expires: None,
        }
    }

    async fn apply(&self, moves: Vec<ConsentChange>) -> Result<bool> {
        let moved = self.engine.store.consent_apply(moves, self.engine.clock.now()).await?;
        self.engine.wake(Wake::Service(self.m.transport));
        Ok(moved.iter().any(|m| matches!(m, ConsentResult::Done { changed: true, .. })))
    }

    /// Whether a name or title of the list is this (normalised) text.
    fn is_named(&self, list: ListId, name: &str) -> bool {
        self.engine.list(list).is_some_and(|c| {
            normalized_name(&c.name) == name || c.title.0.values().any(|title| normalized_name(title) == name)
        })
    }

    pub(super) async fn yes(&self, request: &RequestRow) -> Result<Done> {
        let changed = optin::confirm_request(self.engine, request, self.by(), None).await?;
        done(if changed { "confirmed" } else { "confirmed already" })
    }

    pub(super) async fn no(&self, requests: &[RequestRow]) -> Result<Done> {
        let decline = |r: &RequestRow| self.one(r.consent.address, r.consent.list, Event::Decline, Vec::new());
        self.apply(requests.iter().map(decline).collect()).await?;
        done("declined")
    }

    pub(super) async fn stop(&self, scope: Scope) -> Result<Done> {
        // Whoever we do not know gets nothing anyway; but the word is kept, should the address come with an import.
        let Some(row) = self.known().await? else { return done("stop of no address") };
        let mut pairs: Vec<(AddressId, ListId)> = row.consents.iter().map(|c| (row.id, c.list)).collect();
        match scope {
            Scope::Address => {}
            // A name that we do not know still means stop.
            Scope::List(name) if pairs.iter().any(|(_, l)| self.is_named(*l, &name)) => {
                pairs.retain(|(_, l)| self.is_named(*l, &name));
            }
            Scope::List(_) => {}
            Scope::Everything => {
                let contact = self.engine.store.contact_get(row.contact).await?;
                let addresses = contact.iter().flat_map(|c| &c.addresses);
                pairs = addresses.flat_map(|a| a.consents.iter().map(|c| (a.id, c.list))).collect();
            }
        }
        if pairs.is_empty() {
            pairs = self.engine.lists.iter().map(|(id, _)| (row.id, *id)).collect();
        }
        let titles = self.titles(pairs.iter().map(|(_, l)| *l));
        let ends = |(address, list): &(AddressId, ListId)| {
            let over = |s| matches!(s, State::Withdrawn | State::Objected | State::Declined | State::Expired);
            *address == row.id && row.consents.iter().any(|c| c.list == *list && !over(c.state))
        };
        // One acknowledgement, with the first consent that really ends; a repeat gets none (R22).
        let mut ack = pairs.iter().any(ends).then(|| self.service(Reply::StopAck, &titles));
        let moves = pairs
            .iter()
            .map(|pair| {
                let services = if ends(pair) { ack.take().into_iter().collect() } else { Vec::new() };
                self.one(pair.0, pair.1, Event::Stop, services)
            })
            .collect();
        done(if self.apply(moves).await? { "stopped" } else { "stopped already" })
    }

    /// The address, made if there is none yet.
    async fn known(&self) -> Result<Option<AddressRow>> {
        if let Some(row) = self.row {
            return Ok(Some(row.clone()));
        }
        let new = NewContact { addresses: vec![self.m.address.clone()], ..NewContact::default() };
        let contact = self.engine.store.contact_add(new, self.engine.clock.now()).await?;
        Ok(contact.addresses.into_iter().find(|a| a.address == self.m.address))
    }

    pub(super) async fn start(&self, name: Option<&str>) -> Result<Done> {
        let channel = self.m.address.channel();
        let here = |(id, list): &&(ListId, crate::ListConfig)| {
            let by_this = self.engine.transport_for(list, channel).is_some_and(|t| t.id == self.m.transport);
            by_this && self.engine.open_list(*id).is_ok() && name.is_none_or(|n| self.is_named(*id, n))
        };
        let lists: Vec<_> = self.engine.lists.iter().filter(here).collect();
        // START names a list, or there is only one: otherwise the person must say which.
        let [(id, list)] = lists.as_slice() else { return self.answer(Reply::Help, "start of no single list").await };
        let Some(row) = self.known().await? else { return done("start of no address") };
        if row.consents.iter().any(|c| c.list == *id && c.state == State::Confirmed) {
            return self.answer(Reply::Help, "start of a list that is confirmed").await;
        }
        let sign_up = SignUp {
            address: row.id,
            list: list.name.clone(),
            source: "inbound".to_owned(),
            language: self.language.to_owned(),
            actor: "person".to_owned(),
        };
        match optin::request(self.engine, *id, &sign_up, Some(self.act())).await {
            Ok(State::Held) => Ok(Done { what: "start while held", open: true, answered: false }),
            Ok(_) => done("asked for consent"),
            Err(EngineError::Refused { .. }) => done("asked already"),
            Err(error) => Err(error),
        }
    }

    /// WEITER: what was held goes on.
    pub(super) async fn resume(&self) -> Result<Done> {
        let Some(row) = self.row else { return done("nothing is held") };
        let held = row.consents.iter().filter(|c| c.state == State::Held);
        let moves: Vec<ConsentChange> = held.map(|c| self.one(row.id, c.list, Event::Resume, Vec::new())).collect();
        if moves.is_empty() {
            return done("nothing is held");
        }
        self.apply(moves).await?;
        done("resumed")
    }

    /// Smells like a refusal: pause, ask once, and let a person look (R20).
    pub(super) async fn soft(&self) -> Result<Done> {
        let Some(row) = self.row else {
            return Ok(Done { what: "refusal of an unknown address", open: true, answered: false });
        };
        let permits = |s| matches!(s, State::Confirmed | State::Customer);
        let lists: Vec<ListId> = row.consents.iter().filter(|c| permits(c.state)).map(|c| c.list).collect();
        let answered = !lists.is_empty() && self.may_answer;
        let mut ask = answered.then(|| self.service(Reply::Soft, &self.titles(lists.iter().copied())));
        let hold = |l: &ListId| self.one(row.id, *l, Event::Hold, ask.take().into_iter().collect());
        let moves: Vec<ConsentChange> = lists.iter().map(hold).collect();
        if !moves.is_empty() {
            self.apply(moves).await?;
        }
        Ok(Done { what: "held", open: true, answered })
    }

    pub(super) async fn help(&self) -> Result<Done> {
        self.answer(Reply::Help, "help").await
    }

    pub(super) async fn ask_again(&self) -> Result<Done> {
        self.answer(Reply::AskAgain, "asked again for the word").await
    }

    async fn answer(&self, reply: Reply, what: &'static str) -> Result<Done> {
        if !self.may_answer {
            return Ok(Done { what: "answered often enough", open: true, answered: false });
        }
        let Some(row) = self.known().await? else { return done(what) };
        let titles = match row.consents.as_slice() {
            [] => self.titles(self.engine.lists.iter().map(|(id, _)| *id)),
            consents => self.titles(consents.iter().map(|c| c.list)),
        };
        let mut service = self.service(reply, &titles);
        service.address = Some(row.id);
        self.engine.store.service_add(vec![service], self.engine.clock.now()).await?;
        self.engine.wake(Wake::Service(self.m.transport));
        Ok(Done { what, open: false, answered: true })
    }
}
