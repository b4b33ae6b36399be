"""Every password is checked here, whichever door asks, and each guess is spent before it counts."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from zengzhi.doors.shared.requests import address_of, network_of
from zengzhi.doors.shared.signin import devices
from zengzhi.records.control import limiter
from zengzhi.records.control.audit import note
from zengzhi.records.members.models import User


class LimitedBackend(ModelBackend):
    """Django's own check behind the limiter. Errors: ``too_many_tries``."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **more: Any,
    ) -> User | None:
        """The user whose password this is. A right password gives its try back."""
        if not username or password is None or "\x00" in username:
            return None
        account = User.objects.filter(username=username).first()
        tries = guesses(request, account, username, limiter.GUESS)
        limiter.take(*tries)
        found = super().authenticate(request, username=username, password=password)
        if found is None:
            if account is not None:
                note(None, "sign_in_failed", subject(account))
            return None
        limiter.give_back(*tries)
        assert isinstance(found, User)  # noqa: S101
        return found


def guesses(
    request: HttpRequest | None, account: User | None, name: str, limit: limiter.Limit
) -> tuple[limiter.Try, ...]:
    """What a guess spends: the known device's own budget, or the account's and the address's."""
    device = devices.known(request, account) if account is not None else ""
    if device and account is not None:
        return ((limiter.DEVICE, f"{limit.name}:{device}:{account.pk}"),)
    whose = f"user:{account.pk}" if account is not None else f"name:{name.casefold()}"
    return ((limiter.FROM_ADDRESS, network_of(address_of(request))), (limit, whose))


def subject(user: User) -> str:
    """An account as the subject of an audited act."""
    return f"user:{user.pk}"
