"""Odd things to send: what no form of ours sends, and what somebody outside will."""

import re
from pathlib import Path

from hypothesis import strategies as st

SOURCE = Path(__file__).resolve().parents[2] / "src" / "zengzhi"
TEXTS = (
    "",
    " ",
    "0",
    "-1",
    "1",
    "2",
    "1e400",
    "NaN",
    "Infinity",
    "9" * 19,
    "9" * 30,
    "9" * 5_000,
    "-" + "9" * 30,
    "１２",
    "١٢",
    "1.5",
    "0x10",
    "true",
    "null",
    "[]",
    "{}",
    "'",
    '"',
    "%",
    "_",
    "\\",
    "../../etc/passwd",
    "<script>",
    "{{ 7 }}",
    "=1+1",
    "\r\nSet-Cookie: a=b",
    "\x1b[31m",
    "\u202e",
    "\u200b",
    "\ufeff",
    "\ud800",
    "😀" * 40,
    "王" * 300,
    "a" * 20_000,
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "2026-02-30T25:61:61",
    "00:00",
    "00000000-0000-0000-0000-000000000000",
    "00000000-0000-0000-0000-00000000000g",
    "440305",
    "linxiao",
    "on",
    "\x00",
)
"""The last one is refused in one place; everything else reaches the views."""
FIELD = re.compile(r'(?:GET|POST|FILES|form|data|posted)(?:\.get|\.getlist)?[(\[]"(\w+)"')
OF_THE_OFFICE = (
    "q",
    "o",
    "p",
    "all",
    "e",
    "next",
    "_popup",
    "_to_field",
    "action",
    "_selected_action",
    "select_across",
    "index",
    "state__exact",
    "id__exact",
    "pk__in",
    "member__id__exact",
    "at__gte",
    "created_at__year",
    "placed_at__lt",
    "nickname__regex",
    "is_active__exact",
    "app_label",
    "model_name",
    "field_name",
    "term",
    "page",
    "code",
    "login",
    "username",
    "password",
    "password1",
    "password2",
    "language",
    "reason",
    "why",
)


def names() -> tuple[str, ...]:
    """Every name of a field that the code reads by name, and those of the theme's own pages."""
    found = set(OF_THE_OFFICE)
    for path in SOURCE.rglob("*.py"):
        found.update(FIELD.findall(path.read_text("utf-8")))
    return tuple(sorted(found))


texts = st.sampled_from(TEXTS) | st.text(max_size=40)
fields = st.dictionaries(st.sampled_from(names()) | st.text(max_size=8), texts, max_size=6)
headers = st.dictionaries(
    st.sampled_from(
        (
            "HTTP_HOST",
            "HTTP_ACCEPT_LANGUAGE",
            "HTTP_X_FORWARDED_FOR",
            "HTTP_X_FORWARDED_HOST",
            "HTTP_COOKIE",
            "HTTP_REFERER",
            "HTTP_ORIGIN",
            "HTTP_USER_AGENT",
            "HTTP_ACCEPT",
            "HTTP_ACCEPT_ENCODING",
            "HTTP_IF_NONE_MATCH",
            "HTTP_IF_MODIFIED_SINCE",
            "HTTP_RANGE",
            "HTTP_HX_REQUEST",
            "HTTP_HX_CURRENT_URL",
            "HTTP_X_HTTP_METHOD_OVERRIDE",
            "HTTP_X_DEMO_SIGNATURE",
            "REMOTE_ADDR",
        )
    ),
    st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=60)
    | st.sampled_from(("django_language=%00; sessionid=\xff", "sessionid=" + "a" * 4000, "zh;q=x")),
    max_size=3,
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=True)
    | texts
    | st.sampled_from((2**63, -(2**63) - 1, 1e308)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
