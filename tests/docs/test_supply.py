"""What bandit finds is explained, and the list of what the product is made of is whole."""

import json
import re
import subprocess

import pytest

from tests import bandit_explained
from tests.bandit_explained import ROOT, differences, explained, found_by_bandit


def test_a_finding_that_nobody_explained_is_named(tmp_path):
    (tmp_path / "new.py").write_text("import subprocess\nsubprocess.run('x', shell=True)\n")
    found, lines = found_by_bandit(str(tmp_path))
    assert any("B602" in line for line in lines)
    assert any("B602" in text for text in differences(found, {}))
    assert differences(found, found) == []
    assert any("0 found" in text for text in differences({}, found))


def test_an_explanation_has_a_reason_and_files_that_are_there(tmp_path, monkeypatch):
    said = explained()
    assert said
    assert [file for _kind, file in said if not (ROOT / file).is_file()] == []
    (tmp_path / "bandit.toml").write_text('[B101]\n[B101.files]\n"x.py" = 1\n')
    monkeypatch.setattr(bandit_explained, "EXPLAINED", tmp_path / "bandit.toml")
    with pytest.raises(ValueError, match="no reason"):
        explained()


def test_check_compares_the_two():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    check = makefile.split("\ncheck:", 1)[1].split("\n\n", 1)[0]
    assert "-m tests.bandit_explained" in check


def test_the_sbom_names_every_locked_requirement(tmp_path):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    recipe = makefile.split("\nsbom:", 1)[1].split("\n\n", 1)[0].split("\n", 1)[1]
    command = re.sub(r"\\\n\t+", "", recipe).split("$(BIN)/", 1)[1]
    program, *arguments = command.replace("build/", f"{tmp_path}/").split()
    done = subprocess.run(
        [ROOT / ".venv" / "bin" / program, *arguments], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    made = json.loads((tmp_path / "sbom.cdx.json").read_text("utf-8"))
    assert made["bomFormat"] == "CycloneDX"
    assert made["metadata"]["component"]["name"] == "zengzhi"
    locked = re.findall(
        r"^([\w.-]+)(?:\[\w+\])?==(\S+)", (ROOT / "requirements.txt").read_text(), re.M
    )
    named = {(one["name"].lower(), one["version"]) for one in made["components"]}
    assert len(locked) > 50
    assert {(name.lower(), version) for name, version in locked} == named
    assert all(one["purl"].startswith("pkg:pypi/") for one in made["components"])
