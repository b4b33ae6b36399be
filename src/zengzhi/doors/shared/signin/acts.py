"""The acts of signing in, in words."""

from django.utils.translation import gettext_lazy as _

SIGN_INS = ("sign_in", "sign_in_failed", "code_failed", "sign_out")
WORDS = {
    "sign_in": _("signed in"),
    "sign_in_failed": _("wrong password"),
    "code_failed": _("wrong code"),
    "sign_out": _("signed out"),
    "send_link": _("one-time link sent"),
    "use_link": _("password set by a one-time link"),
    "change_password": _("password changed"),
    "change_profile": _("profile changed"),
    "change_mobile": _("mobile changed"),
    "factor_on": _("second factor switched on"),
    "factor_off": _("second factor switched off"),
    "factor_renewed": _("recovery codes made anew"),
    "add_user": _("user added"),
    "change_user": _("user changed"),
    "change_role": _("rights of a role changed"),
}


def words(what: str) -> str:
    """An act in the reader's language."""
    return str(WORDS.get(what, what))
