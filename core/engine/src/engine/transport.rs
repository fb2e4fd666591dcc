//! Transports as operators see them.

use super::{Engine, Result};
use crate::alerts;
use crate::content::ServiceContent;
use crate::context::Wake;
use crate::error::EngineError;
use crate::extensions;
use crate::suggest::suggestion;
use crate::transports::{AskedHealth, TransportHandle};
use crate::view::{HealthView, TestResult, TransportView};
use rundruf_consent::{Address, Class, DeliveryId, Time};
use rundruf_host::{
    AccountState, ExtensionRefusal, HearingState, InstanceState, Isolation, LookupRefusal, Reachability,
    WebhookRequest, WebhookResponse,
};
use rundruf_lang::{Language, Message, msg};
use rundruf_store::{DeliveryState, Finding, NewContact, NewService, TransportId};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

/// How long a test message is waited for.
const TEST_WITHIN: Duration = Duration::from_secs(60);
/// How long a plugin may take to answer whether it reaches an address.
const LOOKUP_WITHIN: Duration = Duration::from_secs(30);
/// How long a plugin may take to answer a request of its provider.
const WEBHOOK_WITHIN: Duration = Duration::from_secs(20);
/// How often the state of a test message is read.
const POLL: Duration = Duration::from_millis(20);

fn view(t: &TransportHandle) -> TransportView {
    let manifest = t.instance.manifest();
    let (state, reason) = match (t.fault(), t.instance.state(), t.pause_reason()) {
        (Some(fault), _, _) => ("down", Some(fault)),
        (None, InstanceState::Down { reason }, _) => ("down", Some(reason)),
        (None, _, Some(reason)) => ("paused", Some(reason)),
        (None, InstanceState::Draining, None) => ("draining", None),
        (None, InstanceState::Up, None) => match t.outage() {
            Some(reason) => ("waiting", Some(reason)),
            None => ("up", None),
        },
    };
    TransportView {
        name: t.config.name.clone(),
        plugin: manifest.id.clone(),
        channels: manifest.channels.clone(),
        isolation: if t.config.isolation == Isolation::None { "none" } else { "process" },
        state,
        reason,
        in_flight: t.in_flight(),
        window: t.window,
        rate_per_s: t.meter.lock().unwrap_or_else(PoisonError::into_inner).per_s(),
        since: t.state_since(),
        takes_webhooks: manifest.can("webhook"),
        health: t.health().map(|asked| health_view(t, asked)),
        is_held_deaf: t.is_held_deaf(),
    }
}

fn health_view(t: &TransportHandle, asked: AskedHealth) -> HealthView {
    let AskedHealth { report, at } = asked;
    let said = |text: &str| Some(t.said(text)).filter(|_| !text.is_empty());
    let amount = |micro: i64| extensions::amount(micro, &report.currency);
    HealthView {
        account_state: match report.account_state {
            AccountState::Ready => "ready",
            AccountState::NotReady => "not_ready",
            AccountState::Unknown => "unknown",
        },
        hearing: match report.hearing {
            HearingState::Hears => "hears",
            HearingState::Deaf => "deaf",
            HearingState::Unknown => "unknown",
        },
        detail: said(&report.detail),
        credits: report.credits_micro.map(|left| (amount(left), report.alarm_micro.map(amount))),
        is_low: report.is_low(),
        limits: said(&report.limits),
        heard_at: Some(Time(report.heard_at_ms)).filter(|_| report.heard_at_ms > 0),
        heard_by: said(&report.heard_by),
        account: report.account,
        remote_version: report.remote_version,
        asked_at: at,
    }
}

impl Engine {
    /// All transports.
    #[must_use]
    pub fn transports(&self) -> Vec<TransportView> {
        let context = self.context();
        let left = context.left_behind().into_iter().filter(|left| context.transport_named(&left.name).is_none());
        let gone = left.map(|left| TransportView {
            reason: Some(msg!("engine-transport-gone", failed = left.failed)),
            name: left.name,
            plugin: String::new(),
            channels: Vec::new(),
            isolation: "none",
            state: "gone",
            in_flight: 0,
            window: 0,
            rate_per_s: 0.0,
            since: left.since,
            takes_webhooks: false,
            health: None,
            is_held_deaf: false,
        });
        context.transports.iter().map(|t| view(t)).chain(gone).collect()
    }

    /// Whether the plugin of this transport runs.
    #[must_use]
    pub fn is_running(&self, name: &str) -> bool {
        let context = self.context();
        context.transport_named(name).is_some_and(|t| !matches!(t.instance.state(), InstanceState::Down { .. }))
    }

