"""The wording guard (文案守卫): finds words that promise what nobody can."""

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
    "guaranteed",
    "risk-free",
    "risk free",
    "never falls",
    "only rises",
    "passive income",
)
"""Kept in lower case; the longer ones need not come first."""


def find_promises(text: str) -> list[str]:
    """The promising words in a text, in the order of the list; blanks inside do not hide them.

    >>> find_promises("这款蜂蜜稳 赚，只涨不跌")
    ['只涨不跌', '稳赚']
    """
    lowered = text.lower()
    squeezed = "".join(lowered.split())
    return [word for word in PROMISES if word in lowered or word.replace(" ", "") in squeezed]
