//! Ids that cross the border between daemon and plugin.

use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

/// Id of one message. The first eight bytes name the broadcast, the last eight the delivery (big-endian).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct MessageId(pub [u8; 16]);

/// Id of one start of a plugin's process; random.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct SessionId(pub [u8; 16]);

impl SessionId {
    /// A random id; zeros only if the system has no randomness, in which case nothing else works either.
    pub(crate) fn random() -> Self {
        let mut bytes = [0; 16];
        let filled = SystemRandom::new().fill(&mut bytes);
        debug_assert!(filled.is_ok(), "the system has no randomness");
        Self(bytes)
    }
}
