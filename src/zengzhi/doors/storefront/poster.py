"""The invitation as a QR code and as a poster to save, both drawn as SVG."""

import io
from html import escape

import segno

from zengzhi.doors.shared.icons import MARK

DARK = "#07382B"
_FONT = "'PingFang SC','Noto Sans CJK SC','Noto Sans SC','Microsoft YaHei',sans-serif"


def qr_path(link: str) -> tuple[str, int]:
    """The dark modules of a QR code as one SVG element, and the side in modules with its border."""
    code = segno.make(link, error="m", micro=False)
    out = io.BytesIO()
    code.save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, dark=DARK, light=None, border=0
    )
    text = out.getvalue().decode()
    return text[text.index("<path") : text.index("</svg>")], code.symbol_size(border=0)[0]


def qr_svg(link: str, label: str) -> str:
    """A QR code on white, sharp at any size."""
    path, side = qr_path(link)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 {side + 4} {side + 4}" role="img" '
        f'aria-label="{escape(label)}" shape-rendering="crispEdges">'
        f'<rect x="-2" y="-2" width="{side + 4}" height="{side + 4}" fill="#fff"/>{path}</svg>'
    )


def _text(y: int, size: int, text: str, colour: str, weight: int = 400) -> str:
    return (
        f'<text x="375" y="{y}" font-family="{_FONT}" font-size="{size}" font-weight="{weight}" '
        f'fill="{colour}" text-anchor="middle">{escape(text)}</text>'
    )


def poster_svg(link: str, mall: str, title: str, code_label: str, code: str, note: str) -> str:
    """The poster: who invites, the QR code, the code in letters, and that nothing is to be paid."""
    path, side = qr_path(link)
    scale = 420 / side
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 750 1100">'
        '<rect width="750" height="1100" fill="#0A4A39"/>'
        f'<g transform="translate(341 84) scale(1.7)">{MARK}</g>'
        + _text(200, 34, mall, "#fff", 700)
        + _text(300, 50, title, "#fff", 700)
        + '<rect x="125" y="360" width="500" height="500" rx="28" fill="#fff"/>'
        f'<g transform="translate(165 400) scale({scale:.4f})" shape-rendering="crispEdges">'
        f"{path}</g>"
        + _text(922, 26, code_label, "#CFE3DA")
        + _text(976, 44, code, "#fff", 700)
        + _text(1050, 22, note, "#CFE3DA")
        + "</svg>"
    )
