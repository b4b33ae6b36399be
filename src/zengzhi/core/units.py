"""Units of the economy and the only place where text becomes an amount and back.

Money is an ``int`` of fen (0.01 yuan), points an ``int`` of point units (10⁻⁸ point),
rates an ``int`` of ppm (parts per million). No float ever touches an amount.
"""

import re
from fractions import Fraction
from typing import NewType

from zengzhi.core.errors import InvalidAmount, UnusableRules

Fen = NewType("Fen", int)
PointUnits = NewType("PointUnits", int)
Ppm = NewType("Ppm", int)

NO_FEN = Fen(0)

FEN_PER_YUAN = 100
UNITS_PER_POINT = 10**8
PPM = 10**6

ORDER_FEN_MAX = 10**8 * FEN_PER_YUAN
"""One order is at most 10⁸ yuan (10⁸ itself is allowed)."""
POOL_FEN_LIMIT = 2**53
"""The pool must stay below 2⁵³ fen, so that the batch kernel's float estimate is exact."""
OUTSTANDING_UNITS_LIMIT = 2**60
"""The points in circulation must stay below 2⁶⁰ units."""

_YUAN = re.compile(r"([0-9]+)(?:\.([0-9]{1,2}))?", re.ASCII)
_POINTS = re.compile(r"([0-9]+)(?:\.([0-9]{1,8}))?", re.ASCII)
_RATE = re.compile(r"([0-9]+)(?:\.([0-9]{1,4}))?%", re.ASCII)
_RATIO = re.compile(r"([0-9]{1,40})(?:\.([0-9]{1,40})|/([0-9]{1,40}))?", re.ASCII)

_PRICE = re.compile(r"[0-9]{1,40}(?:\.[0-9]{1,40})?", re.ASCII)

_DIGITS_MAX = 40
"""A longer whole part is taken as 10⁴⁰: above every limit, and cheap to hold."""


def _scaled(whole: str, fraction: str | None, places: int) -> int:
    whole = whole.lstrip("0")
    if len(whole) > _DIGITS_MAX:
        whole = "1" + "0" * _DIGITS_MAX
    return int((whole or "0") + (fraction or "").ljust(places, "0"))


def parse_yuan(text: str) -> Fen:
    """Read ``"1000.00"`` as fen: ASCII digits, at most 2 decimals, greater than 0.

    Errors: ``invalid_amount`` for a sign, blank, exponent, comma, full-width digit, zero.

    >>> parse_yuan("1000.5")
    100050
    """
    match = _YUAN.fullmatch(text)
    fen = _scaled(match[1], match[2], 2) if match else 0
    if fen <= 0:
        raise InvalidAmount(text, "an amount in yuan above 0 with at most 2 decimals")
    return Fen(fen)


def parse_yuan_or_zero(text: str) -> Fen:
    """Read an amount of :func:`parse_yuan` that may also be 0, such as a target.

    >>> parse_yuan_or_zero("0.00"), parse_yuan_or_zero("0.5")
    (0, 50)
    """
    match = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InvalidAmount(text, "an amount in yuan of at least 0 with at most 2 decimals")
    return Fen(_scaled(match[1], match[2], 2))


def parse_points(text: str) -> PointUnits:
    """Read ``"124.95"`` as point units: ASCII digits, at most 8 decimals, greater than 0.

    >>> parse_points("124.95")
    12495000000
    """
    match = _POINTS.fullmatch(text)
    units = _scaled(match[1], match[2], 8) if match else 0
    if units <= 0:
        raise InvalidAmount(text, "a number of points above 0 with at most 8 decimals")
    return PointUnits(units)


def parse_price(text: str, name: str = "price") -> int | Fraction:
    """Read a price in yuan per point, such as ``"1.00"`` or ``"0.125"``, exactly, in fen.

    Errors: ``unusable_rules`` for what is not a decimal above 0.

    >>> parse_price("1.00"), parse_price("0.125")
    (100, Fraction(25, 2))
    """
    match = _PRICE.fullmatch(text) if isinstance(text, str) else None
    fen = Fraction(text) * FEN_PER_YUAN if match else Fraction(0)
    if fen <= 0:
        raise UnusableRules(name, text, 'a number of yuan above 0, such as "1.00"')
    return fen.numerator if fen.denominator == 1 else fen


def parse_rate(text: str, name: str = "rate") -> Ppm:
    """Read a rate such as ``"12.5%"`` as ppm, 0 to 100 %, at most 4 decimals of a percent.

    >>> parse_rate("12.5%")
    125000
    """
    match = _RATE.fullmatch(text) if isinstance(text, str) else None
    ppm = _scaled(match[1], match[2], 4) if match else -1
    if not 0 <= ppm <= PPM:
        raise UnusableRules(name, text, 'a rate from "0%" to "100%" with at most 4 decimals')
    return Ppm(ppm)


def parse_ratio(text: str, name: str = "ratio") -> Fraction:
    """Read a number or fraction such as ``"3"``, ``"2.5"`` or ``"5/2"`` exactly.

    >>> parse_ratio("5/2")
    Fraction(5, 2)
    """
    match = _RATIO.fullmatch(text) if isinstance(text, str) else None
    if match is None or (match[3] is not None and int(match[3]) == 0):
        raise UnusableRules(name, text, 'a number "3", a decimal "2.5" or a fraction "5/2"')
    return Fraction(text)


def format_yuan(fen: int) -> str:
    """Fen as yuan with 2 decimals: ``-5`` → ``"-0.05"``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def format_points(units: int) -> str:
    """Point units as points with 8 decimals."""
    sign = "-" if units < 0 else ""
    return f"{sign}{abs(units) // UNITS_PER_POINT}.{abs(units) % UNITS_PER_POINT:08d}"


def format_half_up(numerator: int | Fraction, denominator: int, places: int) -> str:
    """A non-negative ratio as a decimal, half up; for the eye only, never for a computation.

    >>> format_half_up(1, 3, 4)
    '0.3333'
    """
    scale = 10**places
    scaled = (2 * numerator * scale + denominator) // (2 * denominator)
    return f"{scaled // scale}.{scaled % scale:0{places}d}" if places else str(scaled)


def format_price(pool_fen: int, outstanding_units: int, opening_price_fen: int | Fraction) -> str:
    """The shown price in yuan per point, 4 decimals half up; the opening price while S = 0.

    >>> format_price(30000, 210 * 10**8, 100)
    '1.4286'
    """
    if outstanding_units == 0:
        return format_half_up(opening_price_fen, FEN_PER_YUAN, 4)
    return format_half_up(pool_fen * UNITS_PER_POINT, outstanding_units * FEN_PER_YUAN, 4)


def format_rate(ppm: int) -> str:
    """A rate in its shortest form: ``125000`` → ``"12.5%"``."""
    whole, rest = divmod(ppm, 10_000)
    return f"{whole}.{rest:04d}".rstrip("0").rstrip(".") + "%"
