"""CSV that spreadsheets open as text: no cell of ours becomes a formula (ASVS 1.2.10), no number of
a card or document is rounded."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

SPOILED = re.compile(r"\d{16,}|0\d+")
"""What a spreadsheet rounds, or robs of its first 0."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """The value as text; an apostrophe before what a spreadsheet would compute or round.

    >>> safe_cell("=1+1"), safe_cell(12)
    ("'=1+1", '12')
    >>> safe_cell("6214830012366620"), safe_cell("0123"), safe_cell("13800138000")
    ("'6214830012366620", "'0123", '13800138000')
    """
    text = str(value)
    looked_at = text.lstrip(" \u3000\u200b\ufeff")
    spoiled = SPOILED.fullmatch(looked_at)
    computed = looked_at.startswith(FORMULA_STARTS) or text != text.lstrip()
    return "'" + text if computed or spoiled else text


def safe_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A file with a byte-order mark, so that Chinese opens as Chinese everywhere."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()
