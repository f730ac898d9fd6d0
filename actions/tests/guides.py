"""Writes the YAML of guides and READMEs as workflows, so that linters see what readers copy: guides.py FOLDER."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = "name: a reader's\non:\n  push:\n    tags: ['v*']\npermissions: {}\n"

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for old in folder.glob("*.yml"):
    old.unlink()
written = 0
for path in [*sorted((ROOT / "docs" / "guides").glob("*.md")), *sorted((ROOT / "actions").glob("*/README.md"))]:
    text = "".join(re.findall(r"```yml\n(.*?)```", path.read_text(), re.S)).replace("<commit>", "c" * 40)
    if not re.search(r"^(jobs:|- uses:|- run:)", text, re.M):
        continue
    if "jobs:" not in text:
        steps = "".join(f"      {line}\n" if line else "\n" for line in text.splitlines())
        text = f"jobs:\n  job:\n    runs-on: ubuntu-24.04\n    steps:\n{steps}"
    text = text.removeprefix("permissions: {}\n")
    (folder / f"{path.parent.name}-{path.stem.lower()}.yml").write_text(HEAD + text)
    written += 1
print(f"{written} documents have workflows")
sys.exit(0 if written else 1)
