"""The core against the independent model, on one seed."""

from fractions import Fraction
from zoneinfo import ZoneInfo

from tests.oracle import bonuses as oracle
from tests.oracle.networks import random_case
from zengzhi.core.distribution import orders
from zengzhi.core.distribution.area_agent import agents_by_code
from zengzhi.core.distribution.plan import plan_from_mapping
from zengzhi.core.distribution.upline import Forest
from zengzhi.core.economy.rules import split_from_mapping

SHANGHAI = ZoneInfo("Asia/Shanghai")


def our_answers(plan, split, members, agents, lines):
    our_plan = plan_from_mapping(plan)
    forest = Forest([row[:3] for row in members], our_plan)
    known_fen = {row[0]: int(Fraction(row[3] or "0") * 100) for row in members}
    by_code = agents_by_code(agents)
    replies = orders.BonusAnswers(
        our_plan, split_from_mapping(split), forest, by_code, known_fen, SHANGHAI
    )
    for answer in replies.answers(lines):
        answer = {key: value for key, value in answer.items() if key != "message"}
        if "lines" in answer:
            assert all(line["why"] for line in answer["lines"])
            answer["lines"] = [{**line} for line in answer["lines"]]
            for line in answer["lines"]:
                del line["why"]
        if "warnings" in answer:
            answer["warnings"] = bool(answer["warnings"])
        yield answer


def disagreement(seed, orders_of_case=12):
    """The first line on which the core and the model differ, or ``None``."""
    case = random_case(seed, orders_of_case)
    theirs = list(oracle.answers(*case))
    ours = list(our_answers(*case))
    if ours == theirs:
        return None
    pairs = zip(case[-1], ours, theirs, strict=True)
    return next((line, got, wanted) for line, got, wanted in pairs if got != wanted)
