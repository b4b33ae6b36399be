"""Regions by their administrative codes (行政区划代码): one reading for files, mall and imports.

A province has 2 digits, a city 4, a district or county 6; 9 and 12 digits (street, village) name
the district that they begin with. Zeros at the end name no level: ``440300`` is the city 4403.

What has no such level is explicit. A municipality (直辖市) has districts and a province level but
no city level; a county directly under its province (省直辖县级) has no city level either; a city
without districts (东莞, 中山, 儋州, 嘉峪关) has no district level, whatever its last digits say. An
abolished code means its successor. The list is part of the package: read once, never changed.
"""

from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from zengzhi.core.errors import UnusableRules

MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
"""北京, 天津, 上海, 重庆."""
UNDIVIDED_CITIES = frozenset({"4419", "4420", "4604", "6202"})
"""Cities without districts: 东莞, 中山, 儋州, 嘉峪关."""
DIRECT_COUNTIES = "90"
"""A "city" code ending so holds counties that stand directly under the province."""
LENGTHS = (12, 9, 6, 4, 2)
"""The lengths that are read, longest first."""


class Place(NamedTuple):
    """Where an address lies, level by level; a level that does not exist there, or that the code
    does not name, is ``None``."""

    district: str | None = None
    city: str | None = None
    province: str | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that exist, smallest region first."""
        return tuple(code for code in self if code)


NOWHERE = Place()


class Reading(NamedTuple):
    """What an order's code names, and what it names that does not exist."""

    place: Place
    warnings: tuple[str, ...] = ()


class _List(NamedTuple):
    names: dict[str, str]
    successors: dict[str, str]


@cache
def _list() -> _List:
    found = _List({}, {})
    text = resources.files("zengzhi.core").joinpath("regions.csv").read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        code, name, *successor = line.split(",")
        if successor:
            found.successors[code] = successor[0]
        else:
            found.names[code] = name
    return found


def names() -> dict[str, str]:
    """Code → name, of all provinces, cities and districts of today."""
    return _list().names


def successors() -> dict[str, str]:
    """Abolished code → the code of today that it means."""
    return _list().successors


def exists(code: str) -> bool:
    """Whether this is the code of a province, a city or a district of today."""
    return code in names()


def has_city_level(city: str) -> bool:
    """Whether the 4-digit code is a city that can have an agent of its own."""
    return city[:2] not in MUNICIPALITIES and city[2:] != DIRECT_COUNTIES


def _without_zeros(code: str) -> str:
    """A code of 2, 4 or 6 digits without the levels that are only zeros."""
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


def normal(code: str) -> str:
    """The code of today's region that a code of an accepted length means: 2, 4 or 6 digits.

    >>> normal("440300"), normal("440305001002"), normal("441901"), normal("500105")
    ('4403', '440305', '4419', '500157')
    """
    code = _without_zeros(code[:6])
    code = successors().get(code, code)
    return code[:4] if code[:4] in UNDIVIDED_CITIES else code


def _place(code: str) -> tuple[Place, str]:
    """The levels of a normal code that exist, and what it names that does not ("": all exists)."""
    city, province = code[:4], code[:2]
    if not exists(province):
        return NOWHERE, "province"
    if len(code) == 2:
        return Place(province=province), ""
    there = city if has_city_level(city) and exists(city) else None
    if len(code) == 4:
        return Place(None, there, province), "" if there else "city"
    if exists(code):
        return Place(code, there, province), ""
    return Place(None, there, province), "district"


