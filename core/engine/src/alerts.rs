//! Alerts: the admin gets a short message when something fails and when it works again, by the first transport of `admin.notify` that works, and
//! never by the failing one. Each failure is reported once, also across restarts: the store remembers it. An alert is an ordinary service
//! message: queued in the store, checked by the gate, claimed by the transport.

mod inbox; // notices about messages that wait for a person
mod text; // what the admin reads

use crate::clock::ClockHold;
use crate::config::NotifyTarget;
use crate::content::ServiceContent;
use crate::context::{EngineContext, Wake};
use crate::error::Result;
use crate::transports::TransportHandle;
use rundruf_consent::basis::BasisChange;
use rundruf_consent::{Class, Time};
use rundruf_host::InstanceState;
use rundruf_lang::{Language, Message};
use rundruf_store::{AlertAttempt, AlertRow, DeliveryState, NewAlert, NewContact, NewService};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often an open alert is checked without a wake-up.
const LOOK: Duration = Duration::from_secs(5);
/// The same while no alert is open.
const IDLE: Duration = Duration::from_secs(3_600);
/// How long an alert waits that no transport could take.
const RETRY_AFTER: Duration = Duration::from_secs(600);

/// What failed. The numbers are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum AlertKind {
    /// A plugin's process is not started again.
    GivenUp = 1,
    /// The provider refuses the account.
    Account = 2,
    /// New settings were refused.
    Settings = 3,
    /// A plugin does not start, and is started again and again.
    Down = 4,
    /// The clock jumped and is not believed.
    Clock = 5,
    /// A list is held: its consents were given for something else.
    List = 6,
    /// Messages wait for a person.
    Inbox = 7,
    /// The provider takes nothing, such as a dead relay.
    Outage = 8,
    /// The key of a recipient is another one than before.
    Identity = 9,
    /// A plugin says that its account does not work.
    NotReady = 10,
    /// Few credits are left at the provider.
    Credits = 11,
    /// A plugin hears nothing that comes in.
    Deaf = 12,
    /// A task of the daemon died and is begun again.
    Task = 13,
}

impl AlertKind {
    fn from_code(code: u8) -> Self {
        match code {
            1 => Self::GivenUp,
            2 => Self::Account,
            4 => Self::Down,
            5 => Self::Clock,
            6 => Self::List,
            7 => Self::Inbox,
            8 => Self::Outage,
            9 => Self::Identity,
            10 => Self::NotReady,
            11 => Self::Credits,
            12 => Self::Deaf,
            13 => Self::Task,
            _ => Self::Settings,
        }
    }
}

/// The stored subject of alerts about settings.
const SETTINGS: &str = "settings";
/// The stored subject of alerts about the clock.
const CLOCK: &str = "clock";
/// Prefix of the stored subject of notices about messages that wait: each notice is one of its own.
const INBOX: &str = "inbox:";
/// Prefix of the stored subject of notices about a recipient whose key has changed: each notice is one of its own.
const IDENTITY: &str = "identity:";
/// Prefix of the stored subject of alerts about a transport.
const TRANSPORT: &str = "transport:";
/// Prefix of the stored subject of alerts about a task of the daemon.
const TASK: &str = "task:";
/// Prefix of the stored subject of alerts about a list.
const LIST: &str = "list:";

/// Prefixes of the stored subjects of alerts about what a plugin says of its account, each with the name of the transport behind it.
const HEALTH: [(&str, AlertKind); 3] =
    [("account:", AlertKind::NotReady), ("credits:", AlertKind::Credits), ("hearing:", AlertKind::Deaf)];

fn health_subject(transport: &TransportHandle, kind: AlertKind) -> String {
    let prefix = HEALTH.iter().find(|(_, of)| *of == kind).map_or("", |(prefix, _)| prefix);
    format!("{prefix}{}", transport.config.name)
}

/// The name of the transport whose plugin has said what an alert is about.
fn health_of(alarm: &NewAlert) -> Option<&str> {
    HEALTH.iter().find_map(|(prefix, _)| alarm.subject.strip_prefix(prefix))
}

