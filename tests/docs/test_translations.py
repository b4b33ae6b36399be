"""Every text of the product has its Chinese translation, and the compiled file holds it."""

import gettext
import re
from pathlib import Path

import pytest
from django.contrib.admin import __file__ as django_admin

SITE = Path(__file__).resolve().parent.parent.parent / "src" / "zengzhi" / "site"
DJANGO_ADMIN = Path(django_admin).parent / "locale" / "zh_Hans" / "LC_MESSAGES"
"""The texts of Django's own pages, also of those that are changed here."""
CATALOGUES = [SITE / name / "zh_Hans" / "LC_MESSAGES" for name in ("locale", "theme_locale")]
ENTRY = re.compile(r'^msgid ((?:".*"\n)+)(?:msgid_plural (?:".*"\n)+)?msgstr(?:\[0\])? ', re.M)
CALL = re.compile(r"""\b(?:_|gettext|gettext_lazy)\(\s*"((?:[^"\\]|\\.)*)"\s*\)""")
TAG = re.compile(r"""\{% translate (["'])(.*?)\1""")


def texts(block: str) -> str:
    return "".join(re.findall(r'"(.*)"', block)).replace('\\"', '"').replace("\\n", "\n")


@pytest.mark.parametrize("folder", CATALOGUES)
def test_no_text_is_fuzzy_or_empty(folder):
    page = (folder / "django.po").read_text("utf-8")
    entries = page.split("\n\n")[1:]
    assert entries
    assert [entry for entry in entries if re.search(r"^#, .*fuzzy", entry, re.M)] == []
    assert [entry for entry in entries if re.search(r'msgstr(\[0\])? ""\n*$', entry)] == []


@pytest.mark.parametrize("folder", CATALOGUES)
def test_the_compiled_catalogue_holds_every_text(folder):
    page = (folder / "django.po").read_text("utf-8")
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    wanted = {texts(found) for found in ENTRY.findall(page)} - {""}
    assert wanted
    assert [
        text
        for text in wanted
        if text not in compiled._catalog and (text, 0) not in compiled._catalog
    ] == []


def test_every_text_in_the_sources_is_translated():
    """Plain calls and translate tags; longer ones are collected by ``make messages`` alone."""
    catalogue = {}
    for folder in (*CATALOGUES, DJANGO_ADMIN):
        with (folder / "django.mo").open("rb") as file:
            catalogue |= gettext.GNUTranslations(file)._catalog
    package = SITE.parent
    found = set()
    for path in package.rglob("*.py"):
        found |= {
            text.encode().decode("unicode_escape") if "\\" in text else text
            for text in CALL.findall(path.read_text("utf-8"))
        }
    for path in package.rglob("*.html"):
        found |= {text for _quote, text in TAG.findall(path.read_text("utf-8"))}
    assert len(found) > 500
    known = {key[0] if isinstance(key, tuple) else key for key in catalogue}
    missing = sorted(text for text in found if not {text, text.replace("%", "%%")} & known)
    assert missing == []
