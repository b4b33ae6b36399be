"""``zengzhi check``: findings, the break-even table, exit statuses."""

import json
from fractions import Fraction

import pytest
from click.testing import CliRunner

from zengzhi.cli.main import main
from zengzhi.core.disclosure import findings as table
from zengzhi.core.disclosure.break_even import break_even
from zengzhi.core.disclosure.findings import acknowledgements, findings, profile_of
from zengzhi.core.distribution.plan import plan_from_mapping
from zengzhi.core.economy.rules import Rules, rules_from_mapping

DIRECT = {"direct": {"rate": "10%"}}
INDIRECT = {"indirect": {"rates": ["5%"]}}
DEEP = {"indirect": {"rates": ["5%", "2%"]}}
RANKS = {"rank_difference": {"V1": "5%"}}
PEER = {"peer": {"rate": "10%"}}
AREA = {"area": {"city": "5%"}}
DIVIDEND = {"dividend": {"rate": "2%"}}


def codes(plan=None, rules=None, **options):
    plan = None if plan is None else plan_from_mapping(plan)
    return {finding.code for finding in findings(rules_from_mapping(rules or {}), plan, **options)}


@pytest.mark.parametrize(
    ("code", "with_it", "without_it"),
    [
        ("budget_exceeded", {"direct": {"rate": "30.0001%"}}, {"direct": {"rate": "30%"}}),
        ("margin_exceeded", {"direct": {"rate": "70.0001%"}}, {"direct": {"rate": "70%"}}),
        ("deep_generations", DEEP, INDIRECT),
        ("team_pay_difference", RANKS, DIRECT),
        ("team_pay_peer", RANKS | PEER, RANKS),
        ("idle_peer", PEER, RANKS | PEER),
        ("shareholder_pool", DIVIDEND, DIRECT),
        ("two_levels", INDIRECT, DIRECT),
        ("area_agents", AREA, DIRECT),
        ("seven_day_return", DIRECT, {}),
        ("income_tax", DIRECT, {}),
        ("personal_information", DIRECT, AREA),
    ],
)
def test_a_finding_of_the_plan_comes_and_its_remedy_removes_it(code, with_it, without_it):
    assert code in codes(with_it)
    assert code not in codes(without_it)


@pytest.mark.parametrize(
    ("code", "with_it", "without_it"),
    [
        ("exit_off", {"exit": {"multiple": "off"}}, {}),
        ("consumption_rebate", {}, {"reward": {"rate": "0%"}}),
    ],
)
def test_a_finding_of_the_rules_comes_and_its_remedy_removes_it(code, with_it, without_it):
    assert code in codes(rules=with_it)
    assert code not in codes(rules=without_it)


def test_commissions_above_30_percent_are_found():
    rules = {"split": {"cost": "10%", "distribution": "40%"}}
    assert "commission_over_30" in codes({"direct": {"rate": "31%"}}, rules)
    assert "commission_over_30" not in codes({"direct": {"rate": "30%"}}, rules)


def test_buying_from_oneself_pays_above_a_resale_of_53_2_percent():
    """Instant payout 16.8 % + all commissions 30 % + resale ≥ the price."""
    full = {"direct": {"rate": "30%"}}
    assert "self_purchase_profit" in codes(full, resale_ppm=532_000)
    assert "self_purchase_profit" not in codes(full, resale_ppm=531_999)


def test_every_finding_is_reachable_and_says_everything_in_both_languages():
    rules = rules_from_mapping(
        {"split": {"cost": "40%", "distribution": "40%"}, "exit": {"multiple": "off"}}
    )
    all_on = {"direct": {"rate": "90%"}} | DEEP | RANKS | PEER | AREA | DIVIDEND
    found = findings(rules, plan_from_mapping(all_on), 900_000)
    found += findings(Rules(), plan_from_mapping(PEER))
    assert {finding.code for finding in found} == {row.code for row in table.TABLE}
    for finding in found:
        assert finding.severity in table.SEVERITIES
        for english, chinese in (finding.trigger, finding.rule, finding.remedy):
            assert english.isascii() or set(english) & set("≥×—")
            assert any("一" <= sign <= "鿿" for sign in chinese)


@pytest.mark.parametrize(
    ("plan", "profile", "signed"),
    [
        (DIRECT | AREA, "strict", []),
        (DIRECT | INDIRECT | AREA, "two-level", []),
        (DIRECT | DEEP, "custom", ["deep_generations"]),
        (RANKS, "custom", ["team_pay_difference"]),
        (RANKS | PEER, "custom", ["team_pay_difference", "team_pay_peer"]),
        (DIVIDEND, "custom", ["shareholder_pool"]),
    ],
)
def test_profiles_and_what_a_second_person_signs(plan, profile, signed):
    assert profile_of(plan_from_mapping(plan)) == profile
    assert acknowledgements(plan_from_mapping(plan)) == signed


def test_break_even_of_the_seed_and_of_rules_that_never_break_even():
    assert break_even(Rules(), Fraction(1)).orders_needed(1) == 182
    assert f"{break_even(Rules(), Fraction(3)).factor:.0f}" == "7074"
    none = rules_from_mapping({"reward": {"rate": "0%"}})
    assert break_even(none, Fraction(1)).orders_needed(5) is None
    whole = rules_from_mapping({"reward": {"rate": "100%"}})
    assert break_even(whole, Fraction(2)).factor is None
    steep = rules_from_mapping({"reward": {"rate": "99%"}})
    assert break_even(steep, Fraction(3)).factor is None


def run(*arguments):
    return CliRunner().invoke(main, ["check", *arguments])


def test_the_table_is_for_the_operators_own_numbers():
    options = ["--order", "200", "--orders", "500", "--per-day", "100", "--json"]
    report = json.loads(run("presets/starter.toml", *options).stdout)
    assert report["order"]["contribution"] == "40.00"
    assert report["order"]["sold_at_once"] == "16.00"
    first = report["break_even"][0]
    assert (first["multiple"], first["value"], first["payout"]) == ("1", "200.00", "160.00")
    # (1 / (0.5 × 0.2))² = 100 times today's 500 orders.
    assert (first["times_todays_orders"], first["orders_needed"]) == ("100.00", 50_000)
    assert first["days"] == 495
    assert report["worst_case"] is None


@pytest.mark.parametrize("preset", ["seed", "starter", "clear-inventory", "two-level-rebate"])
def test_presets_of_rules_pass_the_check(preset):
    result = run(f"presets/{preset}.toml")
    assert result.exit_code == 0
    assert "Break-even" in result.stdout
    assert "no legal advice" in result.stdout


def test_the_default_plan_fits_the_seed_and_not_a_smaller_budget():
    assert run("presets/seed.toml", "presets/plans/two-level.toml").exit_code == 0
    result = run("presets/two-level-rebate.toml", "presets/plans/two-level.toml")
    assert result.exit_code == 1
    assert "ABOVE the budget of 15%" in result.stdout
    assert "STOP budget_exceeded" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere.toml"],
        ["presets/seed.toml", "nowhere.toml"],
        ["presets/seed.toml", "presets/seed.toml"],
        ["presets/seed.toml", "--order", "0"],
        ["presets/seed.toml", "--order", "100000000.01"],
        ["presets/seed.toml", "--resale", "half"],
    ],
)
def test_unusable_files_and_numbers_end_with_status_2(arguments):
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
