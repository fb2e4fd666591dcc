//! The handle that web and the command line use. Cheap to clone; each method is one thing a person does.

mod contact; // people and addresses as they are typed
pub(crate) mod nearest; // "did you mean"
mod transport; // transports as people see them

use crate::start::{self, Inner};
use crate::view::*;
use crate::wake::Wake;
use crate::{Clock, Config, EngineError, alarm, broadcast, import, leave, optin, proof, reload};
pub use contact::address;
use nearest::help;
use rundruf_consent::token::{self, Purpose};
use rundruf_consent::{Address, AddressId, BroadcastId, DeliveryId, ListId, State, Time};
use rundruf_host::Isolation;
use rundruf_store::{BroadcastAction, Finding, ListStats, Store, TransportId, UnknownResolution};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;

type Result<T> = std::result::Result<T, EngineError>;

/// The running engine.
#[derive(Clone)]
pub struct Engine {
    store: Arc<dyn Store>,
    /// A reload puts another one here; whoever has begun with one ends with it.
    inner: Arc<RwLock<Arc<Inner>>>,
    /// One at a time changes everything.
    changing: Arc<Mutex<()>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("lists", &self.inner().lists.len()).finish_non_exhaustive()
    }
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
        let inner = start::start(config, Arc::clone(&store), clock).await?;
        Ok(Self { store, inner: Arc::new(RwLock::new(inner)), changing: Arc::default() })
    }

    /// No new claims; waits for outcomes up to the deadline; stores them; ends plugins and store. True if nothing was left open.
    pub async fn stop(&self, deadline: Duration) -> bool {
        let _alone = self.changing.lock().await;
        start::stop(&self.inner(), deadline).await
    }

    /// Other settings, while everything goes on: transports whose settings and library are as they were are not touched; the others finish
    /// what they hold and begin anew. Store and folder are those of the start.
    ///
    /// # Errors
    /// If the settings, the store or a plugin refuses: the old settings are in force then, and run.
    pub async fn reload(&self, config: Config) -> Result<()> {
        let _alone = self.changing.lock().await;
        let old = self.inner();
        let (inner, done) = reload::reload(&old, config).await;
        *self.inner.write().unwrap_or_else(PoisonError::into_inner) = inner;
        done
    }

    /// The file has new settings, and they are not taken: the admin is told, once, until they are.
    pub async fn settings_refused(&self, why: String) {
        alarm::settings_fail(&self.inner(), why).await;
    }

    /// What stands in the file is in force.
    pub async fn settings_taken(&self) {
        alarm::settings_work(&self.inner()).await;
    }

    fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.inner.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The settings in force.
    #[must_use]
    pub fn config(&self) -> Arc<Config> {
        Arc::clone(&self.inner().config)
    }

    /// The store, for reading what needs no rule (lists of rows).
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.inner().clock.now()
    }

    /// The list's number.
    ///
    /// # Errors
    /// If there is none of that name, with the nearest name as help.
    pub fn list_id(&self, name: &str) -> Result<ListId> {
        let inner = self.inner();
        if let Some((id, _)) = inner.lists.iter().find(|(_, c)| c.name == name) {
            return Ok(*id);
        }
        let help = help(name, inner.lists.iter().map(|(_, c)| c.name.as_str()));
        Err(EngineError::refused("no_list", format!("there is no list `{}`", name.escape_debug()), help))
    }

    /// As [`Engine::list_id`], also for lists of former settings.
    fn any_list(&self, name: &str) -> Result<ListId> {
        let inner = self.inner();
        let former = inner.former.iter().find(|(_, n)| n == name);
        former.map_or_else(|| self.list_id(name), |(id, _)| Ok(*id))
    }

    /// The list's name, also if it is not in the settings any more.
    #[must_use]
    pub fn list_name(&self, id: ListId) -> String {
        let inner = self.inner();
        let former = || inner.former.iter().find(|(l, _)| *l == id).map(|(_, name)| name.clone());
        inner.list(id).map(|c| c.name.clone()).or_else(former).unwrap_or_else(|| format!("#{id}"))
    }

    /// The transport's name.
    #[must_use]
    pub fn transport_name(&self, id: TransportId) -> String {
        self.inner().transport(id).map_or_else(|| format!("#{}", id.0), |t| t.config.name.clone())
    }

    // ---- consents ----

    /// Asks for consent: evidence, request and the message, in one transaction. Answers the state afterwards.
    ///
    /// # Errors
    /// If the list has no transport for the address, or it was asked too often.
    pub async fn consent_request(&self, sign_up: SignUp) -> Result<State> {
        let list = self.list_id(&sign_up.list)?;
        optin::request(&self.inner(), list, &sign_up, None).await
    }

    /// What a confirm link is about; `None` if it is not genuine. Changes nothing.
    ///
    /// # Errors
    /// If the store fails; so for all of the following.
    pub async fn confirm_view(&self, token: &str) -> Result<Option<LinkView>> {
        optin::confirm_view(&self.inner(), token).await
    }

    /// The button on the confirm page. `ip_prefix` is already shortened.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn confirm(&self, token: &str, ip_prefix: Option<String>) -> Result<Option<LinkView>> {
        optin::confirm(&self.inner(), token, ip_prefix).await
    }

    /// What a leave link is about; `None` if it is not genuine. Changes nothing.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn leave_view(&self, token: &str) -> Result<Option<LinkView>> {
        leave::leave_view(&self.inner(), token).await
    }

    /// The button on the leave page, or a one-click POST.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn leave(&self, token: &str, by: LeaveBy) -> Result<Option<LinkView>> {
        leave::leave(&self.inner(), token, by).await
    }

    /// An operator enters a withdrawal: one list, or all lists of the address. Answers how many ended.
    ///
    /// # Errors
    /// If the address or list is unknown.
    pub async fn withdraw(&self, address: &Address, list: Option<&str>, actor: &str) -> Result<u64> {
        let list = list.map(|l| self.any_list(l)).transpose()?;
        leave::withdraw(&self.inner(), address, list, actor).await
    }

    /// The proof file of one consent: bytes, state, number of events.
    ///
    /// # Errors
    /// If there is no such consent, or it was erased.
    pub async fn proof(&self, address: &Address, list: &str) -> Result<(Vec<u8>, State, usize)> {
        let list = self.any_list(list)?;
        proof::proof(&self.inner(), address, list).await
    }

    /// An attachment behind a link: name, media type, bytes; `None` if the link is not genuine or over.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn file(&self, token: &str) -> Result<Option<(String, String, Vec<u8>)>> {
        let opened = token::verify(&self.inner().store.secrets().token_key, Purpose::File, token, self.now());
        let Some(opened) = opened.filter(|o| !o.expired) else { return Ok(None) };
        Ok(self.inner().store.file_by_prefix(opened.id).await?)
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
        let inner = self.inner();
        let Some(list) = inner.list(id) else {
            return Err(EngineError::Unknown { what: "list", name: form.list });
        };
        import::run(&inner.store, &inner.config, (id, list), file, form, (lines, progress), self.now()).await
    }

    /// Lists with their numbers.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn lists(&self) -> Result<Vec<ListStats>> {
        Ok(self.inner().store.list_stats().await?)
    }

    /// Closes a list for good. Answers how many consents it ended.
    ///
    /// # Errors
    /// If there is no such list.
    pub async fn list_close(&self, name: &str, actor: &str) -> Result<u64> {
        let list = self.list_id(name)?;
        leave::close_list(&self.inner(), list, actor).await
    }

    // ---- broadcasts ----

    /// Who would get what, and why the others would not.
    ///
    /// # Errors
    /// If the content is refused: with line and column.
    pub async fn broadcast_dry_run(&self, form: BroadcastForm) -> Result<DryRun> {
        let list = self.list_id(&form.list)?;
        broadcast::dry_run(&self.inner(), list, form).await
    }

    /// Checks content and audience, stores them, begins (or schedules).
    ///
    /// # Errors
    /// If the content is refused: with line and column.
    pub async fn broadcast_send(&self, form: BroadcastForm) -> Result<BroadcastId> {
        let list = self.list_id(&form.list)?;
        broadcast::send(&self.inner(), list, form).await
    }

    /// One broadcast.
    ///
    /// # Errors
    /// If there is no such broadcast.
    pub async fn broadcast_status(&self, id: BroadcastId) -> Result<BroadcastStatus> {
        let row = self.inner().store.broadcast_get(id).await?;
        let row = row.ok_or_else(|| EngineError::Unknown { what: "broadcast", name: id.to_string() })?;
        Ok(broadcast::status(&self.inner(), row))
    }

    /// The newest broadcasts.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn broadcast_list(&self, limit: u32) -> Result<Vec<BroadcastStatus>> {
        let rows = self.inner().store.broadcast_list(false, limit).await?;
        Ok(rows.into_iter().map(|row| broadcast::status(&self.inner(), row)).collect())
    }

    /// Pause, resume or cancel; exact, within a second.
    ///
    /// # Errors
    /// If its state does not allow it.
    pub async fn broadcast_change(&self, id: BroadcastId, to: BroadcastAction) -> Result<BroadcastStatus> {
        let row = self.inner().store.broadcast_change(id, to, self.now()).await?;
        self.inner().wake(Wake::Broadcasts);
        Ok(broadcast::status(&self.inner(), row))
    }

    /// A person decides about unknown deliveries.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unknown_resolve(
        &self,
        id: BroadcastId,
        delivery: Option<DeliveryId>,
        how: UnknownResolution,
    ) -> Result<u64> {
        let changed = self.inner().store.unknown_resolve(id, delivery, how, self.now()).await?;
        self.inner().wake(Wake::Broadcasts);
        Ok(changed)
    }

    // ---- log and care ----

    /// Signs and returns a checkpoint.
    ///
    /// # Errors
    /// If the log is not a continuation of what was signed.
    pub async fn log_checkpoint(&self) -> Result<String> {
        Ok(self.inner().store.log_sign(self.inner().signer.clone(), self.now()).await?)
    }

    /// The log's verifier key.
    #[must_use]
    pub fn log_vkey(&self) -> String {
        self.inner().signer.vkey()
    }

    /// What `doctor` found in store and transports.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn doctor(&self) -> Result<Vec<Finding>> {
        let mut found = self.inner().store.doctor().await?;
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
        found.extend(self.unheard().await?);
        for t in &self.inner().transports {
            let (name, manifest) = (&t.config.name, t.instance.manifest());
            let config = serde_json::from_str(&t.config.config).unwrap_or_default();
            let said = manifest.worth_a_look(self.now().0, &config).into_iter();
            found.extend(said.map(|s| Finding { fault: false, text: format!("the plugin of `{name}`: {s}") }));
        }
        // Of no interest where no plugin runs, or all run in this process.
        if self.inner().transports.iter().any(|t| t.config.isolation == Isolation::Process) {
            let lacks = rundruf_host::confinement::support().lacks;
            found.extend(lacks.into_iter().map(|lack| Finding { fault: false, text: lack.to_string() }));
        }
        Ok(found)
    }

    /// The link by which an address leaves a list.
    #[must_use]
    pub fn leave_url(&self, address: AddressId, list: ListId) -> String {
        leave::leave_link(&self.inner(), address, list)
    }
}
