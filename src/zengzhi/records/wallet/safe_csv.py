"""CSV that spreadsheets open as text: no cell of ours becomes a formula (ASVS 1.2.10)."""

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """The value as text; an apostrophe before what a spreadsheet would compute.

    >>> safe_cell("=1+1"), safe_cell(12)
    ("'=1+1", '12')
    """
    text = str(value)
    looked_at = text.lstrip(" \u3000\u200b\ufeff")
    return "'" + text if looked_at.startswith(FORMULA_STARTS) or text != text.lstrip() else text


def safe_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A file with a byte-order mark, so that Chinese opens as Chinese everywhere."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()
