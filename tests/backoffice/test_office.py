"""The back office: every page answers, figures are right, records cannot be changed, no rise."""

import re
import uuid
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import translation

from tests.approvals import approve
from zengzhi.core.disclosure.wording import find_promises
from zengzhi.doors.backoffice import figures
from zengzhi.doors.backoffice.desk import RecordAdmin
from zengzhi.mall.models import Order, Product
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.bonuses.models import OrderBonus
from zengzhi.records.control.models import Approval
from zengzhi.records.intake.sell import sell_points
from zengzhi.records.members.models import Member, User
from zengzhi.records.settlement.models import Event
from zengzhi.records.store import clock

ENGLISH_LEFT = re.compile(r">\s*(Filters|Search apps|Select action|Return to site|Add row)\s*<")


@pytest.fixture
def trade(pool, product, member):
    for _i in range(4):
        confirm_demo(place_order(member, product, 1, uuid.uuid4()))
    sell_points(pool, member, 100 * 10**8, uuid.uuid4())
    pool.refresh_from_db()
    return pool


@pytest.fixture
def boss(client, db):
    client.force_login(User.objects.create_superuser("boss", password="x"))
    return client


def addresses():
    for model, desk in admin.site._registry.items():
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"admin:{label}_changelist")
        first = model._default_manager.order_by("pk").first()
        if first is not None:
            yield reverse(f"admin:{label}_change", args=(first.pk,))
        if not isinstance(desk, RecordAdmin) and label != "auth_group":
            yield reverse(f"admin:{label}_add")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_answers(boss, trade, language):
    boss.cookies["django_language"] = language
    for address in ["/office/", *addresses()]:
        answer = boss.get(address)
        assert answer.status_code == 200, address
        if language == "zh-hans":
            assert not ENGLISH_LEFT.search(answer.content.decode()), address


def test_records_cannot_be_added_changed_or_deleted(boss, trade):
    for model, desk in admin.site._registry.items():
        if not isinstance(desk, RecordAdmin):
            continue
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        first = model._default_manager.order_by("pk").first()
        assert boss.get(reverse(f"admin:{label}_add")).status_code == 403
        if first is not None:
            for page in ("change", "delete"):
                address = reverse(f"admin:{label}_{page}", args=(first.pk,))
                assert boss.post(address, {"post": "yes"}).status_code == 403
            assert model._default_manager.filter(pk=first.pk).exists()


def test_figures_equal_sums_of_the_records(trade):
    shown = figures.dashboard()
    events = Event.objects.all()
    assert shown["now"].gmv_fen == sum(order.total_fen for order in Order.objects.all()) == 400_000
    assert shown["today"].in_fen == sum(event.contribution_fen for event in events) == 120_000
    assert shown["today"].out_fen == sum(event.payout_fen for event in events)
    assert shown["owed_fen"] == shown["today"].out_fen
    assert shown["check"].ledger_fen == trade.pool_fen == 120_000 - shown["today"].out_fen


@pytest.mark.parametrize(("base_fen", "lines_fen", "text"), [(0, 0, "0%"), (100_000, 9_500, "2%")])
def test_the_payout_ratio_is_bonuses_out_of_orders(boss, trade, base_fen, lines_fen, text):
    """9 500 in lines and 500 into the dividend pool, beside four orders of 1 000.00 without a plan;
    last year's does not count."""
    buyer = Member.objects.create(nickname="buyer")
    for name, at in (("o1", clock.now()), ("o2", clock.now() - timedelta(days=400))):
        if base_fen:
            OrderBonus.objects.create(
                pk=len(name) + OrderBonus.objects.count() + 10**6,
                order=name,
                pool_id=trade.pk,
                member=buyer,
                base_fen=base_fen if name == "o1" else 10,
                budget_fen=30_000,
                distribution_ppm=300_000,
                lines_fen=lines_fen,
                dividend_fen=500,
                paid_at=at,
            )
    assert figures.dashboard()["now"].payout_ratio == text
    page = boss.get("/office/").content.decode()
    assert text in page.partition('data-test="payout-ratio"')[2][:60]


