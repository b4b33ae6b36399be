"""Every number of the specification's tables (spec 1.4, 1.5, 1.8), through ``zengzhi replay``."""

import json

import pytest
from click.testing import CliRunner

from zengzhi.cli.main import main
from zengzhi.core.economy.replay import Replay, replay_lines
from zengzhi.core.economy.rules import Rules, rules_from_mapping

OFF = rules_from_mapping({"exit": {"multiple": "off"}})


def orders(count, paid="1000.00"):
    return [
        json.dumps({"op": "order", "id": f"o{i}", "member": f"m{i}", "paid": paid})
        for i in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("order", "pool", "points", "outstanding", "price"),
    [
        (1, "300.00", "210.00000000", "210.00000000", "1.4286"),
        (2, "600.00", "147.00000000", "357.00000000", "1.6807"),
        (3, "900.00", "124.95000000", "481.95000000", "1.8674"),
        (20, "6000.00", "66.51331756", "1871.87479441", "3.2053"),
        (300, "90000.00", "29.24638919", "12521.63263134", "7.1876"),
    ],
)
def test_growth_table(order, pool, points, outstanding, price):
    answer = list(replay_lines(orders(order), Rules()))[-2]
    assert answer == {
        "id": f"o{order}",
        "ok": True,
        "points": points,
        "contribution": "300.00",
        "payout": "0.00",
        "from_pool": "0.00",
        "pool": pool,
        "outstanding": outstanding,
        "price": price,
        "exits": [],
    }


def test_lot_1_reaches_its_spend_at_order_76():
    replay = Replay(OFF)
    for number, line in enumerate(orders(76), 1):
        answer = replay.answer(line)
        lot = replay.economy.lots[0]
        reached = lot.granted_units * replay.economy.pool_fen >= (
            lot.spend_fen * replay.economy.outstanding_units
        )
        assert reached == (number >= 76)
    assert answer["price"] == "4.7658"


def test_lot_1_exits_at_order_2965_and_is_paid_2400():
    exits = [
        (answer["id"], answer["exits"])
        for answer in replay_lines(orders(2966), Rules())
        if answer.get("exits")
    ]
    assert exits == [("o2965", [{"order": "o1", "points": "210.00000000", "payout": "2400.00"}])]


def test_lot_2_would_reach_3x_at_order_9736_with_exits_off():
    replay = Replay(OFF)
    for number, line in enumerate(orders(9736), 1):
        replay.answer(line)
        economy = replay.economy
        if number >= 2:
            lot = economy.lots[1]
            reached = lot.granted_units * economy.pool_fen >= (
                3 * lot.spend_fen * economy.outstanding_units
            )
            assert reached == (number >= 9736)


def test_selling_lot_1_after_order_768():
    lines = orders(768)
    sale = '{"op":"sell","id":"s1","member":"m1","points":"210"}'
    answers = list(replay_lines([*lines, sale], OFF))
    assert answers[767]["price"] == "9.5271"
    assert answers[768]["payout"] == "1600.55"
    assert answers[768]["price"] == "9.5438"
    replay = Replay(OFF)
    for line in lines:
        replay.answer(line)
    value_fen = replay.economy.value_fen(210 * 10**8)
    assert value_fen == 200_069
    assert value_fen - 160_055 == 40_014


def test_an_empty_pool_gives_the_next_buyer_nothing():
    """Left in place, 100 000 yuan would let the next 1-yuan order take 80 000 (spec 1.5)."""
    answers = list(
        replay_lines(
            [
                *orders(1),
                '{"op":"subsidise","id":"f","amount":"100000.00"}',
                '{"op":"order","id":"x","member":"thief","paid":"1.00"}',
                '{"op":"sell","id":"s","member":"thief","points":"all"}',
            ],
            Rules(),
        )
    )
    assert answers[1]["exits"][0]["payout"] == "2400.00"
    assert answers[1]["pool"] == "0.00"
    assert answers[3]["payout"] == "0.24"
    assert answers[4]["pool_reserve"] == "97900.06"
    assert answers[4]["epoch"] == 3


def test_the_command_prints_the_answers_and_the_summary(tmp_path):
    events = tmp_path / "events.jsonl"
    events.write_text(
        "\n".join([*orders(1), "", '{"op":"sell","id":"s9","member":"m1","points":"211"}']) + "\n"
    )
    rules = tmp_path / "rules.toml"
    rules.write_text('name = "seed"\n')
    done = CliRunner().invoke(main, ["replay", str(events), "--rules", str(rules)])
    assert done.exit_code == 0
    first, refused, summary = map(json.loads, done.stdout.splitlines())
    assert list(first) == [
        "id",
        "ok",
        "points",
        "contribution",
        "payout",
        "from_pool",
        "pool",
        "outstanding",
        "price",
        "exits",
    ]
    assert refused["error"] == "insufficient_points"
    assert refused["message"]
    assert (summary["events"], summary["refused"], summary["open_lots"]) == (2, 1, 1)
    assert len(summary["digest"]) == 64


def test_malformed_lines_end_with_status_3_and_the_rest_is_processed(tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text("")
    done = CliRunner().invoke(
        main, ["replay", "-", "--rules", str(rules)], input="nonsense\n" + orders(1)[0] + "\n"
    )
    assert done.exit_code == 3
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert answers[0]["error"] == "malformed"
    assert answers[0]["id"] is None
    assert answers[1]["ok"]


@pytest.mark.parametrize(
    "text",
    [
        "opening_price = 1.0",
        'opening_price = "0"',
        'name = ""',
        'colour = "green"',
        "[split]\ncost = 0.3",
        '[split]\ncost = "101%"',
        '[split]\ncost = "71%"',
        "[split",
        '[split]\nextra = "1%"',
        '[reward]\nrate = "101%"',
        '[reward]\nrate = "-1%"',
        '[sale]\nretention = "-20%"',
        '[exit]\nmultiple = "0.99"',
        '[exit]\nmultiple = "5/0"',
        "[exit]\nmultiple = 3.0",
        "[exit]\nmultiple = 3",
        '[exit]\nbasis = "pool"',
        'split = "30%"',
        '[reward]\nrate = "12.34567%"',
    ],
)
def test_unusable_rules_end_with_status_2_and_one_line(tmp_path, text):
    rules = tmp_path / "rules.toml"
    rules.write_text(text)
    done = CliRunner().invoke(main, ["replay", "-", "--rules", str(rules)], input="")
    assert (done.exit_code, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_missing_files_end_with_status_2(tmp_path):
    rules = tmp_path / "rules.toml"
    rules.write_text("")
    for command in (["gone.jsonl", "--rules", str(rules)], ["-", "--rules", "gone.toml"]):
        done = CliRunner().invoke(main, ["replay", *command], input="")
        assert (done.exit_code, done.stdout) == (2, "")
        assert len(done.stderr.splitlines()) == 1
