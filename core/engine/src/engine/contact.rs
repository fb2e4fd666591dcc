//! People and addresses as they are typed.

use super::{Engine, Result};
use crate::conversation::evidence::person_draft;
use crate::error::EngineError;
use crate::view::{ContactChange, ContactForm};
use rundruf_consent::address::search_texts;
use rundruf_consent::{Address, AddressError, AddressFlags, Channel, ContactId};
use rundruf_lang::msg;
use rundruf_store::{AddressRow, ContactEdit, ContactRow, NewContact, UndeliverableRow};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Engine {
    /// Adds a person. Nothing is sent.
    ///
    /// # Errors
    /// If an address is not valid, or belongs to another contact.
    pub async fn contact_add(&self, form: ContactForm) -> Result<ContactRow> {
        if form.addresses.is_empty() {
            return Err(EngineError::refused(
                "no_address",
                msg!("engine-contact-without-address"),
                "--address email:anna@example.org",
            ));
        }
        check_vars(&form.vars)?;
        let addresses = form
            .addresses
            .iter()
            .map(
                |(channel, text)| {
                    if channel.is_empty() { self.new_address(text) } else { self.address_of(channel, text) }
                },
            )
            .collect::<Result<Vec<_>>>()?;
        let language = form.language.filter(|l| !l.is_empty());
        check_language(language.as_deref())?;
        Ok(self.context().store.contact_add(NewContact { language, vars: form.vars, addresses }, self.now()).await?)
    }

    /// The contact, if there is one.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn contact_get(&self, id: ContactId) -> Result<Option<ContactRow>> {
        Ok(self.context().store.contact_get(id).await?)
    }

    /// Contacts behind `after` of which an address or a variable contains `text`, in any spelling: `@möhrle.example`, `0171 123`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn contact_find(&self, text: String, after: ContactId, limit: u32) -> Result<Vec<ContactRow>> {
        let texts = search_texts(&text, self.config().default_region.as_deref());
        Ok(self.context().store.contact_search(texts, after, limit).await?)
    }

    /// The one contact of this number or address, in any spelling; without a channel every channel is tried.
    ///
    /// # Errors
    /// If there is no such contact, or the text means several.
    pub async fn contact_named(&self, who: &str) -> Result<ContactRow> {
        let store = Arc::clone(&self.context().store);
        let who = who.trim();
        let is_number = who.bytes().all(|b| b.is_ascii_digit()) && !who.starts_with('0');
        if let Some(id) = who.parse::<i64>().ok().filter(|_| is_number) {
            let found = store.contact_get(ContactId(id)).await?;
            return found.ok_or_else(|| EngineError::Unknown(msg!("engine-no-contact")));
        }
        let mut owners: Vec<ContactId> = Vec::new();
        for address in candidates(who, self.config().default_region.as_deref())? {
            if let Some(row) = store.address_find(address).await?
                && !owners.contains(&row.contact)
            {
                owners.push(row.contact);
            }
        }
        match owners.as_slice() {
            [owner] => {
                let found = store.contact_get(*owner).await?;
                found.ok_or_else(|| EngineError::Unknown(msg!("engine-no-contact")))
            }
            [] => Err(EngineError::Unknown(msg!("engine-no-contact"))),
            _ => Err(EngineError::refused(
                "ambiguous",
                msg!("engine-several-contacts"),
                msg!("engine-several-contacts-help"),
            )),
        }
    }

    /// Changes language and variables of a contact. The change is in the evidence.
    ///
    /// # Errors
    /// If there is no such contact, or a value is not valid.
    pub async fn contact_edit(&self, change: ContactChange) -> Result<ContactRow> {
        check_vars(&change.vars)?;
        check_language(change.language.as_deref())?;
        let contact = self.contact_named(&change.who).await?.id;
        let draft = Arc::new(person_draft(&self.context(), &change.actor));
        let edit = ContactEdit { contact, language: change.language, vars: change.vars, draft };
        Ok(self.context().store.contact_edit(edit, self.now()).await?)
    }

    /// Makes the contact `gone` a part of `keep`: addresses, consents and what `keep` lacks of language and variables. No consent changes.
    ///
    /// # Errors
    /// If one of them does not exist.
    pub async fn contact_merge(&self, keep: &str, gone: &str, actor: &str) -> Result<ContactRow> {
        let (keep, gone) = (self.contact_named(keep).await?.id, self.contact_named(gone).await?.id);
        if keep == gone {
            return Err(EngineError::refused("same_contact", msg!("engine-same-contact"), ""));
        }
        let draft = Arc::new(person_draft(&self.context(), actor));
        Ok(self.context().store.contact_merge(keep, gone, draft, self.now()).await?)
    }

    /// Why addresses of a contact get no messages any more, as far as it is known.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn contact_undeliverable(&self, contact: &ContactRow) -> Result<Vec<UndeliverableRow>> {
        let addresses = resting(contact).map(|row| row.id).collect();
        Ok(self.context().store.undeliverable_of(addresses).await?)
    }

    /// Lets an address that is undeliverable get messages again; with the contact's number, all of its addresses. The change is in the evidence.
    ///
    /// # Errors
    /// If there is no such contact, or nothing of it is undeliverable.
    pub async fn contact_revive(&self, who: &str, actor: &str) -> Result<ContactRow> {
        let contact = self.contact_named(who).await?;
        let named = candidates(who.trim(), self.config().default_region.as_deref()).unwrap_or_default();
        let mut chosen: Vec<&AddressRow> = resting(&contact).collect();
        if contact.addresses.iter().any(|row| named.contains(&row.address)) {
            chosen.retain(|row| named.contains(&row.address));
        }
        if chosen.is_empty() {
            let message = msg!("engine-not-undeliverable");
            return Err(EngineError::refused("not_undeliverable", message, msg!("engine-not-undeliverable-help")));
        }
        let draft = Arc::new(person_draft(&self.context(), actor));
        for row in chosen {
            self.context().store.address_revive(row.id, Arc::clone(&draft), self.now()).await?;
        }
        let found = self.context().store.contact_get(contact.id).await?;
        found.ok_or_else(|| EngineError::Unknown(msg!("engine-no-contact")))
    }

    /// The stored address with its consents, if there is one.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn address_find(&self, address: Address) -> Result<Option<AddressRow>> {
        Ok(self.context().store.address_find(address).await?)
    }

    fn address_of(&self, channel: &str, text: &str) -> Result<Address> {
        parse(channel, text, self.context().config.default_region.as_deref(), Address::parse)
    }

    fn new_address(&self, text: &str) -> Result<Address> {
        address(text, self.config().default_region.as_deref())
    }

    /// Reads an address as a person types it to find what is stored: `channel:value`, or a bare value that only one channel can mean.
    ///
    /// # Errors
    /// If it is not a valid address.
    pub fn address_parse(&self, text: &str) -> Result<Address> {
        typed(text, self.config().default_region.as_deref(), Address::parse_existing)
    }
}

