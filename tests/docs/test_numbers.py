"""Numbers in the documents are what the code gives."""

import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_produced_blocks_are_fresh():
    tools = runpy.run_path(str(ROOT / "docs" / "produce.py"))
    for name in tools["PAGES"]:
        text = (ROOT / name).read_text("utf-8")
        assert "<!-- produced:" in text, name
        assert tools["produced"](text) == text, f"{name}: run make docs"


def test_a_stale_number_is_noticed(tmp_path, monkeypatch):
    tools = runpy.run_path(str(ROOT / "docs" / "produce.py"))
    text = (ROOT / "README.md").read_text("utf-8").replace("1.8674", "1.8675")
    assert tools["produced"](text) != text


def test_links_of_the_readme_lead_somewhere():
    import re

    for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (ROOT / target).exists(), f"{name}: {target}"
    assert sys.version_info >= (3, 11)
