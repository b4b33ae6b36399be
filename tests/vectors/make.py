"""Write ``economy/*.json``: ``python -m tests.vectors.make``. Expected values: the model's alone.

A vector is an object with ``about`` (the sentences it shows), ``rules`` (as in a rules file),
``events`` (objects; a string is a raw line), ``answers`` and ``summary``, as ``zengzhi replay``
prints them but without ``message`` and ``digest``, whose words are an engine's own.
"""

import json
from pathlib import Path

from tests.oracle import economy as oracle
from tests.vectors.scenarios import SCENARIOS

FOLDER = Path(__file__).parent / "economy"


def lines_of(events):
    return [event if isinstance(event, str) else json.dumps(event) for event in events]


def vector(name):
    """The vector of a scenario."""
    about, rules, events = SCENARIOS[name]
    *answers, summary = oracle.replay(lines_of(events), rules)
    return {
        "name": name,
        "about": about,
        "rules": rules,
        "events": events,
        "answers": answers,
        "summary": summary,
    }


def text_of(made):
    """One event and one answer a line, so that a change is seen in a diff."""
    parts = []
    for key, value in made.items():
        if key in ("events", "answers"):
            rows = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in value)
            parts.append(f'  "{key}": [\n{rows}\n  ]')
        else:
            parts.append(f'  "{key}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name in SCENARIOS:
        (FOLDER / f"{name}.json").write_text(text_of(vector(name)), encoding="utf-8")
