"""The sentence behind an error number of the core's batches."""

from zengzhi.core.errors import ZengzhiError
from zengzhi.core.kernel import refusals
from zengzhi.records.settlement.incoming import Incoming


def refusal(events: Incoming, row: int, number: int, detail: int) -> ZengzhiError:
    """The refusal of the event of a row, with the words of the reference."""
    amount, member = int(events.amount[row]), str(events.member[row])
    return refusals.refusal(number, detail, amount, member, events.targets.get(row, ""))
