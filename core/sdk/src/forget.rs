//! The extension `rundruf.forget/1`: a transport that keeps something about people.

use async_trait::async_trait;

/// Why addresses are not forgotten now. The text reaches the admin: without the address.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotForgotten(pub String);

impl NotForgotten {
    /// A reason with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// The extension `rundruf.forget/1`: implement it beside [`Transport`](crate::Transport), and claim `forget` in the manifest, where the transport keeps
/// anything by which a person can be found: a key, a cached id, a file, a map from number to account.
#[async_trait]
pub trait Forget: Send + Sync {
    /// Removes what is kept about these addresses (channel, value), in memory and on disk, within 10 s. `Ok` means that nothing names them any more. The
    /// daemon asks again until it is `Ok`: the same addresses may come more than once, also such as were never heard of.
    async fn forget(&self, addresses: &[(String, String)]) -> Result<(), NotForgotten>;
}
