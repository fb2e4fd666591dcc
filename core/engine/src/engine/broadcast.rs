//! Broadcasts as operators see them.

use super::{Engine, Result};
use crate::broadcast;
use crate::content::{self, BroadcastContent};
use crate::context::Wake;
use crate::error::EngineError;
use crate::view::{BroadcastForm, BroadcastStatus, BroadcastView, DryRun, TestResult};
use rundruf_consent::{Address, BroadcastId, DeliveryId};
use rundruf_lang::msg;
use rundruf_store::{BroadcastAction, BroadcastRow, DeliveryRow, DeliveryState, UnknownResolution};
use std::time::Duration;

/// To how many addresses test messages may go within a day.
const TEST_ADDRESSES: usize = 5;
const TESTS_WITHIN: Duration = Duration::from_secs(86_400);

impl Engine {
    /// Who would get what, and why the others would not.
    ///
    /// # Errors
    /// If the content is refused: with line and column.
    pub async fn broadcast_dry_run(&self, form: BroadcastForm) -> Result<DryRun> {
        let list = self.list_id(&form.list)?;
        broadcast::dry_run(&self.context(), list, form, false).await
    }

    /// As [`Engine::broadcast_dry_run`], with the HTML of each sample.
    ///
    /// # Errors
    /// As [`Engine::broadcast_dry_run`].
    pub async fn broadcast_preview(&self, form: BroadcastForm) -> Result<DryRun> {
        let list = self.list_id(&form.list)?;
        broadcast::dry_run(&self.context(), list, form, true).await
    }

    /// Checks content and audience, stores them, begins (or schedules).
    ///
    /// # Errors
    /// If the content is refused: with line and column.
    pub async fn broadcast_send(&self, form: BroadcastForm) -> Result<BroadcastId> {
        let list = self.list_id(&form.list)?;
        // Two at once do not pass by each other: the second one finds the first.
        let _alone = self.sending.lock().await;
        broadcast::send(&self.context(), list, form).await
    }

    /// The stored broadcast, if there is one.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn broadcast_get(&self, id: BroadcastId) -> Result<Option<BroadcastRow>> {
        Ok(self.context().store.broadcast_get(id).await?)
    }

    /// What a broadcast says.
    ///
    /// # Errors
    /// If its stored content is damaged.
    pub fn broadcast_view(&self, row: &BroadcastRow) -> Result<BroadcastView> {
        let source: BroadcastContent = serde_json::from_str(&row.content)
            .map_err(|_| EngineError::refused("content", msg!("engine-content-damaged"), ""))?;
        let subject = content::subject_line(&source, &self.config().default_language);
        Ok(BroadcastView { subject, files: broadcast::files_of(&source), text: source.text })
    }

    /// Sends the message of a broadcast to its author alone and waits for the outcome. With an empty list name the only list is meant.
    ///
    /// # Errors
    /// If the content is refused, no transport of the list serves the address, or there were test messages to too many other addresses today.
    pub async fn broadcast_test(&self, mut form: BroadcastForm, to: &str) -> Result<TestResult> {
        let context = self.context();
        if form.list.is_empty()
            && let [(_, only)] = context.lists.current.as_slice()
        {
            form.list.clone_from(&only.name);
        }
        let list = self.list_id(&form.list)?;
        let address = self.address_parse(to)?;
        self.admit_test(&address).await?;
        let (transport, payload) = broadcast::prepare_test(&context, list, form, &address).await?;
        self.send_test(transport, address, payload).await
    }

    /// Test messages are for their author, not a way around consent: a few addresses a day.
    async fn admit_test(&self, address: &Address) -> Result<()> {
        let now = self.now();
        let mut tested = self.sending.lock().await;
        tested.retain(|(at, _)| now.0.abs_diff(at.0) < TESTS_WITHIN.as_millis() as u64);
        if tested.iter().all(|(_, known)| known != address) {
            if tested.len() >= TEST_ADDRESSES {
                let message = msg!("engine-test-too-many", most = TEST_ADDRESSES);
                return Err(EngineError::refused("too_many", message, msg!("engine-test-too-many-help")));
            }
            tested.push((now, address.clone()));
        }
        Ok(())
    }

    /// Sends the failed deliveries of a broadcast again: never to a person who has got it, or who has stopped meanwhile. Answers how many.
    ///
    /// # Errors
    /// If the broadcast has ended.
    pub async fn resend_failed(&self, id: BroadcastId) -> Result<u64> {
        let queued = self.context().store.resend_failed(id, self.now()).await?;
        self.context().wake(Wake::Broadcasts);
        Ok(queued)
    }

    /// Deliveries of a broadcast behind `after`, in order of their numbers; `state` filters them.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn delivery_list(
        &self,
        id: BroadcastId,
        state: Option<DeliveryState>,
        after: DeliveryId,
        limit: u32,
    ) -> Result<Vec<DeliveryRow>> {
        Ok(self.context().store.delivery_list(id, state, after, limit).await?)
    }

    /// One broadcast with its progress.
    ///
    /// # Errors
    /// If there is no such broadcast.
    pub async fn broadcast_status(&self, id: BroadcastId) -> Result<BroadcastStatus> {
        let row = self.context().store.broadcast_get(id).await?;
        let row = row.ok_or_else(|| EngineError::Unknown(msg!("engine-no-broadcast", name = %id)))?;
        Ok(broadcast::status(&self.context(), row))
    }

    /// What providers said about parts and cost of a broadcast, by currency.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn broadcast_cost(&self, id: BroadcastId) -> Result<Vec<rundruf_store::CostTotal>> {
        Ok(self.context().store.broadcast_cost(id).await?)
    }

    /// The newest broadcasts.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn broadcast_list(&self, limit: u32) -> Result<Vec<BroadcastStatus>> {
        let rows = self.context().store.broadcast_list(false, limit).await?;
        Ok(rows.into_iter().map(|row| broadcast::status(&self.context(), row)).collect())
    }

    /// Pauses, resumes or cancels a broadcast; takes effect within a second.
    ///
    /// # Errors
    /// If its state does not allow it.
    pub async fn broadcast_change(&self, id: BroadcastId, to: BroadcastAction) -> Result<BroadcastStatus> {
        let row = self.context().store.broadcast_change(id, to, self.now()).await?;
        if to != BroadcastAction::Resume {
            for transport in &self.context().transports {
                transport.ask_back(|wanted| wanted.broadcasts.push(id));
            }
        }
        self.context().wake(Wake::Broadcasts);
        Ok(broadcast::status(&self.context(), row))
    }

    /// Resolves unknown deliveries as a person decided. Answers how many changed.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn unknown_resolve(
        &self,
        id: BroadcastId,
        delivery: Option<DeliveryId>,
        how: UnknownResolution,
    ) -> Result<u64> {
        let changed = self.context().store.unknown_resolve(id, delivery, how, self.now()).await?;
        self.context().wake(Wake::Broadcasts);
        Ok(changed)
    }
}
