//! Evidence whose signatures were proven, once for however many artifacts there are.

use jiff::Timestamp;
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::answer::Answer;
use super::evidence::Evidence;
use crate::artifact::Artifact;
use crate::policy::{Authenticated, Policy, Subject};
use crate::verify::Verifier;

/// Attestations in the order in which they were found, each proven or with the reason why not.
#[derive(Clone, Default)]
pub(crate) struct Proven {
    origins: Vec<String>,
    authenticated: Vec<Authenticated>,
}

impl Proven {
    /// Proves the signatures, on all processors.
    pub(crate) fn prove(verifier: &Verifier, evidence: &[Evidence], now: Timestamp) -> Self {
        let prove = |evidence: &Evidence| match &evidence.result {
            Ok(attestation) => verifier.authenticate(attestation, now),
            Err(error) => Err(error.clone().into()),
        };
        Self {
            origins: evidence.iter().map(|evidence| evidence.origin.clone()).collect(),
            authenticated: evidence.par_iter().map(prove).collect(),
        }
    }

    pub(crate) fn push(&mut self, origin: String, authenticated: Authenticated) {
        self.origins.push(origin);
        self.authenticated.push(authenticated);
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.origins.extend(more.origins);
        self.authenticated.extend(more.authenticated);
    }

    /// Asks a policy about an artifact. `of_registry` is the same evidence, proven with the npm registry's keys,
    /// or nothing where the policy does not ask for it.
    pub(crate) fn decide(
        &self,
        policy: &Policy,
        name: String,
        subject: Subject<'_>,
        artifact: &Artifact,
        of_registry: &Self,
    ) -> Answer {
        let verdict = policy.evaluate(subject, artifact, &self.authenticated, &of_registry.authenticated);
        Answer::of_verdict(name, artifact.digests().to_vec(), verdict, &self.origins)
    }
}