/// The transport by which an alert must not be sent.
fn failing(alarm: &NewAlert) -> Option<&str> {
    transport_of(alarm).or_else(|| alarm.subject.strip_prefix(HEALTH[0].0))
}

fn subject_of(transport: &TransportHandle) -> String {
    format!("{TRANSPORT}{}", transport.config.name)
}

/// The name of the transport that an alert is about.
fn transport_of(alarm: &NewAlert) -> Option<&str> {
    alarm.subject.strip_prefix(TRANSPORT)
}

/// Reports that a transport failed. A report that it works which was begun before and is still under way counts no more.
pub(crate) fn transport_failed(
    context: Arc<EngineContext>,
    transport: Arc<TransportHandle>,
    alert: AlertKind,
    detail: String,
) -> impl Future<Output = ()> + Send {
    transport.alerts.count_failure();
    async move {
        let _in_order = transport.alerts.in_order.lock().await;
        begin(&context, subject_of(&transport), alert, detail).await;
        transport.set_has_alert(true);
    }
}

/// Reports that a transport sends again, unless it has failed since this was called.
pub(crate) fn transport_works(
    context: Arc<EngineContext>,
    transport: Arc<TransportHandle>,
) -> impl Future<Output = ()> + Send {
    let failures = transport.alerts.failures();
    async move {
        let _in_order = transport.alerts.in_order.lock().await;
        if transport.alerts.failures() == failures {
            end(&context, subject_of(&transport)).await;
        } else {
            transport.set_has_alert(true);
        }
    }
}

/// Reports that the key of a recipient has changed: that recipient is held.
pub(crate) async fn identity_changed(
    context: Arc<EngineContext>,
    transport: Arc<TransportHandle>,
    delivery: i64,
    now: Time,
) {
    // At most one notice in a minute for each transport: a provider that changes all keys must not flood the admin.
    let subject = format!("{IDENTITY}{}:{}", transport.config.name, now.0 / 60_000);
    let detail = format!("{}: {delivery}", transport.config.name);
    begin(&context, subject, AlertKind::Identity, detail).await;
}

/// Reports what a plugin says of its account: it does not work, few credits are left, or nothing is heard.
pub(crate) async fn health_failed(
    context: &EngineContext,
    transport: &TransportHandle,
    kind: AlertKind,
    detail: String,
) {
    begin(context, health_subject(transport, kind), kind, detail).await;
}

/// Reports that what a plugin has said is over.
pub(crate) async fn health_works(context: &EngineContext, transport: &TransportHandle, kind: AlertKind) {
    end(context, health_subject(transport, kind)).await;
}

/// Reports that new settings were refused and the old ones are in force.
pub(crate) async fn settings_refused(context: &EngineContext, detail: String) {
    begin(context, SETTINGS.to_owned(), AlertKind::Settings, detail).await;
}

/// Reports that the settings in the file are in force.
pub(crate) async fn settings_accepted(context: &EngineContext) {
    end(context, SETTINGS.to_owned()).await;
}

/// Reports that the clock jumped and is not believed.
pub(crate) async fn clock_held(context: &EngineContext, hold: ClockHold) {
    let detail = hold.message(&context.config.time_zone).text(Language::from_tag(context.config.admin.language));
    begin(context, CLOCK.to_owned(), AlertKind::Clock, detail).await;
}

/// Reports that the clock is believed.
pub(crate) async fn clock_believed(context: &EngineContext) {
    end(context, CLOCK.to_owned()).await;
}

/// Reports that a list is held, and what has changed.
pub(crate) async fn list_held(context: &EngineContext, name: &str, changes: &[BasisChange]) {
    let language = Language::from_tag(context.config.admin.language);
    let what: Vec<String> = changes.iter().map(|change| change.message().text(language)).collect();
    begin(context, format!("{LIST}{name}"), AlertKind::List, what.join("; ")).await;
}

/// Reports that a list goes on.
pub(crate) async fn list_goes_on(context: &EngineContext, name: &str) {
    end(context, format!("{LIST}{name}")).await;
}

/// Reports that a task of the daemon died.
pub(crate) async fn task_died(context: &EngineContext, task: &str) {
    let name = Message::find(&format!("engine-task-{task}")).unwrap_or_else(|| Message::verbatim(task));
    let detail = name.text(Language::from_tag(context.config.admin.language));
    begin(context, format!("{TASK}{task}"), AlertKind::Task, detail).await;
}

