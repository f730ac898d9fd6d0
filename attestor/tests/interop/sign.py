"""Signs with sigstore-python, once for each signing config: an artifact, and a statement as it stands.

Reads {directory, configs, token, artifact, statement} from stdin. Writes a list: {config, artifact, statement}, with the
bundles as text.
"""

import json
import sys

from sigstore.dsse import Statement
from sigstore.models import ClientTrustConfig
from sigstore.oidc import IdentityToken
from sigstore.sign import SigningContext

task = json.load(sys.stdin)


def read(name):
    with open(f"{task['directory']}/{name}", encoding="utf-8") as file:
        return json.load(file)


def sign(config):
    trust = {
        "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
        "trustedRoot": read("trusted_root.json"),
        "signingConfig": read(config),
    }
    context = SigningContext.from_trust_config(ClientTrustConfig.from_json(json.dumps(trust)))
    with context.signer(IdentityToken(task["token"])) as signer:
        return {
            "config": config,
            "artifact": signer.sign_artifact(task["artifact"].encode()).to_json(),
            "statement": signer.sign_dsse(Statement(task["statement"].encode())).to_json(),
        }


json.dump([sign(config) for config in task["configs"]], sys.stdout)
