"""Names that look like another's, or like the mall's own, are refused."""

import pytest

from zengzhi.records.members.errors import BadName, NameTaken, ReservedName
from zengzhi.records.members.models import User
from zengzhi.records.members.names import read_name

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "stored"),
    [("wang", "wang"), ("Wang.Lei", "wang.lei"), ("王磊", "王磊"), ("li_na-88", "li_na-88")],
)
def test_plain_names_are_taken_in_one_form(name, stored):
    assert read_name(name) == stored


@pytest.mark.parametrize(
    "name",
    [
        "w",
        "w" * 41,
        "wаng",  # Cyrillic а
        "οwen",  # Greek omicron
        "ｗａｎｇ",
        "wa ng",
        "wang\u200b",
        "wang\u202e",
        "wang\x00",
        "___",
        "каша",
        "ワン",
        "😀wang",
        "",
    ],
)
def test_what_is_no_name_is_refused(name):
    with pytest.raises(BadName):
        read_name(name)


@pytest.mark.parametrize(
    "name", ["admin", "Admin", "ADMIN", "adm1n", "ad.min", "r00t", "support", "客服", "zengzhi_"]
)
def test_names_of_the_mall_are_reserved(name):
    with pytest.raises(ReservedName):
        read_name(name)


@pytest.mark.parametrize("name", ["paul", "Paul", "pau1", "p.aul", "paui"])
def test_what_reads_like_a_taken_name_is_taken(name):
    User.objects.create_user("paul")
    with pytest.raises(NameTaken):
        read_name(name)


@pytest.mark.parametrize(("name", "word"), [("аdmin", "拉丁"), ("admin", "商城"), ("wаng", "拉丁")])
def test_the_page_says_why(client, name, word):
    form = {"username": name, "password1": "battery staple 7", "password2": "battery staple 7"}
    answer = client.post("/accounts/signup/", form)
    assert word in answer.content.decode()
    assert not User.objects.exists()
