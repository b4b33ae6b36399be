"""T6: no backup command, drill or document. Now ``zengzhi backup`` and ``zengzhi restore`` with
verify; an older copy that is restored is found by its anchor (``make drill`` runs this).
"""

import json
import os
from pathlib import Path

import pytest

from tests.ops.mall import Mall
from zengzhi.site.scratch import scratch_database

PURCHASE = """
import uuid, django; django.setup()
from zengzhi.mall.orders.money import confirm_demo
from zengzhi.mall.models import Category, Product
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.members.models import Member
shelf, _made = Category.objects.get_or_create(
    slug="grain", defaults={"name_zh": "粮油", "name_en": "Grain", "icon": "grain"})
goods = Product.objects.filter(slug="oil").first() or Product.objects.create(
    slug="oil", category=shelf, name_zh="山茶油", name_en="Oil", picture="camellia-oil",
    price_fen=100_000, stock=50)
buyer = Member.objects.create(nickname="王磊")
confirm_demo(place_order(buyer, goods, 1, uuid.uuid4()))
"""


KIND = "sqlite" if os.environ.get("ZENGZHI_TEST_DATABASE", "sqlite") == "sqlite" else "postgres"
"""The suite and the drill run on each database."""


@pytest.fixture
def places(tmp_path):
    """Two databases, keys in common."""
    with scratch_database(KIND) as one, scratch_database(KIND) as two:
        yield Mall(one, tmp_path / "var"), Mall(two, tmp_path / "var"), tmp_path


def test_a_backup_restores_to_the_same_head_and_an_older_one_is_found(places):
    mall, other, folder = places
    rules = Path(__file__).parents[2] / "presets" / "seed.toml"
    mall.must("migrate", "--rules", str(rules))
    mall.must(code=PURCHASE)
    older, newer, anchors = folder / "older", folder / "newer", folder / "anchors.jsonl"
    mall.must("backup", str(older))
    mall.must(code=PURCHASE)
    mall.must("seal", "anchor", "--file", str(anchors))
    mall.must("backup", str(newer))
    assert older.stat().st_mode & 0o777 == 0o600
    assert mall.run("backup", str(newer)).returncode == 2
    head = mall.must("seal", "head")

    other.must("restore", str(newer), "--anchors", str(anchors))
    assert other.must("seal", "head") == head
    refused = other.run("restore", str(newer))
    assert refused.returncode == 2
    assert "not empty" in refused.stderr


def test_an_older_copy_is_named_by_the_anchor(places):
    mall, other, folder = places
    rules = Path(__file__).parents[2] / "presets" / "seed.toml"
    mall.must("migrate", "--rules", str(rules))
    older, anchors = folder / "older", folder / "anchors.jsonl"
    mall.must("backup", str(older))
    mall.must(code=PURCHASE)
    mall.must("seal", "anchor", "--file", str(anchors))
    done = other.run("restore", str(older), "--anchors", str(anchors))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "set back" in done.stdout
    report = json.loads(other.run("verify", "--json").stdout)
    assert report["ok"]


def test_what_is_no_copy_is_refused(places):
    _mall, other, folder = places
    wrong = folder / "wrong"
    wrong.write_text("hello")
    done = other.run("restore", str(wrong))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert other.run("restore", str(folder / "missing")).returncode == 2
