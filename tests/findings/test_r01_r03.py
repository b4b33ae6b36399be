"""R1: codes of 2023, abolished ones still offered, statistical zones offered as districts.
R2: command line and mall disagreed (see also tests/bonuses/test_regions.py: every code).
R3: an unlisted code was stored as empty, and even the province was lost.
"""

import pytest

from tests.bonuses.story import activate, chain, pay
from zengzhi.core.regions import children, read_region
from zengzhi.mall.models import Order
from zengzhi.records.members.models import RegionAgent
from zengzhi.records.store import clock

AREA = 'name = "area"\n[area]\nmode = "difference"\ndistrict = "3%"\ncity = "5%"\nprovince = "6%"\n'


def offered() -> set[str]:
    """Every district that a form offers."""
    cities = [city for province, _name in children() for city, _name in children(province)]
    return {code for city in cities for code, _name in children(city)}


@pytest.mark.parametrize(
    "code", ["500157", "653228", "653229", "653132", "659013", "460302", "460303"]
)
def test_r1_the_newest_districts_are_known(code):
    assert read_region(code).place.district == code
    assert code in offered()


@pytest.mark.parametrize("code", ["500105", "500112"])
def test_r1_an_abolished_district_is_not_offered_and_means_its_successor(code):
    assert code not in offered()
    assert read_region(code).place.district == "500157"


def test_r1_no_zone_of_the_statisticians_is_offered():
    assert "130102" in offered()
    assert not offered() & {"130171", "130172", "140171", "340171"}  # economic zones


@pytest.mark.django_db
def test_r3_an_unlisted_code_is_kept_and_its_city_and_province_are_paid(pool, product):
    activate(AREA)
    city, province, buyer = chain("city", "province", "buyer")
    for region, member in (("4403", city), ("44", province)):
        RegionAgent.objects.create(
            region=region,
            member=member,
            since=clock.now().replace(year=2020),
        )
    order = pay(buyer, product, "440399")
    assert Order.objects.get(pk=order.pk).region == "440399"
    from zengzhi.records.bonuses.models import BonusLine

    paid = BonusLine.objects.filter(amount_fen__gt=0).values_list("beneficiary", "amount_fen")
    assert dict(paid) == {city.pk: 50_00, province.pk: 10_00}
