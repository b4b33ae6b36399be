"""The way of one payment through the house is short: a layer calls down once and gets its answer.

The gate of the doors (middleware), which every request passes whatever it asks for, is no part of
it. Counted like this, commit ca42575 gives 46 files and 225 changes of file (47 and 226 with its
gate); no more than half of 47 and of 224 is allowed.
"""

import re
import uuid
from pathlib import Path

import pytest
from django.urls import reverse

from tests.bonuses.story import TWO_LEVEL, XIHU, activate, chain
from tests.mall.way import walked
from zengzhi.mall.orders.placing import place_order
from zengzhi.records.bonuses.models import BonusLine
from zengzhi.records.members.models import User
from zengzhi.records.settlement.models import Lot

FILES, CHANGES = 23, 112
PAGE = Path(__file__).parents[2] / "docs" / "way-of-a-payment.md"


@pytest.fixture
def confirm(client, pool, product, settings):
    """Lets the buyer confirm the payment of a new order at the cashier, inside ``around``."""
    settings.REFUND_WINDOW_DAYS = 0
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("zengzhi.")]
    buyer = chain("甲", "乙", "丙")[-1]
    buyer.user = User.objects.create_user("buyer", password="correct horse")
    buyer.save()
    activate(TWO_LEVEL)
    client.force_login(buyer.user)

    def confirmed(around):
        order = place_order(buyer, product, 1, uuid.uuid4(), region=XIHU)
        address = reverse("storefront:demo_confirm", args=[order.number])
        found = around(lambda: client.post(address))
        assert Lot.objects.filter(event_id=order.number).exists()
        assert BonusLine.objects.filter(order__order=order.number).count() == 2
        return found

    return confirmed


def test_the_way_of_one_payment_is_short(confirm):
    """From the request of the payer through bonuses and settlement to the commits, in a process
    that has handled one before."""
    confirm(lambda act: act())
    way = confirm(walked)
    assert len(way.files) <= FILES, str(way)
    assert len(way.steps) <= CHANGES, str(way)
    table = re.findall(r"^\| `(.+?\.py)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert table == way.files
