//! Messages outside of broadcasts.

use super::TransportId;
use rundruf_consent::{AddressId, Class, ListId, Time};

/// A message outside of broadcasts: confirmation request, welcome, stop acknowledgement, answer, test.
#[derive(Clone, Debug)]
pub struct NewService {
    /// Its message class; the gate judges it at the claim.
    pub class: Class,
    /// The transport that sends it.
    pub transport: TransportId,
    /// The address; `None` in a consent change means the address of the change.
    pub address: Option<AddressId>,
    /// The list it is about; decides which consent the gate looks at.
    pub list: Option<ListId>,
    /// What the engine needs to make the message; opaque here.
    pub payload: String,
    /// It is skipped after this time.
    pub expires: Option<Time>,
}
