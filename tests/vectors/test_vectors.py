"""Every JSON vector, through the command line."""

import pytest

from tests.vectors import runner


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=f"{path.parent.name}/{path.stem}: {case['name']}")
        for path, case in runner.load()
    ],
)
def test_vector(tmp_path, case):
    runner.check(tmp_path, case)


def test_no_name_is_used_twice_in_a_file():
    names = [(path, case["name"]) for path, case in runner.load()]
    assert len(names) == len(set(names)) > 0
