//! What an operator does for one person.

use super::list::checked_reason;
use super::{Engine, Result};
use crate::error::EngineError;
use crate::person;
use crate::view::{Erasure, InboxItem, InboxView, LegalHoldForm};
use rundruf_consent::{ContactId, DeliveryId};
use rundruf_lang::{Language, msg};
use rundruf_store::{ContactRow, InboxAction, LegalHold};

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

    /// Keeps a person's data for legal claims: nothing of it is erased or deleted until the end.
    ///
    /// # Errors
    /// If there is no such person, or the reason or the end is not one.
    pub async fn contact_hold(&self, form: LegalHoldForm) -> Result<(ContactRow, LegalHold)> {
        let reason = checked_reason(&form.reason, msg!("engine-hold-reason-help"))?;
        let contact = self.contact_named(&form.who).await?;
        let hold = person::hold(&self.context(), contact.id, &form, reason).await?;
        Ok((contact, hold))
    }

    /// Ends that a person's data is kept. Answers whether the person was erased: it was asked for meanwhile.
    ///
    /// # Errors
    /// If there is no such person, it is not kept, or the reason is empty.
    pub async fn contact_release(&self, who: &str, reason: &str, actor: &str) -> Result<(ContactRow, bool)> {
        let reason = checked_reason(reason, msg!("engine-hold-reason-help"))?;
        let contact = self.contact_named(who).await?;
        let erased = person::release(&self.context(), contact.id, reason, actor).await?;
        Ok((contact, erased))
    }

    /// Why a person's data is kept, if it is.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn legal_hold(&self, contact: ContactId) -> Result<Option<LegalHold>> {
        Ok(self.context().store.legal_hold_get(contact).await?)
    }

    /// Erases a person with all addresses, or with `only` the one address that was named. `dry_run` only says which addresses these are.
    ///
    /// # Errors
    /// If there is no such person, or `only` comes with a number.
    pub async fn contact_erase(&self, who: &str, only: bool, dry_run: bool, actor: &str) -> Result<Erasure> {
        let ContactRow { id: contact, addresses: mut rows, .. } = self.contact_named(who).await?;
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
        if let Some(hold) = self.context().store.legal_hold_get(contact).await? {
            // The right to be left alone does not wait: nothing is sent from now on.
            for row in &rows {
                self.withdraw(&row.address, None, actor).await?;
            }
            self.context().store.legal_hold_erase_later(contact).await?;
            let planned = Erasure::planned(rows.iter().map(|row| &row.address));
            return Ok(Erasure { kept: Some(hold), ..planned });
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
