"""How amounts, points and icons look. Rounding for the eye happens here and nowhere else."""

from datetime import datetime

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from zengzhi.core.units import UNITS_PER_POINT, format_half_up, format_points, format_yuan
from zengzhi.doors.shared.icons import ICONS, MARK, sprite
from zengzhi.records.store import clock

register = template.Library()


def grouped_yuan(fen: int) -> str:
    """Fen as yuan with thousands commas and 2 decimals, without a sign of currency."""
    return f"{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


@register.filter
def money(fen: int) -> SafeString:
    """¥1,234.50; a negative amount with a real minus."""
    sign = "− " if fen < 0 else ""
    return format_html('<span class="num">{}¥{}</span>', sign, grouped_yuan(fen))


@register.filter
def plain(fen: int) -> SafeString:
    """1,234.50 without the currency."""
    return format_html('<span class="num">{}</span>', grouped_yuan(fen))


@register.filter
def big(fen: int) -> SafeString:
    """¥ small, figures large."""
    return format_html('<span class="num"><span class="yen">¥</span>{}</span>', grouped_yuan(fen))


@register.filter
def goods_price(fen: int) -> SafeString:
    """A goods price: ¥ and fen at 0.68 of the yuan."""
    return format_html(
        '<span class="num"><span class="yen">¥</span>{}<span class="cents">.{}</span></span>',
        f"{fen // 100:,}",
        f"{fen % 100:02d}",
    )


@register.filter
def signed(fen: int) -> SafeString:
    """+ 19.80 or − 8.90."""
    return format_html('<span class="num">{} {}</span>', "−" if fen < 0 else "+", grouped_yuan(fen))


@register.filter
def points4(units: int) -> SafeString:
    """Points with 4 decimals, cut: never more than there are."""
    tenth = units * 10_000 // UNITS_PER_POINT
    return format_html(
        '<span class="num">{}.{}</span>', f"{tenth // 10_000:,}", f"{tenth % 10_000:04d}"
    )


@register.filter
def points8(units: int) -> SafeString:
    """The exact points."""
    return format_html('<span class="num">{}</span>', format_points(units))


@register.filter
def points_input(units: int) -> str:
    """The exact points as one would type them."""
    text = format_points(units)
    return text.rstrip("0").rstrip(".")


@register.filter
def yuan_input(fen: int) -> str:
    """The exact yuan as one would type them: 1234.50."""
    return format_yuan(fen)


@register.filter
def percent1(ppm: int) -> SafeString:
    """A rate in percent with 1 decimal."""
    return format_html('<span class="num">{}%</span>', format_half_up(ppm, 10_000, 1))


@register.filter
def percent0(ppm: int) -> str:
    """A whole rate such as a retention: 20%."""
    return f"{ppm // 10_000}%" if ppm % 10_000 == 0 else f"{format_half_up(ppm, 10_000, 2)}%"


def _percent(ppm: int) -> str:
    return f"{ppm // 10_000}.{ppm % 10_000:04d}%"


@register.simple_tag
def bar(ppm: int | None, css: str = "", tick: str = "") -> SafeString:
    """A bar that is so much of its track long, with a tick: drawn, since a page carries no style.
    What is more than nothing is seen."""
    shown = min(max(ppm, 10_000), 1_000_000) if ppm else 0
    mark = format_html('<rect class="tick" x="{}" y="-3" width="2" height="14"/>', tick)
    return format_html(
        '<svg class="drawn {}" width="100%" height="100%" aria-hidden="true">'
        '<rect class="full" width="{}" height="100%"/>{}</svg>',
        css,
        _percent(shown),
        mark if tick else "",
    )