    /// Whether a transport of this name takes requests of its provider.
    #[must_use]
    pub fn takes_webhooks(&self, name: &str) -> bool {
        self.context().transport_named(name).is_some_and(|t| t.instance.manifest().can("webhook"))
    }

    /// Hands a request of a provider to a transport's plugin; returns what the provider is to be answered.
    ///
    /// # Errors
    /// Why the plugin did not answer: the provider is to try again.
    pub async fn webhook(
        &self,
        name: &str,
        request: WebhookRequest,
    ) -> std::result::Result<WebhookResponse, ExtensionRefusal> {
        let Some(transport) = self.context().transport_named(name).cloned() else {
            return Err(ExtensionRefusal::NotOffered);
        };
        let asked = tokio::task::spawn_blocking(move || transport.instance.webhook(request, WEBHOOK_WITHIN));
        let answer = asked.await.unwrap_or(Err(ExtensionRefusal::Closed));
        if let Err(why) = &answer {
            tracing::warn!(transport = name, ?why, "a request of the provider was not answered by the plugin");
        }
        answer
    }

    /// What each transport's plugin may use, with the values that are in force.
    #[must_use]
    pub fn grants(&self) -> Vec<(String, Vec<Message>)> {
        let context = self.context();
        let of = |t: &TransportHandle| match t.config.isolation {
            Isolation::None => vec![msg!("engine-grants-everything")],
            Isolation::Process => t.instance.grant().messages(),
        };
        let known = context.transports.iter().filter(|t| !t.is_unknown());
        known.map(|t| (t.config.name.clone(), of(t))).collect()
    }

