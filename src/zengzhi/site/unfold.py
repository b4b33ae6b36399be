"""Settings of the back office theme (django-unfold)."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def _link(title: Any, icon: str, model: str) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{model}_changelist"),
        "permission": lambda request: request.user.has_perm(
            "{}.view_{}".format(*model.split("_", 1))
        ),
    }


def _mark(request: Any) -> str:
    return static("storefront/mark.svg")


def _styles(request: Any) -> str:
    return static("backoffice/office.css")


def _waiting(request: Any) -> int | str:
    from zengzhi.doors.backoffice.admin.approvals import waiting_for

    return waiting_for(request.user) or ""


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Zengzhi back office"),
    "SITE_HEADER": _("Zengzhi back office"),
    "SITE_SUBHEADER": _("Exact, auditable, honest"),
    "SITE_ICON": _mark,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _mark}],
    "SITE_URL": "/",
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": False,
    "THEME": "light",
    "DASHBOARD_CALLBACK": "zengzhi.doors.backoffice.dashboard.callback",
    "STYLES": [_styles],
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {
                        "title": _("Overview"),
                        "icon": "monitoring",
                        "link": reverse_lazy("admin:index"),
                    },
                    {
                        **_link(_("Approvals"), "approval", "control_approval"),
                        "badge": _waiting,
                        "badge_variant": "warning",
                    },
                    _link(_("Orders"), "receipt_long", "mall_order"),
                    _link(_("After-sales"), "assignment_return", "mall_aftersale"),
                    _link(_("Products"), "grid_view", "mall_product"),
                    _link(_("Categories"), "category", "mall_category"),
                    _link(_("Members"), "group", "members_member"),
                ]
            },
            {
                "title": _("Team and bonuses"),
                "separator": True,
                "items": [
                    {
                        **_link(_("Referral tree"), "account_tree", "members_member"),
                        "link": reverse_lazy("admin:members_member_tree"),
                    },
                    _link(_("Bonus lines"), "redeem", "bonuses_bonusline"),
                    _link(_("By order"), "receipt", "bonuses_orderbonus"),
                    _link(_("Bonus plans"), "rule_settings", "bonuses_plan"),
                    _link(_("Region agents"), "location_on", "members_regionagent"),
                    _link(_("Ranks"), "military_tech", "members_rank"),
                    _link(_("Rank history"), "history", "members_memberrank"),
                    _link(_("Suspensions"), "block", "members_suspension"),
                    _link(_("Dividend runs"), "pie_chart", "bonuses_dividendrun"),
                    _link(_("Dividend shares"), "donut_small", "bonuses_shareholding"),
                ],
            },
            {
                "title": _("Money"),
                "separator": True,
                "items": [
                    _link(_("Profit pool"), "water_drop", "settlement_pool"),
                    _link(_("Events"), "list_alt", "settlement_event"),
                    _link(_("Lots"), "layers", "settlement_lot"),
                    _link(_("Journal"), "menu_book", "ledger_transaction"),
                    _link(_("Sealed batches"), "lock", "ledger_batch"),
                    _link(_("Payments"), "payments", "payments_payment"),
                    _link(_("Money that arrived"), "move_to_inbox", "payments_arrival"),
                    _link(_("Money sent back"), "undo", "payments_payback"),
                    _link(_("Withdrawals"), "account_balance", "wallet_withdrawal"),
                    _link(_("Bank files"), "file_present", "wallet_payoutbatch"),
                    _link(_("Tax withheld"), "percent", "wallet_taxableincome"),
                    _link(_("Callbacks"), "call_received", "payments_callback"),
                ],
            },
            {
                "title": _("System"),
                "separator": True,
                "items": [
                    _link(_("Rules versions"), "tune", "settlement_rulesversion"),
                    _link(_("Audit log"), "fact_check", "control_act"),
                    _link(_("Withdrawal terms"), "rule", "wallet_withdrawalterms"),
                    _link(_("Users"), "person", "members_user"),
                    _link(_("Roles"), "badge", "auth_group"),
                ],
            },
        ],
    },
}
