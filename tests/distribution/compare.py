"""The core against the independent model, on one seed."""

from tests.oracle import bonuses as oracle
from tests.oracle.networks import random_case
from zengzhi.core.distribution import orders
from zengzhi.core.distribution.area_agent import agents_by_code
from zengzhi.core.distribution.plan import plan_from_mapping
from zengzhi.core.distribution.upline import Forest
from zengzhi.core.economy.rules import split_from_mapping


def our_answers(plan, split, members, agents, lines):
    our_plan = plan_from_mapping(plan)
    forest = Forest(members, our_plan)
    by_code = agents_by_code(agents)
    replies = orders.BonusAnswers(our_plan, split_from_mapping(split), forest, by_code)
    for answer in replies.answers(lines):
        answer.pop("message", None)
        for line in answer.get("lines", ()):
            assert line.pop("why")
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
