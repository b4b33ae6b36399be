"""Fixtures that several folders use."""

import uuid

import pytest
from django.db import connection
from django.test import TransactionTestCase

from zengzhi.mall.models import Category, Product
from zengzhi.records.bonuses import guards as bonus_guards
from zengzhi.records.control import guards as control_guards
from zengzhi.records.intake import guards as intake_guards
from zengzhi.records.ledger import guards as journal_guards
from zengzhi.records.members import guards as member_guards
from zengzhi.records.members.models import Member, User
from zengzhi.records.settlement import guards as settlement_guards
from zengzhi.records.settlement.models import Pool
from zengzhi.site.demo import create_pool

_empty_the_database = TransactionTestCase._fixture_teardown


GUARDS = (
    control_guards,
    journal_guards,
    settlement_guards,
    member_guards,
    bonus_guards,
    intake_guards,
)


def _teardown_past_the_guards(self) -> None:
    """The journal refuses DELETE and TRUNCATE, also to the tests' own flush."""
    with connection.schema_editor() as editor:
        for guards in GUARDS:
            guards.remove(editor)
    try:
        _empty_the_database(self)
    finally:
        with connection.schema_editor() as editor:
            for guards in GUARDS:
                guards.install(editor)


TransactionTestCase._fixture_teardown = _teardown_past_the_guards


@pytest.fixture
def pool(db) -> Pool:
    """The mall's pool, empty, under the seed's rules."""
    return create_pool()


@pytest.fixture
def product(db) -> Product:
    """Something at 1000 yuan, as in the specification's tables."""
    category = Category.objects.create(slug="grain", name_zh="粮油", name_en="Grain", icon="grain")
    return Product.objects.create(
        slug="gift-box",
        category=category,
        name_zh="山茶油礼盒",
        name_en="Camellia oil gift box",
        subtitle_zh="六瓶装",
        subtitle_en="Six bottles",
        picture="camellia-oil",
        price_fen=100_000,
        stock=500,
    )


@pytest.fixture
def member(db) -> Member:
    """A member who can sign in as ``wang`` with the password ``correct horse``."""
    user = User.objects.create_user("wang", password="correct horse")
    return Member.objects.create(nickname="王磊", user=user)


@pytest.fixture
def other(db) -> Member:
    """Somebody else."""
    user = User.objects.create_user("li", password="correct horse")
    return Member.objects.create(nickname="李娜", user=user)


def token() -> str:
    """A fresh form token."""
    return str(uuid.uuid4())