@register.simple_tag
def split_bar(quote: object) -> SafeString:
    """The parts of an amount side by side, each as wide as its share."""
    names = ("cost", "distribution", "platform", "legacy", "contribution")
    parts = [(name, int(getattr(quote, f"{name}_fen"))) for name in names]
    total_fen = sum(fen for _name, fen in parts) or 1
    drawn, before_fen = [], 0
    for name, fen in parts:
        if fen:
            x, width = before_fen * 1_000_000 // total_fen, fen * 1_000_000 // total_fen
            css = "pool" if name == "contribution" else name
            drawn.append((f"c-{css}", _percent(x), _percent(width)))
            before_fen += fen
    return format_html(
        '<svg class="split-bar" role="img" aria-label="{}">{}</svg>',
        gettext("The parts of the amount"),
        format_html_join("", '<rect class="{}" x="{}" width="{}" height="100%"/>', drawn),
    )


@register.filter
def times(fen: int, multiple: object) -> int:
    """A multiple of an amount, cut to the fen."""
    return int(fen * multiple)  # type: ignore[operator]


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """One icon of the sprite; decoration only."""
    known = name if name in ICONS else "points"
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="#i-{}"/></svg>', css, known
    )


@register.simple_tag
def icon_sprite() -> SafeString:
    """The sprite, once per page."""
    return mark_safe(sprite())  # noqa: S308 (our own drawings)


@register.simple_tag
def brand_mark() -> SafeString:
    """The brand's mark."""
    return mark_safe(MARK)  # noqa: S308 (our own drawing)


@register.filter
def fraction(units: int, parts: int) -> int:
    """One of so many parts of the points, cut."""
    return units // parts


@register.filter
def percent_text(ppm: int | None) -> str:
    """A rate in percent with 1 decimal, as plain text for an attribute."""
    return f"{format_half_up(ppm or 0, 10_000, 1)}%"


def _chinese() -> bool:
    return not (get_language() or "").startswith("en")


@register.filter
def moment(at: datetime | None) -> str:
    """11月24日 14:32, or 24 Nov 14:32; with the year when it is another one."""
    if at is None:
        return ""
    local = clock.local(at)
    this_year = local.year == clock.today().year
    if _chinese():
        day_text = f"{local.month}月{local.day}日" if this_year else f"{local:%Y-%m-%d}"
    else:
        day_text = date_format(local, "j M" if this_year else "j M Y")
    return f"{day_text} {local:%H:%M}"


@register.filter
def day_only(at: datetime) -> str:
    """11月24日, or 24 Nov; with the year when it is another one."""
    return moment(at).rpartition(" ")[0]


@register.filter
def day(at: datetime | None) -> str:
    """2026-06-10, or 10 Jun 2026."""
    if at is None:
        return ""
    local = clock.local(at)
    return f"{local:%Y-%m-%d}" if _chinese() else date_format(local, "j M Y")


@register.filter
def masked_address(address: str) -> str:
    """Enough of an address to recognise the network, not the line.

    >>> masked_address("203.0.113.9")
    '203.0.*.*'
    >>> masked_address("2001:db8:1:2::5")
    '2001:db8:*'
    """
    parts = address.split(".")
    if len(parts) == 4:
        return f"{parts[0]}.{parts[1]}.*.*"
    return ":".join(address.split(":")[:2]) + ":*" if ":" in address else address


@register.filter
def masked_mobile(number: str) -> str:
    """138****8000.

    >>> masked_mobile("13800138000")
    '138****8000'
    """
    return f"{number[:3]}****{number[-4:]}"


BROWSERS = ("MicroMessenger", "Edg", "Firefox", "Chrome", "Safari")
SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "Linux")
NAMES = {"MicroMessenger": "WeChat", "Edg": "Edge", "Macintosh": "Mac"}


@register.filter
def device_name(user_agent: str) -> str:
    """What a browser calls itself, in two words.

    >>> device_name("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) MicroMessenger/8.0")
    'WeChat · iPhone'
    """
    found = [
        NAMES.get(name, name)
        for names in (BROWSERS, SYSTEMS)
        if (name := next((one for one in names if one in user_agent), ""))
    ]
    return " · ".join(found) or "?"