def test_staff_without_a_role_see_no_figures(client, trade):
    client.force_login(User.objects.create_user("new", password="x", is_staff=True))
    page = client.get("/office/").content.decode()
    assert 'data-test="pool"' not in page


def test_nobody_lifts_themselves(client, db):
    owner = User.objects.create_user("owner", password="x", is_staff=True)
    owner.groups.add(Group.objects.get(name="owner"))
    top = User.objects.create_superuser("top", password="x")
    client.force_login(owner)
    client.post(
        reverse("admin:members_user_change", args=(owner.pk,)),
        {
            "username": "owner",
            "is_superuser": "on",
            "is_staff": "on",
            "is_active": "on",
            "date_joined_0": "2026-01-01",
            "date_joined_1": "00:00",
        },
    )
    owner.refresh_from_db()
    assert not owner.is_superuser
    reset = reverse("admin:auth_user_password_change", args=(top.pk,))
    form = {"password1": "another horse", "password2": "another horse"}
    assert client.post(reset, form).status_code == 403


def test_an_auditor_reads_and_changes_nothing(client, trade):
    auditor = User.objects.create_user("auditor", password="x", is_staff=True)
    auditor.groups.add(Group.objects.get(name="auditor"))
    client.force_login(auditor)
    assert client.get(reverse("admin:ledger_transaction_changelist")).status_code == 200
    product = Product.objects.get()
    address = reverse("admin:mall_product_change", args=(product.pk,))
    assert client.post(address, {"price_fen": "1"}).status_code == 403


def product_form(product, **changes):
    form = {
        name: getattr(product, name)
        for name in (
            "name_zh",
            "name_en",
            "slug",
            "picture",
            "stock",
            "position",
            "subtitle_zh",
            "subtitle_en",
        )
    }
    return {
        **form,
        "category": product.category_id,
        "price_fen": "1000.00",
        "active": "on",
        **changes,
    }


@pytest.mark.parametrize("price", ["1e400", "１００", "-1", "0", "1.234", "1,000", "100000000.01"])
def test_a_bad_price_is_refused(boss, product, price):
    address = reverse("admin:mall_product_change", args=(product.pk,))
    answer = boss.post(address, product_form(product, price_fen=price))
    assert answer.status_code == 200
    assert Product.objects.get().price_fen == 100_000


def test_prices_and_splits_are_kept_exactly(boss, product):
    address = reverse("admin:mall_product_change", args=(product.pk,))
    form = product_form(
        product,
        price_fen="12.5",
        split_cost_ppm="50%",
        split_distribution_ppm="12.5%",
        split_platform_ppm="0%",
    )
    assert boss.post(address, form).status_code == 200  # a reason is needed
    form["why"] = "the supplier's new price list"
    assert boss.post(address, form).status_code == 302
    saved = Product.objects.get()
    assert (saved.price_fen, saved.split_cost_ppm) == (product.price_fen, None)
    approve(Approval.objects.get())
    saved = Product.objects.get()
    assert (saved.price_fen, saved.split_cost_ppm, saved.split_distribution_ppm) == (
        1250,
        500_000,
        125_000,
    )
    for wrong in ({"split_platform_ppm": ""}, {"split_cost_ppm": "90%"}, {"split_cost_ppm": "x"}):
        assert boss.post(address, {**form, **wrong}).status_code == 200
    assert Product.objects.get().split_cost_ppm == 500_000


@pytest.mark.parametrize(
    "text", ["只涨不跌", "只涨，不跌", "稳·赚", "保\u200b本", "ＲＩＳＫ-ＦＲＥＥ", "穩賺"]
)
def test_texts_that_promise_are_refused(boss, product, text):
    address = reverse("admin:mall_product_change", args=(product.pk,))
    answer = boss.post(address, product_form(product, name_zh=f"蜂蜜 {text}"))
    assert answer.status_code == 200
    assert Product.objects.get().name_zh == product.name_zh
    assert find_promises(text)


def test_ordinary_words_pass():
    assert not any(
        map(find_promises, ["环保本子", "冷链保本味", "Freshness guaranteed", "本店保真"])
    )


def test_the_theme_is_translated():
    with translation.override("zh-hans"):
        assert translation.gettext("Filters") == "筛选"
        assert translation.gettext("Search apps and models...") != "Search apps and models..."
