"""The desks of team and bonuses: who may do what, and that it takes two people."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone

from tests.approvals import approve
from tests.bonuses.story import (
    RANKED,
    TWO_LEVEL,
    XIHU,
    account,
    activate,
    agent,
    chain,
    enter,
    pay,
    refund,
    settle,
)
from tests.web.browser import needs_chromium
from tests.web.test_browser import browser_page, shoot
from zengzhi.presets import plan_preset
from zengzhi.records.bonuses.models import DividendRun, Plan
from zengzhi.records.control.errors import SecondPersonNeeded
from zengzhi.records.control.models import Act, Approval
from zengzhi.records.ledger.chart import Kind
from zengzhi.records.members.changes import rank_of
from zengzhi.records.members.models import Member, Rank, RegionAgent, User
from zengzhi.records.store import clock

WHY = {"why": "board decision 7"}


def staff(name: str, role: str) -> User:
    user = User.objects.create_user(name, password="correct horse 9", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


@pytest.fixture
def people(db) -> dict[str, User]:
    roles = ("owner", "operations", "finance", "support", "auditor", "reviewer")
    return {role: staff(role, role) for role in roles}


def act(client, user: User, model: str, name: str, key=None, form=None, method="post") -> int:
    client.force_login(user)
    address = reverse(f"admin:{model}_{name}", args=() if key is None else (key,))
    return getattr(client, method)(address, form or {}).status_code


DONE, REFUSED, NEVER = 302, 422, 403


def second(user: User) -> None:
    """What waits is approved by this person, signed in."""
    approve(Approval.objects.get(state="waiting"), user)


def test_a_plan_needs_two_people(client, people, pool):
    maker, checker = people["operations"], people["reviewer"]
    form = {"name": "two-level", "text": plan_preset("two-level")}
    assert act(client, maker, "bonuses_plan", "new", form=form) == DONE
    plan = Plan.objects.get()
    assert act(client, maker, "bonuses_plan", "examine", plan.pk) == DONE
    assert act(client, people["finance"], "bonuses_plan", "approve", plan.pk, WHY) == NEVER
    assert act(client, maker, "bonuses_plan", "approve", plan.pk, {"why": ""}) == REFUSED
    assert act(client, maker, "bonuses_plan", "approve", plan.pk, WHY) == DONE
    second(checker)
    assert act(client, maker, "bonuses_plan", "activate", plan.pk, {"at": ""}) == DONE
    plan.refresh_from_db()
    assert (plan.created_by, plan.approved_by) == (maker, checker)
    assert plan.active_from is not None


def test_not_even_the_owner_approves_an_own_draft(client, people, pool):
    owner = people["owner"]
    form = {"name": "two-level", "text": plan_preset("two-level")}
    act(client, owner, "bonuses_plan", "new", form=form)
    plan = Plan.objects.get()
    act(client, owner, "bonuses_plan", "examine", plan.pk)
    assert act(client, people["operations"], "bonuses_plan", "approve", plan.pk, WHY) == DONE
    with pytest.raises(SecondPersonNeeded):
        second(owner)
    plan.refresh_from_db()
    assert plan.approved_by is None


def test_team_pay_is_signed_for_first(client, people, pool):
    form = {"name": "ranked", "text": RANKED.replace('"15%"', '"13%"')}
    act(client, people["operations"], "bonuses_plan", "new", form=form)
    plan = Plan.objects.get()
    act(client, people["operations"], "bonuses_plan", "examine", plan.pk)
    maker, checker = people["operations"], people["reviewer"]
    assert act(client, maker, "bonuses_plan", "approve", plan.pk, WHY) == REFUSED
    assert act(client, checker, "bonuses_plan", "acknowledge", plan.pk, WHY) == DONE
    assert act(client, maker, "bonuses_plan", "approve", plan.pk, WHY) == DONE
    second(checker)
    signed = Act.objects.get(what="acknowledge_plan")
    assert (signed.by, "team_pay_peer" in signed.why) == (checker, True)


@pytest.mark.parametrize("text", ["[direct", '[direct]\nrate = "x"', "a = 1", ""])
def test_a_text_that_is_no_plan_is_refused_in_words(client, people, pool, text):
    form = {"name": "x", "text": text}
    assert act(client, people["operations"], "bonuses_plan", "new", form=form) == REFUSED
    assert not Plan.objects.exists()


def test_an_agent_is_asked_for_by_one_and_approved_by_another(client, people):
    member = Member.objects.create(nickname="王磊")
    form = {"region": XIHU, "member": member.invite_code, "since": "2026-01-01", "until": "", **WHY}
    model = "members_regionagent"
    assert act(client, people["support"], model, "propose", form=form) == NEVER
    for wrong in ({"region": "1101"}, {"member": "XXXXXXXX"}, {"until": "2025-01-01"}):
        assert (
            act(client, people["operations"], model, "propose", form={**form, **wrong}) == REFUSED
        )
    assert act(client, people["operations"], model, "propose", form=form) == DONE
    assert not RegionAgent.objects.exists()
    second(people["owner"])
    row = RegionAgent.objects.get()
    assert (row.member, row.region) == (member, XIHU)
    assert row.since >= timezone.now() - timedelta(minutes=1)
    assert act(client, people["operations"], model, "end", row.pk, WHY) == DONE


def test_members_are_changed_with_a_reason_only(client, people):
    one, two = (Member.objects.create(nickname=name) for name in ("one", "two"))
    Rank.objects.create(level=1, code="V1", name_zh="一", name_en="One")
    model, owner = "members_member", people["owner"]
    cases = (
        ("change_sponsor", {"sponsor": two.invite_code}),
        ("give_rank", {"level": "1"}),
        ("suspend", {}),
        ("resume", {}),
    )
    for name, form in cases:
        assert act(client, people["auditor"], model, name, one.pk, {**form, **WHY}) == NEVER
        assert act(client, owner, model, name, one.pk, form) == REFUSED
        assert act(client, owner, model, name, one.pk, {**form, **WHY}) == DONE
    second(people["reviewer"])
    one.refresh_from_db()
    assert one.sponsor == two
    assert rank_of(one) == 1
    made = list(Act.objects.order_by("pk").values_list("what", flat=True))
    changed = ["change_sponsor", "approval_asked", "suspend", "resume"]
    assert made == [*changed, "approval_given"]


@pytest.mark.parametrize(
    ("rule", "fits"),
    [
        ('own_spend = "100.00"', True),
        ("", True),
        ("own_spend = 100", False),
        ("nonsense", False),
        ('legs = { count = 1, rank = "V9" }', False),
    ],
)
def test_conditions_of_a_rank_are_read_before_they_are_kept(client, people, rule, fits):
    client.force_login(people["operations"])
    form = {
        "level": "1",
        "code": "V1",
        "name_zh": "一",
        "name_en": "One",
        "rule": rule,
        "dividend_weight": "1",
        **WHY,
    }
    answer = client.post(reverse("admin:members_rank_add"), form)
    assert answer.status_code == (302 if fits else 200)
    assert not Rank.objects.exists()
    if fits:
        second(people["reviewer"])
        assert Rank.objects.get().rule == rule


def test_a_dividend_is_frozen_by_one_and_paid_by_another(client, people, pool):
    activate(RANKED)
    holder = Member.objects.create(nickname="holder")
    form = {"member": holder.invite_code, "shares": "3", **WHY}
    assert act(client, people["finance"], "bonuses_shareholding", "set_shares", form=form) == DONE
    second(people["owner"])
    last_month = timezone.localdate().replace(day=1) - timedelta(days=1)
    enter(1_000, clock.midnight(last_month))
    model = "bonuses_dividendrun"
    assert act(client, people["finance"], model, "freeze", form={"period": "2999-01"}) == REFUSED
    from zengzhi.records.bonuses.models import Shareholding

    Shareholding.objects.update(since=timezone.now() - timedelta(days=90))
    last = last_month.strftime("%Y-%m")
    assert act(client, people["support"], model, "freeze", form={"period": last}) == NEVER
    assert act(client, people["finance"], model, "freeze", form={"period": last}) == DONE
    run = DividendRun.objects.get()
    assert act(client, people["finance"], model, "pay", run.pk) == REFUSED
    assert act(client, people["finance"], model, "pay", run.pk, WHY) == DONE
    second(people["owner"])
    run.refresh_from_db()
    assert (run.stage, run.paid_by) == ("paid", people["owner"])


@pytest.fixture
def tree(pool, product, settings) -> list[Member]:
    settings.REFUND_WINDOW_DAYS = 7
    activate(TWO_LEVEL)
    members = chain("林晓", "周敏", "吴强", "陈静")
    agent(XIHU, members[1])
    for number in range(40):
        Member.objects.create(nickname=f"会员{number}", sponsor=members[0])
    order = settle(pay(members[3], product, XIHU))
    refund(order, 40_000)
    pay(members[2], product, XIHU)
    return members


def test_the_tree_is_read_a_level_at_a_time(client, people, tree, django_assert_max_num_queries):
    client.force_login(people["support"])
    address = reverse("admin:members_member_children")
    with django_assert_max_num_queries(14):
        page = json.loads(client.get(address, {"member": tree[0].pk}).content)
    assert len(page["children"]) == 30
    assert page["more"] == 11
    rest = json.loads(client.get(address, {"member": tree[0].pk, "start": 30}).content)
    assert len(rest["children"]) == 11
    assert rest["more"] == 0
    for wrong in ("x", "-1", "", "²", "9" * 30):
        assert client.get(address, {"member": wrong}).status_code == 404


def test_the_tree_page_finds_members(client, people, tree):
    address = reverse("admin:members_member_tree")
    assert client.get(address).status_code == 302
    client.force_login(User.objects.create_user("new", password="x", is_staff=True))
    assert client.get(address).status_code == 403
    assert client.get(reverse("admin:members_member_children")).status_code == 403
    client.force_login(people["support"])
    for words in (tree[1].invite_code, "周敏"):
        assert "吴强" in client.get(address, {"q": words}).content.decode()
    assert "会员7" in client.get(address, {"q": "会员7"}).content.decode()
    for odd in ("nobody", "'", "%"):
        assert client.get(address, {"q": odd}).status_code == 200


def test_the_map_shows_every_region_and_its_agent(client, people, tree):
    address = reverse("admin:members_regionagent_map")
    client.force_login(User.objects.create_user("new", password="x", is_staff=True))
    assert client.get(address).status_code == 403
    client.force_login(people["auditor"])
    assert client.get(address).content.decode().count("zz-tile") == 31
    assert "西湖区 · 周敏" in client.get(address, {"province": "33"}).content.decode()
    for province in ("11", "44", "46", "65", "99", "x"):
        assert client.get(address, {"province": province}).status_code == 200


@pytest.mark.parametrize(("remainder", "kind"), [("platform", Kind.PLATFORM), ("pool", Kind.POOL)])
def test_the_unallocated_rest_goes_where_the_plan_says(client, people, tree, pool, remainder, kind):
    activate(f'remainder = "{remainder}"\n' + TWO_LEVEL, timezone.now() - timedelta(seconds=1))
    rest, before = account(Kind.UNALLOCATED_DISTRIBUTION), account(kind)
    assert rest > 0
    model = "bonuses_orderbonus"
    assert act(client, people["support"], model, "move_rest", form=WHY) == NEVER
    assert act(client, people["finance"], model, "move_rest", form=WHY) == DONE
    assert account(Kind.UNALLOCATED_DISTRIBUTION) == 0
    assert account(kind) == before + rest
    pool.refresh_from_db()
    assert account(Kind.POOL) == pool.pool_fen
    assert act(client, people["finance"], model, "move_rest", form=WHY) == REFUSED


def test_every_line_shows_its_sum(client, people, tree):
    client.force_login(people["auditor"])
    client.cookies["django_language"] = "en"
    page = client.get(reverse("admin:bonuses_bonusline_changelist")).content.decode()
    text = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert "10% × 1000.00 = 100.00" in text
    assert "It was your own order" not in text
    assert "3% × 1000.00 = 30.00" in text


@needs_chromium
@pytest.mark.browser
@pytest.mark.xdist_group("browser")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_desks_in_a_browser(live_server, tree, language):
    boss = User.objects.create_superuser("boss", password="correct horse 9")
    from zengzhi.mall.plans import rules_and_splits
    from zengzhi.records.bonuses import plans

    plan = plans.draft("two-level", plan_preset("two-level").replace('["5%"]', '["6%"]'), boss)
    plans.validate(plan.pk, boss, *rules_and_splits())
    RegionAgent.objects.create(region="3301", member=tree[2], since=timezone.now())
    Rank.objects.create(
        level=1, code="V1", name_zh="一级", name_en="Level one", rule='own_spend = "500.00"'
    )
    with browser_page(live_server.url, language, 1280) as page:
        page.goto("/office/login/?next=/office/")
        page.fill("#id_username", "boss")
        page.fill("#id_password", "correct horse 9")
        page.click("button[type=submit]")
        page.wait_for_url("**/office/")
        page.goto(f"/office/members/member/tree/?member={tree[0].pk}")
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.reload()
        page.wait_for_selector("#office-tree canvas")
        assert not errors
        shoot(page, "office-tree", language, 1280)
        for name, address in (
            ("tree-start", "members/member/tree/"),
            ("agents", "members/regionagent/"),
            ("agents-map", "members/regionagent/map/"),
            ("agents-zhejiang", "members/regionagent/map/?province=33"),
            ("agent-propose", "members/regionagent/propose"),
            ("plans", "bonuses/plan/"),
            ("plan", f"bonuses/plan/{plan.pk}/change/"),
            ("bonus-lines", "bonuses/bonusline/"),
            ("ranks", "members/rank/"),
            ("member", f"members/member/{tree[1].pk}/change/"),
            ("audit-log", "members/act/"),
        ):
            page.goto(f"/office/{address}")
            shoot(page, f"office-{name}", language, 1280)
