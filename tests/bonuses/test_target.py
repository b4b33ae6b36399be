"""A peer's target: the mall counts team sales of the month as the command line does."""

import json
import random
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner
from django.utils import timezone

from tests.bonuses import story
from zengzhi.cli.main import main
from zengzhi.core.economy.rules import Split
from zengzhi.core.units import format_yuan
from zengzhi.records.bonuses.models import BonusKind, BonusLine, OrderBonus
from zengzhi.records.bonuses.quote import Paid, quote_orders, snapshot, upline_text
from zengzhi.records.bonuses.team import not_received
from zengzhi.records.members.models import Member, MemberRank, Rank
from zengzhi.records.members.tree import bind

PLAN = """
[rank_difference]
V1 = "5%"
V2 = "8%"
[peer]
rate = "50%"
per_rank = 2
target = "{target}"
jump = {jump}
"""
LONG_AGO = datetime(2025, 1, 1, tzinfo=timezone.get_default_timezone())
JANUARY = datetime(2026, 1, 30, 12, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def network(db):
    """Twelve members under one another at random, most with a rank; (member, sponsor, rank)."""
    rng = random.Random(9)
    for level, code in enumerate(("V1", "V2"), 1):
        Rank.objects.create(level=level, code=code, name_zh=code, name_en=code)
    members, rows = [], []
    for place in range(12):
        member = Member.objects.create(nickname=f"m{place}")
        above = rng.choice(members[-3:]) if members else None
        if above is not None:
            bind(member.pk, above.invite_code, LONG_AGO)
        level = rng.choice([0, 1, 1, 1, 2])
        if level:
            MemberRank.objects.create(member=member, level=level, since=LONG_AGO)
        members.append(member)
        rows.append((member.pk, above.pk if above else "", ["", "V1", "V2"][level]))
    return rows


def some_orders(rows, rng):
    """Every two hours and across the end of January; the moments rise as the numbers do."""
    at = JANUARY
    for number in range(60):
        at += timedelta(hours=rng.choice([0, 1, 2]))
        paid_fen = rng.choice([100, 10_000, 33_333])
        yield Paid(f"o{number:03d}", 1, rng.choice(rows)[0], paid_fen, Split(), "", at)


def of_the_command_line(folder, plan, rows, orders):
    members = ["member,sponsor,rank", *(",".join(map(str, row)) for row in rows)]
    lines = [
        json.dumps(
            {
                "id": order.order,
                "member": str(order.member),
                "paid": format_yuan(order.paid_fen),
                "paid_at": order.paid_at.isoformat(),
            }
        )
        for order in orders
    ]
    for name, text in (("m.csv", members), ("o.jsonl", lines), ("plan.toml", [plan])):
        (folder / name).write_text("\n".join(text) + "\n")
    arguments = ["bonuses", str(folder / "o.jsonl"), "--plan", str(folder / "plan.toml")]
    result = CliRunner().invoke(main, [*arguments, "--members", str(folder / "m.csv")])
    assert (result.exit_code, result.stderr) == (0, "")
    return [
        [(int(line["member"]), line["kind"], line["amount"]) for line in json.loads(text)["lines"]]
        for text in result.stdout.splitlines()
    ]


@pytest.mark.parametrize("jump", ["true", "false"])
@pytest.mark.parametrize("target", ["0.00", "150.00", "500.00"])
def test_orders_quoted_together_pay_the_peers_of_the_command_line(network, tmp_path, target, jump):
    plan = PLAN.format(target=target, jump=jump)
    story.activate(plan, LONG_AGO)
    orders = list(some_orders(network, random.Random(target)))
    found = [
        [
            (line.member, line.kind.name.lower(), format_yuan(line.amount_fen))
            for line in quote.lines
            if line.amount_fen
        ]
        for quote in quote_orders(orders)
    ]
    assert found == of_the_command_line(tmp_path, plan, network, orders)
    peers = [line for lines in found for line in lines if line[1] == "peer"]
    assert peers
    backwards = quote_orders(orders[::-1])[::-1]
    assert [quote.lines for quote in backwards] == [quote.lines for quote in quote_orders(orders)]


def test_orders_paid_one_after_the_other_find_those_before(network, pool, product, tmp_path):
    plan = PLAN.format(target="500.00", jump="true")
    story.activate(plan, LONG_AGO)
    rng = random.Random(3)
    orders = []
    at = JANUARY
    for _ in range(12):
        at += timedelta(hours=7)
        member, _sponsor, _rank = rng.choice(network)
        order = story.pay(Member.objects.get(pk=member), product, at=at)
        orders.append(Paid(order.number, 1, member, order.total_fen, Split(), "", at))
    found = [
        [
            (line.beneficiary_id, BonusKind(line.kind).name.lower(), format_yuan(line.amount_fen))
            for line in BonusLine.objects.filter(order__order=order.order, amount_fen__gt=0)
        ]
        for order in orders
    ]
    wanted = of_the_command_line(tmp_path, plan, network, orders)
    assert [sorted(lines) for lines in found] == [sorted(lines) for lines in wanted]


def test_whoever_missed_the_target_sees_why(db, pool, product):
    for level, code in enumerate(("V1", "V2"), 1):
        Rank.objects.create(level=level, code=code, name_zh=code, name_en=code)
    story.activate(PLAN.format(target="1000000.00", jump="true"), LONG_AGO)
    top, middle, buyer = story.chain("top", "middle", "buyer")
    for member in (top, middle):
        MemberRank.objects.create(member=member, level=1, since=LONG_AGO)
    order = story.pay(buyer, product)
    head = OrderBonus.objects.get(order=order.number)
    assert snapshot(head.upline).missed == {top.pk}
    (line,) = BonusLine.objects.filter(beneficiary=top)
    assert (line.amount_fen, line.reason) == (0, "target_missed")
    assert not_received(middle) == []


def test_an_upline_as_stored_reads_back():
    rows = [(12, "V1"), (7, ""), (3, "V2")]
    text = upline_text(rows, {7, 3}, {3})
    assert text == "12:V1 7::s 3:V2:s:t"
    found = snapshot(text)
    assert (found.rows, found.suspended, found.missed) == (rows, {7, 3}, {3})
    assert snapshot("").rows == []
