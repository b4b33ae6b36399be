"""Text files, one reading rule for all (spec 4.10): bytes in, text, lines and rows out.

UTF-8 with or without a byte-order mark, which is skipped; lines end with LF or CRLF. A file that is
not UTF-8 is refused whole, naming the line.
"""

import csv
import re
from collections.abc import Iterator, Sequence

from zengzhi.core.errors import UnusableRules

FIRST_ROW = 2
"""The header of a CSV file is row 1; blank rows are not counted."""

_QUOTED_CELL = re.compile(r'(^|[,\n])[^\S\n]*("(?:[^"]|"")*")[^\S\n]*(?=[,\n]|\Z)')


def decode(data: bytes) -> str:
    """The text of a file, its line ends as they are. Errors: ``unusable_rules`` naming the line.

    >>> decode(b"\\xef\\xbb\\xbfa,b\\r\\n"), decode("名".encode())
    ('a,b\\r\\n', '名')
    >>> decode("好\\n名".encode("gb18030"))
    Traceback (most recent call last):
    zengzhi.core.errors.UnusableRules: line 1 = b'\\xba\\xc3': expected UTF-8 text
    """
    return _decoded(data, "utf-8-sig", "UTF-8 text")


def decode_desk(data: bytes) -> str:
    """The text of a file uploaded at a desk: UTF-8 or, where it is not, GB 18030, as spreadsheets
    save it. Errors: ``unusable_rules`` naming the line for neither.

    >>> decode_desk("编号".encode("gb18030")) == decode_desk("编号".encode())
    True
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decoded(data, "gb18030", "UTF-8 or GB 18030 text")


def _decoded(data: bytes, encoding: str, wanted: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        start = data.rfind(b"\n", 0, error.start) + 1
        shown = data[start : start + 40].split(b"\n")[0]
        line = data.count(b"\n", 0, error.start) + 1
        raise UnusableRules(f"line {line}", shown, wanted) from error


def json_lines(data: bytes) -> list[str]:
    """The lines of a JSON Lines file; only LF (or CRLF) ends a line.

    >>> json_lines(b'{"a":1}\\r\\n\\n{}')
    ['{"a":1}\\r', '', '{}']
    """
    return decode(data).split("\n")


def csv_rows(
    data: bytes, header: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[list[str]]:
    """The rows of a CSV file, blanks around each cell cut; ``optional`` columns that the file's
    header does not have are "". Rows of blanks alone are skipped.

    Errors: ``unusable_rules`` for another header and a row of another length, naming the row.

    >>> list(csv_rows(b'member,rank\\r\\n m1 ,"V1" \\n\\n', ("member", "rank"), ("sales",)))
    [['m1', 'V1', '']]
    """
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    if '"' in text:
        text = _QUOTED_CELL.sub(r"\1\2", text)
    reader = csv.reader(text.split("\n") if '"' not in text else _lines(text), strict=True)
    rows = ([cell.strip() for cell in row] for row in reader)
    named = (row for row in rows if row and row != [""])
    number = 1
    try:
        columns = next(named, [])
        known = [*header, *optional[: max(0, len(columns) - len(header))]]
        if columns != known:
            raise UnusableRules("row 1", ",".join(columns), f"the header {','.join(header)}")
        missing = [""] * (len(header) + len(optional) - len(columns))
        for number, row in enumerate(named, FIRST_ROW):
            if len(row) != len(columns):
                wanted = f"{len(columns)} fields, found {len(row)}"
                raise UnusableRules(f"row {number}", ",".join(row), wanted)
            yield row + missing
    except csv.Error as error:
        raise UnusableRules(f"row {number + 1}", str(error), "a row of CSV") from error


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends, so that a quoted cell may go over several."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end
