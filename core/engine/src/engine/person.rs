//! What an operator does for one person.

use super::{Engine, Result};
use crate::error::EngineError;
use crate::person;
use crate::view::{Erasure, InboxItem, InboxView};
use rundruf_consent::DeliveryId;
use rundruf_lang::{Language, msg};
use rundruf_store::InboxAction;

impl Engine {
    /// Everything about one person as a ZIP: JSON, and a page to read.
    ///
    /// # Errors
    /// If there is no such person.
    pub async fn contact_export(&self, who: &str, language: Language) -> Result<Vec<u8>> {
        let contact = self.contact_named(who).await?;
        person::export(&self.context(), &contact, language).await
    }

    /// One file of it: `export.json` or `readme.html`.
    ///
    /// # Errors
    /// If there is no such person or file.
    pub async fn contact_export_part(&self, who: &str, name: &str, language: Language) -> Result<Vec<u8>> {
        let contact = self.contact_named(who).await?;
        person::export_part(&self.context(), &contact, name, language).await
    }

    /// Erases a person with all addresses, or with `only` the one address that was named. `dry_run` only says which addresses these are.
    ///
    /// # Errors
    /// If there is no such person, or `only` comes with a number.
    pub async fn contact_erase(&self, who: &str, only: bool, dry_run: bool, actor: &str) -> Result<Erasure> {
        let mut rows = self.contact_named(who).await?.addresses;
        if only {
            let named = match self.address_parse(who) {
                Ok(address) => self.address_find(address).await?,
                Err(_) => None,
            };
            let named = named.ok_or_else(|| EngineError::refused("only", msg!("engine-erase-only"), ""))?;
            rows.retain(|row| row.id == named.id);
        }
        // Our own address must not be forgotten: alerts go there.
        let notify = &self.config().admin.notify;
        if rows.iter().any(|row| notify.iter().any(|n| n.address == row.address)) {
            return Err(EngineError::refused("admin", msg!("engine-erase-admin"), msg!("engine-erase-admin-help")));
        }
        if dry_run {
            return Ok(Erasure::planned(rows.iter().map(|row| &row.address)));
        }
        // A disconnected client does not leave half an erasure.
        person::erase(&self.context(), &rows, person::ErasureOrder::of(actor)).await
    }

    /// What waits for a person; with `all` also what is done and still kept.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn inbox(&self, after: i64, limit: u32, all: bool) -> Result<InboxView> {
        person::items(&self.context(), after, limit, all).await
    }

    /// One message with the sender's consents.
    ///
    /// # Errors
    /// If there is no such message.
    pub async fn inbox_show(&self, id: i64) -> Result<InboxItem> {
        person::show(&self.context(), id).await
    }

    /// Answers the sender of a message. Answers the number of the reply.
    ///
    /// # Errors
    /// If there is no such message, its transport is gone, or the text is not plain.
    pub async fn inbox_reply(&self, id: i64, text: &str, actor: &str) -> Result<DeliveryId> {
        person::reply(&self.context(), id, text, actor).await
    }

    /// Stores what a person decided about a message. Answers how many consents changed.
    ///
    /// # Errors
    /// If there is no such message, a reason is missing, or nothing is held.
    pub async fn inbox_act(&self, id: i64, action: InboxAction, note: &str, actor: &str) -> Result<u64> {
        person::act(&self.context(), id, action, note, actor).await
    }
}
