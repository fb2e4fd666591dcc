//! The admin is told what is wrong, and that it is over: a short message by the first transport of `admin.notify` that works, and never by the
//! one in trouble. Each trouble is told once, whatever is restarted meanwhile: the store remembers. It goes as every other service message
//! does: queued in the store, judged by the gate, claimed by the transport.

mod words; // what the admin reads

use crate::config::Notify;
use crate::dispatch::{Transport, payload};
use crate::error::EngineError;
use crate::start::Inner;
use rundruf_consent::Class;
use rundruf_host::InstanceState;
use rundruf_store::{AlertAttempt, AlertRow, DeliveryState, NewAlert, NewContact, NewService, TransportId};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often an alarm that is on its way is looked at, if nobody says that something has changed.
const LOOK: Duration = Duration::from_secs(5);
/// Without any.
const IDLE: Duration = Duration::from_secs(3_600);
/// How long an alarm rests that nobody could be told.
const REST: Duration = Duration::from_secs(600);

/// What can be wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trouble {
    /// A plugin's process is not started again.
    GivenUp = 1,
    /// The other side refuses the account.
    Account = 2,
    /// New settings are not taken.
    Settings = 3,
    /// A plugin does not begin, and is asked again and again.
    Down = 4,
}

impl Trouble {
    fn from_code(code: u8) -> Self {
        match code {
            1 => Self::GivenUp,
            2 => Self::Account,
            4 => Self::Down,
            _ => Self::Settings,
        }
    }
}

/// The subject of the settings.
const SETTINGS: &str = "settings";
/// The subject of a transport begins with this.
const TRANSPORT: &str = "transport:";

fn subject_of(transport: &Transport) -> String {
    format!("{TRANSPORT}{}", transport.config.name)
}

/// The transport that an alarm is about.
fn about(alarm: &NewAlert) -> Option<&str> {
    alarm.subject.strip_prefix(TRANSPORT)
}

/// A transport is in trouble.
pub(crate) async fn transport_fails(engine: Arc<Inner>, transport: Arc<Transport>, trouble: Trouble, detail: String) {
    begin(&engine, subject_of(&transport), trouble, detail).await;
    transport.set_troubled(true);
}

/// A transport sends again.
pub(crate) async fn transport_works(engine: Arc<Inner>, transport: Arc<Transport>) {
    end(&engine, subject_of(&transport)).await;
}

/// New settings are refused; the old ones are in force.
pub(crate) async fn settings_fail(engine: &Inner, detail: String) {
    begin(engine, SETTINGS.to_owned(), Trouble::Settings, detail).await;
}

/// The settings as they stand in the file are in force.
pub(crate) async fn settings_work(engine: &Inner) {
    end(engine, SETTINGS.to_owned()).await;
}

async fn begin(engine: &Inner, subject: String, trouble: Trouble, detail: String) {
    if engine.config.admin.notify.is_empty() {
        return;
    }
    let alarm = NewAlert { subject, kind: trouble as u8, detail };
    match engine.store.alert_begin(alarm, engine.clock.now()).await {
        Ok(_) => engine.wake_alarms(),
        Err(error) => tracing::error!(%error, "the admin cannot be told now"),
    }
}

async fn end(engine: &Inner, subject: String) {
    match engine.store.alert_end(subject, engine.clock.now()).await {
        Ok(_) => engine.wake_alarms(),
        Err(error) => tracing::error!(%error, "the admin cannot be told now"),
    }
}

