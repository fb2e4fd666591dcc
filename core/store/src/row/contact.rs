//! People and addresses.

use super::ConsentRow;
use rundruf_consent::evidence::EvidenceDraft;
use rundruf_consent::{Address, AddressFlags, AddressId, ContactId, Time};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A person to add.
#[derive(Clone, Debug, Default)]
pub struct NewContact {
    /// Language of the contact as a BCP 47 tag; `None` uses the language of the list.
    pub language: Option<String>,
    /// Variables such as `first_name`; empty values are left out.
    pub vars: BTreeMap<String, String>,
    /// The addresses of the contact, at least one.
    pub addresses: Vec<Address>,
}

/// A change of what is known about a contact.
#[derive(Clone, Debug)]
pub struct ContactEdit {
    /// The contact.
    pub contact: ContactId,
    /// Its new language; `None` leaves it, an empty one removes it.
    pub language: Option<String>,
    /// Variables to set; an empty value removes one. Those that are not named stay.
    pub vars: BTreeMap<String, String>,
    /// Its evidence, without what the store adds.
    pub draft: Arc<EvidenceDraft>,
}

/// A contact with addresses and consents, read back.
#[derive(Clone, Debug)]
pub struct ContactRow {
    /// Its number.
    pub id: ContactId,
    /// Language as a BCP 47 tag.
    pub language: Option<String>,
    /// Variables for templates, such as `first_name`.
    pub vars: BTreeMap<String, String>,
    /// Addresses with their consents.
    pub addresses: Vec<AddressRow>,
}

/// Why an address is undeliverable.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UndeliverableRow {
    /// The address.
    pub address: AddressId,
    /// When that became known.
    pub at: Time,
    /// Name of the transport that was told so.
    pub transport: String,
    /// What the provider said.
    pub reply: String,
}

/// Why the data of a contact is kept although it would be erased or deleted: for legal claims.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LegalHold {
    /// The contact.
    pub contact: ContactId,
    /// When it began.
    pub since: Time,
    /// When it ends.
    pub until: Time,
    /// Who says so: `operator:<uid>`.
    pub actor: String,
    /// Why, in the operator's words.
    pub reason: String,
    /// The person asked to be forgotten meanwhile: that happens at the end.
    pub erase: bool,
}

/// One address of a person.
#[derive(Clone, Debug)]
pub struct AddressRow {
    /// Its number.
    pub id: AddressId,
    /// The contact that owns it.
    pub contact: ContactId,
    /// Channel, spelling and key.
    pub address: Address,
    /// What holds for the address on every list.
    pub flags: AddressFlags,
    /// Random part of the address's links; 0 if the address is older than such links.
    pub link: i64,
    /// Its consents, one for each list, ordered by the name of the list.
    pub consents: Vec<ConsentRow>,
}
