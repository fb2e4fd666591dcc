//! The handle that web and the command line use. Cheap to clone; each method is one thing a person does.

use crate::start::{self, Inner};
use crate::view::*;
use crate::{Clock, Config, EngineError, broadcast, import, people};
use rundruf_consent::token::{self, Purpose};
use rundruf_consent::{Address, AddressId, BroadcastId, Channel, Class, DeliveryId, ListId, State, Time};
use rundruf_host::InstanceState;
use rundruf_store::{
    BroadcastMove, ContactRow, DeliveryState, Finding, ListStats, NewContact, NewService, Resolve, Store, TransportId,
};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, EngineError>;

/// How long a test message is waited for.
const TEST_WITHIN: Duration = Duration::from_secs(60);

/// The running engine.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("lists", &self.inner.lists.len()).finish_non_exhaustive()
    }
}

/// The nearest name, for "did you mean".
fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |other: &str| {
        let (a, b): (Vec<char>, Vec<char>) = (name.chars().collect(), other.chars().collect());
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut before = i;
            if let Some(first) = row.first_mut() {
                *first = i + 1;
            }
            for (j, y) in b.iter().enumerate() {
                let (left, up) = (row.get(j).copied().unwrap_or(0), row.get(j + 1).copied().unwrap_or(0));
                let next = (before + usize::from(x != y)).min(left + 1).min(up + 1);
                before = up;
                if let Some(slot) = row.get_mut(j + 1) {
                    *slot = next;
                }
            }
        }
        row.last().copied().unwrap_or(usize::MAX)
    };
    names.map(|n| (distance(n), n)).filter(|(d, _)| *d <= 3).min().map(|(_, n)| n)
}

impl Engine {
    /// Starts everything: syncs lists and transports, starts the plugins, settles what an earlier life left, then serves.
    ///
    /// # Errors
    /// If the store or a plugin refuses. Nothing runs then.
    pub async fn start(config: Config, store: Arc<dyn Store>) -> Result<Self> {
        Self::start_at(config, store, Clock::system()).await
    }

    /// As [`Engine::start`], with a clock of the caller's.
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub async fn start_at(config: Config, store: Arc<dyn Store>, clock: Clock) -> Result<Self> {
        Ok(Self { inner: start::start(config, store, clock).await? })
    }

    /// No new claims; waits for outcomes up to the deadline; stores them; ends plugins and store. True if nothing was left open.
    pub async fn stop(&self, deadline: Duration) -> bool {
        start::stop(&self.inner, deadline).await
    }

