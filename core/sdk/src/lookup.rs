//! The extension `rundruf.lookup/1`: a transport that can say whether an address can be reached, without sending anything.

use async_trait::async_trait;

/// Whether an address can be reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reach {
    /// The provider knows the address.
    Yes,
    /// The address does not exist. The text is one line for the admin, without the address.
    No(String),
    /// The provider does not say, or not now. The text is one line for the admin, without the address.
    Unknown(String),
}

/// The extension `rundruf.lookup/1`: implement it beside [`Transport`](crate::Transport) where the provider can be asked without sending.
///
/// A provider that is asked learns the address: say so in the label, under `lookup_leaks`.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// Whether this address can be reached. A panic counts as unknown.
    async fn reach(&self, channel: &str, address: &str) -> Reach;
}
