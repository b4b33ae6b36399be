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
        ("m.csv", b"member,sponsor,rank\n\xff,,\n", "line 2"),
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


MARKED = b"\xef\xbb\xbf"


@pytest.mark.parametrize("name", ["plan.toml", "m.csv", "a.csv", "o.jsonl"])
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
def test_every_file_may_have_a_mark_and_crlf(folder, name, ends):
    (folder / "a.csv").write_text("member,region\nA,44\n")
    plain = bonuses(folder, "--agents", str(folder / "a.csv")).stdout
    file = folder / name
    file.write_bytes(MARKED + file.read_bytes().replace(b"\n", ends))
    result = bonuses(folder, "--agents", str(folder / "a.csv"))
    assert (result.exit_code, result.stdout) == (0, plain)


@pytest.mark.parametrize("name", ["plan.toml", "m.csv", "a.csv", "o.jsonl", "r.toml"])
@pytest.mark.parametrize("wrong", ["# 李\n".encode("gb18030"), b"\xff\xfe{", b"\xed\xa0\x80\n"])
def test_a_file_that_is_not_utf_8_is_refused_whole(folder, name, wrong):
    """However late it shows, nothing of the file is applied, and the line is named."""
    (folder / "a.csv").write_text("member,region\nA,44\n")
    (folder / "r.toml").write_text('name = "r"\n')
    file = folder / name
    good = file.read_bytes()
    file.write_bytes(good + wrong)
    more = ("--agents", str(folder / "a.csv"), "--rules", str(folder / "r.toml"))
    result = bonuses(folder, *more)
    assert (result.exit_code, result.stdout) == (2, "")
    line = good.count(b"\n") + 1
    assert f"{name}: line {line} " in result.stderr
    assert result.stderr.count("\n") == 1


def test_orders_from_standard_input_are_read_by_the_same_rule(folder):
    good = (folder / "o.jsonl").read_bytes()
    assert bonuses(folder, orders="-", input=MARKED + good).stdout == bonuses(folder).stdout
    result = bonuses(folder, orders="-", input=good + b"\xff\n")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "line 2" in result.stderr


def test_blanks_around_names_and_codes_are_cut_and_ids_are_not(folder):
    (folder / "m.csv").write_text("member , sponsor,rank\n m ,A ,\n\u3000A\t,, V1\n")
    (folder / "o.jsonl").write_text(
        '{"id":" o1","member":"m ","paid":"10","region":" 440305 "}\n'
        '{"id":" o1","member":"m","paid":"10","region":"440305"}\n'
        '{"id":"o1","member":"\\u3000m","paid":"10"}\n'
        '{"id":"o2","member":" \\t","paid":"10"}\n'
        '{"id":"o3","member":"m m","paid":"10"}\n'
    )
    result = bonuses(folder)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["id"] for answer in found] == [" o1", " o1", "o1", "o2", "o3"]
    assert found[0] == found[1]
    assert found[0]["lines"] == found[2]["lines"] != []
    assert [answer.get("error") for answer in found[3:]] == ["malformed", "unknown_member"]
    assert result.exit_code == 3


RANKED = '[rank_difference]\nV1 = "5%"\nV5 = "9%"\n'
ROWS = "member,sponsor,rank\nm,A,\nA,B, V5\nB,C,v5\nC,D,V9\nD,,v5 \n"


def test_ranks_that_the_plan_does_not_name_are_said_once_with_their_rows(folder):
    (folder / "plan.toml").write_text(RANKED)
    (folder / "m.csv").write_text(ROWS)
    result = bonuses(folder)
    (line,) = json.loads(result.stdout)["lines"]
    assert (line["member"], line["amount"]) == ("A", "0.90")
    assert result.exit_code == 0
    assert [text.split(": ")[2] for text in result.stderr.splitlines()] == [
        "rank 'v5' is not in the plan (2 rows)",
        "rank 'V9' is not in the plan (1 rows)",
    ]
    strict = bonuses(folder, "--strict")
    assert (strict.exit_code, strict.stdout, strict.stderr.count("\n")) == (2, "", 1)
    assert "'v5'" in strict.stderr


