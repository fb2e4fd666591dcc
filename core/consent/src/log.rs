//! The Merkle log over commitments: RFC 6962 tree, C2SP signed-note checkpoints (SPEC §5).

pub mod note; // checkpoints, signed notes, verifier keys, tlog-proof

use crate::text::Digest;
use ring::digest::{Context, SHA256};

pub use note::{Checkpoint, LogKey, LogVerifier, tlog_proof};

/// Hash of an inner node (RFC 6962 §2.1).
#[must_use]
pub fn inner(left: &Digest, right: &Digest) -> Digest {
    let mut context = Context::new(&SHA256);
    context.update(&[1]);
    context.update(left);
    context.update(right);
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// The right edge of the tree: enough to append and to know the root. Stored in one row.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Frontier {
    size: u64,
    /// Roots of the perfect subtrees, largest first: one for each bit of the size.
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
    /// RFC 6962 hash of the node.
    pub hash: Digest,
}

/// Every how many levels a node is stored: a proof then reads at most 256 hashes a step.
pub const NODE_STEP: u8 = 8;

impl Frontier {
    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash. Calls `keep` for every inner node that is complete now and is to be stored (not for the leaf itself).
    pub fn push(&mut self, leaf: Digest, keep: &mut dyn FnMut(Node)) {
        let mut hash = leaf;
        let mut level = 0_u8;
        // Every trailing one bit of the size is a full subtree of the same height as what we carry: they join.
        while self.size >> level & 1 == 1 {
            let Some(left) = self.peaks.pop() else { break };
            hash = inner(&left, &hash);
            level += 1;
            if level.is_multiple_of(NODE_STEP) {
                keep(Node { level, index: self.size >> level, hash });
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// Root of the tree; SHA-256 of nothing when it is empty.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return crate::text::sha256(b"") };
        peaks.fold(*last, |right, left| inner(left, &right))
    }

    /// Bytes for the store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.size.to_be_bytes().to_vec();
        for peak in &self.peaks {
            out.extend_from_slice(peak);
        }
        out
    }

    /// Reads what [`Frontier::to_bytes`] wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, rest) = bytes.split_first_chunk::<8>()?;
        let size = u64::from_be_bytes(*size);
        let (peaks, left) = rest.as_chunks::<32>();
        let fits = left.is_empty() && peaks.len() == usize::try_from(size.count_ones()).ok()?;
        fits.then(|| Self { size, peaks: peaks.to_vec() })
    }
}

/// Where stored hashes are read from: leaves (level 0) and nodes at multiples of [`NODE_STEP`].
pub trait Nodes {
    /// Hashes of `count` neighbours at this level, from `first` on; `None` if one is missing.
    fn range(&self, level: u8, first: u64, count: u64) -> Option<Vec<Digest>>;
}

/// Root of the leaves `from..to`, which begin at a multiple of the largest power of two below their number (as RFC 6962 splits them).
fn subtree(nodes: &dyn Nodes, from: u64, to: u64) -> Option<Digest> {
    let count = to.checked_sub(from).filter(|n| *n > 0)?;
    if count.is_power_of_two() && from.is_multiple_of(count) {
        return perfect(nodes, u8::try_from(count.trailing_zeros()).ok()?, from);
    }
    let split = count.next_power_of_two() / 2;
    let left = subtree(nodes, from, from + split)?;
    Some(inner(&left, &subtree(nodes, from + split, to)?))
}

/// Root of a perfect subtree: read from the nearest stored level below, at most 128 hashes of it.
fn perfect(nodes: &dyn Nodes, level: u8, from: u64) -> Option<Digest> {
    let stored = level - level % NODE_STEP;
    let mut row = nodes.range(stored, from >> stored, 1 << (level - stored))?;
    while row.len() > 1 {
        row = row.chunks(2).map(|pair| Some(inner(pair.first()?, pair.get(1)?))).collect::<Option<_>>()?;
    }
    row.first().copied()
}

/// Inclusion proof (RFC 9162 §2.1.3) of the leaf at `index` in the tree of `size` leaves.
#[must_use]
pub fn inclusion(nodes: &dyn Nodes, index: u64, size: u64) -> Option<Vec<Digest>> {
    if index >= size {
        return None;
    }
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to - from > 1 {
        let split = from + (to - from).next_power_of_two() / 2;
        if index < split {
            path.push(subtree(nodes, split, to)?);
            to = split;
        } else {
            path.push(subtree(nodes, from, split)?);
            from = split;
        }
    }
    path.reverse();
    Some(path)
}

