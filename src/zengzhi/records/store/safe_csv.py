"""CSV that spreadsheets open as text: no cell of ours becomes a formula (ASVS 1.2.10), and none a
number that is rounded or loses its zeros."""

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


DIGITS_KEPT = 11
"""A spreadsheet shows more digits as 6.21E+18 and keeps the first 15 of them."""


def grouped(number: str) -> str:
    """A card number in fours, as it is printed: no spreadsheet takes it for a number.

    >>> grouped("6222021234567890123")
    '6222 0212 3456 7890 123'
    """
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def safe_cell(value: object) -> str:
    """The value as text; an apostrophe before what a spreadsheet would compute, round or shorten.

    >>> safe_cell("=1+1"), safe_cell(12), safe_cell("330106199001011234"), safe_cell("007")
    ("'=1+1", '12', "'330106199001011234", "'007")
    """
    text = str(value)
    looked_at = text.lstrip(" \u3000\u200b\ufeff")
    if looked_at.startswith(FORMULA_STARTS) or text != text.lstrip():
        return "'" + text
    long = text.isdigit() and (len(text) > DIGITS_KEPT or (len(text) > 1 and text[0] == "0"))
    return "'" + text if long else text


def safe_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A file with a byte-order mark, so that Chinese opens as Chinese everywhere."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()
