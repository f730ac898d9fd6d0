"""Verifies bundles with sigstore-python.

Reads {directory, identity, issuer, cases: [{bundle, artifact}]} from stdin, an artifact as text, or null for a bundle that
holds a statement. Writes a list: null for each bundle that was accepted, the reason for each that was not.
"""

import json
import sys

from sigstore.models import Bundle, TrustedRoot
from sigstore.verify import Verifier
from sigstore.verify.policy import Identity

task = json.load(sys.stdin)
verifier = Verifier(trusted_root=TrustedRoot.from_file(f"{task['directory']}/trusted_root.json"))
policy = Identity(identity=task["identity"], issuer=task["issuer"])


def verify(case):
    try:
        bundle = Bundle.from_json(case["bundle"])
        if case["artifact"] is None:
            verifier.verify_dsse(bundle, policy)
        else:
            verifier.verify_artifact(case["artifact"].encode(), bundle, policy)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


json.dump([verify(case) for case in task["cases"]], sys.stdout)
