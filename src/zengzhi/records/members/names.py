"""Names to sign in with: nobody registers one that reads like another's, or like the mall's own.

A name is brought into the form of RFC 8265 (PRECIS, UsernameCaseMapped). It is written in Latin or
Chinese characters: letters of other scripts that look like Latin ones are no part of it. Names that
differ only in what the eye confuses (0 and o, 1 and l, rn and m) have one key, and a key is taken
once.
"""

from confusable_homoglyphs import categories
from precis_i18n import get_profile

from zengzhi.records.members.errors import BadName, NameTaken, ReservedName
from zengzhi.records.members.models import User
from zengzhi.records.members.name_key import key_of

PROFILE = get_profile("UsernameCaseMapped")
SCRIPTS = frozenset(("LATIN", "HAN", "COMMON"))
MAX = 40
RESERVED = frozenset(
    key_of(name)
    for name in (
        *("admin", "administrator", "root", "superuser", "system", "sysadmin", "webmaster"),
        *("owner", "operator", "operations", "finance", "auditor", "director", "merchant"),
        *("support", "service", "help", "helpdesk", "security", "official", "staff", "office"),
        *("zengzhi", "mall", "bank", "payments", "pay", "wallet", "null", "undefined", "anonymous"),
        *(
            "管理员",
            "系统",
            "客服",
            "官方",
            "财务",
            "增值",
            "增值商城",
            "平台",
            "商城",
            "审计",
            "运营",
        ),
    )
)
"""Names that would speak for the mall."""


def read_name(text: str) -> str:
    """A name as it is stored. Errors: ``bad_name``; ``reserved_name``; ``name_taken``.

    >>> read_name_form("Wang.Lei")
    'wang.lei'
    """
    name = read_name_form(text)
    key = key_of(name)
    if key in RESERVED:
        raise ReservedName
    if User.objects.filter(name_key=key).exists():
        raise NameTaken
    return name


def read_name_form(text: str) -> str:
    """The form alone. Errors: ``bad_name``."""
    if not 2 <= len(text) <= MAX:
        raise BadName
    try:
        name: str = PROFILE.enforce(text)
    except UnicodeError as error:
        raise BadName from error
    if name != text.lower() or not categories.unique_aliases(name) <= SCRIPTS:
        raise BadName
    if not any(character.isalnum() for character in name):
        raise BadName
    return name
