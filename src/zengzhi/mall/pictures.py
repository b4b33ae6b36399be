"""Product pictures and the brand mark, drawn by code as SVG: sharp at any size."""

from collections.abc import Callable
from html import escape

_FONT = "'PingFang SC','Noto Sans CJK SC','Noto Sans SC','Microsoft YaHei',sans-serif"


def _stop(at: float, colour: str, opacity: float = 1) -> str:
    shade = f' stop-opacity="{opacity}"' if opacity != 1 else ""
    return f'<stop offset="{at}" stop-color="{colour}"{shade}/>'


def _linear(name: str, stops: str, vertical: bool = False) -> str:
    direction = 'x1="0" y1="0" x2="0" y2="1"' if vertical else 'x1="0" y1="0" x2="1" y2="0"'
    return f'<linearGradient id="{name}" {direction}>{stops}</linearGradient>'


def _text(x: float, y: float, size: float, text: str, colour: str, spacing: float = 0) -> str:
    return (
        f'<text x="{x}" y="{y}" font-family="{_FONT}" font-size="{size}" font-weight="700" '
        f'letter-spacing="{spacing}" text-anchor="middle" fill="{colour}">{escape(text)}</text>'
    )


def _scene(top: str, bottom: str, ground: str, defs: str, body: str, shadow_rx: int = 92) -> str:
    """A 400 × 400 still: wall, ground, the thing's shadow, the thing."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" '
        'preserveAspectRatio="xMidYMid slice"><defs>'
        + _linear("wall", _stop(0, top) + _stop(1, bottom), vertical=True)
        + _linear("floor", _stop(0, ground) + _stop(1, bottom), vertical=True)
        + '<radialGradient id="shade"><stop offset="0" stop-color="#2A2A22" stop-opacity=".42"/>'
        '<stop offset="1" stop-color="#2A2A22" stop-opacity="0"/></radialGradient>'
        + defs
        + '</defs><rect width="400" height="400" fill="url(#wall)"/>'
        '<rect y="296" width="400" height="104" fill="url(#floor)"/>'
        f'<ellipse cx="200" cy="334" rx="{shadow_rx}" ry="14" fill="url(#shade)"/>'
        + body
        + "</svg>"
    )


def _camellia_oil() -> str:
    glass = _linear(
        "glass",
        _stop(0, "#A87A18")
        + _stop(0.22, "#CFA23A")
        + _stop(0.34, "#B5861F")
        + _stop(0.72, "#BE9030")
        + _stop(1, "#C9A45C"),
    )
    cap = _linear("cap", _stop(0, "#123B30") + _stop(0.35, "#3C6356") + _stop(1, "#0D2F26"))
    petals = "".join(
        f'<ellipse cx="200" cy="198" rx="11" ry="15" fill="#F8E6E4" stroke="#B4545C" '
        f'stroke-width="2" transform="rotate({turn} 200 213)"/>'
        for turn in range(0, 360, 72)
    )
    body = (
        '<path d="M177 92h46v30c0 22 37 32 37 66v126c0 11-8 19-19 19h-82c-11 0-19-8-19-19V188'
        'c0-34 37-44 37-66z" fill="url(#glass)"/>'
        '<path d="M177 92h46v26h-46z" fill="#D8B36A" opacity=".75"/>'
        '<path d="M158 190c0-18 14-24 24-36v160h-16c-6 0-8-4-8-9z" fill="#fff" opacity=".16"/>'
        '<rect x="169" y="44" width="62" height="52" rx="8" fill="url(#cap)"/>'
        '<rect x="140" y="182" width="120" height="94" fill="#FFFBF2"/>'
        + petals
        + '<circle cx="200" cy="213" r="7" fill="#D9A32B"/>'
        + _text(202, 262, 20, "山茶油", "#20261F", 4)
    )
    return _scene("#E9EDDD", "#E3E9D8", "#D5DFC4", glass + cap, body)


def _rice() -> str:
    paper = _linear(
        "paper",
        _stop(0, "#B28C5A") + _stop(0.25, "#D3B283") + _stop(0.6, "#C7A370") + _stop(1, "#B08955"),
    )
    grains = "".join(
        f'<ellipse cx="{x}" cy="{y}" rx="7" ry="3" fill="#FFFDF4" transform="rotate({turn} {x} {y})"/>'
        for x, y, turn in (
            (94, 322, 20),
            (108, 332, -30),
            (122, 326, 60),
            (288, 330, -20),
            (302, 322, 30),
            (314, 334, 10),
            (280, 340, 70),
        )
    )
    body = (
        '<path d="M134 106h132l14 212c1 9-5 15-14 15H134c-9 0-15-6-14-15z" fill="url(#paper)"/>'
        '<path d="M128 74h144l-4 36H132z" fill="#A37F4E"/>'
        '<path d="M128 74h144l-1 8H129z" fill="#86683D"/>'
        '<path d="M150 112l-8 218h14l4-218z" fill="#fff" opacity=".14"/>'
        '<rect x="152" y="150" width="96" height="122" fill="#FFFBF2"/>'
        '<rect x="152" y="150" width="96" height="9" fill="#0B5C46"/>'
        '<rect x="152" y="263" width="96" height="9" fill="#0B5C46"/>'
        + _text(200, 222, 52, "稻", "#20261F")
        + _text(201, 250, 15, "五常 5kg", "#7A6A4C", 2)
        + grains
    )
    return _scene("#F2E9DC", "#EADDC9", "#DDCBAF", paper, body)


def _longjing() -> str:
    tin = _linear(
        "tin",
        _stop(0, "#0F4536") + _stop(0.3, "#2F7358") + _stop(0.7, "#1F5C46") + _stop(1, "#0D3D30"),
    )
    lid = _linear("lid", _stop(0, "#AE8F5B") + _stop(0.35, "#DCC59A") + _stop(1, "#B3935E"))
    body = (
        '<rect x="134" y="98" width="132" height="236" rx="12" fill="url(#tin)"/>'
        '<rect x="152" y="112" width="12" height="210" fill="#fff" opacity=".1"/>'
        '<rect x="128" y="62" width="144" height="52" rx="10" fill="url(#lid)"/>'
        '<rect x="128" y="104" width="144" height="4" fill="#8E7345" opacity=".5"/>'
        '<rect x="166" y="140" width="68" height="128" fill="#FFFBF2"/>'
        + _text(200, 188, 34, "龙", "#20261F")
        + _text(200, 228, 34, "井", "#20261F")
        + '<rect x="184" y="246" width="32" height="5" fill="#B8410E"/>'
        '<path d="M292 336c4-20 22-26 36-22-2 16-18 26-36 22z" fill="#5E8B4A"/>'
        '<path d="M292 336c-2-18 6-30 20-36 8 14 0 30-20 36z" fill="#7BA65E"/>'
    )
    return _scene("#E6EFE9", "#DBE8E1", "#CBDCD2", tin + lid, body)


def _celadon_bowl() -> str:
    glaze = _linear(
        "glaze",
        _stop(0, "#93BDAF") + _stop(0.28, "#C9E2D8") + _stop(0.6, "#B2D3C7") + _stop(1, "#8FB9AB"),
    )
    body = (
        '<ellipse cx="200" cy="322" rx="112" ry="20" fill="#9CC4B5"/>'
        '<ellipse cx="200" cy="316" rx="112" ry="20" fill="url(#glaze)"/>'
        '<ellipse cx="200" cy="315" rx="74" ry="11" fill="#8FB5A6" opacity=".6"/>'
        '<path d="M98 178h204c0 64-34 110-72 130h-60c-38-20-72-66-72-130z" fill="url(#glaze)"/>'
        '<path d="M120 190c4 50 26 86 52 108-34-22-58-62-60-108z" fill="#fff" opacity=".28"/>'
        '<ellipse cx="200" cy="178" rx="102" ry="13" fill="#DCEDE5"/>'
        '<path d="M116 176c0-48 40-80 84-80s84 32 84 80c-28 10-140 10-168 0z" fill="url(#glaze)"/>'
        '<path d="M138 168c2-30 22-52 46-60-16 18-26 38-28 62z" fill="#fff" opacity=".3"/>'
        '<ellipse cx="200" cy="86" rx="25" ry="9" fill="#CFE5DC"/>'
        '<path d="M186 88h28l-4 14h-20z" fill="#A6CBBD"/>'
    )
    return _scene("#E8EDEC", "#DCE6E5", "#CEDCDA", glaze, body, 120)


def _honey() -> str:
    amber = _linear(
        "amber",
        _stop(0, "#B9760F") + _stop(0.26, "#E9B548") + _stop(0.62, "#D4941F") + _stop(1, "#B06E10"),
    )
    lid = _linear("lid", _stop(0, "#D8D3C6") + _stop(0.4, "#FBF9F3") + _stop(1, "#D9D3C5"))
    body = (
        '<path d="M142 128h116c18 8 26 22 26 44v126c0 22-14 36-36 36H152c-22 0-36-14-36-36V172'
        'c0-22 8-36 26-44z" fill="url(#amber)"/>'
        '<path d="M124 178c0-8 4-20 12-24h128c8 4 12 16 12 24z" fill="#F3D48A" opacity=".55"/>'
        '<rect x="132" y="160" width="12" height="156" rx="6" fill="#fff" opacity=".22"/>'
        '<rect x="126" y="82" width="148" height="54" rx="12" fill="url(#lid)"/>'
        '<rect x="126" y="126" width="148" height="5" fill="#B9B19C" opacity=".6"/>'
        '<path d="M200 190l48 26v54l-48 26-48-26v-54z" fill="#FFFBF2"/>'
        + _text(200, 246, 29, "槐蜜", "#3B2A0A", 1)
        + _text(200, 270, 14, "500g", "#8A6A26", 1)
    )
    return _scene("#FBF0DA", "#F6E3BF", "#EACF9E", amber + lid, body)


def _towels() -> str:
    colours = (
        ("#D6AE9C", "#C39784", 150),
        ("#A9BFB2", "#8FA99B", 208),
        ("#EFE9DE", "#D9D1C2", 266),
    )
    defs = "".join(
        _linear(f"t{i}", _stop(0, dark) + _stop(0.3, light) + _stop(0.75, light) + _stop(1, dark))
        for i, (light, dark, _y) in enumerate(colours)
    )
    stack = "".join(
        f'<rect x="96" y="{y}" width="208" height="62" rx="26" fill="url(#t{i})"/>'
        f'<path d="M120 {y + 33}h170" stroke="{dark}" stroke-width="3" opacity=".55"/>'
        for i, (_light, dark, y) in enumerate(colours)
    )
    body = (
        stack
        + '<path d="M262 150v178M274 150v178" stroke="#FFFDF8" stroke-width="4" opacity=".85"/>'
        '<rect x="134" y="188" width="42" height="56" fill="#FFFBF2"/>'
        '<path d="M144 208h22M144 218h14" stroke="#4A4A42" stroke-width="3"/>'
    )
    return _scene("#F1EBE8", "#EADFDB", "#DCCDC8", defs, body, 130)


def _flask() -> str:
    steel = _linear(
        "steel",
        _stop(0, "#33495C") + _stop(0.3, "#6B8598") + _stop(0.65, "#4A6479") + _stop(1, "#2E4355"),
    )
    ring = _linear("ring", _stop(0, "#9AA0A3") + _stop(0.4, "#E8EAEB") + _stop(1, "#90979B"))
    body = (
        '<rect x="150" y="128" width="100" height="206" rx="16" fill="url(#steel)"/>'
        '<rect x="166" y="140" width="11" height="180" rx="5" fill="#fff" opacity=".16"/>'
        '<rect x="148" y="110" width="104" height="22" rx="4" fill="url(#ring)"/>'
        '<path d="M160 52c0-8 6-12 14-12h52c8 0 14 4 14 12v60h-80z" fill="url(#steel)"/>'
        '<rect x="160" y="98" width="80" height="14" fill="#22343F" opacity=".35"/>'
        + _text(202, 232, 17, "316", "#E4EBEF", 6)
    )
    return _scene("#E6EAF0", "#DCE2EB", "#CBD3E0", steel + ring, body)


def _detergent() -> str:
    plastic = _linear(
        "plastic",
        _stop(0, "#DDE4E8") + _stop(0.3, "#FFFFFF") + _stop(0.7, "#F3F6F8") + _stop(1, "#D3DCE2"),
    )
    cap = _linear("cap", _stop(0, "#3E6E8C") + _stop(0.4, "#79A5BE") + _stop(1, "#3B6A87"))
    body = (
        '<path d="M172 106h58c34 10 54 40 54 78v126c0 15-9 24-24 24H140c-15 0-24-9-24-24V166'
        'c0-32 26-50 56-60z" fill="url(#plastic)"/>'
        '<rect x="226" y="146" width="38" height="74" rx="19" fill="#DCE5F0"/>'
        '<path d="M136 170c0-14 8-24 20-30v170h-12c-6 0-8-4-8-9z" fill="#fff" opacity=".8"/>'
        '<rect x="166" y="54" width="62" height="54" rx="9" fill="url(#cap)"/>'
        '<rect x="134" y="224" width="118" height="78" rx="4" fill="#5E93B0"/>'
        + _text(194, 260, 27, "无香", "#FFFFFF", 3)
        + _text(194, 286, 14, "洗衣液 3kg", "#EAF3F8", 1)
    )
    return _scene("#E9EFF6", "#DFE8F2", "#CEDAE8", plastic + cap, body)


def _parcel() -> str:
    card = _linear("card", _stop(0, "#C3A077") + _stop(0.5, "#DCC09B") + _stop(1, "#B8946A"))
    body = (
        '<rect x="106" y="156" width="188" height="176" rx="8" fill="url(#card)"/>'
        '<path d="M106 164c0-5 3-8 8-8h172c5 0 8 3 8 8v26H106z" fill="#A98358" opacity=".5"/>'
        '<rect x="184" y="156" width="32" height="176" fill="#EFDFC6"/>'
        '<circle cx="200" cy="252" r="30" fill="#0B5C46"/>'
        '<path d="M180 252c8 9 16-7 24 1s12 4 16 0a20 20 0 0 1-40-1z" fill="#fff"/>'
    )
    return _scene("#EFF2EC", "#E4EAE2", "#D3DCD1", card, body, 120)


def _set() -> str:
    """The three goods of the home page's banner, side by side."""
    things = ((_camellia_oil, -70, 20), (_longjing, 96, 48), (_celadon_bowl, 272, 110))
    scales = (0.92, 0.82, 0.64)
    parts = []
    for index, ((draw_one, x, y), scale) in enumerate(zip(things, scales, strict=True)):
        svg = draw_one()
        defs = svg[svg.index("<defs>") + 6 : svg.index("</defs>")]
        body = svg[svg.index("</defs>") + 7 : -6]
        body = body[body.index("<ellipse") :]
        for name in ("wall", "floor", "shade", "glass", "cap", "tin", "lid", "glaze"):
            defs = defs.replace(f'id="{name}"', f'id="{name}{index}"')
            body = body.replace(f"url(#{name})", f"url(#{name}{index})")
        parts.append(
            f'<defs>{defs}</defs><g transform="translate({x + 96} {y}) scale({scale})">{body}</g>'
        )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" '
        'preserveAspectRatio="xMidYMid slice"><defs>'
        + _linear("w", _stop(0, "#E9EFEA") + _stop(1, "#DEE8E1"), vertical=True)
        + '</defs><rect width="640" height="400" fill="url(#w)"/>'
        '<rect y="280" width="640" height="120" fill="#CFDDD3" opacity=".55"/>'
        + "".join(parts)
        + "</svg>"
    )


DRAWINGS: dict[str, Callable[[], str]] = {
    "camellia-oil": _camellia_oil,
    "rice": _rice,
    "longjing": _longjing,
    "celadon-bowl": _celadon_bowl,
    "honey": _honey,
    "towels": _towels,
    "flask": _flask,
    "detergent": _detergent,
    "banner": _set,
}


def draw(name: str) -> str:
    """The drawing of that name as SVG; an unknown name is a parcel."""
    return DRAWINGS.get(name, _parcel)()
