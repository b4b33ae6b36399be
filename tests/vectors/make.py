"""Write ``economy/*.json``: ``python -m tests.vectors.make``. Expected answers: the model's alone.

The format is that of ``runner.py``; an event that is text is a raw line. ``about`` says which
sentences of the specification a case shows.
"""

import json
from pathlib import Path

from tests.oracle import economy as oracle
from tests.vectors.scenarios import SCENARIOS

FOLDER = Path(__file__).parent / "economy"
TITLE = "The economy through replay"


def toml_of(rules):
    """The rules as lines of TOML: plain values first, then the tables."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in rules.items() if value == str(value)]
    for name, table in rules.items():
        if isinstance(table, dict):
            lines += [f"[{name}]", *(f"{key} = {json.dumps(v)}" for key, v in table.items())]
    return lines


def vector(name):
    """The file of a scenario: one case."""
    about, rules, events = SCENARIOS[name]
    lines = [event if isinstance(event, str) else json.dumps(event) for event in events]
    answers = oracle.replay(lines, rules)
    malformed = any(answer.get("error") == "malformed" for answer in answers)
    case = {
        "name": name,
        "about": about,
        "files": {"rules.toml": toml_of(rules), "events.jsonl": events},
        "command": ["replay", "events.jsonl", "--rules", "rules.toml"],
        "ignore": ["message", "digest"],
        "exit": 3 if malformed else 0,
        "expected": answers,
    }
    return {"title": f"{TITLE}: {name}", "cases": [case]}


def text_of(value, depth=0):
    """JSON with one event or answer a line, so that a change is seen in a diff."""
    flat = json.dumps(value, ensure_ascii=False)
    if depth > 4 or not isinstance(value, dict | list) or len(flat) < 90:
        return flat
    inner, outer = " " * (depth + 1), " " * depth
    if isinstance(value, dict):
        if "id" in value or "summary" in value:
            return flat
        parts = [f"{json.dumps(key)}: {text_of(part, depth + 1)}" for key, part in value.items()]
        return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{outer}}}"
    parts = [text_of(part, depth + 1) for part in value]
    return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{outer}]"


if __name__ == "__main__":
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name in SCENARIOS:
        (FOLDER / f"{name}.json").write_text(text_of(vector(name)) + "\n", encoding="utf-8")
