"""The wording guard (文案守卫): finds words that promise what nobody can."""

import unicodedata

PROMISES: tuple[str, ...] = (
    "只涨不跌",
    "单边上扬",
    "稳涨",
    "必涨",
    "保本",
    "保底",
    "稳赚",
    "必赚",
    "躺赚",
    "包赚",
    "零风险",
    "无风险",
    "免费消费",
    "消费等于赚钱",
    "购物返本",
    "财富自由",
    "高回报",
    "高收益",
    "穩賺",
    "必賺",
    "只漲不跌",
    "guaranteed profit",
    "guaranteed return",
    "guaranteed income",
    "risk-free",
    "never falls",
    "only rises",
    "passive income",
)
"""Compared without blanks, marks and width, so that these hide nothing."""

INNOCENT: tuple[str, ...] = ("环保", "保本味", "保本真")
"""Words of goods that contain a promise by chance."""


def _letters(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def find_promises(text: str) -> list[str]:
    """The promising words in a text, in the order of the list.

    >>> find_promises("这款蜂蜜稳·赚，只涨 不跌")
    ['只涨不跌', '稳赚']
    >>> find_promises("环保本子")
    []
    """
    letters = _letters(text)
    for word in INNOCENT:
        letters = letters.replace(word, "|")
    return [word for word in PROMISES if _letters(word) in letters]
