//! Whether a message whose outcome is unknown may be sent again.

use crate::config::OnUnknown;

/// How a transport treats messages that may have arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResendPolicy {
    /// The provider drops a second message with the same id.
    pub(crate) repeat_is_safe: bool,
    /// What the admin decided for promotional messages.
    pub(crate) on_unknown: OnUnknown,
}
