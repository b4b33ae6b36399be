"""``make check``: every finding of bandit is explained.

Where it stands, by the mark that ruff wants for the same rule (``noqa: S608 (own names)`` for
B608; a mark without a finding is ruff's to refuse), why being said once a kind in
``bandit.toml``; for what ruff does not look for, there also how many in which file, so that a new
one beside them is seen.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EXPLAINED = ROOT / "bandit.toml"
REASON_MIN = 20

Places = dict[tuple[str, str], int]


def explained() -> Places:
    """(kind, file) → how many findings are explained. Errors: ``ValueError`` without a reason."""
    found: Places = {}
    for kind, entry in tomllib.loads(EXPLAINED.read_text("utf-8")).items():
        if len(entry.get("reason", "")) < REASON_MIN:
            raise ValueError(f"bandit.toml: {kind} has no reason")
        found |= {(kind, file): count for file, count in entry.get("files", {}).items()}
    return found


def kinds() -> set[str]:
    """Kinds whose reason is given."""
    return set(tomllib.loads(EXPLAINED.read_text("utf-8")))


def found_by_bandit(*folders: str) -> tuple[Places, list[str]]:
    """(kind, file) → how many findings, and each of them in words."""
    done = subprocess.run(
        [sys.executable, "-m", "bandit", "-q", "-r", *folders, "-f", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(done.stdout)
    known = kinds()
    results = [one for one in answer["results"] if not (one["test_id"] in known and _marked(one))]
    places = Counter((one["test_id"], one["filename"]) for one in results)
    lines = [
        f"{one['filename']}:{one['line_number']}: {one['test_id']} {one['issue_text']}"
        for one in results
    ]
    return dict(places), lines + [f"{one['filename']}: {one['reason']}" for one in answer["errors"]]


def _marked(finding: dict[str, Any]) -> bool:
    """Whether the statement carries ruff's mark of the same rule."""
    lines = (ROOT / finding["filename"]).read_text("utf-8").splitlines()
    rule = f"S{finding['test_id'][1:]}"
    there = {finding["line_number"], *finding["line_range"]}
    return any(re.search(rf"# noqa: [A-Z0-9, ]*\b{rule}\b", lines[n - 1]) for n in there)


def differences(found: Places, said: Places) -> list[str]:
    """What is found and not explained, or explained and not there."""
    return [
        f"{kind} in {file}: {found.get((kind, file), 0)} found, {said.get((kind, file), 0)} "
        "explained in bandit.toml"
        for kind, file in sorted({*found, *said})
        if found.get((kind, file), 0) != said.get((kind, file), 0)
    ]


def main() -> int:
    """The exit status of ``make check``'s last step."""
    found, lines = found_by_bandit("src")
    wrong = differences(found, explained())
    if not wrong:
        print(f"bandit: every finding is explained, {sum(found.values())} of them in bandit.toml")
        return 0
    files = {text.split(" in ", 1)[1].split(":", 1)[0] for text in wrong}
    print("\n".join([*wrong, *(line for line in lines if line.split(":", 1)[0] in files)]))
    return 1


if __name__ == "__main__":
    sys.exit(main())