@pytest.mark.parametrize("plan", ['[direct]\nrate = "10%"\n', RANKED])
def test_strict_has_nothing_against_ranks_that_mean_something(folder, plan):
    (folder / "plan.toml").write_text(plan)
    rows = ROWS if plan != RANKED else "member,sponsor,rank\nm,A,\nA,,V5\n"
    (folder / "m.csv").write_text(rows)
    result = bonuses(folder, "--strict")
    assert (result.exit_code, result.stderr) == (0, "")


TARGET = '[rank_difference]\nV1 = "10%"\n[peer]\nrate = "50%"\nper_rank = 1\n{}'
CHAIN = "member,sponsor,rank,team_sales\nm,A,,\nA,B,V1,\nB,C,V1,{}\nC,,V1,500.00\n"


def peers(folder, plan, sales, *orders):
    (folder / "plan.toml").write_text(TARGET.format(plan))
    (folder / "m.csv").write_text(CHAIN.format(sales))
    (folder / "o.jsonl").write_text("".join(json.dumps(order) + "\n" for order in orders))
    found = [json.loads(line) for line in bonuses(folder).stdout.splitlines()]
    return [
        [line["member"] for line in answer.get("lines", []) if line["kind"] == "peer"]
        for answer in found
    ]


def order(number, paid="100.00", **more):
    return {"id": f"o{number}", "member": "m", "paid": paid, **more}


def test_a_peer_is_paid_once_the_team_has_reached_the_target(folder):
    """The order itself does not count, a refused or a repeated one neither; C has 500 already."""
    orders = [
        order(1),
        order(1),
        {"id": "o9", "member": "nobody", "paid": "1000.00"},
        order(2, "0"),
        order(3, "299.99"),
        order(4, "0.01"),
        order(5),
        order(1),
    ]
    found = peers(folder, 'target = "400.00"\n', "", *orders)
    assert found == [["C"], ["C"], [], [], ["C"], [], ["B"], ["C"]]


def test_without_jump_a_peer_below_the_target_ends_the_search(folder):
    orders = [order(1), order(2, "400.00"), order(3)]
    assert peers(folder, 'jump = false\ntarget = "400.00"\n', "", *orders) == [[], [], ["B"]]


def test_sales_from_elsewhere_count_in_every_month(folder):
    plan = 'target = "400.00"\n'
    orders = [order(1, paid_at="2026-01-05"), order(2, paid_at="2026-02-05"), order(3)]
    assert peers(folder, plan, "400.00", *orders) == [["B"]] * 3
    assert peers(folder, plan, "399.99", *orders) == [["C"]] * 3
    assert peers(folder, plan, "0", *orders) == [["C"]] * 3


def test_the_month_is_that_of_the_mall(folder):
    """16:00 UTC on 31 January is February in Shanghai; without a moment: a month of its own."""
    orders = [
        order(1, "400.00", paid_at="2026-01-31T15:59:59Z"),
        order(2, paid_at="2026-01-31T16:00:00+00:00"),
        order(3, paid_at="2026-01-31T23:59:59"),
        order(4),
    ]
    assert peers(folder, 'target = "400.00"\n', "", *orders) == [["C"], ["C"], ["B"], ["C"]]


@pytest.mark.parametrize(
    "moment",
    ["", " ", "yesterday", "2026-02-30", "2026-13-01T00:00:00", "1769900000", "2026-01-31T25:00",
     "31.01.2026", "2026-01-31 10:00 ", "2026-01-31x10:00", "0001-01-01T00:00:00+14:00"],
)  # fmt: skip
def test_a_moment_that_is_not_iso_8601_is_malformed(folder, moment):
    (folder / "o.jsonl").write_text(json.dumps(order(1, paid_at=moment)) + "\n")
    result = bonuses(folder)
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"] == "malformed"