/// The addresses of a contact that are undeliverable.
fn resting(contact: &ContactRow) -> impl Iterator<Item = &AddressRow> {
    contact.addresses.iter().filter(|row| row.flags.has(AddressFlags::UNDELIVERABLE))
}

fn check_vars(vars: &BTreeMap<String, String>) -> Result<()> {
    for (key, value) in vars {
        let plain = !key.is_empty()
            && key.len() <= 64
            && key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !plain {
            return Err(EngineError::refused(
                "variable",
                msg!("engine-variable-name", name = %key.escape_debug()),
                msg!("engine-variable-name-help"),
            ));
        }
        if value.chars().any(char::is_control) || value.len() > 1_024 {
            return Err(EngineError::refused(
                "variable",
                msg!("engine-variable-value", name = key),
                msg!("engine-variable-value-help"),
            ));
        }
    }
    Ok(())
}

fn check_language(language: Option<&str>) -> Result<()> {
    let is_tag = |l: &str| l.len() <= 35 && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if language.is_none_or(is_tag) {
        Ok(())
    } else {
        Err(EngineError::refused("language", msg!("engine-language"), ""))
    }
}

/// Every address that a text may mean.
fn candidates(text: &str, region: Option<&str>) -> Result<Vec<Address>> {
    let has_channel = text.split_once(':').is_some_and(|(channel, _)| Channel::parse(channel).is_some());
    if has_channel {
        return Ok(vec![typed(text, region, Address::parse_existing)?]);
    }
    Ok(Channel::ALL.into_iter().filter_map(|c| Address::parse_existing(c, text, region).ok()).collect())
}

/// How the value of an address is read.
type ReadAddress = fn(Channel, &str, Option<&str>) -> Result<Address, AddressError>;

fn parse(channel: &str, text: &str, region: Option<&str>, read: ReadAddress) -> Result<Address> {
    let words = || Channel::ALL.map(Channel::word).join(", ");
    let channel = Channel::parse(channel).ok_or_else(|| {
        EngineError::refused(
            "bad_channel",
            msg!("engine-no-channel", name = %channel.escape_debug()),
            msg!("engine-there-are", names = words()),
        )
    })?;
    read(channel, text, region)
        .map_err(|e| EngineError::refused("bad_address", e.message(), msg!("engine-address-help")))
}

/// Reads an address that may be new: `channel:value`, or a bare value that only one channel can mean; `region` is the region of phone numbers
/// without a country code.
///
/// # Errors
/// If it is not a valid address.
pub fn address(text: &str, region: Option<&str>) -> Result<Address> {
    typed(text, region, Address::parse)
}

fn typed(text: &str, region: Option<&str>, read: ReadAddress) -> Result<Address> {
    if let Some((channel, value)) = text.split_once(':')
        && Channel::parse(channel).is_some()
    {
        return parse(channel, value, region, read);
    }
    if text.contains('@') && !text.starts_with('@') {
        return parse("email", text, region, read);
    }
    if text.starts_with('+') {
        return parse("sms", text, region, read);
    }
    if text.starts_with('@') {
        return parse("matrix", text, region, read);
    }
    read(Channel::Threema, text, region).map_err(|_| {
        EngineError::refused("bad_address", msg!("engine-address-ambiguous"), msg!("engine-address-ambiguous-help"))
    })
}
