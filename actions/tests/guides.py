"""Writes the YAML of guides and READMEs as workflows, so that linters see what readers copy: guides.py FOLDER.

Beside them, in FOLDER/broken, each block once with a key that does not exist: a linter that accepts one of those has not
seen that block. A document whose YAML is no workflow fails, unless it is named here.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = "name: a reader's\non:\n  push:\n    tags: ['v*']\npermissions: {}\n"
# The YAML of these is no workflow.
OTHER = {"docs/guides/sandbox.md"}
# In the guides, `yaml` is for policies, which a test of the verifier reads.
FENCES = {"docs/guides/*.md": "yml", "actions/**/README.md": "ya?ml"}
# What a block has last of these, its twin has misspelt.
KEY = re.compile(r"(?s)(.*\b)(uses|run)(:.*)")


def blocks(path, fence):
    return re.findall(rf"^```{fence}\n(.*?)^```$", path.read_text(), re.S | re.M)


def workflow(texts):
    """One workflow of all blocks of a document; None where they are none."""
    text = "".join(texts).replace("<commit>", "c" * 40)
    if not re.search(r"^(jobs:|- [a-z]+:)", text, re.M):
        return None
    if "jobs:" not in text:
        steps = "".join(f"      {line}\n" if line else "\n" for line in text.splitlines())
        text = f"jobs:\n  job:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}"
    return HEAD + text.removeprefix("permissions: {}\n")


def main():
    folder = Path(sys.argv[1])
    broken = folder / "broken"
    broken.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("*.yml"), *broken.glob("*.yml")]:
        old.unlink()
    documents, twins, failed = 0, 0, False
    for pattern, fence in FENCES.items():
        for path in sorted(ROOT.glob(pattern)):
            place = str(path.relative_to(ROOT))
            found = blocks(path, fence)
            if not found or place in OTHER:
                continue
            text = workflow(found)
            if text is None:
                print(f"{place}: its YAML is no workflow")
                failed = True
                continue
            name = place.removesuffix(".md").replace("/", "-").lower()
            (folder / f"{name}.yml").write_text(text)
            documents += 1
            for number, block in enumerate(found):
                twin, count = KEY.subn(r"\1mistake\3", block)
                if count != 1:
                    print(f"{place}: block {number + 1} has nothing to break")
                    failed = True
                changed = workflow([*found[:number], twin, *found[number + 1 :]])
                (broken / f"{name}-{number + 1}.yml").write_text(changed)
                twins += 1
    print(f"{documents} documents have workflows, {twins} blocks have a broken twin")
    return 1 if failed or not documents else 0


if __name__ == "__main__":
    sys.exit(main())
