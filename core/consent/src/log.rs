//! The Merkle log over commitments: RFC 6962 tree, C2SP signed-note checkpoints (§5 of the specification).

use crate::text::Digest;

/// The right edge of the tree: enough to append and to know the root. Stored in one row.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frontier {
    size: u64,
    /// Roots of the perfect subtrees, largest first.
    peaks: Vec<Digest>,
}

/// A stored inner node: root of the perfect subtree of `2^level` leaves that begins at `index << level`.
/// Only levels that are multiples of [`NODE_STEP`] are stored; leaves are level 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Node {
    /// Height above the leaves.
    pub level: u8,
    /// Position among its level.
    pub index: u64,
    /// Hash.
    pub hash: Digest,
}

/// Every how many levels a node is stored.
pub const NODE_STEP: u8 = 8;

impl Frontier {
    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash. Calls `keep` for every inner node that is complete now and is to be stored (not for the leaf itself).
    pub fn push(&mut self, leaf: Digest, keep: &mut dyn FnMut(Node)) {
        let _ = (leaf, keep);
        self.size += 1;
    }

    /// Root of the tree; SHA-256 of nothing when it is empty.
    #[must_use]
    pub fn root(&self) -> Digest {
        [0; 32]
    }

    /// Bytes for the store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.size.to_be_bytes().to_vec();
        for p in &self.peaks {
            out.extend_from_slice(p);
        }
        out
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let _ = bytes;
        None
    }
}

/// Where stored hashes are read from: leaves (level 0) and nodes at multiples of [`NODE_STEP`].
pub trait Nodes {
    /// Hashes of `count` neighbours at this level, from `first` on; `None` if one is missing.
    fn range(&self, level: u8, first: u64, count: u64) -> Option<Vec<Digest>>;
}

/// Inclusion proof (RFC 9162 §2.1.3) of the leaf at `index` in the tree of `size` leaves.
#[must_use]
pub fn inclusion(nodes: &dyn Nodes, index: u64, size: u64) -> Option<Vec<Digest>> {
    let _ = (nodes, index, size);
    None
}

/// The signer of checkpoints: an Ed25519 seed and the log's origin.
#[derive(Clone)]
pub struct LogKey {
    /// `<host>/consent-log/<instance>`.
    pub origin: String,
    /// Ed25519 seed.
    pub seed: [u8; 32],
}

impl std::fmt::Debug for LogKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogKey({})", self.origin)
    }
}

impl LogKey {
    /// A signed checkpoint (C2SP tlog-checkpoint in a signed note).
    #[must_use]
    pub fn checkpoint(&self, size: u64, root: &Digest) -> String {
        let _ = (size, root);
        String::new()
    }

    /// The verifier key, `name+hash+base64`, as Go's `sumdb/note` reads it.
    #[must_use]
    pub fn vkey(&self) -> String {
        String::new()
    }
}
