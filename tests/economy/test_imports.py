"""The exact core is usable without any framework: nothing it imports loads one."""

import json
import pkgutil
import subprocess
import sys

import pytest

from zengzhi.core import disclosure, economy

HEAVY = {"django", "numba", "numpy", "llvmlite"}
MODULES = [
    "zengzhi.core",
    "zengzhi.core.kernel",
    "zengzhi.core.errors",
    "zengzhi.core.rounding",
    "zengzhi.core.units",
    *(f"zengzhi.core.economy.{module.name}" for module in pkgutil.iter_modules(economy.__path__)),
    *(
        f"zengzhi.core.disclosure.{module.name}"
        for module in pkgutil.iter_modules(disclosure.__path__)
    ),
    "zengzhi.cli.main",
    "zengzhi.cli.replay",
]


def loaded_by(module):
    code = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in json.loads(done.stdout)}


@pytest.mark.parametrize("module", sorted(set(MODULES)))
def test_no_framework_is_loaded_by(module):
    assert not loaded_by(module) & HEAVY


def test_the_check_sees_what_the_kernel_loads():
    assert loaded_by("zengzhi.core.kernel.economy") >= {"numba", "numpy"}


def test_the_reference_answers_without_a_framework():
    code = (
        "import sys\n"
        "from zengzhi.core.economy.replay import replay_lines\n"
        "from zengzhi.core.economy.rules import Rules\n"
        """line = '{"op":"order","id":"o","member":"m","paid":"1000"}'\n"""
        "print(list(replay_lines([line], Rules()))[0]['points'])\n"
        f"assert not {HEAVY!r} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "210.00000000\n"
