"""The command line and the mall pay the same agents, for every code there is and was."""

import json
import random
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.utils import timezone

from tests.bonuses import story
from zengzhi.cli.main import main
from zengzhi.core import regions
from zengzhi.core.economy.rules import Split
from zengzhi.core.units import format_rate, format_yuan
from zengzhi.mall.models import Order
from zengzhi.records.bonuses.quote import Paid, quote_orders
from zengzhi.records.members.models import Member, RegionAgent

AREAS = """
[direct]
rate = "10%"
[area]
mode = "{}"
district = "3%"
city = "5%"
province = "6%"
"""
WRITTEN = (
    "", " ", "4", "440", "44030", "4403051", "44030512", "4403051234", "44030512345",
    "4403051234567", "44a305", "４４０３０５", "somewhere", "-1", "00", "000000", "99", "990000",
    "440000", "440300", " 440305 ", "440305001", "440305001002", "440300000000", "4400", "440003",
    "1101", "110100", "4290", "429000", "4419", "441900", "441901", "441999001", "620200",
)  # fmt: skip


def every_code() -> list[str]:
    """Listed, abolished, with zeros, as a street, beside the list, and what is no code."""
    rng = random.Random(20)
    listed = [*regions.names(), *regions.successors()]
    longer = [code.ljust(6, "0") for code in listed if len(code) < 6]
    streets = [f"{code}{tail}" for code in rng.sample(listed, 300) for tail in ("001", "001002")]
    beside = [f"{rng.randrange(10**6):06d}" for _ in range(1000)]
    short = [code[: rng.randrange(1, 6)] for code in rng.sample(listed, 200)]
    return [*listed, *longer, *streets, *beside, *short, *WRITTEN]


@pytest.fixture
def agents(db):
    """A member for every region that can have one; some have none."""
    codes = sorted(regions.names())
    codes = [code for code in codes if regions.can_have_agent(code) and int(code) % 7]
    members = Member.objects.bulk_create(
        Member(nickname=code, invite_code=f"R{code}") for code in codes
    )
    now = timezone.now()
    RegionAgent.objects.bulk_create(
        RegionAgent(
            region=code,
            member=member,
            since=now - timedelta(days=300),
        )
        for code, member in zip(codes, members, strict=True)
    )
    return {code: member.pk for code, member in zip(codes, members, strict=True)}


def of_the_command_line(folder, plan, members, agents, codes):
    tables = {
        "m.csv": ["member,sponsor,rank", *(f"{key},{sponsor}," for key, sponsor in members)],
        "a.csv": ["member,region", *(f"{key},{code}" for code, key in agents.items())],
        "o.jsonl": [
            json.dumps(
                {"id": f"o{i}", "member": str(members[0][0]), "paid": "1000", "region": code}
            )
            for i, code in enumerate(codes)
        ],
        "plan.toml": [plan],
    }
    for name, lines in tables.items():
        (folder / name).write_text("\n".join(lines) + "\n", "utf-8")
    arguments = ["bonuses", str(folder / "o.jsonl"), "--plan", str(folder / "plan.toml")]
    arguments += ["--members", str(folder / "m.csv"), "--agents", str(folder / "a.csv")]
    result = CliRunner().invoke(main, arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    for line in result.stdout.splitlines():
        answer = json.loads(line)
        yield [(int(x["member"]), x["kind"], x["rate"], x["amount"]) for x in answer["lines"]]


@pytest.mark.parametrize("mode", ["difference", "independent"])
def test_the_command_line_and_the_mall_give_the_same_lines_for_every_code(agents, tmp_path, mode):
    plan = AREAS.format(mode)
    story.activate(plan)
    above, buyer = story.chain("above", "buyer")
    codes = every_code()
    at = timezone.now()
    quotes = quote_orders(
        [
            Paid(f"o{i}", 1, buyer.pk, 100_000, Split(), regions.kept(code), at)
            for i, code in enumerate(codes)
        ]
    )
    members = [(buyer.pk, above.pk), (above.pk, "")]
    shown = of_the_command_line(tmp_path, plan, members, agents, codes)
    for code, quote, wanted in zip(codes, quotes, shown, strict=True):
        found = [
            (line.member, line.kind.name.lower(), format_rate(line.rate_ppm), amount)
            for line in quote.lines
            for amount in [format_yuan(line.amount_fen)]
            if line.amount_fen
        ]
        assert found == wanted, code
    kinds = {line.kind for quote in quotes for line in quote.lines}
    assert len(kinds) == 4


@pytest.mark.parametrize(
    ("code", "paid"),
    [
        ("330199", {"city", "province"}),
        ("339901", {"province"}),
        ("330106001002", {"district", "city", "province"}),
        ("999999", set()),
    ],
)
def test_an_order_keeps_a_code_the_list_does_not_have_and_pays_what_it_names(
    pool, product, code, paid
):
    """Its province, and its city, still count: nothing of the address is lost."""
    story.activate(AREAS.format("independent"))
    for region, name in (("330106", "district"), ("3301", "city"), ("33", "province")):
        story.agent(region, Member.objects.create(nickname=name))
    (buyer,) = story.chain("buyer")
    order = story.pay(buyer, product, region=code)
    assert Order.objects.get(pk=order.pk).region == code
    assert {name for _kind, name in story.lines(order)} == paid
