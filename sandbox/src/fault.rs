//! Faults on demand: what a client must survive, where it cannot wait for the real one to fail.

mod cut;
mod layer;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use layer::{FaultLayer, FaultPoint};

/// A service of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Service {
    /// The issuer of identity tokens.
    Oidc,
    /// The certificate authority.
    Fulcio,
    /// The transparency log.
    Rekor,
    /// The timestamp authority.
    Timestamp,
    /// The store of attestations.
    GitHub,
    /// The repository of trust roots.
    Tuf,
}

/// What goes wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The answer takes this much longer.
    Slow(Duration),
    /// 429, with the seconds to wait in `Retry-After`. Nothing is done.
    TooManyRequests {
        /// The seconds.
        retry_after: u64,
    },
    /// 500. Nothing is done.
    ServerError,
    /// The connection ends in the middle of the body: more was announced than comes. What was asked for is done.
    Cut,
    /// Half of the body, announced as if it were all. What was asked for is done.
    Truncated,
    /// White space after the body, up to this many bytes in all, at most 64 MiB; no length is announced. Still the
    /// right answer to who reads all of it.
    Oversized(usize),
    /// 307 to this URL, with which a client repeats method and body. Nothing is done.
    Redirect(String),
    /// What the service signs does not verify.
    WrongSignature,
    /// The service speaks of another identity than the one that asked.
    OtherIdentity,
    /// The service gives an entry, or a file, that is not the one asked for.
    OtherEntry,
}

impl Fault {
    /// Says whether the service itself must do it; the others are done to its answers.
    #[must_use]
    pub fn is_semantic(&self) -> bool {
        matches!(
            self,
            Self::WrongSignature | Self::OtherIdentity | Self::OtherEntry
        )
    }
}

/// How often a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Times {
    /// With the next answer.
    Once,
    /// With every answer.
    Always,
    /// With this many answers.
    N(u32),
}

/// The faults that are set, one for each service. Copies share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<BTreeMap<Service, Armed>>>);

#[derive(Debug)]
struct Armed {
    fault: Fault,
    /// How often it is still to happen; nothing where always.
    left: Option<u32>,
}

impl Faults {
    /// Makes a handle with no fault set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the fault of a service, in place of the one that was set before.
    pub fn set(&self, service: Service, fault: Fault, times: Times) {
        let left = match times {
            Times::Once => Some(1),
            Times::Always => None,
            Times::N(times) => Some(times),
        };
        self.with(|armed| armed.insert(service, Armed { fault, left }));
    }

    /// Takes all faults back.
    pub fn clear(&self) {
        self.with(BTreeMap::clear);
    }

    /// Says whether a service must now commit this fault, and counts it. For services to ask, where they could.
    #[must_use]
    pub fn commits(&self, service: Service, fault: &Fault) -> bool {
        self.take(service, |set| set == fault).is_some()
    }

    /// Returns the middleware that commits the other faults on the answers of a service.
    pub fn layer(&self, service: Service) -> FaultLayer {
        layer::layer(FaultPoint {
            faults: self.clone(),
            service,
        })
    }

    fn take(&self, service: Service, wanted: impl Fn(&Fault) -> bool) -> Option<Fault> {
        self.with(|armed| {
            let set = armed.get_mut(&service).filter(|set| wanted(&set.fault))?;
            if let Some(left) = set.left.as_mut() {
                *left = left.checked_sub(1)?;
            }
            Some(set.fault.clone())
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<Service, Armed>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
