"""``zengzhi bonuses`` and ``zengzhi dividend`` on real files: encodings, size, start."""

import json
import subprocess
import sys
from importlib import resources

import pytest
from click.testing import CliRunner

from zengzhi.cli.main import main
from zengzhi.core.distribution.lines import paid_order
from zengzhi.core.distribution.order_bonuses import bonuses_in_forest
from zengzhi.core.distribution.plan import plan_from_toml
from zengzhi.core.distribution.upline import Forest
from zengzhi.core.economy.rules import Split

PLANS = ("all-kinds", "strict", "two-level")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "plan.toml").write_text('[direct]\nrate = "10%"\n')
    (tmp_path / "m.csv").write_text("member,sponsor,rank\nm,A,\nA,,V1\n")
    (tmp_path / "o.jsonl").write_text('{"id":"o1","member":"m","paid":"10"}\n')
    return tmp_path


def bonuses(folder, *more, orders="o.jsonl", **options):
    orders = orders if orders == "-" else str(folder / orders)
    arguments = ["bonuses", orders, "--plan", str(folder / "plan.toml")]
    arguments += ["--members", str(folder / "m.csv"), *more]
    return CliRunner().invoke(main, arguments, **options)


def test_the_answer_word_for_word(folder):
    assert bonuses(folder).stdout == (
        '{"id":"o1","budget":"3.00","lines":[{"member":"A","kind":"direct","rate":"10%",'
        '"amount":"1.00","why":"the buyer\'s sponsor: 10% × 10.00 = 1.00"}],'
        '"dividend_pool":"0.00","unallocated":"2.00"}\n'
    )


def test_orders_from_standard_input(folder):
    text = (folder / "o.jsonl").read_text()
    assert bonuses(folder, orders="-", input=text).stdout == bonuses(folder).stdout


def test_a_byte_order_mark_crlf_quotes_and_blank_lines_in_csv(folder):
    plain = bonuses(folder).stdout
    text = '\ufeffmember,sponsor,rank\r\n"m","A",\r\n\r\nA,,"V1"\r\n'
    (folder / "m.csv").write_bytes(text.encode())
    assert bonuses(folder).stdout == plain


def test_names_may_hold_anything(folder):
    (folder / "m.csv").write_text('member,sponsor,rank\nm,"李,""A""\n2",\n"李,""A""\n2",,\n')
    answer = json.loads(bonuses(folder).stdout)
    assert answer["lines"][0]["member"] == '李,"A"\n2'


def test_half_a_surrogate_pair_in_an_id_comes_back(folder):
    (folder / "o.jsonl").write_text('{"id":"\\ud800","member":"m","paid":"10"}\n')
    assert json.loads(bonuses(folder).stdout)["id"] == "\ud800"


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("m.csv", b"member,sponsor,rank\n\xff,,\n", "not UTF-8"),
        ("m.csv", b'member,sponsor,rank\n"m,,\n', "row 2"),
        ("m.csv", None, "m.csv"),
        ("plan.toml", None, "plan.toml"),
        ("o.jsonl", None, "o.jsonl"),
    ],
)
def test_unreadable_files_end_with_one_line_and_status_2(folder, name, content, named):
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    result = bonuses(folder)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert named in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_negative_amount_of_dividend_is_named(folder):
    (folder / "w.csv").write_text("member,weight\na,1\n")
    result = CliRunner().invoke(main, ["dividend", "-5", "--weights", str(folder / "w.csv")])
    assert result.exit_code == 2
    assert "'-5'" in result.stderr


@pytest.mark.parametrize("plan", PLANS)
def test_plan_presets_ship_in_the_package(plan):
    text = resources.files("zengzhi.presets.plans").joinpath(f"{plan}.toml").read_text("utf-8")
    assert plan_from_toml(text).name == plan


@pytest.mark.parametrize("command", ["bonuses", "dividend", "check"])
def test_the_commands_start_without_django_and_numpy(command):
    code = (
        "import sys; from zengzhi.cli.main import main\n"
        f"try: main(['{command}', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'django', 'numpy', 'numba'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "[]", result.stderr


ALL_KINDS = resources.files("zengzhi.presets.plans").joinpath("all-kinds.toml").read_text("utf-8")


@pytest.mark.parametrize("ranks", [[""], ["V1"], ["", "V1", "V2", "V1"], ["gold", "V3"]])
@pytest.mark.parametrize("jump", ["true", "false"])
def test_a_chain_of_200_000_costs_an_order_no_more_than_a_short_one(ranks, jump):
    """Answers at the bottom and at 1000 places above it, without walking the chain each time."""
    plan = plan_from_toml(ALL_KINDS.replace("jump = true", f"jump = {jump}"))
    depth = 200_000
    forest = CountingForest(
        ((f"m{i}", f"m{i - 1}" if i else "", ranks[i % len(ranks)]) for i in range(depth)), plan
    )
    for place in range(depth - 1000, depth):
        found = bonuses_in_forest(paid_order(f"m{place}", 100_000, Split()), forest, plan)
        assert found.lines[0].member == f"m{place - 1}"
    assert forest.seeks <= 1000 * 16


class CountingForest(Forest):
    """Counts the questions asked after it was built."""

    seeks = 0
    counting = False

    def __init__(self, rows, plan):
        super().__init__(rows, plan)
        self.counting = True

    def seek(self, place, least_level):
        self.seeks += self.counting
        return super().seek(place, least_level)


def test_a_circle_at_the_end_of_a_long_chain_is_found(folder):
    rows = [f"m{i},m{i + 1}," for i in range(100_000)] + ["m100000,m99990,"]
    (folder / "m.csv").write_text("\n".join(["member,sponsor,rank", *rows]) + "\n")
    result = bonuses(folder)
    assert result.exit_code == 2
    assert "circle" in result.stderr
    assert len(result.stderr) < 400
