"""Account numbers and names as screens show them: enough to recognise, not enough to use."""


def mask_number(kind: str, number: str) -> str:
    """The last four of a card; the ends of a phone; the first letter of a mail address.

    >>> mask_number("bank", "6214830012366620")
    '6620'
    >>> mask_number("alipay", "13800138000")
    '138****8000'
    >>> mask_number("alipay", "wang.lei@example.com")
    'w***@example.com'
    >>> mask_number("wechat", "wanglei_88")
    'w***88'
    """
    if kind == "bank":
        return number[-4:]
    if "@" in number:
        name, _at, host = number.partition("@")
        return f"{name[:1]}***@{host}"
    if number.isdigit() and len(number) >= 11:
        return f"{number[:3]}****{number[-4:]}"
    return f"{number[:1]}***{number[-2:]}"


def mask_name(name: str) -> str:
    """王磊 → 王*.

    >>> mask_name("王小磊")
    '王**'
    """
    return name[:1] + "*" * min(8, len(name) - 1)