@pytest.mark.parametrize("row", ["m,A,,-1", "m,A,,1.234", "m,A,,1e3", "m,A,,１", "m,A,", "m,A,,1,"])
def test_team_sales_that_are_no_amount_make_the_file_unusable(folder, row):
    (folder / "m.csv").write_text(f"member,sponsor,rank,team_sales\n{row}\nA,,V1,\n")
    result = bonuses(folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "row 2" in result.stderr


@pytest.mark.parametrize(
    "table",
    ['[peer]\nrate = "5%"\ntarget = 100.0', '[peer]\nrate = "5%"\ntarget = "-1"',
     '[peer]\nrate = "5%"\ntarget = ""', '[dividend]\nrate = "2%"\nsource = "both"',
     '[dividend]\nrate = "2%"\nsource = true'],
)  # fmt: skip
def test_a_plan_with_another_target_or_source_is_unusable(folder, table):
    (folder / "plan.toml").write_text(table + "\n")
    result = bonuses(folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "peer.target" in result.stderr or "dividend.source" in result.stderr


def test_a_dividend_out_of_profit_takes_nothing_from_an_order(folder):
    for source, pool, rest in (("orders", "0.20", "2.80"), ("profit", "0.00", "3.00")):
        (folder / "plan.toml").write_text(f'[dividend]\nrate = "2%"\nsource = "{source}"\n')
        answer = json.loads(bonuses(folder).stdout)
        assert (answer["dividend_pool"], answer["unallocated"]) == (pool, rest)


AREAS = '[area]\nmode = "independent"\ndistrict = "3%"\ncity = "5%"\nprovince = "6%"\n'


@pytest.mark.parametrize(
    ("region", "kinds", "warned"),
    [
        ("440305", ["district", "city", "province"], False),
        ("440300", ["city", "province"], False),
        ("440399", ["city", "province"], True),
        ("441901", ["city", "province"], False),
        ("110101", ["district", "province"], False),
        ("1101", ["province"], True),
        ("500112", ["district", "province"], False),
        ("99", [], True),
        ("", [], False),
    ],
)
def test_an_order_pays_the_agents_of_its_region(folder, region, kinds, warned):
    agents = ["440305", "4403", "44", "441900", "110101", "110000", "500105", "50"]
    rows = "".join(f"a{code},{code}\n" for code in agents)
    (folder / "a.csv").write_text(f"member,region\n{rows}")
    (folder / "plan.toml").write_text(AREAS)
    (folder / "o.jsonl").write_text(json.dumps(order(1, region=region)) + "\n")
    answer = json.loads(bonuses(folder, "--agents", str(folder / "a.csv")).stdout)
    assert [line["kind"] for line in answer["lines"]] == [f"{kind}_agent" for kind in kinds]
    assert ("warnings" in answer) == warned
    assert all(isinstance(text, str) and text for text in answer.get("warnings", ()))


@pytest.mark.parametrize("code", ["1101", "4290", "990000", "440399", "44030", ""])
def test_an_agents_file_with_a_region_that_does_not_exist_is_unusable(folder, code):
    (folder / "a.csv").write_text(f"member,region\nA,44\nB,{code}\n")
    result = bonuses(folder, "--agents", str(folder / "a.csv"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "row 3" in result.stderr


def test_weights_are_read_like_every_csv_file(folder):
    (folder / "w.csv").write_bytes(MARKED + b"member, weight\r\n a ,10\r\n\r\nb, 20 \r\n")
    result = CliRunner().invoke(main, ["dividend", "0.30", "--weights", str(folder / "w.csv")])
    assert [json.loads(line)["amount"] for line in result.stdout.splitlines()] == ["0.10", "0.20"]
    (folder / "w.csv").write_bytes(b"member,weight\na,1\n" + "李,1\n".encode("gb18030"))
    result = CliRunner().invoke(main, ["dividend", "0.30", "--weights", str(folder / "w.csv")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "line 3" in result.stderr
