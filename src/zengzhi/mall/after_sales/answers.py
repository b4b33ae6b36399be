"""What the answer of a pool's owner does to an after-sale, in the owner's transaction."""

from zengzhi.core.errors import ZengzhiError
from zengzhi.mall.after_sales.commands import back_fen
from zengzhi.mall.after_sales.service import after_refund, before_refund
from zengzhi.records.intake.commands import Answer
from zengzhi.records.intake.models import Command
from zengzhi.records.intake.owner import Follower


def _before(command: Command) -> None:
    before_refund(command.event_id, command.happened_at)


def _after(command: Command, answer: Answer) -> None:
    refusal = answer.message if isinstance(answer, ZengzhiError) else ""
    after_refund(command.event_id, refusal, back_fen(command, answer), command.happened_at)


REFUNDS = Follower(_before, _after)
