//! The handle that web and the command line use. Cheap to clone; each method is one thing that a person does.

mod audit; // who changed what, and when
mod broadcast; // broadcasts as operators see them
mod contact; // people and addresses as they are typed
mod list; // lists as operators see them
mod person; // what an operator does for one person
mod transport; // transports as operators see them

use crate::clock::{Clock, ClockHold};
use crate::config::Config;
use crate::context::{EngineContext, Wake};
use crate::conversation::{link, opt_in, proof, unsubscribe};
use crate::error::{EngineError, Result};
use crate::suggest::suggestion;
use crate::supervise::{self, EngineSupervisor};
use crate::view::*;
use crate::{alerts, import};
pub use contact::address;
use rundruf_consent::log::LogKey;
use rundruf_consent::token::{self, Purpose};
use rundruf_consent::{Address, AddressId, ListId, State, Time};
use rundruf_host::Isolation;
use rundruf_lang::{Message, msg};
use rundruf_store::{Finding, Store, TransportId};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, watch};

/// The running engine.
#[derive(Clone)]
pub struct Engine {
    supervisor: Arc<EngineSupervisor>,
    /// Held while a broadcast is compared with those before it and stored; and the addresses of the last test messages.
    sending: Arc<Mutex<Vec<(Time, Address)>>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("lists", &self.context().lists.current.len()).finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts everything: lists and transports get their numbers, open deliveries of an earlier process are settled, plugins and tasks start.
    ///
    /// # Errors
    /// If the store or a plugin refuses. Nothing runs then.
    pub async fn start(config: Config, store: Arc<dyn Store>) -> Result<Self> {
        Self::start_at(config, store, Clock::system()).await
    }

    /// As [`Engine::start`], with the caller's clock.
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub async fn start_at(config: Config, store: Arc<dyn Store>, clock: Clock) -> Result<Self> {
        let supervisor = supervise::start(config, store, clock).await?;
        Ok(Self { supervisor, sending: Arc::default() })
    }

    /// No new claims; waits for outcomes up to the deadline; stores them; ends plugins and store. True if nothing was left open.
    pub async fn stop(&self, deadline: Duration) -> bool {
        supervise::stop(&self.supervisor, deadline).await
    }

    /// Takes other settings while everything goes on: transports with unchanged settings and library are not touched; the others finish their
    /// messages and start anew. Store and data folder stay those of the start.
    ///
    /// # Errors
    /// If the settings, the store or a plugin refuses: the old settings are in force then, and run.
    pub async fn reload(&self, config: Config) -> Result<()> {
        supervise::reload(&self.supervisor, config).await
    }

