"""One reading rule for text files: marks, line ends, blanks, and what is refused whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zengzhi.core.errors import UnusableRules
from zengzhi.core.textfiles import csv_rows, decode, decode_desk, json_lines

HEADER = ("member", "rank")
MARK = b"\xef\xbb\xbf"


@given(st.text().filter(lambda text: not text.startswith("\ufeff")))
def test_a_text_comes_back_with_or_without_a_mark(text):
    data = text.encode("utf-8", "surrogatepass")
    try:
        data.decode()
    except UnicodeDecodeError:
        with pytest.raises(UnusableRules):
            decode(data)
    else:
        assert decode(data) == decode(MARK + data) == text


@given(st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8")), min_size=1))
def test_only_line_feeds_end_a_line(lines):
    data = "\n".join(lines).encode()
    assert json_lines(MARK + data) == lines


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"\xff", 1),
        (b"a\n\xb0\xa1\n", 2),
        (b"a\r\n\r\n\xc0\x80", 3),
        (b"a\n" * 99_999 + b"\xed\xa0\x80", 100_000),
        ("名\n".encode("utf-16"), 1),
    ],
)
def test_what_is_not_utf_8_names_its_line(data, line):
    with pytest.raises(UnusableRules, match=f"^line {line} "):
        decode(data)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("member,rank\nm1,V1\n", [["m1", "V1"]]),
        ("member,rank\r\nm1,V1", [["m1", "V1"]]),
        (" member ,\trank\n\u3000m1\xa0, V1 \n", [["m1", "V1"]]),
        ("member,rank\n\n  \nm1,\n", [["m1", ""]]),
        ('member,rank\n "m, 1" , "a ""b""" \n', [["m, 1", 'a "b"']]),
        ('member,rank\n" m 1 ","x\ny"\n', [["m 1", "x\ny"]]),
        ("member,rank\nm  1,V1\n", [["m  1", "V1"]]),
        ("member,rank\n", []),
    ],
)
def test_blanks_around_cells_are_cut_and_inside_they_stay(text, rows):
    assert list(csv_rows(text.encode(), HEADER)) == rows
    assert list(csv_rows(MARK + text.encode(), HEADER)) == rows


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "row 1"),
        ("member\n", "row 1"),
        ("member,rank,more\n", "row 1"),
        ("Member,rank\n", "row 1"),
        ("member,rank\nm1\n", "row 2"),
        ("member,rank\n\nm1,V1,\n", "row 2"),
        ("member,rank\nm1,V1\nm2\n", "row 3"),
        ('member,rank\nm1,"V1\n', "row 2"),
    ],
)
def test_a_file_of_another_form_names_its_row(text, named):
    with pytest.raises(UnusableRules, match=f"^{named} "):
        list(csv_rows(text.encode(), HEADER))


def test_an_optional_column_may_be_missing():
    wanted = [["m1", "V1", ""]]
    assert list(csv_rows(b"member,rank\nm1,V1\n", HEADER, ("sales",))) == wanted
    assert list(csv_rows(b"member,rank,sales\nm1,V1,\n", HEADER, ("sales",))) == wanted
    with pytest.raises(UnusableRules, match="row 1"):
        list(csv_rows(b"member,rank,other\n", HEADER, ("sales",)))


def test_a_desk_also_reads_gb_18030():
    text = "编号,金额\nW1,1.00\n"
    assert decode_desk(text.encode()) == text
    assert decode_desk(MARK + text.encode()) == text
    assert decode_desk(text.encode("gb18030")) == text
    with pytest.raises(UnusableRules, match=r"^line 2 "):
        decode_desk("编号\n".encode("gb18030") + b"\xff\xff\n")
