"""The sentence behind an error number of the core's batches."""

from zengzhi.core.errors import ZengzhiError
from zengzhi.core.kernel import refusals
from zengzhi.records.settlement.incoming import Incoming


class Refused(ZengzhiError):
    """A pool's own refusal, as it answered: code and sentence are the stored ones."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # of this refusal, not of the class


def refusal(events: Incoming, row: int, number: int, detail: int) -> ZengzhiError:
    """The refusal of the event of a row, with the words of the reference."""
    amount, member = int(events.amount[row]), str(events.member[row])
    return refusals.refusal(number, detail, amount, member, events.targets.get(row, ""))
