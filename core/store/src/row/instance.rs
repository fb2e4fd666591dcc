//! Names of transports and leases, secrets.

use rundruf_consent::suppression::Pepper;
use rundruf_consent::token::TokenKey;

/// Number of a transport, the same after every restart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TransportId(pub i64);

/// Number of a lease: a range of one broadcast's deliveries for one transport.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LeaseId(pub i64);

/// Random id of one start of a transport's process. Each claim is made under one.
pub type Session = [u8; 16];

/// Secrets of the instance, drawn at its first start and kept in the key database.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Keys the hashes of suppressed addresses.
    pub pepper: Pepper,
    /// Signs links.
    pub token_key: TokenKey,
    /// Ed25519 seed of the log.
    pub log_seed: [u8; 32],
    /// First half of the message ids of service messages.
    pub instance_key: [u8; 8],
}
