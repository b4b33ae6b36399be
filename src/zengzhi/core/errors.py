"""The refusals of the core: a stable code, a sentence for a person, and the numbers inside."""

from typing import ClassVar


class ZengzhiError(Exception):
    """Base of every refusal. ``code`` is stable and public; a refused verb changes nothing."""

    code: ClassVar[str] = "error"

    @property
    def message(self) -> str:
        """What happened and what would work, in one sentence."""
        return str(self)


class UnusableRules(ZengzhiError):
    """A rules, plan or member file that cannot be used; names the key and what would do."""

    code = "unusable_rules"

    def __init__(self, key: str, value: object, wanted: str) -> None:
        try:
            shown = repr(value)
        except ValueError:  # an int of thousands of digits
            shown = "a huge number"
        if len(shown) > 200:
            shown = shown[:197] + "…"
        super().__init__(f"{key} = {shown}: expected {wanted}")
        self.key = key


class Malformed(ZengzhiError):
    """The line is not a JSON object with exactly the fields of its op."""

    code = "malformed"


class InvalidAmount(ZengzhiError):
    """Not an amount: sign, zero, too many decimals, exponent, foreign digits."""

    code = "invalid_amount"

    def __init__(self, text: object, wanted: str) -> None:
        shown = repr(text) if len(repr(text)) <= 60 else repr(text)[:57] + "…"
        super().__init__(f"{shown} is not {wanted}")


class LimitExceeded(ZengzhiError):
    """A limit of the economy would be passed."""

    code = "limit_exceeded"

    def __init__(self, what: str, limit: str) -> None:
        super().__init__(f"{what} would pass the limit of {limit}")
        self.what = what


class UnknownOrder(ZengzhiError):
    """No such order, or not this member's."""

    code = "unknown_order"

    def __init__(self, order: str) -> None:
        super().__init__(f"no such order: {order!r}")


class UnknownMember(ZengzhiError):
    """The member never had a lot."""

    code = "unknown_member"

    def __init__(self, member: str) -> None:
        super().__init__(f"no such member: {member!r}")


class InsufficientPoints(ZengzhiError):
    """Fewer points are there than were asked for."""

    code = "insufficient_points"

    def __init__(self, asked_units: int, held_units: int) -> None:
        super().__init__(f"{asked_units} point units asked, {held_units} held")
        self.asked_units = asked_units
        self.held_units = held_units


class AlreadyRefunded(ZengzhiError):
    """Nothing is left to refund on this order."""

    code = "already_refunded"

    def __init__(self, order: str) -> None:
        super().__init__(f"order {order!r} is already refunded in full")


class IdReused(ZengzhiError):
    """The id was used before with other content."""

    code = "id_reused"

    def __init__(self, event_id: str) -> None:
        super().__init__(f"id {event_id!r} was used before with other content")


class PoolClosed(ZengzhiError):
    """The pool was wound down: it takes no money and grants no points any more."""

    code = "pool_closed"

    def __init__(self) -> None:
        super().__init__("the pool was wound down and is closed")