@lru_cache(maxsize=8192)
def read_region(text: str) -> Reading:
    """An order's region as written: the levels that exist, with a warning for what gets lost.

    A code that is not in the list still names its province, and its city if that is in the list;
    one of another length is read as its longest accepted beginning. Nothing is named without a
    warning by an empty text, and with one by anything that is not digits.

    >>> read_region("440305"), read_region(" 110101 ").place
    (Reading(place=Place(district='440305', city='4403', province='44'), warnings=()), \
Place(district='110101', city=None, province='11'))
    >>> read_region("440399")
    Reading(place=Place(district=None, city='4403', province='44'), \
warnings=("region '440399': no such district",))
    >>> read_region("1101").warnings, read_region("44030").place.city, read_region("").warnings
    (("region '1101': no such city",), '4403', ())
    """
    text = text.strip()
    shown = f"region {text[:20]!r}"
    if not text:
        return Reading(NOWHERE)
    if not (text.isascii() and text.isdigit()):
        return Reading(NOWHERE, (f"{shown}: not a code of digits",))
    read = next((n for n in LENGTHS if n <= len(text)), 0)
    if not read:
        return Reading(NOWHERE, (f"{shown}: too short to name a province",))
    warnings = [] if read == len(text) else [f"{shown}: read as {text[:read]}"]
    place, missing = _place(normal(text[:read]))
    if missing:
        warnings.append(f"{shown}: no such {missing}")
    return Reading(place, tuple(warnings))


def agent_region(text: str, key: str = "region") -> str:
    """The region of an agent, as its normal code. Errors: ``unusable_rules`` naming ``key`` for a
    level or a code that does not exist.

    >>> agent_region("440300"), agent_region("441901"), agent_region("500112")
    ('4403', '4419', '500157')
    """
    code = text.strip()
    if not (code.isascii() and code.isdigit() and len(code) in LENGTHS):
        raise UnusableRules(key, text, "a code of 2, 4, 6, 9 or 12 digits")
    code = normal(code)
    missing = _place(code)[1]
    if missing:
        raise UnusableRules(key, text, f"a region that exists: there is no such {missing}")
    return code


def can_have_agent(text: str) -> bool:
    """Whether a region exists as a level of its own."""
    try:
        agent_region(text)
    except UnusableRules:
        return False
    return True


def kept(text: str) -> str:
    """The code as an order keeps it, listed or not: its province, and its city, still count. What
    is no code is nothing.

    >>> kept(" 440399"), kept("4403050010021"), kept("somewhere")
    ('440399', '440305001002', '')
    """
    code = text.strip()
    return code[: LENGTHS[0]] if code.isascii() and code.isdigit() else ""


@cache
def children(parent: str = "") -> tuple[tuple[str, str], ...]:
    """What can be chosen one level below: of "" the provinces, of a province its cities, of a city
    its districts; only what leads to a district of today. Levels that are only formal (the city of
    a municipality) stand in between as in the codes.

    >>> children("4419"), children("11"), children("81")
    ((('441900', '东莞市'),), (('1101', '北京市'),), ())
    """
    if parent in UNDIVIDED_CITIES:
        return ((f"{parent}00", names()[parent]),)
    if len(parent) == 4:
        return tuple((c, n) for c, n in names().items() if len(c) == 6 and c[:4] == parent)
    length = len(parent) + 2
    ends = [*(c for c in names() if len(c) == 6), *UNDIVIDED_CITIES]
    codes = sorted({code[:length] for code in ends if code.startswith(parent)})
    return tuple((code, names().get(code) or _formal_name(code)) for code in codes)


def _formal_name(city: str) -> str:
    """A city code that is no city: the municipality's name, or what it holds."""
    if city[2:] == DIRECT_COUNTIES:
        return "省直辖县级行政区划"
    return names()[city[:2]] if city[2:] == "01" else "县"


def full_name(text: str) -> str:
    """The name with its parents, without the levels that are only formal: 浙江省杭州市西湖区; the
    code itself where nothing of it exists."""
    place = read_region(text).place
    return "".join(names()[code] for code in reversed(place.codes)) or text


def short_name(text: str) -> str:
    """The region's own name: 西湖区; of an unlisted code, of the smallest region it names."""
    codes = read_region(text).place.codes
    return names()[codes[0]] if codes else text
