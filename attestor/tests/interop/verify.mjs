// Verifies bundles with sigstore-js, whose packages are in the current folder.
//
// Reads {directory, identity, issuer, cases: [{bundle, artifact}]} from stdin, an artifact as text, or null for a bundle
// that holds a statement. Writes a list: null for each bundle that was accepted, the reason for each that was not.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.cwd()}/`);
const { bundleFromJSON } = require('@sigstore/bundle');
const { TrustedRoot } = require('@sigstore/protobuf-specs');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');

const task = JSON.parse(readFileSync(0, 'utf8'));
const root = JSON.parse(readFileSync(`${task.directory}/trusted_root.json`, 'utf8'));
const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(root)));
// sigstore-js takes the name as a regular expression.
const escaped = task.identity.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const policy = { subjectAlternativeName: `^${escaped}$`, extensions: { issuer: task.issuer } };

const verify = ({ bundle, artifact }) => {
  try {
    const content = artifact === null ? undefined : Buffer.from(artifact);
    verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(bundle)), content), policy);
    return null;
  } catch (error) {
    return `${error.code ?? error.name}: ${error.message}`;
  }
};

process.stdout.write(JSON.stringify(task.cases.map(verify)));
