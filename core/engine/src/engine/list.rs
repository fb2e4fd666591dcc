//! Lists as operators see them: numbers, closing, and what to do when a purpose has changed.

use super::{Engine, Result};
use crate::alerts;
use crate::clock::local_time;
use crate::context::Wake;
use crate::conversation::unsubscribe;
use crate::error::EngineError;
use rundruf_consent::basis::{BasisChange, ConsentBasis};
use rundruf_consent::{ListId, Time};
use rundruf_lang::{Message, msg};
use rundruf_store::{DatedSamePurpose, Finding, ListHold, ListStats, SamePurpose};
use std::sync::PoisonError;

/// Longest reason, in characters.
const MAX_REASON: usize = 500;

/// A reason that is kept: one line of some words.
pub(super) fn checked_reason(reason: &str, help: Message) -> Result<&str> {
    let reason = reason.trim();
    if reason.chars().count() < 3 || reason.chars().count() > MAX_REASON || reason.chars().any(char::is_control) {
        return Err(EngineError::refused("reason", msg!("engine-reason", most = MAX_REASON), help));
    }
    Ok(reason)
}

impl Engine {
    /// Lists with their numbers.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn lists(&self) -> Result<Vec<ListStats>> {
        Ok(self.context().store.list_stats().await?)
    }

    /// What differs between the settings of a held list and what its consents were given for; empty if it is not held.
    #[must_use]
    pub fn list_differences(&self, list: ListId) -> Vec<Message> {
        let context = self.context();
        let held = context.lists.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(&list).into_iter().flatten().map(BasisChange::message).collect()
    }

    /// What admins have said about changes of a list, oldest first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn list_changes(&self, list: ListId) -> Result<Vec<DatedSamePurpose>> {
        Ok(self.context().store.list_changes(list).await?)
    }

    /// The admin says that a held list has the same purpose as before, in other words, and why. The list goes on.
    ///
    /// # Errors
    /// If there is no such list, it is not held, or the reason is empty.
    pub async fn list_same_purpose(&self, name: &str, reason: &str, actor: &str) -> Result<()> {
        let id = self.list_id(name)?;
        let reason = checked_reason(reason, msg!("engine-reason-help"))?;
        let context = self.context();
        let held = context.lists.held.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&id);
        let Some(list) = context.list(id).filter(|_| held) else {
            return Err(EngineError::refused("not_held", msg!("engine-list-not-held", name = name), ""));
        };
        let rows = context.store.list_all().await?;
        let before = rows.into_iter().find(|row| row.id == id).and_then(|row| row.basis).unwrap_or_default();
        let now = context.config.basis_of(list);
        let after = ConsentBasis::from_json(&before).map_or_else(|| now.clone(), |before| before.with(&now)).to_json();
        let (reason, actor) = (reason.to_owned(), actor.to_owned());
        let same = SamePurpose { list: id, actor, reason, before, after };
        context.store.list_same_purpose(same, context.clock.now()).await?;
        context.lists.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        tracing::info!(list = %name, "the admin says that the list has the same purpose in other words: it goes on");
        alerts::list_goes_on(&context, name).await;
        context.wake(Wake::Broadcasts);
        Ok(())
    }

    /// The admin says that every stop since a backup is entered, and why that is known: lists go on. Answers since when stops were missing.
    ///
    /// # Errors
    /// If none are missing, or the reason is empty.
    pub async fn stops_complete(&self, reason: &str) -> Result<Time> {
        checked_reason(reason, msg!("engine-stops-reason-help"))?;
        let context = self.context();
        let since = context.store.stops_complete(context.clock.now()).await?;
        let since = since.ok_or_else(|| EngineError::refused("not_missing", msg!("engine-stops-not-missing"), ""))?;
        tracing::info!("the admin says that the stops since the backup are entered: lists go on");
        context.wake(Wake::Broadcasts);
        Ok(since)
    }

    /// Closes a list for good, also one that is not in the settings any more. Answers how many consents it ended.
    ///
    /// # Errors
    /// If there is no such list.
    pub async fn list_close(&self, name: &str, actor: &str) -> Result<u64> {
        let list = self.any_list(name)?;
        let ended = unsubscribe::close_list(&self.context(), list, actor).await?;
        alerts::list_goes_on(&self.context(), name).await;
        self.context().wake(Wake::Broadcasts);
        Ok(ended)
    }

    /// What `doctor` says about lists that send nothing.
    pub(super) async fn held_lists(&self) -> Result<Vec<Finding>> {
        let mut found = Vec::new();
        for list in self.lists().await?.into_iter().filter(|list| !list.closed) {
            let live = list.live();
            match list.hold {
                ListHold::Changed => {
                    let what = self.list_differences(list.id);
                    let text = msg!("engine-doctor-list-changed", name = &list.name, live = live, what = what);
                    found.push(Finding { fault: true, text });
                }
                ListHold::Gone if live > 0 => {
                    let text = msg!("engine-doctor-list-gone", name = &list.name, live = live);
                    found.push(Finding { fault: false, text });
                }
                ListHold::Gone | ListHold::Nothing | ListHold::StopsMissing => {}
            }
        }
        if let Some(since) = self.context().store.stops_missing().await? {
            let text = msg!("engine-doctor-stops-missing", since = local_time(since, &self.config().time_zone));
            found.push(Finding { fault: false, text });
        }
        Ok(found)
    }
}
