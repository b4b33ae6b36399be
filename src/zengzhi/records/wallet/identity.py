"""Identity numbers (证件号码) as members type them: a resident's, else a passport or permit."""

import re

_RESIDENT = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_OTHER = re.compile(r"[A-Z0-9]{5,20}", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def tidy_identity(text: str) -> str:
    """Without blanks and hyphens, in capitals."""
    return re.sub(r"[\s-]", "", text).upper()


def is_identity(number: str) -> bool:
    """Whether a tidied number can be one: a resident's has 18 characters and a check character.

    >>> is_identity("11010519491231002X"), is_identity("110105194912310021")
    (True, False)
    >>> is_identity("E12345678"), is_identity("12")
    (True, False)
    """
    if _RESIDENT.fullmatch(number):
        total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
        return _CHECKS[total % 11] == number[-1]
    return _OTHER.fullmatch(number) is not None


def document_of(number: str) -> str:
    """What document a number is of, as the tax office's forms call it.

    >>> document_of("11010519491231002X"), document_of("E12345678"), document_of("")
    ('居民身份证', '其他证件', '')
    """
    if not number:
        return ""
    return "居民身份证" if _RESIDENT.fullmatch(number) else "其他证件"
