// Signs with sigstore-js, whose packages are in the current folder, once for each signing config: an artifact, and a
// statement as it stands.
//
// Reads {directory, configs, token, artifact, statement} from stdin. Writes a list: {config, artifact, statement}, with
// the bundles as text, or with {error} where there is none.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(`${process.cwd()}/`);
const { bundleToJSON } = require('@sigstore/bundle');
const { SigningConfig } = require('@sigstore/protobuf-specs');
const { bundleBuilderFromSigningConfig } = require('@sigstore/sign');

const task = JSON.parse(readFileSync(0, 'utf8'));
const identityProvider = { getToken: async () => task.token };

const sign = async (config, bundleType, artifact) => {
  const json = JSON.parse(readFileSync(`${task.directory}/${config}`, 'utf8'));
  const signingConfig = SigningConfig.fromJSON(json);
  const options = { signingConfig, identityProvider, bundleType, fetchOptions: { retry: false } };
  try {
    const bundle = await bundleBuilderFromSigningConfig(options).create(artifact);
    return JSON.stringify(bundleToJSON(bundle));
  } catch (error) {
    return { error: [error.message, error.cause?.message].filter(Boolean).join(': ') };
  }
};

const results = [];
for (const config of task.configs) {
  results.push({
    config,
    artifact: await sign(config, 'messageSignature', { data: Buffer.from(task.artifact) }),
    statement: await sign(config, 'dsseEnvelope', {
      data: Buffer.from(task.statement),
      type: 'application/vnd.in-toto+json',
    }),
  });
}
process.stdout.write(JSON.stringify(results));
