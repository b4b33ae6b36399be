"""Regions by their administrative codes (行政区划代码): province 2 digits, city 4, district 6.

What has no such level is explicit. A municipality (直辖市) has districts and a province level but
no city level; a county directly under its province (省直辖县级) has no city level either; a city
without districts (东莞, 中山, 儋州, 嘉峪关) has no district level, though its address still ends
in one 6-digit code.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

MUNICIPALITIES = frozenset({"11", "12", "31", "50"})
"""北京, 天津, 上海, 重庆."""
UNDIVIDED_CITIES = frozenset({"4419", "4420", "4604", "6202"})
"""Cities without districts: 东莞, 中山, 儋州, 嘉峪关."""
DIRECT_COUNTIES = "90"
"""A "city" code ending so holds counties that stand directly under the province."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address lies, level by level; a level that does not exist there is ``None``."""

    district: str | None
    city: str | None
    province: str

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that exist, smallest region first."""
        return tuple(code for code in (self.district, self.city, self.province) if code)


@cache
def names() -> dict[str, str]:
    """Code → name, of all provinces, cities and districts."""
    text = resources.files("zengzhi.records.members").joinpath("regions.csv").read_text("utf-8")
    rows = (line.split(",", 1) for line in text.splitlines() if not line.startswith("#"))
    return dict(rows)


@cache
def children(parent: str = "") -> tuple[tuple[str, str], ...]:
    """The regions one level below: of "" the provinces, of a province its cities, and so on."""
    length = len(parent) + 2
    return tuple(
        (code, name)
        for code, name in names().items()
        if len(code) == length and code.startswith(parent)
    )


def exists(code: str) -> bool:
    """Whether this is the code of a province, a city or a district."""
    return code in names()


def is_district(code: str) -> bool:
    """Whether an address can end in this code."""
    return len(code) == 6 and exists(code)


def has_city_level(city: str) -> bool:
    """Whether the 4-digit code is a city that can have an agent of its own."""
    return city[:2] not in MUNICIPALITIES and city[2:] != DIRECT_COUNTIES


def place_of(district: str) -> Place | None:
    """The levels of a 6-digit code; ``None`` for one that is not in the list (unmapped)."""
    if not is_district(district):
        return None
    city = district[:4]
    if city in UNDIVIDED_CITIES:
        return Place(None, city, district[:2])
    return Place(district, city if has_city_level(city) else None, district[:2])


def can_have_agent(code: str) -> bool:
    """Whether the region exists as a level of its own."""
    if not exists(code):
        return False
    if len(code) == 6:
        return code[:4] not in UNDIVIDED_CITIES
    return len(code) == 2 or has_city_level(code)


def full_name(code: str) -> str:
    """The name with its parents, without the levels that are only formal: 浙江省杭州市西湖区."""
    parts = [code[:length] for length in (2, 4, 6) if length <= len(code)]
    kept = [part for part in parts if len(part) != 4 or has_city_level(part)]
    if code[:4] in UNDIVIDED_CITIES:
        kept = kept[:2]
    return "".join(names().get(part, part) for part in kept)


def short_name(code: str) -> str:
    """The region's own name: 西湖区."""
    return names().get(code, code)


def city_choices(province: str) -> Iterable[tuple[str, str]]:
    """Cities of a province as one would choose them; formal ones carry the province's name."""
    for code, name in children(province):
        formal = province in MUNICIPALITIES or code[2:] == DIRECT_COUNTIES
        yield code, name if not formal else (names()[province] if name == "市辖区" else name)
