"""M11: the same token with other content is refused as ``id_reused``; nothing changes."""

import uuid

import pytest

from tests.web.test_bad_input import DELIVERY, everything
from zengzhi.core.errors import IdReused
from zengzhi.mall.models import Order, Product
from zengzhi.mall.orders.placing import place_order

SAID = {"recipient": "王磊", "phone": "13800138000", "address": "杭州", "region": "330106"}


@pytest.fixture
def second(product):
    return Product.objects.create(
        slug="tea", category=product.category, name_zh="茶", name_en="Tea", price_fen=1, stock=9
    )


@pytest.mark.parametrize(
    ("quantity", "changed"),
    [
        (9, {}),
        (2, {}),
        (1, {"recipient": "李娜"}),
        (1, {"phone": "13800138001"}),
        (1, {"address": "上海"}),
        (1, {"region": "330105"}),
        (1, {"region": ""}),
    ],
)
def test_other_content_is_refused(pool, product, member, quantity, changed):
    token = uuid.uuid4()
    place_order(member, product, 1, token, **SAID)
    before = everything()
    with pytest.raises(IdReused):
        place_order(member, product, quantity, token, **{**SAID, **changed})
    assert everything() == before


def test_another_product_is_refused(pool, product, member, second):
    token = uuid.uuid4()
    place_order(member, product, 1, token)
    before = everything()
    with pytest.raises(IdReused):
        place_order(member, second, 1, token)
    assert everything() == before


@pytest.mark.parametrize("later", ["paid", "closed", "sold out", "dearer"])
def test_the_same_content_returns_its_order_whatever_became_of_it(pool, product, member, later):
    from zengzhi.mall.orders.money import close_order, confirm_demo

    token = uuid.uuid4()
    order = place_order(member, product, 1, token, **SAID)
    if later == "paid":
        confirm_demo(order)
    elif later == "closed":
        close_order(member, order.number)
    else:
        Product.objects.update(**{"sold out": {"stock": 0}, "dearer": {"price_fen": 5}}[later])
    assert place_order(member, product, 1, token, **SAID).pk == order.pk
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "其他内容"), ("en", "with other content")]
)
def test_the_form_says_so(client, pool, product, member, language, words):
    client.force_login(member.user)
    client.cookies["django_language"] = language
    form = {"quantity": "1", "token": str(uuid.uuid4()), **DELIVERY}
    assert client.post(f"/checkout/{product.slug}/", form).status_code == 302
    before = everything()
    answer = client.post(f"/checkout/{product.slug}/", {**form, "quantity": "9"})
    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert everything() == before