/// Root that an inclusion proof leads to; `None` if the proof does not fit index and size (RFC 9162 §2.1.3.2).
#[must_use]
pub fn root_of(leaf: &Digest, index: u64, size: u64, path: &[Digest]) -> Option<Digest> {
    if index >= size {
        return None;
    }
    let (mut at, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            hash = inner(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = inner(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// Root of the first `size` leaves: what a checkpoint of that size must have said.
#[must_use]
pub fn root_at(nodes: &dyn Nodes, size: u64) -> Option<Digest> {
    if size == 0 { Some(crate::text::sha256(b"")) } else { subtree(nodes, 0, size) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    #[derive(Default)]
    struct MemoryNodes(HashMap<(u8, u64), Digest>);

    impl Nodes for MemoryNodes {
        fn range(&self, level: u8, first: u64, count: u64) -> Option<Vec<Digest>> {
            (first..first + count).map(|n| self.0.get(&(level, n)).copied()).collect()
        }
    }

    fn leaf(n: u64) -> Digest {
        crate::evidence::leaf(&crate::text::sha256(&n.to_be_bytes()))
    }

    fn tree(size: u64) -> (Frontier, MemoryNodes) {
        let (mut frontier, mut memory) = (Frontier::default(), MemoryNodes::default());
        for n in 0..size {
            memory.0.insert((0, n), leaf(n));
            frontier.push(leaf(n), &mut |node| {
                memory.0.insert((node.level, node.index), node.hash);
            });
        }
        (frontier, memory)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn every_leaf_is_proven_and_nothing_else(size in 1_u64..1_500, at in 0_u64..1_500) {
            let (frontier, memory) = tree(size);
            let index = at % size;
            prop_assert_eq!(root_at(&memory, size), Some(frontier.root()));
            let path = inclusion(&memory, index, size).unwrap();
            prop_assert_eq!(root_of(&leaf(index), index, size, &path), Some(frontier.root()));
            prop_assert_ne!(root_of(&leaf(index + 1), index, size, &path), Some(frontier.root()));
            if size > 1 {
                prop_assert_ne!(root_of(&leaf(index), (index + 1) % size, size, &path), Some(frontier.root()));
            }
            prop_assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Some(frontier));
        }

        #[test]
        fn an_independent_tree_has_the_same_root(size in 1_u64..700) {
            let (frontier, _) = tree(size);
            let mut other = ct_merkle::mem_backed_tree::MemoryBackedTree::<sha2::Sha256, Vec<u8>>::new();
            for n in 0..size {
                let mut data = vec![1];
                data.extend(crate::text::sha256(&n.to_be_bytes()));
                other.push(data);
            }
            let (theirs, ours) = (other.root(), frontier.root());
            prop_assert_eq!(theirs.as_bytes().as_slice(), ours.as_slice());
        }
    }

    #[test]
    fn a_frontier_that_was_cut_or_lengthened_is_not_read() {
        let (frontier, _) = tree(5);
        let bytes = frontier.to_bytes();
        assert_eq!(Frontier::from_bytes(&bytes), Some(frontier));
        let (without_a_peak, one_peak_more) = (&bytes[..bytes.len() - 32], [bytes.as_slice(), &[7; 32]].concat());
        let one_byte_more = [bytes.as_slice(), &[7]].concat();
        for wrong in [&[], &bytes[..7], without_a_peak, &bytes[..bytes.len() - 1], &one_peak_more, &one_byte_more] {
            assert_eq!(Frontier::from_bytes(wrong), None, "{} bytes", wrong.len());
        }
    }

    #[test]
    fn a_large_tree_reads_stored_nodes() {
        let size = 70_001;
        let (frontier, memory) = tree(size);
        for index in [0, 1, 255, 256, 65_535, 65_536, size - 1] {
            let path = inclusion(&memory, index, size).unwrap();
            assert_eq!(root_of(&leaf(index), index, size, &path), Some(frontier.root()), "{index}");
        }
        assert_eq!(inclusion(&memory, size, size), None);
    }
}
