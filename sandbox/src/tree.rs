//! The Merkle tree of a transparency log (RFC 6962, section 2.1).

use sigstore_merkle::{hash_children, hash_leaf};
use sigstore_types::Sha256Hash;

/// The leaves of a log, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    leaves: Vec<Sha256Hash>,
}

impl Tree {
    /// Appends an entry and returns its index.
    pub(crate) fn append(&mut self, entry: &[u8]) -> u64 {
        let index = self.size();
        self.leaves.push(hash_leaf(entry));
        index
    }

    /// Returns the number of entries.
    pub(crate) fn size(&self) -> u64 {
        u64::try_from(self.leaves.len()).unwrap_or(u64::MAX)
    }

    /// Returns the hashes of the leaves.
    pub(crate) fn leaves(&self) -> &[Sha256Hash] {
        &self.leaves
    }

    /// Returns the root hash; of an empty tree, the hash of nothing.
    pub(crate) fn root(&self) -> Sha256Hash {
        subtree(&self.leaves)
    }

    /// Returns the path from a leaf to the root, the nearest sibling first: none for a leaf that is not there.
    pub(crate) fn inclusion_proof(&self, index: u64) -> Vec<Sha256Hash> {
        let mut path = Vec::new();
        let (mut leaves, mut index) = (
            self.leaves.as_slice(),
            usize::try_from(index).unwrap_or(usize::MAX),
        );
        while let Some((left, right)) = split(leaves) {
            if index < left.len() {
                path.push(subtree(right));
                leaves = left;
            } else {
                path.push(subtree(left));
                index = index.saturating_sub(left.len());
                leaves = right;
            }
        }
        path.reverse();
        path
    }
}

fn subtree(leaves: &[Sha256Hash]) -> Sha256Hash {
    match (split(leaves), leaves) {
        (Some((left, right)), _) => hash_children(&subtree(left), &subtree(right)),
        (None, [leaf]) => *leaf,
        (None, _) => {
            use sha2::Digest as _;
            let empty: [u8; 32] = sha2::Sha256::digest([]).into();
            Sha256Hash::new(empty)
        }
    }
}

/// Splits leaves at the largest power of two below their number; a single leaf is not split.
fn split(leaves: &[Sha256Hash]) -> Option<(&[Sha256Hash], &[Sha256Hash])> {
    let middle = leaves
        .len()
        .checked_sub(1)?
        .checked_ilog2()
        .map(|log| 1_usize << log)?;
    leaves.split_at_checked(middle)
}

#[cfg(test)]
mod tests {
    use sigstore_merkle::verify_inclusion_proof;

    use super::*;

    #[test]
    fn each_leaf_of_each_size_is_proven_by_its_path_and_by_no_other() {
        let mut tree = Tree::default();
        for size in 1..=33_u64 {
            tree.append(&size.to_be_bytes());
            for index in 0..size {
                let leaf = tree.leaves()[usize::try_from(index).unwrap()];
                let path = tree.inclusion_proof(index);
                verify_inclusion_proof(&leaf, index, size, &path, &tree.root()).unwrap();
                let other = hash_leaf(b"another");
                assert!(verify_inclusion_proof(&other, index, size, &path, &tree.root()).is_err());
            }
        }
    }
}
