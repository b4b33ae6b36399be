"""What the doors share."""

from typing import Any

from django.apps import AppConfig


class SharedConfig(AppConfig):
    """How amounts, moments and refusals look, and how forms are read."""

    name = "zengzhi.doors.shared"
    label = "doors_shared"

    def ready(self) -> None:
        """Second factors are sealed and audited, although their table is the library's."""
        from allauth.mfa import signals
        from allauth.mfa.models import Authenticator
        from django.db.models.signals import post_delete, post_save

        from zengzhi.records.control.sealing import Declared, adopt

        what = Declared(
            sealed=("user", "type", "created_at"),
            personal=("data",),
            free={"last_used_at": "noted at every use; nothing is decided by it"},
        )
        adopt(Authenticator, what)
        post_save.connect(_seal, sender=Authenticator)
        post_delete.connect(_seal, sender=Authenticator)
        signals.authenticator_added.connect(_added)
        signals.authenticator_removed.connect(_removed)
        signals.authenticator_reset.connect(_reset)


def _seal(sender: Any, instance: Any, **more: Any) -> None:
    """The library saves single objects past its manager."""
    from zengzhi.records.control.sealing import note_rows

    note_rows(sender, [instance.pk])


def _added(sender: Any, user: Any, authenticator: Any, **more: Any) -> None:
    _changed(user, authenticator, "factor_on")


def _removed(sender: Any, user: Any, authenticator: Any, **more: Any) -> None:
    _changed(user, authenticator, "factor_off")


def _reset(sender: Any, user: Any, authenticator: Any, **more: Any) -> None:
    from zengzhi.records.control.audit import note

    note(user, "factor_renewed", f"user:{user.pk}", authenticator.type)


def _changed(user: Any, authenticator: Any, what: str) -> None:
    from zengzhi.doors.shared.signin.notices import tell
    from zengzhi.records.control.audit import note
    from zengzhi.records.members.models import Notice

    note(user, what, f"user:{user.pk}", authenticator.type)
    kind = authenticator.Type
    told = {kind.TOTP: what, kind.WEBAUTHN: what.replace("factor", "passkey")}
    if authenticator.type in told:
        tell(user, Notice.Kind(told[authenticator.type]))