    /// The settings in force.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The store, for reading what needs no rule (lists of rows).
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.inner.clock.now()
    }

    /// The list's number.
    ///
    /// # Errors
    /// If there is none of that name, with the nearest name as help.
    pub fn list_id(&self, name: &str) -> Result<ListId> {
        if let Some((id, _)) = self.inner.lists.iter().find(|(_, c)| c.name == name) {
            return Ok(*id);
        }
        let names = || self.inner.lists.iter().map(|(_, c)| c.name.as_str());
        let help = match nearest(name, names()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
        };
        Err(EngineError::refused("no_list", format!("there is no list `{}`", name.escape_debug()), help))
    }

    /// The list's name.
    #[must_use]
    pub fn list_name(&self, id: ListId) -> String {
        self.inner.list(id).map_or_else(|| format!("#{id}"), |c| c.name.clone())
    }

    /// The transport's name.
    #[must_use]
    pub fn transport_name(&self, id: TransportId) -> String {
        self.inner.transport(id).map_or_else(|| format!("#{}", id.0), |t| t.config.name.clone())
    }

    // ---- people ----

    /// Adds a person. Nothing is sent.
    ///
    /// # Errors
    /// If an address is none, or belongs to somebody else.
    pub async fn contact_add(&self, form: ContactForm) -> Result<ContactRow> {
        if form.addresses.is_empty() {
            return Err(EngineError::refused(
                "no_address",
                "a contact needs at least one address",
                "--address email:anna@example.org",
            ));
        }
        for (key, value) in &form.vars {
            let plain = !key.is_empty()
                && key.len() <= 64
                && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
            if !plain {
                return Err(EngineError::refused(
                    "variable",
                    format!("`{}` is no name of a variable", key.escape_debug()),
                    "use a-z, 0-9 and _",
                ));
            }
            if value.chars().any(char::is_control) || value.len() > 1_024 {
                return Err(EngineError::refused(
                    "variable",
                    format!("`{key}` contains a line break or is too long"),
                    "one line, at most 1,024 bytes",
                ));
            }
        }
        let addresses = form
            .addresses
            .iter()
            .map(
                |(channel, text)| {
                    if channel.is_empty() { self.address_parse(text) } else { self.address_of(channel, text) }
                },
            )
            .collect::<Result<Vec<_>>>()?;
        let language = form.language.filter(|l| !l.is_empty());
        if language.as_ref().is_some_and(|l| l.len() > 35 || !l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
        {
            return Err(EngineError::refused("language", "the language is not a tag such as de or en", ""));
        }
        Ok(self.inner.store.contact_add(NewContact { language, vars: form.vars, addresses }, self.now()).await?)
    }

    fn address_of(&self, channel: &str, text: &str) -> Result<Address> {
        let words = || Channel::ALL.map(Channel::word).join(", ");
        let channel = Channel::parse(channel).ok_or_else(|| {
            EngineError::refused(
                "bad_channel",
                format!("there is no channel `{}`", channel.escape_debug()),
                format!("there are: {}", words()),
            )
        })?;
        Address::parse(channel, text, self.inner.config.default_region.as_deref()).map_err(|e| {
            EngineError::refused(
                "bad_address",
                e.to_string(),
                "write it as channel:address, such as email:anna@example.org",
            )
        })
    }

    /// Reads an address as a person types it: `channel:value`, or a bare value that only one channel can mean.
    ///
    /// # Errors
    /// If it is none.
    pub fn address_parse(&self, text: &str) -> Result<Address> {
        if let Some((channel, value)) = text.split_once(':')
            && Channel::parse(channel).is_some()
        {
            return self.address_of(channel, value);
        }
        let region = self.inner.config.default_region.as_deref();
        if text.contains('@') && !text.starts_with('@') {
            return self.address_of("email", text);
        }
        if text.starts_with('+') {
            return self.address_of("sms", text);
        }
        if text.starts_with('@') {
            return self.address_of("matrix", text);
        }
        Address::parse(Channel::Threema, text, region).map_err(|_| {
            EngineError::refused(
                "bad_address",
                "this may be several kinds of address",
                "write it as channel:address, such as sms:+49170…",
            )
        })
    }

    /// Asks for consent: evidence, request and the message, in one transaction. Answers the state afterwards.
    ///
    /// # Errors
    /// If the list has no transport for the address, or it was asked too often.
    pub async fn consent_request(&self, sign_up: SignUp) -> Result<State> {
        let list = self.list_id(&sign_up.list)?;
        people::request(&self.inner, list, &sign_up).await
    }

    /// What a confirm link is about; `None` if it is not genuine. Changes nothing.
    ///
    /// # Errors
    /// If the store fails; so for all of the following.
    pub async fn confirm_view(&self, token: &str) -> Result<Option<LinkView>> {
        people::confirm_view(&self.inner, token).await
    }

    /// The button on the confirm page. `ip_prefix` is already shortened.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn confirm(&self, token: &str, ip_prefix: Option<String>) -> Result<Option<LinkView>> {
        people::confirm(&self.inner, token, ip_prefix).await
    }

    /// What a leave link is about; `None` if it is not genuine. Changes nothing.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn leave_view(&self, token: &str) -> Result<Option<LinkView>> {
        people::leave_view(&self.inner, token).await
    }

    /// The button on the leave page, or a one-click POST.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn leave(&self, token: &str, by: LeaveBy) -> Result<Option<LinkView>> {
        people::leave(&self.inner, token, by).await
    }

    /// An operator enters a withdrawal: one list, or all lists of the address. Answers how many ended.
    ///
    /// # Errors
    /// If the address or list is unknown.
    pub async fn withdraw(&self, address: &Address, list: Option<&str>, actor: &str) -> Result<u64> {
        let list = list.map(|l| self.list_id(l)).transpose()?;
        people::withdraw(&self.inner, address, list, actor).await
    }

    /// The proof file of one consent: bytes, state, number of events.
    ///
    /// # Errors
    /// If there is no such consent, or it was erased.
    pub async fn proof(&self, address: &Address, list: &str) -> Result<(Vec<u8>, State, usize)> {
        let list = self.list_id(list)?;
        people::proof(&self.inner, address, list).await
    }

    /// An attachment behind a link: name, media type, bytes; `None` if the link is not genuine or over.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn file(&self, token: &str) -> Result<Option<(String, String, Vec<u8>)>> {
        let opened = token::open(&self.inner.store.secrets().token_key, Purpose::File, token, self.now());
        let Some(opened) = opened.filter(|o| !o.expired) else { return Ok(None) };
        Ok(self.inner.store.file_by_prefix(opened.id).await?)
    }

    /// Checks a whole file first, then stores it. `lines` gets one call for each report line, `progress` now and then.
    ///
    /// # Errors
    /// If the file is not what it claims to be: nothing is stored then.
    pub async fn import_csv(
        &self,
        file: &Path,
        form: ImportForm,
        lines: import::Lines,
        progress: import::Progress,
    ) -> Result<ImportSummary> {
        let id = self.list_id(&form.list)?;
        let Some(list) = self.inner.list(id) else {
            return Err(EngineError::Unknown { what: "list", name: form.list });
        };
        import::run(&self.inner.store, &self.inner.config, (id, list), file, form, (lines, progress), self.now()).await
    }

    /// Lists with their numbers.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn lists(&self) -> Result<Vec<ListStats>> {
        Ok(self.inner.store.list_stats().await?)
    }

    /// Closes a list for good. Answers how many consents it ended.
    ///
    /// # Errors
    /// If there is no such list.
    pub async fn list_close(&self, name: &str, actor: &str) -> Result<u64> {
        let list = self.list_id(name)?;
        people::close_list(&self.inner, list, actor).await
    }

    // ---- broadcasts ----

    /// Who would get what, and why the others would not.
    ///
    /// # Errors
    /// If the content is refused: with line and column.
    pub async fn broadcast_dry_run(&self, form: BroadcastForm) -> Result<DryRun> {
        let list = self.list_id(&form.list)?;
        broadcast::dry_run(&self.inner, list, form).await
    }

    /// Checks content and audience, stores them, begins (or schedules).
    ///
    /// # Errors
    /// If the content is refused: with line and column.
    pub async fn broadcast_send(&self, form: BroadcastForm) -> Result<BroadcastId> {
        let list = self.list_id(&form.list)?;
        broadcast::send(&self.inner, list, form).await
    }

    /// One broadcast.
    ///
    /// # Errors
    /// If there is no such broadcast.
    pub async fn broadcast_status(&self, id: BroadcastId) -> Result<BroadcastStatus> {
        let row = self.inner.store.broadcast_get(id).await?;
        let row = row.ok_or_else(|| EngineError::Unknown { what: "broadcast", name: id.to_string() })?;
        Ok(broadcast::status(&self.inner, row))
    }

    /// The newest broadcasts.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn broadcast_list(&self, limit: u32) -> Result<Vec<BroadcastStatus>> {
        let rows = self.inner.store.broadcast_list(false, limit).await?;
        Ok(rows.into_iter().map(|row| broadcast::status(&self.inner, row)).collect())
    }

    /// Pause, resume or cancel; exact, within a second.
    ///
    /// # Errors
    /// If its state does not allow it.
    pub async fn broadcast_move(&self, id: BroadcastId, to: BroadcastMove) -> Result<BroadcastStatus> {
        let row = self.inner.store.broadcast_move(id, to, self.now()).await?;
        self.inner.wake_all();
        Ok(broadcast::status(&self.inner, row))
    }

    /// A person decides about unknown deliveries.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unknown_resolve(&self, id: BroadcastId, delivery: Option<DeliveryId>, how: Resolve) -> Result<u64> {
        let changed = self.inner.store.unknown_resolve(id, delivery, how, self.now()).await?;
        self.inner.wake_all();
        Ok(changed)
    }

    // ---- transports ----

    /// All transports.
    #[must_use]
    pub fn transports(&self) -> Vec<TransportView> {
        self.inner
            .transports
            .iter()
            .map(|t| {
                let manifest = t.instance.manifest();
                let (state, reason) = match (t.instance.state(), t.paused()) {
                    (InstanceState::Down { reason }, _) => ("down", Some(reason)),
                    (_, Some(reason)) => ("paused", Some(reason)),
                    (InstanceState::Draining, None) => ("draining", None),
                    (InstanceState::Up, None) => ("up", None),
                };
                TransportView {
                    name: t.config.name.clone(),
                    plugin: manifest.id.clone(),
                    channels: manifest.channels.clone(),
                    isolation: if t.config.isolation == rundruf_host::Isolation::None { "none" } else { "process" },
                    state,
                    reason,
                    in_flight: t.in_flight.load(Ordering::Relaxed),
                    window: t.window,
                    rate_per_s: t.meter.lock().unwrap_or_else(PoisonError::into_inner).per_s(),
                    since: *t.changed.lock().unwrap_or_else(PoisonError::into_inner),
                }
            })
            .collect()
    }

    fn transport_named(&self, name: &str) -> Result<&Arc<crate::dispatch::Transport>> {
        let names = || self.inner.transports.iter().map(|t| t.config.name.as_str());
        self.inner.transports.iter().find(|t| t.config.name == name).ok_or_else(|| {
            let help = nearest(name, names()).map_or_else(
                || format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
                |n| format!("did you mean `{n}`?"),
            );
            EngineError::refused("no_transport", format!("there is no transport `{}`", name.escape_debug()), help)
        })
    }

    /// Stops bulk and service messages of a transport, or lets them go on.
    ///
    /// # Errors
    /// If there is no such transport.
    pub fn transport_pause(&self, name: &str, paused: bool) -> Result<TransportView> {
        let transport = self.transport_named(name)?;
        transport.set_paused(paused.then(|| "by hand".to_owned()), self.now());
        self.transports()
            .into_iter()
            .find(|t| t.name == name)
            .ok_or_else(|| EngineError::Unknown { what: "transport", name: name.to_owned() })
    }

    /// Sends one test message (class service, to an address of the admin's) and waits for its outcome.
    ///
    /// # Errors
    /// If there is no such transport, or it does not serve the address's channel.
    pub async fn transport_test(&self, name: &str, to: &str) -> Result<TestResult> {
        let transport = self.transport_named(name)?;
        let address = self.address_parse(to)?;
        if !transport.serves(address.channel()) {
            let message = format!("`{name}` does not serve {}", address.channel().word());
            return Err(EngineError::refused("no_transport", message, "test it with an address of its own channel"));
        }
        let new = NewContact { addresses: vec![address.clone()], ..NewContact::default() };
        let contact = self.inner.store.contact_add(new, self.now()).await?;
        let row = contact.addresses.iter().find(|a| a.address == address);
        let begin = Instant::now();
        let text = format!("Testnachricht von {0}. / Test message from {0}.", self.inner.config.sender.name);
        let service = NewService {
            class: Class::Service,
            transport: transport.id,
            address: row.map(|r| r.id),
            list: None,
            payload: crate::dispatch::render_payload("de", "Test", &text),
            expires: Some(self.now().plus(TEST_WITHIN)),
        };
        let id = self.inner.store.service_add(vec![service], self.now()).await?.pop().unwrap_or(DeliveryId(0));
        transport.wake.notify_one();
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let row = self.inner.store.service_get(id).await?;
            let Some(row) = row else { return Err(EngineError::Unknown { what: "message", name: id.to_string() }) };
            let waits = matches!(row.state, DeliveryState::Queued | DeliveryState::InFlight);
            if !waits || begin.elapsed() > TEST_WITHIN {
                let ok = row.state == DeliveryState::Sent;
                let detail = row.remote_id.or(row.reason).or_else(|| transport.paused()).unwrap_or_default();
                return Ok(TestResult { ok, state: row.state.word().to_owned(), detail, took: begin.elapsed() });
            }
        }
    }

    // ---- log and care ----

    /// Signs and returns a checkpoint.
    ///
    /// # Errors
    /// If the log is not a continuation of what was signed.
    pub async fn log_checkpoint(&self) -> Result<String> {
        Ok(self.inner.store.log_sign(self.inner.signer.clone(), self.now()).await?)
    }

    /// The log's verifier key.
    #[must_use]
    pub fn log_vkey(&self) -> String {
        self.inner.signer.vkey()
    }

    /// What `doctor` found in store and transports.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn doctor(&self) -> Result<Vec<Finding>> {
        let mut found = self.inner.store.doctor().await?;
        for t in self.transports() {
            match t.state {
                "down" => found.push(Finding {
                    fault: true,
                    text: format!("transport `{}` is down: {}", t.name, t.reason.unwrap_or_default()),
                }),
                "paused" => found.push(Finding {
                    fault: false,
                    text: format!("transport `{}` is paused: {}", t.name, t.reason.unwrap_or_default()),
                }),
                _ => {}
            }
        }
        Ok(found)
    }

    /// The link by which an address leaves a list.
    #[must_use]
    pub fn leave_url(&self, address: AddressId, list: ListId) -> String {
        people::leave_link(&self.inner, address, list)
    }
}
