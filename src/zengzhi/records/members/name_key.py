"""What two names have in common that the eye confuses."""

import unicodedata

ALIKE = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "丨": "l", "〇": "o"})
SIGNS = str.maketrans("", "", "._-+@ ")


def key_of(name: str) -> str:
    """The same for names that are confused.

    >>> key_of("Adm1n") == key_of("admin") == key_of("ad.rnin")
    True
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    text = text.translate(SIGNS).translate(ALIKE)
    return text.replace("rn", "m").replace("vv", "w")[:64]
