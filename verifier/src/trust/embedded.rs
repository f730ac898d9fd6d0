//! The roots that come with the library, as the Sigstore project's crate distributes them.

use sigstore_trust_root::SigstoreInstance;

use super::TrustDomain;

/// A root that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EmbeddedRoot {
    /// Sigstore's public instance: public repositories.
    PublicGood,
    /// GitHub's instance: private repositories.
    GitHub,
    /// Sigstore's staging instance, which is for tests: never a default.
    Staging,
}

impl EmbeddedRoot {
    /// The roots that count where a caller names none.
    pub const DEFAULT: [Self; 2] = [Self::PublicGood, Self::GitHub];

    pub(crate) fn domain(self) -> TrustDomain {
        match self {
            Self::PublicGood => TrustDomain::PublicGood,
            Self::GitHub => TrustDomain::GitHub,
            Self::Staging => TrustDomain::Staging,
        }
    }

    pub(crate) fn json(self) -> &'static str {
        match self {
            Self::PublicGood => SigstoreInstance::PublicGood.embedded_trusted_root_json(),
            Self::GitHub => SigstoreInstance::GitHub.embedded_trusted_root_json(),
            Self::Staging => SigstoreInstance::Staging.embedded_trusted_root_json(),
        }
    }
}
