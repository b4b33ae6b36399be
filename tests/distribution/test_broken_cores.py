"""Deliberately broken cores: each one is caught by the comparison with the independent model."""

from dataclasses import replace
from datetime import UTC

import pytest

from tests.distribution.compare import disagreement
from zengzhi.core import regions
from zengzhi.core.distribution import (
    area_agent,
    direct,
    dividend,
    indirect,
    order_bonuses,
    orders,
    peer,
    rank_difference,
    team_sales,
)
from zengzhi.core.distribution import plan as plan_module
from zengzhi.core.distribution.budget import cut_to_budget
from zengzhi.core.distribution.lines import Line, Trace
from zengzhi.core.distribution.plan import KINDS
from zengzhi.core.units import PPM

SEEDS = range(300)


def round_half_up(patch):
    def share(rate_ppm, base_fen):
        return (2 * rate_ppm * base_fen + PPM) // (2 * PPM)

    for module in (direct, indirect, area_agent, rank_difference, peer, order_bonuses):
        patch.setattr(module, "share", share)


def pay_peers_after_the_cut(patch):
    original = order_bonuses.due_lines

    def due_lines(order, tree, buyer_place, agents, plan, *who):
        due = original(order, tree, buyer_place, agents, plan, *who)
        left_fen, amounts = order.budget_fen, {}
        for kind in plan.active:
            paid, _none, left_fen = cut_to_budget(due.get(kind, []), left_fen)
            if kind == "rank_difference":
                amounts = {line.member: line.amount_fen for line in paid}
        shared = [
            line._replace(due_fen=fen, amount_fen=fen)
            for line in due.get("peer", [])
            for fen in [line.rate_ppm * amounts.get(line.trace.below, 0) // PPM]
        ]
        return {**due, "peer": shared} if "peer" in due else due

    patch.setattr(order_bonuses, "due_lines", due_lines)


def pay_the_full_rate_of_every_rank(patch):
    original = order_bonuses.rank_differences

    def rank_differences(ranks, base_fen, *where):
        steps = original(ranks, base_fen, *where)
        return [
            step._replace(taken_level=0, due_fen=ranks.rates_ppm[step.level] * base_fen // PPM)
            for step in steps
        ]

    patch.setattr(order_bonuses, "rank_differences", rank_differences)


def go_on_from_the_level_of_every_ancestor(patch):
    """taken falls again when a lower rank is passed."""

    def rank_differences(ranks, base_fen, tree, buyer_place, suspended):
        steps, taken, place = [], 0, tree.seek(buyer_place, 0)
        while place != -1:
            level = tree.level(place)
            rate_ppm = ranks.rates_ppm[level] - ranks.rates_ppm[taken]
            if rate_ppm > 0:
                fen = rate_ppm * base_fen // PPM
                step = (place, tree.member(place), level, taken, fen)
                steps.append(rank_difference.Difference(*step))
            taken, place = level, tree.seek(place, 0)
        return steps

    patch.setattr(order_bonuses, "rank_differences", rank_differences)


def start_from_the_buyers_own_rank(patch):
    original = order_bonuses.rank_differences

    def rank_differences(ranks, base_fen, tree, buyer_place, suspended):
        own = ranks.rates_ppm[tree.level(buyer_place)]
        steps = original(ranks, base_fen, tree, buyer_place, suspended)
        return [step for step in steps if ranks.rates_ppm[step.level] > own]

    patch.setattr(order_bonuses, "rank_differences", rank_differences)


def let_compression_use_up_generations(patch):
    original = order_bonuses.indirect_lines

    def indirect_lines(rule, base_fen, tree, buyer_place, suspended):
        lines = original(replace(rule, compression=False), base_fen, tree, buyer_place, suspended)
        if not rule.compression:
            return lines
        above, place = {}, tree.seek(buyer_place, 0)
        while place != -1:
            above[tree.member(place)] = tree.level(place)
            place = tree.seek(place, 0)
        return [line for line in lines if above[line.member]]

    patch.setattr(order_bonuses, "indirect_lines", indirect_lines)


def compress_the_sponsor_too(patch):
    original = order_bonuses.indirect_lines

    def indirect_lines(rule, base_fen, tree, buyer_place, suspended):
        place = tree.seek(buyer_place, 1 if rule.compression else 0)
        if place == -1:
            return []
        lines = original(replace(rule, rates_ppm=(0, *rule.rates_ppm)), base_fen, tree, buyer_place)
        return lines[1:]

    patch.setattr(order_bonuses, "indirect_lines", indirect_lines)


def ignore_the_priority(patch):
    original = orders.bonuses_in_forest

    def bonuses_in_forest(order, forest, plan, *rest):
        return original(order, forest, replace(plan, priority=KINDS), *rest)

    patch.setattr(orders, "bonuses_in_forest", bonuses_in_forest)


def changed_plan(**table):
    """A core that takes another value for a key of a table of the plan."""
    ((name, values),) = table.items()

    def break_it(patch):
        original = order_bonuses.due_lines

        def due_lines(order, tree, buyer_place, agents, plan, *who):
            there = getattr(plan, name)
            other = plan if there is None else replace(plan, **{name: replace(there, **values)})
            return original(order, tree, buyer_place, agents, other, *who)

        patch.setattr(order_bonuses, "due_lines", due_lines)

    return break_it


def forget_who_the_buyer_is(patch):
    original = order_bonuses.area_lines

    def area_lines(area, base_fen, buyer, agents, suspended):
        return original(area, base_fen, object(), agents, suspended)

    patch.setattr(order_bonuses, "area_lines", area_lines)


def let_missing_agents_take_their_part(patch):
    original = order_bonuses.area_lines

    def area_lines(area, base_fen, buyer, agents, suspended):
        ghosts = agents._make("" if agent is None else agent for agent in agents)
        lines = original(area, base_fen, buyer, ghosts, suspended)
        return [line for line in lines if line.member]

    patch.setattr(order_bonuses, "area_lines", area_lines)


def show_lines_that_were_cut_to_nothing(patch):
    def cut(due, left_fen):
        paid, left_out, left_fen = cut_to_budget(due, left_fen)
        return paid + left_out, [], left_fen

    patch.setattr(order_bonuses, "cut_to_budget", cut)


def drop_a_line_that_does_not_fit(patch):
    def cut(due, left_fen):
        paid, left_out, _left = cut_to_budget(due, left_fen)
        whole = [line for line in paid if line.amount_fen == line.due_fen]
        return whole, left_out, left_fen - sum(line.due_fen for line in whole)

    patch.setattr(order_bonuses, "cut_to_budget", cut)


def pass_the_budget(patch):
    def cut(due, left_fen):
        paid = [line for line in due if line.due_fen]
        return paid, [], max(0, left_fen - sum(line.due_fen for line in paid))

    patch.setattr(order_bonuses, "cut_to_budget", cut)


def take_every_base_for_the_paid_amount(patch):
    patch.setattr(order_bonuses, "base_of", lambda order, base: order.paid_fen)


def pay_the_buyer_for_the_own_order(patch):
    original = order_bonuses.direct_lines

    def direct_lines(rate_ppm, base_fen, tree, buyer_place, suspended):
        lines = original(rate_ppm, base_fen, tree, buyer_place, suspended)
        fen = rate_ppm * base_fen // PPM
        buyer = tree.member(buyer_place)
        own = Line(buyer, "direct", rate_ppm, base_fen, fen, fen, Trace(generation=1))
        return lines or [own]

    patch.setattr(order_bonuses, "direct_lines", direct_lines)


def count_the_order_itself(patch):
    """The order counts to its own month's team sales."""
    original = orders.BonusAnswers._bonuses

    def bonuses(self, fields, month):
        book, fen = self._book, orders.parse_yuan(fields["paid"])
        if book is not None and fields["member"] in self._forest:
            before = book.add
            before(fields["member"], fen, month)
            book.add = lambda *order: None
            try:
                return original(self, fields, month)
            finally:
                del book.add
        return original(self, fields, month)

    patch.setattr(orders.BonusAnswers, "_bonuses", bonuses)


def count_the_members_own_orders(patch):
    original = team_sales.TeamBook.sales_fen

    def sales_fen(self, member, month):
        place = self._forest.place(member)
        first = self._first[place]
        sums = self._months.get(month, {})
        own = team_sales._up_to(sums, first + 1) - team_sales._up_to(sums, first)
        return original(self, member, month) + own

    patch.setattr(team_sales.TeamBook, "sales_fen", sales_fen)


def take_months_in_utc(patch):
    original = orders.parse_moment
    patch.setattr(orders, "parse_moment", lambda text, _zone: original(text, UTC))


def let_all_months_be_one(patch):
    patch.setattr(orders.BonusAnswers, "_month", lambda self, fields: None)


def answer_a_repeated_order_anew(patch):
    original = orders.BonusAnswers.answer

    def answer(self, text):
        self._first.clear()
        return original(self, text)

    patch.setattr(orders.BonusAnswers, "answer", answer)


def forget_the_sales_from_elsewhere(patch):
    original = team_sales.TeamBook.__init__
    patch.setattr(
        team_sales.TeamBook, "__init__", lambda self, forest, _known: original(self, forest, {})
    )


def take_blanks_for_a_part_of_the_name(patch):
    patch.setattr(orders, "trimmed", lambda fields: fields)


def read_regions(change):
    """A core that reads an order's region in another way."""

    def break_it(patch):
        original = orders.read_region
        patch.setattr(orders, "read_region", lambda text: change(original, text.strip()))

    return break_it


def keep_abolished_codes(read, text):
    found = read(text)
    return regions.Reading(regions.NOWHERE) if text in regions.successors() else found


def drop_what_is_not_listed(read, text):
    found = read(text)
    return found._replace(place=regions.NOWHERE) if found.warnings else found


def pay_dividends_out_of_orders_always(patch):
    patch.setattr(plan_module.Plan, "order_dividend_ppm", property(lambda p: p.dividend_ppm or 0))


BROKEN = {
    "round half up": round_half_up,
    "peer after the cut": pay_peers_after_the_cut,
    "difference does not telescope": pay_the_full_rate_of_every_rank,
    "taken falls again": go_on_from_the_level_of_every_ancestor,
    "the buyer's own rank counts as taken": start_from_the_buyers_own_rank,
    "compression uses generations": let_compression_use_up_generations,
    "compression skips the sponsor": compress_the_sponsor_too,
    "priority ignored": ignore_the_priority,
    "peers always jump": changed_plan(peer={"jump": True}),
    "peers never jump": changed_plan(peer={"jump": False}),
    "one peer only": changed_plan(peer={"per_rank": 1}),
    "areas always independent": changed_plan(area={"mode": "independent"}),
    "areas always by difference": changed_plan(area={"mode": "difference"}),
    "compression ignored": changed_plan(indirect={"compression": False}),
    "the buyer paid as the own agent": forget_who_the_buyer_is,
    "missing agents take their part": let_missing_agents_take_their_part,
    "lines of 0 shown": show_lines_that_were_cut_to_nothing,
    "lines dropped instead of cut": drop_a_line_that_does_not_fit,
    "the budget passed": pass_the_budget,
    "base ignored": take_every_base_for_the_paid_amount,
    "no target": changed_plan(peer={"target_fen": 0}),
    "the target missed by a fen": changed_plan(peer={"target_fen": 50_001}),
    "the order itself counts": count_the_order_itself,
    "a peer's own orders count": count_the_members_own_orders,
    "months of UTC": take_months_in_utc,
    "one month for all": let_all_months_be_one,
    "a repeated order answered anew": answer_a_repeated_order_anew,
    "the fourth column ignored": forget_the_sales_from_elsewhere,
    "blanks kept in names": take_blanks_for_a_part_of_the_name,
    "abolished codes forgotten": read_regions(keep_abolished_codes),
    "unlisted codes name nothing": read_regions(drop_what_is_not_listed),
    "no warnings": read_regions(lambda read, text: read(text)._replace(warnings=())),
    "zeros not cut": read_regions(
        lambda read, text: regions.Reading(regions.NOWHERE) if text.endswith("00") else read(text)
    ),
    "dividends always out of orders": pay_dividends_out_of_orders_always,
    "the buyer paid for the own order": pay_the_buyer_for_the_own_order,
}


def test_the_core_as_it_is_agrees_on_these_seeds():
    assert all(disagreement(seed) is None for seed in SEEDS)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_core_is_caught(monkeypatch, name):
    BROKEN[name](monkeypatch)
    assert any(disagreement(seed) for seed in SEEDS)


@pytest.mark.parametrize("ties", ["later", "floors only"])
def test_a_broken_dividend_is_caught(monkeypatch, ties):
    def later(total, weights):
        return dividend_of(total, weights[::-1])[::-1]

    def floors(total, weights):
        return [total * weight // sum(weights) for weight in weights]

    dividend_of = dividend.split_largest_remainder
    broken = later if ties == "later" else floors
    monkeypatch.setattr(dividend, "split_largest_remainder", broken)
    assert dividend.pay_dividend(100, [1, 1, 1]) != [34, 33, 33]
