"""``make check``: every finding of bandit is explained in ``bandit.toml``, and every explanation
there still has its findings.

An explanation counts the findings of one kind in one file, so that a new one beside it is seen.
"""

import json
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

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
        found |= {(kind, file): count for file, count in entry["files"].items()}
    return found


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
    places = Counter((one["test_id"], one["filename"]) for one in answer["results"])
    lines = [
        f"{one['filename']}:{one['line_number']}: {one['test_id']} {one['issue_text']}"
        for one in answer["results"]
    ]
    return dict(places), lines + [f"{one['filename']}: {one['reason']}" for one in answer["errors"]]


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
        print(f"bandit: {sum(found.values())} findings, each explained in bandit.toml")
        return 0
    files = {text.split(" in ", 1)[1].split(":", 1)[0] for text in wrong}
    print("\n".join([*wrong, *(line for line in lines if line.split(":", 1)[0] in files)]))
    return 1


if __name__ == "__main__":
    sys.exit(main())
