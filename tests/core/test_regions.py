"""Regions: every code of the list and every kind of code that is not in it, read by one rule."""

import pytest

from zengzhi.core import regions
from zengzhi.core.distribution.area_agent import agents_by_code
from zengzhi.core.errors import UnusableRules
from zengzhi.core.regions import agent_region, children, full_name, kept, read_region

NEWEST = ("500157", "653228", "653229", "653132", "659013", "460302", "460303")
ABOLISHED = {
    "500105": "500157",  # 江北区 → 两江新区
    "500112": "500157",  # 渝北区 → 两江新区
    "330103": "330105",  # 下城区 → 拱墅区, 2021
    "110103": "110101",  # 崇文区 → 东城区, 2010
    "310108": "310106",  # 闸北区 → 静安区, 2015
    "3712": "3701",  # 莱芜市 → 济南市, 2018
    "371202": "370116",  # 莱城区 → 莱芜区 of 济南市
    "469003": "4604",  # 儋州市, a city of its own since 2015
    "460321": "460302",  # 西沙群岛 → 西沙区
    "130421": "130402",  # 邯郸县 → 邯山区
    "513425": "513402",  # 会理县 → 会理市
}
READ = {
    # code as written: district, city, province, and whether a level gets lost
    "44": (None, None, "44", False),
    "440000": (None, None, "44", False),
    "4400": (None, None, "44", False),
    "4403": (None, "4403", "44", False),
    "440300": (None, "4403", "44", False),
    "440305": ("440305", "4403", "44", False),
    "440305001": ("440305", "4403", "44", False),
    "440305001002": ("440305", "4403", "44", False),
    "440300000000": (None, "4403", "44", False),
    " 440305\u3000": ("440305", "4403", "44", False),
    # levels that do not exist
    "110101": ("110101", None, "11", False),
    "1101": (None, None, "11", True),
    "110100": (None, None, "11", True),
    "500200": (None, None, "50", True),
    "429004": ("429004", None, "42", False),
    "4290": (None, None, "42", True),
    "429000": (None, None, "42", True),
    "659001": ("659001", None, "65", False),
    # cities without districts
    "4419": (None, "4419", "44", False),
    "441900": (None, "4419", "44", False),
    "441901": (None, "4419", "44", False),
    "441900003": (None, "4419", "44", False),
    "442000": (None, "4420", "44", False),
    "460400": (None, "4604", "46", False),
    "620201": (None, "6202", "62", False),
    # not in the list
    "440399": (None, "4403", "44", True),
    "440399001": (None, "4403", "44", True),
    "110199": (None, None, "11", True),
    "429099": (None, None, "42", True),
    "4499": (None, None, "44", True),
    "449901": (None, None, "44", True),
    "99": (None, None, None, True),
    "990000": (None, None, None, True),
    "000000": (None, None, None, True),
    # other lengths: the longest accepted beginning
    "440": (None, None, "44", True),
    "44030": (None, "4403", "44", True),
    "4403051": ("440305", "4403", "44", True),
    "44030500": ("440305", "4403", "44", True),
    "44030500100": ("440305", "4403", "44", True),
    "4403050010020": ("440305", "4403", "44", True),
    "4": (None, None, None, True),
    # no digits
    "44a": (None, None, None, True),
    "４４０３０５": (None, None, None, True),
    "-44": (None, None, None, True),
    "44 03": (None, None, None, True),
    "": (None, None, None, False),
    " \t": (None, None, None, False),
    # provinces without a division of ours
    "710000": (None, None, "71", False),
    "810000": (None, None, "81", False),
    "820101": (None, None, "82", True),
}


@pytest.mark.parametrize("text", READ)
def test_a_code_names_what_exists_and_warns_of_what_gets_lost(text):
    found = read_region(text)
    *place, lost = READ[text]
    assert tuple(found.place) == tuple(place)
    assert bool(found.warnings) == lost


def test_every_listed_code_names_itself_and_what_is_above():
    names = regions.names()
    assert len(names) == 3214
    for code in names:
        place, warnings = read_region(code)
        assert not warnings
        assert place.codes[0] == code
        assert place.province == code[:2]
        assert agent_region(code) == code
        assert read_region(code.ljust(6, "0")) == read_region(code)
        if len(code) == 6:
            formal = code[:2] in regions.MUNICIPALITIES or code[2:4] == "90"
            assert place.city == (None if formal else code[:4])
            assert read_region(f"{code}001").place == read_region(f"{code}001002").place == place


def test_the_newest_codes_are_there_and_the_zones_of_the_statisticians_are_not():
    assert all(regions.exists(code) for code in NEWEST)
    for zone in ("130171", "320576", "370772", "410171", "620171", "232761", "632857"):
        assert not regions.exists(zone)
        assert read_region(zone).warnings
        assert zone not in dict(children(zone[:4]))


@pytest.mark.parametrize("code", ABOLISHED)
def test_an_abolished_code_means_its_successor_without_a_warning(code):
    successor = ABOLISHED[code]
    assert read_region(code) == read_region(successor)
    assert not read_region(code).warnings
    assert agent_region(code) == successor
    with pytest.raises(UnusableRules, match="row 3: region"):
        agents_by_code([("a", code), ("b", successor)], 2)


def test_every_successor_is_of_today_and_in_the_same_province():
    assert len(regions.successors()) > 900
    for code, successor in regions.successors().items():
        assert not regions.exists(code)
        assert regions.exists(successor)
        assert successor[:2] == code[:2]


@pytest.mark.parametrize(
    "code",
    ["1101", "110100", "4290", "990000", "99", "440399", "4499", "", " ", "4", "440", "44030",
     "4403051", "44a", "４４"],
)  # fmt: skip
def test_an_agent_of_what_does_not_exist_makes_the_file_unusable(code):
    with pytest.raises(UnusableRules, match="row 2: region"):
        agents_by_code([("a", "44"), ("b", code)], 1)


@pytest.mark.parametrize(
    ("one", "other"),
    [("44", "440000"), ("4403", "440300"), ("440305", "440305001"), ("4419", "441901"),
     ("440305", " 440305 "), ("500105", "500112")],
)  # fmt: skip
def test_two_rows_that_name_one_region_make_the_file_unusable(one, other):
    with pytest.raises(UnusableRules, match=r"row 3: region .* one agent for one region"):
        agents_by_code([("a", one), ("a", other)], 2)


def test_only_districts_of_today_can_be_chosen():
    offered = [
        district
        for province, _name in children()
        for city, _name in children(province)
        for district, _name in children(city)
    ]
    assert len(offered) == len(set(offered))
    of_today = {code for code in regions.names() if len(code) == 6}
    assert set(offered) == of_today | {f"{city}00" for city in regions.UNDIVIDED_CITIES}
    assert "500157" in offered
    assert "500105" not in offered
    assert children("44x") == ()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("330106", "浙江省杭州市西湖区"),
        ("110105", "北京市朝阳区"),
        ("441900", "广东省东莞市"),
        ("429004", "湖北省仙桃市"),
        ("500105", "重庆市两江新区"),
        ("440399", "广东省深圳市"),
        ("99", "99"),
    ],
)
def test_names(code, name):
    assert full_name(code) == name


def test_an_order_keeps_a_code_that_the_list_does_not_have():
    assert [kept(code) for code in ("440399", " 44 ", "44030500100212", "x", "")] == [
        "440399",
        "44",
        "440305001002",
        "",
        "",
    ]
