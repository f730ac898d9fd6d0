//! Whether a statement is about an artifact
//! (<https://github.com/in-toto/attestation/blob/main/docs/validation.md>): by digest, never by name; any one
//! subject is enough.

use std::cmp::Reverse;

use slsa_predicates::{Digest, DigestAlgorithm, DigestSet, Statement};

use crate::artifact::Artifact;
use crate::error::{Error, Undecided};
use crate::hash::is_computable;

/// The subject of a statement that is the artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubjectMatch {
    /// Its place among the statement's subjects, from 0.
    pub index: usize,
    /// Its name, as signed. A statement's author chooses it freely.
    pub name: Option<String>,
    /// The digests that agree, the strongest first.
    pub digests: Vec<Digest>,
}

/// No subject of the statement is the artifact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectMismatch {
    /// All subjects have other digests.
    #[error("none of {subjects} subjects is the artifact {}", list(.artifact))]
    NoMatch {
        /// How many subjects there are.
        subjects: usize,
        /// What is known of the artifact.
        artifact: Vec<Digest>,
    },
    /// A subject agrees in one algorithm and differs in another, which no artifact can.
    #[error("subject {index} agrees with the artifact in {agrees} and differs in {differs}")]
    Contradiction {
        /// The subject's place, from 0.
        index: usize,
        /// An algorithm in which both agree.
        agrees: DigestAlgorithm,
        /// An algorithm in which they differ.
        differs: DigestAlgorithm,
    },
    /// Only a digest that can be forged names the artifact.
    #[error("the artifact is named by {algorithm} alone, which does not resist forgery")]
    WeakDigest {
        /// The algorithm.
        algorithm: DigestAlgorithm,
    },
    /// A signature over the artifact itself carries another digest of it.
    #[error("the signed digest is not that of the artifact {}", list(.artifact))]
    SignedDigest {
        /// What is known of the artifact.
        artifact: Vec<Digest>,
    },
}

fn list(digests: &[Digest]) -> String {
    digests
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// Finds the subject that is the artifact.
///
/// Where the artifact's bytes were hashed, the subject's strongest recognised digest must agree and no other
/// computed one may differ. Where only a digest is known, that algorithm alone is compared.
pub(crate) fn find(statement: &Statement, artifact: &Artifact) -> Result<SubjectMatch, Error> {
    let mut refusal = None;
    let mut undecided = None;
    for (index, subject) in statement.subjects().iter().enumerate() {
        let name = || subject.name().map(ToOwned::to_owned);
        match compare(subject.digest(), artifact) {
            Comparison::Same(digests) => {
                return Ok(SubjectMatch {
                    index,
                    name: name(),
                    digests,
                });
            }
            Comparison::Other => {}
            Comparison::Contradiction { agrees, differs } => {
                refusal.get_or_insert(SubjectMismatch::Contradiction {
                    index,
                    agrees,
                    differs,
                });
            }
            Comparison::Weak(algorithm) => {
                refusal.get_or_insert(SubjectMismatch::WeakDigest { algorithm });
            }
            Comparison::Unknown(algorithm) => {
                undecided.get_or_insert(algorithm);
            }
        }
    }
    if let Some(refusal) = refusal {
        return Err(crate::error::NotAuthentic::Subject(refusal).into());
    }
    if let Some(algorithm) = undecided {
        return Err(Undecided::DigestRequired {
            algorithm: algorithm.to_string(),
        }
        .into());
    }
    let subjects = statement.subjects().len();
    let artifact = artifact.digests().to_vec();
    Err(crate::error::NotAuthentic::Subject(SubjectMismatch::NoMatch { subjects, artifact }).into())
}

enum Comparison {
    Same(Vec<Digest>),
    Other,
    Contradiction {
        agrees: DigestAlgorithm,
        differs: DigestAlgorithm,
    },
    /// All that agrees can be forged.
    Weak(DigestAlgorithm),
    /// The subject's strongest digest can be computed and was not.
    Unknown(DigestAlgorithm),
}

fn compare(subject: &DigestSet, artifact: &Artifact) -> Comparison {
    let mut agreeing: Vec<Digest> = Vec::new();
    let mut differing: Vec<DigestAlgorithm> = Vec::new();
    // Computable from the artifact's bytes, which were at hand, and not computed.
    let mut unknown: Vec<DigestAlgorithm> = Vec::new();
    for digest in subject.iter() {
        let algorithm = digest.algorithm();
        match artifact.digest(algorithm) {
            Some(known) if known == digest => agreeing.push(digest.clone()),
            Some(_) => differing.push(algorithm),
            None if artifact.is_computed() && is_computable(algorithm) => unknown.push(algorithm),
            None => {}
        }
    }
    if !artifact.is_computed() {
        // All that the caller knows of the artifact must stand in one subject.
        let names = artifact.names();
        let named = names
            .iter()
            .all(|(name, value)| subject.other().get(name) == Some(value));
        if !named || agreeing.len() != artifact.digests().len() {
            return Comparison::Other;
        }
        if !names.is_empty() && agreeing.is_empty() {
            return Comparison::Same(Vec::new());
        }
    }
    agreeing.sort_by_key(|digest| Reverse(digest.algorithm()));
    let unknown = unknown
        .into_iter()
        .filter(|algorithm| algorithm.is_cryptographically_strong())
        .max();
    let Some(strongest) = agreeing.first() else {
        return match unknown {
            Some(algorithm) if differing.is_empty() => Comparison::Unknown(algorithm),
            _ => Comparison::Other,
        };
    };
    let agrees = strongest.algorithm();
    if artifact.is_computed()
        && let Some(differs) = differing.into_iter().max()
    {
        return Comparison::Contradiction { agrees, differs };
    }
    if let Some(stronger) = unknown.filter(|algorithm| *algorithm > agrees) {
        return Comparison::Unknown(stronger);
    }
    if !resists_forgery(strongest) {
        Comparison::Weak(agrees)
    } else {
        Comparison::Same(agreeing)
    }
}

/// Says whether nobody can make a second artifact with this digest. Git's names are SHA-1 with collision
/// detection; they are what a repository is known by, and nothing stronger is to be had for it.
fn resists_forgery(digest: &Digest) -> bool {
    let algorithm = digest.algorithm();
    digest.is_cryptographically_strong()
        || algorithm.identifies_git_object()
        || algorithm == DigestAlgorithm::DirHash
}

/// The algorithms that the subjects of a statement name and that can be computed from bytes.
pub(crate) fn computable_algorithms(statement: &Statement) -> Vec<DigestAlgorithm> {
    let mut algorithms: Vec<DigestAlgorithm> = Vec::new();
    for subject in statement.subjects() {
        for digest in subject.digest().iter() {
            let algorithm = digest.algorithm();
            if is_computable(algorithm) && !algorithms.contains(&algorithm) {
                algorithms.push(algorithm);
            }
        }
    }
    algorithms
}