    /// Runs a task of the program around the engine until it ends by itself or `stopping` becomes true. One that dies is begun again with growing
    /// pauses; `doctor` shows it, and the admin is told. `task` has its words as `engine-task-…` in the catalogue.
    pub fn keep_running<F: Future<Output = ()> + Send + 'static>(
        &self,
        task: &'static str,
        stopping: watch::Receiver<bool>,
        begin: impl Fn() -> F + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let supervisor = Arc::clone(&self.supervisor);
        let faults = Arc::clone(&supervisor.faults);
        supervise::keep_running(task, faults, move || supervisor.context(), stopping, begin)
    }

    /// The settings in the file were refused: the admin is alerted, once.
    pub async fn settings_refused(&self, why: String) {
        alerts::settings_refused(&self.context(), why).await;
    }

    /// The settings in the file are in force.
    pub async fn settings_accepted(&self) {
        alerts::settings_accepted(&self.context()).await;
    }

    fn context(&self) -> Arc<EngineContext> {
        self.supervisor.context()
    }

    /// The settings in force.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        Arc::clone(&self.context().config)
    }

    /// Whether the store answers.
    pub async fn is_alive(&self) -> bool {
        self.context().store.list_all().await.is_ok()
    }

    /// The engine's time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.context().clock.now()
    }

    /// The list's number.
    ///
    /// # Errors
    /// If there is none of that name, with the nearest name as help.
    pub fn list_id(&self, name: &str) -> Result<ListId> {
        let context = self.context();
        if let Some((id, _)) = context.lists.current.iter().find(|(_, c)| c.name == name) {
            return Ok(*id);
        }
        let help = suggestion(name, context.lists.current.iter().map(|(_, c)| c.name.as_str()));
        Err(EngineError::refused("no_list", msg!("engine-no-list", name = %name.escape_debug()), help))
    }

    /// As [`Engine::list_id`], also for lists of former settings.
    fn any_list(&self, name: &str) -> Result<ListId> {
        let context = self.context();
        let former = context.lists.former.iter().find(|(_, n)| n == name);
        former.map_or_else(|| self.list_id(name), |(id, _)| Ok(*id))
    }

    /// The list's name, also if it is not in the settings any more.
    #[must_use]
    pub fn list_name(&self, id: ListId) -> String {
        let context = self.context();
        let former = || context.lists.former.iter().find(|(l, _)| *l == id).map(|(_, name)| name.clone());
        context.list(id).map(|c| c.name.clone()).or_else(former).unwrap_or_else(|| format!("#{id}"))
    }

    /// The transport's name.
    #[must_use]
    pub fn transport_name(&self, id: TransportId) -> String {
        self.context().transport(id).map_or_else(|| format!("#{}", id.0), |t| t.config.name.clone())
    }

    // ---- consents ----

    /// Asks for consent: evidence, request and the message, in one transaction. Answers the state afterwards.
    ///
    /// # Errors
    /// If the list has no transport for the address, or it was asked too often.
    pub async fn consent_request(&self, sign_up: SignUp) -> Result<State> {
        let list = self.list_id(&sign_up.list)?;
        opt_in::request(&self.context(), list, &sign_up, None).await
    }

    /// What a confirm link is about; `None` if it is not genuine. Changes nothing.
    ///
    /// # Errors
    /// If the store fails; so for all of the following.
    pub async fn confirm_view(&self, token: &str) -> Result<Option<LinkView>> {
        opt_in::show(&self.context(), token).await
    }

    /// The button on the confirm page. `ip_prefix` is already shortened.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn confirm(&self, token: &str, ip_prefix: Option<String>) -> Result<Option<LinkView>> {
        opt_in::confirm(&self.context(), token, ip_prefix).await
    }

    /// What an unsubscribe link is about; `None` if it is not genuine. Changes nothing.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unsubscribe_view(&self, token: &str) -> Result<Option<LinkView>> {
        unsubscribe::show(&self.context(), token).await
    }

    /// The button on the unsubscribe page, or a one-click POST.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unsubscribe(&self, token: &str, by: UnsubscribeMethod) -> Result<Option<LinkView>> {
        unsubscribe::by_link(&self.context(), token, by).await
    }

    /// An operator enters a withdrawal: one list, or all lists of the address. Answers how many ended.
    ///
    /// # Errors
    /// If the address or list is unknown.
    pub async fn withdraw(&self, address: &Address, list: Option<&str>, actor: &str) -> Result<u64> {
        let list = list.map(|l| self.any_list(l)).transpose()?;
        unsubscribe::by_operator(&self.context(), address, list, actor).await
    }

    /// The proof file of one consent: bytes, state, number of events.
    ///
    /// # Errors
    /// If there is no such consent, or it was erased.
    pub async fn proof(&self, address: &Address, list: &str) -> Result<(Vec<u8>, State, usize)> {
        let list = self.any_list(list)?;
        proof::proof(&self.context(), address, list).await
    }

    /// The attachment behind a link: name, media type, bytes; `None` if the link is not genuine or has expired.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn file(&self, token: &str) -> Result<Option<(String, String, Vec<u8>)>> {
        let opened = token::verify(&self.context().store.secrets().token_key, Purpose::File, token, self.now());
        let Some(opened) = opened.filter(|o| !o.expired) else { return Ok(None) };
        Ok(self.context().store.file_by_prefix(opened.id).await?)
    }

    /// Checks a whole file first, then stores it. `lines` gets one call for each report line, `progress` now and then.
    ///
    /// # Errors
    /// If the file is not a CSV file as it claims to be: nothing is stored then.
    pub async fn import_csv(
        &self,
        file: &Path,
        form: ImportForm,
        lines: import::ReportSink,
        progress: import::ProgressSink,
    ) -> Result<(ImportSummary, Vec<ImportColumn>)> {
        let id = self.list_id(&form.list)?;
        let context = self.context();
        let list = context.open_list(id)?;
        import::run(&context.store, &context.config, (id, list), file, form, (lines, progress), self.now()).await
    }

    // ---- clock, log and diagnosis ----

    /// The clock that the engine works by.
    #[must_use]
    pub fn clock_status(&self) -> ClockStatus {
        let clock = &self.context().clock;
        ClockStatus { now: clock.now(), hold: clock.hold(), is_synchronised: clock.is_synchronised() }
    }

    /// The admin says that the clock is right as it is. Answers the jump that is believed from now on, if there was one.
    pub fn clock_accept(&self, actor: &str) -> Option<ClockHold> {
        let context = self.context();
        let hold = context.clock.accept()?;
        tracing::warn!(actor, ahead_s = hold.ahead_s(), "the clock was accepted");
        context.wake(Wake::Broadcasts);
        Some(hold)
    }

    /// Signs and returns a checkpoint.
    ///
    /// # Errors
    /// If the log is not a continuation of what was signed.
    pub async fn log_checkpoint(&self) -> Result<String> {
        self.context().sign_log().await
    }

    /// The log's verifier key.
    #[must_use]
    pub fn log_vkey(&self) -> String {
        self.context().log_key.vkey()
    }

    /// The verifier keys of the log, one a line: the one that signs now, then those from before each fork.
    #[must_use]
    pub fn log_vkeys(&self) -> String {
        let context = self.context();
        let first = LogKey { origin: context.config.log_origin.clone(), seed: context.store.secrets().log_seed };
        let forks = context.log_forks();
        (0..=forks).rev().map(|n| format!("{}\n", first.after_breaks(n).vkey())).collect()
    }

    /// The findings of `doctor` in store and transports.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn doctor(&self) -> Result<Vec<Finding>> {
        let mut found = self.context().store.doctor().await?;
        if let Some(hold) = self.context().clock.hold() {
            found.push(Finding {
                fault: true,
                text: msg!("engine-doctor-clock", jump = hold.message(&self.config().time_zone)),
            });
        }
        for (task, deaths) in self.supervisor.faults.list() {
            // Those of transports are shown with their transport.
            if let Some(task) = Message::find(&format!("engine-task-{task}")) {
                found.push(Finding { fault: true, text: msg!("engine-doctor-task", task = task, deaths = deaths) });
            }
        }
        for t in self.transports() {
            match t.state {
                "down" => found.push(Finding {
                    fault: true,
                    text: msg!("engine-transport-down", name = t.name, reason = t.reason.unwrap_or_else(|| "".into())),
                }),
                "gone" => found.push(Finding {
                    fault: true,
                    text: msg!("engine-transport-left", name = t.name, reason = t.reason.unwrap_or_else(|| "".into())),
                }),
                "waiting" => found.push(Finding {
                    fault: t.since.plus(self.config().probe.tell_after) <= self.now(),
                    text: msg!(
                        "engine-transport-waiting",
                        name = t.name,
                        reason = t.reason.unwrap_or_else(|| "".into())
                    ),
                }),
                "paused" => found.push(Finding {
                    fault: false,
                    text: msg!(
                        "engine-transport-paused",
                        name = t.name,
                        reason = t.reason.unwrap_or_else(|| "".into())
                    ),
                }),
                _ => {}
            }
        }
        found.extend(self.health_findings());
        let limit = self.context().config.timers.stale_after.as_secs() / (30 * 86_400);
        for (list, count) in self.context().unused() {
            let text = msg!("engine-consents-unused", list = list, count = count, months = limit / 2, limit = limit);
            found.push(Finding { fault: false, text });
        }
        let waiting = crate::person::waiting(&self.context()).await?;
        found.extend(waiting.into_iter().map(|text| Finding { fault: false, text }));
        found.extend(self.without_alert().await?);
        found.extend(self.held_lists().await?);
        for t in &self.context().transports {
            let (name, manifest) = (&t.config.name, t.instance.manifest());
            if manifest.is_unknown() {
                continue;
            }
            let config = self.config();
            if let Some(reason) = config.unusable.get(name).filter(|_| self.is_running(name)) {
                let text = msg!("engine-transport-not-again", name = name, reason = reason);
                found.push(Finding { fault: true, text });
            }
            let config = serde_json::from_str(&t.config.config).unwrap_or_default();
            let notes = manifest.review_notes(self.now().0, &config).into_iter();
            found.extend(
                notes.map(|s| Finding { fault: false, text: msg!("engine-plugin-remark", name = name, remark = s) }),
            );
        }
        // Only where a plugin runs in a process of its own.
        if self.context().transports.iter().any(|t| t.config.isolation == Isolation::Process) {
            let missing = rundruf_host::confinement::support().missing;
            found.extend(missing.into_iter().map(|feature| Finding { fault: false, text: feature.message() }));
        }
        Ok(found)
    }

    /// The link by which an address leaves a list.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unsubscribe_url(&self, address: AddressId, list: ListId) -> Result<String> {
        let context = self.context();
        let random = context.store.address_get(address).await?.map_or(0, |row| row.link);
        Ok(link::unsubscribe(&context, address, list, random))
    }
}
