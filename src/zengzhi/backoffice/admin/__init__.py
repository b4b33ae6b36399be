"""The desks, one module each."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from zengzhi.backoffice.admin import (
    books as books,
)
from zengzhi.backoffice.admin import (
    goods as goods,
)
from zengzhi.backoffice.admin import (
    orders as orders,
)
from zengzhi.backoffice.admin import (
    payouts as payouts,
)
from zengzhi.backoffice.admin import (
    people as people,
)
from zengzhi.backoffice.admin import (
    pools as pools,
)
from zengzhi.backoffice.admin import (
    withdrawals as withdrawals,
)

admin.site.index_title = _("Overview")
