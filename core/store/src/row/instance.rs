//! Names of transports and leases, secrets.

use rundruf_consent::suppression::Pepper;
use rundruf_consent::token::TokenKey;

/// Names a transport across restarts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TransportId(pub i64);

/// Names a lease: a range of one broadcast's deliveries for one transport.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LeaseId(pub i64);

/// Names one start of a transport's process. A claim is made under one.
pub type Session = [u8; 16];

/// The instance's secrets, drawn at the first start, kept beside the subject keys.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// For suppression hashes.
    pub pepper: Pepper,
    /// For links.
    pub token_key: TokenKey,
    /// Ed25519 seed of the log.
    pub log_seed: [u8; 32],
    /// First half of the message ids of service messages.
    pub instance_key: [u8; 8],
}
