//! People and addresses.

use super::ConsentRow;
use rundruf_consent::{Address, AddressFlags, AddressId, ContactId};
use std::collections::BTreeMap;

/// A person to add.
#[derive(Clone, Debug, Default)]
pub struct NewContact {
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Variables such as `first_name`; empty values are left out.
    pub vars: BTreeMap<String, String>,
    /// At least one.
    pub addresses: Vec<Address>,
}

/// A person.
#[derive(Clone, Debug)]
pub struct ContactRow {
    /// Number.
    pub id: ContactId,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Variables.
    pub vars: BTreeMap<String, String>,
    /// Addresses with their consents.
    pub addresses: Vec<AddressRow>,
}

/// One address of a person.
#[derive(Clone, Debug)]
pub struct AddressRow {
    /// Number.
    pub id: AddressId,
    /// Whose.
    pub contact: ContactId,
    /// The address.
    pub address: Address,
    /// What holds for it as a whole.
    pub flags: AddressFlags,
    /// Its consents.
    pub consents: Vec<ConsentRow>,
}
