//! Replies → consent. A message was stored before it was acknowledged; here it is understood, once.

use crate::people::{self, Reply};
use crate::start::Inner;
use crate::view::SignUp;
use rundruf_consent::evidence::Act;
use rundruf_consent::keyword::{Keyword, Scope, comparable, keyword};
use rundruf_consent::{AddressId, Channel, Class, Event, ListId, State};
use rundruf_store::{AddressRow, InboundRow, Move, Moved, NewContact, NewService, RequestRow, Target};
use std::sync::Arc;

type Result<T> = std::result::Result<T, crate::EngineError>;

/// Messages handled at a time.
const PAGE: u32 = 200;

/// Handles what is pending, now and whenever something comes.
pub(crate) async fn run(engine: Arc<Inner>) {
    let mut stopping = engine.stopping.subscribe();
    loop {
        if *stopping.borrow() {
            return;
        }
        match page(&engine).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "messages from outside cannot be handled now");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                engine.wake_inbound.notify_one();
            }
        }
        tokio::select! {
            () = engine.wake_inbound.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

async fn page(engine: &Inner) -> Result<bool> {
    let pending = engine.store.inbound_pending(PAGE).await?;
    let more = !pending.is_empty();
    for message in pending {
        let done = handle(engine, &message).await?;
        engine.store.inbound_done(message.id, done.what.to_owned(), done.open).await?;
        tracing::info!(inbound = message.id, what = done.what, "a message was handled");
    }
    Ok(more)
}

struct Done {
    what: &'static str,
    /// A person should look.
    open: bool,
}

const fn done(what: &'static str) -> Result<Done> {
    Ok(Done { what, open: false })
}

async fn handle(engine: &Inner, m: &InboundRow) -> Result<Done> {
    let row = engine.store.address_find(m.address.clone()).await?;
    let now = engine.clock.now();
    let requests = match &row {
        Some(row) => engine.store.request_open(row.id, now).await?,
        None => Vec::new(),
    };
    let language = match &row {
        Some(row) => engine.store.contact_get(row.contact).await?.and_then(|c| c.language),
        None => None,
    };
    let language = people::spoken(language.as_deref().unwrap_or("de"));
    // By e-mail a reply proves nobody: only the link does (R15). On other channels the channel must vouch for the sender.
    let by_reply = m.address.channel().confirms_by_reply() && m.trust > 0;
    let word = match m.kind {
        // The channel itself says that the person wants nothing more.
        3 => Keyword::Stop(Scope::Address),
        _ => keyword(&m.text, language, !requests.is_empty()),
    };
    let about = About { engine, m, row: row.as_ref(), language };
    match word {
        Keyword::Stop(scope) => about.stop(scope).await,
        Keyword::Yes if by_reply => match requests.first() {
            Some(request) => about.yes(request).await,
            None => about.to_a_person().await,
        },
        Keyword::Yes => done("a yes that this channel does not prove"),
        Keyword::No => about.no(&requests).await,
        Keyword::NearlyYes => about.answer(Reply::AskAgain, "asked again for the word").await,
        Keyword::Start(list) => about.start(list.as_deref()).await,
        Keyword::Resume => about.each(Event::Resume, State::Held, "resumed").await,
        Keyword::Soft => about.soft().await,
        Keyword::Help => about.answer(Reply::Help, "help").await,
        Keyword::None => about.to_a_person().await,
    }
}

/// One message and who it is from.
struct About<'a> {
    engine: &'a Inner,
    m: &'a InboundRow,
    row: Option<&'a AddressRow>,
    language: &'static str,
}

