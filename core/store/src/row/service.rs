//! Messages outside of broadcasts.

use super::TransportId;
use rundruf_consent::{AddressId, Class, ListId, Time};

/// A message outside of broadcasts: confirmation request, welcome, stop acknowledgement, answer, test.
#[derive(Clone, Debug)]
pub struct NewService {
    /// Kind.
    pub class: Class,
    /// By which transport.
    pub transport: TransportId,
    /// To whom; filled by the store from the move's target when it is `None`.
    pub address: Option<AddressId>,
    /// About which list.
    pub list: Option<ListId>,
    /// What the engine needs to make the message; opaque here.
    pub payload: String,
    /// Not after this.
    pub expires: Option<Time>,
}