/// Reports that a task of the daemon has run for a while.
pub(crate) async fn task_runs(context: &EngineContext, task: &str) {
    end(context, format!("{TASK}{task}")).await;
}

async fn begin(context: &EngineContext, subject: String, alert: AlertKind, detail: String) {
    if context.config.admin.notify.is_empty() {
        return;
    }
    let alarm = NewAlert { subject, kind: alert as u8, detail };
    match context.store.alert_begin(alarm, context.clock.now()).await {
        Ok(_) => context.wake_alerts(),
        Err(error) => tracing::error!(%error, "the admin cannot be told now"),
    }
}

async fn end(context: &EngineContext, subject: String) {
    match context.store.alert_end(subject, context.clock.now()).await {
        Ok(_) => context.wake_alerts(),
        Err(error) => tracing::error!(%error, "the admin cannot be told now"),
    }
}

/// Sends open alerts until the context ends.
pub(crate) async fn run(context: Arc<EngineContext>) {
    let mut stopping = context.stopping.subscribe();
    let mut waiting = HashMap::new();
    loop {
        if *stopping.borrow() {
            return;
        }
        let looked = match inbox::notice(&context).await {
            Ok((text, next)) => {
                if let Some(text) = text {
                    let subject = format!("{INBOX}{}", context.clock.now().0);
                    begin(&context, subject, AlertKind::Inbox, text).await;
                }
                round(&context, &mut waiting).await.map(|open| (open, next))
            }
            Err(error) => Err(error),
        };
        let pause = match looked {
            Ok((true, next)) => next.min(LOOK),
            Ok((false, next)) => next.min(IDLE),
            Err(error) => {
                tracing::error!(%error, "the admin cannot be told now");
                LOOK
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = context.wakers.alerts.notified() => {}
            _ = stopping.changed() => return,
        }
    }
}

/// Checks every open alert once. True if one is still to be sent.
async fn round(context: &EngineContext, waiting: &mut HashMap<i64, Instant>) -> Result<bool> {
    let all = context.store.alert_list().await?;
    let mut seen = BTreeSet::new();
    let mut open = false;
    for row in &all {
        if let Some(name) = transport_of(&row.alert) {
            match context.transport_named(name) {
                Some(transport) if !row.is_over => transport.set_has_alert(true),
                Some(_) => {}
                // The transport was removed from the settings.
                None => {
                    context.store.alert_delete(row.alert.subject.clone()).await?;
                    continue;
                }
            }
        }
        if health_of(&row.alert).is_some_and(|name| context.transport_named(name).is_none()) {
            context.store.alert_delete(row.alert.subject.clone()).await?;
            continue;
        }
        if row.is_told && row.alert.subject.starts_with(INBOX) {
            context.store.alert_delete(row.alert.subject.clone()).await?;
            continue;
        }
        // In order: the end of a failure is not reported before its begin.
        if !row.is_told && seen.insert(&row.alert.subject) {
            let is_last = !all.iter().any(|r| r.id > row.id && r.alert.subject == row.alert.subject);
            open |= advance(context, row, is_last, waiting).await?;
        }
    }
    Ok(open)
}

/// Gets one alert one step further. True if it is still open.
async fn advance(
    context: &EngineContext,
    row: &AlertRow,
    is_last: bool,
    waiting: &mut HashMap<i64, Instant>,
) -> Result<bool> {
    if waiting.get(&row.id).is_some_and(|until| *until > Instant::now()) {
        return Ok(true);
    }
    let mut next = first_usable(context, row, row.next);
    if let Some(message) = row.service {
        let found = context.store.service_get(message).await?;
        // A message that is not in the store any more was removed long after it had been sent.
        let (state, by) = found.map_or((DeliveryState::Sent, None), |r| (r.state, r.transport));
        match state {
            DeliveryState::Sent | DeliveryState::Delivered | DeliveryState::Read => {
                context.store.alert_delivered(row.id).await?;
                // The next alert about the same subject can go now.
                context.wake_alerts();
                return Ok(false);
            }
            DeliveryState::InFlight => return Ok(true),
            DeliveryState::Queued if by.is_some_and(|by| context.transport(by).is_some_and(|t| is_healthy(t))) => {
                return Ok(true);
            }
            DeliveryState::Queued | DeliveryState::Retry => {
                // It waits for a transport that may not come back soon: another one is quicker.
                if next.is_none() || !context.store.service_withdraw(message, context.clock.now()).await? {
                    return Ok(true);
                }
            }
            DeliveryState::Failed | DeliveryState::Unknown | DeliveryState::Held | DeliveryState::Skipped => {}
        }
    }
    while let Some((position, target, transport)) = next {
        if queue(context, row, (position, target), transport).await? {
            return Ok(true);
        }
        next = first_usable(context, row, position + 1);
    }
    let about = transport_of(&row.alert).unwrap_or(SETTINGS);
    tracing::error!(about, "nobody can be told: no other transport of `admin.notify` takes a message now");
    if is_last {
        context.store.alert_attempt(AlertAttempt { id: row.id, by: None, next: 0 }, context.clock.now()).await?;
        waiting.retain(|_, until| *until > Instant::now());
        waiting.insert(row.id, Instant::now() + RETRY_AFTER);
    } else {
        // The failure is over, and it was never reported.
        context.store.alert_delete(row.alert.subject.clone()).await?;
    }
    Ok(true)
}

/// Queues the message to one target. False if its address cannot be stored.
async fn queue(
    context: &EngineContext,
    row: &AlertRow,
    (position, target): (u32, &NotifyTarget),
    transport: &TransportHandle,
) -> Result<bool> {
    let now = context.clock.now();
    let new = NewContact { addresses: vec![target.address.clone()], ..NewContact::default() };
    let contact = context.store.contact_add(new, now).await?;
    let Some(address) = contact.addresses.iter().find(|a| a.address == target.address) else { return Ok(false) };
    let admin = &context.config.admin;
    let alert = AlertKind::from_code(row.alert.kind);
    let named = transport_of(&row.alert).or_else(|| health_of(&row.alert));
    let about = named.or_else(|| row.alert.subject.strip_prefix(LIST)).unwrap_or("");
    let (subject, text) = text::alert(Language::from_tag(admin.language), alert, row.is_over, about, &row.alert.detail);
    let service = NewService {
        class: Class::Service,
        transport: transport.id,
        address: Some(address.id),
        list: None,
        payload: ServiceContent::json(admin.language, &subject, &text),
        expires: None,
    };
    let attempt = AlertAttempt { id: row.id, by: Some(service), next: position + 1 };
    context.store.alert_attempt(attempt, now).await?;
    tracing::info!(transport = %transport.config.name, about, "the admin is told");
    context.wake(Wake::Service(transport.id));
    Ok(true)
}

/// The first target of `admin.notify`, from this position on, whose transport works and is not the failing one.
fn first_usable<'a>(
    context: &'a EngineContext,
    row: &AlertRow,
    from: u32,
) -> Option<(u32, &'a NotifyTarget, &'a TransportHandle)> {
    let failing = failing(&row.alert);
    let usable = || {
        (0..).zip(&context.config.admin.notify).skip(from as usize).filter_map(|(position, target)| {
            let transport = context.transport_named(&target.transport)?;
            let fits = failing != Some(target.transport.as_str()) && works(transport);
            fits.then_some((position, target, &**transport))
        })
    };
    usable().find(|(_, _, transport)| is_healthy(transport)).or_else(|| usable().next())
}

fn works(transport: &TransportHandle) -> bool {
    transport.instance.state() == InstanceState::Up && !transport.is_paused() && !transport.is_retired()
}

/// Whether it works and its provider takes something.
fn is_healthy(transport: &TransportHandle) -> bool {
    works(transport) && transport.outage().is_none()
}

/// Transports whose failure could not be reported: no other transport is in `notify`.
#[must_use]
pub fn without_alert<'a>(transports: impl Iterator<Item = &'a str>, notify: &[NotifyTarget]) -> Vec<&'a str> {
    transports.filter(|name| notify.iter().all(|n| n.transport == *name)).collect()
}