/// Tells what is to be told.
pub(crate) async fn run(engine: Arc<Inner>) {
    let mut stopping = engine.stopping.subscribe();
    let mut resting = HashMap::new();
    loop {
        if *stopping.borrow() {
            return;
        }
        let pause = match round(&engine, &mut resting).await {
            Ok(true) => LOOK,
            Ok(false) => IDLE,
            Err(error) => {
                tracing::error!(%error, "the admin cannot be told now");
                LOOK
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = engine.sleepers.alarms.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

/// Looks at everything once. Whether anything is still to be told.
async fn round(engine: &Inner, resting: &mut HashMap<i64, Instant>) -> Result<bool, EngineError> {
    let all = engine.store.alert_list().await?;
    let mut seen = BTreeSet::new();
    let mut waits = false;
    for row in &all {
        if let Some(name) = about(&row.alert) {
            match engine.transports.iter().find(|t| t.config.name == name) {
                Some(transport) if !row.is_over => transport.set_troubled(true),
                Some(_) => {}
                // It has left the settings, and its trouble with it.
                None => {
                    engine.store.alert_delete(row.alert.subject.clone()).await?;
                    continue;
                }
            }
        }
        // In order: nobody hears that something is over before it has begun.
        if !row.is_told && seen.insert(&row.alert.subject) {
            let is_last = !all.iter().any(|r| r.id > row.id && r.alert.subject == row.alert.subject);
            waits |= tell(engine, row, is_last, resting).await?;
        }
    }
    Ok(waits)
}

/// Gets one step further with one alarm. Whether it waits.
async fn tell(
    engine: &Inner,
    row: &AlertRow,
    is_last: bool,
    resting: &mut HashMap<i64, Instant>,
) -> Result<bool, EngineError> {
    if resting.get(&row.id).is_some_and(|until| *until > Instant::now()) {
        return Ok(true);
    }
    let mut next = first_usable(engine, row, row.next);
    if let Some(message) = row.service {
        let found = engine.store.service_get(message).await?;
        // A message that is not there any more was swept long after it had been sent.
        let (state, by) = found.map_or((DeliveryState::Sent, None), |r| (r.state, r.transport));
        match state {
            DeliveryState::Sent | DeliveryState::Delivered | DeliveryState::Read => {
                engine.store.alert_delivered(row.id).await?;
                // What follows it is looked at at once.
                engine.wake_alarms();
                return Ok(false);
            }
            DeliveryState::InFlight => return Ok(true),
            DeliveryState::Queued if by.is_some_and(|by| is_usable(engine, by)) => return Ok(true),
            DeliveryState::Queued | DeliveryState::Retry => {
                // It waits for somebody who may not come back soon: another one is quicker.
                if next.is_none() || !engine.store.service_withdraw(message, engine.clock.now()).await? {
                    return Ok(true);
                }
            }
            DeliveryState::Failed | DeliveryState::Unknown | DeliveryState::Held | DeliveryState::Skipped => {}
        }
    }
    while let Some((place, notify, transport)) = next {
        if queue(engine, row, (place, notify), transport).await? {
            return Ok(true);
        }
        next = first_usable(engine, row, place + 1);
    }
    let about = about(&row.alert).unwrap_or(SETTINGS);
    tracing::error!(about, "nobody can be told: no other transport of `admin.notify` takes a message now");
    if is_last {
        engine.store.alert_attempt(AlertAttempt { id: row.id, by: None, next: 0 }, engine.clock.now()).await?;
        resting.retain(|_, until| *until > Instant::now());
        resting.insert(row.id, Instant::now() + REST);
    } else {
        // It is over, and nobody heard of it.
        engine.store.alert_delete(row.alert.subject.clone()).await?;
    }
    Ok(true)
}

/// Queues the message. False if the address cannot be stored.
async fn queue(
    engine: &Inner,
    row: &AlertRow,
    (place, notify): (u32, &Notify),
    transport: &Transport,
) -> Result<bool, EngineError> {
    let now = engine.clock.now();
    let new = NewContact { addresses: vec![notify.address.clone()], ..NewContact::default() };
    let contact = engine.store.contact_add(new, now).await?;
    let Some(address) = contact.addresses.iter().find(|a| a.address == notify.address) else { return Ok(false) };
    let admin = &engine.config.admin;
    let trouble = Trouble::from_code(row.alert.kind);
    let about = about(&row.alert).unwrap_or("");
    let detail = (admin.translate)(&row.alert.detail);
    let (subject, text) = words::words(admin.language, trouble, row.is_over, about, &detail);
    let service = NewService {
        class: Class::Service,
        transport: transport.id,
        address: Some(address.id),
        list: None,
        payload: payload(admin.language, &subject, &text),
        expires: None,
    };
    let attempt = AlertAttempt { id: row.id, by: Some(service), next: place + 1 };
    engine.store.alert_attempt(attempt, now).await?;
    tracing::info!(transport = %transport.config.name, about, "the admin is told");
    engine.wake(crate::wake::Wake::Service(transport.id));
    Ok(true)
}

/// The first in the admin's list, from this place on, who can take a message and is not in trouble itself.
fn first_usable<'a>(engine: &'a Inner, row: &AlertRow, from: u32) -> Option<(u32, &'a Notify, &'a Transport)> {
    let broken = about(&row.alert);
    (0..).zip(&engine.config.admin.notify).skip(from as usize).find_map(|(place, notify)| {
        let transport = engine.transports.iter().find(|t| t.config.name == notify.transport)?;
        let fits = broken != Some(notify.transport.as_str()) && works(transport);
        fits.then_some((place, notify, &**transport))
    })
}

fn works(transport: &Transport) -> bool {
    transport.instance.state() == InstanceState::Up && !transport.is_paused() && !transport.is_retired()
}

fn is_usable(engine: &Inner, id: TransportId) -> bool {
    engine.transport(id).is_some_and(|t| works(t))
}

/// Transports whose failure nobody would be told of.
#[must_use]
pub fn unheard<'a>(transports: impl Iterator<Item = &'a str>, notify: &[Notify]) -> Vec<&'a str> {
    transports.filter(|name| notify.iter().all(|n| n.transport == *name)).collect()
}