impl About<'_> {
    fn act(&self) -> Act {
        let words: String = self.m.text.chars().take(500).collect();
        let message_id = (!self.m.remote_id.is_empty()).then(|| self.m.remote_id.clone());
        Act { kind: "inbound".to_owned(), verbatim: Some(words), message_id, token_id: None }
    }

    fn one(&self, address: AddressId, list: ListId, event: Event, services: Vec<NewService>) -> Move {
        let draft = people::draft(self.engine, list, "person", "inbound", self.act());
        Move { target: Target::Ids(address, list), event, draft, request: None, services }
    }

    /// Titles of lists, as people read them.
    fn titles(&self, lists: &[ListId]) -> String {
        let titles: Vec<&str> =
            lists.iter().filter_map(|l| self.engine.list(*l)).map(|l| l.title.get(self.language)).collect();
        titles.join(", ")
    }

    /// Queues one reply by the transport that the message came by.
    fn service(&self, class: Class, reply: Reply, titles: &str) -> NewService {
        let rendered = people::reply(self.engine, None, titles, self.language, reply);
        NewService {
            class,
            transport: self.m.transport,
            address: self.row.map(|r| r.id),
            list: None,
            payload: crate::dispatch::render_payload(self.language, &rendered.subject, &rendered.body),
            expires: None,
        }
    }

    fn wake(&self) {
        if let Some(transport) = self.engine.transport(self.m.transport) {
            transport.wake.notify_one();
        }
    }

    async fn yes(&self, request: &RequestRow) -> Result<Done> {
        let changed = people::confirm_request(self.engine, request, self.act(), None, "inbound").await?;
        done(if changed { "confirmed" } else { "confirmed already" })
    }

    async fn no(&self, requests: &[RequestRow]) -> Result<Done> {
        let now = self.engine.clock.now();
        let moves =
            requests.iter().map(|r| self.one(r.consent.address, r.consent.list, Event::Decline, Vec::new())).collect();
        self.engine.store.consent_apply(moves, now).await?;
        done("declined")
    }

    async fn stop(&self, scope: Scope) -> Result<Done> {
        // Whoever we do not know gets nothing anyway; but the word is kept, should the address come with an import.
        let Some(row) = self.known().await? else { return done("stop of an unknown address") };
        let mut lists: Vec<(AddressId, ListId)> = row.consents.iter().map(|c| (row.id, c.list)).collect();
        match scope {
            Scope::Address => {}
            Scope::List(name) => {
                let named = |list: ListId| {
                    let config = self.engine.list(list);
                    config.is_some_and(|c| {
                        comparable(&c.name) == name || c.title.0.values().any(|t| comparable(t) == name)
                    })
                };
                // A name that we do not know still means stop.
                if lists.iter().any(|(_, l)| named(*l)) {
                    lists.retain(|(_, l)| named(*l));
                }
            }
            Scope::Everything => {
                let contact = self.engine.store.contact_get(row.contact).await?;
                lists = contact
                    .iter()
                    .flat_map(|c| &c.addresses)
                    .flat_map(|a| a.consents.iter().map(|c| (a.id, c.list)))
                    .collect();
            }
        }
        if lists.is_empty() {
            lists = self.engine.lists.iter().map(|(id, _)| (row.id, *id)).collect();
        }
        let ids: Vec<ListId> = lists.iter().map(|(_, l)| *l).collect();
        let titles = self.titles(&ids);
        let open = |(address, list): &(AddressId, ListId)| {
            *address == row.id
                && row
                    .consents
                    .iter()
                    .any(|c| c.list == *list && !matches!(c.state, State::Withdrawn | State::Objected))
        };
        // One acknowledgement, with the first consent that really ends; a repeat gets none.
        let mut ack = lists.iter().any(open).then(|| self.service(Class::StopAck, Reply::StopAck, &titles));
        let moves: Vec<Move> = lists
            .iter()
            .map(|pair| {
                let services = if open(pair) { ack.take().into_iter().collect() } else { Vec::new() };
                self.one(pair.0, pair.1, Event::Stop, services)
            })
            .collect();
        let moved = self.engine.store.consent_apply(moves, self.engine.clock.now()).await?;
        self.wake();
        let changed = moved.iter().any(|m| matches!(m, Moved::Done { changed: true, .. }));
        done(if changed { "stopped" } else { "stopped already" })
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

    async fn start(&self, name: Option<&str>) -> Result<Done> {
        let lists: Vec<_> = self
            .engine
            .lists
            .iter()
            .filter(|(_, c)| {
                self.engine.transport_for(c, self.m.address.channel()).is_some_and(|t| t.id == self.m.transport)
            })
            .filter(|(_, c)| {
                name.is_none_or(|n| comparable(&c.name) == n || c.title.0.values().any(|t| comparable(t) == n))
            })
            .collect();
        // START names a list, or there is only one: otherwise a person must say which.
        let [(_, list)] = lists.as_slice() else { return self.answer(Reply::Help, "start of no single list").await };
        let Some(row) = self.known().await? else { return done("start of no address") };
        let sign_up = SignUp {
            address: row.id,
            list: list.name.clone(),
            source: "inbound".to_owned(),
            language: self.language.to_owned(),
            actor: "person".to_owned(),
        };
        let id = lists.first().map_or(ListId(0), |(id, _)| *id);
        match people::request(self.engine, id, &sign_up).await {
            Ok(_) => done("asked for consent"),
            Err(crate::EngineError::Refused { .. }) => done("asked already"),
            Err(error) => Err(error),
        }
    }

    /// Moves every consent of this address that is in one state.
    async fn each(&self, event: Event, state: State, what: &'static str) -> Result<Done> {
        let Some(row) = self.row else { return done("nothing to do") };
        let in_state = row.consents.iter().filter(|c| c.state == state);
        let moves: Vec<Move> = in_state.map(|c| self.one(row.id, c.list, event, Vec::new())).collect();
        if moves.is_empty() {
            return done("nothing to do");
        }
        self.engine.store.consent_apply(moves, self.engine.clock.now()).await?;
        done(what)
    }

    /// Smells like a refusal: pause, ask once, and let a person look (R20).
    async fn soft(&self) -> Result<Done> {
        let Some(row) = self.row else { return Ok(Done { what: "refusal of an unknown address", open: true }) };
        let lists: Vec<ListId> = row.consents.iter().filter(|c| c.state == State::Confirmed).map(|c| c.list).collect();
        if !lists.is_empty() {
            let titles = self.titles(&lists);
            let mut ask = Some(self.service(Class::Answer, Reply::Soft, &titles));
            let moves =
                lists.iter().map(|l| self.one(row.id, *l, Event::Hold, ask.take().into_iter().collect())).collect();
            self.engine.store.consent_apply(moves, self.engine.clock.now()).await?;
            self.wake();
        }
        Ok(Done { what: "held", open: true })
    }

    async fn answer(&self, reply: Reply, what: &'static str) -> Result<Done> {
        let Some(row) = self.known().await? else { return done(what) };
        let lists: Vec<ListId> = match row.consents.as_slice() {
            [] => self.engine.lists.iter().map(|(id, _)| *id).collect(),
            consents => consents.iter().map(|c| c.list).collect(),
        };
        let mut service = self.service(Class::Answer, reply, &self.titles(&lists));
        service.address = Some(row.id);
        self.engine.store.service_add(vec![service], self.engine.clock.now()).await?;
        self.wake();
        done(what)
    }

    async fn to_a_person(&self) -> Result<Done> {
        // An automatic answer to mail would answer other automatic answers: only a person does.
        let _ = Channel::Email;
        Ok(Done { what: "for a person", open: true })
    }
}
