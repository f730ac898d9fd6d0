//! Forgeries.

use crate::bundle::BundleRequest;
use crate::error::SandboxError;
use crate::key::Key;
use crate::log::LogEntry;
use crate::sandbox::{Instance, Sandbox};
use crate::timestamp::TokenDraft;

#[derive(Default)]
pub(crate) struct Flaws {}

impl Flaws {
    pub(crate) fn certificate(
        &self,
        sandbox: &Sandbox,
        request: &BundleRequest,
        key: &Key,
    ) -> Result<Vec<u8>, SandboxError> {
        let draft = sandbox.draft(request.instance, &key.spki()?, &request.identity)?;
        sandbox.sign_draft(request.instance, draft)
    }
    pub(crate) fn entry(&self, _sandbox: &Sandbox, _entry: &mut LogEntry) -> Result<(), SandboxError> {
        Ok(())
    }
    pub(crate) fn timestamp(
        &self,
        sandbox: &Sandbox,
        instance: Instance,
        signature: &[u8],
    ) -> Result<Vec<u8>, SandboxError> {
        sandbox.answer_timestamp(instance, &TokenDraft::of(signature, sandbox.now()))
    }
}
