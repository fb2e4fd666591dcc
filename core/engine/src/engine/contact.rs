//! People and addresses as they are typed.

use super::{Engine, Result};
use crate::error::EngineError;
use crate::view::ContactForm;
use rundruf_consent::{Address, Channel, ContactId};
use rundruf_lang::msg;
use rundruf_store::{AddressRow, ContactRow, NewContact};

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
        for (key, value) in &form.vars {
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
            return Err(EngineError::refused("language", msg!("engine-language"), ""));
        }
        Ok(self.context().store.contact_add(NewContact { language, vars: form.vars, addresses }, self.now()).await?)
    }

    /// The contact, if there is one.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn contact_get(&self, id: ContactId) -> Result<Option<ContactRow>> {
        Ok(self.context().store.contact_get(id).await?)
    }

    /// Contacts behind `after` of which an address begins with `text`.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn contact_find(&self, text: String, after: ContactId, limit: u32) -> Result<Vec<ContactRow>> {
        Ok(self.context().store.contact_find(text, after, limit).await?)
    }

    /// The stored address with its consents, if there is one.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn address_find(&self, address: Address) -> Result<Option<AddressRow>> {
        Ok(self.context().store.address_find(address).await?)
    }

    fn address_of(&self, channel: &str, text: &str) -> Result<Address> {
        parse(channel, text, self.context().config.default_region.as_deref())
    }

    /// Reads an address as a person types it: `channel:value`, or a bare value that only one channel can mean.
    ///
    /// # Errors
    /// If it is not a valid address.
    pub fn address_parse(&self, text: &str) -> Result<Address> {
        address(text, self.config().default_region.as_deref())
    }
}

fn parse(channel: &str, text: &str, region: Option<&str>) -> Result<Address> {
    let words = || Channel::ALL.map(Channel::word).join(", ");
    let channel = Channel::parse(channel).ok_or_else(|| {
        EngineError::refused(
            "bad_channel",
            msg!("engine-no-channel", name = %channel.escape_debug()),
            msg!("engine-there-are", names = words()),
        )
    })?;
    Address::parse(channel, text, region)
        .map_err(|e| EngineError::refused("bad_address", e.message(), msg!("engine-address-help")))
}

/// As [`Engine::address_parse`]; `region` is the region of phone numbers without a country code.
///
/// # Errors
/// If it is not a valid address.
pub fn address(text: &str, region: Option<&str>) -> Result<Address> {
    if let Some((channel, value)) = text.split_once(':')
        && Channel::parse(channel).is_some()
    {
        return parse(channel, value, region);
    }
    if text.contains('@') && !text.starts_with('@') {
        return parse("email", text, region);
    }
    if text.starts_with('+') {
        return parse("sms", text, region);
    }
    if text.starts_with('@') {
        return parse("matrix", text, region);
    }
    Address::parse(Channel::Threema, text, region).map_err(|_| {
        EngineError::refused("bad_address", msg!("engine-address-ambiguous"), msg!("engine-address-ambiguous-help"))
    })
}
