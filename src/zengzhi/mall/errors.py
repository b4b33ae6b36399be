"""Refusals of the mall: a stable code and a sentence in the reader's language."""

from django.utils.translation import gettext as _

from zengzhi.core.errors import ZengzhiError


class MallError(ZengzhiError):
    """Base of the mall's refusals."""

    code = "mall"


class OutOfStock(MallError):
    """Fewer pieces are left than were ordered."""

    code = "out_of_stock"

    def __init__(self, left: int) -> None:
        super().__init__(_("Only %(left)s left. Choose a smaller quantity.") % {"left": left})


class BadQuantity(MallError):
    """The quantity is not a whole number from 1 to 99."""

    code = "bad_quantity"

    def __init__(self) -> None:
        super().__init__(_("The quantity is a whole number from 1 to 99."))


class NotForSale(MallError):
    """The product is not for sale now."""

    code = "not_for_sale"

    def __init__(self) -> None:
        super().__init__(_("This product is not for sale now."))


class PoolIsClosed(MallError):
    """The pool was wound down (清盘): an order could give no points any more."""

    code = "pool_closed"

    def __init__(self) -> None:
        super().__init__(
            _("The profit pool has been wound down and closed. The mall takes no new orders.")
        )


class OrderTooLarge(MallError):
    """The order passes what the economy takes at once."""

    code = "limit_exceeded"

    def __init__(self) -> None:
        super().__init__(_("One order is at most ¥100,000,000.00."))


class NotPossibleNow(MallError):
    """The order is not in a state in which this can be done."""

    code = "not_possible_now"

    def __init__(self, state: str) -> None:
        super().__init__(_("The order is “%(state)s”: this cannot be done now.") % {"state": state})


class NotRefundable(MallError):
    """More than is left, or part of a pending order."""

    code = "not_refundable"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)


class NotPayable(MallError):
    """The order is closed or was paid another amount."""

    code = "not_payable"

    def __init__(self) -> None:
        super().__init__(_("This order can no longer be paid."))


class RegionIncomplete(MallError):
    """A province is chosen, but no district."""

    code = "region_incomplete"

    def __init__(self) -> None:
        super().__init__(_("Choose the region down to the district."))