    /// What plugins say of their accounts that is wrong.
    pub(super) fn health_findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for (t, health) in self.transports().iter().filter_map(|t| Some((t, t.health.as_ref()?))) {
            let (name, why) = (&t.name, || health.detail.clone().unwrap_or_else(|| "".into()));
            if health.account_state == "not_ready" {
                found.push(Finding { fault: true, text: msg!("engine-doctor-not-ready", name = name, why = why()) });
            }
            if let Some((left, Some(alarm))) = health.credits.as_ref().filter(|_| health.is_low) {
                let text = msg!("engine-doctor-credits", name = name, left = left, alarm = alarm);
                found.push(Finding { fault: false, text });
            }
            if health.hearing == "deaf" {
                found.push(Finding { fault: true, text: msg!("engine-doctor-deaf", name = name, why = why()) });
            }
            if t.is_held_deaf {
                found.push(Finding { fault: true, text: msg!("engine-doctor-held-deaf", name = name) });
            }
        }
        found
    }

    /// Failures of which the admin would not be alerted, and alerts that could not be sent yet.
    pub(super) async fn without_alert(&self) -> Result<Vec<Finding>> {
        let context = self.context();
        let notify = &context.config.admin.notify;
        let names = context.transports.iter().map(|t| t.config.name.as_str());
        let mut found: Vec<Finding> = alerts::without_alert(names, notify)
            .into_iter()
            .map(|name| Finding { fault: false, text: msg!("engine-doctor-no-other-transport", name = name) })
            .collect();
        if notify.is_empty() && !found.is_empty() {
            let text = msg!("engine-doctor-nobody-notified");
            found = vec![Finding { fault: false, text }];
        }
        for row in context.store.alert_list().await?.into_iter().filter(|row| !row.is_told && row.service.is_none()) {
            let text = msg!("engine-doctor-alert-waits", detail = row.alert.detail);
            found.push(Finding { fault: false, text });
        }
        Ok(found)
    }

    /// The stored reason of a message, for a reader of either language.
    #[must_use]
    pub fn stored_reason(&self, transport: Option<TransportId>, reason: &str) -> Message {
        let context = self.context();
        let transport = transport.and_then(|id| context.transport(id));
        transport.map_or_else(|| Message::verbatim(reason), |transport| transport.stored_reason(reason))
    }

    /// What a provider told a transport of this name, for a reader of either language.
    #[must_use]
    pub fn said_to(&self, transport: &str, reply: &str) -> Message {
        let context = self.context();
        context.transport_named(transport).map_or_else(|| Message::quoted(reply), |transport| transport.said(reply))
    }

    fn transport_named(&self, name: &str) -> Result<Arc<TransportHandle>> {
        let context = self.context();
        context.transport_named(name).cloned().ok_or_else(|| {
            let help = suggestion(name, context.transports.iter().map(|t| t.config.name.as_str()));
            EngineError::refused("no_transport", msg!("engine-no-transport", name = %name.escape_debug()), help)
        })
    }

    /// The transport, and an address of a channel that it serves.
    fn transport_for(&self, name: &str, to: &str) -> Result<(Arc<TransportHandle>, Address)> {
        let transport = self.transport_named(name)?;
        let address = self.address_parse(to)?;
        if !transport.serves(address.channel()) {
            let message = msg!("engine-transport-does-not-serve", name = name, channel = address.channel().word());
            return Err(EngineError::refused("no_transport", message, msg!("engine-transport-does-not-serve-help")));
        }
        Ok((transport, address))
    }

    /// Asks a transport whether it reaches an address; nothing is sent.
    ///
    /// # Errors
    /// If there is no such transport, it does not serve the address's channel, or its plugin cannot be asked.
    pub async fn transport_reach(&self, name: &str, to: &str) -> Result<TestResult> {
        let (transport, address) = self.transport_for(name, to)?;
        let (instance, begin) = (transport.instance.clone(), Instant::now());
        let asked = tokio::task::spawn_blocking(move || {
            instance.lookup(&[(address.channel().word(), address.value())], LOOKUP_WITHIN)
        });
        let answer = asked.await.unwrap_or(Err(LookupRefusal::Closed)).map_err(|why| match why {
            LookupRefusal::NotOffered => EngineError::refused(
                "not_offered",
                msg!("engine-plugin-cannot-say", name = name),
                msg!("engine-plugin-cannot-say-help"),
            ),
            LookupRefusal::Closed | LookupRefusal::TooMany => EngineError::refused(
                "down",
                msg!("engine-plugin-does-not-run", name = name),
                msg!("engine-plugin-does-not-run-help"),
            ),
        })?;
        let (reach, detail) =
            answer.into_iter().next().map_or((Reachability::Unknown, String::new()), |r| (r.reach, r.detail));
        let state = match reach {
            Reachability::Yes => "reachable",
            Reachability::No => "unreachable",
            Reachability::Unknown => "unknown",
        };
        let said = transport.said(&detail);
        Ok(TestResult { ok: reach == Reachability::Yes, state: state.to_owned(), detail, said, took: begin.elapsed() })
    }

    /// Stops bulk and service messages of a transport, also beyond a restart; or lets them go on.
    ///
    /// # Errors
    /// If there is no such transport, or the pause cannot be written down.
    pub fn transport_pause(&self, name: &str, paused: bool) -> Result<TransportView> {
        let transport = self.transport_named(name)?;
        if paused {
            transport.pause_by_hand(self.now())?;
        } else {
            transport.resume(self.now())?;
        }
        Ok(view(&transport))
    }

    /// Sends one test message (class service, to an address of the admin's) and waits for its outcome.
    ///
    /// # Errors
    /// If there is no such transport, or it does not serve the address's channel.
    pub async fn transport_test(&self, name: &str, to: &str) -> Result<TestResult> {
        let (transport, address) = self.transport_for(name, to)?;
        let text = msg!("engine-test-message", sender = &self.context().config.sender.name);
        let text = format!("{} / {}", text.text(Language::De), text.text(Language::En));
        self.send_test(transport.id, address, ServiceContent::json("de", "Test", &text)).await
    }

    /// Sends one message to an address of the admin's and waits for its outcome.
    pub(super) async fn send_test(
        &self,
        transport: TransportId,
        address: Address,
        payload: String,
    ) -> Result<TestResult> {
        let new = NewContact { addresses: vec![address.clone()], ..NewContact::default() };
        let contact = self.context().store.contact_add(new, self.now()).await?;
        let row = contact.addresses.iter().find(|a| a.address == address);
        let begin = Instant::now();
        let service = NewService {
            class: Class::Service,
            transport,
            address: row.map(|r| r.id),
            list: None,
            payload,
            expires: Some(self.now().plus(TEST_WITHIN)),
        };
        let id = self.context().store.service_add(vec![service], self.now()).await?.pop().unwrap_or(DeliveryId(0));
        self.context().wake(Wake::Service(transport));
        loop {
            tokio::time::sleep(POLL).await;
            let row = self.context().store.service_get(id).await?;
            let Some(row) = row else { return Err(EngineError::Unknown(msg!("engine-no-message", name = %id))) };
            let waits = matches!(row.state, DeliveryState::Queued | DeliveryState::InFlight);
            if !waits || begin.elapsed() > TEST_WITHIN {
                let ok = row.state == DeliveryState::Sent;
                let waits_for = || self.context().transport(transport)?.pause_reason();
                let said = match (row.remote_id, row.reason) {
                    (Some(id), _) => Message::verbatim(id),
                    (None, Some(reason)) => self.stored_reason(Some(transport), &reason),
                    (None, None) => waits_for().unwrap_or_else(|| "".into()),
                };
                let (state, detail) = (row.state.word().to_owned(), said.to_string());
                return Ok(TestResult { ok, state, detail, said, took: begin.elapsed() });
            }
        }
    }
}
