"""What is due by the clock, in every round of the settler: each a few quick queries when nothing
is."""

from datetime import datetime

from django.contrib.sessions.models import Session

from zengzhi.mall.orders.delivery import receive_overdue
from zengzhi.mall.orders.money import close_unpaid
from zengzhi.payments.paybacks import send_waiting
from zengzhi.payments.together import handle_waiting
from zengzhi.records.control.limiter import forget_spent


def do_chores(at: datetime) -> dict[str, int]:
    """Receive what was shipped long ago, close what nobody paid, handle callbacks that wait, ask
    the providers to pay back, forget tries long past and sessions that ended; how many of each."""
    return {
        "received": receive_overdue(at),
        "closed": close_unpaid(at),
        "callbacks": handle_waiting(),
        "paybacks": send_waiting(),
        "budgets": forget_spent(),
        "sessions": Session.objects.filter(expire_date__lt=at).delete()[0],
    }
