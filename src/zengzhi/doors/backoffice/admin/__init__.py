"""The desks, one module each."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from zengzhi.doors.backoffice.admin import (
    after_sales as after_sales,
)
from zengzhi.doors.backoffice.admin import (
    agents as agents,
)
from zengzhi.doors.backoffice.admin import (
    approvals as approvals,
)
from zengzhi.doors.backoffice.admin import (
    audit as audit,
)
from zengzhi.doors.backoffice.admin import (
    bonuses as bonuses,
)
from zengzhi.doors.backoffice.admin import (
    books as books,
)
from zengzhi.doors.backoffice.admin import (
    goods as goods,
)
from zengzhi.doors.backoffice.admin import (
    orders as orders,
)
from zengzhi.doors.backoffice.admin import (
    payments as payments,
)
from zengzhi.doors.backoffice.admin import (
    payouts as payouts,
)
from zengzhi.doors.backoffice.admin import (
    people as people,
)
from zengzhi.doors.backoffice.admin import (
    plans as plans,
)
from zengzhi.doors.backoffice.admin import (
    pools as pools,
)
from zengzhi.doors.backoffice.admin import (
    ranks as ranks,
)
from zengzhi.doors.backoffice.admin import (
    withdrawals as withdrawals,
)

admin.site.index_title = _("Overview")
